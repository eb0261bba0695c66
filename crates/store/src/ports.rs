//! The core's ports, as the repositories' statements serve them.

mod account_life;
mod administered;
mod administration;
mod conferences;
mod contacts;
mod directory;
mod files;
mod groups;
mod messages;
mod native_life;
mod native_passkeys;
mod own_data;
mod presence;
mod shouts;

use async_trait::async_trait;
use portico_core::account::{Account, Member, Profile};
use portico_core::auth::{Realm, SubjectId};
use portico_core::contact::{Contact, ContactRefusal, Pair};
use portico_core::front::FrontId;
use portico_core::group::{Group, Membership, RoomChange, Seating};
use portico_core::messaging::{
    ClientKey, Conversation, ConversationPlace, ConversationView, Message, Sequence,
};
use portico_core::ports::{
    AccountPage, ContactWrite, Entering, ListedNative, NativeFilter, NativeState, NativeUser, NativeUsers,
    NewAccount, NewNativeUser, RealmClaim, SessionRecord, Store, StoreResult, StoredIdentity, StoredSession,
};
use portico_core::session::Standing;
use portico_core::{AccountId, CommunityId, ConversationId, GroupId, SessionId, Timestamp};
use secrecy::SecretString;
use uuid::Uuid;

use crate::sql_store::SqlStore;

#[async_trait]
impl Store for SqlStore {
    async fn meta_or_insert(&self, key: &str, value: &[u8]) -> StoreResult<Vec<u8>> {
        Ok(self.keep_meta(key, value).await?)
    }

    async fn put_meta(&self, key: &str, value: &[u8]) -> StoreResult<()> {
        Ok(self.replace_meta(key, value).await?)
    }

    async fn burn(&self, what: &[u8; 32], until: Timestamp) -> StoreResult<bool> {
        Ok(self.burn_once(what, until).await?)
    }

    async fn forget_burnt(&self, now: Timestamp) -> StoreResult<()> {
        Ok(self.forget_burnt_before(now).await?)
    }

    async fn claim_realm(&self, realm: &Realm, fingerprint: &str) -> StoreResult<RealmClaim> {
        Ok(self.keep_realm(realm, fingerprint).await?)
    }

    async fn ping(&self) -> StoreResult<()> {
        Ok(self.answer().await?)
    }

    async fn identity(&self, realm: &Realm, subject: &SubjectId) -> StoreResult<Option<StoredIdentity>> {
        Ok(self.find_identity(realm, subject).await?)
    }

    async fn login_taken_elsewhere(
        &self,
        community: &CommunityId,
        folded: &str,
        realm: &Realm,
    ) -> StoreResult<bool> {
        Ok(self.has_login_elsewhere(community, folded, realm).await?)
    }

    async fn create_account(&self, account: NewAccount) -> StoreResult<Account> {
        Ok(self.make_account(account).await?)
    }

    async fn mark_proven(&self, account: AccountId) -> StoreResult<()> {
        Ok(self.set_proven(account).await?)
    }

    async fn refresh_profile(&self, account: AccountId, profile: &Profile) -> StoreResult<()> {
        Ok(self.update_profile(account, profile).await?)
    }

    async fn enter_front(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
        now: Timestamp,
    ) -> StoreResult<bool> {
        Ok(self.enter(account, community, front, now).await?)
    }

    async fn enter_limited_front(
        &self,
        account: AccountId,
        community: &CommunityId,
        front: &FrontId,
        most: u32,
        now: Timestamp,
    ) -> StoreResult<Entering> {
        Ok(self.enter_limited(account, community, front, most, now).await?)
    }

    async fn count_entered(&self, community: &CommunityId, front: &FrontId) -> StoreResult<u64> {
        Ok(self.entered_so_far(community, front).await?)
    }

    async fn member(&self, community: &CommunityId, account: AccountId) -> StoreResult<Option<Member>> {
        Ok(self.find_members(community, &[account]).await?.pop())
    }

    async fn members(&self, community: &CommunityId, accounts: &[AccountId]) -> StoreResult<Vec<Member>> {
        Ok(self.find_members(community, accounts).await?)
    }

