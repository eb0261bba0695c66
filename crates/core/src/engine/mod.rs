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
mod feed;
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
mod notices;
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
mod send;
mod sessions;
mod settings;
mod shoutbox;
mod shown;
mod talk;
mod terms;
mod typing;
mod upkeep;
mod visitor;
mod who;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, RwLock};

use lru::LruCache;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::account::{Account, Member, Preferences};
use crate::auth::{DeviceKey, Guarded, Realm, Throttle};
use crate::contact::Contact;
use crate::front::{FrontId, FrontTable};
use crate::group::Group;
use crate::messaging::{
    ChangeFeed, Conversation, CursorKey, Mailboxes, PresenceBoard, PresenceRecord, Quote, ReceiptBoard,
    Sequence, Writer,
};
use crate::moderation::WordFilter;
use crate::ports::{Clock, DirectoryPerson, Ratings, Store, StoreError};
use crate::session::{SessionTable, TokenKey};
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
pub use send::Outgoing;
pub use settings::EngineSettings;
pub use shoutbox::{ShoutAuthor, ShoutView, WallPage};
pub use talk::{ConversationInfo, ConversationList, HistoryPage, MAX_HISTORY_PAGE, MAX_LIST_PAGE};
pub use visitor::Visitor;
pub use who::WhoIsOnline;

use administration::{Counters, Desk};
use facts::FactCache;
use feed::MailboxFeed;
use roles::GrantedRoles;

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

/// The conversations that are talked in.
type ConversationCache = FactCache<ConversationId, Option<Arc<Conversation>>>;

/// A person's contacts by the other one.
type ContactBook = HashMap<AccountId, Contact>;

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
