//! Who is seen and found.

use serde_json::{Value, json};

use crate::support::client::text;
use crate::support::{Database, builder};

fn logins(people: &[Value]) -> Vec<String> {
    let mut logins: Vec<String> = people.iter().map(|person| text(&person["login"])).collect();
    logins.sort();
    logins
}

pub(crate) async fn an_open_front_shows_everybody_but_oneself(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    server.person_at("/elsewhere/", "eve").await;
    server.register("/im/", "never-logged-in").await;
    assert_eq!(logins(&ann.roster().await), ["bob"]);
    let person = ann.roster().await.remove(0);
    assert_eq!(person["id"], bob.id);
    assert_eq!(person["display_name"], "bob");
    assert_eq!((&person["realm"], &person["realm_label"]), (&json!("native"), &json!("Portico")));
    assert_eq!(person["relation"], "none");
    assert_eq!(person["presence"]["state"], "online");
    assert!(person["presence"]["since"].is_string());
    assert_eq!((&person["avatar"], &person["profile_url"]), (&Value::Null, &Value::Null));
    assert_eq!(person["may"], json!({ "write": true, "request": true, "call": true }));
    assert!(person.get("email").is_none(), "{person}");
    assert_eq!(ann.sees(&bob).await, person);
}

pub(crate) async fn the_roster_comes_in_pages(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let mut wanted = Vec::new();
    for number in 0..7 {
        wanted.push(server.person(&format!("person-{number}")).await.login);
    }
    let (mut seen, mut after) = (Vec::new(), String::new());
    for page in 0.. {
        assert!(page < 9, "the pages never end");
        let page = ann.get(&format!("roster?limit=3&after={after}")).await.expect(200);
        let people = page["people"].as_array().unwrap();
        assert!(people.len() <= 3);
        seen.extend(people.clone());
        let Some(next) = page["next"].as_str() else { break };
        next.clone_into(&mut after);
    }
    assert_eq!(logins(&seen), wanted);
}

pub(crate) async fn a_strict_front_shows_only_those_with_whom_there_is_something(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person_at("/strict/", "ann").await, server.person_at("/strict/", "bob").await);
    assert!(ann.roster().await.is_empty());
    let found = ann.get("people?login=BOB").await.expect(200);
    assert_eq!(logins(found["people"].as_array().unwrap()), ["bob"]);
    assert_eq!(
        found["people"][0]["presence"],
        json!({ "state": "offline", "reason": null, "since": null }),
        "not for strangers"
    );
    assert_eq!(found["people"][0]["may"], json!({ "write": false, "request": true, "call": false }));
    assert_eq!(ann.get("people?login=bo").await.expect(200)["people"], json!([]));
    assert_eq!(ann.get("people?login=ann").await.expect(200)["people"], json!([]), "never oneself");
    ann.get("people").await.problem(400, "invalid-request");
    ann.contact(&bob, "request").await.expect(200);
    assert_eq!(logins(&ann.roster().await), ["bob"]);
    assert_eq!(logins(&bob.roster().await), ["ann"]);
}

pub(crate) async fn communities_know_nothing_of_each_other(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let eve = server.person_at("/elsewhere/", "eve").await;
    assert!(ann.roster().await.is_empty() && eve.roster().await.is_empty());
    assert_eq!(ann.get("people?login=eve").await.expect(200)["people"], json!([]));
    ann.get(&format!("contacts/{}", eve.id)).await.problem(404, "not-found");
    ann.post("conversations", &json!({ "with": [eve.id] })).await.problem(404, "not-found");
    ann.contact(&eve, "request").await.problem(404, "not-found");
}

pub(crate) async fn of_two_modes_the_stricter_wins(database: Database) {
    let server = builder(database).start().await;
    let open = server.person("ann").await;
    let strict = server.person_at("/strict/", "bob").await;
    open.post("conversations", &json!({ "with": [strict.id] })).await.problem(404, "not-found");
    strict.post("conversations", &json!({ "with": [open.id] })).await.problem(404, "not-found");
    assert!(open.roster().await.is_empty() && strict.roster().await.is_empty());
    open.contact(&strict, "request").await.expect(200);
    let talk = json!({ "with": [strict.id] });
    open.post("conversations", &talk).await.problem(403, "not-permitted");
    strict.contact(&open, "accept").await.expect(200);
    open.post("conversations", &talk).await.expect(201);
    // Who has entered an open front as well is as open as that one.
    let cleo = server.person_at("/strict/", "cleo").await;
    open.post("conversations", &json!({ "with": [cleo.id] })).await.problem(404, "not-found");
    server.person_at("/im/", "cleo").await;
    open.post("conversations", &json!({ "with": [cleo.id] })).await.expect(201);
}
