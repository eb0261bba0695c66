//! Groups that people make here, over HTTP.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::text;
use crate::support::{Database, Person, Reply, TestServer, builder};

/// A front where everybody makes groups, few of them.
const CLUBS: &str = r#"
[[front]]
path = "/clubs/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
create_groups = true
max_own_groups = 4
default_groups = ["Everybody"]
"#;

async fn clubs(database: Database) -> TestServer {
    builder(database).and(CLUBS).start().await
}

async fn make(person: &Person, name: &str, kind: &str) -> Value {
    person.post("groups", &json!({ "name": name, "kind": kind })).await.expect(201)
}

impl Person {
    async fn join(&self, group: &str) -> Reply {
        Self::send(self.request(Method::PUT, &format!("groups/{group}/members/me"))).await
    }

    async fn leave(&self, group: &str) -> Reply {
        self.delete(&format!("groups/{group}/members/me")).await
    }

    async fn decide(&self, group: &str, about: &Self, action: &str) -> Reply {
        self.put(&format!("groups/{group}/members/{}", about.id), &json!({ "action": action })).await
    }

    pub(crate) async fn patch(&self, call: &str, body: &Value) -> Reply {
        Self::send(self.request(Method::PATCH, call).json(body)).await
    }
}

pub(crate) async fn a_group_lives_from_its_making_to_its_end(database: Database) {
    let mut server = clubs(database).await;
    let (ann, ben) = (server.person_at("/clubs/", "ann").await, server.person_at("/clubs/", "ben").await);
    let everybody = ben.get("groups").await.expect(200)["groups"].clone();
    assert_eq!(
        (everybody[0]["name"].as_str(), everybody[0]["member_count"].as_u64()),
        (Some("Everybody"), Some(2))
    );
    let group = make(&ann, " Board\u{202E} ", "official").await;
    assert_eq!((group["name"].as_str(), group["state"].as_str()), (Some("Board"), Some("member")));
    assert_eq!((group["manager"].as_bool(), group["local"].as_bool()), (Some(true), Some(true)));
    let (id, room) = (text(&group["id"]), text(&group["conversation_id"]));
    let offered = ben.get("groups?scope=joinable").await.expect(200);
    assert_eq!((offered["groups"][0]["id"].as_str(), &offered["next"]), (Some(id.as_str()), &Value::Null));
    assert_eq!(offered["groups"][0]["conversation_id"], Value::Null);
    let mut heard = ann.listener();
    assert_eq!(ben.join(&id).await.expect(200)["state"], "asks-to-join");
    heard.until("a request", |event| event["type"] == "group" && event["group_id"] == id.as_str()).await;
    let requests = ann.get(&format!("groups/{id}/requests")).await.expect(200)["requests"].clone();
    assert_eq!(
        (&requests[0]["account"]["id"], &requests[0]["state"]),
        (&json!(ben.id), &json!("asks-to-join"))
    );
    assert_eq!(ann.decide(&id, &ben, "approve").await.expect(200)["state"], "member");
    ben.say(&room, "hello").await;
    let pinned =
        ann.post(&format!("groups/{id}/announcements"), &json!({ "text": "read this" })).await.expect(201);
    assert_eq!(ben.get(&format!("groups/{id}")).await.expect(200)["announcement"], pinned);
    server.restart().await;
    assert_eq!(ben.get(&format!("groups/{id}")).await.expect(200)["announcement"]["text"], "read this");
    ann.delete(&format!("groups/{id}/announcements")).await.expect(204);
    let topic = json!({ "topic": "who decides", "managers_write": true });
    assert_eq!(ann.patch(&format!("groups/{id}"), &topic).await.expect(200)["topic"], "who decides");
    ben.write(&room, &json!({ "text": "and me?" })).await.problem(403, "not-permitted");
    assert_eq!(ben.leave(&id).await.expect(200)["state"], "asks-to-leave");
    assert_eq!(ann.decide(&id, &ben, "refuse").await.expect(200)["state"], "member");
    ann.leave(&id).await.problem(409, "conflict");
    let appointed = ann.patch(&format!("groups/{id}/members/{}", ben.id), &json!({ "manager": true })).await;
    assert_eq!(appointed.expect(200)["manager"], true);
    assert_eq!(ann.leave(&id).await.expect(200)["state"], "none");
    ann.get(&format!("conversations/{room}")).await.problem(404, "not-found");
    ben.delete(&format!("groups/{id}")).await.expect(204);
    ben.get(&format!("groups/{id}")).await.problem(404, "not-found");
    ben.get(&format!("conversations/{room}/messages")).await.problem(404, "not-found");
}

