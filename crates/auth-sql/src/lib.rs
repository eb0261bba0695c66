//! Other applications' databases, read only: MySQL/MariaDB, PostgreSQL, SQLite.
//!
//! Adapters of applications that keep their people in SQL tables share this crate:
//! - [`DatabaseSettings`] says where a database is: from a `database_url` or from the application's own
//!   configuration file;
//! - [`ForeignDatabase`] asks it: bound parameters only, in sessions that can't write, with errors that tell an outage
//!   from a setting to be corrected;
//! - [`TablePrefix`] and [`Dialect`] put checked identifiers into statements;
//! - [`recipe`] describes whole applications as data: `kind = "sql"`;
//! - [`php_config`] reads PHP configuration files as data: nothing is ever run.
//!
//! ```
//! use portico_auth_sql::{DatabaseSettings, ForeignDatabase, TablePrefix};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let settings = DatabaseSettings::from_url("mysql://reader:secret@127.0.0.1/forum")?;
//! let database = ForeignDatabase::connect(&settings); // opens nothing yet
//! let users = database.dialect().table(&TablePrefix::new("phpbb_")?, "users");
//! let sql = format!("SELECT user_id FROM {users} WHERE username_clean = ?");
//! for row in database.query(&sql, &["alice".into()]).await? {
//!     println!("{}", row.i64("user_id")?);
//! }
//! # Ok(()) }
//! ```
#![warn(missing_docs)]

mod connection;
mod database;
mod dialect;
pub mod find;
mod param;
pub mod php_config;
mod problem;
pub mod recipe;
mod row;
mod settings;
#[cfg(feature = "testing")]
pub mod testing;
mod url;

pub use database::ForeignDatabase;
pub use dialect::{Dialect, InvalidPrefix, TablePrefix};
pub use param::Param;
pub use row::{Cell, Row};
pub use settings::{DatabaseKind, DatabaseSettings, Host, Tls};
pub use url::DatabaseUrlError;
