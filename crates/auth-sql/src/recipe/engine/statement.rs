//! Statements, built of checked names and bound values.

use super::facts::{Facts, Family};
use crate::recipe::columns::join_column;
use crate::recipe::condition::{Condition, Constant};
use crate::recipe::needs::table_name;
use crate::recipe::person::Join;
use crate::{DatabaseKind, Dialect, Param, TablePrefix};

/// A table with its joins: what columns without an alias, and with one, belong to.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) dialect: Dialect,
    pub(super) prefix: &'a TablePrefix,
    pub(super) facts: &'a Facts,
    pub(super) table: &'a str,
    pub(super) joins: &'a [Join],
    /// What stands in place of the table.
    pub(super) source: Option<&'a str>,
    /// Columns that may be missing.
    pub(super) optional: &'a [String],
}

/// A statement that grows, with its parameters in their order.
#[derive(Debug, Default, Clone)]
pub(super) struct Statement {
    pub(super) sql: String,
    pub(super) params: Vec<Param>,
}

impl Statement {
    pub(super) fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    pub(super) fn append(&mut self, other: Self) {
        self.sql.push_str(&other.sql);
        self.params.extend(other.params);
    }

    fn text(sql: impl Into<String>) -> Self {
        Self { sql: sql.into(), params: Vec::new() }
    }
}

/// Whether the database's answer is looked at again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Decides {
    /// It may let more rows through: the conditions are tried on them.
    Roughly,
    /// What it says counts.
    Alone,
}

