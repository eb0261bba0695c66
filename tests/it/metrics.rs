//! The management listener.

use std::time::Duration;

use crate::support::{Database, Stream, builder, eventually};

pub(crate) async fn metrics_count_answers_attempts_hashes_and_statements(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    ann.get("session").await.expect(200);
    server.log_in("/im/", "ann", "not the password").await.problem(401, "login-refused");
    let (status, text) = server.manage("/metrics").await;
    assert_eq!(status, 200);
    for line in [
        "portico_http_requests_total{route=\"/front/api/v1/session\",method=\"GET\",status=\"200\"} 1",
        "portico_http_requests_total{route=\"/front/api/v1/session\",method=\"POST\",status=\"201\"} 1",
        "portico_auth_attempts_total{front=\"im\",authenticator=\"native\",outcome=\"accepted\"} 1",
        "portico_auth_attempts_total{front=\"im\",authenticator=\"native\",outcome=\"bad-secret\"} 1",
        "portico_live_sessions 1",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in {text}");
    }
    assert!(!text.contains("ann"), "no names: {text}");
    // The registration's, the login's and the refusal's.
    assert_eq!(server.hashes().await, 3);
    assert!(server.statements().await > 10);
}

pub(crate) async fn polls_and_streams_are_counted_while_they_are_open(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let open = async |polls: u64, streams: u64| {
        eventually(&format!("{polls} polls and {streams} streams"), async || {
            let now =
                (server.metric("portico_open_polls").await, server.metric("portico_open_streams").await);
            (now == (polls, streams)).then_some(())
        })
        .await;
    };
    open(0, 0).await;
    let mut stream = Stream::open(&bob, "", None).await.unwrap();
    let poll = tokio::spawn({
        let ann = ann.clone();
        async move { ann.poll(&ann.cursor, Duration::from_secs(50)).await }
    });
    open(1, 1).await;
    bob.delete("session").await.expect(204);
    while stream.event().await.is_some() {}
    open(1, 0).await;
    ann.delete("session").await.expect(204);
    poll.await.unwrap().problem(401, "session-required");
    open(0, 0).await;
}

pub(crate) async fn strangers_methods_and_paths_do_not_fill_the_metrics(database: Database) {
    let server = builder(database).start().await;
    let stranger = server.stranger("/im/");
    for number in 0..20 {
        let method = reqwest::Method::from_bytes(format!("BREW{number}").as_bytes()).unwrap();
        crate::support::Person::send(stranger.request(method, "session")).await;
        stranger.get(&format!("contacts/{number}")).await;
        stranger.get(&format!("nothing/{number}")).await;
        crate::support::Person::send(server.http.get(format!("{}/nowhere/{number}", server.origin()))).await;
    }
    let (_, text) = server.manage("/metrics").await;
    let series = text.lines().filter(|line| line.starts_with("portico_http_requests_total")).count();
    assert!(series <= 5, "{text}");
}

pub(crate) async fn readiness_is_about_the_database_and_tells_of_the_rest(database: Database) {
    let broken = "[authenticator.forum]\nkind = \"phorum\"\ndatabase_url = \"sqlite://nowhere.db\"\n";
    let server = builder(database).and(broken).start().await;
    let (status, text) = server.manage("/readyz").await;
    assert_eq!(status, 200, "others' people are not taken offline by one forum");
    let report: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["database"], "ok");
    assert_eq!(
        (&report["authenticators"]["native"], &report["authenticators"]["forum"]),
        (&"ok".into(), &"unavailable".into())
    );
}

pub(crate) async fn the_public_listener_has_none_of_it(database: Database) {
    let server = builder(database).start().await;
    for path in ["/metrics", "/readyz", "/control/admin"] {
        let reply = crate::support::Person::send(server.http.get(format!("{}{path}", server.origin()))).await;
        reply.problem(404, "not-found");
    }
    let reply = crate::support::Person::send(server.http.get(format!("{}/healthz", server.origin()))).await;
    assert_eq!((reply.status, reply.text().as_str()), (200, "ok"));
}

pub(crate) async fn control_needs_the_key_in_the_database(database: Database) {
    let server = builder(database).start().await;
    for token in ["", "x", "Bearer"] {
        let url = format!("http://{}/control/admin", server.management);
        let task = serde_json::json!({ "task": "approve", "login": "ann" });
        let response = server.http.post(url).bearer_auth(token).json(&task).send().await.unwrap();
        assert_eq!(response.status().as_u16(), 401);
    }
}
