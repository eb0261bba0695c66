//! New threads, and who may hear of them.

use portico_auth_phorum::Phorum;
use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::{Authenticator, Topic, WantedTopics};
use serde_json::json;

use crate::support::{Board, Version};

for_each_database!(
    threads_that_guests_may_read_are_told,
    a_group_hears_of_what_its_members_may_read,
    only_approved_threads_that_are_still_there_are_told,
    threads_come_in_the_order_of_their_ids,
    an_unknown_forum_or_group_is_named,
);

fn wanted(forums: &[&str]) -> WantedTopics {
    let forums = forums.iter().map(|&id| id.to_owned()).collect();
    WantedTopics { forums, readable_by: None, after: Some(0), limit: 100 }
}

/// A forum with one thread, whose id is the forum's tenfold. `rights`: of guests and of members.
async fn forum(board: &Board, id: i64, name: &str, flags: (i64, i64), rights: (i64, i64)) {
    let (active, folder) = flags;
    let (guests, members) = rights;
    let quoted = board.quote(name);
    board
        .execute(&format!(
            "INSERT INTO {{p}}_forums (forum_id, name, active, folder_flag, pub_perms, reg_perms) \
             VALUES ({id}, {quoted}, {active}, {folder}, {guests}, {members})"
        ))
        .await;
    message(board, id * 10, id, id * 10, "2, 'Topic & more'").await;
}

/// `rest`: status and subject.
async fn message(board: &Board, id: i64, forum: i64, thread: i64, rest: &str) {
    let parent = if id == thread { 0 } else { thread };
    board
        .execute(&format!(
            "INSERT INTO {{p}}_messages (message_id, forum_id, thread, parent_id, author, datestamp, status, subject) \
             VALUES ({id}, {forum}, {thread}, {parent}, 'A & B', 1100000000, {rest})"
        ))
        .await;
}

async fn told(phorum: &Phorum, wanted: &WantedTopics) -> Vec<u64> {
    let topics = phorum.news().unwrap().topics(wanted).await.unwrap();
    topics.iter().map(|topic| topic.id).collect()
}

async fn threads_that_guests_may_read_are_told(db: TestDatabase) {
    for version in Version::ALL {
        let board = Board::install(TestDatabase::create(db.kind()).await, version).await;
        forum(&board, 5, "Open <b>forum</b> &amp; all", (1, 0), (1, 15)).await;
        forum(&board, 6, "Members", (1, 0), (0, 15)).await;
        forum(&board, 7, "Closed down", (0, 0), (15, 15)).await;
        forum(&board, 8, "Folder", (1, 1), (15, 15)).await;
        forum(&board, 9, "Writing without reading", (1, 0), (14, 15)).await;
        let phorum = board.phorum_with(json!({"url": "https://f.example/"})).await;
        let topics = phorum.news().unwrap().topics(&wanted(&["5", "6", "7", "8", "9"])).await.unwrap();
        let expected = Topic {
            id: 50,
            forum: "Open forum & all".to_owned(),
            title: "Topic & more".to_owned(),
            author: Some("A & B".to_owned()),
            url: Some("https://f.example/read.php?5,50".to_owned()),
            posted_at: portico_core::Timestamp::from_secs(1_100_000_000),
        };
        assert_eq!(topics, [expected], "{version:?}");
    }
}

async fn a_group_hears_of_what_its_members_may_read(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.group(3, "Gardeners", &[]).await;
    for (id, members) in [(5, 15), (6, 0), (7, 0), (8, 15)] {
        forum(&board, id, "F", (1, 0), (0, members)).await;
    }
    for (forum, permission) in [(6, 1), (7, 14), (8, 2)] {
        board
            .execute(&format!(
                "INSERT INTO {{p}}_forum_group_xref (forum_id, group_id, permission) VALUES ({forum}, 3, {permission})"
            ))
            .await;
    }
    let phorum = board.phorum().await;
    let all = wanted(&["5", "6", "7", "8"]);
    assert_eq!(told(&phorum, &all).await, Vec::<u64>::new());
    for name in ["Gardeners", "3"] {
        let theirs = WantedTopics { readable_by: Some(name.to_owned()), ..all.clone() };
        assert_eq!(told(&phorum, &theirs).await, [50, 60], "a group's rights stand for everybody's");
    }
}

async fn only_approved_threads_that_are_still_there_are_told(db: TestDatabase) {
    for version in [Version::V5_1, Version::V6_0] {
        let board = Board::install(TestDatabase::create(db.kind()).await, version).await;
        forum(&board, 5, "Open", (1, 0), (1, 15)).await;
        message(&board, 51, 5, 50, "2, 'an answer'").await;
        message(&board, 52, 5, 52, "-1, 'waits'").await;
        message(&board, 53, 5, 53, "-2, 'hidden'").await;
        // The copy that a moved thread leaves behind belongs to the thread where it is now.
        board
            .execute(
                "INSERT INTO {p}_messages (message_id, forum_id, thread, parent_id, status, subject) VALUES (54, 5, 99, 0, 2, 'moved')",
            )
            .await;
        let phorum = board.phorum().await;
        assert_eq!(told(&phorum, &wanted(&["5"])).await, [50], "{version:?}");
        if version == Version::V6_0 {
            message(&board, 55, 5, 55, "2, 'marked'").await;
            board.execute("UPDATE {p}_messages SET moved = 1 WHERE message_id = 55").await;
            assert_eq!(told(&phorum, &wanted(&["5"])).await, [50]);
        }
    }
}

async fn threads_come_in_the_order_of_their_ids(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    for id in [5, 6] {
        forum(&board, id, "Open", (1, 0), (1, 15)).await;
    }
    for id in [71, 73, 72] {
        message(&board, id, 5 + id % 2, id, "2, 'x'").await;
    }
    let phorum = board.phorum().await;
    let both = wanted(&["5", "6"]);
    assert_eq!(told(&phorum, &both).await, [50, 60, 71, 72, 73]);
    assert_eq!(told(&phorum, &WantedTopics { after: Some(60), limit: 2, ..both.clone() }).await, [71, 72]);
    assert_eq!(
        told(&phorum, &WantedTopics { after: Some(u64::MAX), ..both.clone() }).await,
        Vec::<u64>::new()
    );
    assert_eq!(told(&phorum, &WantedTopics { after: None, ..both }).await, [73], "the newest alone");
    assert_eq!(told(&phorum, &wanted(&[])).await, Vec::<u64>::new());
}

async fn an_unknown_forum_or_group_is_named(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    forum(&board, 5, "Open", (1, 0), (1, 15)).await;
    let phorum = board.phorum().await;
    for (wanted, named) in [
        (wanted(&["5", "4711"]), "`4711`"),
        (wanted(&["general"]), "`general`"),
        (WantedTopics { readable_by: Some("Nobodies".to_owned()), ..wanted(&["5"]) }, "`Nobodies`"),
    ] {
        let error = phorum.news().unwrap().topics(&wanted).await.unwrap_err();
        assert!(error.as_str() == "misconfigured" && error.to_string().contains(named), "{error}");
    }
}
