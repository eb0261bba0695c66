//! The statements that make a case's tables.

use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};

use crate::case::{Case, Table};

/// A column of a case: `name varchar(40) unique binary`.
#[derive(Debug, Clone)]
pub struct Column {
    pub name: String,
    kind: String,
    words: Vec<String>,
}

impl Column {
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parts = text.split_whitespace().map(str::to_owned);
        let (Some(name), Some(kind)) = (parts.next(), parts.next()) else {
            return Err(format!("column `{text}`: expected a name and a type"));
        };
        let words: Vec<String> = parts.collect();
        const WORDS: [&str; 8] = ["key", "unique", "index", "null", "latin1", "binary", "ci", "unsigned"];
        if let Some(word) = words.iter().find(|word| !WORDS.contains(&word.as_str())) {
            return Err(format!("column `{text}`: unknown word `{word}`, expected {}", WORDS.join(", ")));
        }
        Ok(Self { name, kind, words })
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    fn is_indexed(&self) -> bool {
        self.has("key") || self.has("unique") || self.has("index")
    }

    /// The type, as each database spells it.
    #[expect(clippy::match_same_arms, reason = "a table, sorted by types")]
    fn declaration(&self, on: TestDatabaseKind) -> Result<String, String> {
        use TestDatabaseKind::{Mariadb, Postgres, Sqlite};
        let (base, size) = match self.kind.split_once('(') {
            Some((base, rest)) => (base, format!("({rest}")),
            None => (self.kind.as_str(), String::new()),
        };
        let text = |sized: &str| match on {
            // A key needs a length there.
            Mariadb if self.is_indexed() && !sized.starts_with("varchar") && !sized.starts_with("char") => {
                "varchar(191)".to_owned()
            }
            _ => sized.to_owned(),
        };
        let declared = match (base, on) {
            ("int" | "integer", _) => "int".to_owned(),
            ("bigint", _) => "bigint".to_owned(),
            ("smallint" | "tinyint", Postgres) => "smallint".to_owned(),
            ("smallint" | "tinyint" | "mediumint", Mariadb | Sqlite) => base.to_owned(),
            ("mediumint", Postgres) => "int".to_owned(),
            ("bit", Postgres) => "boolean".to_owned(),
            ("bit", Mariadb) => "bit(1)".to_owned(),
            ("bit", Sqlite) => "int".to_owned(),
            ("bool" | "boolean", Mariadb) => "tinyint(1)".to_owned(),
            ("bool" | "boolean", Postgres | Sqlite) => "boolean".to_owned(),
            ("decimal" | "numeric", _) => format!("numeric{size}"),
            ("float" | "double", Postgres) => "double precision".to_owned(),
            ("float" | "double", _) => "double".to_owned(),
            ("varchar" | "char", _) => format!("{base}{size}"),
            ("text" | "mediumtext" | "longtext" | "tinytext", _) => text("text"),
            ("enum", Mariadb) => format!("enum{size}"),
            ("enum" | "set", Postgres | Sqlite) => "varchar(60)".to_owned(),
            ("set", Mariadb) => format!("set{size}"),
            ("blob" | "varbinary" | "longblob", Postgres) => "bytea".to_owned(),
            ("varbinary" | "blob" | "longblob", Mariadb) if self.is_indexed() => "varbinary(255)".to_owned(),
            ("varbinary", Mariadb) => format!("varbinary{size}"),
            ("blob" | "longblob" | "varbinary", _) => "blob".to_owned(),
            ("datetime" | "timestamp" | "timestamptz", Mariadb) => "datetime".to_owned(),
            ("datetime" | "timestamp", Postgres) => "timestamp".to_owned(),
            ("timestamptz", Postgres) => "timestamptz".to_owned(),
            ("datetime" | "timestamp" | "timestamptz", Sqlite) => "datetime".to_owned(),
            ("date", _) => "date".to_owned(),
            ("year", Mariadb) => "year".to_owned(),
            ("year", _) => "int".to_owned(),
            ("json", Mariadb | Sqlite) => "text".to_owned(),
            ("jsonb" | "json" | "uuid" | "citext", Postgres) => base.to_owned(),
            ("jsonb", _) => "text".to_owned(),
            ("uuid", _) => "char(36)".to_owned(),
            ("citext", Mariadb) => text("varchar(255)"),
            ("citext", Sqlite) => "text".to_owned(),
            _ => return Err(format!("column `{}`: unknown type `{}`", self.name, self.kind)),
        };
        let is_text =
            ["char", "varchar", "text", "enum", "set"].iter().any(|text| declared.starts_with(text));
        let collation = match on {
            Mariadb if is_text && self.has("latin1") => " CHARACTER SET latin1 COLLATE latin1_swedish_ci",
            Mariadb if is_text && self.has("binary") => " COLLATE utf8mb4_bin",
            // As on the servers that most applications run on.
            Sqlite if is_text && !self.has("binary") => " COLLATE NOCASE",
            _ => "",
        };
        Ok(format!("{declared}{collation}"))
    }

