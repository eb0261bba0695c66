//! The administration: who may call what, the audit log, bans, messages to many, statistics, the command line.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{Proof, password_of, text};
use crate::support::openapi::assert_complete;
use crate::support::{Database, Person, Reply, TestServer, builder, eventually};

/// Every call that needs a right, with the right. `{person}`, `{ban}` … stand for ids that may lead nowhere: who may not
/// call must not learn even that.
const CALLS: &[(&str, &str, &str)] = &[
    ("GET", "administrators", "administrators"),
    ("PUT", "administrators/{person}", "administrators"),
    ("DELETE", "administrators/{person}", "administrators"),
    ("GET", "audit", "audit"),
    ("GET", "bans", "moderation"),
    ("POST", "bans", "moderation"),
    ("DELETE", "bans/{person}", "moderation"),
    ("GET", "mutes", "moderation"),
    ("POST", "mutes", "moderation"),
    ("DELETE", "mutes/{person}", "moderation"),
    ("POST", "accounts/{person}/kick", "moderation"),
    ("GET", "reports", "moderation"),
    ("GET", "reports/{person}", "moderation"),
    ("PUT", "reports/{person}", "moderation"),
    ("GET", "reports/{person}/history", "moderation"),
    ("DELETE", "conversations/{person}/messages/1", "moderation"),
    ("GET", "messages", "messages"),
    ("POST", "messages", "messages"),
    ("GET", "messages/{person}", "messages"),
    ("GET", "statistics", "statistics"),
    ("PUT", "fronts/nowhere/maintenance", "options"),
    ("POST", "reload", "options"),
    ("GET", "accounts", "accounts"),
    ("GET", "accounts/{person}", "accounts"),
    ("DELETE", "accounts/{person}/sessions", "accounts"),
    ("DELETE", "accounts/{person}/sessions/{person}", "accounts"),
    ("PUT", "accounts/{person}/roles/nothing", "accounts"),
    ("DELETE", "accounts/{person}/roles/nothing", "accounts"),
    ("DELETE", "accounts/{person}", "accounts"),
    ("GET", "accounts/{person}/sessions", "accounts"),
    ("POST", "accounts/{person}/approve", "accounts"),
    ("POST", "accounts/{person}/refuse", "accounts"),
    ("POST", "accounts/{person}/lock", "accounts"),
    ("DELETE", "accounts/{person}/lock", "accounts"),
    ("DELETE", "accounts/{person}/attempts", "accounts"),
    ("GET", "accounts/{person}/contacts", "accounts"),
    ("PUT", "accounts/{person}/contacts/{person}", "accounts"),
    ("DELETE", "accounts/{person}/contacts/{person}", "accounts"),
    ("GET", "presence", "accounts"),
    ("GET", "native-accounts", "accounts"),
    ("POST", "native-accounts", "accounts"),
    ("GET", "native-accounts/{person}", "accounts"),
    ("PATCH", "native-accounts/{person}", "accounts"),
    ("DELETE", "native-accounts/{person}", "accounts"),
    ("POST", "native-accounts/{person}/password-reset", "accounts"),
    ("DELETE", "native-accounts/{person}/second-factors", "accounts"),
    ("GET", "groups", "groups"),
    ("POST", "groups", "groups"),
    ("GET", "groups/{person}", "groups"),
    ("PATCH", "groups/{person}", "groups"),
    ("DELETE", "groups/{person}", "groups"),
    ("GET", "groups/{person}/members", "groups"),
    ("PUT", "groups/{person}/members/{person}", "groups"),
    ("DELETE", "groups/{person}/members/{person}", "groups"),
    ("GET", "conferences", "moderation"),
    ("GET", "conferences/{person}", "moderation"),
    ("DELETE", "conferences/{person}", "moderation"),
    ("DELETE", "conferences/{person}/participants/{person}", "moderation"),
    ("GET", "shouts", "moderation"),
    ("PUT", "shouts/{person}", "moderation"),
    ("DELETE", "shouts/{person}", "moderation"),
    ("GET", "fronts/nowhere/options", "options"),
];

/// Calls that need no right, and why.
const OPEN: &[(&str, &str)] = &[
    ("POST /session", "is the login"),
    ("GET /session", "is about whoever calls"),
    ("DELETE /session", "is about whoever calls"),
    ("GET /fronts", "is needed by whatever right one has"),
];

const RIGHTS: [&str; 8] =
    ["accounts", "moderation", "groups", "messages", "options", "statistics", "audit", "administrators"];

impl TestServer {
    /// Whoever has every right.
    pub(crate) async fn root(&self) -> Person {
        let password = password_of("root");
        self.keep_secret(&password);
        let made = self.call("admin create", &["--login", "root"]).input(format!("{password}\n")).run().await;
        assert!(matches!(made.status, Some(0 | 1)), "{}", made.stderr);
        self.administrator("root", &password).await
    }

