//! What somebody has left in several places.

use portico_core::administration::{Report, ReportTarget};
use portico_core::files::{FileName, FileQuota, MediaType, StoredFile};
use portico_core::shoutbox::{Shout, ShoutRules, ShoutState, Vote, Wall};
use portico_core::{AccountId, CommunityId, FileId, ReportId, ShoutId};

use crate::shouts::decide;
use crate::world::{World, at, community, front, main_community};

crate::port_tests!(
    ones_shouts_are_found_in_pages_on_every_wall_with_their_votes,
    ones_files_are_found_in_pages_without_those_that_never_arrived,
    ones_reports_are_found_in_pages,
);

const RULES: ShoutRules = ShoutRules {
    per_day: None,
    per_week: None,
    approval: false,
    queue_person: 2,
    queue: 3,
    mute_after_rejections: 0,
    mute_after_votes: 0,
    votes_per_day: None,
    votes_per_week: None,
    hidden_by_votes: 0,
};

async fn shout(world: &World, author: AccountId, place: (&CommunityId, &str), second: i64) -> ShoutId {
    let (community, wall) = place;
    let new = Shout {
        id: ShoutId::generate(at(second)),
        community: community.clone(),
        wall: Wall::Front(front(wall)),
        author,
        front: front(wall),
        text: format!("{second}"),
        state: ShoutState::Shown,
        at: at(second),
    };
    world.store.post_shout(&new, &RULES).await.unwrap().unwrap().id
}

async fn ones_shouts_are_found_in_pages_on_every_wall_with_their_votes(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let (here, there) = (main_community(), community("there"));
    let mut own = Vec::new();
    for (second, wall) in [(1, "im"), (2, "other"), (3, "im")] {
        own.push(shout(world, ann, (&here, wall), second).await);
        shout(world, ben, (&here, wall), second).await;
    }
    shout(world, ann, (&there, "im"), 4).await;
    assert!(decide(world, own[1], ShoutState::Rejected).await);
    world.store.vote_on_shout(own[0], ben, Some(Vote::Down), &RULES, at(9)).await.unwrap().unwrap();

    let first = world.store.shouts_by(&here, ann, None, 2).await.unwrap();
    assert_eq!(first.iter().map(|tally| tally.shout.id).collect::<Vec<_>>(), own[..2]);
    assert_eq!((first[0].up, first[0].down, first[1].shout.state), (0, 1, ShoutState::Rejected));
    let rest = world.store.shouts_by(&here, ann, Some(own[1]), 2).await.unwrap();
    assert_eq!(rest.iter().map(|tally| tally.shout.id).collect::<Vec<_>>(), own[2..]);
    assert!(world.store.shouts_by(&here, ann, Some(own[2]), 2).await.unwrap().is_empty());
}

async fn file(world: &World, owner: AccountId, community: &CommunityId, begun: i64, whole: bool) -> FileId {
    let new = StoredFile {
        id: FileId::generate(at(begun)),
        owner,
        community: community.clone(),
        front: front("im"),
        conversation: None,
        message: None,
        name: FileName::new("report ü.pdf"),
        size: 10,
        media_type: MediaType::Bytes,
        complete: false,
        created_at: at(begun),
    };
    let quota = FileQuota { largest: 100, space: 1000, per_week: None };
    world.store.reserve_file(&new, &quota).await.unwrap().unwrap();
    if whole {
        world.store.complete_file(new.id, MediaType::Png).await.unwrap();
    }
    new.id
}

async fn ones_files_are_found_in_pages_without_those_that_never_arrived(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let (here, there) = (main_community(), community("there"));
    let mut own = Vec::new();
    for second in 1..=3 {
        own.push(file(world, ann, &here, second, true).await);
        file(world, ann, &here, second, false).await;
        file(world, ben, &here, second, true).await;
        file(world, ann, &there, second, true).await;
    }
    let first = world.store.files_by(&here, ann, None, 2).await.unwrap();
    assert_eq!(first.iter().map(|file| file.id).collect::<Vec<_>>(), own[..2]);
    assert_eq!((first[0].name.as_str(), first[0].media_type), ("report ü.pdf", MediaType::Png));
    let rest = world.store.files_by(&here, ann, Some(own[1]), 2).await.unwrap();
    assert_eq!(rest.iter().map(|file| file.id).collect::<Vec<_>>(), own[2..]);
}

async fn ones_reports_are_found_in_pages(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let mut own = Vec::new();
    for (second, reporter) in [(1, ann), (2, ben), (3, ann), (4, ann)] {
        let about = world.person(&format!("p{second}")).await;
        let report = Report {
            id: ReportId::generate(at(second)),
            community: main_community(),
            front: front("im"),
            reporter,
            target: ReportTarget::Account { account: about },
            text: "why".into(),
            created_at: at(second),
            closed: None,
        };
        world.store.file_report(&report, 10, at(0)).await.unwrap().unwrap();
        if reporter == ann {
            own.push(report);
        }
    }
    assert_eq!(world.store.reports_by(ann, None, 2).await.unwrap(), own[..2]);
    assert_eq!(world.store.reports_by(ann, Some(own[1].id), 2).await.unwrap(), own[2..]);
}
