//! How people are, as others see it over HTTP, and who is told that somebody is writing.

use serde_json::{Value, json};

use crate::support::{Database, Listener, Person, builder};

/// A fifth front with reasons, and a sixth where nobody hides and nothing is told.
const FRONTS: &str = r#"
[[front]]
path = "/reasons/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
busy_reasons = ["Meeting", "Eating"]

[[front]]
path = "/discreet/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
invisible = false
typing = false
show_last_seen = false
show_time_zone = false
"#;

async fn hears(heard: &mut Listener, of: &Person, state: &str) -> Value {
    let told = heard
        .until(state, |event| presence_in(event, &of.id).is_some_and(|presence| presence["state"] == state))
        .await;
    presence_in(&told, &of.id).unwrap()
}

/// The presence of somebody in an event, whichever shape it has.
fn presence_in(event: &Value, id: &str) -> Option<Value> {
    match event["type"].as_str()? {
        "presence" => (event["account"] == id).then(|| event["presence"].clone()),
        "presences" => {
            let people = event["people"].as_array()?;
            people.iter().find(|one| one["account"] == id).map(|one| one["presence"].clone())
        }
        _ => None,
    }
}

pub(crate) async fn a_chosen_state_holds_on_all_devices_and_over_a_restart(database: Database) {
    let mut server = builder(database).and(FRONTS).start().await;
    let (ann, bob) = (server.person_at("/reasons/", "ann").await, server.person_at("/reasons/", "bob").await);
    let phone = server.person_at("/reasons/", "bob").await;
    let (mut anns, mut bobs) = (ann.listener(), phone.listener());
    let own = bob.put("presence", &json!({ "state": "busy", "reason": "Meeting" })).await.expect(200);
    assert_eq!(own["chosen"], json!({ "state": "busy", "reason": "Meeting" }));
    let told = hears(&mut anns, &bob, "busy").await;
    assert_eq!(told["reason"], "Meeting");
    assert_eq!(ann.sees(&bob).await["presence"], told);
    assert_eq!(bobs.until_type("my-presence").await["presence"]["state"], "busy");
    assert_eq!(phone.get("session").await.expect(200)["presence"]["state"], "busy");
    phone.put("presence/device", &json!({ "idle": true })).await.expect(200);
    server.restart().await;
    assert_eq!(bob.get("presence").await.expect(200)["chosen"]["state"], "busy");
    assert_eq!(ann.sees(&bob).await["presence"]["reason"], "Meeting");
    bob.put("presence", &json!({ "state": "online" })).await.expect(200);
    assert_eq!(ann.sees(&bob).await["presence"]["state"], "online");
}

pub(crate) async fn what_can_be_chosen_is_the_fronts_business(database: Database) {
    let server = builder(database).and(FRONTS).start().await;
    let ann = server.person_at("/reasons/", "ann").await;
    for body in [
        json!({ "state": "busy", "reason": "Sleeping" }),
        json!({ "state": "away", "reason": "Meeting" }),
        json!({ "state": "offline" }),
    ] {
        ann.put("presence", &body).await.problem(422, "unacceptable");
    }
    for body in [json!({}), json!({ "state": "dancing" }), json!({ "state": "away", "mood": "good" })] {
        ann.put("presence", &body).await.problem(400, "invalid-request");
    }
    ann.put("presence/device", &json!({})).await.problem(400, "invalid-request");
    ann.put("presence/device", &json!({ "time_zone": "not a zone" })).await.problem(422, "unacceptable");
    ann.put("presence/offline", &json!({ "take": "some" })).await.problem(400, "invalid-request");
    let kept = ann.put("presence/offline", &json!({ "take": "favourites" })).await.expect(200);
    assert_eq!(kept["offline_messages"], "favourites");
    let bob = server.person_at("/discreet/", "bob").await;
    bob.put("presence", &json!({ "state": "invisible" })).await.problem(403, "not-permitted");
}

pub(crate) async fn nobody_sees_that_somebody_invisible_is_here(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut heard = ann.listener();
    let own = bob.put("presence", &json!({ "state": "invisible" })).await.expect(200);
    assert_eq!(own["state"], "invisible");
    let gone = hears(&mut heard, &bob, "offline").await;
    let phone = server.person("bob").await;
    phone.put("presence/device", &json!({ "idle": true })).await.expect(200);
    phone.post(&format!("conversations/{talk}/typing"), &json!({})).await;
    phone.delete("session").await.expect(204);
    // What bob says is heard, and nothing before it.
    bob.say(&talk, "I am here").await;
    let told = heard.until_type("message").await;
    assert_eq!(told["message"]["text"], "I am here");
    assert_eq!(ann.sees(&bob).await["presence"], gone);
    assert_eq!(bob.get("session").await.expect(200)["presence"]["state"], "invisible");
}

pub(crate) async fn a_device_that_nobody_uses_makes_its_person_away(database: Database) {
    let server = builder(database).and(FRONTS).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let discreet = server.person_at("/discreet/", "cleo").await;
    let mut heard = ann.listener();
    let body = json!({ "idle": true, "time_zone": "Europe/Lisbon" });
    assert_eq!(bob.put("presence/device", &body).await.expect(200)["idle"], true);
    hears(&mut heard, &bob, "away").await;
    let row = ann.sees(&bob).await;
    assert_eq!(
        (row["timezone"].as_str(), row["presence"]["since"].is_string()),
        (Some("Europe/Lisbon"), true)
    );
    let row = discreet.sees(&bob).await;
    assert_eq!((&row["timezone"], &row["presence"]["since"]), (&Value::Null, &Value::Null));
    bob.put("presence/device", &json!({ "idle": false })).await.expect(200);
    hears(&mut heard, &bob, "online").await;
}

pub(crate) async fn the_other_one_sees_that_somebody_is_writing(database: Database) {
    let server = builder(database).and(FRONTS).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let typing = format!("conversations/{talk}/typing");
    let mut heard = bob.listener();
    for _ in 0..3 {
        assert_eq!(ann.request(reqwest::Method::POST, &typing).send().await.unwrap().status(), 204);
    }
    let told = heard.until_type("typing").await;
    assert_eq!((&told["conversation_id"], &told["account"]), (&json!(talk), &json!(ann.id)));
    assert!(told["until"].is_string());
    let more = heard.drain().await;
    assert!(!more.iter().any(|event| event["type"] == "typing"), "{more:?}");
    let quiet = server.person_at("/discreet/", "ann").await;
    let refused = quiet.request(reqwest::Method::POST, &typing);
    Person::send(refused).await.problem(403, "not-permitted");
    bob.contact(&ann, "refuse").await.expect(200);
    Person::send(ann.request(reqwest::Method::POST, &typing)).await.problem(403, "not-permitted");
}
