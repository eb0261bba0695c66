//! Entering without a password: by the forum's cookies, and by a ticket that it signed.

use std::process::Command;

use portico_auth_phpbb::demo::Browser;
use serde_json::json;

use crate::support::board::{BOARD, FRONT, USER_AGENT, board_builder, board_server, visitor};
use crate::support::client::Proof;
use crate::support::{Database, Person, Reply, TestServer};

const SECRET: &str = "an example secret of thirty-two+ bytes";

const DOOR: &str = r#"
[[front]]
path = "/door/"
authenticators = ["board"]
mode = "open-community"
[front.hand_over]
secret = "an example secret of thirty-two+ bytes"
"#;

fn header_of(cookies: &[(String, String)]) -> String {
    cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
}

/// What a page of the front sends when its browser has these cookies.
async fn knock(server: &TestServer, cookies: &str) -> Reply {
    let request = server
        .http
        .post(format!("{}session", server.api("/board/")))
        .header("cookie", cookies)
        .header("user-agent", USER_AGENT)
        .header("origin", server.origin())
        .header("x-portico-csrf", "1")
        .json(&json!({}));
    Person::send(request).await
}

pub(crate) async fn whoever_is_logged_in_at_the_board_is_in(database: Database) {
    let (server, board) = board_server(database, &["ann"]).await;
    let front = server.stranger("/board/").get("front").await.expect(200);
    assert_eq!(front["login_methods"], json!(["external-session", "password"]));
    for cookies in
        [board.session("ann", &visitor()).await.unwrap(), board.remembered("ann", &visitor()).await.unwrap()]
    {
        for (_, value) in &cookies {
            server.keep_secret(value);
        }
        let ann = server.entered("/board/", &knock(&server, &header_of(&cookies)).await);
        assert_eq!(ann.login, "ann");
        let session = ann.get("session").await.expect(200);
        assert_eq!(session["proof"], "external-session");
    }
}

pub(crate) async fn what_proves_nobody_lets_nobody_in(database: Database) {
    let (server, board) = board_server(database, &["ann"]).await;
    let cookies = board.session("ann", &visitor()).await.unwrap();
    let sid = cookies.iter().find(|(name, _)| name.ends_with("_sid")).unwrap();
    let guest = board.guest_session(&visitor()).await.unwrap();
    let elsewhere = Browser { address: [192, 0, 2, 9].into(), user_agent: USER_AGENT.to_owned() };
    let stolen = board.session("ann", &elsewhere).await.unwrap();
    for (what, cookies) in [
        ("none", "a=b".to_owned()),
        ("a guest's", header_of(&guest)),
        ("a forged one", format!("{}={}", sid.0, "0".repeat(32))),
        ("a cut one", format!("{}={}", sid.0, &sid.1[..16])),
        ("an injected one", format!("{}=' OR '1'='1", sid.0)),
        ("another browser's, first", format!("{}=x; {}", sid.0, header_of(&cookies))),
        ("one of another address", header_of(&stolen)),
    ] {
        let reply = knock(&server, &cookies).await;
        assert_eq!(reply.status, 401, "{what}: {}", reply.text());
        reply.problem(401, "login-refused");
    }
    board.log_out("ann").await.unwrap();
    knock(&server, &header_of(&cookies)).await.problem(401, "login-refused");
}

pub(crate) async fn another_sites_page_can_not_use_the_boards_cookies(database: Database) {
    let (server, board) = board_server(database, &["ann"]).await;
    let cookies = header_of(&board.session("ann", &visitor()).await.unwrap());
    for origin in [None, Some("https://evil.example"), Some("null")] {
        let mut request = server
            .http
            .post(format!("{}session", server.api("/board/")))
            .header("cookie", &cookies)
            .header("user-agent", USER_AGENT)
            .json(&json!({}));
        if let Some(origin) = origin {
            request = request.header("origin", origin).header("x-portico-csrf", "1");
        }
        Person::send(request).await.problem(403, "csrf");
    }
}

