//! Everything behind the calls that the server makes.
//!
//! Each call takes a [`Visitor`]: a session at the front it belongs to. What may be done is asked of
//! [`policy`](crate::policy) here, once, from facts in memory.

mod administration;
mod announce;
mod changes;
mod conferences;
mod contacts;
mod default_groups;
mod directory;
mod drafts;
mod enter;
mod error;
mod export;
mod eyes;
mod facts;
mod files;
mod filter;
mod group_news;
mod groups;
mod guests;
mod hand_over;
mod leave;
mod life;
mod listen;
mod local_groups;
mod mentions;
mod names;
mod own_data;
mod own_sessions;
mod passkeys;
mod passwords;
mod people;
mod post;
mod preferences;
mod presence;
mod realms;
mod receipts;
mod register;
mod revalidate;
mod roles;
mod room;
mod search;
mod second_step;
mod sessions;
mod shoutbox;
mod shown;
mod talk;
mod terms;
mod typing;
mod upkeep;
mod who;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use lru::LruCache;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::account::{Account, Member, Preferences};
use crate::auth::{DeviceKey, Guarded, Realm, Throttle, ThrottleRules};
use crate::contact::Contact;
use crate::front::{Front, FrontId, FrontOptions, FrontTable, Limits};
use crate::group::{Group, MirrorRule};
use crate::messaging::{
    ChangeFeed, CommitFeed, Conversation, CursorKey, Mailboxes, Message, PresenceBoard, PresenceRecord,
    Quote, ReceiptBoard, Sequence, Writer,
};
use crate::moderation::WordFilter;
use crate::ports::{BlobStore, Clock, DirectoryPerson, Mailer, Ratings, Store, StoreError};
use crate::session::{LiveSession, Proof, SessionTable, TokenKey};
use crate::{AccountId, CommunityId, ConversationId, GroupId};

pub use administration::{
    AdminSession, AlertTo, GroupRevision, Listed, NewBan, NewBroadcast, NewMute, NewReport, PersonCard,
    PersonHere, Present, ReportCard, ResetHandedOut, Seat, Verdict, stamp_of,
};
pub use conferences::InvitationInfo;
pub use directory::{DirectoryStatus, Held, SyncError, SyncLine, SyncOrder, SyncReport, SyncRules, SyncWhat};
pub use enter::{Login, LoginOrigin};
pub use error::{EngineError, EntryError};
pub use export::{Export, Exported};
pub use files::Upload;
pub use groups::GroupPage;
pub use listen::{EventFeed, FeedItem, PollAnswer};
pub use local_groups::{GroupForm, GroupInvitation, GroupRequest, GroupsPage};
pub use names::ProvenPerson;
pub use own_sessions::OwnSession;
pub use passkeys::OwnPasskeys;
pub use passwords::OwnAccount;
pub use people::{PeoplePage, RosterPage, avatar_path};
pub use realms::RealmConflict;
pub use receipts::Receipt;
pub use register::Registered;
pub use revalidate::Revalidation;
pub use search::{FoundPage, SearchScope};
pub use shoutbox::{ShoutAuthor, ShoutView, WallPage};
pub use talk::{ConversationInfo, ConversationList, HistoryPage, MAX_HISTORY_PAGE, MAX_LIST_PAGE, Outgoing};
pub use who::WhoIsOnline;

use administration::{Counters, Desk};
use facts::FactCache;
use roles::GrantedRoles;

