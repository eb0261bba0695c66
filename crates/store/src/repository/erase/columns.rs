//! Every column that could name a person, and what becomes of it when the person leaves.

/// What becomes of a column's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// The rows go.
    DeleteRow,
    /// The rows go; they are found by the table's `community` first.
    DeleteInCommunity,
    /// The column becomes `NULL`.
    Forget,
    /// It stays, or is treated by itself: why, and where.
    Stays(&'static str),
    /// It names no person.
    NotAPerson,
}

use Fate::{DeleteInCommunity, DeleteRow, Forget, NotAPerson, Stays};

const NATIVE: Fate = Stays("goes with the native account, when its person leaves");

/// Table, column, fate. A new table adds a line for each column that holds an id or other bytes; the test below finds those
/// that are missing.
pub(crate) const COLUMNS: &[(&str, &str, Fate)] = &[
    ("account_roles", "account", DeleteRow),
    ("accounts", "id", Stays("without a name, for the messages that others keep")),
    ("admin_sessions", "account", DeleteRow),
    ("admin_sessions", "token_hash", NotAPerson),
    ("administrators", "account", DeleteRow),
    ("audit", "actor_id", Stays("the log is never changed")),
    ("audit", "id", NotAPerson),
    ("bans", "id", NotAPerson),
    ("broadcasts", "id", NotAPerson),
    ("burnt", "what", NotAPerson),
    ("conference_invitations", "account", DeleteRow),
    ("conference_invitations", "conversation", NotAPerson),
    ("conference_invitations", "invited_by", DeleteRow),
    ("contacts", "high", DeleteInCommunity),
    ("contacts", "low", DeleteInCommunity),
    ("conversation_members", "account", Stays("in direct conversations, which the other one keeps")),
    ("conversation_members", "conversation", NotAPerson),
    ("conversation_members", "invited_by", Forget),
    ("conversations", "high", Stays("the other one's conversation")),
    ("conversations", "host", Stays("whoever has been there longest is the host when this one isn't there")),
    ("conversations", "id", NotAPerson),
    ("conversations", "low", Stays("the other one's conversation")),
    ("directory_people", "account", DeleteRow),
    ("drafts", "account", DeleteRow),
    ("drafts", "conversation", NotAPerson),
    ("entered_fronts", "account", DeleteInCommunity),
    ("files", "conversation", NotAPerson),
    ("files", "id", NotAPerson),
    ("files", "owner", Stays("with those they were sent to, unless the person wants them deleted")),
    ("group_members", "account", DeleteRow),
    ("group_members", "group_id", NotAPerson),
    ("group_pending", "account", DeleteRow),
    ("group_pending", "group_id", NotAPerson),
    ("group_pending", "set_by", Forget),
    ("groups", "created_by", Forget),
    ("groups", "id", NotAPerson),
    ("groups", "room", NotAPerson),
    ("identities", "account", DeleteRow),
    ("members", "account", Stays("so that what others keep has a name to show")),
    (
        "message_versions",
        "replaced_by",
        Stays("beside a text that is kept for moderators; goes with the message"),
    ),
    ("message_words_data", "block", NotAPerson),
    ("message_words_docsize", "sz", NotAPerson),
    ("messages", "conversation", NotAPerson),
    ("messages", "sender", Stays("unless the person wants them deleted")),
    ("meta", "value", NotAPerson),
    ("mutes", "account", DeleteRow),
    ("mutes", "id", NotAPerson),
    ("native_passkeys", "credential", NotAPerson),
    ("native_passkeys", "credential_hash", NotAPerson),
    ("native_passkeys", "id", NotAPerson),
    ("native_passkeys", "public_key", NotAPerson),
    ("native_passkeys", "user_id", NATIVE),
    ("native_past_passwords", "user_id", NATIVE),
    ("native_recovery_codes", "code_hash", NotAPerson),
    ("native_recovery_codes", "user_id", NATIVE),
    ("native_second_factors", "user_id", NATIVE),
    ("native_tokens", "hash", NotAPerson),
    ("native_tokens", "user_id", NATIVE),
    ("native_users", "id", NATIVE),
    ("preferences", "account", DeleteInCommunity),
    ("presences", "account", DeleteInCommunity),
    ("reactions", "account", Stays("is taken back in steps, from the messages that show it too")),
    ("receipts", "account", DeleteRow),
    ("receipts", "conversation", NotAPerson),
    ("reports", "id", NotAPerson),
    ("reports", "reporter", DeleteRow),
    ("sessions", "account", DeleteRow),
    ("sessions", "id", NotAPerson),
    ("sessions", "token_hash", NotAPerson),
    ("shout_votes", "shout", NotAPerson),
    ("shout_votes", "voter", DeleteRow),
    ("shouts", "author", Stays("without a name until they are old, unless the person wants them deleted")),
    ("shouts", "id", NotAPerson),
    ("statistics_people", "account", DeleteRow),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use sea_orm::{ConnectionTrait, Statement};
    use secrecy::SecretString;

    use super::*;
    use crate::{OpenOptions, SqlStore};

    /// On SQLite ids, hashes and other bytes are columns of type BLOB: whoever adds one says here what becomes of it.
    #[tokio::test]
    async fn every_column_that_could_name_a_person_is_listed() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}", folder.path().join("portico.db").display());
        let store = SqlStore::open(&SecretString::from(url), &OpenOptions::default()).await.unwrap();
        let sql = "SELECT m.name AS tab, c.name AS col FROM sqlite_master m, pragma_table_info(m.name) c \
                   WHERE m.type = 'table' AND upper(c.type) LIKE '%BLOB%'";
        let db = store.reader().unwrap();
        let rows = db.query_all_raw(Statement::from_string(db.get_database_backend(), sql)).await.unwrap();
        let there: BTreeSet<(String, String)> = rows
            .iter()
            .map(|row| (row.try_get("", "tab").unwrap(), row.try_get("", "col").unwrap()))
            .collect();
        let listed: BTreeSet<(String, String)> =
            COLUMNS.iter().map(|(table, column, _)| ((*table).to_owned(), (*column).to_owned())).collect();
        let missing: Vec<_> = there.difference(&listed).collect();
        assert!(
            missing.is_empty(),
            "what becomes of these columns when a person leaves? Say so in {}: {missing:?}",
            file!()
        );
        let gone: Vec<_> = listed.difference(&there).collect();
        assert!(gone.is_empty(), "no such columns: {gone:?}");
        assert_eq!(listed.len(), COLUMNS.len(), "each column once");
        store.close().await;
    }
}
