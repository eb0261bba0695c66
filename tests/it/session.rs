//! Logging in, being logged in, logging out.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Proof, password_of, text};
use crate::support::{Database, Person, builder};

fn is_time(value: &Value) -> bool {
    let shape = "dddd-dd-ddTdd:dd:dd.dddZ";
    value.as_str().is_some_and(|text| {
        text.len() == shape.len()
            && text
                .chars()
                .zip(shape.chars())
                .all(|(c, s)| if s == 'd' { c.is_ascii_digit() } else { c == s })
    })
}

pub(crate) async fn the_log_names_who_comes_in_where_that_is_asked_for(database: Database) {
    for asked in [false, true] {
        let server = builder(database).login(&format!("log_names = {asked}")).start().await;
        server.person("hildegard").await;
        let log = server.log();
        let named = log.lines().find(|line| line.contains("session opened"));
        assert_eq!(named.is_some(), asked, "{log}");
        assert_eq!(log.contains("hildegard"), asked, "{log}");
        assert!(named.is_none_or(|line| line.contains("im") && line.contains("password")), "{log}");
    }
}

pub(crate) async fn a_login_says_who_one_is_and_where_to_begin_listening(database: Database) {
    let server = builder(database).start().await;
    server.register("/im/", "Ann").await;
    let body = server.log_in("/im/", "ann", &password_of("Ann")).await.expect(201);
    let account = &body["account"];
    assert_eq!(account["login"], "Ann", "as registered, whatever was typed");
    assert_eq!(account["display_name"], "Ann");
    assert_eq!(account["realm"], "native");
    assert_eq!(account["email"], Value::Null);
    for id in [&account["id"], &body["cursor"], &body["token"]] {
        let id = text(id);
        assert!((1..=128).contains(&id.len()) && id.is_ascii(), "{id}");
    }
    assert!(is_time(&body["expires_at"]), "{body}");
    assert_eq!(body["restrictions"], json!({ "write": null }));

    let ann = server.entered("/im/", &server.log_in("/im/", "Ann", &password_of("Ann")).await);
    let session = ann.get("session").await.expect(200);
    assert_eq!(session["account"], *account);
    assert_eq!(session["front"]["id"], "im");
    assert_eq!(session["restrictions"], json!({ "write": null }));
    assert!(is_time(&session["expires_at"]), "{session}");
}

pub(crate) async fn the_front_tells_how_to_enter(database: Database) {
    let server = builder(database).start().await;
    let front = server.stranger("/im/").get("front").await.expect(200);
    assert_eq!(front["id"], "im");
    assert_eq!(front["title"], "Open to all");
    assert_eq!(front["mode"], "open-community");
    assert_eq!(front["community"], "main");
    assert_eq!(front["login_methods"], json!(["password"]));
    assert_eq!(front["registration"], "form");
    assert_eq!(front["links"], json!({ "register": null, "forgotten_password": null, "inbox": null }));
    assert_eq!(
        front["limits"],
        json!({ "max_contacts": null, "max_sessions": null, "max_message_bytes": 16384 })
    );
    let elsewhere = server.stranger("/elsewhere/").get("front").await.expect(200);
    assert_eq!((&elsewhere["community"], &elsewhere["id"]), (&json!("elsewhere"), &json!("elsewhere")));
}

pub(crate) async fn the_cookie_is_the_fronts_alone_and_no_scripts_business(database: Database) {
    let server = builder(database).start().await;
    server.register("/im/", "ann").await;
    let reply = server.log_in("/im/", "ann", &password_of("ann")).await;
    let cookie = reply.header("set-cookie").expect("a cookie").to_owned();
    let mut parts = cookie.split("; ");
    let token = text(&reply.expect(201)["token"]);
    server.keep_secret(&token);
    assert_eq!(parts.next(), Some(format!("portico_im={token}").as_str()));
    let attributes: Vec<&str> = parts.collect();
    for attribute in ["HttpOnly", "SameSite=Lax", "Path=/im/"] {
        assert!(attributes.contains(&attribute), "{cookie}");
    }
    assert!(attributes.iter().any(|attribute| attribute.starts_with("Max-Age=")), "{cookie}");
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
}

