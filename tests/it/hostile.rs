//! What strangers send: always refused, never an error of the server's own.

use serde_json::json;

use crate::support::client::password_of;
use crate::support::raw::{exchange, status_of};
use crate::support::{Database, Person, builder};

const NASTY: [&str; 16] = [
    "' OR 1=1 --",
    "\" OR \"\"=\"",
    "'; DROP TABLE account; --",
    "a\0b",
    "\0",
    "\u{202e}nna\u{202c}",
    "\u{feff}ann",
    "%00%0a",
    "../../etc/passwd",
    "{{7*7}}${7*7}",
    "<script>alert(1)</script>",
    "\r\nSet-Cookie: x=y",
    "\u{10ffff}\u{fffe}",
    "a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}",
    "ﷺﷺﷺﷺ",
    "İIıi",
];

pub(crate) async fn strange_names_and_passwords_are_only_refused(database: Database) {
    let server = builder(database).login("refusal_step = 0\nmax_failures_per_name = 1000").start().await;
    server.register("/im/", "ann").await;
    let ten_kilobytes = "x".repeat(10_000);
    let combining = "\u{300}".repeat(5_000);
    for name in NASTY.into_iter().chain([ten_kilobytes.as_str(), combining.as_str()]) {
        server.log_in("/im/", name, "not the password").await.problem(401, "login-refused");
        server.log_in("/im/", "ann", name).await.problem(401, "login-refused");
        let form = json!({ "login": name, "password": name, "display_name": name, "email": name });
        let reply = server.stranger("/im/").post("account", &form).await;
        assert!(matches!(reply.status, 409 | 422), "{name:?}: {}", reply.text());
    }
    server.enter("/im/", "ann", &password_of("ann")).await;
}

pub(crate) async fn strange_values_in_every_place_are_only_refused(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    for value in NASTY {
        let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        for call in [
            format!("people?login={encoded}"),
            format!("roster?after={encoded}"),
            format!("events?cursor={encoded}"),
            format!("events/stream?cursor={encoded}"),
            format!("contacts/{encoded}"),
            format!("conversations/{encoded}"),
            format!("conversations/{encoded}/messages?before={encoded}"),
            format!("{encoded}/{encoded}?{encoded}={encoded}"),
        ] {
            let reply = ann.get(&call).await;
            let found_nobody = call.starts_with("people") && reply.status == 200;
            assert!(found_nobody || (400..500).contains(&reply.status), "{call}: {}", reply.status);
        }
        ann.post("conversations", &json!({ "with": [value] })).await.problem(404, "not-found");
        ann.put(&format!("contacts/{}", bob.id), &json!({ "action": value }))
            .await
            .problem(400, "invalid-request");
        ann.put(&format!("conversations/{talk}/read"), &json!({ "message_id": value }))
            .await
            .problem(404, "not-found");
        let reply = ann.write(&talk, &json!({ "text": value, "client_id": value })).await;
        assert!(matches!(reply.status, 201 | 422), "{value:?}: {}", reply.text());
    }
    assert_eq!(bob.roster().await.len(), 1);
}

pub(crate) async fn strange_json_is_only_refused(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let deep =
        |open: &str, close: &str, depth: usize| format!("{}{}", open.repeat(depth), close.repeat(depth));
    let bodies = [
        deep("[", "]", 20_000),
        deep("{\"text\":", "}", 10_000),
        format!("{{\"text\":{}}}", deep("[", "]", 5_000)),
        "{\"text\":1e999999999}".into(),
        format!("{{\"text\":{}}}", "9".repeat(50_000)),
        "{\"text\":\"\\ud800\"}".into(),
        "{\"text\":\"a\",\"text\":\"b\"}".into(),
        "{\"text\":\"\\u0000\",\"client_id\":\"\\u0000\"}".into(),
        "{\"text\":\"unended".into(),
        "\u{feff}{\"text\":\"a\"}".into(),
        "{\"__proto__\":{},\"text\":\"a\"}".into(),
        "NaN".into(),
    ];
    for body in bodies {
        for call in [
            format!("conversations/{talk}/messages"),
            "conversations".into(),
            "session".into(),
            "account".into(),
        ] {
            let request =
                ann.request(reqwest::Method::POST, &call).header("content-type", "application/json");
            let reply = Person::send(request.body(body.clone())).await;
            assert!(
                matches!(reply.status, 400 | 422),
                "{call} {}: {}",
                &body[..20.min(body.len())],
                reply.text()
            );
        }
    }
    assert!(ann.whole_history(&talk).await.is_empty());
}

