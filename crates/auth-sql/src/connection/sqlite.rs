//! SQLite through sqlx.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteRow};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Row as _, TypeInfo, ValueRef};

use crate::problem::{Problem, What};
use crate::{Cell, DatabaseSettings, Param, Row};

/// How long a lock of the application that is writing is waited for.
const BUSY: Duration = Duration::from_secs(1);

/// Opens the file read only. It is never created.
pub(crate) async fn open(settings: &DatabaseSettings) -> Result<SqliteConnection, Problem> {
    let options = SqliteConnectOptions::new()
        .filename(Path::new(&settings.database))
        .read_only(true)
        .create_if_missing(false)
        .busy_timeout(BUSY)
        .pragma("query_only", "ON")
        .disable_statement_logging();
    SqliteConnection::connect_with(&options).await.map_err(problem)
}

pub(crate) async fn query(
    connection: &mut SqliteConnection,
    sql: &str,
    params: &[Param],
) -> Result<Vec<Row>, Problem> {
    // Statements are built of constants and checked identifiers only; values are always bound.
    let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()));
    for param in params {
        query = match param {
            Param::Text(text) => query.bind(text.clone()),
            Param::Int(number) => query.bind(*number),
            Param::Bytes(bytes) => query.bind(bytes.clone()),
        };
    }
    let rows = query.fetch_all(connection).await.map_err(problem)?;
    let Some(first) = rows.first() else {
        return Ok(Vec::new());
    };
    let columns: Arc<[String]> = first.columns().iter().map(|column| column.name().to_owned()).collect();
    rows.iter().map(|row| Ok(Row::new(Arc::clone(&columns), cells(row)?))).collect()
}

fn cells(row: &SqliteRow) -> Result<Vec<Cell>, Problem> {
    (0..row.len()).map(|at| cell(row, at).map_err(problem)).collect()
}

/// SQLite has types of values, whatever the column declares.
fn cell(row: &SqliteRow, at: usize) -> Result<Cell, sqlx::Error> {
    let value = row.try_get_raw(at)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let type_name = value.type_info().name().to_owned();
    Ok(match type_name.as_str() {
        "REAL" => Cell::Float(row.try_get_unchecked::<f64, _>(at)?),
        "TEXT" | "BLOB" => {
            let bytes = row.try_get_unchecked::<Vec<u8>, _>(at)?;
            String::from_utf8(bytes).map_or_else(|error| Cell::Bytes(error.into_bytes()), Cell::Text)
        }
        _ => Cell::Int(row.try_get_unchecked::<i64, _>(at)?),
    })
}

/// Sorts an error; codes are SQLite's result codes (sqlite.org/rescode.html).
fn problem(error: sqlx::Error) -> Problem {
    let what = match &error {
        sqlx::Error::Database(database) => {
            let code = database.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or_default();
            server_problem(code, database.message())
        }
        sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => What::Unreachable,
        _ => What::Other("the answer could not be understood".to_owned()),
    };
    if matches!(what, What::Other(_)) {
        return Problem::without_source(what);
    }
    Problem::new(what, error)
}

fn server_problem(code: i32, message: &str) -> What {
    let after =
        |words: &str| message.split_once(words).map(|(_, name)| name.trim().trim_matches('`').to_owned());
    // The lower byte is the primary code.
    match code & 0xFF {
        5 | 6 => What::Busy,
        10 | 14 => What::Unreachable,
        26 => What::Setting("the file is no SQLite 3 database".to_owned()),
        3 | 8 | 23 => What::Setting(format!("the SQLite file can't be read: {message}")),
        _ => match (after("no such table:"), after("no such column:")) {
            (Some(table), _) => What::MissingTable(Some(table)),
            (None, Some(column)) => What::MissingColumn(Some(column)),
            (None, None) => What::Other(format!("SQLite error {code}")),
        },
    }
}