pub(crate) async fn behind_tls_the_cookie_is_secure_and_so_is_its_name(database: Database) {
    let server = builder(database).server("public_url = \"https://chat.example.org\"").start().await;
    let ann = server.person("ann").await;
    let reply = server.log_in("/im/", "ann", &password_of("ann")).await;
    let cookie = reply.header("set-cookie").expect("a cookie").to_owned();
    server.keep_secret(&text(&reply.expect(201)["token"]));
    assert!(cookie.starts_with("__Secure-portico_im=") && cookie.contains("; Secure"), "{cookie}");
    let pair = cookie.split(';').next().unwrap().to_owned();
    let at = |origin: &str| Person {
        proof: Proof::Cookie { pair: pair.clone(), origin: origin.to_owned() },
        ..ann.clone()
    };
    at(&server.origin()).delete("session").await.problem(403, "csrf");
    at("https://chat.example.org").delete("session").await.expect(204);
}

pub(crate) async fn a_cookie_and_a_bearer_token_together_are_refused(database: Database) {
    let server = builder(database).start().await;
    let ann = server.cookie_person("/im/", "ann").await;
    for call in ["session", "roster", "conversations", "events"] {
        let request = ann.request(Method::GET, call).bearer_auth(&ann.token);
        Person::send(request).await.problem(400, "invalid-request");
    }
}

pub(crate) async fn a_cookie_needs_proof_of_origin_for_what_changes_something(database: Database) {
    let server = builder(database).start().await;
    let ann = server.cookie_person("/im/", "ann").await;
    let bob = server.person("bob").await;
    let Proof::Cookie { pair, origin } = &ann.proof else { panic!("a cookie") };
    let bare = |method: Method, call: &str| {
        ann.http.request(method, format!("{}{call}", ann.api)).header("cookie", pair)
    };
    // Reading is free.
    for call in ["session", "roster", "conversations", "events"] {
        Person::send(bare(Method::GET, call)).await.expect(200);
    }
    let body = json!({ "with": [bob.id] });
    let contact = format!("contacts/{}", bob.id);
    let unsafe_calls = [
        (Method::POST, "conversations", Some(&body)),
        (Method::DELETE, contact.as_str(), None),
        (Method::DELETE, "session", None),
        (Method::POST, "session", Some(&body)),
    ];
    for (method, call, body) in unsafe_calls {
        let request = || {
            let request = bare(method.clone(), call);
            if let Some(body) = body { request.json(body) } else { request }
        };
        let other_port = "http://127.0.0.1:1";
        for refused in [
            request(),
            request().header("x-portico-csrf", "1"),
            request().header("origin", origin),
            request().header("origin", origin).header("x-portico-csrf", "0"),
            request().header("origin", other_port).header("x-portico-csrf", "1"),
            request().header("origin", "null").header("x-portico-csrf", "1"),
            request().header("origin", "https://evil.example").header("x-portico-csrf", "1"),
            request().header("origin", format!("{origin}.evil.example")).header("x-portico-csrf", "1"),
        ] {
            Person::send(refused).await.problem(403, "csrf");
        }
    }
    Person::send(bare(Method::GET, "session").header("upgrade", "websocket")).await.problem(403, "csrf");
    ann.post("conversations", &body).await.expect(201);
    ann.delete("session").await.expect(204);
}

pub(crate) async fn the_token_of_one_front_is_nothing_at_another(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    ann.get("session").await.expect(200);
    for front in ["/second/", "/strict/", "/elsewhere/"] {
        let there = Person { api: server.api(front), ..ann.clone() };
        there.get("session").await.problem(401, "session-required");
        let cookie = Proof::Cookie {
            pair: format!("portico_{}={}", front.trim_matches('/'), ann.token),
            origin: server.origin(),
        };
        let there = Person { proof: cookie, ..there };
        there.get("session").await.problem(401, "session-required");
    }
}

pub(crate) async fn a_bogus_token_costs_no_look_into_the_database(database: Database) {
    let server = builder(database).server("seen_write_interval = \"1h\"").start().await;
    let ann = server.person("ann").await;
    ann.get("session").await.expect(200);
    let before = server.statements_at_rest().await;
    let mut flipped = ann.token.clone();
    let last = if flipped.ends_with('A') { 'B' } else { 'A' };
    flipped.pop();
    flipped.push(last);
    let long = "A".repeat(3000);
    for token in ["x", flipped.as_str(), long.as_str(), "....", "ÿ"] {
        let request = server.stranger("/im/").request(Method::GET, "session");
        let value = format!("Bearer {token}");
        let reply = Person::send(request.header("authorization", value.into_bytes())).await;
        assert!(matches!(reply.status, 400 | 401), "{}", reply.text());
    }
    assert_eq!(server.statements().await, before);
}

