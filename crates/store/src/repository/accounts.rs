//! Accounts and their links.

use portico_core::account::{Account, Profile, fold_login};
use portico_core::auth::{Realm, SubjectId};
use portico_core::ports::{NewAccount, StoredIdentity};
use portico_core::{AccountId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, FromQueryResult, Iterable, QueryFilter,
};

use super::account_life::begin_life;
use super::moment;
use crate::entity::{account, identity, session};
use crate::failure::{Failure, Sql, retried};
use crate::key::Key;
use crate::sql_store::{SqlStore, one};

/// An account with its registration time over there.
#[derive(Debug, FromQueryResult)]
struct Linked {
    #[sea_orm(nested)]
    account: account::Model,
    registered_at: Option<i64>,
}

impl SqlStore {
    pub(crate) async fn find_identity(
        &self,
        realm: &Realm,
        subject: &SubjectId,
    ) -> Sql<Option<StoredIdentity>> {
        let query = Query::select()
            .columns(account::Column::iter().map(|column| (account::Entity, column)))
            .column((identity::Entity, identity::Column::RegisteredAt))
            .from(identity::Entity)
            .inner_join(
                account::Entity,
                Expr::col((account::Entity, account::Column::Id))
                    .equals((identity::Entity, identity::Column::Account)),
            )
            .and_where(Expr::col((identity::Entity, identity::Column::Realm)).eq(realm.as_str()))
            .and_where(Expr::col((identity::Entity, identity::Column::Subject)).eq(subject.as_str()))
            .and_where(Expr::col((identity::Entity, identity::Column::Live)).eq(1))
            .take();
        let Some(linked) = one::<Linked, _, _>(self.reader()?, &query).await? else {
            return Ok(None);
        };
        let account = account_of(linked.account)?;
        Ok(Some(StoredIdentity { account, registered_at: linked.registered_at.map(moment) }))
    }

    pub(crate) async fn make_account(&self, new: NewAccount) -> Sql<Account> {
        retried(|| self.try_make_account(&new)).await?;
        let NewAccount { id, realm, subject, profile, proven, created_at, .. } = new;
        Ok(Account { id, realm, subject, profile, proven, created_at })
    }

    async fn try_make_account(&self, new: &NewAccount) -> Sql<()> {
        let txn = self.begin().await?;
        if let Some(replaced) = new.replaces {
            retire(&txn, replaced, new.created_at).await?;
        }
        let row = row_of(new);
        account::Entity::insert(row).exec_without_returning(&txn).await?;
        begin_life(&txn, new.id, new.pending, new.created_at).await?;
        let link = identity::ActiveModel {
            realm: Set(new.realm.as_str().into()),
            subject: Set(new.subject.as_str().into()),
            account: Set(new.id.as_uuid()),
            registered_at: Set(new.registered_at.map(Timestamp::as_millis)),
            linked_at: Set(new.created_at.as_millis()),
            retired_at: Set(None),
            live: Set(Some(1)),
        };
        identity::Entity::insert(link).exec_without_returning(&txn).await?;
        Ok(txn.commit().await?)
    }

    pub(crate) async fn set_proven(&self, id: AccountId) -> Sql<()> {
        retried(|| self.try_set_proven(id)).await
    }

    async fn try_set_proven(&self, id: AccountId) -> Sql<()> {
        let txn = self.begin().await?;
        let update = account::Entity::update_many()
            .col_expr(account::Column::Proven, Expr::value(true))
            .filter(account::Column::Id.eq(id.as_uuid()))
            .filter(account::Column::Proven.eq(false));
        if update.exec(&txn).await?.rows_affected > 0 {
            session::Entity::delete_many()
                .filter(session::Column::Account.eq(id.as_uuid()))
                .exec(&txn)
                .await?;
        }
        Ok(txn.commit().await?)
    }

    pub(crate) async fn update_profile(&self, id: AccountId, profile: &Profile) -> Sql<()> {
        write_profile(self.writer()?, id, profile).await
    }
}

