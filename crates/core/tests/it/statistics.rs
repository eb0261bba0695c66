//! What is counted by day and front.

use std::sync::Arc;

use portico_core::administration::day_of;
use portico_core::policy::Mode;
use portico_core::testing::PausedCall;

use crate::town::{Town, at, enter, say, talk};

#[tokio::test]
async fn what_is_counted_adds_up_and_each_person_counts_once_a_day() {
    let town = Town::new().with_front("quiet", Mode::OpenCommunity, |front| front.options.statistics = false);
    let today = day_of(town.clock_now());
    for run in 1..=2_u64 {
        let engine = town.start().await;
        let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
        enter(&engine, "quiet", "cat").await;
        let room = talk(&engine, &ann, &ben).await;
        say(&engine, &ann, room, "one").await;
        say(&engine, &ben, room, "two").await;
        engine.visit(&at(&engine, "open"), &ann.token, None).await.unwrap();
        let days = engine.statistics(&today, &today, None).await.unwrap();
        assert_eq!(days.len(), 1, "a front without statistics has none: {days:?}");
        let tally = days[0].tally;
        assert_eq!(
            (tally.messages, tally.sessions, tally.people, tally.new_accounts),
            (2 * run, 2 * run, 2, 2)
        );
        engine.shut_down().await;
    }
    // What could not be written is written later.
    let engine = town.start().await;
    enter(&engine, "open", "cat").await;
    town.store.set_available(false);
    engine.write_statistics().await;
    town.store.set_available(true);
    let days = engine.statistics(&today, &today, None).await.unwrap();
    assert_eq!((days[0].tally.sessions, days[0].tally.people), (5, 3));
}

#[tokio::test]
async fn whoever_asks_what_was_counted_waits_for_what_is_being_written() {
    let town = Town::new();
    let today = day_of(town.clock_now());
    let engine = town.start().await;
    enter(&engine, "open", "ann").await;
    let pause = town.store.pause_at(PausedCall::AddStatistics);
    let writing = tokio::spawn({
        let engine = Arc::clone(&engine);
        async move { engine.write_statistics().await }
    });
    pause.reached().await;
    let (days, ()) = tokio::join!(engine.statistics(&today, &today, None), async {
        tokio::task::yield_now().await;
        pause.release();
    });
    assert_eq!(days.unwrap()[0].tally.sessions, 1);
    writing.await.unwrap();
}

#[tokio::test]
async fn upkeep_ends_what_it_is_writing_when_the_server_stops() {
    let town = Town::new();
    let today = day_of(town.clock_now());
    let engine = town.start().await;
    enter(&engine, "open", "ann").await;
    let pause = town.store.pause_at(PausedCall::AddStatistics);
    let upkeep = tokio::spawn(Arc::clone(&engine).upkeep());
    pause.reached().await;
    engine.begin_shutdown();
    tokio::task::yield_now().await;
    assert!(!upkeep.is_finished(), "it must not leave what it has begun");
    pause.release();
    upkeep.await.unwrap();
    engine.shut_down().await;
    let days = town.start().await.statistics(&today, &today, None).await.unwrap();
    assert_eq!(days[0].tally.sessions, 1);
}
