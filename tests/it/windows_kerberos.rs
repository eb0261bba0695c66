//! Sign-on without typing: real tickets of a real domain, and everything that only looks like one.

use std::time::Duration;

use serde_json::json;

use crate::support::windows::{Domain, HOST, POST_NOTHING, post_session, wait_past};
use crate::support::{Database, TestServer, builder, eventually, portico};

/// `/im/` takes tickets and passwords, `/silent/` tickets alone, `/forced/` as `/im/` with names that can't be chosen,
/// `/typed/` passwords alone.
const FRONTS: &str = r#"
[[front]]
path = "/im/"
authenticators = ["windows"]
mode = "open-community"

[[front]]
path = "/silent/"
authenticators = ["windows"]
mode = "open-community"
username = "forced"

[[front]]
path = "/forced/"
authenticators = ["windows"]
mode = "open-community"
username = "forced"
login = ["negotiate", "password"]

[[front]]
path = "/typed/"
authenticators = ["windows"]
mode = "open-community"
login = ["password"]
"#;

async fn server_in(domain: &Domain) -> TestServer {
    let sections = format!("{}{FRONTS}", domain.with_tickets(""));
    builder(Database::Sqlite).server(&domain.kerberos(None)).sections(&sections).start().await
}

pub(crate) async fn a_ticket_opens_a_session_under_the_directorys_name() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    let juergen = domain.ticket("jmueller", &[]).await.log_in(&server, "/im/").await;
    assert_eq!(juergen.expect(201)["account"]["display_name"], "Müller, Jürgen");
    let answer = domain.ticket("alice", &[]).await.log_in(&server, "/im/").await;
    let body = answer.expect(201);
    assert_eq!(body["account"]["login"], "alice");
    assert_eq!(body["account"]["display_name"], "Alice Example");
    assert_eq!(body["account"]["proven"], true);
    let last_leg = answer.header("www-authenticate").expect("this server proves itself too");
    assert!(last_leg.len() > "Negotiate ".len() + 40 && last_leg.starts_with("Negotiate "), "{last_leg}");
    let alice = server.entered("/im/", &answer.into_reply());
    let roster = alice.roster().await;
    assert_eq!(roster.len(), 1, "{roster:?}");
    assert_eq!(roster[0]["display_name"], "Müller, Jürgen");
}

pub(crate) async fn only_a_front_that_takes_tickets_asks_for_one() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    for front in ["/im/", "/silent/", "/forced/"] {
        let asked = post_session(&server, front, &json!({}), &[]).await;
        assert_eq!((asked.status, asked.header("www-authenticate")), (401, Some("Negotiate")), "{front}");
        let body = asked.json();
        assert_eq!(
            (&body["type"], &body["challenge"]["kind"]),
            (&json!("/problems/challenge-required"), &json!("negotiate"))
        );
    }
    post_session(&server, "/typed/", &json!({}), &[]).await.problem(400, "invalid-request");
    // A ticket is somebody else's business there.
    let ticket = domain.ticket("alice", &[]).await;
    assert_eq!(ticket.log_in(&server, "/typed/").await.status, 400);
    // A wrong password brings no challenge that a browser would answer by itself.
    server.log_in("/im/", "alice", "not this one").await.problem(401, "login-refused");
    let front = server.stranger("/silent/").get("front").await.expect(200);
    assert_eq!((&front["login_methods"], &front["username"]), (&json!(["negotiate"]), &json!("forced")));
    let front = server.stranger("/im/").get("front").await.expect(200);
    assert_eq!(
        (&front["login_methods"], &front["username"]),
        (&json!(["negotiate", "password"]), &json!("free"))
    );
}

pub(crate) async fn a_token_counts_once() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    let header = format!("Negotiate {}", domain.ticket("alice", &[]).await.token().await);
    let headers = [("authorization", header.as_str())];
    post_session(&server, "/im/", &json!({}), &headers).await.expect(201);
    post_session(&server, "/im/", &json!({}), &headers).await.problem(401, "login-refused");
    post_session(&server, "/forced/", &json!({}), &headers).await.problem(401, "login-refused");
    assert!(server.log().contains("replay"), "{}", server.log());
}

