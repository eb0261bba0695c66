//! States of accounts, and what stays of those who leave.

use portico_core::AccountId;
use portico_core::account::{AccountLife, AccountState, LEFT_NAME, OwnMessages};
use portico_core::contact::ContactAction;
use portico_core::messaging::{ChangeKind, Mentions, MessageChange, ReactionWrite, Sequence};
use portico_core::ports::NewAccount;

use crate::port_tests;
use crate::world::{
    NOW, World, at, front, main_community, message, new_account, realm, sequences, session_of, subject,
};

port_tests![
    a_new_account_lives_unless_it_waits,
    a_state_is_replaced_with_its_reason_and_end,
    a_state_that_was_changed_meanwhile_is_not_replaced,
    the_last_use_never_moves_back,
    unused_accounts_are_found_in_pages,
    sessions_of_an_account_end_but_one,
    whoever_leaves_is_out_at_once_and_has_no_name,
    whoever_comes_back_is_somebody_new,
    messages_are_deleted_in_steps_and_only_when_wanted,
    reactions_go_with_whoever_gave_them,
    earlier_texts_of_messages_go_with_them,
    whoever_left_can_not_be_locked_or_leave_again,
];

async fn a_new_account_lives_unless_it_waits(world: &World) {
    let ann = world.person("ann").await;
    let life = world.store.account_life(ann).await.unwrap().unwrap();
    assert_eq!((life.state, life.active_at), (AccountState::Active, Some(NOW)));
    let waiting = NewAccount { pending: true, ..new_account("forum", "bob", "bob") };
    let bob = world.store.create_account(waiting).await.unwrap().id;
    assert_eq!(world.store.account_life(bob).await.unwrap().unwrap().state, AccountState::Pending);
    let pending = world.store.accounts_in(AccountState::Pending, None, 10).await.unwrap();
    assert_eq!(pending.iter().map(|(id, _)| *id).collect::<Vec<_>>(), [bob]);
    assert!(world.store.accounts_in(AccountState::Pending, Some(bob), 10).await.unwrap().is_empty());
}

async fn a_state_is_replaced_with_its_reason_and_end(world: &World) {
    let ann = world.person("ann").await;
    let locked = AccountLife {
        state: AccountState::Locked,
        reason: Some("spam \u{1F600}".to_owned()),
        until: Some(at(60)),
        active_at: None,
    };
    let new = world.store.account_life(ann).await.unwrap().unwrap();
    assert!(world.store.set_account_state(ann, &new, &locked).await.unwrap());
    let kept = world.store.account_life(ann).await.unwrap().unwrap();
    assert_eq!(kept, AccountLife { active_at: Some(NOW), ..locked.clone() });
    assert!(world.store.set_account_state(ann, &kept, &locked).await.unwrap(), "the same once more");
    assert_eq!(world.store.account_lives(&[ann, ann]).await.unwrap()[0], (ann, kept.clone()));
    assert!(world.store.set_account_state(ann, &kept, &AccountLife::default()).await.unwrap());
    let kept = world.store.account_life(ann).await.unwrap().unwrap();
    assert_eq!(kept, AccountLife { active_at: Some(NOW), ..AccountLife::default() });
    let nobody = new_account("forum", "x", "x").id;
    assert!(!world.store.set_account_state(nobody, &AccountLife::default(), &locked).await.unwrap());
    assert_eq!(world.store.account_life(nobody).await.unwrap(), None);
    assert!(world.store.account_lives(&[nobody]).await.unwrap().is_empty());
}

async fn a_state_that_was_changed_meanwhile_is_not_replaced(world: &World) {
    let ann = world.person("ann").await;
    let life = async || world.store.account_life(ann).await.unwrap().unwrap();
    let set = async |from: &AccountLife, to: &AccountLife| {
        world.store.set_account_state(ann, from, to).await.unwrap()
    };
    let locked = |until| AccountLife {
        state: AccountState::Locked,
        reason: Some("spam".into()),
        until,
        active_at: Some(NOW),
    };
    let before = life().await;
    assert!(set(&before, &locked(Some(at(60)))).await);
    assert!(!set(&before, &AccountLife::default()).await, "it is locked now");
    assert!(set(&locked(Some(at(60))), &locked(None)).await);
    assert!(!set(&locked(Some(at(60))), &AccountLife::default()).await, "it is locked for good now");
    assert_eq!(life().await, locked(None));
    assert!(set(&locked(None), &before).await);
    world.store.mark_active(&[ann], at(100)).await.unwrap();
    assert!(!set(&before, &locked(None)).await, "it was used since");
    assert_eq!(life().await.state, AccountState::Active);
    // Of many at once exactly one finds it as it was.
    let now = life().await;
    let all = (1..=8).map(|second| set_in(world, ann, now.clone(), locked(Some(at(second)))));
    let done = futures_util::future::join_all(all).await;
    assert_eq!(done.into_iter().filter(|done| *done).count(), 1);
}

async fn set_in(world: &World, account: AccountId, from: AccountLife, to: AccountLife) -> bool {
    world.store.set_account_state(account, &from, &to).await.unwrap()
}

