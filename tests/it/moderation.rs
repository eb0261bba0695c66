//! Bans, mutes, kicks and reports, as people meet them.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::client::{password_of, text};
use crate::support::{Database, Person, builder};

/// A front whose people are all moderators.
const MODERATED: &str = "[[front]]\npath = \"/moderated/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
    [front.options]\nunknown_names = \"form\"\nmoderator = true\nalert_administrators = true\nreceive_alerts = true\n";

async fn ban(root: &Person, body: Value) -> String {
    let made = root.post("bans", &body).await;
    text(&made.expect(201)["id"])
}

pub(crate) async fn a_ban_by_name_ends_an_open_poll_at_once(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let ann = server.person("Ann").await;
    let begun = Instant::now();
    let waiting = {
        let ann = ann.clone();
        tokio::spawn(async move { ann.poll(&ann.cursor, Duration::from_secs(50)).await })
    };
    server.polls_wait(1).await;
    let id = ban(&root, json!({ "name": "a?N", "reason": "spam" })).await;
    let told = waiting.await.expect("the poll ends");
    let told = told.problem(401, "session-ended");
    assert_eq!(
        (told["reason"].as_str(), told["detail"].as_str()),
        (Some("banned"), Some("You were banned: spam"))
    );
    assert!(begun.elapsed() < Duration::from_secs(10));
    // Only after the right password is it said.
    server.log_in("/im/", "ann", "wrong password").await.problem(401, "login-refused");
    let refused = server.log_in("/im/", "ann", &password_of("Ann")).await;
    assert_eq!(refused.problem(403, "banned")["detail"], "spam");
    root.delete(&format!("bans/{id}")).await.expect(204);
    server.enter("/im/", "ann", &password_of("Ann")).await;
}

pub(crate) async fn bans_hold_where_they_were_made_and_for_new_names(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    server.person("ann").await;
    ban(&root, json!({ "name": "ann", "front": "im" })).await;
    server.log_in("/im/", "ann", &password_of("ann")).await.problem(403, "banned");
    server.enter("/second/", "ann", &password_of("ann")).await;
    ban(&root, json!({ "name": "*troll*" })).await;
    let stranger = server.stranger("/second/");
    let password = password_of("troll");
    for body in [
        json!({ "login": "the-Troll-1", "password": password }),
        json!({ "login": "innocent", "password": password, "display_name": "A TROLL" }),
    ] {
        stranger.post("account", &body).await.problem(422, "unacceptable");
    }
    for (body, status) in [
        (json!({ "name": "x".repeat(10_000) }), 422),
        (json!({ "name": "*" }), 422),
        (json!({ "name": "(a+)+$" }), 201),
        (json!({ "address": "0.0.0.0/0" }), 422),
        (json!({ "address": "::ffff:203.0.113.0/120" }), 201),
        (json!({ "name": "a", "address": "203.0.113.1" }), 400),
        (json!({ "name": "a", "front": "nowhere" }), 422),
        (json!({ "name": "a", "until": "2001-01-01T00:00:00Z" }), 422),
        (json!({}), 400),
    ] {
        let reply = root.post("bans", &body).await;
        assert_eq!(reply.status, status, "{body}: {}", reply.text());
    }
    let bans = root.get("bans").await.expect(200);
    assert_eq!(bans["bans"][3]["value"], "203.0.113.0/24");
}

pub(crate) async fn a_banned_device_is_out_and_its_cookie_is_kept(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    server.register("/im/", "ann").await;
    let reply = server.log_in("/im/", "ann", &password_of("ann")).await;
    let ann = server.entered("/im/", &reply);
    let cookies = reply.headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().expect("text"));
    let mut cookies = cookies.map(str::to_owned);
    let device = cookies
        .find_map(|cookie| cookie.strip_prefix("portico-device=").map(str::to_owned))
        .expect("the cookie");
    let device = device.split(';').next().expect("its value").to_owned();
    let card = root.get(&format!("accounts/{}", ann.id)).await.expect(200);
    assert_eq!(card["sessions"][0]["device"], json!(device));
    ban(&root, json!({ "device": device })).await;
    ann.get("session").await.problem(401, "session-ended");
}

