use std::collections::BTreeSet;

use portico_core::account::OwnMessages;
use portico_core::administration::{Actor, AuditEntry, AuditFilter};
use portico_core::messaging::{
    ChangeKind, ChangeRefusal, ChangedMessage, Draft, MAX_EDITS, MAX_REACTIONS, Marks, Mentions, Message,
    MessageChange, NAMED_REACTORS, ReactionWrite, Sequence,
};
use portico_core::{AccountId, ConversationId};

use crate::port_tests;
use crate::world::{NOW, World, at, community, main_community, message};

port_tests![
    an_answer_and_its_mentions_are_read_as_they_were_written,
    an_edit_keeps_what_it_replaces,
    a_repeated_edit_changes_nothing,
    a_deletion_takes_text_and_reactions_and_keeps_them_for_moderators,
    a_moderators_deletion_has_its_line_and_one_that_changes_nothing_has_none,
    what_is_in_another_conversation_can_not_be_changed,
    two_edits_at_once_are_both_kept,
    a_message_is_edited_a_bounded_number_of_times,
    a_reaction_is_given_once_and_taken_back,
    many_reactors_are_counted_and_the_first_named,
    reactions_at_once_never_pass_the_limit,
    a_draft_is_kept_replaced_and_forgotten,
    receipts_only_move_forward,
    preferences_are_kept_by_community,
    whoever_wants_their_messages_deleted_leaves_no_earlier_text,
];

/// Alice's and Bob's conversation, with one message of each.
pub(crate) struct Talk {
    pub(crate) id: ConversationId,
    pub(crate) alice: AccountId,
    pub(crate) bob: AccountId,
}

pub(crate) async fn talk(world: &World) -> Talk {
    let (alice, bob) = (world.person("alice").await, world.person("bob").await);
    let id = world.talk(alice, bob).await;
    world.store.append(&[message(1, id, alice, "one"), message(2, id, bob, "two")]).await.unwrap();
    Talk { id, alice, bob }
}

pub(crate) fn edit(talk: &Talk, text: &str, client_id: Option<&str>) -> MessageChange {
    let kind = ChangeKind::Edit {
        text: text.to_owned(),
        mentions: Mentions::default(),
        client_id: client_id.map(str::to_owned),
    };
    MessageChange { conversation: talk.id, message: Sequence::new(1), by: talk.alice, now: at(60), kind }
}

pub(crate) async fn change(world: &World, change: &MessageChange) -> Result<ChangedMessage, ChangeRefusal> {
    let outcome = world.store.change_message(change).await.unwrap();
    if let Ok(changed) = &outcome {
        let kept = world.store.message(change.conversation, change.message).await.unwrap();
        assert_eq!(kept.as_ref(), Some(&changed.message), "what is answered is what is kept");
    }
    outcome
}

pub(crate) async fn react(
    world: &World,
    talk: &Talk,
    account: AccountId,
    emoji: &str,
    given: bool,
) -> Result<ChangedMessage, ChangeRefusal> {
    let write = ReactionWrite {
        conversation: talk.id,
        message: Sequence::new(1),
        account,
        emoji: emoji.parse().unwrap(),
        given,
        now: NOW,
    };
    world.store.react(&write).await.unwrap()
}

async fn an_answer_and_its_mentions_are_read_as_they_were_written(world: &World) {
    let talk = talk(world).await;
    let mut people = [talk.alice, talk.bob];
    people.sort_unstable();
    let mentions = [
        Mentions { accounts: people.to_vec(), all: false },
        Mentions { accounts: Vec::new(), all: true },
        Mentions { accounts: vec![talk.bob], all: true },
    ];
    let sent: Vec<Message> = (3..)
        .zip(mentions)
        .map(|(sequence, mentions)| Message {
            reply_to: Some(Sequence::new(1)),
            mentions,
            ..message(sequence, talk.id, talk.alice, "@bob")
        })
        .collect();
    world.store.append(&sent).await.unwrap();
    assert_eq!(world.store.messages_after(Sequence::new(2), 10).await.unwrap(), sent);
    let numbers = [Sequence::new(5), Sequence::new(3), Sequence::new(99)];
    let found = world.store.messages_numbered(&numbers).await.unwrap();
    assert_eq!(found, [sent[0].clone(), sent[2].clone()]);
}

