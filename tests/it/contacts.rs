//! The relation between two people.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Database, Person, TestServer, builder};

async fn two(server: &TestServer) -> (Person, Person) {
    (server.person_at("/strict/", "ann").await, server.person_at("/strict/", "bob").await)
}

async fn relations(one: &Person, other: &Person) -> (String, String) {
    let seen =
        async |by: &Person, whom: &Person| by.sees(whom).await["relation"].as_str().unwrap().to_owned();
    (seen(one, other).await, seen(other, one).await)
}

fn are(one: &str, other: &str) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

pub(crate) async fn a_request_that_is_accepted_lets_both_write(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    assert_eq!(relations(&ann, &bob).await, are("none", "none"));
    let person = ann.contact(&bob, "request").await.expect(200);
    assert_eq!((&person["id"], &person["relation"]), (&json!(bob.id), &json!("requested")));
    assert_eq!(relations(&ann, &bob).await, are("requested", "requested-by-them"));
    ann.contact(&bob, "request").await.expect(200);
    ann.contact(&bob, "accept").await.problem(409, "conflict");
    assert_eq!(bob.contact(&ann, "accept").await.expect(200)["may"]["write"], true);
    assert_eq!(relations(&ann, &bob).await, are("accepted", "accepted"));
    let talk = ann.talk_to(&bob).await;
    ann.say(&talk, "hello").await;
    bob.say(&talk, "hello").await;
    // The end of the contact is the end of writing; what was written stays.
    ann.contact(&bob, "remove").await.expect(200);
    assert_eq!(relations(&ann, &bob).await, are("none", "none"));
    bob.write(&talk, &json!({ "text": "still there?" })).await.problem(403, "not-permitted");
    assert_eq!(bob.whole_history(&talk).await.len(), 2);
    assert_eq!(bob.conversation(&talk).await["may_write"], false);
}

pub(crate) async fn asking_each_other_is_accepting(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    ann.contact(&bob, "request").await.expect(200);
    bob.contact(&ann, "request").await.expect(200);
    assert_eq!(relations(&ann, &bob).await, are("accepted", "accepted"));
}

pub(crate) async fn a_request_can_be_withdrawn_once(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    ann.contact(&bob, "withdraw").await.problem(409, "conflict");
    ann.contact(&bob, "request").await.expect(200);
    bob.contact(&ann, "withdraw").await.problem(409, "conflict");
    ann.contact(&bob, "withdraw").await.expect(200);
    assert_eq!(relations(&ann, &bob).await, are("none", "none"));
    bob.contact(&ann, "accept").await.problem(409, "conflict");
}

pub(crate) async fn a_refusal_binds_until_it_is_taken_back(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    ann.contact(&bob, "request").await.expect(200);
    bob.contact(&ann, "refuse").await.expect(200);
    assert_eq!(relations(&ann, &bob).await, are("refused-by-them", "refused"));
    ann.contact(&bob, "request").await.problem(403, "not-permitted");
    // Not even with one's own refusal as a detour.
    ann.contact(&bob, "refuse").await.expect(200);
    ann.contact(&bob, "request").await.problem(403, "not-permitted");
    ann.contact(&bob, "remove").await.expect(200);
    let taken_back = bob.delete(&format!("contacts/{}", ann.id)).await;
    taken_back.expect(204);
    ann.contact(&bob, "request").await.expect(200);
    assert_eq!(relations(&ann, &bob).await, are("requested", "requested-by-them"));
}

pub(crate) async fn a_refusal_stops_messages_on_open_fronts_too(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    ann.say(&talk, "hello").await;
    bob.contact(&ann, "refuse").await.expect(200);
    ann.write(&talk, &json!({ "text": "why?" })).await.problem(403, "not-permitted");
    bob.write(&talk, &json!({ "text": "because" })).await.problem(403, "not-permitted");
    ann.post("conversations", &json!({ "with": [bob.id] })).await.problem(403, "not-permitted");
}

