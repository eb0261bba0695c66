use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use crate::files::AttachedFile;
use crate::front::FrontId;
use crate::messaging::{ClientKey, Conversation, Mentions, Message, Sequence};
use crate::ports::{Clock, Store, StoreError, StoreResult};
use crate::{AccountId, Timestamp};

/// Most messages in one transaction.
const BATCH: usize = 256;
/// Most messages that wait for the writer; further senders wait for room.
const QUEUE: usize = 2048;
/// How often an append with an unknown result is looked at and tried again, with growing pauses: about 6 s in all.
const TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// A message to be written. Its sender may write to the conversation: that has been decided before.
#[derive(Debug, Clone)]
pub struct NewMessage {
    /// The conversation.
    pub conversation: Arc<Conversation>,
    /// Who writes.
    pub sender: AccountId,
    /// Through which front.
    pub front: FrontId,
    /// The text.
    pub text: String,
    /// The sender's id for it.
    pub client_id: Option<String>,
    /// The message of the conversation that it answers.
    pub reply_to: Option<Sequence>,
    /// Who is named in the text.
    pub mentions: Mentions,
    /// The files that it carries; they are the conversation's by now.
    pub files: Vec<AttachedFile>,
}

impl NewMessage {
    /// A text that answers nothing, names nobody and carries nothing.
    pub fn of_text(conversation: Arc<Conversation>, sender: AccountId, front: FrontId, text: String) -> Self {
        Self {
            conversation,
            sender,
            front,
            text,
            client_id: None,
            reply_to: None,
            mentions: Mentions::default(),
            files: Vec::new(),
        }
    }
}

/// A durable message.
#[derive(Debug, Clone)]
pub enum Appended {
    /// It was written now.
    New(Arc<Message>),
    /// It had been written before under the same client id with the same text: the original.
    Repeated(Arc<Message>),
}

/// Why a message was not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SendFailure {
    /// The client id stands for another text.
    #[error("this client_id was used for another text")]
    ClientIdConflict,
    /// The database did not answer. Whether the message is there is unknown: repeat it with the same client id.
    #[error("the database is not available")]
    Unavailable,
    /// The database refuses this message.
    #[error("the database refuses the message: {0}")]
    Refused(String),
    /// The server is shutting down.
    #[error("the server is shutting down")]
    ShuttingDown,
}

/// Hears of every committed message, in sequence order.
#[async_trait]
pub trait CommitFeed: Send + Sync {
    /// `message` of `conversation` is durable. Who is in the conversation may have changed since the message was sent.
    async fn committed(&self, conversation: &Conversation, message: &Arc<Message>);
}

/// The one writer of messages: commits all that wait in one transaction.
///
/// It alone gives sequence numbers, in commit order; so whoever has seen sequence *n* will never be surprised by a
/// smaller one later.
#[derive(Debug)]
pub struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Job>>>,
    task: Mutex<Option<JoinHandle<()>>>,
    /// The latest time of a message, in milliseconds.
    latest: Arc<AtomicI64>,
}

struct Job {
    message: NewMessage,
    answer: oneshot::Sender<Result<Appended, SendFailure>>,
}

impl Writer {
    /// Starts the writer on the current runtime.
    ///
    /// # Errors
    /// When the store can't tell the last message.
    pub async fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        feed: Arc<dyn CommitFeed>,
    ) -> StoreResult<Self> {
        let last = store.last_message().await?.unwrap_or((Sequence::START, Timestamp::default()));
        let (jobs, incoming) = mpsc::channel(QUEUE);
        let latest = Arc::new(AtomicI64::new(last.1.as_millis()));
        let told = Arc::clone(&latest);
        let desk = Desk { store, clock, feed, last: Some(last), published: last.0, latest: told };
        let task = tokio::spawn(desk.work(incoming));
        Ok(Self { jobs: Mutex::new(Some(jobs)), task: Mutex::new(Some(task)), latest })
    }

    /// The time of the newest message: messages' times never decrease, though the clock does.
    pub fn latest(&self) -> Timestamp {
        Timestamp::from_millis(self.latest.load(Ordering::Relaxed))
    }

    /// Writes a message; resolves when it is durable. A dropped future does not take the message back.
    ///
    /// # Errors
    /// [`SendFailure`]
    pub async fn append(&self, message: NewMessage) -> Result<Appended, SendFailure> {
        let jobs = self.jobs.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let jobs = jobs.ok_or(SendFailure::ShuttingDown)?;
        let (answer, answered) = oneshot::channel();
        jobs.send(Job { message, answer }).await.map_err(|_| SendFailure::ShuttingDown)?;
        drop(jobs);
        answered.await.map_err(|_| SendFailure::Unavailable)?
    }

    /// Takes no more messages and returns when all that were taken are answered.
    pub async fn close(&self) {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).take();
        let task = self.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task {
            let _ = task.await;
        }
    }
}

