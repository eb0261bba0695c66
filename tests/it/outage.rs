//! Other systems that are away, and Portico's own database.

use std::path::Path;

use serde_json::json;

use crate::support::client::password_of;
use crate::support::databases::sqlite;
use crate::support::forum::{board, member, section};
use crate::support::{Database, TestServer, builder};

const FRONT: &str =
    "[[front]]\npath = \"/forum/\"\nauthenticators = [\"forum\"]\nmode = \"open-community\"\n";

async fn forum_server(database: Database) -> TestServer {
    let builder = builder(database);
    board(builder.folder(), "forum.db", &[member("ann"), member("bob")]).await;
    builder.and(&section("forum", "forum.db")).and(FRONT).start().await
}

/// What `portico check` says about an authenticator: its state and the advice.
async fn checked(server: &TestServer, name: &str) -> (String, String) {
    let outcome = server.call("check", &["--json"]).run().await;
    let report: serde_json::Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    let checks = report["checks"].as_array().unwrap();
    let what = format!("authenticator {name}");
    let check = checks.iter().find(|check| check["what"] == what).expect("it was looked at");
    assert_eq!(outcome.status, Some(i32::from(report["ok"] == false)));
    let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
    (text("state"), text("detail"))
}

/// The visitor learns that it is not the password, and nothing about the other system.
async fn refused_for_now(server: &TestServer, password: &str) {
    let reply = server.log_in("/forum/", "ann", password).await;
    reply.problem_for_now(503, "authenticator-unavailable");
    for word in ["sqlite", "phorum", "forum.db", "SQL", "file"] {
        assert!(!reply.text().contains(word), "{}", reply.text());
    }
}

fn away(file: &Path) -> std::path::PathBuf {
    let hidden = file.with_extension("hidden");
    std::fs::rename(file, &hidden).unwrap();
    hidden
}

pub(crate) async fn a_forum_that_was_never_there_can_come_later(database: Database) {
    let builder = builder(database);
    let folder = builder.folder().to_owned();
    let server = builder.and(&section("forum", "forum.db")).and(FRONT).start().await;
    refused_for_now(&server, &password_of("ann")).await;
    let log = server.log();
    assert!(log.contains("can't be reached yet") && log.contains("forum.db"), "{log}");
    let (state, advice) = checked(&server, "forum").await;
    assert_eq!(state, "unavailable");
    assert!(advice.contains("forum.db") && advice.contains("does it exist"), "{advice}");
    server.person("nina").await;

    board(&folder, "forum.db", &[member("ann")]).await;
    server.enter("/forum/", "ann", &password_of("ann")).await;
    assert_eq!(checked(&server, "forum").await.0, "ok");
}

pub(crate) async fn a_table_that_is_missing_is_named_to_the_administrator(database: Database) {
    let server = forum_server(database).await;
    let file = server.file("forum.db").display().to_string();
    sqlite(&file, "ALTER TABLE phorum_users RENAME TO gone").await;
    refused_for_now(&server, &password_of("ann")).await;
    let (state, advice) = checked(&server, "forum").await;
    assert_ne!(state, "ok");
    assert!(advice.contains("phorum_users"), "{advice}");
    let log = server.log();
    assert!(log.contains("the authenticator could not answer") && log.contains("phorum_users"), "{log}");
    sqlite(&file, "ALTER TABLE gone RENAME TO phorum_users").await;
    server.enter("/forum/", "ann", &password_of("ann")).await;
}

pub(crate) async fn people_stay_while_their_forum_is_away(database: Database) {
    let mut server = forum_server(database).await;
    let ann = server.enter("/forum/", "ann", &password_of("ann")).await;
    let bob = server.enter("/forum/", "bob", &password_of("bob")).await;
    let talk = ann.talk_to(&bob).await;
    let file = server.file("forum.db");
    let hidden = away(&file);
    // A connection that is open may go on reading a file that has lost its name; a new process can't.
    server.restart().await;
    refused_for_now(&server, &password_of("ann")).await;
    ann.get("session").await.expect(200);
    let mut heard = bob.listener();
    let message = ann.say(&talk, "the forum is away").await;
    assert_eq!(heard.until_type("message").await["message"], message);
    std::fs::rename(hidden, file).unwrap();
    server.enter("/forum/", "ann", &password_of("ann")).await;
}

