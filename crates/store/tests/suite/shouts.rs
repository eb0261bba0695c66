//! Walls.

use portico_core::administration::{Actor, AuditEntry, Change};
use portico_core::group::{GroupKind, GroupSeat, Seating};
use portico_core::shoutbox::{Shout, ShoutRefusal, ShoutRules, ShoutState, Vote, Wall};
use portico_core::{AccountId, ShoutId};

use crate::world::{World, at, community, front, main_community, realm};

crate::port_tests!(
    a_shout_is_kept_in_the_state_that_the_rules_give_it,
    quotas_count_a_persons_shouts_of_a_day_and_a_week,
    the_queue_is_counted_per_person_and_per_wall,
    rejected_shouts_and_votes_against_them_silence,
    walls_are_read_newest_first_in_pages_and_by_state,
    a_vote_can_be_given_changed_and_taken_back,
    nobody_votes_on_their_own_or_on_what_is_not_shown,
    enough_votes_against_it_hide_a_shout,
    no_vote_takes_a_decision_back,
    votes_have_a_quota_that_a_changed_vote_does_not_use,
    old_shouts_and_too_many_are_trimmed_wall_by_wall,
    a_removed_shout_takes_its_votes_with_it,
);

const FREE: ShoutRules = ShoutRules {
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

fn wall() -> Wall {
    Wall::Front(front("im"))
}

fn new(author: AccountId, second: i64) -> Shout {
    Shout {
        id: ShoutId::generate(at(second)),
        community: main_community(),
        wall: wall(),
        author,
        front: front("im"),
        text: format!("at {second}: ünïcödé"),
        state: ShoutState::Waiting,
        at: at(second),
    }
}

async fn post(world: &World, shout: &Shout, rules: &ShoutRules) -> Result<Shout, ShoutRefusal> {
    world.store.post_shout(shout, rules).await.unwrap()
}

async fn posted(world: &World, author: AccountId, second: i64) -> ShoutId {
    post(world, &new(author, second), &FREE).await.unwrap().id
}

async fn vote(
    world: &World,
    id: ShoutId,
    voter: AccountId,
    vote: Option<Vote>,
    rules: &ShoutRules,
) -> Result<(u32, u32, ShoutState), ShoutRefusal> {
    let tally = world.store.vote_on_shout(id, voter, vote, rules, at(10_000)).await.unwrap();
    tally.map(|tally| (tally.up, tally.down, tally.shout.state))
}

/// Whether the state is another one then.
pub(crate) async fn decide(world: &World, id: ShoutId, becomes: ShoutState) -> bool {
    let line = AuditEntry::new(at(0), &Actor::command_line(), "shout-decided");
    world.store.administer(&Change::SetShoutState(id, becomes), line).await.unwrap().is_some()
}

async fn a_shout_is_kept_in_the_state_that_the_rules_give_it(world: &World) {
    let ann = world.person("ann").await;
    let kept = post(world, &new(ann, 0), &FREE).await.unwrap();
    assert_eq!(kept.state, ShoutState::Shown);
    let tally = world.store.shout(kept.id).await.unwrap().unwrap();
    assert_eq!((tally.shout, tally.up, tally.down), (kept, 0, 0));
    let waits = post(world, &new(ann, 1), &ShoutRules { approval: true, ..FREE }).await.unwrap();
    assert_eq!(waits.state, ShoutState::Waiting);
    assert!(decide(world, waits.id, ShoutState::Shown).await);
    assert_eq!(world.store.shout(waits.id).await.unwrap().unwrap().shout.state, ShoutState::Shown);
    let nobody = ShoutId::generate(at(5));
    assert!(!decide(world, nobody, ShoutState::Shown).await);
    assert_eq!(world.store.shout(nobody).await.unwrap(), None);
}

async fn quotas_count_a_persons_shouts_of_a_day_and_a_week(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let rules = ShoutRules { per_day: Some(2), per_week: Some(3), ..FREE };
    let day = 24 * 3600;
    for second in [0, 1] {
        post(world, &new(ann, second), &rules).await.unwrap();
    }
    assert_eq!(post(world, &new(ann, 2), &rules).await, Err(ShoutRefusal::Quota { limit: 2, days: 1 }));
    post(world, &new(ben, 2), &rules).await.unwrap();
    let elsewhere = Shout { community: community("elsewhere"), ..new(ann, 2) };
    post(world, &elsewhere, &rules).await.unwrap();
    post(world, &new(ann, day + 1), &rules).await.unwrap();
    assert_eq!(post(world, &new(ann, day + 2), &rules).await, Err(ShoutRefusal::Quota { limit: 3, days: 7 }));
    post(world, &new(ann, 7 * day + 1), &rules).await.unwrap();
}

async fn the_queue_is_counted_per_person_and_per_wall(world: &World) {
    let people = world.people(3).await;
    let rules = ShoutRules { approval: true, ..FREE };
    for second in [0, 1] {
        post(world, &new(people[0], second), &rules).await.unwrap();
    }
    assert_eq!(post(world, &new(people[0], 2), &rules).await, Err(ShoutRefusal::QueueFull));
    post(world, &new(people[1], 2), &rules).await.unwrap();
    assert_eq!(post(world, &new(people[2], 3), &rules).await, Err(ShoutRefusal::QueueFull));
    let another = Shout { wall: Wall::Front(front("second")), ..new(people[2], 3) };
    post(world, &another, &rules).await.unwrap();
}

async fn rejected_shouts_and_votes_against_them_silence(world: &World) {
    let people = world.people(3).await;
    let rules = ShoutRules { mute_after_rejections: 1, mute_after_votes: 2, ..FREE };
    let turned_down = posted(world, people[0], 0).await;
    assert!(decide(world, turned_down, ShoutState::Rejected).await);
    assert_eq!(post(world, &new(people[0], 1), &rules).await, Err(ShoutRefusal::Muted));
    let unloved = posted(world, people[1], 1).await;
    vote(world, unloved, people[0], Some(Vote::Down), &rules).await.unwrap();
    post(world, &new(people[1], 2), &rules).await.unwrap();
    vote(world, unloved, people[2], Some(Vote::Down), &rules).await.unwrap();
    assert_eq!(post(world, &new(people[1], 3), &rules).await, Err(ShoutRefusal::Muted));
}

async fn walls_are_read_newest_first_in_pages_and_by_state(world: &World) {
    let ann = world.person("ann").await;
    let mut ids = Vec::new();
    for second in 0..5 {
        ids.push(posted(world, ann, second).await);
    }
    let elsewhere = Shout { wall: Wall::Front(front("second")), ..new(ann, 6) };
    post(world, &elsewhere, &FREE).await.unwrap();
    assert!(decide(world, ids[2], ShoutState::Hidden).await);
    let read = |states: &'static [ShoutState], before, limit| {
        let store = &world.store;
        async move {
            let found = store.shouts(&wall(), states, before, limit).await.unwrap();
            found.into_iter().map(|tally| tally.shout.id).collect::<Vec<_>>()
        }
    };
    assert_eq!(read(&[ShoutState::Shown], None, 2).await, [ids[4], ids[3]]);
    assert_eq!(read(&[ShoutState::Shown], Some(ids[3]), 10).await, [ids[1], ids[0]]);
    assert_eq!(read(&[ShoutState::Waiting, ShoutState::Hidden], None, 10).await, [ids[2]]);
}