impl Scope<'_> {
    /// Whether this version of the application hasn't the column.
    pub(super) fn is_absent(&self, column: &str) -> bool {
        let (table, name) = self.home(column);
        self.optional.iter().any(|optional| optional == column) && self.facts.lacks(table, name)
    }

    /// A column, quoted: `t`.`id`, `auth`.`data`; NULL where it is missing.
    pub(super) fn column(&self, column: &str) -> String {
        if self.is_absent(column) {
            return "NULL".to_owned();
        }
        let (alias, name) = column.split_once('.').unwrap_or(("t", column));
        format!("{}.{}", self.dialect.identifier(alias), self.dialect.identifier(name))
    }

    /// The table and the name of a column.
    pub(super) fn home<'c>(&'c self, column: &'c str) -> (&'c str, &'c str) {
        match column.split_once('.') {
            None => (self.table, column),
            Some((alias, name)) => {
                let join = self.joins.iter().find(|join| join.name() == alias);
                (join.map_or(self.table, |join| join.table.as_str()), name)
            }
        }
    }

    /// A value to compare a column with.
    pub(super) fn bind(&self, column: &str, value: &str) -> Option<(String, Param)> {
        let (table, name) = self.home(column);
        self.facts.bind(self.dialect, table, name, value)
    }

    /// `column AS "name in the recipe"`, for each.
    pub(super) fn select_list<'c>(&self, columns: impl IntoIterator<Item = &'c str>) -> String {
        let one = |column| format!("{} AS {}", self.column(column), self.dialect.identifier(column));
        columns.into_iter().map(one).collect::<Vec<_>>().join(", ")
    }

    /// ` FROM table AS t JOIN …`.
    pub(super) fn from(&self) -> Statement {
        let table = match self.source {
            Some(select) => select.to_owned(),
            None => table_name(self.dialect, self.prefix, self.table),
        };
        let mut from = Statement::text(format!(" FROM {table} AS {}", self.dialect.identifier("t")));
        for join in self.joins {
            let kind = if join.left { "LEFT JOIN" } else { "JOIN" };
            let table = table_name(self.dialect, self.prefix, &join.table);
            from.push(&format!(" {kind} {table} AS {} ON 1 = 1", self.dialect.identifier(join.name())));
            for (inner, outer) in &join.on {
                from.push(" AND ");
                from.push(&self.equal_columns(&join_column(join, inner), outer));
            }
            for condition in &join.conditions {
                let column = join_column(join, &condition.column);
                if let Some(sql) = self.condition(condition, &column, Decides::Alone) {
                    from.push(" AND ");
                    from.append(sql);
                }
            }
        }
        from
    }

    /// PostgreSQL compares only what has the same type; applications join a number with its text.
    fn equal_columns(&self, one: &str, other: &str) -> String {
        let family = |column: &str| {
            let (table, name) = self.home(column);
            self.facts.column(table, name).map(|facts| facts.family.clone())
        };
        let (left, right) = (self.column(one), self.column(other));
        let differ = self.dialect.kind() == DatabaseKind::Postgres && family(one) != family(other);
        if differ {
            format!("CAST({left} AS text) = CAST({right} AS text)")
        } else {
            format!("{left} = {right}")
        }
    }

    /// All of these that the database can decide, each with ` AND ` before it.
    pub(super) fn conditions(&self, conditions: &[Condition], decides: Decides) -> Statement {
        let mut all = Statement::default();
        for condition in conditions {
            if let Some(sql) = self.condition(condition, &condition.column, decides) {
                all.push(" AND ");
                all.append(sql);
            }
        }
        all
    }

    /// `column IN (…)`; `None` when no value of the column can be any of these.
    pub(super) fn among<'v>(
        &self,
        column: &str,
        values: impl IntoIterator<Item = &'v str>,
    ) -> Option<Statement> {
        let bound: Vec<(String, Param)> =
            values.into_iter().filter_map(|value| self.bind(column, value)).collect();
        if bound.is_empty() {
            return None;
        }
        let places: Vec<&str> = bound.iter().map(|(place, _)| place.as_str()).collect();
        let sql = format!("{} IN ({})", self.column(column), places.join(", "));
        Some(Statement { sql, params: bound.into_iter().map(|(_, param)| param).collect() })
    }

    fn condition(&self, condition: &Condition, column: &str, decides: Decides) -> Option<Statement> {
        let (table, name) = self.home(column);
        let family = self.facts.column(table, name).map(|facts| &facts.family);
        let quoted = self.column(column);
        let alone = decides == Decides::Alone;
        if let Some(list) = &condition.is {
            return self.is_one_of(column, family, list, alone);
        }
        if let Some(list) = &condition.not {
            // A collation may take more for equal than a condition does.
            if !alone && family != Some(&Family::Integer) {
                return None;
            }
            let mut sql = self.is_one_of(column, family, list, true)?;
            sql.sql = format!("({quoted} IS NULL OR NOT ({}))", sql.sql);
            return Some(sql);
        }
        let number = self.as_number(&quoted, family);
        for (limit, sign) in [(condition.above, '>'), (condition.below, '<')] {
            if let Some(limit) = limit {
                return Some(Statement {
                    sql: format!("{number} {sign} ?"),
                    params: vec![Param::Int(limit)],
                });
            }
        }
        if let Some(bits) = condition.bits {
            let sql = format!("({number} & {bits}) = {bits}");
            return (alone || family == Some(&Family::Integer)).then(|| Statement::text(sql));
        }
        let empty = self.is_empty(&quoted, family, condition.time.is_some());
        match condition.empty {
            Some(true) if alone || family.is_some() => Some(Statement::text(empty)),
            Some(false) if alone => Some(Statement::text(format!("NOT {empty}"))),
            Some(false) => Some(Statement::text(format!("{quoted} IS NOT NULL"))),
            _ => None,
        }
    }

    /// The column, compared with these constants.
    fn is_one_of(
        &self,
        column: &str,
        family: Option<&Family>,
        list: &[Constant],
        alone: bool,
    ) -> Option<Statement> {
        let values: Vec<String> = list.iter().map(Constant::as_text).collect();
        let values = || values.iter().map(String::as_str);
        match family {
            Some(Family::Other(name)) if self.dialect.kind() == DatabaseKind::Postgres && name != "bool" => {
                // Enumerations and the like: a constant that isn't one of theirs is no error.
                let places = self.dialect.list(list.len());
                let sql = format!("CAST({} AS text) IN ({places})", self.column(column));
                Some(Statement { sql, params: values().map(Param::from).collect() })
            }
            // Bits, decimals: what they look like as a text differs.
            Some(Family::Other(name)) if name != "bool" => {
                let numbers: Vec<i64> = values().filter_map(|value| value.parse().ok()).collect();
                if numbers.len() < list.len() {
                    return alone.then(|| self.among(column, values())).flatten();
                }
                let sql = format!("{} IN ({})", self.column(column), self.dialect.list(numbers.len()));
                Some(Statement { sql, params: numbers.into_iter().map(Param::Int).collect() })
            }
            _ => Some(self.among(column, values()).unwrap_or_else(|| Statement::text("1 = 0"))),
        }
    }

    fn as_number(&self, quoted: &str, family: Option<&Family>) -> String {
        match (self.dialect.kind(), family) {
            (DatabaseKind::Postgres, Some(Family::Text)) => format!("CAST(NULLIF({quoted}, '') AS numeric)"),
            (DatabaseKind::Postgres, Some(Family::Other(name))) if name == "bool" => {
                format!("CAST({quoted} AS int)")
            }
            (DatabaseKind::Sqlite, Some(Family::Text)) => format!("CAST({quoted} AS numeric)"),
            _ => quoted.to_owned(),
        }
    }

    fn is_empty(&self, quoted: &str, family: Option<&Family>, is_time: bool) -> String {
        match (family, is_time) {
            (Some(Family::Integer), true) => format!("({quoted} IS NULL OR {quoted} = 0)"),
            (Some(Family::Text) | None, _) => {
                let zeros = if is_time { format!(" OR {quoted} LIKE '0%'") } else { String::new() };
                format!("({quoted} IS NULL OR {quoted} = ''{zeros})")
            }
            (Some(Family::Other(_)), true) if self.dialect.kind() == DatabaseKind::Mysql => {
                format!("({quoted} IS NULL OR CAST({quoted} AS CHAR) LIKE '0%')")
            }
            (Some(Family::Other(_)), _) if self.dialect.kind() == DatabaseKind::Sqlite => {
                format!("({quoted} IS NULL OR {quoted} = '' OR CAST({quoted} AS text) LIKE '0%')")
            }
            (Some(Family::Integer | Family::Other(_)), _) => format!("({quoted} IS NULL)"),
        }
    }
}