pub(crate) async fn an_outage_is_never_counted_as_a_wrong_guess(database: Database) {
    let builder =
        builder(database).login("max_failures_per_name = 3\nmax_failures_per_address = 3\nrefusal_step = 0");
    let folder = builder.folder().to_owned();
    let server = builder.and(&section("forum", "forum.db")).and(FRONT).start().await;
    for _ in 0..10 {
        refused_for_now(&server, "not the password").await;
    }
    board(&folder, "forum.db", &[member("ann")]).await;
    for _ in 0..2 {
        server.log_in("/forum/", "ann", "not the password").await.problem(401, "login-refused");
    }
    server.enter("/forum/", "ann", &password_of("ann")).await;
}

pub(crate) async fn an_outage_never_lets_the_next_in_the_chain_decide(database: Database) {
    let chain =
        "[[front]]\npath = \"/both/\"\nauthenticators = [\"forum\", \"native\"]\nmode = \"open-community\"\n";
    let server = builder(database).and(&section("forum", "forum.db")).and(chain).start().await;
    server.register("/im/", "ann").await;
    let reply = server.log_in("/both/", "ann", &password_of("ann")).await;
    reply.problem_for_now(503, "authenticator-unavailable");
    server.enter("/im/", "ann", &password_of("ann")).await;
}

pub(crate) async fn a_forum_server_that_refuses_us_is_reported_with_its_reason(database: Database) {
    // Nobody listens on port 1.
    for url in [
        "mysql://portico:the-board-password@127.0.0.1:1/board",
        "postgres://portico:the-board-password@127.0.0.1:1/board",
    ] {
        let forum = format!("[authenticator.forum]\nkind = \"phorum\"\ndatabase_url = \"{url}\"\n");
        let server = builder(database).and(&forum).and(FRONT).start().await;
        server.keep_secret("the-board-password");
        refused_for_now(&server, &password_of("ann")).await;
        let (state, advice) = checked(&server, "forum").await;
        assert_eq!(state, "unavailable");
        assert!(advice.contains("127.0.0.1"), "{advice}");
        assert!(!advice.contains("the-board-password"), "{advice}");
    }
}

pub(crate) async fn a_second_server_on_the_same_database_is_told_so(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let outcome = server.serve_and_fail().await;
    outcome.expect(2);
    outcome.says(&["another server process is using this database"]);
    ann.get("session").await.expect(200);
}

pub(crate) async fn a_realm_that_points_at_another_forum_refuses_to_start(database: Database) {
    let mut server = forum_server(database).await;
    server.enter("/forum/", "ann", &password_of("ann")).await;
    server.terminate().await;
    let folder = server.file("");
    board(&folder, "another.db", &[member("ann")]).await;
    server.sections = server.sections.replace("forum.db", "another.db");
    server.configure();
    let outcome = server.serve_and_fail().await;
    outcome.expect(2);
    outcome.says(&["realm `forum`", "another installation", "give it another `realm`"]);
    // With a realm of its own it is welcome, and its people are others.
    server.sections = server.sections.replace("kind = \"phorum\"", "kind = \"phorum\"\nrealm = \"moved\"");
    server.configure();
    server.start_again().await;
    let ann = server.enter("/forum/", "ann", &password_of("ann")).await;
    assert_eq!(ann.get("session").await.expect(200)["account"]["realm"], "moved");
}

pub(crate) async fn what_a_forum_restricts_is_restricted_here(database: Database) {
    use portico_auth_phorum::demo::{DemoMember, DemoState};
    let builder = builder(database);
    let banned = DemoMember { state: DemoState::Banned, ..member("trent") };
    let inactive = DemoMember { state: DemoState::Inactive, ..member("sybil") };
    board(builder.folder(), "forum.db", &[member("ann"), banned, inactive]).await;
    let server = builder.and(&section("forum", "forum.db")).and(FRONT).start().await;
    let ann = server.enter("/forum/", "ann", &password_of("ann")).await;
    server.log_in("/forum/", "sybil", &password_of("sybil")).await.problem(403, "disabled");
    server.log_in("/forum/", "sybil", "not the password").await.problem(401, "login-refused");
    let trent = server.enter("/forum/", "trent", &password_of("trent")).await;
    let restrictions = trent.get("session").await.expect(200)["restrictions"].clone();
    assert!(restrictions["write"]["reason"].is_string(), "{restrictions}");
    let talk = ann.talk_to(&trent).await;
    ann.say(&talk, "can you read this?").await;
    assert_eq!(trent.whole_history(&talk).await.len(), 1);
    trent.write(&talk, &json!({ "text": "yes" })).await.problem(403, "not-permitted");
    trent.contact(&ann, "request").await.problem(403, "not-permitted");
    assert_eq!(trent.conversation(&talk).await["may_write"], false);
}
