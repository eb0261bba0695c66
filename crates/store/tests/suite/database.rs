//! Opening and keeping a database.

use std::sync::Arc;
use std::time::Duration;

use portico_core::administration::{Actor, AuditEntry, AuditFilter, Change};
use portico_core::contact::ContactAction;
use portico_core::files::StoredFile;
use portico_core::messaging::{Message, Sequence};
use portico_core::ports::{
    AdministrationStore, FileStore, NativeState, NativeUsers, NewNativeUser, Store, StoreError,
};
use portico_store::{Kind, OpenError, SqlStore};
use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::backend::{Backend, Database, impatient};
use crate::database_tests;
use crate::world::{
    NOW, World, at, main_community, message, new_account, profile, realm, session_of, subject,
};

database_tests! {
    EVERY:
        reopening_keeps_everything,
        the_kind_is_told,
        statements_are_counted,
        a_read_only_store_reads_and_does_not_write,
        a_read_only_store_needs_a_schema,
        a_newer_schema_is_refused,
        an_interrupted_migration_goes_on,
        files_that_were_sent_before_learn_which_message_carries_them,
        a_closed_store_is_unavailable,
        no_value_is_quoted_in_an_error,
        nothing_changes_a_line_of_the_audit_log;
    MARIADB:
        without_the_right_to_triggers_the_server_starts_all_the_same;
    SERVERS:
        a_look_at_the_newest_waits_for_an_append_under_way;
}

pub(crate) fn world(store: &SqlStore) -> World {
    World::new(Arc::new(store.clone()), Arc::new(store.clone()))
}

async fn reopening_keeps_everything(database: &Database) {
    let store = database.open().await.unwrap();
    let before = world(&store);
    let (alice, bob) = (before.person("alice").await, before.person("bob").await);
    let talk = before.talk(alice, bob).await;
    let sent = message(1, talk, alice, "\u{1F600} kept");
    let session = session_of(alice, 1);
    store.append(std::slice::from_ref(&sent)).await.unwrap();
    store.create_session(&session).await.unwrap();
    store.mark_read(talk, bob, Sequence::new(1)).await.unwrap();
    store.meta_or_insert("key", b"value").await.unwrap();
    store.claim_realm(&realm("forum"), "2001").await.unwrap();
    let contact = before.act(alice, ContactAction::Request, bob, None).await.unwrap();
    store.close().await;
    drop((store, before));

    let store = database.open_soon().await;
    assert_eq!(store.identity(&realm("forum"), &subject("alice")).await.unwrap().unwrap().account.id, alice);
    assert_eq!(store.roster(&main_community(), None, 10).await.unwrap().members.len(), 2);
    assert_eq!(store.history(talk, None, 10).await.unwrap(), [sent]);
    assert_eq!(store.session_by_token(&session.token_hash).await.unwrap(), Some(session));
    assert_eq!(store.conversation_view(talk, bob).await.unwrap().unwrap().read_up_to, Some(Sequence::new(1)));
    assert_eq!(store.meta_or_insert("key", b"other").await.unwrap(), b"value");
    assert_eq!(store.contacts(&main_community(), bob).await.unwrap(), [contact]);
    store.close().await;
}

async fn the_kind_is_told(database: &Database) {
    let store = database.open().await.unwrap();
    let wanted = match database.backend {
        Backend::Memory | Backend::Sqlite => (Kind::Sqlite, "sqlite"),
        Backend::MariaDb => (Kind::MySql, "mysql"),
        Backend::Postgres => (Kind::Postgres, "postgres"),
    };
    assert_eq!((store.kind(), store.kind().as_str()), wanted);
    store.close().await;
}

async fn statements_are_counted(database: &Database) {
    let store = database.open().await.unwrap();
    let before = store.statements();
    store.session_by_token(&[1; 32]).await.unwrap();
    assert_eq!(store.statements() - before, 1);
    let people = world(&store).people(4).await;
    let mut talks = Vec::new();
    for &other in &people[1..] {
        talks.push(world(&store).talk(people[0], other).await);
    }
    // One statement for the messages and one for their conversations, whatever their number.
    let batch: Vec<_> = (1..=60)
        .map(|number| message(number, talks[usize::try_from(number).unwrap() % 3], people[0], "x"))
        .collect();
    let before = store.statements();
    store.append(&batch).await.unwrap();
    assert_eq!(store.statements() - before, 2);
    let before = store.statements();
    assert_eq!(store.conversations(&main_community(), people[0], None, 50).await.unwrap().len(), 3);
    assert_eq!(store.statements() - before, 5);
    store.close().await;
}

