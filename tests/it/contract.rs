//! What holds for every call: the shape of requests and of refusals.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::reply::SECURITY_HEADERS;
use crate::support::{Database, Person, builder};

/// Every call that takes a body, with one that would be understood.
fn calls_with_bodies(other: &str, talk: &str) -> Vec<(Method, String, Value)> {
    vec![
        (Method::POST, "session".into(), json!({ "login": "nobody", "password": "x" })),
        (Method::POST, "account".into(), json!({ "login": "someone", "password": "x" })),
        (Method::PUT, format!("contacts/{other}"), json!({ "action": "request" })),
        (Method::POST, "conversations".into(), json!({ "with": [other] })),
        (Method::PUT, format!("conversations/{talk}/read"), json!({ "message_id": "1" })),
        (Method::POST, format!("conversations/{talk}/messages"), json!({ "text": "hello" })),
    ]
}

pub(crate) async fn bodies_are_json_without_surprises(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    for (method, call, good) in calls_with_bodies(&bob.id, &talk) {
        let with = |media: &'static str, body: Vec<u8>| {
            let request = ann.request(method.clone(), &call).header("content-type", media).body(body);
            async { Person::send(request).await }
        };
        let text = good.to_string();
        for media in
            ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
        {
            with(media, text.clone().into_bytes()).await.problem(415, "unsupported-media-type");
        }
        let without_media_type = ann.request(method.clone(), &call).body(text.clone());
        Person::send(without_media_type).await.problem(415, "unsupported-media-type");

        let mut unknown_field = good.clone();
        unknown_field["colour"] = json!("blue");
        for broken in [
            unknown_field.to_string(),
            format!("{text} and more"),
            text[..text.len() - 1].to_owned(),
            String::new(),
            "null".into(),
            "[]".into(),
            "\"text\"".into(),
            "17".into(),
        ] {
            let reply = with("application/json", broken.clone().into_bytes()).await;
            let problem = reply.problem(400, "invalid-request");
            assert!(problem["detail"].is_string(), "{method} {call} {broken}: {problem}");
        }
        let mut invalid = text.clone().into_bytes();
        let quote = invalid.iter().rposition(|&byte| byte == b'"').unwrap();
        invalid.insert(quote, 0xFF);
        with("application/json", invalid).await.problem(400, "invalid-request");

        with("application/json", vec![b' '; 200_000]).await.problem(413, "payload-too-large");
    }
    // Parameters of the media type are fine.
    let request =
        ann.request(Method::POST, "conversations").header("content-type", "Application/JSON; charset=utf-8");
    Person::send(request.body(json!({ "with": [bob.id] }).to_string())).await.expect(200);
}

pub(crate) async fn a_place_says_which_methods_it_does_not_take(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    for (method, call) in [
        (Method::POST, "front"),
        (Method::PUT, "session"),
        (Method::DELETE, "roster"),
        (Method::POST, "contacts/x"),
        (Method::DELETE, "conversations"),
        (Method::GET, "conversations/x/read"),
        (Method::PATCH, "conversations/x/messages"),
        (Method::POST, "events"),
        (Method::DELETE, "events/stream"),
        (Method::OPTIONS, "session"),
    ] {
        Person::send(ann.request(method, call)).await.problem(405, "method-not-allowed");
    }
}

pub(crate) async fn unknown_places_are_not_found(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    for call in ["", "nothing", "session/extra", "conversations/x/y", "events/x", "../../nowhere"] {
        ann.get(call).await.problem(404, "not-found");
    }
    for path in [
        "/",
        "/nowhere/",
        "/nowhere/api/v1/session",
        "/im/api/v2/session",
        "/im/api",
        "/admin",
        "/front/api/v1/front",
    ] {
        let reply = Person::send(server.http.get(format!("{}{path}", server.origin()))).await;
        reply.problem(404, "not-found");
    }
}

pub(crate) async fn unknown_and_repeated_parameters_are_refused(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let history = format!("conversations/{}/messages", ann.talk_to(&bob).await);
    for call in ["roster", "conversations", "events", "events/stream", history.as_str()] {
        ann.get(&format!("{call}?colour=blue")).await.problem(400, "invalid-request");
    }
    for call in ["roster", "conversations", history.as_str()] {
        for limit in ["0", "-1", "x", "1.5", "99999999999999999999999", "1&limit=1"] {
            ann.get(&format!("{call}?limit={limit}")).await.problem(400, "invalid-request");
        }
        ann.get(&format!("{call}?limit=100000")).await.expect(200);
    }
    for after in ["x", "0", "00000000-0000-0000-0000-00000000000"] {
        ann.get(&format!("roster?after={after}")).await.problem(400, "invalid-request");
        ann.get(&format!("conversations?after={after}")).await.problem(400, "invalid-request");
        ann.get(&format!("{history}?before={after}")).await.problem(400, "invalid-request");
    }
}

