use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;

use crate::engine::notices::gone_from;
use crate::engine::presence::follows_all;
use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{ChangePage, CommunityChanges, Cursor, Event, Mailbox, Reading};
use crate::session::Signal;

/// Longest wait of a poll.
const MAX_WAIT: Duration = Duration::from_secs(55);
/// Most messages that one reading takes from the store.
const CATCH_UP_PAGE: usize = 500;
/// How often a stream that has nothing to say shows that it lives.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// The answer to a poll.
#[derive(Debug)]
pub struct PollAnswer {
    /// What happened; empty when the wait ran out.
    pub events: Vec<Event>,
    /// Where to go on.
    pub cursor: String,
}

/// What a stream yields.
#[derive(Debug)]
pub enum FeedItem {
    /// Events, and the cursor behind them.
    Events(Vec<Event>, String),
    /// Nothing, but the stream lives.
    KeepAlive,
}

impl Engine {
    /// Waits up to `wait` (at most 55 s) for something after `cursor`. Without a cursor: the current one, at once.
    ///
    /// Woken by notification; the second and later polls of a warm session touch no database while nothing happens.
    /// A newer poll of the same session ends this one with what there is: nothing.
    ///
    /// # Errors
    /// [`EngineError::Cursor`], and [`EngineError::SessionRequired`] as soon as the session ends.
    pub async fn poll(
        &self,
        visitor: &Visitor,
        cursor: Option<&str>,
        wait: Duration,
    ) -> Result<PollAnswer, EngineError> {
        let Some(text) = cursor else {
            return Ok(PollAnswer { events: Vec::new(), cursor: self.current_cursor(visitor) });
        };
        let mut cursor = self.cursors.open(text, visitor.account(), visitor.community())?;
        let _open = self.listening(visitor);
        let (number, mut signal) = visitor.session.begin_poll();
        let deadline = Instant::now() + wait.min(MAX_WAIT);
        let until = |signal: &Signal| signal.poll != number;
        let events = match self.next_events(visitor, &mut cursor, &mut signal, until, deadline).await? {
            Next::Events(events) => events,
            Next::Ended | Next::Elapsed | Next::Closing => Vec::new(),
        };
        Ok(PollAnswer { events, cursor: self.seal(visitor, cursor) })
    }

    /// A stream of everything after `cursor` (without one: from now on).
    ///
    /// # Errors
    /// [`EngineError::Cursor`]
    pub fn stream(
        self: &Arc<Self>,
        visitor: Visitor,
        cursor: Option<&str>,
    ) -> Result<EventFeed, EngineError> {
        let cursor = match cursor {
            Some(text) => self.cursors.open(text, visitor.account(), visitor.community())?,
            None => self.position_of(&visitor),
        };
        let signal = visitor.session.listen();
        self.opened(&visitor);
        Ok(EventFeed { engine: Arc::clone(self), visitor, cursor, signal, told: false })
    }

    /// The cursor behind everything that has happened.
    pub(super) fn current_cursor(&self, visitor: &Visitor) -> String {
        self.seal(visitor, self.position_of(visitor))
    }

    fn position_of(&self, visitor: &Visitor) -> Cursor {
        // Taken before the mailbox is looked at: what changes between comes twice rather than not at all.
        let changes = self.changes.of(visitor.community()).position();
        let mailbox = self.mailboxes.open(visitor.community(), visitor.account());
        mailbox.now(self.mailboxes.epoch(), changes)
    }

    fn seal(&self, visitor: &Visitor, cursor: Cursor) -> String {
        self.cursors.seal(cursor, visitor.account(), visitor.community())
    }

    async fn next_events(
        &self,
        visitor: &Visitor,
        cursor: &mut Cursor,
        signal: &mut watch::Receiver<Signal>,
        ended: impl Fn(&Signal) -> bool,
        deadline: Instant,
    ) -> Result<Next, EngineError> {
        let changes = self.changes.of(visitor.community());
        let follows_all = follows_all(visitor.front().mode) && !visitor.is_guest();
        loop {
            let now = *signal.borrow_and_update();
            if now.revoked {
                return Err(self.no_session(visitor.session.token_hash()));
            }
            let visitor = &self.up_to_date(visitor);
            if visitor.front.options.maintenance.is_some() {
                return Ok(Next::Closing);
            }
            // Opened anew each round: a mailbox can be dropped while its owner is thought to be gone.
            let mailbox = self.mailboxes.open(visitor.community(), visitor.account());
            let mut arrival = pin!(mailbox.arrival());
            arrival.as_mut().enable();
            if mailbox.is_closed() {
                continue;
            }
            let mut beat = pin!(changes.beat());
            beat.as_mut().enable();
            let (events, next) = self.read(visitor, &mailbox, &changes, *cursor).await?;
            *cursor = next;
            self.note_delivered(visitor, &events).await?;
            if !events.is_empty() {
                return Ok(Next::Events(events));
            }
            if ended(&now) {
                return Ok(Next::Ended);
            }
            let mut closing = self.closing.subscribe();
            let _waiting = follows_all.then(|| changes.waiting());
            tokio::select! {
                () = arrival => {}
                () = beat, if follows_all => changes.woke(),
                _ = closing.wait_for(|closing| *closing) => return Ok(Next::Closing),
                changed = signal.changed() => if changed.is_err() {
                    return Err(self.no_session(visitor.session.token_hash()));
                },
                () = tokio::time::sleep_until(deadline) => return Ok(Next::Elapsed),
            }
        }
    }

