//! From a typed name to a person's row: one query for each table of people.

use portico_core::Timestamp;
use portico_core::auth::AuthError;

use super::SqlApplication;
use super::facts::Facts;
use super::prepared::Prepared;
use super::record::Record;
use super::statement::{Decides, Scope, Statement};
use super::value::{all_hold, text};
use crate::recipe::person::{Compare, Login};
use crate::recipe::text::{Transform, apply_all};
use crate::{DatabaseKind, Row};

/// Rows that are looked at for one name. More than one is an error anyway, but not all of these may count.
const ROWS: usize = 8;

impl SqlApplication {
    /// Whoever the application finds under this name. Every table is asked, so that nobody can tell from the work which
    /// one has the name.
    pub(super) async fn find(
        &self,
        typed: &str,
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Option<Record<'_>>, AuthError> {
        let mut found = None;
        for prepared in &self.people {
            let person = self.find_among(prepared, typed, facts, now).await?;
            found = found.or(person);
        }
        Ok(found)
    }

    async fn find_among<'a>(
        &'a self,
        prepared: &'a Prepared,
        typed: &str,
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Option<Record<'a>>, AuthError> {
        let typed = apply_all(&prepared.person.login_text, typed);
        let scope = self.scope_of(prepared, facts);
        let columns = scope.select_list(prepared.columns.iter().map(String::as_str));
        let mut asked: Vec<(usize, Vec<String>, Statement)> = Vec::new();
        for (at, login) in prepared.person.login.iter().enumerate() {
            let Some(parts) = parts(login, &typed) else { continue };
            let Some(names) = self.named(&scope, login, &parts) else { continue };
            let alias = self.database.dialect().identifier("alternative");
            let mut select =
                Statement { sql: format!("SELECT {at} AS {alias}, {columns}"), params: Vec::new() };
            select.append(scope.from());
            select.push(" WHERE ");
            select.append(names);
            select.append(scope.conditions(&prepared.person.conditions, Decides::Roughly));
            select.push(&format!(" LIMIT {ROWS}"));
            asked.push((at, parts, select));
        }
        let Some(statement) = union(asked.iter().map(|(_, _, select)| select)) else { return Ok(None) };
        let rows = self.query(&statement).await?;
        for (at, parts, _) in &asked {
            let login = &prepared.person.login[*at];
            let mut those: Vec<Row> = Vec::new();
            let mut all = 0;
            for row in &rows {
                if row.i64("alternative")? != i64::try_from(*at).unwrap_or_default() {
                    continue;
                }
                all += 1;
                let counts =
                    is_exactly(login, parts, row)? && all_hold(&prepared.person.conditions, row, now)?;
                if counts && !those.iter().any(|known| known.same_as(row)) {
                    those.push(row.clone());
                }
            }
            match those.len() {
                0 if all < ROWS => {}
                1 if all < ROWS => return Record::new(prepared, those.remove(0)).map(Some),
                _ => return Err(self.ambiguous(prepared, login)),
            }
        }
        Ok(None)
    }

    fn ambiguous(&self, prepared: &Prepared, login: &Login) -> AuthError {
        AuthError::inconsistent(format!(
            "{}: several rows of the table `{}` have the same name (column `{}`): nobody is let in by it",
            self.recipe.name,
            prepared.person.table,
            login.column.join("`, `")
        ))
    }

    /// The comparison of the login's columns with the typed parts; `None` when no value can be this.
    fn named(&self, scope: &Scope<'_>, login: &Login, parts: &[String]) -> Option<Statement> {
        let mut all = Statement::default();
        for (column, part) in login.column.iter().zip(parts) {
            if !all.sql.is_empty() {
                all.push(" AND ");
            }
            all.append(self.compare(scope, login.compare, column, part)?);
        }
        Some(all)
    }

    fn compare(&self, scope: &Scope<'_>, compare: Compare, column: &str, value: &str) -> Option<Statement> {
        if scope.is_absent(column) {
            return None;
        }
        let (table, name) = scope.home(column);
        let facts = scope.facts.column(table, name);
        let lowered;
        let value = if compare == Compare::Lower {
            lowered = value.to_lowercase();
            &lowered
        } else {
            value
        };
        let (place, param) = scope.bind(column, value)?;
        let quoted = scope.column(column);
        let plain = format!("{quoted} = {place}");
        let sql = match (compare, self.database.dialect().kind()) {
            (Compare::Exact | Compare::Collation | Compare::Lower, _) => plain,
            // What the catalogue doesn't say is taken for the usual: a collation that ignores case.
            (Compare::IgnoreCase, _) if facts.is_some_and(|facts| facts.ignores_case) => plain,
            (Compare::IgnoreCase, DatabaseKind::Mysql) => match facts {
                None => plain,
                Some(facts) if facts.binary => {
                    format!("LOWER(CONVERT({quoted} USING utf8)) = LOWER({place})")
                }
                Some(_) => format!("LOWER({quoted}) = LOWER({place})"),
            },
            (Compare::IgnoreCase, DatabaseKind::Postgres) => format!("LOWER({quoted}) = LOWER({place})"),
            (Compare::IgnoreCase, DatabaseKind::Sqlite) => format!("{plain} COLLATE NOCASE"),
        };
        Some(Statement { sql, params: vec![param] })
    }
}

/// What is looked up in each column of a login; `None` when the typed name is none for it.
fn parts(login: &Login, typed: &str) -> Option<Vec<String>> {
    let wanted = login.when_contains.as_ref().is_none_or(|part| typed.contains(part.as_str()));
    let unwanted = login.unless_contains.as_ref().is_some_and(|part| typed.contains(part.as_str()));
    if !wanted || unwanted {
        return None;
    }
    let change = |text: &str| apply_all(&login.text, text);
    let parts: Vec<String> = match &login.split {
        None => vec![change(typed)],
        Some(separator) => typed.splitn(login.column.len(), separator.as_str()).map(change).collect(),
    };
    (parts.len() == login.column.len() && !parts.iter().any(String::is_empty)).then_some(parts)
}

/// A collation takes more for equal than bytes are.
fn is_exactly(login: &Login, parts: &[String], row: &Row) -> Result<bool, AuthError> {
    if login.compare != Compare::Exact {
        return Ok(true);
    }
    for (column, part) in login.column.iter().zip(parts) {
        if text(row, column)?.as_ref() != Some(part) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// One statement for several: each is limited by itself.
fn union<'s>(selects: impl Iterator<Item = &'s Statement>) -> Option<Statement> {
    let mut all: Vec<&Statement> = selects.collect();
    if all.len() <= 1 {
        return all.pop().cloned();
    }
    let mut union = Statement::default();
    for (at, select) in all.into_iter().enumerate() {
        if at > 0 {
            union.push(" UNION ALL ");
        }
        union.push("SELECT * FROM (");
        union.append(select.clone());
        union.push(&format!(") AS u{at}"));
    }
    Some(union)
}

/// The forms of a typed password that are tried, in order, each once.
pub(super) fn forms(
    first: &[Transform],
    also: &[Vec<Transform>],
    typed: &str,
) -> Vec<zeroize::Zeroizing<String>> {
    let mut forms: Vec<zeroize::Zeroizing<String>> = Vec::with_capacity(also.len() + 1);
    for transforms in std::iter::once(first).chain(also.iter().map(Vec::as_slice)) {
        let form = zeroize::Zeroizing::new(apply_all(transforms, typed));
        if !forms.contains(&form) {
            forms.push(form);
        }
    }
    forms
}