pub(crate) async fn deleting_ends_whatever_there_is(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    let path = format!("contacts/{}", bob.id);
    ann.delete(&path).await.expect(204);
    for _ in 0..2 {
        ann.contact(&bob, "request").await.expect(200);
        ann.delete(&path).await.expect(204);
        assert_eq!(relations(&ann, &bob).await, are("none", "none"));
    }
}

pub(crate) async fn one_is_no_contact_of_ones_own(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    ann.contact(&ann, "request").await.problem(422, "unacceptable");
    ann.get(&format!("contacts/{}", ann.id)).await.problem(404, "not-found");
    let nonsense = ann.put(&format!("contacts/{}", ann.id), &json!({ "action": "marry" })).await;
    nonsense.problem(400, "invalid-request");
}

pub(crate) async fn contacts_survive_a_restart(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    ann.contact(&bob, "request").await.expect(200);
    bob.contact(&ann, "accept").await.expect(200);
    server.kill_9().await;
    server.start_again().await;
    assert_eq!(relations(&ann, &bob).await, are("accepted", "accepted"));
}

pub(crate) async fn a_request_carries_a_text_to_who_is_asked(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    let ask = |text: String| json!({ "action": "request", "text": text });
    let path = format!("contacts/{}", bob.id);
    ann.put(&path, &ask("x".repeat(501))).await.problem(422, "unacceptable");
    ann.put(&path, &json!({ "action": "refuse", "text": "no" })).await.problem(400, "invalid-request");
    ann.put(&path, &ask("we met at the fair".into())).await.expect(200);
    assert_eq!(bob.sees(&ann).await["request_text"], "we met at the fair");
    assert_eq!(bob.contact(&ann, "accept").await.expect(200)["request_text"], Value::Null);
}

pub(crate) async fn what_is_noted_of_somebody_is_seen_by_oneself_alone(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    ann.contact(&bob, "request").await.expect(200);
    bob.contact(&ann, "accept").await.expect(200);
    let note = async |body: Value| {
        Person::send(ann.request(Method::PATCH, &format!("contacts/{}", bob.id)).json(&body)).await
    };
    let noted = note(json!({ "favourite": true, "nickname": "Bobby", "group": "Family" })).await.expect(200);
    let of = |person: &Value| {
        let fields = ["favourite", "nickname", "contact_group"];
        fields.map(|field| person[field].clone())
    };
    assert_eq!(of(&noted), [json!(true), json!("Bobby"), json!("Family")]);
    assert_eq!(of(&bob.sees(&ann).await), [json!(false), Value::Null, Value::Null]);
    let changed = note(json!({ "nickname": null })).await.expect(200);
    assert_eq!(of(&changed), [json!(true), Value::Null, json!("Family")], "what is absent stays");
    for wrong in [json!({ "nickname": "" }), json!({ "group": "x".repeat(65) }), json!({ "rating": 0 })] {
        note(wrong).await.problem(422, "unacceptable");
    }
    note(json!({ "nickanme": "x" })).await.problem(400, "invalid-request");
    note(json!({ "rating": 5 })).await.problem(403, "not-permitted");
    server.kill_9().await;
    server.start_again().await;
    assert_eq!(of(&ann.sees(&bob).await), [json!(true), Value::Null, json!("Family")]);
    ann.contact(&bob, "remove").await.expect(200);
    assert_eq!(of(&ann.sees(&bob).await), [json!(false), Value::Null, Value::Null]);
}

