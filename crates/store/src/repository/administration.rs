//! What administrators look at: bans, mutes, reports, texts to many, people and their sessions.

use portico_core::account::{Account, AccountState};
use portico_core::administration::{Ban, Broadcast, Mute, Report, ReportFilter, ReportRefusal, Rights};
use portico_core::auth::{Realm, SubjectId};
use portico_core::front::FrontId;
use portico_core::ports::{AccountFilter, AdminSessionRecord, SessionRecord};
use portico_core::{AccountId, BroadcastId, CommunityId, ReportId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::accounts::account_of;
use super::administer::{add_broadcast, read, rights_of, written};
use super::{CHUNK, beginning, community_id, front_id, moment, rows};
use crate::entity::{
    account, account_life, account_role, admin_session, administrator, ban, broadcast, entered_front,
    identity, mute, report, session,
};
use crate::failure::{Failure, Sql, retried};
use crate::key::Key;
use crate::sql_store::SqlStore;

impl SqlStore {
    pub(crate) async fn all_administrators(&self) -> Sql<Vec<(AccountId, Rights)>> {
        let all = administrator::Entity::find().all(self.reader()?).await?;
        all.into_iter().map(|row| Ok((AccountId::from_uuid(row.account), rights_of(&row.rights)?))).collect()
    }

    pub(crate) async fn insert_admin_session(&self, record: &AdminSessionRecord) -> Sql<()> {
        let row = admin_session::ActiveModel {
            token_hash: Set(record.token_hash.to_vec()),
            account: Set(record.account.as_uuid()),
            stamp: Set(record.stamp.as_str().into()),
            created_at: Set(record.created_at.as_millis()),
            expires_at: Set(record.expires_at.as_millis()),
        };
        admin_session::Entity::insert(row).exec_without_returning(self.writer()?).await?;
        Ok(())
    }

    pub(crate) async fn find_admin_session(&self, hash: &[u8; 32]) -> Sql<Option<AdminSessionRecord>> {
        let found = admin_session::Entity::find_by_id(hash.to_vec()).one(self.reader()?).await?;
        Ok(found.map(|row| AdminSessionRecord {
            token_hash: *hash,
            account: AccountId::from_uuid(row.account),
            stamp: row.stamp.0,
            created_at: moment(row.created_at),
            expires_at: moment(row.expires_at),
        }))
    }

    pub(crate) async fn delete_admin_session(&self, hash: &[u8; 32]) -> Sql<()> {
        admin_session::Entity::delete_by_id(hash.to_vec()).exec(self.writer()?).await?;
        Ok(())
    }

    pub(crate) async fn delete_expired_admin_sessions(&self, now: Timestamp) -> Sql<()> {
        let over = admin_session::Entity::delete_many()
            .filter(admin_session::Column::ExpiresAt.lte(now.as_millis()));
        over.exec(self.writer()?).await?;
        Ok(())
    }

    pub(crate) async fn all_bans(&self) -> Sql<Vec<Ban>> {
        ban::Entity::find().all(self.reader()?).await?.iter().map(|row| read(&row.ban)).collect()
    }

    pub(crate) async fn all_mutes(&self) -> Sql<Vec<Mute>> {
        mute::Entity::find().all(self.reader()?).await?.iter().map(|row| read(&row.mute)).collect()
    }

    pub(crate) async fn insert_report(
        &self,
        new: &Report,
        most: usize,
        since: Timestamp,
    ) -> Sql<Result<(), ReportRefusal>> {
        match retried(|| self.try_insert_report(new, most, since)).await {
            Err(failure) if failure.is_conflict() => Ok(Err(ReportRefusal::Repeated)),
            outcome => outcome,
        }
    }

    async fn try_insert_report(
        &self,
        new: &Report,
        most: usize,
        since: Timestamp,
    ) -> Sql<Result<(), ReportRefusal>> {
        let txn = self.begin().await?;
        // The reporter's own row is locked: their parallel reports are counted one after the other.
        let mut own = account::Entity::find_by_id(new.reporter.as_uuid());
        if self.serves() && self.kind() != crate::Kind::Sqlite {
            own = own.lock_exclusive();
        }
        own.one(&txn).await?;
        let theirs = report::Entity::find().filter(report::Column::Reporter.eq(new.reporter.as_uuid()));
        let same = theirs.clone().filter(report::Column::Target.eq(Key(new.target.key())));
        if same.count(&txn).await? > 0 {
            txn.rollback().await?;
            return Ok(Err(ReportRefusal::Repeated));
        }
        let recent = theirs
            .filter(report::Column::CreatedAt.gt(since.as_millis()))
            .order_by_asc(report::Column::CreatedAt)
            .limit(rows(most))
            .all(&txn)
            .await?;
        if let (Some(oldest), true) = (recent.first(), recent.len() >= most) {
            let oldest = moment(oldest.created_at);
            txn.rollback().await?;
            return Ok(Err(ReportRefusal::TooMany { oldest }));
        }
        let row = report::ActiveModel {
            id: Set(new.id.as_uuid()),
            front: Set(new.front.as_str().into()),
            reporter: Set(new.reporter.as_uuid()),
            target: Set(Key(new.target.key())),
            waits: Set(new.closed.is_none()),
            created_at: Set(new.created_at.as_millis()),
            report: Set(written(new)?),
        };
        report::Entity::insert(row).exec_without_returning(&txn).await?;
        txn.commit().await?;
        Ok(Ok(()))
    }

    pub(crate) async fn find_report(&self, id: ReportId) -> Sql<Option<Report>> {
        let found = report::Entity::find_by_id(id.as_uuid()).one(self.reader()?).await?;
        found.map(|row| read(&row.report)).transpose()
    }

    pub(crate) async fn report_page(&self, filter: &ReportFilter) -> Sql<Vec<Report>> {
        let mut wanted = Condition::all();
        if let Some(front) = &filter.front {
            wanted = wanted.add(report::Column::Front.eq(Key::from(front.as_str())));
        }
        if let Some(open) = filter.open {
            wanted = wanted.add(report::Column::Waits.eq(open));
        }
        if let Some(after) = filter.after {
            wanted = wanted.add(report::Column::Id.gt(after.as_uuid()));
        }
        let page =
            report::Entity::find().filter(wanted).order_by_asc(report::Column::Id).limit(rows(filter.limit));
        page.all(self.reader()?).await?.iter().map(|row| read(&row.report)).collect()
    }

    pub(crate) async fn insert_broadcast(&self, new: &Broadcast) -> Sql<()> {
        add_broadcast(self.writer()?, new).await
    }

    pub(crate) async fn update_broadcast(&self, kept: &Broadcast) -> Sql<()> {
        let update = broadcast::Entity::update_many()
            .col_expr(broadcast::Column::Done, Expr::value(kept.done))
            .col_expr(broadcast::Column::Broadcast, Expr::value(written(kept)?))
            .filter(broadcast::Column::Id.eq(kept.id.as_uuid()));
        update.exec(self.writer()?).await?;
        Ok(())
    }

    pub(crate) async fn broadcasts_under_way(&self) -> Sql<Vec<Broadcast>> {
        let waiting = broadcast::Entity::find()
            .filter(broadcast::Column::Done.eq(false))
            .order_by_asc(broadcast::Column::Id);
        waiting.all(self.reader()?).await?.iter().map(|row| read(&row.broadcast)).collect()
    }

    pub(crate) async fn broadcast_page(
        &self,
        before: Option<BroadcastId>,
        limit: usize,
    ) -> Sql<Vec<Broadcast>> {
        let mut page = broadcast::Entity::find().order_by_desc(broadcast::Column::Id).limit(rows(limit));
        if let Some(before) = before {
            page = page.filter(broadcast::Column::Id.lt(before.as_uuid()));
        }
        page.all(self.reader()?).await?.iter().map(|row| read(&row.broadcast)).collect()
    }

    pub(crate) async fn find_broadcast(&self, id: BroadcastId) -> Sql<Option<Broadcast>> {
        let found = broadcast::Entity::find_by_id(id.as_uuid()).one(self.reader()?).await?;
        found.map(|row| read(&row.broadcast)).transpose()
    }

    pub(crate) async fn find_account(&self, id: AccountId) -> Sql<Option<Account>> {
        account::Entity::find_by_id(id.as_uuid()).one(self.reader()?).await?.map(account_of).transpose()
    }

    pub(crate) async fn linked_accounts(
        &self,
        realm: &Realm,
        subjects: &[SubjectId],
    ) -> Sql<Vec<(SubjectId, AccountId)>> {
        let mut found = Vec::with_capacity(subjects.len());
        for some in subjects.chunks(CHUNK) {
            let some = some.iter().map(|subject| Key::from(subject.as_str()));
            let links = identity::Entity::find()
                .select_only()
                .columns([identity::Column::Subject, identity::Column::Account])
                .filter(identity::Column::Realm.eq(Key::from(realm.as_str())))
                .filter(identity::Column::Subject.is_in(some))
                .filter(identity::Column::Live.eq(1))
                .into_tuple::<(Key, Uuid)>();
            for (subject, account) in links.all(self.reader()?).await? {
                let subject =
                    SubjectId::new(subject.0).map_err(|_| Failure::broken("a subject that can't be one"))?;
                found.push((subject, AccountId::from_uuid(account)));
            }
        }
        Ok(found)
    }

    pub(crate) async fn find_accounts_numbered(&self, ids: &[AccountId]) -> Sql<Vec<Account>> {
        let mut accounts = Vec::with_capacity(ids.len());
        for some in ids.chunks(CHUNK) {
            let ids = some.iter().map(AccountId::as_uuid);
            let found = account::Entity::find().filter(account::Column::Id.is_in(ids));
            for row in found.all(self.reader()?).await? {
                accounts.push(account_of(row)?);
            }
        }
        Ok(accounts)
    }

    pub(crate) async fn account_page(&self, filter: &AccountFilter) -> Sql<Vec<Account>> {
        let mut wanted = Condition::all().add(account::Column::RetiredAt.is_null());
        if let Some(login) = &filter.login {
            wanted = wanted.add(Expr::col(account::Column::FoldedLogin).like(beginning(login)));
        }
        if let Some(realm) = &filter.realm {
            wanted = wanted.add(account::Column::Realm.eq(Key::from(realm.as_str())));
        }
        if let Some(front) = &filter.front {
            let here = Query::select()
                .column(entered_front::Column::Account)
                .from(entered_front::Entity)
                .and_where(Expr::col(entered_front::Column::Front).eq(Key::from(front.as_str())))
                .take();
            wanted = wanted.add(account::Column::Id.in_subquery(here));
        }
        if filter.state.is_some() || filter.unused_since.is_some() {
            wanted = wanted.add(account::Column::Id.in_subquery(living(filter)));
        }
        if let Some(role) = &filter.role {
            let given = Query::select()
                .column(account_role::Column::Account)
                .from(account_role::Entity)
                .and_where(Expr::col(account_role::Column::Role).eq(Key::from(role.as_str())))
                .take();
            wanted = wanted.add(account::Column::Id.in_subquery(given));
        }
        if let Some(after) = filter.after {
            wanted = wanted.add(account::Column::Id.gt(after.as_uuid()));
        }
        let page = account::Entity::find()
            .filter(wanted)
            .order_by_asc(account::Column::Id)
            .limit(rows(filter.limit));
        page.all(self.reader()?).await?.into_iter().map(account_of).collect()
    }

    pub(crate) async fn fronts_entered(
        &self,
        accounts: &[AccountId],
    ) -> Sql<Vec<(AccountId, CommunityId, FrontId)>> {
        let mut entered = Vec::with_capacity(accounts.len());
        for some in accounts.chunks(CHUNK) {
            let theirs = entered_front::Entity::find()
                .filter(entered_front::Column::Account.is_in(some.iter().map(AccountId::as_uuid)))
                .order_by_asc(entered_front::Column::Community)
                .order_by_asc(entered_front::Column::Front);
            for row in theirs.all(self.reader()?).await? {
                let person = AccountId::from_uuid(row.account);
                entered.push((person, community_id(&row.community)?, front_id(&row.front)?));
            }
        }
        Ok(entered)
    }

    pub(crate) async fn all_sessions_of(&self, id: AccountId, now: Timestamp) -> Sql<Vec<SessionRecord>> {
        let theirs = session::Entity::find()
            .filter(session::Column::Account.eq(id.as_uuid()))
            .filter(session::Column::ExpiresAt.gt(now.as_millis()))
            .order_by_desc(session::Column::Id);
        self.records(theirs.all(self.reader()?).await?)
    }

    pub(crate) async fn all_sessions_at(
        &self,
        front: &FrontId,
        after: Option<AccountId>,
        now: Timestamp,
        limit: usize,
    ) -> Sql<Vec<SessionRecord>> {
        let mut here = session::Entity::find()
            .filter(session::Column::Front.eq(Key::from(front.as_str())))
            .filter(session::Column::ExpiresAt.gt(now.as_millis()))
            .order_by_asc(session::Column::Account)
            .order_by_asc(session::Column::Id)
            .limit(rows(limit));
        if let Some(after) = after {
            here = here.filter(session::Column::Account.gt(after.as_uuid()));
        }
        self.records(here.all(self.reader()?).await?)
    }

    /// Sessions from before their standing was kept tell nothing here.
    fn records(&self, found: Vec<session::Model>) -> Sql<Vec<SessionRecord>> {
        let mut records = Vec::with_capacity(found.len());
        for mut row in found {
            let Some(standing) = row.standing.take() else { continue };
            let standing = serde_json::from_str(&standing)
                .map_err(|_| Failure::broken("what a session rests on can't be read"))?;
            records.push(super::sessions::record_of(row, standing)?);
        }
        Ok(records)
    }
}

/// The accounts in a state, or not used since a time.
fn living(filter: &AccountFilter) -> sea_orm::sea_query::SelectStatement {
    use account_life::Column::{ActiveAt, CreatedAt, Id, State};
    let mut found = Query::select();
    found.column(Id).from(account_life::Entity);
    match filter.state {
        Some(AccountState::Active) => _ = found.and_where(Expr::col(State).is_null()),
        Some(other) => _ = found.and_where(Expr::col(State).eq(Key::from(other.as_str()))),
        None => {}
    }
    if let Some(before) = filter.unused_since {
        let before = before.as_millis();
        let never = Expr::col(ActiveAt).is_null().and(Expr::col(CreatedAt).lt(before));
        found.and_where(Expr::col(ActiveAt).lt(before).or(never));
    }
    found
}
