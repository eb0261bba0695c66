//! Portico's own database: SQLite, MySQL/MariaDB and PostgreSQL through SeaORM.
//!
//! [`SqlStore`] implements the core's [`Store`](portico_core::ports::Store) and
//! [`NativeUsers`](portico_core::ports::NativeUsers). Inside:
//! - `open`: connections, one module a database, and what [`OpenError`] says of a failed one;
//! - `lease`: one server process owns a database;
//! - `migration`: the schema, and how it got there;
//! - `entity`: one table a file;
//! - `repository`: the statements, one concept a file;
//! - `failure`: what becomes of a database's error.
//!
//! The rules of the schema:
//! - keys (`Key`) are compared as bytes everywhere: `VARBINARY` on MySQL and MariaDB, whose text collations pad
//!   or fold; `COLLATE "C"` on PostgreSQL; `BINARY`, the default, on SQLite;
//! - times are `BIGINT` milliseconds, ids UUIDs, sequence numbers are given by the caller;
//! - every statement finds its rows by an index, so that it costs the same whatever the number of accounts and messages.
#![warn(missing_docs)]

mod entity;
mod failure;
mod key;
mod lease;
mod migration;
mod open;
mod ports;
mod repository;
mod sql_store;
mod words;

pub use open::{OpenError, OpenOptions, redacted_url};
pub use sql_store::{Kind, SqlStore};