/// Choices of the engine that hold for all fronts.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EngineSettings {
    /// How many events a live person's mailbox holds.
    pub mailbox_capacity: usize,
    /// How many wrong guesses are allowed.
    pub throttle: ThrottleRules,
    /// Refused logins are answered on multiples of this after their beginning, so that how long the work took does not
    /// show.
    pub refusal_step: Duration,
    /// Whether the log names who comes in, and at which front.
    pub log_names: bool,
    /// Readers wake at most this often for people who come, go and change; zero = for every change.
    pub presence_beat: Duration,
    /// How often the times at which sessions were last seen are written behind.
    pub seen_write_interval: Duration,
    /// How to call realms on people's screens; without an entry the realm's own name.
    pub realm_labels: HashMap<Realm, String>,
    /// How often the people who are here are proved again; zero = never.
    pub revalidate_interval: Duration,
    /// How often new topics are looked for.
    pub news_interval: Duration,
    /// Where the contents of files are kept; without, no files can be sent.
    pub blobs: Option<Arc<dyn BlobStore>>,
    /// Which groups are mirrored, by authenticator; without an entry [`MirrorRule::All`].
    pub mirrored: HashMap<String, MirrorRule>,
    /// Which directories are read in rounds, by authenticator.
    pub directories: HashMap<String, SyncRules>,
    /// Who sends letters; `None` = nobody.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// The origin that links in letters begin with: `https://chat.example.org`.
    pub public_url: Option<String>,
}

impl Default for EngineSettings {
    fn default() -> Self {
        Self {
            mailbox_capacity: 256,
            throttle: ThrottleRules::default(),
            refusal_step: Duration::from_millis(250),
            log_names: false,
            presence_beat: Duration::from_millis(500),
            seen_write_interval: Duration::from_secs(30),
            realm_labels: HashMap::new(),
            revalidate_interval: Duration::from_secs(30),
            news_interval: Duration::from_secs(60),
            blobs: None,
            mirrored: HashMap::new(),
            directories: HashMap::new(),
            mailer: None,
            public_url: None,
        }
    }
}

/// The running messenger.
#[derive(Debug)]
pub struct Engine {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    fronts: FrontTable,
    settings: EngineSettings,
    tokens: TokenKey,
    cursors: CursorKey,
    throttle: Throttle,
    devices: DeviceKey,
    /// Where letters leave the house.
    post: post::Post,
    /// Who is known to have been here on the last day that something was written, in days since 1970.
    active_written: Mutex<(i64, BTreeSet<AccountId>)>,
    /// Where the next look at unused accounts begins.
    unused_from: Mutex<Option<AccountId>>,
    sessions: SessionTable,
    mailboxes: Arc<Mailboxes>,
    presence: PresenceBoard,
    /// What is kept of the presence of people who are not on the board.
    presence_records: FactCache<(CommunityId, AccountId), Arc<PresenceRecord>>,
    /// Choices are made one at a time.
    choosing: tokio::sync::Mutex<()>,
    /// Who has changed, for everybody who may see it.
    changes: ChangeFeed,
    typists: typing::Typists,
    members: FactCache<(CommunityId, AccountId), Option<Arc<Member>>>,
    contacts: FactCache<(CommunityId, AccountId), Arc<ContactBook>>,
    conversations: Arc<ConversationCache>,
    groups: FactCache<GroupId, Option<Arc<Group>>>,
    directory_people: FactCache<AccountId, Option<Arc<DirectoryPerson>>>,
    directories: directory::Directories,
    /// The groups that people are in and that count.
    group_ids: FactCache<(CommunityId, AccountId), eyes::GroupIds>,
    ratings: FactCache<(CommunityId, AccountId), Ratings>,
    /// Who has written in which conversation.
    wrote: FactCache<(ConversationId, AccountId), bool>,
    quotes: FactCache<Sequence, Arc<Quote>>,
    preferences: FactCache<(CommunityId, AccountId), Preferences>,
    receipts: ReceiptBoard,
    /// Who has an export under way.
    exporting: Mutex<HashSet<(CommunityId, AccountId)>>,
    writer: Writer,
    /// Unwanted words, by front.
    word_filters: RwLock<HashMap<FrontId, Arc<WordFilter>>>,
    /// Every authenticator of a front, by name.
    authenticators: BTreeMap<String, Arc<Guarded>>,
    own_realm: Realm,
    /// Who announces news, as far as anything was announced since the start.
    announcers: Mutex<HashMap<AccountId, Arc<Account>>>,
    /// Unread private messages in other systems.
    unread_elsewhere: Mutex<LruCache<(CommunityId, AccountId), u64>>,
    /// Sources that don't answer at the moment and were warned about.
    silent: Mutex<BTreeSet<String>>,
    proven_realms: Mutex<Vec<(Realm, String)>>,
    /// One shout after the other, so that limits over several people's shouts hold.
    shouting: tokio::sync::Mutex<()>,
    /// The roles that administrators have given to accounts.
    roles: RwLock<GrantedRoles>,
    closing: watch::Sender<bool>,
    /// Bans, mutes, rights, counters.
    desk: Desk,
}

