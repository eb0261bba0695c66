//! Portico's own accounts.

use portico_core::account::fold_login;
use portico_core::ports::{NativeState, NativeUser, NewNativeUser};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::moment;
use crate::entity::native_user;
use crate::failure::{Failure, Sql};
use crate::key::{Key, SecretText};
use crate::sql_store::SqlStore;

impl SqlStore {
    pub(crate) async fn native_by_login(&self, folded_login: &str) -> Sql<Option<NativeUser>> {
        let found =
            native_user::Entity::find().filter(native_user::Column::FoldedLogin.eq(Key::from(folded_login)));
        found.one(self.reader()?).await?.map(user_of).transpose()
    }

    pub(crate) async fn native_by_id(&self, id: Uuid) -> Sql<Option<NativeUser>> {
        native_user::Entity::find_by_id(id).one(self.reader()?).await?.map(user_of).transpose()
    }

    pub(crate) async fn make_native(&self, new: NewNativeUser) -> Sql<NativeUser> {
        let folded_email = new.email.as_deref().map(|email| Key(fold_login(email)));
        let row = native_user::Model {
            id: new.id,
            login: new.login,
            folded_login: Key(new.folded_login),
            display_name: new.display_name,
            email: new.email,
            password_hash: SecretText(new.password_hash.expose_secret().to_owned()),
            state: new.state.as_str().into(),
            administrator: new.administrator,
            created_at: new.created_at.as_millis(),
            password_changed_at: None,
            email_verified_at: None,
            second_factor_at: None,
            folded_email,
        };
        let insert = native_user::ActiveModel {
            id: Set(row.id),
            login: Set(row.login.clone()),
            folded_login: Set(row.folded_login.clone()),
            display_name: Set(row.display_name.clone()),
            email: Set(row.email.clone()),
            password_hash: Set(row.password_hash.clone()),
            state: Set(row.state.clone()),
            administrator: Set(row.administrator),
            created_at: Set(row.created_at),
            password_changed_at: Set(None),
            email_verified_at: Set(None),
            second_factor_at: Set(None),
            folded_email: Set(row.folded_email.clone()),
        };
        native_user::Entity::insert(insert).exec_without_returning(self.writer()?).await?;
        user_of(row)
    }

    pub(crate) async fn all_natives(&self) -> Sql<Vec<NativeUser>> {
        let all = native_user::Entity::find().order_by_asc(native_user::Column::FoldedLogin);
        all.all(self.reader()?).await?.into_iter().map(user_of).collect()
    }

    pub(crate) async fn set_native_state(&self, id: Uuid, state: NativeState) -> Sql<bool> {
        self.change(id, native_user::Column::State, Expr::value(Key::from(state.as_str()))).await
    }

    pub(crate) async fn set_native_hash(&self, id: Uuid, hash: &SecretString) -> Sql<bool> {
        self.change(id, native_user::Column::PasswordHash, Expr::value(hash.expose_secret())).await
    }

    async fn change(&self, id: Uuid, column: native_user::Column, value: Expr) -> Sql<bool> {
        let update = native_user::Entity::update_many()
            .col_expr(column, value)
            .filter(native_user::Column::Id.eq(id))
            .exec(self.writer()?)
            .await?;
        Ok(update.rows_affected > 0)
    }
}

pub(super) fn user_of(row: native_user::Model) -> Sql<NativeUser> {
    Ok(NativeUser {
        id: row.id,
        login: row.login,
        display_name: row.display_name,
        email: row.email,
        password_hash: SecretString::from(row.password_hash.0),
        state: row.state.0.parse().map_err(Failure::Broken)?,
        administrator: row.administrator,
        created_at: moment(row.created_at),
        password_changed_at: moment(row.password_changed_at.unwrap_or(row.created_at)),
        email_verified_at: row.email_verified_at.map(moment),
        second_factor: row.second_factor_at.is_some(),
    })
}
