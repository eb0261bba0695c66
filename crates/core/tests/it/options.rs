//! Options that no theme of its own tries: each makes a difference here. And that each is tried somewhere.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use portico_core::administration::{Actor, Rights};
use portico_core::engine::{Engine, EngineError, Outgoing, SearchScope};
use portico_core::front::{FrontOptions, OPTIONS, OptionOverrides, Role};
use portico_core::messaging::PresenceState;
use portico_core::policy::Mode;
use portico_core::shoutbox::{ShoutRefusal, Vote, Wall};
use portico_core::testing::MemoryBlobs;
use portico_core::{CommunityId, ShoutId};

use crate::town::{Person, Town, at, enter, say, talk};

const DAY: Duration = Duration::from_secs(24 * 3600);

fn town(change: impl FnOnce(&mut FrontOptions)) -> Town {
    Town::new().with_front("open", Mode::OpenCommunity, |front| change(&mut front.options))
}

/// A town with a wall.
fn walled(change: impl FnOnce(&mut FrontOptions)) -> Town {
    town(|options| {
        options.shoutbox = true;
        options.shout_votes = true;
        change(options);
    })
}

async fn try_shout(engine: &Engine, who: &Person) -> Result<ShoutId, ShoutRefusal> {
    let wall = Wall::Front(who.visitor.front().id.clone());
    match engine.shout(&who.visitor, wall, "hello").await {
        Ok(shout) => Ok(shout.id),
        Err(EngineError::Shout(refusal)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

async fn shout(engine: &Engine, who: &Person) -> ShoutId {
    try_shout(engine, who).await.unwrap()
}

async fn vote(engine: &Engine, who: &Person, shout: ShoutId) -> Result<(), ShoutRefusal> {
    match engine.vote_on_shout(&who.visitor, shout, Some(Vote::Down)).await {
        Ok(_) => Ok(()),
        Err(EngineError::Shout(refusal)) => Err(refusal),
        Err(other) => panic!("{other}"),
    }
}

async fn wall(engine: &Engine, who: &Person) -> Vec<ShoutId> {
    let wall = Wall::Front(who.visitor.front().id.clone());
    let page = engine.wall(&who.visitor, &wall, false, None, 100).await.unwrap();
    page.shouts.into_iter().map(|shout| shout.id).collect()
}

#[tokio::test]
async fn shouts_of_a_week_are_counted_besides_those_of_a_day() {
    let town = walled(|options| options.shouts_per_week = Some(2));
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    for _ in 0..2 {
        shout(&engine, &ann).await;
        town.clock.advance(DAY);
    }
    assert_eq!(try_shout(&engine, &ann).await, Err(ShoutRefusal::Quota { limit: 2, days: 7 }));
    town.clock.advance(5 * DAY + Duration::from_secs(1));
    shout(&engine, &ann).await;
    assert_eq!(try_shout(&engine, &ann).await, Err(ShoutRefusal::Quota { limit: 2, days: 7 }));
}

#[tokio::test]
async fn a_queue_is_full_for_everybody() {
    let town = walled(|options| {
        options.shout_approval = true;
        options.shout_queue = 2;
    });
    let engine = town.start().await;
    for name in ["ann", "ben"] {
        let person = enter(&engine, "open", name).await;
        shout(&engine, &person).await;
    }
    let cat = enter(&engine, "open", "cat").await;
    assert_eq!(try_shout(&engine, &cat).await, Err(ShoutRefusal::QueueFull));
}

#[tokio::test]
async fn votes_of_a_day_and_of_a_week_are_counted() {
    for (per_day, per_week, refusal) in [
        (Some(1), None, ShoutRefusal::VoteQuota { limit: 1, days: 1 }),
        (None, Some(1), ShoutRefusal::VoteQuota { limit: 1, days: 7 }),
    ] {
        let town = walled(|options| {
            options.shout_votes_per_day = per_day;
            options.shout_votes_per_week = per_week;
        });
        let engine = town.start().await;
        let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
        let (one, other) = (shout(&engine, &ben).await, shout(&engine, &ben).await);
        vote(&engine, &ann, one).await.unwrap();
        assert_eq!(vote(&engine, &ann, other).await, Err(refusal));
        town.clock.advance(DAY + Duration::from_secs(1));
        let next = vote(&engine, &ann, other).await;
        assert_eq!(next.is_ok(), per_week.is_none(), "{next:?}");
    }
}

#[tokio::test]
async fn whoever_has_too_many_votes_against_them_shouts_no_more() {
    for (limit, may) in [(0, true), (3, true), (2, false)] {
        let town = walled(|options| options.shout_mute_after_votes = limit);
        let engine = town.start().await;
        let ann = enter(&engine, "open", "ann").await;
        let disliked = shout(&engine, &ann).await;
        for name in ["ben", "cat"] {
            let voter = enter(&engine, "open", name).await;
            vote(&engine, &voter, disliked).await.unwrap();
        }
        let next = try_shout(&engine, &ann).await;
        assert_eq!(next.is_ok(), may, "{limit}: {next:?}");
        assert!(may || next == Err(ShoutRefusal::Muted));
    }
}

#[tokio::test]
async fn walls_keep_what_is_young_and_not_more_than_they_keep() {
    let town = walled(|options| {
        options.shout_retention = 2 * DAY;
        options.shouts_kept = 3;
    });
    let engine = town.start().await;
    let ann = enter(&engine, "open", "ann").await;
    for _ in 0..5 {
        shout(&engine, &ann).await;
        town.clock.advance(Duration::from_secs(60));
    }
    engine.trim_walls().await;
    let kept = wall(&engine, &ann).await;
    assert_eq!(kept.len(), 3, "the newest");
    town.clock.advance(2 * DAY - Duration::from_secs(180));
    let young = shout(&engine, &ann).await;
    town.clock.advance(Duration::from_secs(179));
    engine.trim_walls().await;
    assert_eq!(wall(&engine, &ann).await, [young]);
}

#[tokio::test]
async fn files_end_when_their_front_keeps_them_no_longer() {
    let blobs = MemoryBlobs::default();
    let mut town = Town::new().with_front("short", Mode::OpenCommunity, |front| {
        front.options.attachment_retention = Some(Duration::from_secs(3600));
    });
    town.settings.blobs = Some(Arc::new(blobs.clone()));
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "short", "ann").await, enter(&engine, "open", "ben").await);
    let place = talk(&engine, &ann, &ben).await;
    let mut files = Vec::new();
    for who in [&ann, &ben] {
        let mut upload = engine.begin_upload(&who.visitor, "a.txt", 5).await.unwrap();
        upload.write(b"hello").await.unwrap();
        let file = engine.finish_upload(&who.visitor, upload).await.unwrap().id;
        let outgoing = Outgoing { text: "look".into(), files: vec![file], ..Outgoing::default() };
        engine.send_message(&who.visitor, place, outgoing).await.unwrap();
        files.push(file);
    }
    engine.forget_stale_files().await;
    assert_eq!(blobs.len(), 2);
    town.clock.advance(Duration::from_secs(3601));
    engine.forget_stale_files().await;
    assert_eq!(blobs.len(), 1);
    assert!(matches!(engine.file(&ben.visitor, files[0]).await, Err(EngineError::NotFound)));
    assert_eq!(engine.file(&ann.visitor, files[1]).await.unwrap().id, files[1], "of the other front");
}

#[tokio::test]
async fn each_state_has_the_reasons_that_the_front_names_for_it() {
    let states =
        [PresenceState::Online, PresenceState::Away, PresenceState::Busy, PresenceState::DoNotDisturb];
    let town = town(|options| {
        options.online_reasons = vec!["Front desk".into()];
        options.away_reasons = vec!["Lunch".into()];
        options.busy_reasons = vec!["Meeting".into()];
        options.do_not_disturb_reasons = vec!["Exam".into()];
    })
    .with_front("plain", Mode::OpenCommunity, |_| {});
    let engine = town.start().await;
    let (ann, plain) = (enter(&engine, "open", "ann").await, enter(&engine, "plain", "ann").await);
    for (row, state) in states.into_iter().enumerate() {
        for (column, reason) in ["Front desk", "Lunch", "Meeting", "Exam"].into_iter().enumerate() {
            let chosen = engine.choose_presence(&ann.visitor, state, Some(reason)).await;
            assert_eq!(chosen.is_ok(), row == column, "{state:?} {reason}: {chosen:?}");
            let unknown = engine.choose_presence(&plain.visitor, state, Some(reason)).await;
            assert!(matches!(unknown, Err(EngineError::Unacceptable(_))), "{state:?} {reason}");
        }
    }
}

#[tokio::test]
async fn a_session_lives_as_long_as_its_front_says() {
    let town = Town::new().with_front("brief", Mode::OpenCommunity, |front| {
        front.options.session_lifetime = Duration::from_secs(600);
    });
    let engine = town.start().await;
    let (brief, long) = (enter(&engine, "brief", "ann").await, enter(&engine, "open", "ben").await);
    town.clock.advance(Duration::from_secs(599));
    engine.visit(&at(&engine, "brief"), &brief.token, None).await.unwrap();
    town.clock.advance(Duration::from_secs(2));
    let over = engine.visit(&at(&engine, "brief"), &brief.token, None).await;
    assert!(matches!(over, Err(EngineError::SessionRequired)), "{over:?}");
    engine.visit(&at(&engine, "open"), &long.token, None).await.unwrap();
}

#[tokio::test]
async fn what_nobody_fetches_ends_by_the_option_of_the_front_it_came_through() {
    let town = Town::new().with_front("short", Mode::OpenCommunity, |front| {
        front.options.undelivered_validity = Some(Duration::from_secs(3600));
    });
    let engine = town.start().await;
    let (ann, ben, cat) = (
        enter(&engine, "short", "ann").await,
        enter(&engine, "open", "ben").await,
        enter(&engine, "open", "cat").await,
    );
    let (read, unread, other) =
        (talk(&engine, &ann, &ben).await, talk(&engine, &ann, &cat).await, talk(&engine, &ben, &cat).await);
    say(&engine, &ann, read, "read in time").await;
    say(&engine, &ann, unread, "never read").await;
    say(&engine, &ben, other, "through the other front").await;
    let newest = engine.history(&ben.visitor, read, None, 1).await.unwrap().messages[0].sequence;
    engine.mark_read(&ben.visitor, read, newest).await.unwrap();
    town.clock.advance(Duration::from_secs(3601));
    say(&engine, &ann, unread, "young").await;
    engine.expire_messages().await;
    let mut left = Vec::new();
    for (who, place) in [(&ben, read), (&cat, unread), (&cat, other)] {
        let page = engine.history(&who.visitor, place, None, 10).await.unwrap();
        left.push(page.messages.iter().map(|message| message.text.clone()).collect::<Vec<_>>());
    }
    assert_eq!(left, [["read in time"], ["young"], ["through the other front"]]);
}

#[tokio::test]
async fn nobody_writes_to_who_is_not_here_where_that_is_off() {
    for kept in [true, false] {
        let town = town(|options| options.offline_messages = kept);
        let engine = town.start().await;
        let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
        let place = talk(&engine, &ann, &ben).await;
        say(&engine, &ann, place, "while he is here").await;
        engine.log_out(&ben.visitor).await.unwrap();
        let sent = engine.send(&ann.visitor, place, "when he has gone".into(), None).await;
        assert_eq!(sent.is_ok(), kept, "{sent:?}");
        assert!(kept || matches!(sent, Err(EngineError::MayNotWrite(_))));
    }
}

#[tokio::test]
async fn nobody_is_told_what_was_read_where_that_is_off() {
    for told in [true, false] {
        let town = town(|options| options.read_receipts = told);
        let engine = town.start().await;
        let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
        let place = talk(&engine, &ann, &ben).await;
        say(&engine, &ann, place, "hello").await;
        let newest = engine.history(&ben.visitor, place, None, 1).await.unwrap().messages[0].sequence;
        engine.mark_read(&ben.visitor, place, newest).await.unwrap();
        let receipt = engine.conversation(&ann.visitor, place).await.unwrap().receipts[0];
        assert_eq!(receipt.read_up_to.is_some(), told, "{receipt:?}");
    }
}

#[tokio::test]
async fn a_role_takes_a_booleans_right_away_and_gives_it() {
    let town = Town::new().with_front("open", Mode::OpenCommunity, |front| {
        let mut options = OptionOverrides::default();
        options.search = Some(false);
        options.shoutbox = Some(true);
        let role = Arc::new(Role { name: "odd".into(), options, enters_full_front: None });
        front.role_book.insert(role.name.clone(), role);
    });
    let engine = town.start().await;
    let (ann, ben) = (enter(&engine, "open", "ann").await, enter(&engine, "open", "ben").await);
    assert!(
        engine
            .grant_role(&Actor::command_line(), &Rights::all(), &CommunityId::default(), ann.id(), "odd")
            .await
            .unwrap()
    );
    let search =
        async |who: &Person| engine.search(&who.visitor, "hello", SearchScope::default(), 10).await.is_ok();
    assert_eq!((search(&ann).await, search(&ben).await), (false, true));
    shout(&engine, &ann).await;
    let none = engine.shout(&ben.visitor, Wall::Front(ben.visitor.front().id.clone()), "hello").await;
    assert!(matches!(none, Err(EngineError::NotFound)), "{none:?}");
}

/// Every file below a folder that ends in `.rs`.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

/// Whether a text sets the option: a line of a configuration that begins with `name =`, or `options.name =`.
fn sets(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(at, _)| {
        let before = &text[..at];
        let line = before.rsplit('\n').next().unwrap_or_default();
        // The first line of a configuration that stands in a test begins behind a quotation mark.
        let begins = line.trim_start().is_empty() || line.ends_with('"');
        let after = text[at + name.len()..].trim_start();
        (begins || before.ends_with("options.")) && after.starts_with('=') && !after.starts_with("==")
    })
}

#[test]
fn a_variable_called_like_an_option_sets_none() {
    for text in ["options.search = true;", "[front.options]\n  search = true", "\"search = true\\n\""] {
        assert!(sets(text, "search"), "{text}");
    }
    for text in ["let search = async || 1;", "if options.search == true {", "research = 1", "let x = search;"]
    {
        assert!(!sets(text, "search"), "{text}");
    }
}

#[test]
fn every_option_is_set_by_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["crates/core/tests", "crates/auth-native/tests", "tests/it"] {
        sources(&root.join(folder), &mut files);
    }
    // Configurations stand in texts, where the end of a line is written `\n`.
    let texts: Vec<String> =
        files.iter().map(|file| fs::read_to_string(file).unwrap().replace("\\n", "\n")).collect();
    let untried: Vec<&str> = OPTIONS
        .iter()
        .filter(|option| !option.doc.starts_with("Not enforced"))
        .map(|option| option.name)
        .filter(|name| !texts.iter().any(|text| sets(text, name)))
        .collect();
    assert!(untried.is_empty(), "no test sets {untried:?}");
}