/// How many people's numbers of unread private messages are remembered.
const UNREAD_REMEMBERED: NonZeroUsize = NonZeroUsize::new(50_000).unwrap();

/// A person's contacts by the other one.
type ContactBook = HashMap<AccountId, Contact>;

/// A session at the front it belongs to.
#[derive(Debug, Clone)]
pub struct Visitor {
    session: Arc<LiveSession>,
    front: Arc<Front>,
}

impl Visitor {
    /// The session.
    pub fn session(&self) -> &LiveSession {
        &self.session
    }

    /// The front.
    pub fn front(&self) -> &Front {
        &self.front
    }

    /// Whether this is a guest: somebody without an account.
    pub fn is_guest(&self) -> bool {
        self.session.standing().proof == Proof::Guest
    }

    /// The options that hold for this person here: the front's, and what their roles say instead.
    pub fn options(&self) -> Arc<FrontOptions> {
        self.session.options(&self.front)
    }

    /// The limits that hold for this person here.
    pub fn limits(&self) -> Limits {
        Limits::of(&self.options())
    }

    /// The person.
    pub fn account(&self) -> AccountId {
        self.session.account()
    }

    /// The community.
    pub fn community(&self) -> &CommunityId {
        self.session.community()
    }
}

impl Engine {
    /// Starts the messenger on the current runtime: loads its keys, the state of the writer and the sessions that count
    /// against limits.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn start(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        fronts: FrontTable,
        settings: EngineSettings,
    ) -> Result<Arc<Self>, StoreError> {
        let key = server_key(store.as_ref()).await?;
        let pushed = store.last_message().await?.map_or(Sequence::START, |(sequence, _)| sequence);
        let mailboxes = Arc::new(Mailboxes::new(boot_epoch()?, settings.mailbox_capacity, pushed));
        let counters = Arc::new(Counters::default());
        let conversations = Arc::new(ConversationCache::new(50_000));
        let feed = Arc::new(MailboxFeed {
            store: Arc::clone(&store),
            mailboxes: Arc::clone(&mailboxes),
            conversations: Arc::clone(&conversations),
            counters: Arc::clone(&counters),
        });
        let writer = Writer::start(Arc::clone(&store), Arc::clone(&clock), feed).await?;

        let members = fronts.iter().flat_map(|front| front.chain.members().to_vec());
        let authenticators = members.map(|member| (member.name().to_owned(), member)).collect();
        let own_realm = Realm::new(Realm::OWN)
            .map_err(|_| StoreError::Inconsistent("the own realm has no valid name".into()))?;

        let granted = roles::granted(store.as_ref()).await?;
        let sessions = SessionTable::new();
        let since = clock.now().minus(crate::session::SEEN_WINDOW + settings.seen_write_interval);
        for front in fronts.iter() {
            sessions.recall(&front.id, store.sessions_seen_since(&front.id, since).await?);
        }
        Ok(Arc::new(Self {
            throttle: Throttle::new(settings.throttle, Arc::clone(&clock)),
            devices: DeviceKey::new(&key),
            post: post::Post::new(Handle::current()),
            active_written: Mutex::new((0, BTreeSet::new())),
            unused_from: Mutex::new(None),
            tokens: TokenKey::new(&key),
            cursors: CursorKey::new(&key),
            sessions,
            mailboxes,
            presence: PresenceBoard::new(),
            presence_records: FactCache::new(50_000),
            choosing: tokio::sync::Mutex::new(()),
            changes: ChangeFeed::new(settings.presence_beat),
            typists: typing::Typists::default(),
            members: FactCache::new(50_000),
            contacts: FactCache::new(10_000),
            conversations,
            groups: FactCache::new(10_000),
            directory_people: FactCache::new(50_000),
            directories: directory::Directories::default(),
            group_ids: FactCache::new(50_000),
            ratings: FactCache::new(50_000),
            wrote: FactCache::new(10_000),
            quotes: FactCache::new(10_000),
            preferences: FactCache::new(50_000),
            receipts: ReceiptBoard::default(),
            exporting: Mutex::new(HashSet::new()),
            writer,
            word_filters: RwLock::new(HashMap::new()),
            authenticators,
            own_realm,
            announcers: Mutex::new(HashMap::new()),
            unread_elsewhere: Mutex::new(LruCache::new(UNREAD_REMEMBERED)),
            silent: Mutex::new(BTreeSet::new()),
            proven_realms: Mutex::new(Vec::new()),
            shouting: tokio::sync::Mutex::new(()),
            roles: RwLock::new(granted),
            closing: watch::channel(false).0,
            desk: Desk::open(store.as_ref(), &key, counters).await?,
            store,
            clock,
            fronts,
            settings,
        }))
    }

    /// The fronts.
    pub fn fronts(&self) -> &FrontTable {
        &self.fronts
    }

    /// Whether the store answers.
    ///
    /// # Errors
    /// When it doesn't.
    pub async fn ready(&self) -> Result<(), StoreError> {
        self.store.ping().await
    }

    /// Sessions in memory.
    pub fn live_sessions(&self) -> usize {
        self.sessions.len()
    }

    /// Answers all open polls and ends all streams, now and from now on: the server is about to stop.
    pub fn begin_shutdown(&self) {
        self.closing.send_replace(true);
    }

    /// Takes no more messages, waits for those that were taken, writes what was to be written behind, and waits for letters.
    pub async fn shut_down(&self) {
        self.writer.close().await;
        self.presence.everybody_leaves(self.clock.now());
        self.write_behind().await;
        self.write_statistics().await;
        self.post.close().await;
    }
}