pub(crate) async fn strange_requests_get_an_answer_of_the_4xx_or_none(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let bearer = format!("Authorization: Bearer {}\r\n", ann.token);
    let line = |line: &str, headers: &str| {
        format!("{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{headers}\r\n", server.public)
            .into_bytes()
    };
    let long = "x".repeat(200_000);
    let mut requests = vec![
        line("BREW /im/api/v1/session", &bearer),
        line("get /im/api/v1/session", &bearer),
        line("GET /im/api/v1/%", &bearer),
        line("GET /im/api/v1/%zz/%2", &bearer),
        line("GET /im/api/v1/contacts/%ff%fe", &bearer),
        line("GET /im/api/v1/contacts/%00", &bearer),
        line("GET /im/api/v1/conversations/%2F%2F/messages", &bearer),
        line("GET /im/api/v1/roster?%ff=%fe", &bearer),
        line("GET /im/api/v1/roster?&&&===", &bearer),
        line("GET /im/api/v1/roster?after=%", &bearer),
        line("GET /im//api//v1//session", &bearer),
        line("GET /im/../im/api/v1/session", &bearer),
        line("GET /im/assets/%2e%2e/%2e%2e/portico.toml", ""),
        line("GET /im/assets/..\\..\\portico.toml", ""),
        line("GET //evil.example/im/", ""),
        line("GET /nowhere\u{fe}", ""),
        line("GET http://evil.example/im/api/v1/nothing", &bearer),
        line("CONNECT evil.example:443", ""),
        line("TRACE /im/api/v1/session", &bearer),
        line("GET /im/api/v1/session", "Cookie: portico_im=\u{1}; portico_im==;;;=\r\n"),
        line("GET /im/api/v1/session", &format!("Authorization: Bearer {long}\r\n")),
        line("GET /im/api/v1/session", &format!("X-Large: {long}\r\n")),
        line("GET /im/api/v1/session", &"X-Many: x\r\n".repeat(2_000)),
        line(&format!("GET /im/api/v1/{long}"), &bearer),
        line("POST /im/api/v1/session", "Content-Type: application/json\r\nContent-Length: -1\r\n"),
        line(
            "POST /im/api/v1/session",
            "Content-Type: application/json\r\nContent-Length: 99999999999999999999\r\n",
        ),
        line("POST /im/api/v1/session", "Content-Type: application/json\r\nContent-Length: 99999999\r\n"),
        line("POST /im/api/v1/session", "Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde"),
        line(
            "POST /im/api/v1/session",
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n",
        ),
        line("POST /im/api/v1/session", "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
        line("POST /im/api/v1/session", "Content-Type: \u{ff}\u{fe}\r\nContent-Length: 2\r\n\r\n{}"),
        line("GET /im/api/v1/events", "Last-Event-ID: \u{fe}\r\n"),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(20),
        b"\0\0\0\0\r\n\r\n".to_vec(),
        b"GET\r\n\r\n".to_vec(),
        b"GET / HTTP/9.9\r\nConnection: close\r\n\r\n".to_vec(),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n".to_vec(),
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\nConnection: close\r\n\r\n".to_vec(),
    ];
    requests.push(line("GET /im/api/v1/session", "Host: \u{ff}\r\n"));
    for request in requests {
        let shown = String::from_utf8_lossy(&request[..request.len().min(120)]).into_owned();
        let answer = exchange(server.public, &request).await;
        match status_of(&answer) {
            Some(status) => assert!((400..500).contains(&status), "{status} for {shown}"),
            None => assert!(answer.is_empty(), "{shown}: {}", String::from_utf8_lossy(&answer)),
        }
    }
    ann.get("session").await.expect(200);
    assert!(!server.log().contains("panicked"));
}

pub(crate) async fn connections_that_say_nothing_disturb_nobody(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let mut idle = Vec::new();
    for _ in 0..300 {
        idle.push(tokio::net::TcpStream::connect(server.public).await.unwrap());
    }
    let half = b"POST /im/api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    for socket in idle.iter_mut().take(100) {
        tokio::io::AsyncWriteExt::write_all(socket, half).await.unwrap();
    }
    ann.get("session").await.expect(200);
}
