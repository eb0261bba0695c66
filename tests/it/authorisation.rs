//! Who may do what, as a table: every call that needs a session, and everybody who has none that counts.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Proof, text};
use crate::support::{Database, Person, Reply, builder};

/// A call of the table. `{person}`, `{talk}` and `{message}` stand for ids.
struct Call {
    method: Method,
    path: &'static str,
    body: Option<Value>,
}

/// Every call that needs a session.
fn calls() -> Vec<Call> {
    let call = |method: Method, path, body| Call { method, path, body };
    vec![
        call(Method::GET, "session", None),
        call(Method::GET, "roster", None),
        call(Method::GET, "people?login=bob", None),
        call(Method::GET, "people/{person}", None),
        call(Method::GET, "people/{person}/avatar", None),
        call(Method::GET, "contacts/{person}", None),
        call(Method::PUT, "contacts/{person}", Some(json!({ "action": "request" }))),
        call(Method::PATCH, "contacts/{person}", Some(json!({ "favourite": true }))),
        call(Method::DELETE, "contacts/{person}", None),
        call(Method::GET, "contacts", None),
        call(Method::GET, "people?q=bo", None),
        call(Method::POST, "conversations", Some(json!({ "with": ["{person}"] }))),
        call(Method::GET, "conversations", None),
        call(Method::GET, "conversations/invitations", None),
        call(Method::POST, "conversations", Some(json!({ "conference": { "invite": ["{person}"] } }))),
        call(Method::GET, "groups", None),
        call(Method::GET, "groups?scope=joinable", None),
        call(Method::GET, "groups/invitations", None),
        call(Method::GET, "conversations/{talk}", None),
        call(Method::PUT, "conversations/{talk}/read", Some(json!({ "message_id": "{message}" }))),
        call(Method::POST, "conversations/{talk}/messages", Some(json!({ "text": "let me in" }))),
        call(Method::GET, "conversations/{talk}/messages", None),
        call(
            Method::PATCH,
            "conversations/{talk}/messages/{message}",
            Some(json!({ "text": "otherwise", "client_id": "e" })),
        ),
        call(Method::PUT, "conversations/{talk}/messages/{message}/reactions/%F0%9F%91%8D", None),
        call(Method::DELETE, "conversations/{talk}/messages/{message}/reactions/%F0%9F%91%8D", None),
        call(Method::PUT, "conversations/{talk}/draft", Some(json!({ "text": "I wou" }))),
        call(Method::GET, "search?q=between&conversation={talk}", None),
        call(Method::GET, "search?q=between", None),
        call(Method::GET, "account/security", None),
        call(Method::GET, "account/passkeys", None),
        call(Method::GET, "account/preferences", None),
        call(Method::PATCH, "account/preferences", Some(json!({ "read_receipts": true }))),
        call(Method::GET, "account/security", None),
        call(Method::GET, "account/sessions", None),
        call(Method::GET, "export", None),
        call(Method::DELETE, "conversations/{talk}/messages/{message}", None),
        call(Method::GET, "presence", None),
        call(Method::PUT, "presence", Some(json!({ "state": "busy" }))),
        call(Method::PUT, "presence/device", Some(json!({ "idle": true }))),
        call(Method::PUT, "presence/offline", Some(json!({ "take": "all" }))),
        call(Method::POST, "conversations/{talk}/typing", None),
        call(Method::GET, "events", None),
        call(Method::GET, "events?cursor={cursor}&wait=1", None),
        call(Method::GET, "events/stream", None),
        call(Method::GET, "events/stream?cursor={cursor}", None),
        call(Method::DELETE, "session", None),
    ]
}

/// What the calls are about.
struct Subject {
    person: String,
    talk: String,
    message: String,
    cursor: String,
}

impl Subject {
    fn fill(&self, text: &str) -> String {
        text.replace("{person}", &self.person)
            .replace("{talk}", &self.talk)
            .replace("{message}", &self.message)
            .replace("{cursor}", &self.cursor)
    }

    async fn call(&self, who: &Person, call: &Call) -> Reply {
        let request = who.request(call.method.clone(), &self.fill(call.path));
        let request = match &call.body {
            Some(body) => {
                request.header("content-type", "application/json").body(self.fill(&body.to_string()))
            }
            None => request,
        };
        Person::send(request).await
    }
}