    fn literal(&self, value: &toml::Value, on: TestDatabaseKind) -> Result<String, String> {
        let is_flag = matches!(self.kind.as_str(), "bool" | "boolean" | "bit" | "bit(1)");
        let flag = |yes: bool| match on {
            TestDatabaseKind::Postgres if is_flag => yes.to_string(),
            _ => u8::from(yes).to_string(),
        };
        Ok(match value {
            toml::Value::Table(table) if table.is_empty() => "NULL".to_owned(),
            toml::Value::Integer(number) if is_flag => flag(*number != 0),
            toml::Value::Boolean(yes) => flag(*yes),
            toml::Value::Integer(number) => number.to_string(),
            toml::Value::Float(number) => number.to_string(),
            toml::Value::String(text) => self.text_literal(text, on),
            toml::Value::Datetime(time) => {
                format!("'{}'", time.to_string().replace('T', " ").trim_end_matches('Z'))
            }
            toml::Value::Table(table) if table.contains_key("hex") => {
                let digits = table.get("hex").and_then(toml::Value::as_str).unwrap_or_default();
                match on {
                    TestDatabaseKind::Postgres => format!("'\\x{digits}'"),
                    TestDatabaseKind::Mariadb | TestDatabaseKind::Sqlite => format!("x'{digits}'"),
                }
            }
            toml::Value::Table(_) | toml::Value::Array(_) => {
                return Err(format!(
                    "column `{}`: expected a text, a number, true, false or {{}}",
                    self.name
                ));
            }
        })
    }

    fn text_literal(&self, text: &str, on: TestDatabaseKind) -> String {
        let is_time = ["datetime", "timestamp", "timestamptz", "date"].contains(&self.kind.as_str());
        let doubled = text.replace('\'', "''");
        match on {
            TestDatabaseKind::Mariadb => format!("'{}'", doubled.replace('\\', "\\\\")),
            // PostgreSQL has no day zero; applications keep NULL there.
            TestDatabaseKind::Postgres if is_time && text.starts_with("0000") => "NULL".to_owned(),
            TestDatabaseKind::Postgres
                if self.kind.contains("blob") || self.kind.starts_with("varbinary") =>
            {
                format!("convert_to('{doubled}', 'UTF8')")
            }
            TestDatabaseKind::Postgres | TestDatabaseKind::Sqlite => format!("'{doubled}'"),
        }
    }
}

/// The name of a table in the database.
pub fn name_of(table: &str, prefix: &str) -> String {
    table.strip_prefix('=').map_or_else(|| format!("{prefix}{table}"), str::to_owned)
}

/// A row as an `INSERT`.
pub fn insert(
    db: &TestDatabase,
    prefix: &str,
    table: &Table,
    columns: &[Column],
    row: &[toml::Value],
) -> Result<String, String> {
    let dialect = db.dialect();
    if row.len() != columns.len() {
        return Err(format!(
            "table `{}`: a row has {} values for {} columns",
            table.name,
            row.len(),
            columns.len()
        ));
    }
    let names: Vec<String> = columns.iter().map(|column| dialect.identifier(&column.name)).collect();
    let values: Result<Vec<String>, String> =
        columns.iter().zip(row).map(|(column, value)| column.literal(value, db.kind())).collect();
    let table = dialect.identifier(&name_of(&table.name, prefix));
    Ok(format!("INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values?.join(", ")))
}

/// Makes all tables of a case, with their rows.
pub async fn make(db: &TestDatabase, prefix: &str, case: &Case) -> Result<(), String> {
    let dialect = db.dialect();
    let mut statements = Vec::new();
    for table in &case.table {
        if !is_on(table, db.kind()) {
            continue;
        }
        let columns = parsed(table)?;
        if columns.iter().any(|column| column.kind == "citext") && db.kind() == TestDatabaseKind::Postgres {
            statements.push("CREATE EXTENSION IF NOT EXISTS citext".to_owned());
        }
        let name = dialect.identifier(&name_of(&table.name, prefix));
        let mut parts = Vec::new();
        for column in &columns {
            let unique = if column.has("unique") { " UNIQUE" } else { "" };
            let declared = column.declaration(db.kind())?;
            parts.push(format!("{} {declared}{unique}", dialect.identifier(&column.name)));
        }
        let quoted = |column: &Column| dialect.identifier(&column.name);
        let keys: Vec<String> = columns.iter().filter(|column| column.has("key")).map(quoted).collect();
        if !keys.is_empty() {
            parts.push(format!("PRIMARY KEY ({})", keys.join(", ")));
        }
        let options = match db.kind() {
            TestDatabaseKind::Mariadb => " DEFAULT CHARSET utf8mb4 COLLATE utf8mb4_general_ci",
            _ => "",
        };
        statements.push(format!("CREATE TABLE {name} ({}){options}", parts.join(", ")));
        for column in columns.iter().filter(|column| column.has("index")) {
            let index = dialect.identifier(&format!("i_{}_{}", name_of(&table.name, prefix), column.name));
            statements.push(format!("CREATE INDEX {index} ON {name} ({})", quoted(column)));
        }
        for row in &table.rows {
            statements.push(insert(db, prefix, table, &columns, row)?);
        }
    }
    db.try_execute(&statements).await
}

/// Whether a table is made on this kind of database.
pub fn is_on(table: &Table, kind: TestDatabaseKind) -> bool {
    table.only_on.is_empty() || table.only_on.iter().any(|known| known == kind.name())
}

pub fn parsed(table: &Table) -> Result<Vec<Column>, String> {
    let mut columns = Vec::with_capacity(table.columns.len());
    for (at, text) in table.columns.iter().enumerate() {
        let mut column = Column::parse(text).map_err(|what| format!("table `{}`: {what}", table.name))?;
        // The applications' columns of times are unsigned; PostgreSQL has no such thing.
        let values = table.rows.iter().filter_map(|row| row.get(at).and_then(toml::Value::as_integer));
        if column.kind == "int" && values.into_iter().any(|value| i32::try_from(value).is_err()) {
            column.kind = "bigint".to_owned();
        }
        columns.push(column);
    }
    Ok(columns)
}