pub(crate) async fn whoever_is_hidden_from_sees_somebody_offline(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    ann.contact(&bob, "request").await.expect(200);
    bob.contact(&ann, "accept").await.expect(200);
    let talk = ann.talk_to(&bob).await;
    assert_eq!(bob.sees(&ann).await["presence"]["state"], "online");
    assert_eq!(ann.contact(&bob, "hide").await.expect(200)["hidden"], true);
    let seen = bob.sees(&ann).await;
    assert_eq!((&seen["presence"]["state"], &seen["hidden"]), (&json!("offline"), &json!(false)));
    bob.say(&talk, "when you are back").await;
    let own = ann.write(&talk, &json!({ "text": "psst" })).await.problem(403, "not-permitted");
    assert_eq!(own["reason"], "you-hide");
    ann.contact(&bob, "unhide").await.expect(200);
    assert_eq!(bob.sees(&ann).await["presence"]["state"], "online");
}

pub(crate) async fn all_relations_are_listed(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = two(&server).await;
    let (cleo, dora) =
        (server.person_at("/strict/", "cleo").await, server.person_at("/strict/", "dora").await);
    server.person_at("/strict/", "eve").await;
    ann.contact(&bob, "request").await.expect(200);
    cleo.contact(&ann, "request").await.expect(200);
    ann.contact(&dora, "refuse").await.expect(200);
    let page = ann.get("contacts?limit=2").await.expect(200);
    let rest =
        ann.get(&format!("contacts?limit=2&after={}", page["next"].as_str().unwrap())).await.expect(200);
    let mut relations: Vec<String> = [page, rest.clone()]
        .iter()
        .flat_map(|page| page["people"].as_array().unwrap().clone())
        .map(|person| {
            format!("{} {}", person["login"].as_str().unwrap(), person["relation"].as_str().unwrap())
        })
        .collect();
    relations.sort();
    assert_eq!(relations, ["bob requested", "cleo requested-by-them", "dora refused"]);
    assert_eq!(rest["next"], Value::Null);
}

pub(crate) async fn people_are_searched_by_part_of_a_name(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    for login in ["bobby", "bob_by", "robot"] {
        server.person(login).await;
    }
    let search = async |part: &str| {
        let found = ann.get(&format!("people?q={part}")).await.expect(200);
        let mut logins: Vec<String> = found["people"]
            .as_array()
            .unwrap()
            .iter()
            .map(|person| person["login"].as_str().unwrap().to_owned())
            .collect();
        logins.sort();
        logins
    };
    assert_eq!(search("OB").await, ["bob_by", "bobby", "robot"]);
    assert_eq!(search("b_b").await, ["bob_by"]);
    assert!(search("%25%25").await.is_empty() && search("ann").await.is_empty());
    ann.get("people?q=b").await.problem(422, "unacceptable");
    ann.get("people?q=bo&login=bob").await.problem(400, "invalid-request");
}

pub(crate) async fn parallel_requests_and_answers_leave_exactly_the_limits(database: Database) {
    let fronts = r#"
[[front]]
path = "/three/"
authenticators = ["native"]
mode = "normal"
[front.options]
unknown_names = "form"
max_contacts = 3
max_pending_requests = 2
"#;
    let server = builder(database).and(fronts).start().await;
    let ann = server.person_at("/three/", "ann").await;
    let mut others = Vec::new();
    for number in 0..10 {
        others.push(server.person_at("/three/", &format!("person-{number}")).await);
    }
    let asked = join_all((0..200).map(|number| ann.contact(&others[number % 10], "request"))).await;
    for reply in asked.iter().filter(|reply| reply.status != 200) {
        let problem = reply.problem(403, "limit-reached");
        assert_eq!((&problem["what"], &problem["limit"]), (&json!("requests"), &json!(2)));
    }
    let waiting = async || {
        let contacts = ann.get("contacts").await.expect(200);
        contacts["people"].as_array().unwrap().len()
    };
    assert_eq!(waiting().await, 2);
    join_all(others.iter().map(|other| other.contact(&ann, "accept"))).await;
    join_all((0..200).map(|number| ann.contact(&others[number % 10], "request"))).await;
    assert_eq!(waiting().await, 3, "two contacts and a request");
}