async fn an_edit_keeps_what_it_replaces(world: &World) {
    let talk = talk(world).await;
    let mut first = edit(&talk, "uno", None);
    if let ChangeKind::Edit { mentions, .. } = &mut first.kind {
        mentions.accounts = vec![talk.bob];
    }
    let changed = change(world, &first).await.unwrap();
    assert!(changed.changed);
    let now = &changed.message;
    assert_eq!((now.text.as_str(), now.version, now.edited_at), ("uno", 1, Some(at(60))));
    assert_eq!(now.mentions.accounts, [talk.bob]);
    assert_eq!((now.sent_at, now.deleted_at), (at(1), None));
    let changed = change(world, &edit(&talk, "eins", None)).await.unwrap();
    assert_eq!((changed.message.version, changed.message.mentions.is_empty()), (2, true));
    let versions = world.store.message_versions(Sequence::new(1)).await.unwrap();
    let texts: Vec<_> = versions.iter().map(|version| (version.version, version.text.as_str())).collect();
    assert_eq!(texts, [(0, "one"), (1, "uno")]);
    assert!(versions.iter().all(|version| version.by == talk.alice && version.until == at(60)));
    let firsts = world.store.first_texts(&[Sequence::new(2), Sequence::new(1)]).await.unwrap();
    assert_eq!(firsts, [(Sequence::new(1), "one".to_owned())]);
    assert_eq!(world.store.message_versions(Sequence::new(2)).await.unwrap(), []);
}

async fn a_repeated_edit_changes_nothing(world: &World) {
    let talk = talk(world).await;
    assert!(change(world, &edit(&talk, "uno", Some("e1"))).await.unwrap().changed);
    assert!(!change(world, &edit(&talk, "uno", Some("e1"))).await.unwrap().changed);
    assert!(change(world, &edit(&talk, "due", Some("e2"))).await.unwrap().changed);
    // The first one comes again late: it is known, and does not undo the second.
    let late = change(world, &edit(&talk, "uno", Some("e1"))).await.unwrap();
    assert_eq!((late.changed, late.message.text.as_str()), (false, "due"));
    let other = change(world, &edit(&talk, "tre", Some("e1"))).await;
    assert_eq!(other, Err(ChangeRefusal::ClientIdConflict));
    assert!(!change(world, &edit(&talk, "due", None)).await.unwrap().changed, "the same text is no change");
    assert_eq!(world.store.message_versions(Sequence::new(1)).await.unwrap().len(), 2);
}

async fn a_deletion_takes_text_and_reactions_and_keeps_them_for_moderators(world: &World) {
    let talk = talk(world).await;
    react(world, &talk, talk.bob, "👍", true).await.unwrap();
    let delete = MessageChange { kind: ChangeKind::Delete, ..edit(&talk, "", None) };
    let gone = change(world, &delete).await.unwrap();
    assert!(gone.changed);
    assert_eq!((gone.message.text.as_str(), gone.message.deleted_at), ("", Some(at(60))));
    assert_eq!((gone.message.reactions.len(), gone.message.version), (0, 2));
    assert!(!change(world, &delete).await.unwrap().changed);
    assert_eq!(change(world, &edit(&talk, "back", None)).await, Err(ChangeRefusal::Deleted));
    assert_eq!(react(world, &talk, talk.bob, "👍", true).await, Err(ChangeRefusal::Deleted));
    let versions = world.store.message_versions(Sequence::new(1)).await.unwrap();
    assert_eq!(versions[0].text, "one");
    assert_eq!(world.store.reactions_by(talk.bob, &[Sequence::new(1)]).await.unwrap(), []);
}

async fn a_moderators_deletion_has_its_line_and_one_that_changes_nothing_has_none(world: &World) {
    let talk = talk(world).await;
    let line = || {
        let entry = AuditEntry::new(at(60), &Actor::command_line(), "message-removed").on("message", 1);
        entry.changed(Some(serde_json::json!({ "sender": talk.alice })), None)
    };
    let lines =
        async || world.store.audit(&AuditFilter { limit: 10, ..AuditFilter::default() }).await.unwrap();
    let delete = MessageChange { kind: ChangeKind::Delete, by: talk.bob, ..edit(&talk, "", None) };
    let never = MessageChange { message: Sequence::new(77), ..delete.clone() };
    let refused = world.store.moderate_message(&never, line()).await.unwrap();
    assert_eq!(refused, Err(ChangeRefusal::Unknown));
    assert!(lines().await.is_empty());
    let wanted = line();
    let gone = world.store.moderate_message(&delete, wanted.clone()).await.unwrap().unwrap();
    assert!(gone.changed);
    assert_eq!(lines().await, std::slice::from_ref(&wanted));
    let again = world.store.moderate_message(&delete, line()).await.unwrap().unwrap();
    assert!(!again.changed);
    assert_eq!(lines().await, [wanted], "nothing was done, so nothing is written down");
}

async fn what_is_in_another_conversation_can_not_be_changed(world: &World) {
    let talk = talk(world).await;
    let carol = world.person("carol").await;
    let other = Talk { id: world.talk(talk.alice, carol).await, ..talk };
    assert_eq!(change(world, &edit(&other, "x", None)).await, Err(ChangeRefusal::Unknown));
    assert_eq!(react(world, &other, carol, "👍", true).await, Err(ChangeRefusal::Unknown));
    let never = MessageChange { message: Sequence::new(77), ..edit(&other, "x", None) };
    assert_eq!(change(world, &never).await, Err(ChangeRefusal::Unknown));
}

