//! The store of tests: everything in maps behind one lock, lost when it is dropped.

mod administered;
mod administration;
mod conferences;
mod contacts;
mod directory;
mod files;
mod groups;
mod life;
mod local_groups;
mod message_features;
mod messages;
mod native;
mod native_life;
mod native_passkeys;
mod own_data;
mod pause;
mod people;
mod presence;
mod relations;
mod roles;
mod shouts;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::account::{Account, AccountLife, Member, Profile};
use crate::auth::{Realm, SubjectId};
use crate::contact::{Contact, ContactRefusal, Pair};
use crate::front::FrontId;
use crate::group::{Group, Membership, RoomChange, Seating};
use crate::messaging::{
    ClientKey, Conversation, ConversationPlace, ConversationView, Draft, Marks, Message, MessageVersion,
    Place, Sequence,
};
use crate::ports::{
    AccountPage, ContactWrite, Entering, NativeUser, NewAccount, RealmClaim, SessionRecord, Store,
    StoreError, StoreResult, StoredIdentity, StoredSession,
};
use crate::session::Standing;
use crate::{AccountId, CommunityId, ConversationId, GroupId, SessionId, Timestamp};
pub use pause::{Pause, PausedCall};

/// A [`Store`] and [`NativeUsers`](crate::ports::NativeUsers) in memory, with the semantics of the real one: the
/// store's test-suite runs on it too. Clones share their contents.
///
/// It can be told to misbehave: see [`set_available`](Self::set_available),
/// [`lose_next_answer`](Self::lose_next_answer) and [`pause_at`](Self::pause_at).
#[derive(Debug, Clone, Default)]
pub struct MemoryStore(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    calls: AtomicU64,
    unavailable: AtomicBool,
    loses_next_answer: AtomicBool,
    refused_text: Mutex<Option<String>>,
    pauses: pause::Pauses,
}

#[derive(Debug, Default)]
struct State {
    meta: BTreeMap<String, Vec<u8>>,
    realms: BTreeMap<Realm, String>,
    accounts: BTreeMap<AccountId, StoredAccount>,
    /// The live links; a tombstone has none.
    links: BTreeMap<(Realm, SubjectId), AccountId>,
    entered: BTreeSet<(CommunityId, AccountId, FrontId)>,
    sessions: HashMap<SessionId, SessionRecord>,
    contacts: BTreeMap<(CommunityId, Pair), Contact>,
    conversations: BTreeMap<ConversationId, StoredConversation>,
    messages: BTreeMap<Sequence, Message>,
    groups: BTreeMap<GroupId, groups::StoredGroup>,
    /// The texts that messages had.
    versions: BTreeMap<Sequence, Vec<MessageVersion>>,
    reactions: Vec<message_features::StoredReaction>,
    drafts: BTreeMap<(ConversationId, AccountId), Draft>,
    receipts: BTreeMap<Place, Marks>,
    preferences: BTreeMap<(CommunityId, AccountId, String), String>,
    burnt: BTreeMap<[u8; 32], Timestamp>,
    files: BTreeMap<crate::FileId, crate::files::StoredFile>,
    shouts: BTreeMap<crate::ShoutId, shouts::StoredShout>,
    directory: BTreeMap<AccountId, crate::ports::DirectoryPerson>,
    roles: BTreeMap<(CommunityId, AccountId), Vec<String>>,
    presences: HashMap<(CommunityId, AccountId), crate::messaging::PresenceRecord>,
    administration: administration::Kept,
    /// By folded login.
    native_users: BTreeMap<String, NativeUser>,
    native_secrets: native_life::NativeSecrets,
}

#[derive(Debug)]
struct StoredAccount {
    account: Account,
    registered_at: Option<Timestamp>,
    retired: bool,
    life: AccountLife,
    left_at: Option<Timestamp>,
    deletes_messages: bool,
}

#[derive(Debug)]
struct StoredConversation {
    conversation: Conversation,
    read_up_to: HashMap<AccountId, Sequence>,
    /// The newest message there ever was.
    newest: Sequence,
}

