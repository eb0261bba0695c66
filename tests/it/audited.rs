//! Every act of the administration leaves exactly one line in the audit log, and what is refused leaves none.
//!
//! The acts are played one after the other, as one day of an administrator: each needs what those before it left behind.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

use crate::administration::lines;
use crate::support::authenticator::CodeProgram;
use crate::support::client::{password_of, text};
use crate::support::openapi::{call_of, described};
use crate::support::{Database, Person, TestServer, builder};

/// A front where new people wait, one with a wall that somebody looks after, and a role.
const MORE: &str = "[role.staff]\nmax_contacts = 3\n\
    [[front]]\npath = \"/careful/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
    [front.options]\nunknown_names = \"form\"\napprove_new_accounts = true\n\
    [[front]]\npath = \"/wall/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
    [front.options]\nunknown_names = \"form\"\nshoutbox = true\nshout_approval = true\n";

/// Changes that the log doesn't hear of.
const UNHEARD: &[(&str, &str)] = &[
    ("POST /session", "leaves `signed-in` when it succeeds"),
    ("DELETE /session", "takes nothing from anybody but the caller"),
];

/// Readings that the log hears of: what somebody reported is others' conversation.
const HEARD: &[&str] = &["GET /reports/{id}", "GET /reports/{id}/history"];

/// An administrator at work, and what they have done.
struct Day<'s> {
    server: &'s TestServer,
    root: Person,
    done: Vec<(String, String)>,
}

impl Day<'_> {
    /// Does something, and looks for its line. The answer.
    async fn act(&mut self, method: &str, path: &str, body: Value, action: &str) -> Value {
        let before = lines(&self.root).await.len();
        let method_of: Method = method.parse().expect("a method");
        let mut request = self.root.request(method_of, path);
        if !body.is_null() {
            request = request.json(&body);
        }
        let reply = Person::send(request).await;
        assert!(reply.status < 300, "{method} {path}: {}", reply.text());
        let after = lines(&self.root).await;
        let new: Vec<_> =
            after.iter().take(after.len() - before).map(|line| line["action"].clone()).collect();
        assert_eq!(new, [action], "{method} {path}");
        assert_eq!(after[0]["actor"]["name"], "root", "{method} {path}");
        self.done.push((method.to_owned(), path.to_owned()));
        if reply.status == 204 { Value::Null } else { reply.expect(reply.status) }
    }

    /// Is refused, or has nothing to do, and leaves no line.
    async fn in_vain(&self, method: &str, path: &str, body: Value) {
        let before = lines(&self.root).await.len();
        let request = self.root.request(method.parse().expect("a method"), path).json(&body);
        let reply = Person::send(request).await;
        assert!(reply.status < 500, "{method} {path}: {}", reply.text());
        assert_eq!(lines(&self.root).await.len(), before, "{method} {path} changed nothing");
    }

    async fn native(&self, login: &str) -> String {
        let found = self.root.get(&format!("native-accounts?query={login}")).await.expect(200);
        text(&found["accounts"][0]["id"])
    }

    /// Every call that changes something was made, and every reading that is heard of.
    async fn assert_whole(&self) {
        let document = self.root.get("openapi.json").await.expect(200);
        let all = described(&document);
        let heard = |call: &&String| !call.starts_with("GET ") || HEARD.contains(&call.as_str());
        let must: BTreeSet<_> = all.iter().filter(heard).collect();
        let unheard = UNHEARD.iter().map(|(call, _)| *call);
        let done = self.done.iter().map(|(method, path)| {
            let call = call_of(&all, method, path);
            call.unwrap_or_else(|| panic!("{method} {path} is not described")).as_str()
        });
        let done: BTreeSet<&str> = done.chain(unheard).collect();
        let missing: Vec<_> = must.iter().filter(|call| !done.contains(call.as_str())).collect();
        assert!(missing.is_empty(), "acts without a row: {missing:?}");
    }
}

pub(crate) async fn every_act_leaves_exactly_one_line(database: Database) {
    let server = builder(database).and(MORE).start().await;
    let mut day = Day { root: server.root().await, server: &server, done: Vec::new() };
    moderation(&mut day).await;
    reports(&mut day).await;
    walls_and_conferences(&mut day).await;
    groups_and_contacts(&mut day).await;
    rights_and_roles(&mut day).await;
    own_accounts(&mut day).await;
    lives(&mut day).await;
    the_house(&mut day).await;
    day.assert_whole().await;
    for login in ["root", "ann", "bob", "fresh"] {
        let told = lines(&day.root).await.iter().any(|line| line.to_string().contains(&password_of(login)));
        assert!(!told, "never a secret");
    }
    day.root.delete("audit").await.problem(405, "method-not-allowed");
}

