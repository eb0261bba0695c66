//! Whether a login could work, and what in the recipe or the database stands in its way.

use portico_core::auth::AuthError;

use super::SqlApplication;
use super::facts::Facts;
use super::prepared::Prepared;
use super::record::Record;
use super::statement::Statement;
use crate::DatabaseKind;
use crate::recipe::columns::of_recipe;
use crate::recipe::needs::table_name;
use crate::recipe::person::Compare;

/// How many of the newest people say what the usual password scheme is.
const SAMPLE: usize = 20;

impl SqlApplication {
    /// Looks for every table and column, and for the site's secret.
    pub(super) async fn examine(&self) -> Result<(), AuthError> {
        self.tables_are_readable().await?;
        let learnt = std::sync::Arc::new(self.learn().await?);
        *self.facts.lock().await = Some(std::sync::Arc::clone(&learnt));
        let key = self.recipe.site_key.as_ref().filter(|key| key.required);
        if let Some(key) = key
            && self.site_key(&learnt).await?.is_none_or(|key| key.is_empty())
        {
            return Err(AuthError::misconfigured(format!(
                "`site_key` is missing: {} hashes passwords with a secret of the site ({}); give it as `site_key` or `site_key_file`",
                self.recipe.name, key.title
            )));
        }
        for prepared in &self.people {
            self.sample(prepared, &learnt).await?;
        }
        if self.database.dialect().kind() == DatabaseKind::Postgres {
            self.hint_at_missing_indexes(&learnt).await;
        }
        Ok(())
    }

    /// Looks at the passwords of the newest people, so that unknown names cost what theirs do.
    async fn sample(&self, prepared: &Prepared, facts: &Facts) -> Result<(), AuthError> {
        if prepared.source.is_some() {
            return Ok(());
        }
        let scope = self.scope_of(prepared, facts);
        let mut select = Statement::default();
        select.push(&format!("SELECT {}", scope.select_list(prepared.columns.iter().map(String::as_str))));
        select.append(scope.from());
        select.push(&format!(" ORDER BY {} DESC LIMIT {SAMPLE}", scope.column(&prepared.person.id)));
        for row in self.query(&select).await? {
            // A row that can't be read is the login's business.
            if let Ok(record) = Record::new(prepared, row) {
                let _ = self.stored(&record);
            }
        }
        Ok(())
    }

    async fn tables_are_readable(&self) -> Result<(), AuthError> {
        let dialect = self.database.dialect();
        let uses = of_recipe(&self.recipe);
        let optional: Vec<&str> =
            uses.iter().filter(|used| used.optional).map(|used| used.table.as_str()).collect();
        for (table, columns) in self.recipe.tables() {
            if !self.reads(&table) {
                continue;
            }
            let quoted = table_name(dialect, &self.prefix, &table);
            if optional.contains(&table.as_str()) && !self.database.has_table(&quoted).await? {
                continue;
            }
            let may_miss = |column: &str| {
                let mut those =
                    uses.iter().filter(|used| used.table == table && used.column == column).peekable();
                those.peek().is_some() && those.all(|used| used.optional_column)
            };
            let columns: Vec<&str> =
                columns.iter().map(String::as_str).filter(|column| !may_miss(column)).collect();
            match self.database.require_columns(&quoted, &columns).await {
                Err(error @ AuthError::Misconfigured { .. }) => {
                    return Err(self.with_keys(error, &table, &quoted, &columns).await);
                }
                answer => answer?,
            }
        }
        Ok(())
    }

    /// Whether somebody who may enter is in this table, or needs it.
    fn reads(&self, table: &str) -> bool {
        let idle: Vec<String> = (0..self.recipe.people.len())
            .filter(|&at| {
                let person = self.recipe.people.get(at);
                !self.people.iter().any(|prepared| Some(&prepared.person) == person)
            })
            .map(|at| format!("person[{at}]"))
            .collect();
        let hooked = self.people.iter().any(|prepared| prepared.source.is_some());
        hooked
            || of_recipe(&self.recipe)
                .iter()
                .any(|used| used.table == table && !idle.iter().any(|key| used.key.starts_with(key.as_str())))
    }

    /// The same error with the table, the column and the keys of the recipe that name it.
    async fn with_keys(&self, error: AuthError, table: &str, quoted: &str, columns: &[&str]) -> AuthError {
        let AuthError::Misconfigured { what, source } = error else { return error };
        let mut missing = Vec::new();
        for column in columns {
            match self.database.has_column(quoted, column).await {
                Ok(true) => {}
                Ok(false) => missing.push(*column),
                // The table itself, or any right to it.
                Err(_) => {
                    missing.clear();
                    break;
                }
            }
        }
        let uses = of_recipe(&self.recipe);
        let keys = |wanted: &dyn Fn(&str) -> bool| {
            let mut keys: Vec<&str> = uses
                .iter()
                .filter(|used| used.table == table && wanted(&used.column))
                .map(|used| used.key.as_str())
                .collect();
            keys.dedup();
            keys.truncate(3);
            keys.join("`, `")
        };
        let app = &self.recipe.id;
        let what = if missing.is_empty() {
            format!("{what} (table {quoted}, recipe `{app}`: `{}`)", keys(&|_| true))
        } else {
            let named: Vec<String> = missing
                .iter()
                .map(|column| format!("`{column}` (recipe `{app}`: `{}`)", keys(&|known| known == *column)))
                .collect();
            format!(
                "the table {quoted} has no readable column {}: is it another version of {}, or is a grant missing?",
                named.join(", "),
                self.recipe.name
            )
        };
        AuthError::Misconfigured { what, source }
    }

    /// An error of a query in words that name the recipe's key.
    pub(super) async fn explained<T>(&self, answer: Result<T, AuthError>) -> Result<T, AuthError> {
        match answer {
            Err(error @ AuthError::Misconfigured { .. }) => match self.tables_are_readable().await {
                Err(better @ AuthError::Misconfigured { .. }) => Err(better),
                _ => Err(error),
            },
            answer => answer,
        }
    }

    /// PostgreSQL finds `LOWER(name)` by an index on exactly that; whoever has many people should know.
    async fn hint_at_missing_indexes(&self, facts: &Facts) {
        for prepared in &self.people {
            let scope = self.scope_of(prepared, facts);
            for login in prepared.person.login.iter().filter(|login| login.compare == Compare::IgnoreCase) {
                for column in &login.column {
                    let (table, name) = scope.home(column);
                    if facts.column(table, name).is_none_or(|facts| facts.ignores_case)
                        || prepared.source.is_some()
                    {
                        continue;
                    }
                    let bare = table
                        .strip_prefix('=')
                        .map_or_else(|| format!("{}{table}", self.prefix), str::to_owned);
                    let sql = "SELECT COUNT(*) AS n FROM pg_catalog.pg_indexes WHERE tablename = ? \
                               AND indexdef ILIKE '%lower(%' AND POSITION(? IN indexdef) > 0";
                    let answer = self.database.query(sql, &[bare.as_str().into(), name.into()]).await;
                    let none = answer
                        .is_ok_and(|rows| rows.first().is_some_and(|row| row.i64("n").is_ok_and(|n| n == 0)));
                    if none {
                        tracing::warn!(
                            table = bare,
                            column = name,
                            "names are compared without case, and the table has no index for it; with many people: \
                             CREATE INDEX ON {bare} (LOWER({name}))"
                        );
                    }
                }
            }
        }
    }
}
