//! What the database itself says of the columns: their type, and whether their collation ignores case. Asked once.

use std::collections::HashMap;

use portico_core::auth::AuthError;

use crate::{DatabaseKind, Dialect, ForeignDatabase, Param, TablePrefix};

/// A column as the database declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column {
    pub(super) family: Family,
    /// Whether `=` takes upper and lower case for the same.
    pub(super) ignores_case: bool,
    /// A text without a collation: bytes.
    pub(super) binary: bool,
}

/// What can be compared with a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Integer,
    /// Anything else, by the name that the database has for it.
    Other(String),
}

/// The columns of all tables of a recipe. Tables are named as in the recipe.
#[derive(Debug, Default)]
pub(super) struct Facts {
    columns: HashMap<(String, String), Column>,
}

/// A table as written in the recipe, and its name in the database.
pub(super) struct Named {
    pub(super) written: String,
    pub(super) name: String,
}

impl Named {
    pub(super) fn new(written: &str, prefix: &TablePrefix) -> Self {
        let name = match written.strip_prefix('=') {
            Some(name) => name.to_owned(),
            None => format!("{prefix}{written}"),
        };
        Self { written: written.to_owned(), name }
    }
}

impl Facts {
    /// Asks the database for the columns of these tables: one query.
    pub(super) async fn learn(database: &ForeignDatabase, tables: &[Named]) -> Result<Self, AuthError> {
        let list = database.dialect().list(tables.len());
        let names = || tables.iter().map(|table| Param::from(&table.name));
        let (sql, params): (String, Vec<Param>) = match database.dialect().kind() {
            DatabaseKind::Mysql => (
                format!(
                    "SELECT table_name AS tab, column_name AS col, data_type AS typ, collation_name AS coll \
                     FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name IN ({list})"
                ),
                names().collect(),
            ),
            DatabaseKind::Postgres => (
                format!(
                    "SELECT c.relname::text AS tab, a.attname::text AS col, y.typname::text AS typ, NULL::text AS coll \
                     FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid \
                     JOIN pg_catalog.pg_type y ON y.oid = a.atttypid WHERE a.attnum > 0 AND NOT a.attisdropped \
                     AND pg_catalog.pg_table_is_visible(c.oid) AND c.relname::text IN ({list})"
                ),
                names().collect(),
            ),
            DatabaseKind::Sqlite => (
                vec![
                    "SELECT ? AS tab, name AS col, type AS typ, NULL AS coll FROM pragma_table_info(?)";
                    tables.len()
                ]
                .join(" UNION ALL "),
                names().flat_map(|name| [name.clone(), name]).collect(),
            ),
        };
        let rows = match database.query(&sql, &params).await {
            Ok(rows) => rows,
            // MySQL before 5.0 has no such catalogue.
            Err(AuthError::Misconfigured { .. } | AuthError::Inconsistent { .. })
                if database.dialect().kind() == DatabaseKind::Mysql =>
            {
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        let mut facts = Self::default();
        for row in &rows {
            let text = |name: &str| row.optional_bytes(name).map(|bytes| bytes.map(String::from_utf8_lossy));
            let (Some(table), Some(column), Some(kind)) = (text("tab")?, text("col")?, text("typ")?) else {
                continue;
            };
            let column_facts = declared(database.dialect(), &kind, text("coll")?.as_deref());
            for named in tables.iter().filter(|named| named.name.eq_ignore_ascii_case(&table)) {
                let key = (named.written.clone(), column.to_ascii_lowercase());
                facts.columns.insert(key, column_facts.clone());
            }
        }
        Ok(facts)
    }

    /// Notes the columns of people that are in no table of their own.
    pub(super) fn declare_integers(&mut self, table: &str, columns: &[&str]) {
        for column in columns {
            let facts = Column { family: Family::Integer, ignores_case: false, binary: false };
            self.columns.insert((table.to_owned(), (*column).to_owned()), facts);
        }
    }

    /// What is known of a column.
    pub(super) fn column(&self, table: &str, column: &str) -> Option<&Column> {
        self.columns.get(&(table.to_owned(), column.to_ascii_lowercase()))
    }

    /// Whether anything is known of a table.
    pub(super) fn knows(&self, table: &str) -> bool {
        self.columns.keys().any(|(known, _)| known == table)
    }

    /// Whether a table is known, and this column isn't one of its.
    pub(super) fn lacks(&self, table: &str, column: &str) -> bool {
        self.knows(table) && self.column(table, column).is_none()
    }

    /// A value to compare a column with: its placeholder and parameter. `None`: no value of the column can be this.
    pub(super) fn bind(
        &self,
        dialect: Dialect,
        table: &str,
        column: &str,
        value: &str,
    ) -> Option<(String, Param)> {
        match self.column(table, column).map(|facts| &facts.family) {
            Some(Family::Integer) => {
                let number = value.parse::<i64>().ok().filter(|number| number.to_string() == value)?;
                Some(("?".to_owned(), Param::Int(number)))
            }
            Some(Family::Other(name)) if dialect.kind() == DatabaseKind::Postgres => is_one(name, value)
                .then(|| (format!("CAST(? AS {})", dialect.identifier(name)), Param::from(value))),
            _ => Some(("?".to_owned(), Param::from(value))),
        }
    }
}

/// Whether a text is a value of one of PostgreSQL's types; a cast of anything else would be an error.
fn is_one(kind: &str, value: &str) -> bool {
    match kind {
        "uuid" => {
            let hex = value.bytes().filter(u8::is_ascii_hexdigit).count();
            value.len() == 36 && hex == 32 && value.bytes().filter(|&byte| byte == b'-').count() == 4
        }
        "numeric" => {
            let digits = value.strip_prefix('-').unwrap_or(value);
            (1..=100).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        }
        "bool" => matches!(value, "0" | "1" | "t" | "f" | "true" | "false"),
        _ => true,
    }
}

/// Sorts a type by its name.
fn declared(dialect: Dialect, kind: &str, collation: Option<&str>) -> Column {
    let lower = kind.to_ascii_lowercase();
    let family = match dialect.kind() {
        DatabaseKind::Mysql => match lower.as_str() {
            "tinyint" | "smallint" | "mediumint" | "int" | "bigint" | "year" => Family::Integer,
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set"
            | "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Family::Text,
            _ => Family::Other(lower.clone()),
        },
        DatabaseKind::Postgres => match lower.as_str() {
            "int2" | "int4" | "int8" => Family::Integer,
            "text" | "varchar" | "bpchar" | "name" => Family::Text,
            _ => Family::Other(kind.to_owned()),
        },
        DatabaseKind::Sqlite => match lower.as_str() {
            kind if kind.contains("int") => Family::Integer,
            kind if ["char", "clob", "text"].iter().any(|text| kind.contains(text)) => Family::Text,
            _ => Family::Other(lower.clone()),
        },
    };
    let ignores_case = match dialect.kind() {
        DatabaseKind::Mysql => collation.is_some_and(|name| name.contains("_ci")),
        DatabaseKind::Postgres => lower == "citext",
        DatabaseKind::Sqlite => false,
    };
    let binary = dialect.kind() == DatabaseKind::Mysql && family == Family::Text && collation.is_none();
    Column { family, ignores_case, binary }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(kind: DatabaseKind, name: &str, collation: Option<&str>) -> Column {
        declared(Dialect::of(kind), name, collation)
    }

    #[test]
    fn collations_say_whether_case_counts() {
        for (collation, ignores) in [
            ("utf8_general_ci", true),
            ("utf8mb4_0900_ai_ci", true),
            ("utf8mb4_uca1400_ai_ci", true),
            ("utf8_bin", false),
            ("latin1_general_cs", false),
        ] {
            let column = of(DatabaseKind::Mysql, "varchar", Some(collation));
            assert_eq!(column.ignores_case, ignores, "{collation}");
        }
        assert!(of(DatabaseKind::Mysql, "varbinary", None).binary);
        assert!(of(DatabaseKind::Postgres, "citext", None).ignores_case);
    }

    #[test]
    fn a_number_is_bound_as_one_and_nothing_else_to_its_column() {
        let dialect = Dialect::of(DatabaseKind::Mysql);
        let mut facts = Facts::default();
        facts.declare_integers("users", &["id"]);
        assert_eq!(facts.bind(dialect, "users", "ID", "12"), Some(("?".into(), Param::Int(12))));
        for hostile in ["12abc", " 12", "012", "+12", "1e1", "", "99999999999999999999"] {
            assert_eq!(facts.bind(dialect, "users", "id", hostile), None, "{hostile}");
        }
        assert_eq!(facts.bind(dialect, "users", "name", "12"), Some(("?".into(), Param::from("12"))));
    }
}