    fn nobody(&self) -> Person {
        Person { api: format!("{}/admin/api/v1/", self.origin()), ..self.stranger("/im/") }
    }

    /// Somebody who signs in to the administration.
    pub(crate) async fn administrator(&self, login: &str, password: &str) -> Person {
        let nobody = self.nobody();
        let reply = nobody.post("session", &json!({ "login": login, "password": password })).await;
        let body = reply.expect(201);
        let token = text(&body["token"]);
        self.keep_secret(&token);
        Person { proof: Proof::Bearer(token.clone()), token, id: text(&body["account"]["id"]), ..nobody }
    }

    /// Somebody with exactly these rights.
    pub(crate) async fn with_rights(&self, root: &Person, login: &str, rights: &[&str]) -> Person {
        let person = self.person(login).await;
        let given = root.put(&format!("administrators/{}", person.id), &json!({ "rights": rights })).await;
        given.expect(200);
        self.administrator(login, &password_of(login)).await
    }
}

async fn call(who: &Person, method: &str, path: &str, person: &str) -> Reply {
    let path = path.replace("{person}", person);
    let method: Method = method.parse().expect("a method");
    let mut request = who.request(method.clone(), &path);
    if matches!(method, Method::POST | Method::PUT | Method::PATCH) {
        request = request.json(&json!({}));
    }
    Person::send(request).await
}

pub(crate) async fn every_call_needs_its_right_and_a_session_of_the_administration(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let ann = server.person("ann").await;
    // An id that leads nowhere, so that calls that are let through do nothing.
    let nowhere = "01900000-0000-7000-8000-000000000000";
    let mut by_right = Vec::new();
    for right in RIGHTS {
        by_right.push((right, server.with_rights(&root, &format!("only-{right}"), &[right]).await));
    }
    let of_a_front = Person { proof: ann.proof.clone(), ..server.nobody() };
    let made_up = Person { proof: Proof::Bearer("c2VjcmV0".into()), ..server.nobody() };
    for (method, path, right) in CALLS {
        for stranger in [&server.nobody(), &of_a_front, &made_up] {
            call(stranger, method, path, nowhere).await.problem(401, "session-required");
        }
        for (theirs, administrator) in &by_right {
            let reply = call(administrator, method, path, nowhere).await;
            if theirs == right {
                assert!(!matches!(reply.status, 401 | 403), "{method} {path}: {}", reply.text());
            } else {
                reply.problem(403, "not-permitted");
            }
        }
    }
    let described = root.get("openapi.json").await.expect(200);
    assert_complete(&described, CALLS.iter().map(|(method, path, _)| (*method, *path)), OPEN);
    // A session of the administration is good for nothing at a front.
    let elsewhere = Person { proof: root.proof.clone(), ..server.stranger("/im/") };
    elsewhere.get("session").await.problem(401, "session-required");
    // The control key of the command line is no session either, and the command line needs it.
    let (status, _) = server.manage("/control/api/v1/audit").await;
    assert_eq!(status, 401);
}

pub(crate) async fn only_administrators_come_in_and_not_without_the_right_password(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    server.person("ann").await;
    let nobody = server.nobody();
    let sign_in = |login: &str, password: String| {
        let body = json!({ "login": login, "password": password });
        let nobody = nobody.clone();
        async move { nobody.post("session", &body).await }
    };
    sign_in("ann", password_of("ann")).await.problem(403, "not-permitted");
    sign_in("ann", "wrong password".into()).await.problem(401, "login-refused");
    sign_in("nobody", "wrong password".into()).await.problem(401, "login-refused");
    let session = root.get("session").await.expect(200);
    assert_eq!(session["rights"].as_array().map(Vec::len), Some(8));
    assert!(session["token"].is_null());
    root.delete("session").await.expect(204);
    root.get("session").await.problem(401, "session-required");
}

pub(crate) async fn the_cookie_of_the_administration_needs_its_origin(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let pair = format!("portico-admin={}", root.token);
    let cookie =
        |origin: String| Person { proof: Proof::Cookie { pair: pair.clone(), origin }, ..server.nobody() };
    let good = cookie(server.origin());
    good.get("session").await.expect(200);
    good.post("bans", &json!({ "name": "spam*" })).await.expect(201);
    let foreign = cookie("https://evil.example.org".into());
    foreign.post("bans", &json!({ "name": "spam*" })).await.problem(403, "csrf");
    assert_eq!(good.get("bans").await.expect(200)["bans"].as_array().map(Vec::len), Some(1));
}

pub(crate) async fn lines(root: &Person) -> Vec<Value> {
    root.get("audit?limit=200").await.expect(200)["entries"].as_array().expect("a list").clone()
}

