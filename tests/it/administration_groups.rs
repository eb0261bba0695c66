//! The administration of groups, conferences and walls.

use reqwest::Method;
use serde_json::{Value, json};

use crate::administration::lines;
use crate::support::client::text;
use crate::support::{Database, Person, builder};

async fn patch(who: &Person, path: &str, body: Value) -> crate::support::Reply {
    Person::send(who.request(Method::PATCH, path).json(&body)).await
}

pub(crate) async fn groups_are_made_changed_filled_and_ended(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let made = root.post("groups", &json!({ "name": "Chess", "kind": "official" })).await.expect(201);
    assert_eq!((&made["members"], &made["local"]), (&json!(0), &json!(true)));
    let id = text(&made["id"]);
    let path = format!("groups/{id}");
    root.post("groups", &json!({ "name": " CHESS ", "kind": "public" })).await.problem(409, "conflict");
    root.post("groups", &json!({ "name": "", "kind": "public" })).await.problem(422, "unacceptable");

    let seat = |person: &Person| format!("{path}/members/{}", person.id);
    let put = root.put(&seat(&ann), &json!({ "part": "manager" })).await.expect(200);
    assert_eq!(put["part"], "manager");
    let mine = ann.get("groups").await.expect(200);
    assert_eq!((&mine["groups"][0]["name"], &mine["groups"][0]["manager"]), (&json!("Chess"), &json!(true)));
    bob.put(&format!("{path}/members/me"), &json!({})).await;
    let people = root.get(&format!("{path}/members")).await.expect(200);
    assert_eq!(people["members"][0]["account"]["login"], "ann");
    assert_eq!(people["waiting"][0]["part"], "asks-to-join");
    root.put(&seat(&bob), &json!({ "part": "member" })).await.expect(200);
    let before = lines(&root).await.len();
    root.put(&seat(&bob), &json!({ "part": "member" })).await.expect(200);
    assert_eq!(lines(&root).await.len(), before, "nothing was changed");

    let changed = json!({ "name": "Go", "kind": "private", "topic": "stones" });
    let group = patch(&root, &path, changed).await.expect(200);
    assert_eq!(
        (&group["name"], &group["kind"], &group["members"]),
        (&json!("Go"), &json!("private"), &json!(2))
    );
    let line = &lines(&root).await[0];
    assert_eq!((&line["before"]["name"], &line["after"]["name"]), (&json!("Chess"), &json!("Go")));
    root.delete(&seat(&ann)).await.expect(204);
    root.delete(&seat(&bob)).await.expect(204);
    assert_eq!(root.get(&path).await.expect(200)["members"], 0, "an empty group stays");
    assert_eq!(ann.get("groups").await.expect(200)["groups"], json!([]));
    root.delete(&path).await.expect(204);
    root.delete(&path).await.problem(404, "not-found");
    assert_eq!(lines(&root).await[0]["action"], "group-dissolved");
    // Somebody of another community is nobody here.
    let elsewhere = server.person_at("/elsewhere/", "cat").await;
    let other =
        text(&root.post("groups", &json!({ "name": "Bridge", "kind": "public" })).await.expect(201)["id"]);
    let foreign =
        root.put(&format!("groups/{other}/members/{}", elsewhere.id), &json!({ "part": "member" })).await;
    foreign.problem(404, "not-found");
    root.get("groups?community=nowhere").await.problem(422, "unacceptable");
}

