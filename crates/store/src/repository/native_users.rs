//! Portico's own accounts.

use portico_core::account::fold_login;
use portico_core::ports::{ListedNative, NativeFilter, NativeState, NativeUser, NewNativeUser};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, FromQueryResult, QueryFilter,
    QueryOrder, QuerySelect,
};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

use super::{beginning, moment, rows};
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
        insert_native(self.writer()?, &new).await?;
        Ok(NativeUser {
            id: new.id,
            login: new.login,
            display_name: new.display_name,
            email: new.email,
            password_hash: new.password_hash,
            state: new.state,
            administrator: new.administrator,
            created_at: new.created_at,
            password_changed_at: new.created_at,
            email_verified_at: None,
            second_factor: false,
        })
    }

    pub(crate) async fn all_natives(&self) -> Sql<Vec<NativeUser>> {
        let all = native_user::Entity::find().order_by_asc(native_user::Column::FoldedLogin);
        all.all(self.reader()?).await?.into_iter().map(user_of).collect()
    }

    pub(crate) async fn native_page(&self, filter: &NativeFilter) -> Sql<Vec<ListedNative>> {
        use native_user::Column::{
            Administrator, CreatedAt, DisplayName, Email, EmailVerifiedAt, FoldedLogin, Id, Login,
            SecondFactorAt, State,
        };
        let mut wanted = Condition::all();
        if !filter.login.is_empty() {
            wanted = wanted.add(Expr::col(FoldedLogin).like(beginning(&filter.login)));
        }
        if let Some(state) = filter.state {
            wanted = wanted.add(State.eq(Key::from(state.as_str())));
        }
        if let Some(after) = &filter.after {
            wanted = wanted.add(FoldedLogin.gt(Key::from(after.as_str())));
        }
        let told =
            [Id, Login, DisplayName, Email, State, Administrator, CreatedAt, EmailVerifiedAt, SecondFactorAt];
        let page = native_user::Entity::find()
            .select_only()
            .columns(told)
            .filter(wanted)
            .order_by_asc(FoldedLogin)
            .limit(rows(filter.limit))
            .into_model::<Told>();
        page.all(self.reader()?).await?.into_iter().map(listed).collect()
    }

    pub(crate) async fn native_state_of(&self, id: Uuid) -> Sql<Option<NativeState>> {
        let state = native_user::Entity::find_by_id(id)
            .select_only()
            .column(native_user::Column::State)
            .into_tuple::<Key>();
        let found = state.one(self.reader()?).await?;
        found.map(|state| state.0.parse().map_err(Failure::Broken)).transpose()
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

/// Makes a native account; in a transaction, if `db` is one.
pub(super) async fn insert_native(db: &impl ConnectionTrait, new: &NewNativeUser) -> Sql<()> {
    let row = native_user::ActiveModel {
        id: Set(new.id),
        login: Set(new.login.clone()),
        folded_login: Set(Key(new.folded_login.clone())),
        display_name: Set(new.display_name.clone()),
        email: Set(new.email.clone()),
        password_hash: Set(SecretText(new.password_hash.expose_secret().to_owned())),
        state: Set(new.state.as_str().into()),
        administrator: Set(new.administrator),
        created_at: Set(new.created_at.as_millis()),
        password_changed_at: Set(None),
        email_verified_at: Set(None),
        second_factor_at: Set(None),
        folded_email: Set(new.email.as_deref().map(|email| Key(fold_login(email)))),
    };
    native_user::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// What of a row can be told: the columns of a list, without the password.
#[derive(Debug, FromQueryResult)]
struct Told {
    id: Uuid,
    login: String,
    display_name: Option<String>,
    email: Option<String>,
    state: Key,
    administrator: bool,
    created_at: i64,
    email_verified_at: Option<i64>,
    second_factor_at: Option<i64>,
}

fn listed(row: Told) -> Sql<ListedNative> {
    Ok(ListedNative {
        id: row.id,
        login: row.login,
        display_name: row.display_name,
        email: row.email,
        email_verified: row.email_verified_at.is_some(),
        state: row.state.0.parse().map_err(Failure::Broken)?,
        administrator: row.administrator,
        second_factor: row.second_factor_at.is_some(),
        created_at: moment(row.created_at),
    })
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