async fn moderation(day: &mut Day<'_>) {
    let ann = day.server.person("ann").await;
    let ban = json!({ "name": "spam*", "reason": "spam" });
    let ban = text(&day.act("POST", "bans", ban, "ban-added").await["id"]);
    day.act("DELETE", &format!("bans/{ban}"), Value::Null, "ban-lifted").await;
    assert_eq!(lines(&day.root).await[0]["before"]["reason"], "spam");
    day.in_vain("DELETE", &format!("bans/{ban}"), Value::Null).await;
    day.in_vain("POST", "bans", json!({ "name": "***" })).await;
    let mute = day.act("POST", "mutes", json!({ "account": ann.id, "minutes": 5 }), "muted").await;
    let mute = format!("mutes/{}", text(&mute["id"]));
    day.act("DELETE", &mute, Value::Null, "unmuted").await;
    day.in_vain("DELETE", &mute, Value::Null).await;
    day.act("POST", &format!("accounts/{}/kick", ann.id), json!({}), "kicked").await;
    let found = day.root.get("audit?action=muted&actor=root&limit=1").await.expect(200);
    assert_eq!(found["entries"][0]["target"]["id"], json!(ann.id));
}

async fn reports(day: &mut Day<'_>) {
    let (ann, bob) = (day.server.person("ann").await, day.server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let message = text(&bob.say(&talk, "rude words").await["id"]);
    let about = json!({ "conversation_id": talk, "message_id": message, "text": "rude" });
    let report = format!("reports/{}", text(&ann.post("reports", &about).await.expect(201)["id"]));
    day.act("GET", &report, Value::Null, "report-read").await;
    day.act("GET", &format!("{report}/history"), Value::Null, "message-history-read").await;
    day.act("PUT", &report, json!({ "decision": "dismiss" }), "report-decided").await;
    day.in_vain("PUT", &report, json!({ "decision": "dismiss" })).await;
    let removed = format!("conversations/{talk}/messages/{message}");
    day.act("DELETE", &removed, Value::Null, "message-removed").await;
    assert!(
        !lines(&day.root).await[0].to_string().contains("rude words"),
        "what was said is not kept in the log"
    );
}

async fn walls_and_conferences(day: &mut Day<'_>) {
    let ann = day.server.person_at("/wall/", "ann").await;
    let bob = day.server.person("bob").await;
    let shout = ann.post("shouts", &json!({ "text": "hello" })).await;
    assert!(shout.status < 300, "{}", shout.text());
    let waiting = day.root.get("shouts").await.expect(200);
    let shout = format!("shouts/{}", text(&waiting["shouts"][0]["shout"]["id"]));
    day.act("PUT", &shout, json!({ "show": true }), "shout-shown").await;
    day.in_vain("PUT", &shout, json!({ "show": true })).await;
    day.act("DELETE", &shout, Value::Null, "shout-removed").await;
    day.in_vain("DELETE", &shout, Value::Null).await;
    let plan = json!({ "conference": { "topic": "plans", "invite": [bob.id] } });
    let conference =
        format!("conferences/{}", text(&ann.post("conversations", &plan).await.expect(201)["id"]));
    let seat = format!("{conference}/participants/{}", bob.id);
    day.act("DELETE", &seat, Value::Null, "conference-person-removed").await;
    day.in_vain("DELETE", &seat, Value::Null).await;
    day.act("DELETE", &conference, Value::Null, "conference-closed").await;
    day.in_vain("DELETE", &conference, Value::Null).await;
}

async fn groups_and_contacts(day: &mut Day<'_>) {
    let (ann, bob) = (day.server.person("ann").await, day.server.person("bob").await);
    let new = json!({ "name": "Chess", "kind": "official" });
    let group = format!("groups/{}", text(&day.act("POST", "groups", new.clone(), "group-made").await["id"]));
    day.in_vain("POST", "groups", new).await;
    day.act("PATCH", &group, json!({ "topic": "openings" }), "group-changed").await;
    let seat = format!("{group}/members/{}", ann.id);
    day.act("PUT", &seat, json!({ "part": "manager" }), "group-part-set").await;
    day.act("DELETE", &seat, Value::Null, "group-part-set").await;
    day.act("DELETE", &group, Value::Null, "group-dissolved").await;
    day.in_vain("DELETE", &group, Value::Null).await;
    let contact = format!("accounts/{}/contacts/{}", ann.id, bob.id);
    day.act("PUT", &contact, json!({}), "contact-made").await;
    day.act("DELETE", &contact, Value::Null, "contact-ended").await;
    day.in_vain("DELETE", &contact, Value::Null).await;
}

async fn rights_and_roles(day: &mut Day<'_>) {
    let ann = day.server.person("ann").await;
    let rights = format!("administrators/{}", ann.id);
    day.act("PUT", &rights, json!({ "rights": ["audit"] }), "rights-set").await;
    assert_eq!(lines(&day.root).await[0]["after"], json!(["audit"]));
    day.act("DELETE", &rights, Value::Null, "rights-set").await;
    let role = format!("accounts/{}/roles/staff", ann.id);
    day.act("PUT", &role, json!({}), "role-given").await;
    day.act("DELETE", &role, Value::Null, "role-taken").await;
    day.in_vain("PUT", &format!("accounts/{}/roles/nothing", ann.id), json!({})).await;
    let sessions = format!("accounts/{}/sessions", ann.id);
    let one = text(&day.root.get(&sessions).await.expect(200)["sessions"][0]["id"]);
    day.act("DELETE", &format!("{sessions}/{one}"), Value::Null, "kicked").await;
    day.in_vain("DELETE", &format!("{sessions}/{one}"), Value::Null).await;
    day.act("DELETE", &sessions, Value::Null, "kicked").await;
}

async fn own_accounts(day: &mut Day<'_>) {
    let fresh = json!({ "login": "fresh", "password": password_of("fresh") });
    day.server.keep_secret(&password_of("fresh"));
    let made = day.act("POST", "native-accounts", fresh.clone(), "account-made").await;
    day.in_vain("POST", "native-accounts", fresh).await;
    let native = format!("native-accounts/{}", text(&made["id"]));
    day.act("PATCH", &native, json!({ "display_name": "Fresh" }), "native-account-changed").await;
    let letter = day
        .act("POST", &format!("{native}/password-reset"), json!({ "front": "im" }), "password-reset")
        .await;
    day.server.keep_secret(&text(&letter["link"]));
    day.act("PATCH", &native, json!({ "state": "disabled" }), "native-account-disabled").await;
    day.act("PATCH", &native, json!({ "state": "active" }), "native-account-approved").await;
    let bob = day.server.person("bob").await;
    CodeProgram::enrolled(day.server, &bob, &password_of("bob")).await;
    let factors = format!("native-accounts/{}/second-factors", day.native("bob").await);
    day.act("DELETE", &factors, Value::Null, "second-factors-removed").await;
    day.in_vain("DELETE", &factors, Value::Null).await;
    day.act("DELETE", &native, Value::Null, "native-account-deleted").await;
    day.in_vain("DELETE", &native, Value::Null).await;
}

async fn lives(day: &mut Day<'_>) {
    for login in ["wait-1", "wait-2"] {
        day.server.register("/careful/", login).await;
        day.server.log_in("/careful/", login, &password_of(login)).await.problem(403, "pending");
    }
    let waiting = day.root.get("accounts?state=pending").await.expect(200)["accounts"].clone();
    let path = |n: usize| format!("accounts/{}", text(&waiting[n]["id"]));
    day.act("POST", &format!("{}/approve", path(0)), json!({}), "account-approved").await;
    day.in_vain("POST", &format!("{}/approve", path(0)), json!({})).await;
    day.act("POST", &format!("{}/refuse", path(1)), json!({ "reason": "unknown" }), "account-refused").await;
    let lock = format!("{}/lock", path(0));
    day.act("POST", &lock, json!({ "minutes": 60 }), "account-locked").await;
    day.act("DELETE", &lock, Value::Null, "account-unlocked").await;
    day.in_vain("DELETE", &lock, Value::Null).await;
    day.act("DELETE", &format!("{}/attempts", path(0)), Value::Null, "attempts-forgotten").await;
    day.act("DELETE", &path(0), Value::Null, "account-deleted").await;
    day.in_vain("DELETE", &path(0), Value::Null).await;
}

async fn the_house(day: &mut Day<'_>) {
    let to_all = json!({ "to": { "everybody": true }, "text": "hi" });
    day.act("POST", "messages", to_all, "message-sent").await;
    day.act("PUT", "fronts/second/maintenance", json!({ "text": "back soon" }), "maintenance-set").await;
    day.act("POST", "reload", json!({}), "reloaded").await;
}