async fn a_read_only_store_reads_and_does_not_write(database: &Database) {
    let server = database.open().await.unwrap();
    server.create_account(new_account("forum", "7", "alice")).await.unwrap();
    // Beside the running server.
    let looks = SqlStore::open_read_only(&database.secret_url(), &impatient()).await.unwrap();
    let found = looks.identity(&realm("forum"), &subject("7")).await.unwrap().unwrap();
    assert_eq!(found.account.profile, profile("alice"));
    assert!(looks.create_account(new_account("forum", "8", "bob")).await.is_err());
    assert!(looks.refresh_profile(found.account.id, &profile("changed")).await.is_err());
    let unchanged = server.identity(&realm("forum"), &subject("7")).await.unwrap().unwrap();
    assert_eq!(unchanged.account.profile, profile("alice"));
    looks.close().await;
    server.close().await;
}

async fn a_read_only_store_needs_a_schema(database: &Database) {
    let outcome = SqlStore::open_read_only(&database.secret_url(), &impatient()).await;
    match database.backend {
        // There is no file, and none may be made.
        Backend::Memory | Backend::Sqlite => {
            assert!(matches!(outcome, Err(OpenError::Unusable { .. })), "{outcome:?}");
            assert!(!database.path().exists());
        }
        Backend::MariaDb | Backend::Postgres => {
            assert!(matches!(outcome, Err(OpenError::SchemaOlder { .. })), "{outcome:?}");
        }
    }
}

async fn a_newer_schema_is_refused(database: &Database) {
    database.open().await.unwrap().close().await;
    let raw = database.raw().await;
    let newer = "INSERT INTO seaql_migrations (version, applied_at) VALUES ('m9999_telepathy', 0)";
    raw.execute_unprepared(newer).await.unwrap();
    raw.close().await.unwrap();
    let options = portico_store::OpenOptions { lease_wait: Duration::from_secs(5), ..impatient() };
    for outcome in [
        SqlStore::open(&database.secret_url(), &options).await,
        SqlStore::open_read_only(&database.secret_url(), &options).await,
    ] {
        let error = outcome.expect_err("the schema is newer");
        assert!(matches!(error, OpenError::SchemaNewer { .. }), "{error}");
        assert!(error.to_string().contains("m9999_telepathy"), "{error}");
    }
}

async fn an_interrupted_migration_goes_on(database: &Database) {
    let store = database.open().await.unwrap();
    store.create_account(new_account("forum", "7", "alice")).await.unwrap();
    store.close().await;
    // As if the process had been killed after the tables, before they were noted; and before some of them.
    let raw = database.raw().await;
    for statement in ["DELETE FROM seaql_migrations", "DROP TABLE native_users", "DROP TABLE messages"] {
        raw.execute_unprepared(statement).await.unwrap();
    }
    raw.close().await.unwrap();
    let store = database.open_soon().await;
    assert!(store.identity(&realm("forum"), &subject("7")).await.unwrap().is_some());
    assert_eq!(store.last_message().await.unwrap(), None);
    store.close().await;
}

async fn files_that_were_sent_before_learn_which_message_carries_them(database: &Database) {
    let store = database.open().await.unwrap();
    let there = world(&store);
    let (ann, ben) = (there.person("ann").await, there.person("ben").await);
    let talk = there.talk(ann, ben).await;
    let mut files = Vec::new();
    for _ in 0..3 {
        files.push(crate::files::whole(&there, ann, 0).await);
    }
    let carried = store.claim_files(&files[..2], ann, talk).await.unwrap().unwrap();
    let carrier = |sequence, files: &[StoredFile]| Message {
        files: files.iter().map(StoredFile::attached).collect(),
        ..message(sequence, talk, ann, "look")
    };
    let sent = [message(1, talk, ben, "?"), carrier(2, &carried[..1]), carrier(3, &carried[1..])];
    store.append(&sent).await.unwrap();
    store.close().await;
    // As it was before files knew of it.
    let raw = database.raw().await;
    for statement in [
        "ALTER TABLE files DROP COLUMN message",
        "DELETE FROM seaql_migrations WHERE version = 'm0021_mended'",
    ] {
        raw.execute_unprepared(statement).await.unwrap();
    }
    raw.close().await.unwrap();
    let store = database.open_soon().await;
    let mut told = Vec::new();
    for id in files {
        told.push(store.file(id).await.unwrap().unwrap().message.map(Sequence::get));
    }
    let carriers = carried.iter().map(|file| file.id).collect::<Vec<_>>();
    assert_eq!(told, [Some(2), Some(3), None], "{carriers:?}");
    store.close().await;
}

async fn a_closed_store_is_unavailable(database: &Database) {
    let store = database.open().await.unwrap();
    store.close().await;
    let outcome = store.ping().await;
    assert!(matches!(outcome, Err(StoreError::Unavailable(_))), "{outcome:?}");
}

