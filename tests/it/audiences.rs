//! Texts of the administration to some, and alerts: over HTTP and from the command line, with a crash in the middle.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::text;
use crate::support::server::NATIVE;
use crate::support::{Database, Person, TestServer, builder, eventually};

/// Eve has the role `staff`; ann may alert groups and everybody.
const FRONTS: &str = r#"
[role.staff]
receive_alerts = true

[role.crier]
alert_group = true
alert_everybody = true
alert_administrators = true

[[front]]
path = "/im/"
authenticators = ["native"]
mode = "open-community"
roles = [{ login = "eve", role = "staff" }, { login = "ann", role = "crier" }]
[front.options]
unknown_names = "form"
create_groups = true

[[front]]
path = "/elsewhere/"
authenticators = ["native"]
mode = "open-community"
community = "elsewhere"
[front.options]
unknown_names = "form"
"#;

struct Company {
    server: TestServer,
    people: Vec<Person>,
    club: String,
}

impl Company {
    /// Ann and ben are in a club; eve is staff; fay is of another community.
    async fn come(database: Database) -> Self {
        let server = builder(database).sections(&format!("{NATIVE}{FRONTS}")).start().await;
        let mut people = Vec::new();
        for login in ["ann", "ben", "cat", "eve"] {
            people.push(server.person(login).await);
        }
        people.push(server.person_at("/elsewhere/", "fay").await);
        let made = people[0].post("groups", &json!({ "name": "Club", "kind": "public" })).await.expect(201);
        let club = text(&made["id"]);
        let join = people[1].request(Method::PUT, &format!("groups/{club}/members/me"));
        Person::send(join).await.expect(200);
        Self { server, people, club }
    }

    /// How many copies of a text everybody has who has any.
    async fn copies(&self, wanted: &str) -> BTreeMap<String, usize> {
        let mut copies = BTreeMap::new();
        for person in &self.people {
            let list = person.get("conversations").await.expect(200);
            let mut count = 0;
            for conversation in list["conversations"].as_array().expect("a list") {
                let history = person.whole_history(&text(&conversation["id"])).await;
                count += history.iter().filter(|message| message["text"] == wanted).count();
            }
            if count > 0 {
                copies.insert(person.login.clone(), count);
            }
        }
        copies
    }

    async fn expect_once(&self, wanted: &str, logins: &[&str]) {
        let once: BTreeMap<String, usize> = logins.iter().map(|login| ((*login).to_owned(), 1)).collect();
        eventually(&format!("`{wanted}` with {logins:?}"), async || {
            (self.copies(wanted).await == once).then_some(())
        })
        .await;
    }
}

pub(crate) async fn a_text_to_some_reaches_them_once_over_a_crash(database: Database) {
    let mut company = Company::come(database).await;
    let root = company.server.root().await;
    let ben = company.people[1].id.clone();
    let cases: [(Value, &str, &[&str]); 4] = [
        (json!({ "group": company.club }), "to the club", &["ann", "ben"]),
        (json!({ "role": "staff" }), "to the staff", &["eve"]),
        (json!({ "account": ben }), "to ben", &["ben"]),
        (json!({ "everybody": true }), "to everybody", &["ann", "ben", "cat", "eve", "fay"]),
    ];
    let mut ids = Vec::new();
    for (to, words, _) in &cases {
        let sent = root.post("messages", &json!({ "to": to, "text": words })).await.expect(202);
        ids.push(text(&sent["id"]));
        // In the middle of whatever it is about.
        company.server.kill_9().await;
        company.server.start_again().await;
    }
    for (_, words, wanted) in &cases {
        company.expect_once(words, wanted).await;
    }
    for (id, (_, words, wanted)) in ids.iter().zip(&cases) {
        eventually(words, async || {
            let kept = root.get(&format!("messages/{id}")).await.expect(200);
            (kept["state"] == "done").then_some(())
        })
        .await;
        company.expect_once(words, wanted).await;
    }
    // A restart sends nothing again.
    company.server.restart().await;
    for (_, words, wanted) in &cases {
        company.expect_once(words, wanted).await;
    }
    let nowhere = "018f0000-0000-7000-8000-000000000000";
    for (to, status) in [
        (json!({ "group": nowhere }), 404),
        (json!({ "account": nowhere }), 404),
        (json!({ "role": "boss" }), 422),
        (json!({}), 400),
        (json!({ "everybody": true, "role": "staff" }), 400),
    ] {
        let refused = root.post("messages", &json!({ "to": to, "text": "to nobody" })).await;
        assert_eq!(refused.status, status, "{to}: {}", refused.text());
    }
}

pub(crate) async fn the_command_line_writes_to_some_as_well(database: Database) {
    let company = Company::come(database).await;
    let (group, account) = (format!("group:{}", company.club), format!("account:{}", company.people[1].id));
    let cases: [(&str, &str, &[&str]); 4] = [
        (&group, "to the club", &["ann", "ben"]),
        ("role:staff", "to the staff", &["eve"]),
        (&account, "to ben", &["ben"]),
        ("everybody", "to everybody", &["ann", "ben", "cat", "eve", "fay"]),
    ];
    for (to, words, wanted) in cases {
        company.server.call("admin message", &["--to", to, words]).run().await.expect(0);
        company.expect_once(words, wanted).await;
    }
    let here = ["--to", "everybody", "--front", "elsewhere", "to those over there"];
    company.server.call("admin message", &here).run().await.expect(0);
    company.expect_once("to those over there", &["fay"]).await;
    let mut heard = company.people[2].listener();
    company.server.call("admin message", &["--to", "online", "lunch"]).run().await.expect(0);
    heard.until("the notice", |event| event.to_string().contains("lunch")).await;
    assert!(company.copies("lunch").await.is_empty(), "it is kept nowhere");
    for nobody in ["role:boss", "group:018f0000-0000-7000-8000-000000000000"] {
        company.server.call("admin message", &["--to", nobody, "hello"]).run().await.expect(1);
    }
    company.server.call("admin message", &["--to", "somebody", "hello"]).run().await.expect(64);
}

pub(crate) async fn alerts_reach_whom_they_are_for(database: Database) {
    let company = Company::come(database).await;
    let ann = &company.people[0];
    let alert = async |who: &Person, body: Value| who.post("alerts", &body).await;
    alert(ann, json!({ "to": "group", "group_id": company.club, "text": "fire" })).await.expect(202);
    company.expect_once("Alert from ann:\nfire", &["ann", "ben"]).await;
    alert(ann, json!({ "to": "everybody", "text": "flood" })).await.expect(202);
    company.expect_once("Alert from ann:\nflood", &["ann", "ben", "cat", "eve"]).await;
    alert(ann, json!({ "to": "administrators", "text": "smoke" })).await.expect(202);
    company.expect_once("Alert from ann:\nsmoke", &["eve"]).await;
    for to in ["everybody", "administrators"] {
        let refused = alert(&company.people[1], json!({ "to": to, "text": "x" })).await;
        refused.problem(403, "not-permitted");
    }
    let of_the_club = json!({ "to": "group", "group_id": company.club, "text": "x" });
    alert(&company.people[1], of_the_club).await.problem(403, "not-permitted");
}