async fn two_edits_at_once_are_both_kept(world: &World) {
    let talk = talk(world).await;
    let mut edits = tokio::task::JoinSet::new();
    for number in 0..20 {
        let (store, change) = (world.store.clone(), edit(&talk, &format!("text {number}"), None));
        edits.spawn(async move { store.change_message(&change).await.unwrap().unwrap() });
    }
    let mut versions = BTreeSet::new();
    let mut last = None;
    while let Some(changed) = edits.join_next().await {
        let message = changed.unwrap().message;
        assert!(versions.insert(message.version), "each edit has a version of its own");
        last = last.max(Some((message.version, message.text)));
    }
    let kept = world.store.message(talk.id, Sequence::new(1)).await.unwrap().unwrap();
    assert_eq!(Some((kept.version, kept.text.clone())), last);
    let before = world.store.message_versions(Sequence::new(1)).await.unwrap();
    let mut texts: BTreeSet<String> = before.into_iter().map(|version| version.text).collect();
    texts.insert(kept.text);
    assert_eq!(texts.len(), 21, "no text was lost");
}

async fn a_message_is_edited_a_bounded_number_of_times(world: &World) {
    let talk = talk(world).await;
    for number in 0..MAX_EDITS {
        change(world, &edit(&talk, &number.to_string(), None)).await.unwrap();
    }
    assert_eq!(change(world, &edit(&talk, "more", None)).await, Err(ChangeRefusal::TooManyEdits));
    let delete = MessageChange { kind: ChangeKind::Delete, ..edit(&talk, "", None) };
    assert!(change(world, &delete).await.unwrap().changed);
}

async fn a_reaction_is_given_once_and_taken_back(world: &World) {
    let talk = talk(world).await;
    let given = react(world, &talk, talk.bob, "👍", true).await.unwrap();
    assert_eq!((given.changed, given.message.version), (true, 1));
    assert!(!react(world, &talk, talk.bob, "👍", true).await.unwrap().changed);
    react(world, &talk, talk.alice, "❤️", true).await.unwrap();
    let both = react(world, &talk, talk.alice, "👍", true).await.unwrap().message;
    let counts: Vec<_> = both.reactions.iter().map(|one| (one.emoji.as_str(), one.count)).collect();
    assert_eq!(counts, [("👍", 2), ("❤️", 1)], "in the order of their first use");
    assert_eq!(world.store.message(talk.id, both.sequence).await.unwrap(), Some(both));
    let taken = react(world, &talk, talk.bob, "👍", false).await.unwrap().message;
    assert_eq!(taken.reactions[0].accounts, [talk.alice]);
    assert!(!react(world, &talk, talk.bob, "👍", false).await.unwrap().changed);
    let taken = react(world, &talk, talk.alice, "👍", false).await.unwrap().message;
    assert_eq!(taken.reactions.len(), 1);
    let mine = world.store.reactions_by(talk.alice, &[Sequence::new(1), Sequence::new(2)]).await.unwrap();
    assert_eq!(mine, [(Sequence::new(1), "❤️".to_owned())]);
}

async fn many_reactors_are_counted_and_the_first_named(world: &World) {
    let talk = talk(world).await;
    let people = world.people(NAMED_REACTORS + 5).await;
    for (number, &person) in (0..).zip(&people) {
        let write = ReactionWrite {
            conversation: talk.id,
            message: Sequence::new(1),
            account: person,
            emoji: "👍".parse().unwrap(),
            given: true,
            now: at(number),
        };
        world.store.react(&write).await.unwrap().unwrap();
    }
    let reactions = world.store.message(talk.id, Sequence::new(1)).await.unwrap().unwrap().reactions;
    assert_eq!(reactions[0].count as usize, people.len());
    assert_eq!(reactions[0].accounts, people[..NAMED_REACTORS]);
    let without_first = react(world, &talk, people[0], "👍", false).await.unwrap().message.reactions;
    assert_eq!(without_first[0].accounts, people[1..=NAMED_REACTORS], "the next one is named instead");
}