pub(crate) async fn conferences_are_listed_and_closed(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let conference = json!({ "conference": { "topic": "plans", "invite": [bob.id] } });
    let id = text(&ann.post("conversations", &conference).await.expect(201)["id"]);
    ann.say(&id, "secret plans").await;
    let list = root.get("conferences").await.expect(200);
    let one = &list["conferences"][0];
    assert_eq!(
        (&one["topic"], &one["participants"], &one["invited"]),
        (&json!("plans"), &json!(1), &json!(1))
    );
    assert!(one["last_message_at"].is_string());
    let shown = root.get(&format!("conferences/{id}")).await.expect(200);
    assert_eq!(shown["invited"][0]["login"], "bob");
    assert!(!shown.to_string().contains("secret"), "what is said is nobody else's");
    root.delete(&format!("conferences/{id}/participants/{}", bob.id)).await.expect(204);
    root.delete(&format!("conferences/{id}/participants/{}", bob.id)).await.problem(404, "not-found");
    assert_eq!(bob.get("conversations/invitations").await.expect(200)["invitations"], json!([]));
    root.delete(&format!("conferences/{id}")).await.expect(204);
    ann.get(&format!("conversations/{id}")).await.problem(404, "not-found");
    assert_eq!(root.get("conferences").await.expect(200)["conferences"], json!([]));
    let line = &lines(&root).await[0];
    assert_eq!((&line["action"], &line["after"]["gone"]), (&json!("conference-closed"), &json!([ann.id])));
    // A conversation of two is none.
    let talk = ann.talk_to(&bob).await;
    root.delete(&format!("conferences/{talk}")).await.problem(404, "not-found");
}

/// A wall that somebody looks after.
const WALL: &str = "[[front]]\npath = \"/wall/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
                    [front.options]\nunknown_names = \"form\"\nshoutbox = true\nshout_approval = true\n";

pub(crate) async fn shouts_are_shown_turned_down_and_removed(database: Database) {
    let server = builder(database).and(WALL).start().await;
    let root = server.root().await;
    let ann = server.person_at("/wall/", "ann").await;
    for words in ["hello", "again"] {
        let shout = ann.post("shouts", &json!({ "text": words })).await;
        assert!(shout.status < 300, "{}", shout.text());
    }
    let queue = root.get("shouts").await.expect(200)["shouts"].clone();
    assert_eq!(queue.as_array().map(Vec::len), Some(2));
    let (second, first) = (text(&queue[0]["shout"]["id"]), text(&queue[1]["shout"]["id"]));
    let shown = root.put(&format!("shouts/{first}"), &json!({ "show": true })).await.expect(200);
    assert_eq!(shown["shout"]["state"], "shown");
    root.put(&format!("shouts/{first}"), &json!({ "show": true })).await.problem(409, "conflict");
    root.put(&format!("shouts/{second}"), &json!({ "show": false })).await.expect(200);
    let wall = ann.get("shouts").await.expect(200);
    assert_eq!(wall["shouts"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        root.get("shouts?state=rejected&wall=front:wall").await.expect(200)["shouts"][0]["shout"]["id"],
        second.as_str()
    );
    root.delete(&format!("shouts/{first}")).await.expect(204);
    root.delete(&format!("shouts/{first}")).await.problem(404, "not-found");
    let words: Vec<Value> = lines(&root).await.iter().take(3).map(|line| line["action"].clone()).collect();
    assert_eq!(words, ["shout-removed", "shout-rejected", "shout-shown"]);
    root.get("shouts?state=loud").await.problem(400, "invalid-request");
    root.get("shouts?wall=nowhere").await.problem(400, "invalid-request");
}

pub(crate) async fn a_shell_does_the_same_for_groups(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let run = async |command: &str, arguments: &[&str]| server.call(command, arguments).run().await;
    let made = run("admin make-group", &["Chess", "--kind", "private", "--json"]).await.json(0);
    let id = text(&made["id"]);
    run("admin add-member", &[&id, &ann.id, "--as", "manager"]).await.expect(0);
    let members = run("admin group-members", &[&id]).await;
    assert!(members.expect(0).contains("manager"), "{}", members.stdout);
    run("admin edit-group", &[&id, "--topic", "openings", "--managers-write", "true"]).await.expect(0);
    run("admin edit-group", &[&id]).await.expect(64);
    let groups = run("admin groups", &["--kind", "private", "--json"]).await.json(0);
    assert_eq!(
        (&groups["groups"][0]["topic"], &groups["groups"][0]["managers_write"]),
        (&json!("openings"), &json!(true))
    );
    run("admin remove-member", &[&id, &ann.id]).await.expect(0);
    run("admin dissolve-group", &[&id]).await.expect(0);
    run("admin dissolve-group", &[&id]).await.expect(1);
    run("admin conferences", &[]).await.expect(0);
    run("admin shouts", &[]).await.expect(0);
    run("admin fronts", &[]).await.expect(0);
}