/// The writer's state.
struct Desk {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    feed: Arc<dyn CommitFeed>,
    /// The last sequence given and the latest time; `None` after an append whose result stayed unknown.
    last: Option<(Sequence, Timestamp)>,
    /// The feed has heard of everything up to here.
    published: Sequence,
    /// For those who ask how late it is.
    latest: Arc<AtomicI64>,
}

/// A message with its number, and whoever waits for it: the sender and those who sent the same meanwhile.
struct Entry {
    conversation: Arc<Conversation>,
    message: Arc<Message>,
    first: Option<oneshot::Sender<Result<Appended, SendFailure>>>,
    repeats: Vec<oneshot::Sender<Result<Appended, SendFailure>>>,
}

/// A message that was sent before.
struct Known {
    message: Arc<Message>,
    /// The text with which it was sent.
    text: String,
}

impl Desk {
    async fn work(mut self, mut incoming: mpsc::Receiver<Job>) {
        let mut jobs = Vec::with_capacity(BATCH);
        while incoming.recv_many(&mut jobs, BATCH).await > 0 {
            self.handle(std::mem::take(&mut jobs)).await;
        }
    }

    async fn handle(&mut self, jobs: Vec<Job>) {
        if let Err(error) = self.catch_up().await {
            tracing::error!(%error, "messages can't be written");
            return refuse_all(jobs, &SendFailure::Unavailable);
        }
        let keys: Vec<ClientKey> = jobs.iter().filter_map(|job| key_of(&job.message)).collect();
        let known = if keys.is_empty() { Ok(Vec::new()) } else { self.store.messages_by_client(&keys).await };
        let known = match known {
            Ok(known) => self.as_sent(known).await,
            Err(error) => Err(error),
        };
        let known = match known {
            Ok(known) => known,
            Err(error) => {
                tracing::error!(%error, "messages can't be written");
                return refuse_all(jobs, &SendFailure::Unavailable);
            }
        };
        let entries = self.number(jobs, &known);
        self.write(entries).await;
    }

    /// Messages with the texts with which they were sent: that is what a repeated send is compared with.
    async fn as_sent(&self, known: Vec<Message>) -> StoreResult<HashMap<ClientKey, Known>> {
        let changed: Vec<Sequence> = known
            .iter()
            .filter(|message| message.has_another_text())
            .map(|message| message.sequence)
            .collect();
        let mut texts: HashMap<Sequence, String> = match changed.is_empty() {
            true => HashMap::new(),
            false => self.store.first_texts(&changed).await?.into_iter().collect(),
        };
        let known = known.into_iter().filter_map(|message| {
            let text = texts.remove(&message.sequence).unwrap_or_else(|| message.text.clone());
            Some((message.client_key()?, Known { text, message: Arc::new(message) }))
        });
        Ok(known.collect())
    }

    /// After an unknown result: publishes what turned out to be durable, and learns where the numbers stand.
    async fn catch_up(&mut self) -> StoreResult<()> {
        if self.last.is_some() {
            return Ok(());
        }
        loop {
            let found = self.store.messages_after(self.published, BATCH).await?;
            if found.is_empty() {
                break;
            }
            for message in found {
                if let Some(conversation) = self.store.conversation(message.conversation).await? {
                    self.publish(&conversation, &Arc::new(message)).await;
                }
            }
        }
        let last = self.store.last_message().await?.unwrap_or((Sequence::START, Timestamp::default()));
        self.last = Some(last);
        Ok(())
    }