    /// What lies after `cursor`, as the visitor's front shows it, and the cursor behind it.
    async fn read(
        &self,
        visitor: &Visitor,
        mailbox: &Mailbox,
        changes: &CommunityChanges,
        cursor: Cursor,
    ) -> Result<(Vec<Event>, Cursor), EngineError> {
        let position = changes.position();
        match mailbox.read(cursor, self.mailboxes.epoch()) {
            Reading::Notices(notices, next) => {
                let mut events = Vec::with_capacity(notices.len());
                for notice in notices {
                    events.extend(self.show(visitor, notice).await?);
                }
                let changes = self.read_changes(visitor, mailbox, changes, next.changes, &mut events).await?;
                Ok((events, Cursor { changes, ..next }))
            }
            Reading::Outdated { now } => {
                self.catch_up(visitor, cursor, Cursor { changes: position, ..now }).await
            }
        }
    }

    /// Adds who has changed after `position`, as far as the visitor sees them, and returns the position behind it. Reads
    /// on until there is something to show or nothing more to read.
    async fn read_changes(
        &self,
        visitor: &Visitor,
        mailbox: &Mailbox,
        changes: &CommunityChanges,
        mut position: u64,
        events: &mut Vec<Event>,
    ) -> Result<u64, EngineError> {
        if visitor.is_guest() {
            return Ok(changes.position());
        }
        loop {
            let page = if follows_all(visitor.front().mode) {
                changes.read(position)
            } else {
                changes.read_own(mailbox, position)
            };
            match page {
                ChangePage::Outdated { position } => {
                    events.push(Event::Resync {});
                    return Ok(position);
                }
                ChangePage::Changed { position: next, .. } if next == position => return Ok(position),
                ChangePage::Changed { presences, people, sights, position: next } => {
                    position = next;
                    for account in people {
                        // Of strangers nobody hears, not even that they are not to be seen.
                        events.extend(self.show_person(visitor, account).await?);
                    }
                    for account in sights {
                        let seen = self.show_person(visitor, account).await?;
                        events.extend(seen.or_else(|| gone_from(visitor, account)));
                    }
                    self.show_presences(visitor, presences, events).await?;
                }
            }
            if !events.is_empty() {
                return Ok(position);
            }
        }
    }

    /// Messages from the store by sequence, then one `resync`. The mailbox's position `now` was taken before the store
    /// is read, so what is committed meanwhile comes twice rather than not at all.
    async fn catch_up(
        &self,
        visitor: &Visitor,
        cursor: Cursor,
        now: Cursor,
    ) -> Result<(Vec<Event>, Cursor), EngineError> {
        let missed = self
            .store
            .messages_for(visitor.community(), visitor.account(), cursor.durable, CATCH_UP_PAGE)
            .await?;
        let last = missed.last().map(|message| message.sequence);
        // Up to `now.durable` everything was committed before the store was read, and is here. What is newer may have
        // gaps, if it was committed meanwhile: it comes again from the mailbox.
        let more_to_read = missed.len() == CATCH_UP_PAGE && last <= Some(now.durable);
        let missed = self.shown(visitor, missed.into_iter().map(Arc::new).collect()).await?;
        let mut events: Vec<Event> = missed.into_iter().map(|message| Event::Message { message }).collect();
        if let (true, Some(last)) = (more_to_read, last) {
            return Ok((events, Cursor { epoch: 0, durable: last, volatile: 0, changes: 0 }));
        }
        events.push(Event::Resync {});
        // Not the cursor's own position: after a restored backup it may lie beyond everything there is.
        Ok((events, now))
    }

    fn listening<'v>(&'v self, visitor: &'v Visitor) -> Listening<'v> {
        self.opened(visitor);
        Listening { engine: self, visitor }
    }
}

enum Next {
    Events(Vec<Event>),
    /// A newer poll took over.
    Ended,
    /// The wait ran out.
    Elapsed,
    /// The server is about to stop.
    Closing,
}

/// An open poll keeps its person online.
struct Listening<'v> {
    engine: &'v Engine,
    visitor: &'v Visitor,
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.engine.stopped_listening(self.visitor);
    }
}

/// A stream of events; keeps its person online until it is dropped.
#[derive(Debug)]
pub struct EventFeed {
    engine: Arc<Engine>,
    visitor: Visitor,
    cursor: Cursor,
    signal: watch::Receiver<Signal>,
    /// Whether the end of the session was told.
    told: bool,
}

impl EventFeed {
    /// The next item; `None` when the session has ended or the server is about to stop.
    ///
    /// # Errors
    /// When the store does not answer; the stream should end, and the client come back with its last cursor.
    pub async fn next(&mut self) -> Result<Option<FeedItem>, EngineError> {
        let deadline = Instant::now() + KEEP_ALIVE;
        let never = |_: &Signal| false;
        let next =
            self.engine.next_events(&self.visitor, &mut self.cursor, &mut self.signal, never, deadline).await;
        match next {
            Ok(Next::Events(events)) => {
                Ok(Some(FeedItem::Events(events, self.engine.seal(&self.visitor, self.cursor))))
            }
            Ok(Next::Elapsed | Next::Ended) => match self.engine.still_here(&self.visitor) {
                Ok(()) => Ok(Some(FeedItem::KeepAlive)),
                Err(_) => Ok(None),
            },
            Err(EngineError::SessionEnded(ending)) if !self.told => {
                self.told = true;
                let ended = Event::SessionEnded {
                    reason: ending.as_str(),
                    detail: ending.sentence(),
                    until: ending.until(),
                };
                Ok(Some(FeedItem::Events(vec![ended], self.engine.seal(&self.visitor, self.cursor))))
            }
            Ok(Next::Closing) | Err(EngineError::SessionRequired | EngineError::SessionEnded(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Drop for EventFeed {
    fn drop(&mut self) {
        self.engine.stopped_listening(&self.visitor);
    }
}