pub(crate) async fn the_banned_are_told_so_at_the_door(database: Database) {
    let (server, board) = board_server(database, &["ann"]).await;
    let cookies = header_of(&board.session("ann", &visitor()).await.unwrap());
    board.ban("ann", "too much noise").await.unwrap();
    let problem = knock(&server, &cookies).await.problem(403, "banned");
    assert_eq!(problem["detail"], "too much noise");
}

pub(crate) async fn guests_of_the_board_are_not_counted_as_guesses(database: Database) {
    let (builder, board) = board_builder(database, &["ann"]).await;
    let server = builder.login("max_failures_per_address = 2\n").and(FRONT).start().await;
    let guest = header_of(&board.guest_session(&visitor()).await.unwrap());
    for _ in 0..10 {
        knock(&server, &guest).await.problem(401, "login-refused");
    }
    let cookies = header_of(&board.session("ann", &visitor()).await.unwrap());
    knock(&server, &cookies).await.expect(201);
}

/// A ticket as the file beside the documentation makes it.
fn php_ticket(front: &str, subject: &str) -> String {
    let php = std::env::var("PORTICO_TEST_PHP")
        .unwrap_or_else(|_| panic!("PORTICO_TEST_PHP is not set: run cargo xtask test, which installs PHP"));
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../extras/hand-over/portico_ticket.php");
    let code = format!("require '{file}'; echo portico_ticket('{SECRET}', 'board', '{front}', '{subject}');");
    let output = Command::new(php).args(["-r", &code]).output().expect("PHP runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a ticket is text")
}

async fn hand_over(server: &TestServer, ticket: &str) -> Reply {
    let request = server
        .http
        .post(format!("{}/door/hand-over", server.origin()))
        .header("origin", "http://board.example.org")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!("ticket={ticket}"));
    Person::send(request).await
}

#[test]
#[ignore = "needs PHP: run cargo xtask test"]
fn a_ticket_that_php_signed_opens_the_door_once() {
    crate::support::run(async {
        let (builder, board) = board_builder(Database::Sqlite, &["ann", "bob"]).await;
        let server = builder.and(DOOR).start().await;
        let ann = board.user_id("ann").await.unwrap().to_string();
        let ticket = php_ticket("door", &ann);
        server.keep_secret(&ticket);
        let reply = hand_over(&server, &ticket).await;
        assert_eq!((reply.status, reply.header("location")), (303, Some("/door/")), "{}", reply.text());
        let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let person = Person {
            proof: Proof::Cookie { pair: cookie, origin: server.origin() },
            ..server.stranger("/door/")
        };
        let session = person.get("session").await.expect(200);
        assert_eq!((&session["account"]["login"], &session["proof"]), (&"ann".into(), &"hand-over".into()));
        let again = hand_over(&server, &ticket).await.problem(401, "login-refused");
        assert_eq!(again["detail"], "the ticket was used before");
        // The same by JSON, as the small window in a frame does it.
        let stranger = server.stranger("/door/");
        let ticket = php_ticket("door", &board.user_id("bob").await.unwrap().to_string());
        let bob = stranger.post("session", &json!({ "ticket": ticket })).await;
        assert_eq!(server.entered("/door/", &bob).login, "bob");
        for wrong in
            [php_ticket("elsewhere", &ann), php_ticket("door", "999999"), "x.y".into(), String::new()]
        {
            stranger.post("session", &json!({ "ticket": wrong })).await.problem(401, "login-refused");
        }
        board.ban("ann", "too much noise").await.unwrap();
        hand_over(&server, &php_ticket("door", &ann)).await.problem(403, "banned");
    });
}

pub(crate) async fn a_front_without_the_secret_takes_no_ticket(database: Database) {
    let (server, _board) = board_server(database, &["ann"]).await;
    server
        .stranger("/board/")
        .post("session", &json!({ "ticket": "x.y" }))
        .await
        .problem(403, "not-permitted");
    let two = json!({ "ticket": "x.y", "login": "ann", "password": "x" });
    server.stranger("/board/").post("session", &two).await.problem(400, "invalid-request");
}

const EMBEDDED: &str = r#"
[[front]]
path = "/board/"
authenticators = ["board"]
mode = "open-community"
[front.embed]
origins = ["https://board.example.org"]
who_is_here = "names"
"#;

