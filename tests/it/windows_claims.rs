//! Names that are simply believed, on networks where an administrator wants that.

use serde_json::json;

use crate::support::windows::{Domain, post_session};
use crate::support::{Database, TestServer, builder};

/// `/im/` believes the loopback and takes passwords, `/far/` believes another network, `/typed/` nobody.
const FRONTS: &str = r#"
[[front]]
path = "/im/"
authenticators = ["windows"]
mode = "open-community"
[front.claimed_name]
networks = ["127.0.0.0/8"]

[[front]]
path = "/far/"
authenticators = ["windows"]
mode = "open-community"
[front.claimed_name]
networks = ["10.9.0.0/16"]

[[front]]
path = "/typed/"
authenticators = ["windows"]
mode = "open-community"
"#;

async fn server_on(database: Database, domain: &Domain) -> TestServer {
    let sections = format!("{}{FRONTS}", domain.authenticator("claimed_names = true"));
    builder(database).sections(&sections).start().await
}

fn claim(name: &str) -> serde_json::Value {
    json!({ "claimed_name": name })
}

pub(crate) async fn a_claim_holds_until_the_person_proves_who_they_are(database: Database) {
    let domain = Domain::get();
    let mut server = server_on(database, &domain).await;
    let reply = post_session(&server, "/im/", &claim("alice"), &[]).await;
    assert_eq!(reply.expect(201)["account"]["proven"], false);
    let somebody = server.entered("/im/", &reply);
    let bob = server.enter("/im/", "bob", &domain.password).await;
    assert_eq!(bob.roster().await[0]["proven"], false, "everybody sees what the name is worth");
    // Again, and after a restart, as long as nobody has proved it.
    server.restart().await;
    post_session(&server, "/im/", &claim("ALICE@example.test"), &[]).await.expect(201);

    let alice = server.log_in("/typed/", "alice", &domain.password).await;
    let body = alice.expect(201);
    assert_eq!((&body["account"]["id"], &body["account"]["proven"]), (&json!(somebody.id), &json!(true)));
    somebody.get("session").await.problem(401, "session-required");
    post_session(&server, "/im/", &claim("alice"), &[]).await.problem(403, "not-permitted");
    server.restart().await;
    post_session(&server, "/im/", &claim("EXAMPLE\\alice"), &[]).await.problem(403, "not-permitted");
    post_session(&server, "/im/", &claim("bob"), &[]).await.problem(403, "not-permitted");
}

pub(crate) async fn a_claim_counts_where_it_is_wanted_and_nowhere_else() {
    let domain = Domain::get();
    let server = server_on(Database::Sqlite, &domain).await;
    let front = server.stranger("/im/").get("front").await.expect(200);
    assert_eq!(front["login_methods"], json!(["claimed-name", "password"]));
    let front = server.stranger("/typed/").get("front").await.expect(200);
    assert_eq!(front["login_methods"], json!(["password"]));
    for front in ["/far/", "/typed/"] {
        post_session(&server, front, &claim("alice"), &[]).await.problem(403, "not-permitted");
        let spoofed = [("x-forwarded-for", "10.9.1.1")];
        post_session(&server, front, &claim("alice"), &spoofed).await.problem(403, "not-permitted");
    }
    for body in [
        json!({ "claimed_name": "alice", "password": "x" }),
        json!({ "claimed_name": "alice", "login": "alice", "password": "x" }),
        json!({ "claimed_name": 1 }),
    ] {
        post_session(&server, "/im/", &body, &[]).await.problem(400, "invalid-request");
    }
    for (name, status) in [("", 401), ("nobody", 401), ("*", 401), ("dora", 403)] {
        assert_eq!(post_session(&server, "/im/", &claim(name), &[]).await.status, status, "{name}");
    }
}

pub(crate) async fn the_administrator_is_warned_at_every_start() {
    let domain = Domain::get();
    let mut server = server_on(Database::Sqlite, &domain).await;
    let warnings = |log: &str| log.matches("this front believes claimed names").count();
    assert_eq!(warnings(&server.log()), 2);
    server.restart().await;
    assert_eq!(warnings(&server.log()), 4);
}

pub(crate) async fn settings_that_would_let_everybody_in_stop_the_start() {
    let domain = Domain::get();
    let front = |keys: &str| {
        format!(
            "[[front]]\npath = \"/im/\"\nauthenticators = [\"windows\"]\nmode = \"open-community\"\n{keys}\n"
        )
    };
    let trusted = |keys: &str| format!("[front.trusted_name]\n{keys}");
    let secret = "secret = \"0123456789abcdef\"\n";
    for (both, keys, says) in [
        ("", front("[front.claimed_name]\nnetworks = [\"127.0.0.1\"]"), "claimed_names = true"),
        (
            "claimed_names = true",
            front("[front.claimed_name]\nnetworks = []"),
            "expected at least one network",
        ),
        ("claimed_names = true", front("[front.claimed_name]\nnetworks = [\"0.0.0.0/0\"]"), "is everybody"),
        ("claimed_names = true", front("login = [\"claimed-name\"]"), "needs [front.claimed_name]"),
        ("trusted_names = true", front(&trusted("from = [\"127.0.0.1\"]")), "at least 16 bytes"),
        ("trusted_names = true", front(&trusted(&format!("{secret}from = []"))), "trusted_name.from"),
        ("trusted_names = true", front(&trusted("unix_socket = true")), "set [server] listen_unix"),
        ("trusted_names = true", front(&trusted(&format!("{secret}from = [\"::/0\"]"))), "is everybody"),
        (
            "trusted_names = true",
            front(&trusted("secret = \"short\"\nfrom = [\"127.0.0.1\"]")),
            "at least 16 bytes",
        ),
        ("", front(&trusted(&format!("{secret}from = [\"127.0.0.1\"]"))), "trusted_names = true"),
        (
            "trusted_names = true",
            front(&trusted(&format!("{secret}from = [\"localhost\"]"))),
            "neither an address nor",
        ),
        ("", front("username = \"forced\""), "needs something that says whose"),
        ("", front("login = [\"smoke-signals\"]"), "unknown way in `smoke-signals`"),
        ("", front("login = [\"negotiate\"]"), "[authenticator.NAME.negotiate]"),
    ] {
        let sections = format!("{}{keys}", domain.authenticator(both));
        let server = builder(Database::Sqlite).sections(&sections).prepare().await;
        let outcome = server.serve_and_fail().await;
        assert_eq!(outcome.status, Some(78), "{keys}\n{}", outcome.stderr);
        outcome.says(&[says]);
    }
}