pub(crate) async fn rights_end_with_the_password_and_are_not_given_away(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let chief = server.with_rights(&root, "chief", &["administrators", "audit"]).await;
    let ann = server.person("ann").await;
    let give = |who: &Person, rights: Value| {
        let (who, path) = (who.clone(), format!("administrators/{}", ann.id));
        async move { who.put(&path, &json!({ "rights": rights })).await }
    };
    give(&chief, json!(["audit"])).await.expect(200);
    give(&chief, json!(["audit", "moderation"])).await.problem(403, "not-permitted");
    give(&chief, json!(["everything"])).await.problem(400, "invalid-request");
    let taken = chief.put(&format!("administrators/{}", root.id), &json!({ "rights": [] })).await;
    taken.problem(403, "not-permitted");
    let annas = server.administrator("ann", &password_of("ann")).await;
    annas.get("audit").await.expect(200);
    annas.get("bans").await.problem(403, "not-permitted");
    give(&root, json!([])).await.expect(200);
    annas.get("audit").await.problem(403, "not-permitted");
}

pub(crate) async fn a_message_to_everybody_arrives_once_and_nobody_waits_for_it(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let mut people = Vec::new();
    for n in 0..20 {
        people.push(server.person(&format!("person{n}")).await);
    }
    let sent = root.post("messages", &json!({ "to": { "everybody": true }, "text": "closed tonight" })).await;
    let id = text(&sent.expect(202)["id"]);
    // Somebody's own message goes through meanwhile.
    let talk = people[0].talk_to(&people[1]).await;
    people[0].say(&talk, "hello").await;
    eventually("everybody has it", async || {
        let state = root.get(&format!("messages/{id}")).await.expect(200);
        (state["state"] == "done" && state["sent"] == 20).then_some(())
    })
    .await;
    for person in &people {
        let list = person.get("conversations").await.expect(200);
        let own = list["conversations"].as_array().expect("a list").iter();
        let found: Vec<_> = own.filter(|one| one["last_message"]["text"] == "closed tonight").collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0]["may_write"], false);
        let answer = person.write(&text(&found[0]["id"]), &json!({ "text": "why?" })).await;
        answer.problem(403, "not-permitted");
    }
}

pub(crate) async fn what_was_counted_is_there_after_a_restart(database: Database) {
    let mut server = builder(database).start().await;
    let root = server.root().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    for n in 0..3 {
        ann.say(&talk, &format!("message {n}")).await;
    }
    let count = |body: Value| {
        let of_im = body["days"].as_array().expect("days").iter().find(|day| day["front"] == "im").cloned();
        let day = of_im.expect("the front's day");
        ["messages", "sessions", "people", "new_accounts"].map(|what| day[what].as_u64().expect("a number"))
    };
    assert_eq!(count(root.get("statistics").await.expect(200)), [3, 2, 2, 2]);
    ann.say(&talk, "one more").await;
    server.restart().await;
    server.enter("/im/", "ann", &password_of("ann")).await;
    assert_eq!(count(root.get("statistics").await.expect(200)), [4, 3, 2, 2]);
    // What is asked for is written: a crash right after it loses nothing of it.
    server.kill_9().await;
    server.start_again().await;
    assert_eq!(count(root.get("statistics").await.expect(200)), [4, 3, 2, 2]);
    let cli = server.call("admin statistics", &["--json"]).run().await.json(0);
    assert_eq!(count(cli), [4, 3, 2, 2]);
}

pub(crate) async fn the_command_line_does_the_same(database: Database) {
    let mut server = builder(database).start().await;
    let ann = server.person("ann").await;
    let ban =
        server.call("admin ban", &["--name", "sp?m*", "--reason", "spam", "--json"]).run().await.json(0);
    let table = server.call("admin bans", &[]).run().await;
    assert!(table.expect(0).contains("sp?m*"), "{}", table.stdout);
    server.call("admin unban", &[ban["id"].as_str().expect("an id")]).run().await.expect(0);
    let again = server.call("admin unban", &[ban["id"].as_str().expect("an id")]).run().await;
    again.expect(1);
    server.call("admin ban", &["--name", "*"]).run().await.expect(1);
    server.call("admin ban", &["--name", "a", "--device", "b"]).run().await.expect(64);
    server.call("admin kick", &[&ann.id, "--reason", "bye"]).run().await.expect(0);
    ann.get("session").await.problem(401, "session-ended");
    let log = server.call("admin audit", &["--json"]).run().await.json(0);
    let actions: Vec<_> =
        log["entries"].as_array().expect("a list").iter().map(|line| &line["action"]).collect();
    assert_eq!(actions, ["kicked", "ban-lifted", "ban-added"]);
    assert_eq!(log["entries"][0]["actor"]["kind"], "command-line");
    server.terminate().await;
    let alone = server.call("admin audit", &[]).run().await;
    alone.expect(2);
    alone.says(&["needs the running server"]);
}
