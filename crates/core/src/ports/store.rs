use async_trait::async_trait;

use crate::account::{Account, Member, Profile};
use crate::auth::{BoxError, Realm, SubjectId};
use crate::contact::{Contact, ContactChange, ContactLimits, ContactRefusal, Pair};
use crate::front::FrontId;
use crate::group::{Group, Membership, RoomChange, Seating};
use crate::messaging::{ClientKey, Conversation, ConversationPlace, ConversationView, Message, Sequence};
use crate::ports::AccountLifeStore;
use crate::ports::{
    AdministeredStore, AdministrationStore, ConferenceStore, ContactStore, DirectoryStore, FileStore,
    LocalGroupStore, MessageStore, OwnDataStore, PresenceStore, RoleStore, ShoutStore,
};
use crate::session::Standing;
use crate::{AccountId, CommunityId, ConversationId, GroupId, SessionId, Timestamp};

/// The answer of the store.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why the store did not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database can't be reached or did not answer; whether a write took place is unknown.
    #[error("the database is not available: {0}")]
    Unavailable(#[source] BoxError),
    /// A uniqueness rule was in the way; nothing was written.
    #[error("conflict: {0}")]
    Conflict(String),
    /// The database holds something that can't be read, or refused a statement; nothing was written.
    #[error("the database is inconsistent: {0}")]
    Inconsistent(String),
}

