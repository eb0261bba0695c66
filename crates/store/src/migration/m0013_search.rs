//! An index of the words of messages, kept by the database itself in the transaction that writes them.
//!
//! - SQLite: a table of FTS5 beside the messages, and three triggers.
//! - MySQL and MariaDB: a FULLTEXT index. It compares as the column does, so the column's collation is one that ignores
//!   case; what is in it stays to the byte.
//! - PostgreSQL: a GIN index over the words of the configuration `simple`.

use sea_orm::DbBackend;
use sea_orm_migration::prelude::*;

use crate::words::POSTGRES_WORDS;

#[derive(DeriveMigrationName)]
pub(super) struct Migration;

const SQLITE: [&str; 5] = [
    "CREATE VIRTUAL TABLE IF NOT EXISTS message_words USING fts5(\
        text, content='messages', content_rowid='sequence', tokenize='unicode61 remove_diacritics 2')",
    "CREATE TRIGGER IF NOT EXISTS message_words_of_new AFTER INSERT ON messages BEGIN \
        INSERT INTO message_words (rowid, text) VALUES (new.sequence, new.text); END",
    "CREATE TRIGGER IF NOT EXISTS message_words_of_gone AFTER DELETE ON messages BEGIN \
        INSERT INTO message_words (message_words, rowid, text) VALUES ('delete', old.sequence, old.text); END",
    "CREATE TRIGGER IF NOT EXISTS message_words_of_changed AFTER UPDATE OF text ON messages BEGIN \
        INSERT INTO message_words (message_words, rowid, text) VALUES ('delete', old.sequence, old.text); \
        INSERT INTO message_words (rowid, text) VALUES (new.sequence, new.text); END",
    "INSERT INTO message_words (message_words) VALUES ('rebuild')",
];

const MYSQL_COLLATION: &str =
    "ALTER TABLE messages MODIFY text TEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci NOT NULL";
const MYSQL_INDEX: &str = "ALTER TABLE messages ADD FULLTEXT INDEX messages_words (text)";

#[expect(elided_lifetimes_in_paths, reason = "the trait elides it, and async_trait wants both alike")]
#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let db = manager.get_connection();
        match manager.get_database_backend() {
            DbBackend::Sqlite => {
                for statement in SQLITE {
                    db.execute_unprepared(statement).await?;
                }
            }
            DbBackend::MySql => {
                if !manager.has_index("messages", "messages_words").await? {
                    db.execute_unprepared(MYSQL_COLLATION).await?;
                    db.execute_unprepared(MYSQL_INDEX).await?;
                }
            }
            _ => {
                let index = format!(
                    "CREATE INDEX IF NOT EXISTS messages_words ON messages USING gin ({POSTGRES_WORDS})"
                );
                db.execute_unprepared(&index).await?;
            }
        }
        Ok(())
    }
}