async fn the_last_use_never_moves_back(world: &World) {
    let people = world.people(3).await;
    world.store.mark_active(&people[..2], at(100)).await.unwrap();
    world.store.mark_active(&people, at(50)).await.unwrap();
    let mut times = Vec::new();
    for person in people {
        times.push(world.store.account_life(person).await.unwrap().unwrap().active_at.unwrap());
    }
    assert_eq!(times, [at(100), at(100), at(50)]);
}

async fn unused_accounts_are_found_in_pages(world: &World) {
    let mut people = world.people(5).await;
    people.sort_unstable();
    world.store.mark_active(&people[4..], at(1000)).await.unwrap();
    let first = world.store.unused_since(at(500), None, 3).await.unwrap();
    assert_eq!(first, people[..3].iter().map(|id| (*id, NOW)).collect::<Vec<_>>());
    let rest = world.store.unused_since(at(500), Some(people[2]), 3).await.unwrap();
    assert_eq!(rest, [(people[3], NOW)]);
    world.store.begin_leaving(people[0], OwnMessages::Keep, NOW).await.unwrap();
    assert_eq!(world.store.unused_since(at(500), None, 10).await.unwrap().len(), 3);
}

async fn sessions_of_an_account_end_but_one(world: &World) {
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let sessions = [session_of(ann, 1), session_of(ann, 2), session_of(ann, 3), session_of(bob, 4)];
    for session in &sessions {
        world.store.create_session(session).await.unwrap();
    }
    let mut ended = world.store.end_sessions(ann, Some(sessions[1].id)).await.unwrap();
    ended.sort_unstable();
    assert_eq!(ended, [[1; 32], [3; 32]]);
    for (session, stays) in sessions.iter().zip([false, true, false, true]) {
        let found = world.store.session_by_token(&session.token_hash).await.unwrap();
        assert_eq!(found.is_some(), stays, "{:?}", session.token_hash[0]);
    }
    assert_eq!(world.store.end_sessions(ann, None).await.unwrap(), [[2; 32]]);
}

async fn whoever_leaves_is_out_at_once_and_has_no_name(world: &World) {
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let talk = world.talk(ann, bob).await;
    world.store.append(&[message(1, talk, ann, "hello"), message(2, talk, bob, "hi")]).await.unwrap();
    world.act(bob, ContactAction::Request, ann, None).await.unwrap();
    world.store.create_session(&session_of(ann, 1)).await.unwrap();

    assert!(world.store.begin_leaving(ann, OwnMessages::Keep, at(9)).await.unwrap());
    assert!(world.store.session_by_token(&[1; 32]).await.unwrap().is_none());
    assert!(world.store.identity(&realm("forum"), &subject("ann")).await.unwrap().is_none());
    assert_eq!(world.store.account_life(ann).await.unwrap().unwrap().state, AccountState::Leaving);
    assert!(world.store.members_by_login(&main_community(), "ann").await.unwrap().is_empty());

    assert!(world.store.erase_some(ann, 100).await.unwrap());
    assert!(world.store.erase_some(ann, 100).await.unwrap(), "once more does no harm");
    assert_eq!(world.store.account_life(ann).await.unwrap().unwrap().state, AccountState::Left);
    assert!(world.store.contacts(&main_community(), bob).await.unwrap().is_empty());
    let roster = world.store.roster(&main_community(), None, 10).await.unwrap();
    assert_eq!(roster.members.iter().map(|member| member.account.id).collect::<Vec<_>>(), [bob]);

    // What bob has of it stays, from somebody without a name.
    assert_eq!(world.store.history(talk, None, 10).await.unwrap().len(), 2);
    let view = world.store.conversation_view(talk, bob).await.unwrap().unwrap();
    assert!(view.conversation.members.contains(&ann));
    let shown = world.store.member(&main_community(), ann).await.unwrap().unwrap();
    assert_eq!((shown.account.profile.display_name.as_str(), shown.fronts.len()), (LEFT_NAME, 0));
    assert_eq!(shown.account.profile.login, LEFT_NAME);
    assert_eq!(shown.account.profile.email, None);
    assert!(!shown.account.subject.as_str().contains("ann"), "{}", shown.account.subject);
}

async fn whoever_comes_back_is_somebody_new(world: &World) {
    let ann = world.person("ann").await;
    world.store.begin_leaving(ann, OwnMessages::Keep, NOW).await.unwrap();
    let again = world.store.create_account(new_account("forum", "ann", "ann")).await.unwrap();
    assert_ne!(again.id, ann);
    world.store.enter_front(again.id, &main_community(), &front("im"), NOW).await.unwrap();
    assert!(world.store.erase_some(ann, 100).await.unwrap());
    let found = world.store.identity(&realm("forum"), &subject("ann")).await.unwrap().unwrap();
    assert_eq!(found.account.id, again.id);
}