pub(crate) async fn ids_that_nobody_made_are_not_found(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    ann.say(&talk, "hello").await;
    let unknown = "019000000000700080000000deadbeef";
    for id in [
        unknown,
        "x",
        "0",
        "-1",
        "%00",
        "%2e%2e",
        "%FF",
        "018f0000-0000-7000-8000-000000000000",
        &"9".repeat(500),
    ] {
        ann.get(&format!("contacts/{id}")).await.problem(404, "not-found");
        ann.put(&format!("contacts/{id}"), &json!({ "action": "request" })).await.problem(404, "not-found");
        ann.delete(&format!("contacts/{id}")).await.problem(404, "not-found");
        ann.get(&format!("conversations/{id}")).await.problem(404, "not-found");
        ann.get(&format!("conversations/{id}/messages")).await.problem(404, "not-found");
        ann.write(id, &json!({ "text": "x" })).await.problem(404, "not-found");
        ann.put(&format!("conversations/{id}/read"), &json!({ "message_id": "1" }))
            .await
            .problem(404, "not-found");
        ann.post("conversations", &json!({ "with": [id] })).await.problem(404, "not-found");
        ann.put(&format!("conversations/{talk}/read"), &json!({ "message_id": id }))
            .await
            .problem(404, "not-found");
    }
}

pub(crate) async fn every_problem_has_a_page(database: Database) {
    let server = builder(database).start().await;
    for slug in [
        "login-refused",
        "challenge-required",
        "session-required",
        "banned",
        "disabled",
        "expired-password",
        "not-permitted",
        "locked",
        "pending",
        "limit-reached",
        "csrf",
        "not-found",
        "method-not-allowed",
        "conflict",
        "payload-too-large",
        "unsupported-media-type",
        "invalid-request",
        "unacceptable",
        "throttled",
        "front-full",
        "address-full",
        "no-more-accounts",
        "moved",
        "maintenance",
        "authenticator-unavailable",
        "store-unavailable",
        "internal",
    ] {
        let page = Person::send(server.http.get(format!("{}/problems/{slug}", server.origin()))).await;
        assert_eq!(page.status, 200, "{slug}");
        assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    }
    let unknown = Person::send(server.http.get(format!("{}/problems/none", server.origin()))).await;
    unknown.problem(404, "not-found");
}

pub(crate) async fn the_page_and_its_parts_come_with_their_types(database: Database) {
    let server = builder(database).start().await;
    let get = async |path: &str| Person::send(server.http.get(format!("{}{path}", server.origin()))).await;
    let page = get("/im/").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    let moved = get("/im").await;
    assert_eq!((moved.status, moved.header("location")), (308, Some("/im/")));
    get("/im/assets/nothing.js").await.problem(404, "not-found");
    get("/im/assets/..%2f..%2fCargo.toml").await.problem(404, "not-found");
    let known = server
        .http
        .get(format!("{}/im/", server.origin()))
        .header("if-none-match", page.header("etag").unwrap());
    assert_eq!(Person::send(known).await.status, 304);
    let document = get("/im/api/v1/openapi.json").await.expect(200);
    assert_eq!(
        (&document["openapi"], &document["servers"][0]["url"]),
        (&json!("3.1.0"), &json!("/im/api/v1"))
    );
}

pub(crate) async fn every_answer_carries_the_security_headers(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    // Whatever kind of answer it is; that each test's each answer has them is looked at when it is read.
    let stranger = server.stranger("/im/");
    for reply in [
        ann.get("session").await,
        ann.get("nothing").await,
        stranger.get("session").await,
        stranger.get("../../healthz").await,
        Person::send(ann.request(Method::POST, "conversations").body("x")).await,
        Person::send(ann.request(Method::from_bytes(b"BREW").unwrap(), "session")).await,
        Person::send(ann.request(Method::HEAD, "session")).await,
    ] {
        for name in SECURITY_HEADERS {
            assert!(reply.headers.contains_key(name), "{} without {name}", reply.status);
        }
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(reply.header("x-frame-options"), Some("DENY"));
        assert!(reply.header("access-control-allow-origin").is_none());
    }
}