pub(crate) async fn a_private_group_is_nothing_to_those_outside(database: Database) {
    let server = clubs(database).await;
    let (ann, ben, eve) = (
        server.person_at("/clubs/", "ann").await,
        server.person_at("/clubs/", "ben").await,
        server.person_at("/clubs/", "eve").await,
    );
    let elsewhere = server.person_at("/elsewhere/", "dora").await;
    let group = make(&ann, "Secret", "private").await;
    let (id, room) = (text(&group["id"]), text(&group["conversation_id"]));
    let never = "018f0000-0000-7000-8000-000000000000";
    for stranger in [&eve, &elsewhere] {
        for (method, call, body) in calls(&stranger.id) {
            let ask = async |group: &str| {
                let request = stranger.request(method.clone(), &call.replace("{id}", group));
                Person::send(if body.is_null() { request } else { request.json(&body) }).await
            };
            let (theirs, invented) = (ask(&id).await, ask(never).await);
            theirs.problem(404, "not-found");
            assert_eq!(theirs.text(), invented.text(), "{method} {call}");
        }
        let offered = stranger.get("groups?scope=joinable").await.expect(200);
        assert!(!offered.to_string().contains("Secret"), "{offered}");
    }
    make(&eve, "Secret", "public").await;
    ann.decide(&id, &elsewhere, "invite").await.problem(404, "not-found");
    ann.decide(&id, &ben, "invite").await.expect(200);
    let invited = ben.get("groups/invitations").await.expect(200)["invitations"].clone();
    assert_eq!((&invited[0]["group"]["id"], &invited[0]["by"]["id"]), (&json!(id), &json!(ann.id)));
    ben.get(&format!("conversations/{room}/messages")).await.problem(404, "not-found");
    assert_eq!(ben.join(&id).await.expect(200)["state"], "member");
    // What a member may do is not what a manager may.
    ben.decide(&id, &eve, "invite").await.problem(403, "not-permitted");
    ben.delete(&format!("groups/{id}")).await.problem(403, "not-permitted");
}

/// Every call about one group, with a body that is good in the right hands.
fn calls(person: &str) -> Vec<(Method, String, Value)> {
    let call = |method, path: &str, body| (method, path.replace("{person}", person), body);
    vec![
        call(Method::GET, "groups/{id}", Value::Null),
        call(Method::PATCH, "groups/{id}", json!({ "topic": "mine" })),
        call(Method::DELETE, "groups/{id}", Value::Null),
        call(Method::GET, "groups/{id}/members", Value::Null),
        call(Method::GET, "groups/{id}/requests", Value::Null),
        call(Method::PUT, "groups/{id}/members/me", Value::Null),
        call(Method::DELETE, "groups/{id}/members/me", Value::Null),
        call(Method::PUT, "groups/{id}/members/{person}", json!({ "action": "invite" })),
        call(Method::PATCH, "groups/{id}/members/{person}", json!({ "manager": true })),
        call(Method::DELETE, "groups/{id}/members/{person}", Value::Null),
        call(Method::POST, "groups/{id}/announcements", json!({ "text": "mine" })),
        call(Method::DELETE, "groups/{id}/announcements", Value::Null),
    ]
}

pub(crate) async fn who_was_put_out_gets_nothing_more_on_an_open_poll(database: Database) {
    let server = clubs(database).await;
    let (ann, ben) = (server.person_at("/clubs/", "ann").await, server.person_at("/clubs/", "ben").await);
    let group = make(&ann, "Chess", "public").await;
    let (id, room) = (text(&group["id"]), text(&group["conversation_id"]));
    ben.join(&id).await.expect(200);
    let mut heard = ben.listener();
    heard.drain().await;
    ann.delete(&format!("groups/{id}/members/{}", ben.id)).await.expect(204);
    ann.say(&room, "without ben").await;
    let mut events = heard.until_type("conversation-gone").await.to_string();
    events.push_str(&json!(heard.hear(Duration::from_millis(300)).await).to_string());
    assert!(!events.contains("without ben"), "{events}");
    ben.get(&format!("conversations/{room}/messages")).await.problem(404, "not-found");
    ben.write(&room, &json!({ "text": "still here" })).await.problem(404, "not-found");
    ben.join(&id).await.expect(200);
    assert_eq!(ann.decide(&id, &ben, "refuse").await.expect(200)["state"], "refused");
    ben.join(&id).await.problem(403, "not-permitted");
}

pub(crate) async fn parallel_makers_make_as_many_groups_as_allowed(database: Database) {
    let server = clubs(database).await;
    let ann = server.person_at("/clubs/", "ann").await;
    let bodies: Vec<Value> =
        (0..200).map(|number| json!({ "name": format!("club {}", number % 40), "kind": "public" })).collect();
    let replies = join_all(bodies.iter().map(|body| ann.post("groups", body))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 4);
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        match reply.status {
            403 => assert_eq!(reply.problem(403, "limit-reached")["limit"], 4),
            _ => drop(reply.problem(409, "conflict")),
        }
    }
    let plain = server.person("bob").await;
    plain.post("groups", &json!({ "name": "x", "kind": "public" })).await.problem(403, "not-permitted");
    for name in ["", "  ", "\u{200B}", &"x".repeat(65)] {
        ann.post("groups", &json!({ "name": name, "kind": "public" })).await.problem(422, "unacceptable");
    }
    ann.post("groups", &json!({ "name": "x", "kind": "secret" })).await.problem(400, "invalid-request");
    ann.get("groups?scope=all").await.problem(400, "invalid-request");
}
