//! Files: whoever may read the message that carries one may read it, and it counts for the day.

use std::sync::Arc;
use std::time::Duration;

use portico_core::FileId;
use portico_core::engine::{Engine, EngineError, Outgoing};
use portico_core::testing::MemoryBlobs;

use crate::town::{Person, Town, enter, talk};

fn town() -> Town {
    let mut town = Town::new();
    town.settings.blobs = Some(Arc::new(MemoryBlobs::default()));
    town
}

async fn upload(engine: &Engine, who: &Person, bytes: &[u8]) -> FileId {
    let size = u64::try_from(bytes.len()).unwrap();
    let mut upload = engine.begin_upload(&who.visitor, "plan.txt", size).await.unwrap();
    upload.write(bytes).await.unwrap();
    engine.finish_upload(&who.visitor, upload).await.unwrap().id
}

async fn reads(engine: &Engine, who: &Person, file: FileId) -> bool {
    match engine.file(&who.visitor, file).await {
        Ok(_) => true,
        Err(EngineError::NotFound) => false,
        Err(other) => panic!("{other}"),
    }
}

#[tokio::test]
async fn whoever_comes_later_reads_no_file_of_before() {
    let engine = town().start().await;
    let (ann, ben, cat) = (
        enter(&engine, "open", "ann").await,
        enter(&engine, "open", "ben").await,
        enter(&engine, "open", "cat").await,
    );
    let opened = engine.open_conference(&ann.visitor, None, &[ben.id(), cat.id()]).await.unwrap();
    let place = opened.view.conversation.id;
    engine.accept_conference(&ben.visitor, place).await.unwrap();
    let send = |file: FileId| {
        let carried = Outgoing { text: "look".into(), files: vec![file], ..Outgoing::default() };
        let (engine, ann) = (Arc::clone(&engine), ann.visitor.clone());
        async move { engine.send_message(&ann, place, carried).await.unwrap() }
    };
    let early = upload(&engine, &ann, b"early").await;
    assert!(reads(&engine, &ann, early).await && !reads(&engine, &ben, early).await, "not sent yet");
    send(early).await;
    engine.accept_conference(&cat.visitor, place).await.unwrap();
    let late = upload(&engine, &ann, b"late").await;
    send(late).await;
    let table = [(&ann, true, true), (&ben, true, true), (&cat, false, true)];
    for (who, reads_early, reads_late) in table {
        assert_eq!(reads(&engine, who, early).await, reads_early, "{}", who.id());
        assert_eq!(reads(&engine, who, late).await, reads_late, "{}", who.id());
    }
}

#[tokio::test]
async fn a_file_that_no_message_carries_is_gone_after_a_day() {
    let blobs = MemoryBlobs::default();
    let mut town = Town::new();
    town.settings.blobs = Some(Arc::new(blobs.clone()));
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let (sent, forgotten) = (upload(&engine, &ann, b"sent").await, upload(&engine, &ann, b"not sent").await);
    let carried = Outgoing { text: "look".into(), files: vec![sent], ..Outgoing::default() };
    engine.send_message(&ann.visitor, place, carried).await.unwrap();
    let day = Duration::from_secs(24 * 3600);
    town.clock.advance(day - Duration::from_secs(1));
    engine.forget_stale_files().await;
    assert!(reads(&engine, &ann, forgotten).await && blobs.len() == 2, "it may still be sent");
    town.clock.advance(Duration::from_secs(2));
    engine.forget_stale_files().await;
    assert!(!reads(&engine, &ann, forgotten).await && reads(&engine, &ben, sent).await);
    assert_eq!(blobs.len(), 1, "with what it contains");
}

#[tokio::test]
async fn what_is_received_whole_counts_for_the_day() {
    let engine = town().start().await;
    let ann = enter(&engine, "open", "ann").await;
    upload(&engine, &ann, b"12345").await;
    let mut broken = engine.begin_upload(&ann.visitor, "half.txt", 10).await.unwrap();
    broken.write(b"123").await.unwrap();
    assert!(engine.finish_upload(&ann.visitor, broken).await.is_err());
    let counted = engine.counted();
    assert_eq!((counted.files, counted.bytes), (1, 5));
}