async fn messages_are_deleted_in_steps_and_only_when_wanted(world: &World) {
    let (ann, bob, cat) = (world.person("ann").await, world.person("bob").await, world.person("cat").await);
    let (talk, other) = (world.talk(ann, bob).await, world.talk(ann, cat).await);
    let mut messages = Vec::new();
    for number in 1..=7 {
        messages.push(message(number, if number % 2 == 0 { talk } else { other }, ann, "mine"));
    }
    messages.push(message(8, talk, bob, "yours"));
    world.store.append(&messages).await.unwrap();
    world.store.begin_leaving(ann, OwnMessages::Delete, NOW).await.unwrap();
    assert!(!world.store.erase_some(ann, 3).await.unwrap());
    assert_eq!(sequences(&world.store.messages_after(Sequence::new(0), 10).await.unwrap()).len(), 5);
    assert_eq!(world.store.account_life(ann).await.unwrap().unwrap().state, AccountState::Leaving);
    assert!(!world.store.erase_some(ann, 3).await.unwrap());
    assert!(world.store.erase_some(ann, 3).await.unwrap());
    assert_eq!(sequences(&world.store.messages_after(Sequence::new(0), 10).await.unwrap()), [8]);
    assert_eq!(world.store.history(talk, None, 10).await.unwrap().len(), 1);
    assert!(world.store.history(other, None, 10).await.unwrap().is_empty());
    assert!(world.store.conversation_view(other, cat).await.unwrap().is_some());
}

async fn reactions_go_with_whoever_gave_them(world: &World) {
    let (ann, bob, cat) = (world.person("ann").await, world.person("bob").await, world.person("cat").await);
    let talk = world.talk(ann, bob).await;
    let messages: Vec<_> = (1..=5).map(|number| message(number, talk, bob, "hello")).collect();
    world.store.append(&messages).await.unwrap();
    let react = |account, number, emoji: &'static str| {
        let write = ReactionWrite {
            conversation: talk,
            message: Sequence::new(number),
            account,
            emoji: emoji.parse().unwrap(),
            given: true,
            now: NOW,
        };
        async move { world.store.react(&write).await.unwrap().unwrap() }
    };
    for number in 1..=5 {
        react(ann, number, "👍").await;
        react(ann, number, "❤️").await;
    }
    react(cat, 1, "👍").await;
    world.store.begin_leaving(ann, OwnMessages::Keep, NOW).await.unwrap();
    // Three at a time: a message may be in the middle of it.
    let mut steps = 1;
    while !world.store.erase_some(ann, 3).await.unwrap() {
        steps += 1;
    }
    assert_eq!(steps, 4);
    let history = world.store.history(talk, None, 10).await.unwrap();
    let left: Vec<_> = history[0].reactions.iter().map(|one| (one.emoji.as_str(), one.count)).collect();
    assert_eq!(left, [("👍", 1)]);
    assert_eq!(history[0].reactions[0].accounts, [cat]);
    assert!(history[1..].iter().all(|message| message.reactions.is_empty()), "{history:?}");
    assert!(history.iter().all(|message| message.version > 2), "readers see that it is another version");
    let all: Vec<Sequence> = (1..=5).map(Sequence::new).collect();
    assert_eq!(world.store.reactions_by(ann, &all).await.unwrap(), []);
    assert_eq!(world.store.reactions_by(cat, &all).await.unwrap().len(), 1);
}

async fn earlier_texts_of_messages_go_with_them(world: &World) {
    let (ann, bob) = (world.person("ann").await, world.person("bob").await);
    let talk = world.talk(ann, bob).await;
    world.store.append(&[message(1, talk, ann, "a slip")]).await.unwrap();
    let edit = MessageChange {
        conversation: talk,
        message: Sequence::new(1),
        by: ann,
        kind: ChangeKind::Edit { text: "better".into(), mentions: Mentions::default(), client_id: None },
        now: at(1),
    };
    world.store.change_message(&edit).await.unwrap().unwrap();
    assert_eq!(world.store.message_versions(Sequence::new(1)).await.unwrap().len(), 1);
    world.store.begin_leaving(ann, OwnMessages::Delete, NOW).await.unwrap();
    while !world.store.erase_some(ann, 10).await.unwrap() {}
    assert_eq!(world.store.message_versions(Sequence::new(1)).await.unwrap(), []);
}

async fn whoever_left_can_not_be_locked_or_leave_again(world: &World) {
    let ann = world.person("ann").await;
    assert!(world.store.begin_leaving(ann, OwnMessages::Keep, NOW).await.unwrap());
    assert!(!world.store.begin_leaving(ann, OwnMessages::Delete, NOW).await.unwrap());
    let locked = AccountLife { state: AccountState::Locked, ..AccountLife::default() };
    let life = async || world.store.account_life(ann).await.unwrap().unwrap();
    assert!(!world.store.set_account_state(ann, &life().await, &locked).await.unwrap());
    assert!(world.store.erase_some(ann, 10).await.unwrap());
    assert!(!world.store.set_account_state(ann, &life().await, &AccountLife::default()).await.unwrap());
    assert!(
        !world.store.begin_leaving(new_account("forum", "x", "x").id, OwnMessages::Keep, NOW).await.unwrap()
    );
}