pub(crate) async fn authorization_for_somebody_else_is_passed_over(database: Database) {
    let server = builder(database).start().await;
    let ann = server.cookie_person("/im/", "ann").await;
    for value in ["Basic YTpi", "Digest abc"] {
        let request = server.stranger("/im/").request(Method::GET, "session").header("authorization", value);
        Person::send(request).await.problem(401, "session-required");
        Person::send(ann.request(Method::GET, "session").header("authorization", value)).await.expect(200);
    }
    for value in ["Bearer", "Bearer "] {
        let request = server.stranger("/im/").request(Method::GET, "session").header("authorization", value);
        Person::send(request).await.problem(400, "invalid-request");
    }
}

pub(crate) async fn signing_out_ends_the_session_and_no_other(database: Database) {
    let server = builder(database).start().await;
    let (ann, phone) = (server.person("ann").await, server.person("ann").await);
    assert_eq!(ann.id, phone.id);
    assert_ne!(ann.token, phone.token);
    let reply = ann.delete("session").await;
    reply.expect(204);
    let cookie = reply.header("set-cookie").expect("the cookie is taken away");
    assert!(cookie.starts_with("portico_im=;") && cookie.contains("Max-Age=0"), "{cookie}");
    ann.get("session").await.problem(401, "session-required");
    ann.delete("session").await.problem(401, "session-required");
    phone.get("session").await.expect(200);
}

pub(crate) async fn a_login_in_the_same_browser_replaces_the_session(database: Database) {
    let server = builder(database).start().await;
    let ann = server.cookie_person("/im/", "ann").await;
    let again = ann.post("session", &json!({ "login": "ann", "password": password_of("ann") })).await;
    let fresh = server.entered("/im/", &again);
    assert_ne!(fresh.token, ann.token);
    ann.get("session").await.problem(401, "session-required");
    fresh.get("session").await.expect(200);
}

pub(crate) async fn a_login_needs_a_name_and_a_password(database: Database) {
    let server = builder(database).start().await;
    let stranger = server.stranger("/im/");
    for body in [
        json!({}),
        json!({ "login": "ann" }),
        json!({ "password": "x" }),
        json!({ "login": null, "password": null }),
    ] {
        stranger.post("session", &body).await.problem(400, "invalid-request");
    }
    let answer = json!({ "challenge_id": "nobody-asked", "response": "x" });
    stranger.post("session", &answer).await.problem(401, "login-refused");
}

pub(crate) async fn a_session_ends_when_its_time_is_over(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    server.terminate().await;
    let year_1970 =
        format!("UPDATE sessions SET expires_at = 1000 WHERE account = {}", server.database.uuid(&ann.id));
    server.database.execute(&year_1970).await;
    server.start_again().await;
    ann.get("session").await.problem(401, "session-required");
    bob.get("session").await.expect(200);
}

pub(crate) async fn ones_sessions_are_listed_and_one_can_be_ended(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let other = server.person("ann").await;
    let at_second = server.person_at("/second/", "ann").await;
    let listed = ann.get("account/sessions").await.expect(200);
    let sessions = listed["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 3, "{listed}");
    assert!(sessions.iter().all(|session| session["address"] == "127.0.0.1"), "{listed}");
    let current: Vec<_> = sessions.iter().filter(|session| session["current"] == true).collect();
    assert_eq!(current.len(), 1);
    for token in [&ann.token, &other.token] {
        assert!(!listed.to_string().contains(token.as_str()), "ids are no tokens");
    }
    let own = current[0]["id"].as_str().unwrap().to_owned();
    let theirs = other.get("account/sessions").await.expect(200);
    let of_other = theirs["sessions"].as_array().unwrap().iter().find(|session| session["current"] == true);
    let of_other = of_other.unwrap()["id"].as_str().unwrap().to_owned();

    let never = "018f0000-0000-7000-8000-000000000000";
    let (foreign, invented) = (
        bob.delete(&format!("account/sessions/{of_other}")).await,
        bob.delete(&format!("account/sessions/{never}")).await,
    );
    foreign.problem(404, "not-found");
    assert_eq!(foreign.text(), invented.text());
    ann.delete("account/sessions/none").await.problem(404, "not-found");
    other.get("session").await.expect(200);

    ann.delete(&format!("account/sessions/{of_other}")).await.expect(204);
    assert_eq!(other.get("session").await.problem(401, "session-ended")["reason"], "logged-out");
    ann.delete(&format!("account/sessions/{of_other}")).await.problem(404, "not-found");
    at_second.get("session").await.expect(200);
    ann.delete(&format!("account/sessions/{own}")).await.expect(204);
    ann.get("session").await.problem(401, "session-required");
    assert_eq!(at_second.get("account/sessions").await.expect(200)["sessions"].as_array().unwrap().len(), 1);
}
