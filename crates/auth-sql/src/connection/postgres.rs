//! PostgreSQL through sqlx.

use std::sync::Arc;

use secrecy::ExposeSecret;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow, PgSslMode, PgTypeKind};
use sqlx::{AssertSqlSafe, Column, ConnectOptions, Connection, Row as _, TypeInfo, ValueRef};

use super::{postgres_numeric, postgres_types};
use crate::problem::{Problem, What, quoted};
use crate::{Cell, DatabaseSettings, Host, Param, Row, Tls};

/// A connection whose transactions are read only unless one says otherwise, and none does.
pub(crate) async fn open(settings: &DatabaseSettings) -> Result<PgConnection, Problem> {
    let mut options = PgConnectOptions::new_without_pgpass()
        .username(&settings.user)
        .password(settings.password.expose_secret())
        .database(&settings.database)
        .application_name("portico")
        .options([("default_transaction_read_only", "on")])
        .ssl_mode(match settings.tls {
            Tls::Off => PgSslMode::Disable,
            Tls::Prefer => PgSslMode::Prefer,
            Tls::Require => PgSslMode::VerifyFull,
        })
        .disable_statement_logging();
    options = match &settings.host {
        Host::Tcp(host, port) => options.host(host).port(*port),
        Host::Socket(folder, port) => options.socket(folder).port(*port),
    };
    if let Some(file) = &settings.tls_ca {
        options = options.ssl_root_cert(file);
    }
    PgConnection::connect_with(&options).await.map_err(problem)
}

pub(crate) async fn query(
    connection: &mut PgConnection,
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

fn cells(row: &PgRow) -> Result<Vec<Cell>, Problem> {
    (0..row.len()).map(|at| cell(row, at).map_err(|error| unreadable(row, at, &error))).collect()
}

fn cell(row: &PgRow, at: usize) -> Result<Cell, sqlx::Error> {
    let value = row.try_get_raw(at)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let type_name = value.type_info().name().to_owned();
    Ok(match type_name.as_str() {
        "INT2" => Cell::Int(row.try_get_unchecked::<i16, _>(at)?.into()),
        "INT4" => Cell::Int(row.try_get_unchecked::<i32, _>(at)?.into()),
        "INT8" => Cell::Int(row.try_get_unchecked::<i64, _>(at)?),
        "BOOL" => Cell::Int(row.try_get_unchecked::<bool, _>(at)?.into()),
        "FLOAT4" => Cell::Float(row.try_get_unchecked::<f32, _>(at)?.into()),
        "FLOAT8" => Cell::Float(row.try_get_unchecked::<f64, _>(at)?),
        "NUMERIC" => {
            let bytes = value.as_bytes().map_err(sqlx::Error::Decode)?;
            let text = postgres_numeric::to_text(bytes);
            Cell::Text(text.ok_or_else(|| sqlx::Error::Decode("a NUMERIC of an unknown form".into()))?)
        }
        "BYTEA" => Cell::Bytes(row.try_get_unchecked::<Vec<u8>, _>(at)?),
        // `character(n)` is filled up with spaces that don't count.
        "CHAR" => Cell::Text(row.try_get_unchecked::<String, _>(at)?.trim_end_matches(' ').to_owned()),
        "TEXT" | "VARCHAR" | "NAME" | "UNKNOWN" | "CITEXT" | "citext" => {
            Cell::Text(row.try_get_unchecked::<String, _>(at)?)
        }
        "TEXT[]" | "VARCHAR[]" => Cell::Text(row.try_get_unchecked::<Vec<String>, _>(at)?.join(",")),
        // A letter for the version, then the text.
        "JSONB" => utf8(value.as_bytes().map_err(sqlx::Error::Decode)?.get(1..))?,
        "JSON" => utf8(Some(value.as_bytes().map_err(sqlx::Error::Decode)?))?,
        other => {
            let bytes = value.as_bytes().map_err(sqlx::Error::Decode)?;
            let text = match other {
                "TIMESTAMP" | "TIMESTAMPTZ" => postgres_types::timestamp(bytes),
                "DATE" => postgres_types::date(bytes),
                "UUID" => postgres_types::uuid(bytes),
                _ if matches!(value.type_info().kind(), PgTypeKind::Enum(_)) => return utf8(Some(bytes)),
                _ => None,
            };
            let unread = || sqlx::Error::Decode(format!("the type {other} is not read").into());
            Cell::Text(text.ok_or_else(unread)?)
        }
    })
}

fn utf8(bytes: Option<&[u8]>) -> Result<Cell, sqlx::Error> {
    let text =
        std::str::from_utf8(bytes.unwrap_or_default()).map_err(|error| sqlx::Error::Decode(error.into()))?;
    Ok(Cell::Text(text.to_owned()))
}

fn unreadable(row: &PgRow, at: usize, error: &sqlx::Error) -> Problem {
    let name = row.columns().get(at).map_or("?", Column::name);
    Problem::without_source(What::Other(format!("column `{name}`: {error}")))
}

/// Sorts an error; codes are PostgreSQL's SQLSTATEs (manual, appendix A).
fn problem(error: sqlx::Error) -> Problem {
    let what = match &error {
        sqlx::Error::Database(database) => {
            server_problem(database.code().as_deref().unwrap_or_default(), database.message())
        }
        sqlx::Error::Io(_) | sqlx::Error::Protocol(_) | sqlx::Error::WorkerCrashed => What::Unreachable,
        sqlx::Error::Tls(_) | sqlx::Error::Configuration(_) => {
            What::Setting("TLS with the server failed".to_owned())
        }
        _ => What::Other("the server's answer could not be understood".to_owned()),
    };
    if matches!(what, What::Other(_) | What::Unrepresentable) {
        return Problem::without_source(what);
    }
    Problem::new(what, error)
}

fn server_problem(code: &str, message: &str) -> What {
    let name = || quoted(message, '"');
    match code {
        "28P01" | "28000" => What::RefusedUser,
        "3D000" => What::UnknownDatabase,
        "42P01" | "3F000" => What::MissingTable(name()),
        "42703" => What::MissingColumn(name()),
        // CONNECT is refused before anything can be read.
        "42501" if message.contains("database") => What::UnknownDatabase,
        "42501" => What::Denied(message.to_owned()),
        "22021" | "22P05" => What::Unrepresentable,
        "40001" | "40P01" | "55P03" | "57014" | "57P01" | "57P02" | "57P03" | "57P04" | "57P05" => What::Busy,
        _ if code.starts_with("53") => What::Busy,
        _ if code.starts_with("08") => What::Unreachable,
        _ => What::Other(format!("PostgreSQL error {code}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_what_is_missing_are_found_in_the_servers_texts() {
        assert_eq!(
            server_problem("42P01", "relation \"phpbb_users\" does not exist"),
            What::MissingTable(Some("phpbb_users".into()))
        );
        assert_eq!(
            server_problem("42703", "column \"user_type\" does not exist"),
            What::MissingColumn(Some("user_type".into()))
        );
        assert_eq!(server_problem("57P03", "the database system is starting up"), What::Busy);
        assert_eq!(
            server_problem("22P02", "invalid input syntax: \"s3cret\""),
            What::Other("PostgreSQL error 22P02".into())
        );
    }
}