    async fn roster(
        &self,
        community: &CommunityId,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<AccountPage> {
        Ok(self.roster_page(community, after, limit).await?)
    }

    async fn members_by_login(&self, community: &CommunityId, folded: &str) -> StoreResult<Vec<Member>> {
        Ok(self.find_by_login(community, folded).await?)
    }

    async fn create_session(&self, session: &SessionRecord) -> StoreResult<()> {
        Ok(self.keep_session(session).await?)
    }

    async fn create_session_within(
        &self,
        session: &SessionRecord,
        most: u32,
    ) -> StoreResult<Vec<StoredSession>> {
        Ok(self.keep_session_within(session, most).await?)
    }

    async fn session_by_token(&self, token_hash: &[u8; 32]) -> StoreResult<Option<SessionRecord>> {
        Ok(self.find_session(token_hash).await?)
    }

    async fn set_standing(&self, session: SessionId, standing: &Standing) -> StoreResult<()> {
        Ok(self.replace_standing(session, standing).await?)
    }

    async fn delete_session(&self, session: SessionId) -> StoreResult<bool> {
        Ok(self.forget_session(session).await?)
    }

    async fn touch_sessions(&self, seen: &[(SessionId, Timestamp)]) -> StoreResult<()> {
        Ok(self.touch(seen).await?)
    }

    async fn sessions_seen_since(
        &self,
        front: &FrontId,
        since: Timestamp,
    ) -> StoreResult<Vec<(SessionId, Timestamp)>> {
        Ok(self.seen_since(front, since).await?)
    }

    async fn delete_expired_sessions(&self, now: Timestamp) -> StoreResult<u64> {
        Ok(self.forget_expired(now).await?)
    }

    async fn contacts(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<Contact>> {
        Ok(self.contacts_of(community, account).await?)
    }

    async fn write_contact(&self, write: &ContactWrite) -> StoreResult<Result<Contact, ContactRefusal>> {
        Ok(self.change_contact(write).await?)
    }

    async fn seat(&self, seating: &Seating) -> StoreResult<Vec<RoomChange>> {
        Ok(self.seat_people(seating).await?)
    }

    async fn groups_from(&self, community: &CommunityId, realm: &Realm) -> StoreResult<Vec<Group>> {
        Ok(self.find_groups_from(community, realm).await?)
    }

    async fn group(&self, id: GroupId) -> StoreResult<Option<Group>> {
        Ok(self.find_group(id).await?)
    }

    async fn groups_of(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<Membership>> {
        Ok(self.memberships_of(community, account).await?)
    }

    async fn group_members(
        &self,
        id: GroupId,
        after: Option<AccountId>,
        limit: usize,
    ) -> StoreResult<Vec<(AccountId, bool)>> {
        Ok(self.people_of_group(id, after, limit).await?)
    }

    async fn open_direct(
        &self,
        community: &CommunityId,
        pair: Pair,
        id: ConversationId,
        now: Timestamp,
    ) -> StoreResult<(Conversation, bool)> {
        Ok(self.open_pair(community, pair, id, now).await?)
    }

    async fn conversation(&self, id: ConversationId) -> StoreResult<Option<Conversation>> {
        Ok(self.find_conversation(id).await?)
    }

    async fn conversation_view(
        &self,
        id: ConversationId,
        account: AccountId,
    ) -> StoreResult<Option<ConversationView>> {
        Ok(self.view(id, account).await?)
    }

    async fn conversations(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Option<ConversationPlace>,
        limit: usize,
    ) -> StoreResult<Vec<ConversationView>> {
        Ok(self.views_of(community, account, after, limit).await?)
    }

    async fn talks(&self, community: &CommunityId, account: AccountId) -> StoreResult<Vec<Conversation>> {
        Ok(self.talks_of(community, account).await?)
    }

    async fn mark_read(&self, id: ConversationId, account: AccountId, upto: Sequence) -> StoreResult<bool> {
        Ok(self.move_read_mark(id, account, upto).await?)
    }

    async fn append(&self, messages: &[Message]) -> StoreResult<()> {
        Ok(self.append_all(messages).await?)
    }

    async fn messages_by_client(&self, keys: &[ClientKey]) -> StoreResult<Vec<Message>> {
        Ok(self.sent_under(keys).await?)
    }

    async fn last_message(&self) -> StoreResult<Option<(Sequence, Timestamp)>> {
        Ok(self.newest_message().await?)
    }

    async fn history(
        &self,
        id: ConversationId,
        before: Option<Sequence>,
        limit: usize,
    ) -> StoreResult<Vec<Message>> {
        Ok(self.page_before(id, before, limit).await?)
    }

    async fn message(&self, id: ConversationId, sequence: Sequence) -> StoreResult<Option<Message>> {
        Ok(self.find_message(id, sequence).await?)
    }

    async fn messages_for(
        &self,
        community: &CommunityId,
        account: AccountId,
        after: Sequence,
        limit: usize,
    ) -> StoreResult<Vec<Message>> {
        Ok(self.after_for(community, account, after, limit).await?)
    }

    async fn messages_after(&self, after: Sequence, limit: usize) -> StoreResult<Vec<Message>> {
        Ok(self.after_in_all(after, limit).await?)
    }
}

#[async_trait]
impl NativeUsers for SqlStore {
    async fn find(&self, folded_login: &str) -> StoreResult<Option<NativeUser>> {
        Ok(self.native_by_login(folded_login).await?)
    }

    async fn get(&self, id: Uuid) -> StoreResult<Option<NativeUser>> {
        Ok(self.native_by_id(id).await?)
    }

    async fn create(&self, user: NewNativeUser) -> StoreResult<NativeUser> {
        Ok(self.make_native(user).await?)
    }

    async fn list(&self) -> StoreResult<Vec<NativeUser>> {
        Ok(self.all_natives().await?)
    }

    async fn page(&self, filter: &NativeFilter) -> StoreResult<Vec<ListedNative>> {
        Ok(self.native_page(filter).await?)
    }

    async fn set_state(&self, id: Uuid, state: NativeState) -> StoreResult<bool> {
        Ok(self.set_native_state(id, state).await?)
    }

    async fn set_password_hash(&self, id: Uuid, hash: SecretString) -> StoreResult<bool> {
        Ok(self.set_native_hash(id, &hash).await?)
    }
}