pub(crate) async fn forged_tokens_prove_nothing() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    let good = domain.ticket("alice", &[]).await.token().await;
    for (number, forged) in forgeries(&good).into_iter().enumerate() {
        let header = format!("Negotiate {forged}");
        let reply = post_session(&server, "/im/", &json!({}), &[("authorization", &header)]).await;
        assert!(matches!(reply.status, 400 | 401), "forgery {number}: {} {}", reply.status, reply.text());
        assert_ne!(
            reply.header("www-authenticate"),
            Some("Negotiate"),
            "forgery {number} would be sent again"
        );
    }
    // And the real one is none the worse for it.
    let header = format!("Negotiate {good}");
    post_session(&server, "/im/", &json!({}), &[("authorization", &header)]).await.expect(201);
}

/// The token with single characters changed, cut, doubled, and things that never were one.
fn forgeries(good: &str) -> Vec<String> {
    let mut forgeries: Vec<String> = (1..12)
        .map(|part| {
            let at = good.len() * part / 12;
            let other = if good.as_bytes()[at] == b'A' { "B" } else { "A" };
            format!("{}{other}{}", &good[..at], &good[at + 1..])
        })
        .collect();
    let half = good.len() / 8 * 4;
    forgeries.extend([good[..half].to_owned(), good[half..].to_owned()]);
    forgeries.extend(["", "!!!", "AAAA", "YA==", "YIIJ", &"QUFB".repeat(5000)].map(str::to_owned));
    forgeries
}

pub(crate) async fn ntlm_is_refused_with_a_sentence_and_without_a_new_challenge() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    // Type 1, as a Windows machine outside the domain sends it; and SPNEGO that offers nothing else.
    let bare = "TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAGFKAAAADw==";
    let offered = "YEgGBisGAQUFAqA+MDygDjAMBgorBgEEAYI3AgIKoioEKE5UTE1TU1AAAQAAAJeCCOIAAAAAAAAAAAAAAAAAAAAACgBhSgAAAA8=";
    for token in [bare, offered] {
        let header = format!("Negotiate {token}");
        let reply = post_session(&server, "/im/", &json!({}), &[("authorization", &header)]).await;
        let problem = reply.problem(401, "login-refused");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.contains("NTLM")), "{problem}");
    }
}

pub(crate) async fn a_ticket_of_another_realm_is_refused() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    // The keytab has a key for that realm too: cryptographically this ticket is perfect.
    let ticket = domain.ticket("alice@OTHER.TEST", &[]).await;
    let header = format!("Negotiate {}", ticket.token().await);
    let reply = post_session(&server, "/im/", &json!({}), &[("authorization", &header)]).await;
    reply.problem(403, "not-permitted");
    assert!(server.log().contains("OTHER.TEST"), "{}", server.log());
}

pub(crate) async fn an_old_ticket_is_refused() {
    let domain = Domain::get();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = folder.path().join("krb5.conf");
    let text = std::fs::read_to_string(&domain.krb5_config).expect("the domain's configuration");
    let strict = text.replacen("[libdefaults]", "[libdefaults]\nclockskew = 2", 1);
    std::fs::write(&config, strict).expect("a configuration");
    let sections = format!("{}{FRONTS}", domain.with_tickets(""));
    let server =
        builder(Database::Sqlite).server(&domain.kerberos(Some(&config))).sections(&sections).start().await;
    // While it is fresh the realm is in the way and nothing else: see above. Samba gives no tickets this short.
    let ticket = domain.ticket("alice@OTHER.TEST", &["-l", "3s"]).await;
    let header = format!("Negotiate {}", ticket.token().await);
    wait_past(6).await;
    let reply = post_session(&server, "/im/", &json!({}), &[("authorization", &header)]).await;
    reply.problem(401, "login-refused");
    assert!(server.log().contains("expired"), "{}", server.log());
}

pub(crate) async fn a_forced_name_is_the_tickets_whatever_is_typed() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    let alice = domain.ticket("alice", &[]).await;
    let typed = |login: &str| json!({ "login": login, "password": domain.password });
    for (front, login, status) in [
        ("/forced/", "bob", 403),
        ("/forced/", "EXAMPLE\\bob", 403),
        ("/forced/", "ALICE@example.test", 201),
        ("/im/", "bob", 201),
    ] {
        let header = format!("Negotiate {}", alice.token().await);
        let reply = post_session(&server, front, &typed(login), &[("authorization", &header)]).await;
        assert_eq!(reply.status, status, "{front} {login}: {}", reply.text());
    }
    // Machines outside the domain have their password alone, where the front lets them.
    post_session(&server, "/forced/", &typed("bob"), &[]).await.expect(201);
    post_session(&server, "/silent/", &typed("bob"), &[]).await.problem(403, "not-permitted");
    // A proof that is no good is not passed over in favour of the password.
    let spent = format!("Negotiate {}", alice.token().await);
    post_session(&server, "/im/", &json!({}), &[("authorization", &spent)]).await.expect(201);
    let reply = post_session(&server, "/forced/", &typed("alice"), &[("authorization", &spent)]).await;
    reply.problem(401, "login-refused");
}