pub(crate) async fn nothing_works_without_a_session_of_this_front(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let message = text(&ann.say(&talk, "between us").await["id"]);
    let subject = Subject { person: bob.id.clone(), talk: talk.clone(), message, cursor: ann.cursor.clone() };

    let ended = server.person("ann").await;
    ended.delete("session").await.expect(204);
    let of_another_front = server.person_at("/second/", "ann").await;
    let of_another_community = server.person_at("/elsewhere/", "ann").await;
    let cookie = |token: &str| Proof::Cookie { pair: format!("portico_im={token}"), origin: server.origin() };
    let at_im = |proof: Proof| Person { proof, ..server.stranger("/im/") };
    let strangers = [
        ("without a session", at_im(Proof::Nothing)),
        ("with a made-up token", at_im(Proof::Bearer("c2VjcmV0".into()))),
        ("with an ended session", ended.clone()),
        ("with an ended session's cookie", at_im(cookie(&ended.token))),
        ("with another front's session", at_im(of_another_front.proof.clone())),
        ("with another front's session as a cookie", at_im(cookie(&of_another_front.token))),
        ("with another community's session", at_im(of_another_community.proof.clone())),
        (
            "with another front's cookie",
            at_im(Proof::Cookie {
                pair: format!("portico_second={}", of_another_front.token),
                origin: server.origin(),
            }),
        ),
    ];
    for (who, person) in &strangers {
        for call in calls() {
            let reply = subject.call(person, &call).await;
            assert_eq!(reply.status, 401, "{who}: {} {}", call.method, call.path);
            reply.problem(401, "session-required");
        }
    }
    // None of it has done anything.
    assert_eq!(ann.whole_history(&talk).await.len(), 1);
    assert_eq!(ann.sees(&bob).await["relation"], "none");
    of_another_front.get("session").await.expect(200);
    // And the same calls are good in the right hands.
    // (who has no picture has none for anybody)
    let answered = |call: &Call| !call.path.starts_with("events/stream") && !call.path.ends_with("/avatar");
    for call in calls().into_iter().filter(answered) {
        let status = subject.call(&ann, &call).await.status;
        assert!(matches!(status, 200 | 201 | 204), "{} {}: {status}", call.method, call.path);
    }
}

pub(crate) async fn what_is_not_mine_is_as_if_it_were_not_there(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let message = text(&ann.say(&talk, "between us").await["id"]);
    let outsider = server.person("cleo").await;
    let of_another_community = server.person_at("/elsewhere/", "dora").await;
    let never = "018f0000-0000-7000-8000-000000000000";
    let theirs = Subject {
        person: bob.id.clone(),
        talk: talk.clone(),
        message: message.clone(),
        cursor: String::new(),
    };
    let nobodys = Subject { person: never.into(), talk: never.into(), message, cursor: String::new() };
    let about_talks: Vec<Call> = calls().into_iter().filter(|call| call.path.contains("{talk}")).collect();
    assert_eq!(about_talks.len(), 11);
    for person in [&outsider, &of_another_community] {
        for call in &about_talks {
            let reply = theirs.call(person, call).await;
            let invented = nobodys.call(person, call).await;
            reply.problem(404, "not-found");
            assert_eq!(reply.text(), invented.text(), "{} {}", call.method, call.path);
            assert_eq!(reply.comparable_headers(), invented.comparable_headers());
        }
    }
    assert_eq!(outsider.get("conversations").await.expect(200)["conversations"], json!([]));
    assert_eq!(ann.whole_history(&talk).await.len(), 1);
}

pub(crate) async fn people_one_does_not_see_are_as_if_they_were_not_there(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let foreign = server.person_at("/elsewhere/", "bob").await;
    let never = "018f0000-0000-7000-8000-000000000000";
    let subject = |person: &str| Subject {
        person: person.to_owned(),
        talk: String::new(),
        message: String::new(),
        cursor: String::new(),
    };
    for call in calls().iter().filter(|call| {
        call.path.contains("{person}")
            || call.body.as_ref().is_some_and(|body| body.to_string().contains("{person}"))
    }) {
        let (real, invented) =
            (subject(&foreign.id).call(&ann, call).await, subject(never).call(&ann, call).await);
        real.problem(404, "not-found");
        assert_eq!(real.text(), invented.text());
        assert_eq!(real.comparable_headers(), invented.comparable_headers());
    }
    // On a strict front a stranger can be found by name and asked, but not written to.
    let (strict, stranger) =
        (server.person_at("/strict/", "cleo").await, server.person_at("/strict/", "dora").await);
    strict.get(&format!("contacts/{}", stranger.id)).await.expect(200);
    strict.post("conversations", &json!({ "with": [stranger.id] })).await.problem(404, "not-found");
}