/// The row of a new account.
pub(super) fn row_of(new: &NewAccount) -> account::ActiveModel {
    let (login, folded_login) = folded(&new.profile);
    account::ActiveModel {
        id: Set(new.id.as_uuid()),
        realm: Set(new.realm.as_str().into()),
        subject: Set(new.subject.as_str().into()),
        login: Set(login),
        folded_login: Set(folded_login),
        display_name: Set(new.profile.display_name.clone()),
        email: Set(new.profile.email.clone()),
        avatar: Set(new.profile.avatar.clone()),
        profile_url: Set(new.profile.profile_url.clone()),
        created_at: Set(new.created_at.as_millis()),
        proven: Set(new.proven),
        retired_at: Set(None),
        colour: Set(new.profile.colour.clone()),
        language: Set(new.profile.language.clone()),
        timezone: Set(new.profile.timezone.clone()),
        folded_name: Set(Some(fold_login(&new.profile.display_name))),
    }
}

/// Replaces what is shown of a person.
pub(super) async fn write_profile(db: &impl ConnectionTrait, id: AccountId, profile: &Profile) -> Sql<()> {
    let (login, folded_login) = folded(profile);
    let update = account::Entity::update_many()
        .col_expr(account::Column::Login, Expr::value(login))
        .col_expr(account::Column::FoldedLogin, Expr::value(folded_login))
        .col_expr(account::Column::DisplayName, Expr::value(profile.display_name.clone()))
        .col_expr(account::Column::Email, Expr::value(profile.email.clone()))
        .col_expr(account::Column::Avatar, Expr::value(profile.avatar.clone()))
        .col_expr(account::Column::ProfileUrl, Expr::value(profile.profile_url.clone()))
        .col_expr(account::Column::Colour, Expr::value(profile.colour.clone()))
        .col_expr(account::Column::Language, Expr::value(profile.language.clone()))
        .col_expr(account::Column::Timezone, Expr::value(profile.timezone.clone()))
        .col_expr(account::Column::FoldedName, Expr::value(fold_login(&profile.display_name)))
        .filter(account::Column::Id.eq(id.as_uuid()));
    match update.exec(db).await?.rows_affected {
        0 => Err(Failure::broken("there is no such account")),
        _ => Ok(()),
    }
}

/// Makes an account's links tombstones.
async fn retire(db: &impl ConnectionTrait, account: AccountId, now: Timestamp) -> Sql<()> {
    identity::Entity::update_many()
        .col_expr(identity::Column::Live, Expr::value(None::<i16>))
        .col_expr(identity::Column::RetiredAt, Expr::value(now.as_millis()))
        .filter(identity::Column::Account.eq(account.as_uuid()))
        .filter(identity::Column::Live.eq(1))
        .exec(db)
        .await?;
    account::Entity::update_many()
        .col_expr(account::Column::RetiredAt, Expr::value(now.as_millis()))
        .filter(account::Column::Id.eq(account.as_uuid()))
        .exec(db)
        .await?;
    Ok(())
}

fn folded(profile: &Profile) -> (String, Key) {
    (profile.login.clone(), Key(fold_login(&profile.login)))
}

/// The account of a row.
pub(super) fn account_of(row: account::Model) -> Sql<Account> {
    let broken = |_| Failure::broken("an account has a realm or subject that can't be one");
    Ok(Account {
        id: AccountId::from_uuid(row.id),
        realm: Realm::new(&row.realm.0).map_err(broken)?,
        subject: SubjectId::new(row.subject.0).map_err(broken)?,
        profile: Profile {
            login: row.login,
            display_name: row.display_name,
            email: row.email,
            avatar: row.avatar,
            profile_url: row.profile_url,
            colour: row.colour,
            language: row.language,
            timezone: row.timezone,
        },
        proven: row.proven,
        created_at: moment(row.created_at),
    })
}