pub(crate) async fn a_challenge_may_be_answered_in_the_body() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    let asked = post_session(&server, "/im/", &json!({}), &[]).await.json();
    let token = domain.ticket("alice", &[]).await.token().await;
    let answer = json!({ "challenge_id": asked["challenge"]["id"], "response": token });
    let body = post_session(&server, "/im/", &answer, &[]).await.expect(201);
    assert_eq!(body["account"]["login"], "alice");
    post_session(&server, "/typed/", &answer, &[]).await.problem(401, "login-refused");
}

pub(crate) async fn a_ticket_comes_alone_and_from_the_fronts_own_page() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    let alice = domain.ticket("alice", &[]).await;
    let header = format!("Negotiate {}", alice.token().await);
    let both = [("authorization", header.as_str()), ("authorization", "Bearer abc")];
    post_session(&server, "/im/", &json!({}), &both).await.problem(400, "invalid-request");
    let elsewhere = [("authorization", header.as_str()), ("origin", "https://evil.example")];
    post_session(&server, "/im/", &json!({}), &elsewhere).await.problem(403, "csrf");
    let origin = server.origin();
    let here = [("authorization", header.as_str()), ("origin", origin.as_str())];
    post_session(&server, "/im/", &json!({}), &here).await.expect(201);
}

pub(crate) async fn a_keytab_that_can_not_work_is_explained() {
    let domain = Domain::get();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = folder.path().join("portico.toml");
    let missing = folder.path().join("none.keytab");
    for (keytab, service, says) in [
        (missing.as_path(), HOST, "there is no keytab at"),
        (config.as_path(), HOST, "is not a keytab"),
        (domain.keytab.as_path(), "wiki.example.test", "has no key for HTTP/wiki.example.test"),
    ] {
        let text = format!(
            "[server]\ndatabase_url = \"sqlite://p.db\"\n[server.kerberos]\nkeytab = \"{}\"\n{}\
             [authenticator.windows.negotiate]\nservice = \"HTTP/{service}\"\n\
             [[front]]\npath = \"/im/\"\nauthenticators = [\"windows\"]\n",
            keytab.display(),
            domain.authenticator("")
        );
        std::fs::write(&config, text).expect("a configuration");
        let config = config.to_str().expect("UTF-8");
        let outcome = portico(["check", "--config", config]).run().await;
        let said = outcome.expect(1);
        assert!(said.contains(says), "`{says}` is missing in {said}");
    }
}

pub(crate) async fn whoever_only_asks_gets_no_session() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    let nobody = domain.ticket("alice", &[]).await;
    // GET is nobody's login.
    let answer = nobody.curl(server.public.port(), "/im/api/v1/session", &[]).await;
    assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")));
    assert_eq!(nobody.curl(server.public.port(), "/im/api/v1/session", POST_NOTHING).await.status, 201);
}

pub(crate) async fn chromium_signs_on_without_typing() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    let ticket = domain.ticket("alice", &[]).await;
    let port = server.public.port();
    let url = format!("http://{HOST}:{port}/silent/");
    let metrics = async || server.manage("/metrics").await.1;
    let accepted =
        "portico_auth_attempts_total{front=\"silent\",authenticator=\"windows\",outcome=\"accepted\"}";
    // Without the policy the browser keeps its ticket to itself: the page has asked, and nobody came.
    let browser = ticket.chromium(&url, &[]);
    let asked = |line: &&str| line.contains("method=\"POST\"") && line.contains("status=\"401\"");
    eventually("the page asks for a ticket", async || metrics().await.lines().find(asked).map(drop)).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(!metrics().await.contains(accepted), "{}", metrics().await);
    drop(browser);
    // With it the browser answers, without anybody's doing.
    let _browser = ticket.chromium(&url, &["--auth-server-allowlist=*.example.test"]);
    eventually("Chromium signs on", async || metrics().await.contains(accepted).then_some(())).await;
}