pub(crate) async fn who_is_here_is_told_as_far_as_the_front_says(database: Database) {
    let (builder, board) = board_builder(database, &["ann", "bob"]).await;
    let counted = EMBEDDED.replace("/board/", "/counted/").replace("\"names\"", "\"count\"");
    let quiet = FRONT.replace("/board/", "/quiet/");
    let server = builder.and(EMBEDDED).and(&counted).and(&quiet).start().await;
    drop(board);
    let ann = server.enter("/board/", "ann", &crate::support::client::password_of("ann")).await;
    let who = server.stranger("/board/").get("who").await.expect(200);
    assert_eq!(who["count"], 1);
    assert_eq!(who["people"][0]["display_name"], "ann");
    let counted = server.stranger("/counted/").get("who").await.expect(200);
    assert_eq!((&counted["count"], &counted["people"]), (&0.into(), &json!(null)));
    server.stranger("/quiet/").get("who").await.problem(404, "not-found");
    ann.delete("session").await.expect(204);
    let who = server.stranger("/board/").get("who").await.expect(200);
    assert_eq!(who, json!({ "count": 0, "people": [] }));
    let allowed = |origin: &'static str| {
        let request = server.http.get(format!("{}who", server.api("/board/"))).header("origin", origin);
        async move { Person::send(request).await.header("access-control-allow-origin").map(str::to_owned) }
    };
    assert_eq!(allowed("https://board.example.org").await.as_deref(), Some("https://board.example.org"));
    assert_eq!(allowed("https://evil.example").await, None);
}

pub(crate) async fn only_the_pages_that_are_named_may_frame_a_front(database: Database) {
    let (builder, _board) = board_builder(database, &["ann"]).await;
    let quiet = FRONT.replace("/board/", "/quiet/");
    let server = builder.and(EMBEDDED).and(&quiet).start().await;
    let get = |path: &'static str| {
        let request = server.http.get(format!("{}{path}", server.origin()));
        async move { Person::send(request).await }
    };
    let page = get("/board/").await;
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.ends_with("frame-ancestors https://board.example.org"), "{policy}");
    assert_eq!(page.header("x-frame-options"), None, "it knows no origins");
    let script = get("/board/widget.js").await;
    assert_eq!(script.status, 200);
    assert_eq!(script.header("cross-origin-resource-policy"), Some("cross-origin"));
    assert_eq!(get("/board/").await.header("cross-origin-resource-policy"), Some("same-origin"));
    for path in ["/board/launcher", "/board/embed", "/board/who"] {
        assert_eq!(get(path).await.status, 200, "{path}");
    }
    for path in ["/quiet/widget.js", "/quiet/launcher", "/quiet/who"] {
        get(path).await.problem(404, "not-found");
    }
    let policy = get("/quiet/").await.header("content-security-policy").unwrap().to_owned();
    assert!(policy.ends_with("frame-ancestors 'none'"), "{policy}");
}

pub(crate) async fn mistakes_about_groups_news_and_frames_are_told_at_once(database: Database) {
    let wrong = r#"
[[front]]
path = "/board/"
authenticators = ["board"]
require_groups = [{ authenticator = "elsewhere", group = "Team" }]
roles = [{ group = "Team", role = "nobody" }]
[[front.news]]
authenticator = "board"
forums = []
[front.hand_over]
secret = "short"
[front.embed]
origins = ["https://board.example.org/path"]
"#;
    let (builder, _board) = board_builder(database, &[]).await;
    let server = builder.sections(BOARD).and(wrong).prepare().await;
    let outcome = server.serve_and_fail().await;
    for part in [
        "require_groups: `elsewhere` is not one of this front's `authenticators`",
        "roles: there is no [role.nobody]",
        "news: `forums` must list",
        "news: give either `room`",
        "hand_over.secret: expected at least 32 bytes",
        "embed.origins: `https://board.example.org/path`: expected an origin alone",
    ] {
        assert!(outcome.stderr.contains(part), "{part} is not in:\n{}", outcome.stderr);
    }
}