/// Pushes committed messages to the mailboxes of live members.
#[derive(Debug)]
struct MailboxFeed {
    store: Arc<dyn Store>,
    mailboxes: Arc<Mailboxes>,
    conversations: Arc<ConversationCache>,
    counters: Arc<Counters>,
}

/// The conversations that are talked in.
type ConversationCache = FactCache<ConversationId, Option<Arc<Conversation>>>;

#[async_trait]
impl CommitFeed for MailboxFeed {
    async fn committed(&self, conversation: &Conversation, message: &Arc<Message>) {
        self.counters.message(&message.front, message.sent_at);
        let community = &conversation.community;
        if conversation.is_direct() {
            return self.mailboxes.push_message(community, &conversation.members, message);
        }
        // Whoever came before this message was committed is entitled to it, and whoever had gone is not. Who comes later
        // is told so after this, and finds it in the history.
        let load = || async { Ok(self.store.conversation(conversation.id).await?.map(Arc::new)) };
        match self.conversations.get(&conversation.id, load).await {
            Ok(Some(now)) => self.mailboxes.push_message(community, &now.members, message),
            Ok(None) => self.mailboxes.push_message(community, &[], message),
            Err(error) => {
                tracing::warn!(%error, "who is in a conversation can't be read; those who were in it are told");
                self.mailboxes.push_message(community, &conversation.members, message);
            }
        }
    }
}

/// The key of tokens and cursors: made at the first start, kept in the store.
async fn server_key(store: &dyn Store) -> Result<[u8; 32], StoreError> {
    let mut fresh = [0_u8; 32];
    getrandom::fill(&mut fresh).map_err(no_randomness)?;
    let kept = store.meta_or_insert("server_key", &fresh).await?;
    kept.try_into().map_err(|_| StoreError::Inconsistent("the server key does not have 32 bytes".into()))
}

fn boot_epoch() -> Result<u64, StoreError> {
    let mut bytes = [0_u8; 8];
    getrandom::fill(&mut bytes).map_err(no_randomness)?;
    Ok(u64::from_be_bytes(bytes).max(1))
}

fn no_randomness(error: getrandom::Error) -> StoreError {
    StoreError::Inconsistent(format!("the system gives no random bytes: {error}"))
}
