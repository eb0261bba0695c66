//! `kind = "sql"`: a recipe, run.

mod check;
mod config;
mod directory;
mod facts;
mod find;
mod password;
mod prepared;
mod profile;
mod record;
mod related;
mod rules;
mod stamp;
mod statement;
mod value;

use std::sync::Arc;

use async_trait::async_trait;
use portico_core::Timestamp;
use portico_core::auth::{
    AuthContext, AuthError, Authenticator, Capabilities, CredentialKind, Credentials, Decision, Directory,
    ExternalInbox, HashPool, Links, Refusal,
};
use portico_core::ports::Clock;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::{ForeignDatabase, Row, TablePrefix};

use super::hook::Hook;
use super::model::{Recipe, SingleValue};
use super::pattern::{Fill, Pattern};
pub use config::{SqlConfig, SqlConfigError};
use facts::{Facts, Named};
use password::Decoys;
use prepared::Prepared;
use statement::{Decides, Scope, Statement};

/// An application whose people log in with their names and passwords there.
#[derive(Debug)]
pub struct SqlApplication {
    recipe: Arc<Recipe>,
    people: Vec<Prepared>,
    database: ForeignDatabase,
    prefix: TablePrefix,
    base_url: Option<String>,
    site_key: Option<SecretString>,
    clock: Arc<dyn Clock>,
    hash_pool: HashPool,
    facts: tokio::sync::Mutex<Option<Arc<Facts>>>,
    decoys: Decoys,
}

impl SqlApplication {
    async fn query(&self, statement: &Statement) -> Result<Vec<Row>, AuthError> {
        self.database.query(&statement.sql, &statement.params).await
    }

    /// What the database says of its columns; asked once, and again at every check.
    async fn facts(&self) -> Result<Arc<Facts>, AuthError> {
        let mut known = self.facts.lock().await;
        if let Some(facts) = &*known {
            return Ok(Arc::clone(facts));
        }
        let facts = Arc::new(self.learn().await?);
        *known = Some(Arc::clone(&facts));
        Ok(facts)
    }

    async fn learn(&self) -> Result<Facts, AuthError> {
        let tables = self.recipe.tables();
        let tables: Vec<Named> = tables.keys().map(|table| Named::new(table, &self.prefix)).collect();
        let mut facts = Facts::learn(&self.database, &tables).await?;
        for prepared in &self.people {
            if let Some(source) = prepared.hook.and_then(Hook::source) {
                facts.declare_integers(&prepared.person.table, source.integers());
            }
        }
        Ok(facts)
    }

    /// Whether a table is there that not every version has.
    async fn has_table(&self, table: &str) -> Result<bool, AuthError> {
        let dialect = self.database.dialect();
        self.database.has_table(&super::needs::table_name(dialect, &self.prefix, table)).await
    }

    /// The same for a table that may be missing: `None` where it is. One that was made since is looked at anew.
    async fn facts_of(&self, table: &str) -> Result<Option<Arc<Facts>>, AuthError> {
        if !self.has_table(table).await? {
            return Ok(None);
        }
        let known = self.facts().await?;
        if known.knows(table) {
            return Ok(Some(known));
        }
        let learnt = Arc::new(self.learn().await?);
        *self.facts.lock().await = Some(Arc::clone(&learnt));
        Ok(Some(learnt))
    }