async fn reactions_at_once_never_pass_the_limit(world: &World) {
    let talk = talk(world).await;
    let mut writes = tokio::task::JoinSet::new();
    for number in 0..MAX_REACTIONS + 10 {
        let emoji = char::from_u32(0x1F600 + u32::try_from(number).unwrap()).unwrap().to_string();
        let store = world.store.clone();
        let write = ReactionWrite {
            conversation: talk.id,
            message: Sequence::new(1),
            account: talk.bob,
            emoji: emoji.parse().unwrap(),
            given: true,
            now: NOW,
        };
        writes.spawn(async move { store.react(&write).await.unwrap() });
    }
    let mut refused = 0;
    while let Some(outcome) = writes.join_next().await {
        match outcome.unwrap() {
            Ok(changed) => assert!(changed.changed),
            Err(refusal) => {
                assert_eq!(refusal, ChangeRefusal::TooManyReactions);
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 10);
    let kept = world.store.message(talk.id, Sequence::new(1)).await.unwrap().unwrap();
    assert_eq!(kept.reactions.len(), MAX_REACTIONS);
}

async fn a_draft_is_kept_replaced_and_forgotten(world: &World) {
    let talk = talk(world).await;
    let draft = |text: &str, reply_to: Option<i64>| Draft {
        text: text.to_owned(),
        reply_to: reply_to.map(Sequence::new),
        saved_at: NOW,
    };
    let read = async |person| world.store.drafts(person, &[talk.id]).await.unwrap();
    assert_eq!(read(talk.alice).await, []);
    world.store.put_draft(talk.id, talk.alice, Some(&draft("I beg", None))).await.unwrap();
    let later = draft("I begin", Some(2));
    world.store.put_draft(talk.id, talk.alice, Some(&later)).await.unwrap();
    assert_eq!(read(talk.alice).await, [(talk.id, later)]);
    assert_eq!(read(talk.bob).await, []);
    world.store.put_draft(talk.id, talk.alice, None).await.unwrap();
    world.store.put_draft(talk.id, talk.alice, None).await.unwrap();
    assert_eq!(read(talk.alice).await, []);
    assert_eq!(world.store.drafts(talk.alice, &[]).await.unwrap(), []);
}

async fn receipts_only_move_forward(world: &World) {
    let talk = talk(world).await;
    let marks = |delivered, read| Marks { delivered: Sequence::new(delivered), read: Sequence::new(read) };
    let place = (talk.id, talk.alice);
    world.store.keep_receipts(&[(place, marks(5, 2)), ((talk.id, talk.bob), marks(1, 0))]).await.unwrap();
    world.store.keep_receipts(&[(place, marks(3, 4))]).await.unwrap();
    world.store.keep_receipts(&[]).await.unwrap();
    let mut kept = world.store.receipts(talk.id).await.unwrap();
    kept.sort_by_key(|(account, _)| *account != talk.alice);
    assert_eq!(kept, [(talk.alice, marks(5, 4)), (talk.bob, marks(1, 0))]);
    assert_eq!(world.store.receipts(ConversationId::generate(NOW)).await.unwrap(), []);
}

async fn preferences_are_kept_by_community(world: &World) {
    let alice = world.person("alice").await;
    let here = main_community();
    let put = async |choices: &[(&'static str, String)]| {
        world.store.put_preferences(&here, alice, choices).await.unwrap();
    };
    put(&[("offline_messages", "none".into()), ("read_receipts", "false".into())]).await;
    put(&[("offline_messages", "favourites".into())]).await;
    put(&[]).await;
    let bob = world.person("bob").await;
    let mut kept = world.store.preferences(&here, &[bob, alice]).await.unwrap();
    kept.sort();
    let pair = |name: &str, value: &str| (alice, name.to_owned(), value.to_owned());
    assert_eq!(kept, [pair("offline_messages", "favourites"), pair("read_receipts", "false")]);
    assert_eq!(world.store.preferences(&community("other"), &[alice]).await.unwrap(), []);
}

async fn whoever_wants_their_messages_deleted_leaves_no_earlier_text(world: &World) {
    let talk = talk(world).await;
    let last = Sequence::new(3);
    world.store.append(&[message(3, talk.id, talk.alice, "a secret")]).await.unwrap();
    for number in [1, 3] {
        let secret = edit(&talk, "changed", None);
        change(world, &MessageChange { message: Sequence::new(number), ..secret }).await.unwrap();
        assert_eq!(world.store.message_versions(Sequence::new(number)).await.unwrap().len(), 1);
    }
    assert!(world.store.begin_leaving(talk.alice, OwnMessages::Delete, at(90)).await.unwrap());
    assert!(!world.store.erase_some(talk.alice, 1).await.unwrap());
    assert!(!world.store.erase_some(talk.alice, 1).await.unwrap());
    assert!(world.store.erase_some(talk.alice, 1).await.unwrap(), "an emptied message is not begun again");

    for number in [1, 3] {
        assert_eq!(world.store.message_versions(Sequence::new(number)).await.unwrap(), []);
    }
    let left = world.store.history(talk.id, None, 9).await.unwrap();
    assert_eq!(left.iter().map(|message| message.text.as_str()).collect::<Vec<_>>(), ["two", ""]);
    // After a restart numbers go on after the newest that is kept.
    assert_eq!(world.store.last_message().await.unwrap().unwrap().0, last);
    assert!(left[1].deleted_at.is_some());
}