/// Portico's own database: everything that survives a restart.
///
/// Every write is durable when it returns. Keys (realm, subject, login) are compared as bytes on every database.
#[async_trait]
pub trait Store:
    AccountLifeStore
    + AdministeredStore
    + AdministrationStore
    + ConferenceStore
    + ContactStore
    + DirectoryStore
    + FileStore
    + LocalGroupStore
    + MessageStore
    + OwnDataStore
    + PresenceStore
    + RoleStore
    + ShoutStore
    + std::fmt::Debug
    + Send
    + Sync
{
    // --- the installation -------------------------------------------------------------------------------------

    /// The value kept under `key`; when there is none yet, `value` is kept and returned.
    async fn meta_or_insert(&self, key: &str, value: &[u8]) -> StoreResult<Vec<u8>>;

    /// Replaces the value kept under `key`.
    async fn put_meta(&self, key: &str, value: &[u8]) -> StoreResult<()>;

    /// Remembers until `until` that this was used; `false` when it had been used before.
    async fn burn(&self, what: &[u8; 32], until: Timestamp) -> StoreResult<bool>;

    /// Forgets what was burnt and could not be used any more before `now`.
    async fn forget_burnt(&self, now: Timestamp) -> StoreResult<()>;

    /// Ties a realm to the installation whose `fingerprint` this is, at its first use.
    async fn claim_realm(&self, realm: &Realm, fingerprint: &str) -> StoreResult<RealmClaim>;

    /// Whether the database answers.
    async fn ping(&self) -> StoreResult<()>;

    // --- people -----------------------------------------------------------------------------------------------

    /// The account that `(realm, subject)` is linked to. Tombstones are not found.
    async fn identity(&self, realm: &Realm, subject: &SubjectId) -> StoreResult<Option<StoredIdentity>>;

    /// Whether a member of `community` from another realm than `realm` has this folded login.
    async fn login_taken_elsewhere(
        &self,
        community: &CommunityId,
        folded: &str,
        realm: &Realm,
    ) -> StoreResult<bool>;

    /// Makes an account and links `(realm, subject)` to it. With `replaces`, that account's link becomes a tombstone
    /// and its sessions are deleted, in the same transaction.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when `(realm, subject)` is linked already: a parallel first login was faster.
    async fn create_account(&self, account: NewAccount) -> StoreResult<Account>;

    /// Records that a person has proved who they are. The sessions that a mere claim had opened until then are deleted in
    /// the same transaction; nothing happens to an account that was proven before.
    async fn mark_proven(&self, account: AccountId) -> StoreResult<()>;

    /// Replaces what is shown of a person.
    async fn refresh_profile(&self, account: AccountId, profile: &Profile) -> StoreResult<()>;

    /// Records that a person has entered a front, and so its community. `true` when it is the first time there.
    async fn enter_front(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
        now: Timestamp,
    ) -> StoreResult<bool>;

    /// The same where at most `most` people may have entered the front: counted under a lock in the same transaction.
    /// Whoever has entered it before enters again, however many there are.
    async fn enter_limited_front(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
        most: u32,
        now: Timestamp,
    ) -> StoreResult<Entering>;

    /// How many people have entered a front, those who left it for good not among them.
    async fn count_entered(&self, community: &CommunityId, front: &FrontId) -> StoreResult<u64>;

    /// A member of `community`.
    async fn member(&self, community: &CommunityId, account: AccountId) -> StoreResult<Option<Member>>;

    /// Those of `accounts` (at most 1,000) that are members of `community`, in no particular order.
    async fn members(&self, community: &CommunityId, accounts: &[AccountId]) -> StoreResult<Vec<Member>>;

    /// The members of `community` by account id, beginning after `after`.
    async fn roster(
        &self,
        community: &CommunityId,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<AccountPage>;

    /// The members of `community` with this folded login (one per realm; at most 100).
    async fn members_by_login(&self, community: &CommunityId, folded: &str) -> StoreResult<Vec<Member>>;

    // --- sessions ---------------------------------------------------------------------------------------------

    /// Keeps a session.
    async fn create_session(&self, session: &SessionRecord) -> StoreResult<()>;

    /// Keeps a session, one of at most `most` that its account may have at its front: the oldest ones go in the same
    /// transaction. Returns them.
    async fn create_session_within(
        &self,
        session: &SessionRecord,
        most: u32,
    ) -> StoreResult<Vec<StoredSession>>;

    /// The session whose token has this SHA-256.
    async fn session_by_token(&self, token_hash: &[u8; 32]) -> StoreResult<Option<SessionRecord>>;

    /// Replaces what a session rests on.
    async fn set_standing(&self, session: SessionId, standing: &Standing) -> StoreResult<()>;

    /// Forgets a session. `false` when it was not there.
    async fn delete_session(&self, session: SessionId) -> StoreResult<bool>;

    /// Writes behind when sessions were last seen. Never moves a time backwards; unknown sessions are passed over.
    async fn touch_sessions(&self, seen: &[(SessionId, Timestamp)]) -> StoreResult<()>;

    /// The sessions of `front` seen since `since`: id and time. What the limit is counted from after a restart.
    async fn sessions_seen_since(
        &self,
        front: &FrontId,
        since: Timestamp,
    ) -> StoreResult<Vec<(SessionId, Timestamp)>>;

    /// Forgets the sessions that expired before `now`; how many.
    async fn delete_expired_sessions(&self, now: Timestamp) -> StoreResult<u64>;

    // --- contacts ---------------------------------------------------------------------------------------------

    /// Everything between `account` and others in `community`.
    async fn contacts(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<Contact>>;

    /// Changes the contact of a pair in one transaction: reads it under lock, asks [`Contact::after`], and holds the result
    /// against `write.limits` ([`ContactLimits::check`]), counting under the same lock. Returns the contact as it is now.
    ///
    /// The inner error is the answer to the person; nothing was written then.
    async fn write_contact(&self, write: &ContactWrite) -> StoreResult<Result<Contact, ContactRefusal>>;

    // --- groups -----------------------------------------------------------------------------------------------

    /// Seats people in groups as their realm says, in one transaction: makes the groups that are new, each with its room,
    /// renames those that are called otherwise now, and begins, changes and ends memberships. Returns the rooms whose
    /// people changed.
    async fn seat(&self, seating: &Seating) -> StoreResult<Vec<RoomChange>>;

    /// The groups that come from a realm, by id there.
    async fn groups_from(&self, community: &CommunityId, realm: &Realm) -> StoreResult<Vec<Group>>;

    /// A group.
    async fn group(&self, id: GroupId) -> StoreResult<Option<Group>>;

    /// The groups of `account` in `community`, by name.
    async fn groups_of(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<Membership>>;

    /// The members of a group by account id, beginning after `after`, with whether they manage it.
    async fn group_members(
        &self,
        id: GroupId,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<(AccountId, bool)>>;

    // --- conversations ----------------------------------------------------------------------------------------

    /// The direct conversation of a pair in `community`, made with `id` if there is none; `true` if it was made.
    async fn open_direct(
        &self,
        community: &CommunityId,
        pair: Pair,
        id: ConversationId,
        now: Timestamp,
    ) -> StoreResult<(Conversation, bool)>;

    /// A conversation.
    async fn conversation(&self, id: ConversationId) -> StoreResult<Option<Conversation>>;

    /// A conversation as `account`, one of its members, sees it.
    async fn conversation_view(
        &self,
        id: ConversationId,
        account: AccountId,
    ) -> StoreResult<Option<ConversationView>>;

    /// The conversations of `account` in `community`, the one with the newest message first (a conversation without
    /// messages counts as old as its creation among equals, after all others), beginning after `after`. A message that is
    /// gone keeps its conversation where it was.
    async fn conversations(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Option<ConversationPlace>,
        limit: usize,
    ) -> StoreResult<Vec<ConversationView>>;

    /// All conversations of `account` in `community`, in no particular order; the members of rooms are not loaded.
    async fn talks(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<Conversation>>;

    /// Moves a member's read mark forward to `upto`, never back. `true` when it moved.
    async fn mark_read(&self, id: ConversationId, account: AccountId, upto: Sequence) -> StoreResult<bool>;

    // --- messages ---------------------------------------------------------------------------------------------

    /// Appends messages in one transaction, and moves their conversations' last sequence. All or none.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] leaves open whether they were written.
    async fn append(&self, messages: &[Message]) -> StoreResult<()>;

    /// The messages that were sent under these client ids.
    async fn messages_by_client(&self, keys: &[ClientKey]) -> StoreResult<Vec<Message>>;

    /// The last sequence number given and the latest `sent_at`; `None` before the first message.
    async fn last_message(&self) -> StoreResult<Option<(Sequence, Timestamp)>>;

    /// The messages of a conversation before `before` (exclusive; `None` = the newest), oldest first, at most `limit`.
    async fn history(
        &self,
        id: ConversationId,
        before: Option<Sequence>,
        limit: usize,
    ) -> StoreResult<Vec<Message>>;

    /// A message of this conversation, by its sequence number.
    async fn message(&self, id: ConversationId, sequence: Sequence) -> StoreResult<Option<Message>>;

    /// The messages after `after` in all conversations of `account` in `community`, in order, at most `limit`.
    async fn messages_for(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Sequence,
        limit: usize,
    ) -> StoreResult<Vec<Message>>;

    /// All messages after `after`, in order, at most `limit`: what the writer looks at after an unknown commit result.
    async fn messages_after(&self, after: Sequence, limit: usize) -> StoreResult<Vec<Message>>;
}

/// What [`Store::claim_realm`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RealmClaim {
    /// The realm was free, or is the same installation's.
    Granted,
    /// The realm is another installation's, with this fingerprint.
    OwnedBy(String),
}

/// An identity that is linked to an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredIdentity {
    /// The account.
    pub account: Account,
    /// When the person registered over there, if the source said.
    pub registered_at: Option<Timestamp>,
}

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its id.
    pub id: AccountId,
    /// Where the person comes from.
    pub realm: Realm,
    /// The person's key there.
    pub subject: SubjectId,
    /// When the person registered over there.
    pub registered_at: Option<Timestamp>,
    /// What is shown.
    pub profile: Profile,
    /// Whether the person has proved who they are.
    pub proven: bool,
    /// Whether an administrator must approve it first.
    pub pending: bool,
    /// The account whose subject was reused.
    pub replaces: Option<AccountId>,
    /// Now.
    pub created_at: Timestamp,
}

/// A page of a roster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPage {
    /// The members.
    pub members: Vec<Member>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<AccountId>,
}

/// What [`Store::enter_limited_front`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Entering {
    /// It is the first time there.
    First,
    /// The person had entered it before.
    Again,
    /// As many people as may have entered it; nothing was written.
    Full,
}

/// What a session is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredSession {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
}

/// A session as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Whose it is.
    pub account: AccountId,
    /// Where it holds.
    pub front: FrontId,
    /// The front's community at the login.
    pub community: CommunityId,
    /// What it rests on.
    pub standing: Standing,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last seen.
    pub seen_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
}

/// A change of a contact.
#[derive(Debug, Clone)]
pub struct ContactWrite {
    /// Where.
    pub community: CommunityId,
    /// Who acts.
    pub actor: AccountId,
    /// On whom.
    pub pair: Pair,
    /// What.
    pub change: ContactChange,
    /// How much the two may have.
    pub limits: ContactLimits,
    /// Now.
    pub now: Timestamp,
}