impl StoredConversation {
    fn new(conversation: Conversation) -> Self {
        Self { conversation, read_up_to: HashMap::new(), newest: Sequence::START }
    }
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// How often the store has been asked anything.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::SeqCst)
    }

    /// While `false`, everything is answered with [`StoreError::Unavailable`], and nothing is done.
    pub fn set_available(&self, available: bool) {
        self.0.unavailable.store(!available, Ordering::SeqCst);
    }

    /// The next [`append`](Store::append) that succeeds is answered with [`StoreError::Unavailable`] all the same: a
    /// commit whose answer got lost.
    pub fn lose_next_answer(&self) {
        self.0.loses_next_answer.store(true, Ordering::SeqCst);
    }

    /// Messages with this text are refused from now on, as by a database that can't take them.
    pub fn refuse_text(&self, text: Option<&str>) {
        *self.0.refused_text.lock().unwrap_or_else(PoisonError::into_inner) = text.map(str::to_owned);
    }

    fn state(&self) -> StoreResult<MutexGuard<'_, State>> {
        self.0.calls.fetch_add(1, Ordering::SeqCst);
        if self.0.unavailable.load(Ordering::SeqCst) {
            return Err(StoreError::Unavailable("the test made it so".into()));
        }
        Ok(self.0.state.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn inconsistent<T>(what: &str) -> StoreResult<T> {
    Err(StoreError::Inconsistent(what.to_owned()))
}

fn conflict<T>(what: &str) -> StoreResult<T> {
    Err(StoreError::Conflict(what.to_owned()))
}

#[async_trait]
impl Store for MemoryStore {
    async fn meta_or_insert(&self, key: &str, value: &[u8]) -> StoreResult<Vec<u8>> {
        Ok(self.state()?.meta.entry(key.to_owned()).or_insert_with(|| value.to_vec()).clone())
    }

    async fn put_meta(&self, key: &str, value: &[u8]) -> StoreResult<()> {
        self.state()?.meta.insert(key.to_owned(), value.to_vec());
        Ok(())
    }

    async fn burn(&self, what: &[u8; 32], until: Timestamp) -> StoreResult<bool> {
        let mut state = self.state()?;
        let fresh = !state.burnt.contains_key(what);
        state.burnt.entry(*what).or_insert(until);
        Ok(fresh)
    }

    async fn forget_burnt(&self, now: Timestamp) -> StoreResult<()> {
        self.state()?.burnt.retain(|_, until| *until >= now);
        Ok(())
    }

    async fn claim_realm(&self, realm: &Realm, fingerprint: &str) -> StoreResult<RealmClaim> {
        let mut state = self.state()?;
        let owner = state.realms.entry(realm.clone()).or_insert_with(|| fingerprint.to_owned());
        Ok(if owner == fingerprint { RealmClaim::Granted } else { RealmClaim::OwnedBy(owner.clone()) })
    }

    async fn ping(&self) -> StoreResult<()> {
        self.state().map(drop)
    }

    async fn identity(&self, realm: &Realm, subject: &SubjectId) -> StoreResult<Option<StoredIdentity>> {
        Ok(self.state()?.identity(realm, subject))
    }

    async fn login_taken_elsewhere(
        &self,
        community: &CommunityId,
        folded: &str,
        realm: &Realm,
    ) -> StoreResult<bool> {
        let state = self.state()?;
        let mut elsewhere =
            state.accounts.values().filter(|stored| !stored.retired && stored.account.realm != *realm);
        Ok(elsewhere.any(|stored| {
            let same = crate::account::fold_login(&stored.account.profile.login) == folded;
            same && state.member(community, stored.account.id).is_some()
        }))
    }

    async fn create_account(&self, account: NewAccount) -> StoreResult<Account> {
        self.state()?.create_account(account)
    }

    async fn mark_proven(&self, account: AccountId) -> StoreResult<()> {
        self.state()?.mark_proven(account);
        Ok(())
    }

    async fn refresh_profile(&self, account: AccountId, profile: &Profile) -> StoreResult<()> {
        match self.state()?.accounts.get_mut(&account) {
            Some(stored) => stored.account.profile = profile.clone(),
            None => return inconsistent("there is no such account"),
        }
        Ok(())
    }

    async fn enter_front(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
        _now: Timestamp,
    ) -> StoreResult<bool> {
        let mut state = self.state()?;
        if !state.accounts.contains_key(&account) {
            return inconsistent("there is no such account");
        }
        Ok(state.entered.insert((community.clone(), account, front.clone())))
    }

    async fn enter_limited_front(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
        most: u32,
        _now: Timestamp,
    ) -> StoreResult<Entering> {
        let mut state = self.state()?;
        let place = (community.clone(), account, front.clone());
        if state.entered.contains(&place) {
            return Ok(Entering::Again);
        }
        if !state.accounts.contains_key(&account) {
            return inconsistent("there is no such account");
        }
        if state.count_entered(community, front) >= u64::from(most) {
            return Ok(Entering::Full);
        }
        state.entered.insert(place);
        Ok(Entering::First)
    }

    async fn count_entered(&self, community: &CommunityId, front: &FrontId) -> StoreResult<u64> {
        Ok(self.state()?.count_entered(community, front))
    }

    async fn member(&self, community: &CommunityId, account: AccountId) -> StoreResult<Option<Member>> {
        Ok(self.state()?.member(community, account))
    }

    async fn members(&self, community: &CommunityId, accounts: &[AccountId]) -> StoreResult<Vec<Member>> {
        let state = self.state()?;
        let wanted: BTreeSet<_> = accounts.iter().copied().collect();
        Ok(wanted.into_iter().filter_map(|account| state.member(community, account)).collect())
    }

    async fn roster(
        &self,
        community: &CommunityId,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<AccountPage> {
        Ok(self.state()?.roster(community, after, limit))
    }

    async fn members_by_login(&self, community: &CommunityId, folded: &str) -> StoreResult<Vec<Member>> {
        Ok(self.state()?.members_by_login(community, folded))
    }

    async fn create_session(&self, session: &SessionRecord) -> StoreResult<()> {
        self.0.pauses.at(PausedCall::CreateSession).await;
        self.state()?.create_session(session)
    }

    async fn create_session_within(
        &self,
        session: &SessionRecord,
        most: u32,
    ) -> StoreResult<Vec<StoredSession>> {
        self.state()?.create_session_within(session, most)
    }

    async fn session_by_token(&self, token_hash: &[u8; 32]) -> StoreResult<Option<SessionRecord>> {
        let found = self.state()?.sessions.values().find(|one| one.token_hash == *token_hash).cloned();
        self.0.pauses.at(PausedCall::SessionByToken).await;
        Ok(found)
    }

    async fn set_standing(&self, session: SessionId, standing: &Standing) -> StoreResult<()> {
        if let Some(record) = self.state()?.sessions.get_mut(&session) {
            record.standing = standing.clone();
        }
        Ok(())
    }

    async fn delete_session(&self, session: SessionId) -> StoreResult<bool> {
        Ok(self.state()?.sessions.remove(&session).is_some())
    }

    async fn touch_sessions(&self, seen: &[(SessionId, Timestamp)]) -> StoreResult<()> {
        let mut state = self.state()?;
        for (id, at) in seen {
            if let Some(session) = state.sessions.get_mut(id) {
                session.seen_at = session.seen_at.max(*at);
            }
        }
        Ok(())
    }

    async fn sessions_seen_since(
        &self,
        front: &FrontId,
        since: Timestamp,
    ) -> StoreResult<Vec<(SessionId, Timestamp)>> {
        let state = self.state()?;
        let seen =
            state.sessions.values().filter(|session| session.front == *front && session.seen_at >= since);
        Ok(seen.map(|session| (session.id, session.seen_at)).collect())
    }

    async fn delete_expired_sessions(&self, now: Timestamp) -> StoreResult<u64> {
        let mut state = self.state()?;
        let before = state.sessions.len();
        state.sessions.retain(|_, session| session.expires_at >= now);
        Ok((before - state.sessions.len()) as u64)
    }

    async fn contacts(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<Contact>> {
        Ok(self.state()?.contacts_of(community, account))
    }

    async fn write_contact(&self, write: &ContactWrite) -> StoreResult<Result<Contact, ContactRefusal>> {
        self.state()?.write_contact(write)
    }

    async fn seat(&self, seating: &Seating) -> StoreResult<Vec<RoomChange>> {
        let mut state = self.state()?;
        if seating.people.iter().any(|(person, _)| !state.accounts.contains_key(person)) {
            return inconsistent("a group needs accounts that exist");
        }
        Ok(state.seat(seating))
    }

    async fn groups_from(&self, community: &CommunityId, realm: &Realm) -> StoreResult<Vec<Group>> {
        Ok(self.state()?.groups_from(community, realm))
    }

    async fn group(&self, id: GroupId) -> StoreResult<Option<Group>> {
        Ok(self.state()?.groups.get(&id).map(|stored| stored.group.clone()))
    }

    async fn groups_of(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<Membership>> {
        Ok(self.state()?.groups_of(community, account))
    }

    async fn group_members(
        &self,
        id: GroupId,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<(AccountId, bool)>> {
        let state = self.state()?;
        let Some(stored) = state.groups.get(&id) else { return Ok(Vec::new()) };
        let behind = stored.people.iter().filter(|(person, _)| after.is_none_or(|after| **person > after));
        Ok(behind.map(|(person, manager)| (*person, *manager)).take(limit).collect())
    }

    async fn open_direct(
        &self,
        community: &CommunityId,
        pair: Pair,
        id: ConversationId,
        now: Timestamp,
    ) -> StoreResult<(Conversation, bool)> {
        self.state()?.open_direct(community, pair, id, now)
    }

    async fn conversation(&self, id: ConversationId) -> StoreResult<Option<Conversation>> {
        Ok(self.state()?.conversation(id))
    }

    async fn conversation_view(
        &self,
        id: ConversationId,
        account: AccountId,
    ) -> StoreResult<Option<ConversationView>> {
        let state = self.state()?;
        Ok(state.conversations.get(&id).and_then(|stored| state.view(stored, account)))
    }

    async fn conversations(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Option<ConversationPlace>,
        limit: usize,
    ) -> StoreResult<Vec<ConversationView>> {
        Ok(self.state()?.conversations_of(community, account, after, limit))
    }

    async fn talks(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<Conversation>> {
        Ok(self.state()?.talks(community, account))
    }

    async fn mark_read(&self, id: ConversationId, account: AccountId, upto: Sequence) -> StoreResult<bool> {
        Ok(self.state()?.mark_read(id, account, upto))
    }

    async fn append(&self, messages: &[Message]) -> StoreResult<()> {
        let refused = self.0.refused_text.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if refused.is_some_and(|text| messages.iter().any(|message| message.text == text)) {
            return inconsistent("this text can't be kept");
        }
        self.state()?.append(messages)?;
        if self.0.loses_next_answer.swap(false, Ordering::SeqCst) {
            return Err(StoreError::Unavailable("the answer to the commit got lost".into()));
        }
        Ok(())
    }

    async fn messages_by_client(&self, keys: &[ClientKey]) -> StoreResult<Vec<Message>> {
        let state = self.state()?;
        let wanted: BTreeSet<_> = keys.iter().collect();
        let sent = |message: &&Message| message.client_key().is_some_and(|key| wanted.contains(&key));
        Ok(state.messages.values().filter(sent).cloned().collect())
    }

    async fn last_message(&self) -> StoreResult<Option<(Sequence, Timestamp)>> {
        Ok(self.state()?.messages.last_key_value().map(|(sequence, message)| (*sequence, message.sent_at)))
    }

    async fn history(
        &self,
        id: ConversationId,
        before: Option<Sequence>,
        limit: usize,
    ) -> StoreResult<Vec<Message>> {
        Ok(self.state()?.history(id, before, limit))
    }

    async fn message(&self, id: ConversationId, sequence: Sequence) -> StoreResult<Option<Message>> {
        let state = self.state()?;
        Ok(state.messages.get(&sequence).filter(|message| message.conversation == id).cloned())
    }

    async fn messages_for(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Sequence,
        limit: usize,
    ) -> StoreResult<Vec<Message>> {
        Ok(self.state()?.messages_for(community, account, after, limit))
    }

    async fn messages_after(&self, after: Sequence, limit: usize) -> StoreResult<Vec<Message>> {
        Ok(self.state()?.messages_after(after).take(limit).cloned().collect())
    }
}
