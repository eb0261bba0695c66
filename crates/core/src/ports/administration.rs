use async_trait::async_trait;

use crate::account::{Account, AccountState};
use crate::administration::{
    AuditEntry, AuditFilter, Ban, Broadcast, Change, DayCount, Mute, Report, ReportFilter, ReportRefusal,
    Rights,
};
use crate::auth::{Realm, SubjectId};
use crate::front::FrontId;
use crate::ports::{SessionRecord, StoreResult};
use crate::{AccountId, BroadcastId, CommunityId, ReportId, Timestamp};

/// What administration keeps: the audit log, bans and mutes, reports, rights, texts to many, statistics.
#[async_trait]
pub trait AdministrationStore: std::fmt::Debug + Send + Sync {
    // --- acts, and their log ----------------------------------------------------------------------------------

    /// Does `change` and writes `entry` in one transaction, with what there was before and is after. Returns the entry
    /// as written; `None` when there was nothing to change: nothing is written then.
    async fn administer(&self, change: &Change, entry: AuditEntry) -> StoreResult<Option<AuditEntry>>;

    /// The entries that a filter takes, newest first.
    async fn audit(&self, filter: &AuditFilter) -> StoreResult<Vec<AuditEntry>>;

    // --- administrators ---------------------------------------------------------------------------------------

    /// Whose rights are written down.
    async fn administrators(&self) -> StoreResult<Vec<(AccountId, Rights)>>;

    /// Keeps a session of the administration.
    async fn keep_admin_session(&self, session: &AdminSessionRecord) -> StoreResult<()>;

    /// The session of the administration whose token has this SHA-256.
    async fn admin_session(&self, token_hash: &[u8; 32]) -> StoreResult<Option<AdminSessionRecord>>;

    /// Forgets a session of the administration.
    async fn forget_admin_session(&self, token_hash: &[u8; 32]) -> StoreResult<()>;

    /// Forgets the sessions of the administration that expired before `now`.
    async fn forget_expired_admin_sessions(&self, now: Timestamp) -> StoreResult<()>;

    // --- moderation -------------------------------------------------------------------------------------------

    /// All bans.
    async fn bans(&self) -> StoreResult<Vec<Ban>>;

    /// All mutes.
    async fn mutes(&self) -> StoreResult<Vec<Mute>>;

    /// Files a report, unless its reporter has reported the same before, or `most` since `since`: both are looked at in
    /// the same transaction.
    async fn file_report(
        &self,
        report: &Report,
        most: usize,
        since: Timestamp,
    ) -> StoreResult<Result<(), ReportRefusal>>;

    /// A report.
    async fn report(&self, id: ReportId) -> StoreResult<Option<Report>>;

    /// The reports that a filter takes, oldest first.
    async fn reports(&self, filter: &ReportFilter) -> StoreResult<Vec<Report>>;

    // --- texts to many ----------------------------------------------------------------------------------------

    /// Begins a text to many that is nobody's act: without a line of the audit log.
    async fn begin_broadcast(&self, broadcast: &Broadcast) -> StoreResult<()>;

    /// Writes down how far a text to many has come.
    async fn keep_broadcast(&self, broadcast: &Broadcast) -> StoreResult<()>;

    /// Those that are on their way.
    async fn unfinished_broadcasts(&self) -> StoreResult<Vec<Broadcast>>;

    /// Texts to many after `before`, newest first.
    async fn broadcasts(&self, before: Option<BroadcastId>, limit: usize) -> StoreResult<Vec<Broadcast>>;

    /// One of them.
    async fn broadcast(&self, id: BroadcastId) -> StoreResult<Option<Broadcast>>;

    // --- people -----------------------------------------------------------------------------------------------

    /// An account, whatever its state.
    async fn account(&self, id: AccountId) -> StoreResult<Option<Account>>;

    /// Which of these subjects of a realm have an account, in no order.
    async fn accounts_of(
        &self,
        realm: &Realm,
        subjects: &[SubjectId],
    ) -> StoreResult<Vec<(SubjectId, AccountId)>>;

    /// Those of these accounts (at most 1,000) that there are, whatever their state, in no particular order.
    async fn accounts_numbered(&self, ids: &[AccountId]) -> StoreResult<Vec<Account>>;

    /// Accounts that have entered, by id.
    async fn find_accounts(&self, filter: &AccountFilter) -> StoreResult<Vec<Account>>;

    /// The fronts that these accounts (at most 1,000) have entered, by community and front.
    async fn entered(&self, accounts: &[AccountId]) -> StoreResult<Vec<(AccountId, CommunityId, FrontId)>>;

    /// The sessions of an account that have not expired, newest first.
    async fn sessions_of(&self, account: AccountId, now: Timestamp) -> StoreResult<Vec<SessionRecord>>;

    /// The sessions at a front that have not expired, by account, beginning after `after`.
    async fn sessions_at(
        &self,
        front: &FrontId,
        after: Option<AccountId>,
        now: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<SessionRecord>>;

    // --- statistics -------------------------------------------------------------------------------------------

    /// Adds what was counted to what is kept, in one transaction. `people` are those who were seen for the first time
    /// in this run of the server; those who had been counted that day before are not counted again.
    async fn add_statistics(
        &self,
        counts: &[DayCount],
        people: &[(String, FrontId, AccountId)],
    ) -> StoreResult<()>;

    /// What was counted from day `from` to day `to`, both included.
    async fn statistics(&self, from: &str, to: &str, front: Option<&FrontId>) -> StoreResult<Vec<DayCount>>;
}

/// A session of the administration as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdminSessionRecord {
    /// SHA-256 of its token.
    pub token_hash: [u8; 32],
    /// Whose it is.
    pub account: AccountId,
    /// Of the secret that it was opened with: another secret, no session.
    pub stamp: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// Which accounts are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// The folded login begins with this.
    pub login: Option<String>,
    /// Where they come from.
    pub realm: Option<Realm>,
    /// They have entered this front.
    pub front: Option<FrontId>,
    /// Whether they can be used.
    pub state: Option<AccountState>,
    /// Nobody has used them since: last used, or if that isn't known made, before this.
    pub unused_since: Option<Timestamp>,
    /// An administrator has given them this role, in any community.
    pub role: Option<String>,
    /// After this one.
    pub after: Option<AccountId>,
    /// At most so many.
    pub limit: usize,
}