    /// Answers repeated sends at once and gives numbers to the rest.
    fn number(&mut self, jobs: Vec<Job>, known: &HashMap<ClientKey, Known>) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::with_capacity(jobs.len());
        let mut by_key: HashMap<ClientKey, usize> = HashMap::new();
        let (mut sequence, mut time) = self.last.unwrap_or_default();
        for Job { message, answer } in jobs {
            let key = key_of(&message);
            if let Some(original) = key.as_ref().and_then(|key| known.get(key)) {
                let _ = answer.send(repeated(original, &message.text));
                continue;
            }
            if let Some(&index) = key.as_ref().and_then(|key| by_key.get(key)) {
                let entry = &mut entries[index];
                if entry.message.text == message.text {
                    entry.repeats.push(answer);
                } else {
                    let _ = answer.send(Err(SendFailure::ClientIdConflict));
                }
                continue;
            }
            sequence = sequence.next();
            time = time.max(self.clock.now());
            if let Some(key) = key {
                by_key.insert(key, entries.len());
            }
            let numbered = Message {
                sequence,
                conversation: message.conversation.id,
                sender: message.sender,
                front: message.front,
                text: message.text,
                client_id: message.client_id,
                sent_at: time,
                reply_to: message.reply_to,
                mentions: message.mentions,
                version: 0,
                edited_at: None,
                deleted_at: None,
                reactions: Vec::new(),
                files: message.files,
            };
            entries.push(Entry {
                conversation: message.conversation,
                message: Arc::new(numbered),
                first: Some(answer),
                repeats: Vec::new(),
            });
        }
        self.last = Some((sequence, time));
        self.latest.store(time.as_millis(), Ordering::Relaxed);
        entries
    }

    /// Writes in order; a batch that the database refuses is halved until the one at fault stands alone.
    async fn write(&mut self, entries: Vec<Entry>) {
        let mut parts = vec![entries];
        while let Some(mut part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.append(&part).await {
                Ok(()) => {
                    for entry in part {
                        self.publish(&entry.conversation, &entry.message).await;
                        acknowledge(entry);
                    }
                }
                Err(StoreError::Unavailable(error)) => {
                    tracing::error!(%error, messages = part.len(), "whether messages were written stayed unknown");
                    self.last = None;
                    fail(part, &SendFailure::Unavailable);
                    for rest in parts.drain(..) {
                        fail(rest, &SendFailure::Unavailable);
                    }
                }
                Err(error) if part.len() == 1 => {
                    tracing::error!(%error, "a message was refused by the database");
                    fail(part, &SendFailure::Refused(error.to_string()));
                }
                Err(_) => {
                    let second = part.split_off(part.len() / 2);
                    parts.push(second);
                    parts.push(part);
                }
            }
        }
    }

    /// Appends in one transaction. When the result is unknown it looks, and only then tries again: the numbers are the
    /// same, so what was written late can't be written twice.
    async fn append(&self, part: &[Entry]) -> StoreResult<()> {
        let messages: Vec<Message> = part.iter().map(|entry| entry.message.as_ref().clone()).collect();
        let mut pause = FIRST_PAUSE;
        let mut result = self.store.append(&messages).await;
        for _ in 1..TRIES {
            match &result {
                Ok(()) => return Ok(()),
                Err(StoreError::Unavailable(_)) => {
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                    match self.is_written(&messages).await {
                        Ok(true) => return Ok(()),
                        Ok(false) => result = self.store.append(&messages).await,
                        Err(error) => result = Err(error),
                    }
                }
                // After an unknown result a conflict may be our own message that arrived after all.
                Err(StoreError::Conflict(_)) if pause > FIRST_PAUSE && self.is_written(&messages).await? => {
                    return Ok(());
                }
                Err(_) => return result,
            }
        }
        result
    }

    async fn is_written(&self, messages: &[Message]) -> StoreResult<bool> {
        let Some(first) = messages.first() else {
            return Ok(true);
        };
        let before = Sequence::new(first.sequence.get() - 1);
        let found = self.store.messages_after(before, messages.len()).await?;
        Ok(found.len() == messages.len()
            && found.iter().zip(messages).all(|(one, other)| one.is_same_send(other)))
    }

    async fn publish(&mut self, conversation: &Conversation, message: &Arc<Message>) {
        if message.sequence > self.published {
            self.feed.committed(conversation, message).await;
            self.published = message.sequence;
        }
    }
}

fn key_of(message: &NewMessage) -> Option<ClientKey> {
    let client_id = message.client_id.clone()?;
    Some(ClientKey { conversation: message.conversation.id, sender: message.sender, client_id })
}

fn repeated(original: &Known, text: &str) -> Result<Appended, SendFailure> {
    if original.text == text {
        Ok(Appended::Repeated(Arc::clone(&original.message)))
    } else {
        Err(SendFailure::ClientIdConflict)
    }
}

fn acknowledge(entry: Entry) {
    if let Some(first) = entry.first {
        let _ = first.send(Ok(Appended::New(Arc::clone(&entry.message))));
    }
    for repeat in entry.repeats {
        let _ = repeat.send(Ok(Appended::Repeated(Arc::clone(&entry.message))));
    }
}

fn fail(entries: Vec<Entry>, failure: &SendFailure) {
    for answer in entries.into_iter().flat_map(|entry| entry.first.into_iter().chain(entry.repeats)) {
        let _ = answer.send(Err(failure.clone()));
    }
}

fn refuse_all(jobs: Vec<Job>, failure: &SendFailure) {
    for job in jobs {
        let _ = job.answer.send(Err(failure.clone()));
    }
}
