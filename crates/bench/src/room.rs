//! Messages to a large room whose members are all here, against the bare append.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use portico_core::auth::ExternalGroup;
use portico_core::engine::Login;
use portico_core::group::{GroupSeat, Seating};
use portico_core::messaging::{Event, Mentions, Message, Sequence};
use portico_core::{ConversationId, Timestamp};

use crate::town::{Town, realm, seconds};
use crate::verdict::{Verdict, number, ratio};

pub(crate) async fn run(members: usize, messages: usize) -> Result<Vec<Verdict>> {
    let town = Town::over_sqlite().await?;
    let mut people = Vec::with_capacity(members);
    for number in 0..members {
        people.push(town.enter(&format!("p{number}")).await?);
    }
    let room = seat(&town, &people).await?;
    let first = people.first().context("a member")?;
    let bare = bare_append(&town, first, room, messages).await?;
    let town = Town::over_sqlite().await?;
    let mut people = Vec::with_capacity(members);
    for number in 0..members {
        people.push(town.enter(&format!("p{number}")).await?);
    }
    let room = seat(&town, &people).await?;
    let first = people.first().context("a member")?;
    let text = || "a line of ordinary length, as people write them in rooms".to_owned();
    // Once, so that what is loaded at first is in memory.
    town.engine.send(&first.visitor, room, text(), None).await?;
    let statements = || town.sql.as_ref().map_or(0, portico_store::SqlStore::statements);
    let (begun, before) = (Instant::now(), statements());
    for _ in 0..messages {
        town.engine.send(&first.visitor, room, text(), None).await?;
    }
    let (sent, used) = (seconds(begun.elapsed()), statements() - before);
    let begun = Instant::now();
    let mut delivered = 0_usize;
    for person in &people {
        let answer = town.engine.poll(&person.visitor, Some(&person.cursor), Duration::ZERO).await?;
        let here = answer.events.iter().filter(|event| matches!(event, Event::Message { .. })).count();
        anyhow::ensure!(here > messages, "a member heard {here} of {messages} messages");
        delivered += here;
    }
    let read = seconds(begun.elapsed());
    let per_mailbox = (sent - bare).max(0.0) / number(messages) / number(members);
    Ok(vec![
        Verdict::new(
            "room: time of a send by the time of a bare append",
            ratio(sent, bare),
            2.0 + number(members) / 100.0,
            format!(
                "{members} members, {messages} messages: {:.1} ms by {:.1} ms each; {:.1} µs a mailbox",
                sent * 1000.0 / number(messages),
                bare * 1000.0 / number(messages),
                per_mailbox * 1e6
            ),
        ),
        Verdict::new(
            "room: statements a send",
            ratio(number(used), number(messages)),
            4.0,
            format!("{used} statements; {delivered} deliveries read in {:.0} ms", read * 1000.0),
        ),
    ])
}

async fn seat(town: &Town, people: &[Login]) -> Result<ConversationId> {
    let group = ExternalGroup { id: "1".into(), name: "Everybody".into(), leader: false, built_in: false };
    let seats = |login: &Login| (login.account.id, vec![GroupSeat::mirrored(&group)]);
    let seating = Seating {
        community: town.community().clone(),
        realm: realm()?,
        people: people.iter().map(seats).collect(),
        complete: true,
        now: Timestamp::from_secs(1_795_000_000),
    };
    let changes = town.store.seat(&seating).await?;
    Ok(changes.first().context("a room")?.room)
}

/// The same messages, one transaction each, with nobody to tell.
async fn bare_append(
    town: &Town,
    sender: &Login,
    conversation: ConversationId,
    messages: usize,
) -> Result<f64> {
    let last = town.store.last_message().await?.map_or(Sequence::START, |(last, _)| last).get();
    let store = Arc::clone(&town.store);
    let begun = Instant::now();
    for number in 1..=i64::try_from(messages)? {
        let message = Message {
            sequence: Sequence::new(last + number),
            conversation,
            sender: sender.account.id,
            front: town.front.id.clone(),
            text: "a line of ordinary length, as people write them in rooms".to_owned(),
            client_id: None,
            sent_at: Timestamp::from_secs(1_795_000_000),
            reply_to: None,
            mentions: Mentions::default(),
            version: 0,
            edited_at: None,
            deleted_at: None,
            reactions: Vec::new(),
            files: Vec::new(),
        };
        store.append(std::slice::from_ref(&message)).await?;
    }
    Ok(seconds(begun.elapsed()))
}
