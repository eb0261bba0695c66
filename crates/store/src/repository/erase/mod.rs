//! Somebody leaves: the person is out at once, and what belongs to them goes in small steps.

mod columns;
mod reactions;

use portico_core::account::{AccountState, LEFT_NAME, OwnMessages, fold_login};
use portico_core::auth::Realm;
use portico_core::{AccountId, Timestamp};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use super::removal::{newest, remove};
use super::{moment, rows};
use crate::entity::{
    account, account_life, conference_invitation, conversation, conversation_member, identity, member,
    message, native_passkey, native_past_password, native_recovery_code, native_second_factor, native_token,
    native_user, session,
};
use crate::failure::{Sql, retried};
use crate::key::Key;
use crate::sql_store::SqlStore;
use columns::{COLUMNS, Fate};

impl SqlStore {
    pub(crate) async fn begin_to_leave(
        &self,
        account: AccountId,
        messages: OwnMessages,
        now: Timestamp,
    ) -> Sql<bool> {
        retried(|| self.try_begin_to_leave(account, messages, now)).await
    }

    async fn try_begin_to_leave(&self, id: AccountId, messages: OwnMessages, now: Timestamp) -> Sql<bool> {
        let txn = self.begin().await?;
        let begun = self.begin_to_leave_in(&txn, id, messages, now).await?;
        if begun {
            txn.commit().await?
        } else {
            txn.rollback().await?
        }
        Ok(begun)
    }

    /// The same, in somebody's transaction.
    pub(super) async fn begin_to_leave_in(
        &self,
        txn: &DatabaseTransaction,
        id: AccountId,
        messages: OwnMessages,
        now: Timestamp,
    ) -> Sql<bool> {
        if account::Entity::find_by_id(id.as_uuid()).one(txn).await?.is_none() {
            return Ok(false);
        }
        self.lock_account(txn, id).await?;
        let uuid = id.as_uuid();
        let (Some(row), Some(life)) = (
            account::Entity::find_by_id(uuid).one(txn).await?,
            account_life::Entity::find_by_id(uuid).one(txn).await?,
        ) else {
            return Ok(false);
        };
        let gone = [AccountState::Leaving, AccountState::Left].map(|state| Key::from(state.as_str()));
        if life.state.is_some_and(|state| gone.contains(&state)) {
            return Ok(false);
        }
        session::Entity::delete_many().filter(session::Column::Account.eq(uuid)).exec(txn).await?;
        identity::Entity::delete_many().filter(identity::Column::Account.eq(uuid)).exec(txn).await?;
        if row.realm.0 == Realm::NATIVE
            && let Ok(user) = Uuid::try_parse(&row.subject.0)
        {
            delete_native(txn, user).await?;
        }
        take_the_name(txn, id, row.retired_at.map_or(now, moment)).await?;
        let deletes = (messages == OwnMessages::Delete).then_some(1_i64);
        account_life::Entity::update_many()
            .col_expr(account_life::Column::State, Expr::value(Key::from(AccountState::Leaving.as_str())))
            .col_expr(account_life::Column::StateReason, Expr::value(None::<String>))
            .col_expr(account_life::Column::StateUntil, Expr::value(None::<i64>))
            .col_expr(account_life::Column::DeletesMessages, Expr::value(deletes))
            .filter(account_life::Column::Id.eq(uuid))
            .exec(txn)
            .await?;
        Ok(true)
    }

    pub(crate) async fn erase_more(&self, account: AccountId, limit: usize) -> Sql<bool> {
        retried(|| self.try_erase_more(account, limit)).await
    }

