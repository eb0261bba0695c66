//! Rows of other tables that belong to people: bans, memberships. One query for many people.

use std::collections::BTreeSet;

use portico_core::Timestamp;
use portico_core::auth::AuthError;

use super::SqlApplication;
use super::facts::Facts;
use super::prepared::ReadyRows;
use super::record::Record;
use super::statement::{Decides, Scope, Statement};
use super::value::{all_hold, text};
use crate::Row;
use crate::recipe::pattern::Pattern;

/// Most values in one list; databases have limits for the number of parameters.
pub(super) const BATCH: usize = 500;

impl SqlApplication {
    /// The related rows of each of these people, in their order.
    pub(super) async fn related(
        &self,
        rows: &ReadyRows,
        records: &[Record<'_>],
        facts: &Facts,
        now: Timestamp,
    ) -> Result<Vec<Vec<Row>>, AuthError> {
        let none = || vec![Vec::new(); records.len()];
        let newer;
        let mut facts = facts;
        if rows.rows.optional {
            let Some(learnt) = self.facts_of(&rows.rows.table).await? else { return Ok(none()) };
            newer = learnt;
            facts = &newer;
        }
        let scope = self.scope_at(&rows.rows.table, &rows.rows.join, facts);
        let mut select = Statement::default();
        select.push("SELECT ");
        select.push(&scope.select_list(rows.columns.iter().map(String::as_str)));
        select.append(scope.from());
        select.push(" WHERE 1 = 1");
        for (column, pattern) in &rows.matches {
            let values = values(pattern, records);
            let Some(among) = scope.among(column, values.iter().map(String::as_str)) else {
                return Ok(none());
            };
            select.push(" AND ");
            select.append(among);
        }
        select.append(scope.conditions(&rows.rows.conditions, Decides::Roughly));
        let mut found = none();
        for row in self.query(&select).await? {
            if !all_hold(&rows.rows.conditions, &row, now)? {
                continue;
            }
            for (those, record) in found.iter_mut().zip(records) {
                if belongs(&rows.matches, &row, record)? {
                    those.push(row.clone());
                }
            }
        }
        Ok(found)
    }

    pub(super) fn scope_at<'a>(
        &'a self,
        table: &'a str,
        joins: &'a [crate::recipe::person::Join],
        facts: &'a Facts,
    ) -> Scope<'a> {
        Scope {
            dialect: self.database.dialect(),
            prefix: &self.prefix,
            facts,
            table,
            joins,
            source: None,
            optional: &[],
        }
    }
}

/// What a pattern is for these people, each value once.
pub(super) fn values(pattern: &Pattern, records: &[Record<'_>]) -> BTreeSet<String> {
    records.iter().filter_map(|record| pattern.text(record)).filter(|value| !value.is_empty()).collect()
}

/// Whether a row is this person's. Names and addresses are compared without case, as databases do.
fn belongs(matches: &[(String, Pattern)], row: &Row, record: &Record<'_>) -> Result<bool, AuthError> {
    for (column, pattern) in matches {
        if pattern.is_constant() {
            continue;
        }
        let (Some(wanted), Some(value)) = (pattern.text(record), text(row, column)?) else {
            return Ok(false);
        };
        if !value.eq_ignore_ascii_case(&wanted) {
            return Ok(false);
        }
    }
    Ok(true)
}
