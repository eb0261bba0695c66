use super::*;
use crate::Timestamp;
use crate::messaging::{Mailboxes, Sequence};

fn people(count: usize) -> Vec<AccountId> {
    (0..count).map(|_| AccountId::generate(Timestamp::from_secs(1))).collect()
}

fn everybody() -> Readers {
    Readers { everybody: true, mailboxes: Vec::new() }
}

fn log(beat: Duration) -> (ChangeFeed, Arc<CommunityChanges>) {
    let feed = ChangeFeed::new(beat);
    let main = feed.of(&CommunityId::default());
    (feed, main)
}

fn presences(page: ChangePage) -> (Vec<AccountId>, u64) {
    match page {
        ChangePage::Changed { presences, position, .. } => (presences, position),
        ChangePage::Outdated { .. } => panic!("outdated"),
    }
}

#[tokio::test]
async fn a_late_reader_gets_everybody_once_in_the_order_of_their_latest_change() {
    let (_, main) = log(Duration::ZERO);
    let start = main.position();
    let who = people(3);
    for index in [0, 1, 2, 0, 1, 0] {
        main.record(who[index], Aspect::Presence, everybody());
    }
    let (changed, position) = presences(main.read(start));
    assert_eq!(changed, [who[2], who[1], who[0]]);
    assert_eq!(presences(main.read(position)), (Vec::new(), position));
}

#[tokio::test]
async fn many_come_in_pages_and_none_is_passed_over() {
    let (_, main) = log(Duration::ZERO);
    let mut position = main.position();
    let who = people(700);
    for (number, account) in who.iter().enumerate() {
        let aspect = if number % 3 == 0 { Aspect::Person } else { Aspect::Presence };
        main.record(*account, aspect, everybody());
    }
    let (mut seen, mut pages) = (Vec::new(), 0);
    loop {
        let ChangePage::Changed { presences, people, position: next, .. } = main.read(position) else {
            panic!()
        };
        if next == position {
            break;
        }
        assert!(presences.len() <= PRESENCES && people.len() <= PEOPLE);
        seen.extend(presences.into_iter().chain(people));
        position = next;
        pages += 1;
    }
    let mut wanted = who.clone();
    wanted.sort_unstable();
    seen.sort_unstable();
    assert_eq!(seen, wanted, "each once");
    assert!(pages >= 4, "{pages}");
}

#[tokio::test]
async fn a_reader_behind_the_end_of_the_log_is_told_so() {
    let mut logs = ChangeLogs::new(2);
    for (number, account) in people(3).into_iter().enumerate() {
        logs.record(number as u64 + 2, account, Aspect::Presence);
    }
    assert_eq!(logs.page(1, (4, 4)), ChangePage::Outdated { position: 4 });
    assert!(matches!(logs.page(2, (4, 4)), ChangePage::Changed { .. }));
    assert_eq!(logs.page(5, (4, 4)), ChangePage::Outdated { position: 4 }, "a position of another run");
}

#[tokio::test(start_paused = true)]
async fn the_first_change_is_told_nearly_at_once_and_what_follows_at_the_beat() {
    let (feed, main) = log(Duration::from_millis(500));
    let start = main.position();
    let who = people(100);
    main.record(who[0], Aspect::Presence, everybody());
    tokio::time::timeout(Duration::from_millis(25), main.beat()).await.expect("a beat");
    let (changed, position) = presences(main.read(start));
    assert_eq!(changed, [who[0]]);
    for account in &who[1..] {
        main.record(*account, Aspect::Presence, everybody());
    }
    assert!(presences(main.read(position)).0.is_empty(), "not before the beat");
    let beat = main.beat();
    tokio::time::timeout(Duration::from_millis(501), beat).await.expect("a beat");
    assert_eq!(presences(main.read(position)).0.len(), 99);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(feed.traffic().beats, 2, "nothing beats while nothing happens");
}

#[tokio::test(start_paused = true)]
async fn who_begins_between_two_beats_hears_nothing_of_before() {
    let (_, main) = log(Duration::from_millis(500));
    let who = people(2);
    main.record(who[0], Aspect::Presence, everybody());
    let start = main.position();
    assert_eq!(presences(main.read(start)), (Vec::new(), start));
    main.record(who[1], Aspect::Presence, everybody());
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(presences(main.read(start)).0, [who[1]]);
}

#[tokio::test(start_paused = true)]
async fn who_sees_only_contacts_is_woken_for_nobody_else() {
    let (_, main) = log(Duration::ZERO);
    let (community, who) = (CommunityId::default(), people(3));
    let mailboxes = Mailboxes::new(7, 10, Sequence::START);
    let (ann, ben) = (mailboxes.open(&community, who[0]), mailboxes.open(&community, who[1]));
    let start = main.position();
    let (mut wakes_ann, mut wakes_ben) = (Box::pin(ann.arrival()), Box::pin(ben.arrival()));
    wakes_ann.as_mut().enable();
    wakes_ben.as_mut().enable();
    let readers = Readers { everybody: false, mailboxes: mailboxes.of(&community, [who[0], who[2]]) };
    main.record(who[2], Aspect::Presence, readers);
    assert!(tokio::time::timeout(Duration::from_millis(1), wakes_ann).await.is_ok());
    assert!(tokio::time::timeout(Duration::from_millis(1), wakes_ben).await.is_err());
    assert_eq!(presences(main.read_own(&ann, start)).0, [who[2]]);
    assert!(presences(main.read_own(&ben, start)).0.is_empty());
    assert!(presences(main.read(start)).0.is_empty());
}

#[tokio::test(start_paused = true)]
async fn where_very_many_wait_the_beat_is_slower() {
    let (_, main) = log(Duration::from_millis(500));
    assert_eq!(main.pause(), Duration::from_millis(500));
    let waiting: Vec<_> = (0..10_000).map(|_| main.waiting()).collect();
    assert_eq!(main.pause(), Duration::from_millis(2500));
    drop(waiting);
    assert_eq!(main.pause(), Duration::from_millis(500));
}