    async fn try_erase_more(&self, account: AccountId, limit: usize) -> Sql<bool> {
        let txn = self.begin().await?;
        self.lock_account(&txn, account).await?;
        let uuid = account.as_uuid();
        let leaving = Key::from(AccountState::Leaving.as_str());
        let life = account_life::Entity::find_by_id(uuid).one(&txn).await?;
        let Some(life) = life.filter(|life| life.state.as_ref() == Some(&leaving)) else {
            txn.rollback().await?;
            return Ok(true);
        };
        if life.deletes_messages.is_some() {
            let step = limit.min(super::CHUNK);
            if delete_messages(&txn, uuid, step).await? == step {
                txn.commit().await?;
                return Ok(false);
            }
        }
        if self.take_back_reactions(&txn, uuid, limit).await? {
            txn.commit().await?;
            return Ok(false);
        }
        let communities: Vec<Key> = member::Entity::find()
            .filter(member::Column::Account.eq(uuid))
            .all(&txn)
            .await?
            .into_iter()
            .map(|member| member.community)
            .collect();
        if life.deletes_messages.is_some() {
            delete_shouts_and_files(&txn, uuid).await?;
        }
        self.pass_groups_on(&txn, uuid).await?;
        leave_rooms(&txn, uuid).await?;
        for (table, column, fate) in COLUMNS {
            apply(&txn, uuid, &communities, table, column, *fate).await?;
        }
        account_life::Entity::update_many()
            .col_expr(account_life::Column::State, Expr::value(Key::from(AccountState::Left.as_str())))
            .col_expr(account_life::Column::DeletesMessages, Expr::value(None::<i64>))
            .filter(account_life::Column::Id.eq(uuid))
            .exec(&txn)
            .await?;
        txn.commit().await?;
        Ok(true)
    }
}

/// What is shown of the person from now on, to those who keep messages or conversations.
async fn take_the_name(txn: &DatabaseTransaction, id: AccountId, retired_at: Timestamp) -> Sql<()> {
    let nobody = format!("left:{id}");
    let mut update = account::Entity::update_many()
        .col_expr(account::Column::Subject, Expr::value(Key::from(nobody.as_str())))
        .col_expr(account::Column::Login, Expr::value(LEFT_NAME))
        .col_expr(account::Column::FoldedLogin, Expr::value(Key(fold_login(&nobody))))
        .col_expr(account::Column::DisplayName, Expr::value(LEFT_NAME))
        .col_expr(account::Column::RetiredAt, Expr::value(retired_at.as_millis()))
        .filter(account::Column::Id.eq(id.as_uuid()));
    use account::Column::{Avatar, Colour, Email, Language, ProfileUrl, Timezone};
    update = update.col_expr(account::Column::FoldedName, Expr::value(None::<String>));
    for column in [Avatar, Colour, Email, Language, ProfileUrl, Timezone] {
        update = update.col_expr(column, Expr::value(None::<String>));
    }
    update.exec(txn).await?;
    Ok(())
}

/// An account of Portico's own with all its secrets.
pub(super) async fn delete_native(txn: &DatabaseTransaction, user: Uuid) -> Sql<()> {
    native_past_password::Entity::delete_many()
        .filter(native_past_password::Column::UserId.eq(user))
        .exec(txn)
        .await?;
    native_token::Entity::delete_many().filter(native_token::Column::UserId.eq(user)).exec(txn).await?;
    native_recovery_code::Entity::delete_many()
        .filter(native_recovery_code::Column::UserId.eq(user))
        .exec(txn)
        .await?;
    native_passkey::Entity::delete_many().filter(native_passkey::Column::UserId.eq(user)).exec(txn).await?;
    native_second_factor::Entity::delete_by_id(user).exec(txn).await?;
    native_user::Entity::delete_by_id(user).exec(txn).await?;
    Ok(())
}

