//! Conferences over HTTP.

use std::time::Duration;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::text;
use crate::support::{Database, Person, Reply, builder};

async fn open(host: &Person, invite: &[&Person]) -> String {
    let ids: Vec<&str> = invite.iter().map(|person| person.id.as_str()).collect();
    let body = json!({ "conference": { "topic": "plans", "invite": ids } });
    let made = host.post("conversations", &body).await.expect(201);
    assert_eq!((made["kind"].as_str(), made["group"].is_null()), (Some("conference"), true));
    text(&made["id"])
}

impl Person {
    async fn answer(&self, conference: &str, answer: &str) -> Reply {
        self.put(&format!("conversations/{conference}/membership"), &json!({ "answer": answer })).await
    }
}

pub(crate) async fn who_accepts_reads_from_there_on_and_who_leaves_nothing(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, ben, cat) =
        (server.person("ann").await, server.person("ben").await, server.person("cat").await);
    let id = open(&ann, &[&ben, &cat]).await;
    ann.say(&id, "before").await;
    let invited = ben.get("conversations/invitations").await.expect(200)["invitations"].clone();
    assert_eq!(invited[0]["conversation_id"], id.as_str());
    assert_eq!((&invited[0]["topic"], &invited[0]["invited_by"]["id"]), (&json!("plans"), &json!(ann.id)));
    assert_eq!(invited[0]["participants"].as_array().map(Vec::len), Some(3));
    let mut heard = ben.listener();
    heard.until("an invitation", |event| event["type"] == "invitation").await;
    let entered = ben.answer(&id, "accept").await.expect(200);
    assert_eq!((&entered["last_message"], &entered["unread"]), (&Value::Null, &json!(0)));
    cat.answer(&id, "decline").await.expect(204);
    cat.answer(&id, "accept").await.problem(404, "not-found");
    let after = ann.say(&id, "after").await;
    heard.until("the message", |event| event["message"]["text"] == "after").await;
    assert_eq!(ben.whole_history(&id).await, std::slice::from_ref(&after));
    server.restart().await;
    assert_eq!(ben.whole_history(&id).await, [after]);
    let missed = heard.drain().await;
    assert!(!json!(missed).to_string().contains("before"), "{missed:?}");
    let conference = ann.conversation(&id).await["conference"].clone();
    let states: Vec<&str> = conference["participants"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["state"].as_str().unwrap())
        .collect();
    assert_eq!((states.as_slice(), &conference["host"]), (["active", "active"].as_slice(), &json!(ann.id)));
    ben.delete(&format!("conversations/{id}/membership")).await.expect(204);
    ann.say(&id, "without ben").await;
    ben.get(&format!("conversations/{id}/messages")).await.problem(404, "not-found");
    heard.until_type("conversation-gone").await;
    let later = heard.hear(Duration::from_millis(300)).await;
    assert!(!json!(later).to_string().contains("without ben"), "{later:?}");
    ann.delete(&format!("conversations/{id}/membership")).await.expect(204);
    assert_eq!(ann.get("conversations").await.expect(200)["conversations"], json!([]));
}