async fn no_value_is_quoted_in_an_error(database: &Database) {
    let store = database.open().await.unwrap();
    let user = NewNativeUser {
        id: uuid::Uuid::new_v4(),
        login: "x".to_owned(),
        folded_login: "folded-s3cret".to_owned(),
        display_name: None,
        email: None,
        password_hash: "hash-s3cret".into(),
        state: NativeState::Active,
        administrator: false,
        created_at: NOW,
    };
    store.create(user.clone()).await.unwrap();
    let error = store.create(user).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    store.close().await;
}

async fn a_look_at_the_newest_waits_for_an_append_under_way(database: &Database) {
    let store = database.open().await.unwrap();
    let people = world(&store).people(2).await;
    let talk = world(&store).talk(people[0], people[1]).await;
    store.append(&[message(1, talk, people[0], "x")]).await.unwrap();
    // An append whose connection broke lives on in the database for a moment.
    let raw = database.raw().await;
    let under_way = raw.begin().await.unwrap();
    let insert = "INSERT INTO messages (sequence, conversation, sender, front, text, sent_at) \
                  SELECT 2, conversation, sender, front, text, sent_at FROM messages";
    under_way.execute_unprepared(insert).await.unwrap();
    let looks = tokio::spawn({
        let store = store.clone();
        async move {
            (store.last_message().await.unwrap(), store.messages_after(Sequence::new(1), 10).await.unwrap())
        }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!looks.is_finished());
    under_way.commit().await.unwrap();
    let (last, after) = looks.await.unwrap();
    assert_eq!((last.unwrap().0, after.len()), (Sequence::new(2), 1));
    raw.close().await.unwrap();
    store.close().await;
}

async fn lines_of(store: &SqlStore) -> Vec<AuditEntry> {
    store.audit(&AuditFilter { limit: 10, ..AuditFilter::default() }).await.unwrap()
}

async fn nothing_changes_a_line_of_the_audit_log(database: &Database) {
    let store = database.open().await.unwrap();
    let entry = AuditEntry::new(NOW, &Actor::command_line(), "reloaded");
    store.administer(&Change::Record, entry.clone()).await.unwrap();
    let raw = database.raw().await;
    let mut attempts = vec![
        "UPDATE audit SET action = 'nothing'",
        "UPDATE audit SET actor_name = 'somebody else'",
        "DELETE FROM audit",
    ];
    attempts.extend(match database.backend {
        Backend::Memory | Backend::Sqlite => {
            ["INSERT OR REPLACE INTO audit SELECT * FROM audit", "REPLACE INTO audit SELECT * FROM audit"]
        }
        Backend::MariaDb => [
            "REPLACE INTO audit SELECT * FROM audit",
            "INSERT INTO audit SELECT * FROM audit ON DUPLICATE KEY UPDATE action = 'nothing'",
        ],
        Backend::Postgres => [
            "TRUNCATE audit",
            "INSERT INTO audit SELECT * FROM audit ON CONFLICT (id) DO UPDATE SET action = 'nothing'",
        ],
    });
    for attempt in attempts {
        let refused = raw.execute_unprepared(attempt).await.unwrap_err().to_string();
        assert!(refused.contains("the audit log is only added to"), "{attempt}: {refused}");
        assert_eq!(lines_of(&store).await, std::slice::from_ref(&entry), "{attempt}");
    }
    // Another line can be added.
    let next = AuditEntry::new(at(1), &Actor::command_line(), "reloaded");
    store.administer(&Change::Record, next.clone()).await.unwrap();
    assert_eq!(lines_of(&store).await, [next, entry]);
    raw.close().await.unwrap();
    store.close().await;
}

async fn without_the_right_to_triggers_the_server_starts_all_the_same(database: &Database) {
    let name = format!("few_rights_{}", uuid::Uuid::new_v4().simple().to_string().split_off(20));
    let rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX, DROP, REFERENCES";
    let administrator = database.administrator().await;
    for statement in [
        format!("CREATE USER '{name}'@'%' IDENTIFIED BY 'few-rights'"),
        format!("GRANT {rights} ON {}.* TO '{name}'@'%'", database.name()),
    ] {
        administrator.execute_unprepared(&statement).await.unwrap();
    }
    let (scheme, rest) = database.url.split_once("://").unwrap();
    let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
    let theirs = format!("{scheme}://{name}:few-rights@{place}");
    let store = SqlStore::open(&theirs.into(), &impatient()).await.unwrap();
    let entry = AuditEntry::new(NOW, &Actor::command_line(), "reloaded");
    store.administer(&Change::Record, entry.clone()).await.unwrap();
    store.close().await;
    // With the right, the next start makes up for it.
    let store = database.open_soon().await;
    let raw = database.raw().await;
    assert!(raw.execute_unprepared("DELETE FROM audit").await.is_err());
    assert_eq!(lines_of(&store).await, [entry]);
    raw.close().await.unwrap();
    store.close().await;
    administrator.execute_unprepared(&format!("DROP USER '{name}'@'%'")).await.unwrap();
    administrator.close().await.unwrap();
}