    fn scope_of<'a>(&'a self, prepared: &'a Prepared, facts: &'a Facts) -> Scope<'a> {
        let mut scope = self.scope_at(&prepared.person.table, &prepared.person.join, facts);
        scope.source = prepared.source.as_deref();
        scope.optional = &prepared.person.optional;
        scope
    }

    /// One value of one row.
    async fn single(&self, value: &SingleValue, facts: &Facts) -> Result<Option<String>, AuthError> {
        let newer;
        let mut facts = facts;
        if value.optional {
            let Some(learnt) = self.facts_of(&value.table).await? else { return Ok(None) };
            newer = learnt;
            facts = &newer;
        }
        let scope = self.scope_at(&value.table, &[], facts);
        let columns =
            std::iter::once(&value.value).chain(value.conditions.iter().map(|condition| &condition.column));
        let columns: std::collections::BTreeSet<&str> = columns.map(String::as_str).collect();
        let mut select = Statement::default();
        select.push(&format!("SELECT {}", scope.select_list(columns)));
        select.append(scope.from());
        select.push(" WHERE 1 = 1");
        select.append(scope.conditions(&value.conditions, Decides::Alone));
        select.push(" LIMIT 8");
        let now = self.clock.now();
        for row in self.query(&select).await? {
            if value::all_hold(&value.conditions, &row, now)? {
                return value::filled(&row, &value.value);
            }
        }
        Ok(None)
    }

    /// `K`, wherever it is.
    async fn site_key(&self, facts: &Facts) -> Result<Option<Zeroizing<String>>, AuthError> {
        let Some(key) = &self.recipe.site_key else { return Ok(None) };
        if let Some(configured) = &self.site_key {
            return Ok(Some(Zeroizing::new(configured.expose_secret().to_owned())));
        }
        let stored = match &key.row {
            Some(row) => self.single(row, facts).await?,
            None => None,
        };
        Ok(stored.or_else(|| key.default.clone()).map(Zeroizing::new))
    }

    async fn login(&self, login: &str, password: &str, now: Timestamp) -> Result<Decision, AuthError> {
        let facts = self.facts().await?;
        let site_key = self.site_key(&facts).await?;
        let found = self.find(login, &facts, now).await?;
        let fits = self.verify(found.as_ref(), password, site_key).await?;
        let Some(record) = found else { return Ok(Decision::Refused(Refusal::UnknownSubject)) };
        if !fits {
            return Ok(Decision::Refused(Refusal::BadSecret));
        }
        // From here on it is the person who hears it.
        let prepared = record.prepared;
        let records = [record];
        if let Some(Some(refusal)) = self.refusals(prepared, &records, &facts, now).await?.pop() {
            return Ok(Decision::Refused(refusal));
        }
        let identity = self.identities(prepared, &records, &facts, now).await?.pop();
        identity.map(Decision::accepted).ok_or_else(|| AuthError::inconsistent("the person has no identity"))
    }
}

/// Nobody in particular: for patterns of pages.
struct Nobody;

impl Fill for Nobody {
    fn id(&self) -> Option<String> {
        None
    }

    fn login(&self) -> Option<String> {
        None
    }

    fn email(&self) -> Option<String> {
        None
    }

    fn column(&self, _: &str) -> Option<String> {
        None
    }
}

#[async_trait]
impl Authenticator for SqlApplication {
    fn capabilities(&self) -> Capabilities {
        let page =
            |pattern: Option<&String>| Pattern::parse(pattern?).ok()?.url(&Nobody, self.base_url.as_deref());
        Capabilities::new([CredentialKind::Password]).with_links(Links {
            register: page(self.recipe.links.register.as_ref()),
            forgotten_password: page(self.recipe.links.forgotten_password.as_ref()),
            inbox: self.people.iter().find_map(|prepared| page(prepared.person.inbox.as_ref()?.url.as_ref())),
        })
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        match credentials {
            Credentials::Password { login, password } => {
                let answer = self.login(login, password.expose_secret(), cx.now).await;
                self.explained(answer).await
            }
            _ => Ok(Decision::Refused(Refusal::NotPermitted)),
        }
    }

    async fn check(&self) -> Result<(), AuthError> {
        self.examine().await
    }

    async fn fingerprint(&self) -> Result<Option<String>, AuthError> {
        let Some(value) = &self.recipe.fingerprint else { return Ok(None) };
        let facts = self.facts().await?;
        let stored = self.single(value, &facts).await?;
        Ok(stored.map(|text| format!("{} {} {text}", self.recipe.id, value.value)))
    }

    fn directory(&self) -> Option<&dyn Directory> {
        Some(self)
    }

    fn inbox(&self) -> Option<&dyn ExternalInbox> {
        let has_one = self.people.iter().any(|prepared| prepared.person.inbox.is_some());
        has_one.then_some(self as &dyn ExternalInbox)
    }
}