pub(crate) async fn nobody_comes_in_by_knowing_the_id(database: Database) {
    let server = builder(database).start().await;
    let (ann, ben, eve) =
        (server.person("ann").await, server.person("ben").await, server.person("eve").await);
    let elsewhere = server.person_at("/elsewhere/", "dora").await;
    let id = open(&ann, &[&ben]).await;
    ann.say(&id, "between us").await;
    let never = "018f0000-0000-7000-8000-000000000000";
    let calls = |person: &str| {
        vec![
            (Method::GET, "conversations/{id}".to_owned(), Value::Null),
            (Method::PATCH, "conversations/{id}".to_owned(), json!({ "topic": "mine" })),
            (Method::GET, "conversations/{id}/messages".to_owned(), Value::Null),
            (Method::POST, "conversations/{id}/messages".to_owned(), json!({ "text": "let me in" })),
            (Method::PUT, "conversations/{id}/membership".to_owned(), json!({ "answer": "accept" })),
            (Method::PUT, "conversations/{id}/membership".to_owned(), json!({ "answer": "decline" })),
            (Method::DELETE, "conversations/{id}/membership".to_owned(), Value::Null),
            (Method::POST, "conversations/{id}/participants".to_owned(), json!({ "invite": [person] })),
            (Method::DELETE, format!("conversations/{{id}}/participants/{person}"), Value::Null),
        ]
    };
    for stranger in [&eve, &elsewhere] {
        for (method, call, body) in calls(&stranger.id) {
            let ask = async |conference: &str| {
                let request = stranger.request(method.clone(), &call.replace("{id}", conference));
                Person::send(if body.is_null() { request } else { request.json(&body) }).await
            };
            let (theirs, invented) = (ask(&id).await, ask(never).await);
            theirs.problem(404, "not-found");
            assert_eq!(theirs.text(), invented.text(), "{method} {call}");
        }
    }
    // Who is invited answers, and does nothing else before.
    for (method, call, body) in
        calls(&eve.id).into_iter().filter(|(_, call, _)| !call.ends_with("membership"))
    {
        let request = ben.request(method, &call.replace("{id}", &id));
        let reply = Person::send(if body.is_null() { request } else { request.json(&body) }).await;
        reply.problem(404, "not-found");
    }
    assert_eq!(ann.whole_history(&id).await.len(), 1);
    let invite = json!({ "conference": { "invite": [elsewhere.id] } });
    ann.post("conversations", &invite).await.problem(404, "not-found");
    let direct = ann.talk_to(&ben).await;
    ann.delete(&format!("conversations/{direct}/membership")).await.problem(403, "not-permitted");
    let both = json!({ "with": [ben.id], "conference": { "invite": [ben.id] } });
    ann.post("conversations", &both).await.problem(400, "invalid-request");
    ann.post("conversations", &json!({ "conference": { "invite": [] } })).await.problem(422, "unacceptable");
}

pub(crate) async fn parallel_invitations_and_answers_stop_at_the_limit(database: Database) {
    let small = r#"
[[front]]
path = "/small/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
max_conference_members = 5
"#;
    let server = builder(database).and(small).start().await;
    let ann = server.person_at("/small/", "ann").await;
    let mut others = Vec::new();
    for number in 0..10 {
        others.push(server.person_at("/small/", &format!("person-{number}")).await);
    }
    let id = open(&ann, &[&others[0]]).await;
    let path = format!("conversations/{id}/participants");
    let bodies: Vec<Value> =
        (0..200).map(|number| json!({ "invite": [others[number % others.len()].id] })).collect();
    let replies = join_all(bodies.iter().map(|body| ann.post(&path, body))).await;
    for reply in replies.iter().filter(|reply| reply.status != 200) {
        assert_eq!(reply.problem(403, "limit-reached")["limit"], 5);
    }
    let answers = join_all((0..200).map(|number| others[number % others.len()].answer(&id, "accept"))).await;
    assert!(answers.iter().all(|reply| matches!(reply.status, 200 | 404)));
    let conference = ann.conversation(&id).await["conference"].clone();
    let states: Vec<&Value> =
        conference["participants"].as_array().unwrap().iter().map(|one| &one["state"]).collect();
    assert_eq!(states, ["active"; 5]);
    // The host makes room, and another one may come.
    let first = others.iter().find(|other| conference.to_string().contains(&other.id)).unwrap();
    let last = others.iter().find(|other| !conference.to_string().contains(&other.id)).unwrap();
    ann.delete(&format!("conversations/{id}/participants/{}", first.id)).await.expect(204);
    first.get(&format!("conversations/{id}")).await.problem(404, "not-found");
    ann.post(&path, &json!({ "invite": [last.id] })).await.expect(200);
}
