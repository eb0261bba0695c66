use async_trait::async_trait;
use portico_core::account::Account;
use portico_core::administration::{
    AuditEntry, AuditFilter, Ban, Broadcast, Change, DayCount, Mute, Report, ReportFilter, ReportRefusal,
    Rights,
};
use portico_core::auth::{Realm, SubjectId};
use portico_core::front::FrontId;
use portico_core::ports::{
    AccountFilter, AdminSessionRecord, AdministrationStore, SessionRecord, StoreResult,
};
use portico_core::{AccountId, BroadcastId, CommunityId, ReportId, Timestamp};

use crate::sql_store::SqlStore;

#[async_trait]
impl AdministrationStore for SqlStore {
    async fn administer(&self, change: &Change, entry: AuditEntry) -> StoreResult<Option<AuditEntry>> {
        Ok(self.change_with_audit(change, &entry).await?)
    }

    async fn audit(&self, filter: &AuditFilter) -> StoreResult<Vec<AuditEntry>> {
        Ok(self.audit_page(filter).await?)
    }

    async fn administrators(&self) -> StoreResult<Vec<(AccountId, Rights)>> {
        Ok(self.all_administrators().await?)
    }

    async fn keep_admin_session(&self, session: &AdminSessionRecord) -> StoreResult<()> {
        Ok(self.insert_admin_session(session).await?)
    }

    async fn admin_session(&self, token_hash: &[u8; 32]) -> StoreResult<Option<AdminSessionRecord>> {
        Ok(self.find_admin_session(token_hash).await?)
    }

    async fn forget_admin_session(&self, token_hash: &[u8; 32]) -> StoreResult<()> {
        Ok(self.delete_admin_session(token_hash).await?)
    }

    async fn forget_expired_admin_sessions(&self, now: Timestamp) -> StoreResult<()> {
        Ok(self.delete_expired_admin_sessions(now).await?)
    }

    async fn bans(&self) -> StoreResult<Vec<Ban>> {
        Ok(self.all_bans().await?)
    }

    async fn mutes(&self) -> StoreResult<Vec<Mute>> {
        Ok(self.all_mutes().await?)
    }

    async fn file_report(
        &self,
        report: &Report,
        most: usize,
        since: Timestamp,
    ) -> StoreResult<Result<(), ReportRefusal>> {
        Ok(self.insert_report(report, most, since).await?)
    }

    async fn report(&self, id: ReportId) -> StoreResult<Option<Report>> {
        Ok(self.find_report(id).await?)
    }

    async fn reports(&self, filter: &ReportFilter) -> StoreResult<Vec<Report>> {
        Ok(self.report_page(filter).await?)
    }

    async fn begin_broadcast(&self, broadcast: &Broadcast) -> StoreResult<()> {
        Ok(self.insert_broadcast(broadcast).await?)
    }

    async fn keep_broadcast(&self, broadcast: &Broadcast) -> StoreResult<()> {
        Ok(self.update_broadcast(broadcast).await?)
    }

    async fn unfinished_broadcasts(&self) -> StoreResult<Vec<Broadcast>> {
        Ok(self.broadcasts_under_way().await?)
    }

    async fn broadcasts(&self, before: Option<BroadcastId>, limit: usize) -> StoreResult<Vec<Broadcast>> {
        Ok(self.broadcast_page(before, limit).await?)
    }

    async fn broadcast(&self, id: BroadcastId) -> StoreResult<Option<Broadcast>> {
        Ok(self.find_broadcast(id).await?)
    }

    async fn account(&self, id: AccountId) -> StoreResult<Option<Account>> {
        Ok(self.find_account(id).await?)
    }

    async fn accounts_of(
        &self,
        realm: &Realm,
        subjects: &[SubjectId],
    ) -> StoreResult<Vec<(SubjectId, AccountId)>> {
        Ok(self.linked_accounts(realm, subjects).await?)
    }

    async fn accounts_numbered(&self, ids: &[AccountId]) -> StoreResult<Vec<Account>> {
        Ok(self.find_accounts_numbered(ids).await?)
    }

    async fn find_accounts(&self, filter: &AccountFilter) -> StoreResult<Vec<Account>> {
        Ok(self.account_page(filter).await?)
    }

    async fn entered(&self, accounts: &[AccountId]) -> StoreResult<Vec<(AccountId, CommunityId, FrontId)>> {
        Ok(self.fronts_entered(accounts).await?)
    }

    async fn sessions_of(&self, account: AccountId, now: Timestamp) -> StoreResult<Vec<SessionRecord>> {
        Ok(self.all_sessions_of(account, now).await?)
    }

    async fn sessions_at(
        &self,
        front: &FrontId,
        after: Option<AccountId>,
        now: Timestamp,
        limit: usize,
    ) -> StoreResult<Vec<SessionRecord>> {
        Ok(self.all_sessions_at(front, after, now, limit).await?)
    }

    async fn add_statistics(
        &self,
        counts: &[DayCount],
        people: &[(String, FrontId, AccountId)],
    ) -> StoreResult<()> {
        Ok(self.add_counts(counts, people).await?)
    }

    async fn statistics(&self, from: &str, to: &str, front: Option<&FrontId>) -> StoreResult<Vec<DayCount>> {
        Ok(self.counts_between(from, to, front).await?)
    }
}