async fn a_vote_can_be_given_changed_and_taken_back(world: &World) {
    let people = world.people(3).await;
    let id = posted(world, people[0], 0).await;
    assert_eq!(vote(world, id, people[1], Some(Vote::Up), &FREE).await, Ok((1, 0, ShoutState::Shown)));
    assert_eq!(vote(world, id, people[2], Some(Vote::Up), &FREE).await, Ok((2, 0, ShoutState::Shown)));
    assert_eq!(vote(world, id, people[1], Some(Vote::Down), &FREE).await, Ok((1, 1, ShoutState::Shown)));
    assert_eq!(world.store.votes_of(people[1], &[id]).await.unwrap(), [(id, Vote::Down)]);
    assert_eq!(vote(world, id, people[1], None, &FREE).await, Ok((1, 0, ShoutState::Shown)));
    assert_eq!(vote(world, id, people[1], None, &FREE).await, Ok((1, 0, ShoutState::Shown)), "again");
    assert_eq!(world.store.votes_of(people[1], &[id]).await.unwrap(), []);
}

async fn nobody_votes_on_their_own_or_on_what_is_not_shown(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let id = posted(world, ann, 0).await;
    assert_eq!(vote(world, id, ann, Some(Vote::Up), &FREE).await, Err(ShoutRefusal::Own));
    assert!(decide(world, id, ShoutState::Waiting).await);
    assert_eq!(vote(world, id, ben, Some(Vote::Up), &FREE).await, Err(ShoutRefusal::Gone));
    let nothing = ShoutId::generate(at(9));
    assert_eq!(vote(world, nothing, ben, Some(Vote::Up), &FREE).await, Err(ShoutRefusal::Gone));
}