/// Some of a person's messages, with their earlier texts and the reactions to them; how many it were.
async fn delete_messages(txn: &DatabaseTransaction, sender: Uuid, limit: usize) -> Sql<usize> {
    use message::Column::{DeletedAt, Sender, Sequence};
    let left = account::Entity::find_by_id(sender).one(txn).await?.and_then(|account| account.retired_at);
    // The newest of all is never there to be removed once it is empty.
    let emptied = newest(txn).await?.map(|newest| Sequence.ne(newest).or(DeletedAt.is_null()));
    let emptied = Condition::all().add_option(emptied);
    let own: Vec<i64> = message::Entity::find()
        .select_only()
        .column(Sequence)
        .filter(Sender.eq(sender))
        .filter(emptied)
        .order_by_asc(Sequence)
        .limit(rows(limit))
        .into_tuple()
        .all(txn)
        .await?;
    remove(txn, &own, left.unwrap_or_default()).await?;
    Ok(own.len())
}

/// What a person said on walls, and the files they sent: these belong to no conversation any more, so that housekeeping takes
/// them with what is on the disk.
async fn delete_shouts_and_files(txn: &DatabaseTransaction, author: Uuid) -> Sql<()> {
    let own = Query::select().column("id").from("shouts").and_where(Expr::col("author").eq(author)).take();
    let votes =
        Query::delete().from_table("shout_votes").and_where(Expr::col("shout").in_subquery(own)).take();
    txn.execute(&votes).await?;
    let shouts = Query::delete().from_table("shouts").and_where(Expr::col("author").eq(author)).take();
    txn.execute(&shouts).await?;
    let files = Query::update()
        .table("files")
        .value("conversation", None::<Uuid>)
        .and_where(Expr::col("owner").eq(author))
        .take();
    txn.execute(&files).await?;
    Ok(())
}

/// Direct conversations are the other one's too; rooms and conferences go on without the person.
async fn leave_rooms(txn: &DatabaseTransaction, account: Uuid) -> Sql<()> {
    let places = conversation_member::Entity::find()
        .filter(conversation_member::Column::Account.eq(account))
        .all(txn)
        .await?;
    let ids: Vec<Uuid> = places.iter().map(|place| place.conversation).collect();
    for some in ids.chunks(super::CHUNK) {
        let shared: Vec<Uuid> = conversation::Entity::find()
            .filter(conversation::Column::Id.is_in(some.iter().copied()))
            .filter(conversation::Column::Low.is_null())
            .all(txn)
            .await?
            .into_iter()
            .map(|row| row.id)
            .collect();
        conversation_member::Entity::delete_many()
            .filter(conversation_member::Column::Account.eq(account))
            .filter(conversation_member::Column::Conversation.is_in(shared.iter().copied()))
            .exec(txn)
            .await?;
        let inhabited: Vec<Uuid> = conversation_member::Entity::find()
            .select_only()
            .column(conversation_member::Column::Conversation)
            .distinct()
            .filter(conversation_member::Column::Conversation.is_in(shared.iter().copied()))
            .into_tuple()
            .all(txn)
            .await?;
        // Nobody is left who could be met there.
        let empty = shared.into_iter().filter(|id| !inhabited.contains(id));
        conference_invitation::Entity::delete_many()
            .filter(conference_invitation::Column::Conversation.is_in(empty))
            .exec(txn)
            .await?;
    }
    Ok(())
}

async fn apply(
    txn: &DatabaseTransaction,
    account: Uuid,
    communities: &[Key],
    table: &'static str,
    column: &'static str,
    fate: Fate,
) -> Sql<()> {
    let theirs = || Expr::col(column).eq(account);
    match fate {
        Fate::DeleteRow => {
            txn.execute(Query::delete().from_table(table).and_where(theirs())).await?;
        }
        Fate::DeleteInCommunity => {
            for community in communities {
                let here = Expr::col("community").eq(community.0.as_str());
                txn.execute(Query::delete().from_table(table).and_where(here).and_where(theirs())).await?;
            }
        }
        Fate::Forget => {
            let forget = Query::update().table(table).value(column, None::<Uuid>).and_where(theirs()).take();
            txn.execute(&forget).await?;
        }
        Fate::Stays(_) | Fate::NotAPerson => {}
    }
    Ok(())
}
