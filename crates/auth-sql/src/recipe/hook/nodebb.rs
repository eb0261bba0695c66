//! NodeBB on PostgreSQL: there are no columns, but objects. `legacy_hash` has an object's fields as JSON (key
//! `user:7`), `legacy_zset` its indexes (key `username:uid`: value = name, score = number).
//!
//! The index of names is the list of people; the fields that a recipe may use are made columns of.

use super::{Hook, Source};
use crate::{Dialect, TablePrefix};

/// Makes a table of the objects.
#[derive(Debug)]
pub(super) struct Nodebb;

impl Hook for Nodebb {
    fn name(&self) -> &'static str {
        "nodebb"
    }

    fn source(&self) -> Option<&'static dyn Source> {
        Some(&Nodebb)
    }
}

/// Column = field of the object.
const FIELDS: [(&str, &str); 13] = [
    ("username", "username"),
    ("userslug", "userslug"),
    ("email", "email"),
    ("email_confirmed", "email:confirmed"),
    ("fullname", "fullname"),
    ("password", "password"),
    ("sha_wrapped", "password:shaWrapped"),
    ("banned", "banned"),
    ("banned_expire", "banned:expire"),
    ("picture", "picture"),
    ("joindate", "joindate"),
    ("muted_until", "mutedUntil"),
    ("muted_reason", "mutedReason"),
];

impl Source for Nodebb {
    fn select(&self, dialect: Dialect, prefix: &TablePrefix) -> String {
        let (zset, hash) = (dialect.table(prefix, "legacy_zset"), dialect.table(prefix, "legacy_hash"));
        let (email_zset, fields) =
            (&zset, FIELDS.map(|(column, field)| format!("h.data->>'{field}' AS {column}")));
        format!(
            "(SELECT n.score AS uid, n.value AS name, e.value AS email_index, {} FROM {zset} n \
             JOIN {hash} h ON h._key = 'user:' || n.score \
             LEFT JOIN {email_zset} e ON e._key = 'email:uid' AND e.score = n.score \
             WHERE n._key = 'username:uid')",
            fields.join(", ")
        )
    }

    fn reads(&self) -> &'static [(&'static str, &'static [&'static str])] {
        &[("legacy_zset", &["_key", "value", "score"]), ("legacy_hash", &["_key", "data"])]
    }

    fn integers(&self) -> &'static [&'static str] {
        &["uid"]
    }
}