async fn enough_votes_against_it_hide_a_shout(world: &World) {
    let people = world.people(3).await;
    let rules = ShoutRules { hidden_by_votes: 2, ..FREE };
    let id = posted(world, people[0], 0).await;
    assert_eq!(vote(world, id, people[1], Some(Vote::Down), &rules).await, Ok((0, 1, ShoutState::Shown)));
    assert_eq!(vote(world, id, people[2], Some(Vote::Down), &rules).await, Ok((0, 2, ShoutState::Hidden)));
    assert_eq!(world.store.shout(id).await.unwrap().unwrap().shout.state, ShoutState::Hidden);
}

async fn no_vote_takes_a_decision_back(world: &World) {
    let people = world.people(7).await;
    for round in 0..15 {
        let id = posted(world, people[0], round).await;
        let votes = people[1..].iter().map(|&voter| {
            let store = world.store.clone();
            let up = Some(Vote::Up);
            tokio::spawn(async move { store.vote_on_shout(id, voter, up, &FREE, at(10_000)).await.unwrap() })
        });
        let votes: Vec<_> = votes.collect();
        assert!(decide(world, id, ShoutState::Rejected).await);
        for vote in votes {
            let answer = vote.await.unwrap();
            assert!(matches!(answer, Ok(_) | Err(ShoutRefusal::Gone)), "{answer:?}");
        }
        let now = world.store.shout(id).await.unwrap().unwrap().shout.state;
        assert_eq!(now, ShoutState::Rejected, "round {round}");
    }
}

async fn votes_have_a_quota_that_a_changed_vote_does_not_use(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let rules = ShoutRules { votes_per_day: Some(1), ..FREE };
    let (first, second) = (posted(world, ann, 0).await, posted(world, ann, 1).await);
    vote(world, first, ben, Some(Vote::Up), &rules).await.unwrap();
    vote(world, first, ben, Some(Vote::Down), &rules).await.unwrap();
    let refused = vote(world, second, ben, Some(Vote::Up), &rules).await;
    assert_eq!(refused, Err(ShoutRefusal::VoteQuota { limit: 1, days: 1 }));
}

async fn old_shouts_and_too_many_are_trimmed_wall_by_wall(world: &World) {
    let ann = world.person("ann").await;
    let seat = GroupSeat {
        external_id: "7".into(),
        name: "Team".into(),
        kind: GroupKind::Official,
        managers_write: false,
        manager: false,
    };
    let people = vec![(ann, vec![seat])];
    let seating =
        Seating { community: main_community(), realm: realm("forum"), people, complete: true, now: at(0) };
    world.store.seat(&seating).await.unwrap();
    let group = world.store.groups_of(&main_community(), ann).await.unwrap()[0].group.id;
    let mut ids = Vec::new();
    for second in 0..6 {
        ids.push(posted(world, ann, second).await);
    }
    let in_group = Shout { wall: Wall::Group(group), ..new(ann, 5) };
    post(world, &in_group, &FREE).await.unwrap();
    assert_eq!(world.store.trim_shouts(&front("im"), at(2), 3).await.unwrap(), 3);
    let left = world.store.shouts(&wall(), &[ShoutState::Shown], None, 10).await.unwrap();
    assert_eq!(left.iter().map(|tally| tally.shout.id).collect::<Vec<_>>(), [ids[5], ids[4], ids[3]]);
    assert!(world.store.shout(in_group.id).await.unwrap().is_some());
    assert_eq!(world.store.trim_shouts(&front("im"), at(100), 100).await.unwrap(), 4);
}

async fn a_removed_shout_takes_its_votes_with_it(world: &World) {
    let (ann, ben) = (world.person("ann").await, world.person("ben").await);
    let id = posted(world, ann, 0).await;
    vote(world, id, ben, Some(Vote::Up), &FREE).await.unwrap();
    assert!(world.store.remove_shout(id).await.unwrap());
    assert!(!world.store.remove_shout(id).await.unwrap());
    assert_eq!(world.store.votes_of(ben, &[id]).await.unwrap(), []);
}