pub(crate) async fn the_muted_are_told_and_can_not_write(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let muted = root
        .post("mutes", &json!({ "account": ann.id, "front": "im", "minutes": 5, "reason": "calm" }))
        .await;
    let id = text(&muted.expect(201)["id"]);
    ann.write(&talk, &json!({ "text": "hello" })).await.problem(403, "not-permitted");
    let session = ann.get("session").await.expect(200);
    assert_eq!(session["restrictions"]["write"]["reason"], "calm");
    let events = ann.poll(&ann.cursor, Duration::from_secs(1)).await.expect(200);
    let events = events["events"].as_array().expect("a list").clone();
    assert!(events.iter().any(|event| event["type"] == "session"), "{events:?}");
    let elsewhere = server.enter("/second/", "ann", &password_of("ann")).await;
    elsewhere.say(&talk, "from the other front").await;
    root.delete(&format!("mutes/{id}")).await.expect(204);
    ann.say(&talk, "hello").await;
}

pub(crate) async fn moderators_look_after_reports_of_their_front(database: Database) {
    let server = builder(database).and(MODERATED).start().await;
    let (ann, bob, cleo) = (
        server.person_at("/moderated/", "ann").await,
        server.person_at("/moderated/", "bob").await,
        server.person_at("/moderated/", "cleo").await,
    );
    let talk = ann.talk_to(&bob).await;
    let mut message = String::new();
    for n in 0..8 {
        message = text(&bob.say(&talk, &format!("line {n}")).await["id"]);
    }
    let body = json!({ "conversation_id": talk, "message_id": message, "text": "rude" });
    let id = text(&ann.post("reports", &body).await.expect(201)["id"]);
    ann.post("reports", &body).await.problem(409, "conflict");
    cleo.post("reports", &body).await.problem(404, "not-found");
    let list = cleo.get("moderation/reports?state=open").await.expect(200);
    assert_eq!(list["reports"][0]["id"], json!(id));
    assert_eq!(list["reports"][0]["context"], json!([]));
    let card = cleo.get(&format!("moderation/reports/{id}")).await.expect(200);
    let shown: Vec<_> =
        card["context"].as_array().expect("a list").iter().map(|line| &line["text"]).collect();
    assert_eq!(shown, ["line 2", "line 3", "line 4", "line 5", "line 6", "line 7"]);
    let path = format!("conversations/{talk}/messages/{message}");
    Person::send(bob.request(reqwest::Method::PATCH, &path).json(&json!({ "text": "kinder" })))
        .await
        .expect(200);
    let history = format!("moderation/reports/{id}/history");
    let before = cleo.get(&history).await.expect(200);
    assert_eq!(before["versions"][0]["text"], "line 7");
    let plain = server.person("dora").await;
    plain.get(&history).await.problem(403, "not-permitted");
    plain.get("moderation/reports").await.problem(403, "not-permitted");
    plain
        .put(&format!("moderation/reports/{id}"), &json!({ "decision": "mute" }))
        .await
        .problem(403, "not-permitted");
    plain.post("moderation/mutes", &json!({ "account": ann.id })).await.problem(403, "not-permitted");
    let decided = cleo
        .put(&format!("moderation/reports/{id}"), &json!({ "decision": "mute", "text": "be nice" }))
        .await;
    assert_eq!(decided.expect(200)["decided_by"], "cleo");
    bob.write(&talk, &json!({ "text": "why" })).await.problem(403, "not-permitted");
    cleo.put(&format!("moderation/reports/{id}"), &json!({ "decision": "dismiss" }))
        .await
        .problem(409, "conflict");
    cleo.delete(&format!("moderation/mutes/{}", bob.id)).await.expect(204);
    bob.say(&talk, "sorry").await;
}

pub(crate) async fn alerts_reach_those_who_receive_them(database: Database) {
    let server = builder(database).and(MODERATED).start().await;
    let (ann, bob) =
        (server.person_at("/moderated/", "ann").await, server.person_at("/moderated/", "bob").await);
    let mut listener = bob.listener();
    ann.post("alerts", &json!({ "to": "administrators", "text": "fire" })).await.expect(202);
    let heard =
        listener.until("the alert", |event| event["message"]["text"] == "Alert from ann:\nfire").await;
    assert_eq!(heard["type"], "message");
    ann.post("alerts", &json!({ "to": "everybody", "text": "fire" })).await.problem(403, "not-permitted");
    ann.post("alerts", &json!({ "to": "group", "text": "fire" })).await.problem(400, "invalid-request");
    let plain = server.person("dora").await;
    plain
        .post("alerts", &json!({ "to": "administrators", "text": "fire" }))
        .await
        .problem(403, "not-permitted");
}
