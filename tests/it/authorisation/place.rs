//! Where the calls of the table are made: fronts with and without rights, and one of everything that calls are about.

use reqwest::Method;
use serde_json::{Value, json};

use super::table::Call;
use crate::support::client::text;
use crate::support::server::NATIVE;
use crate::support::{Builder, Database, Person, Reply, TestServer, builder};

/// `/im/` with everything, `/second/` of the same community likewise, `/bare/` of the same community with every right
/// taken, and `/elsewhere/`, another community with everything. Moderators are ann, mona and dora.
const FRONTS: &str = r#"
[role.staff]
moderator = true
alert_administrators = true
alert_group = true
alert_everybody = true

[[front]]
path = "/im/"
authenticators = ["native"]
mode = "open-community"
guests = true
roles = [{ login = "ann", role = "staff" }]
[front.options]
unknown_names = "form"
create_groups = true
shoutbox = true
shoutbox_public = true
shout_votes = true
contact_rating = "private"

[[front]]
path = "/second/"
authenticators = ["native"]
mode = "open-community"
roles = [{ login = "mona", role = "staff" }]
[front.options]
unknown_names = "form"
create_groups = true
shoutbox = true
shout_votes = true

[[front]]
path = "/bare/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
manage_contacts = false
hide_from_contacts = false
contact_nicknames = false
search = false
export = false
reactions = false
attachments = false
conferences = false
join_groups = false
change_profile = false
leave = false
edit_window = 0
delete_window = 0
shoutbox = true

[[front]]
path = "/elsewhere/"
authenticators = ["native"]
mode = "open-community"
community = "elsewhere"
roles = [{ login = "dora", role = "staff" }]
[front.options]
unknown_names = "form"
create_groups = true
shoutbox = true
shout_votes = true
"#;

pub(super) fn place(database: Database) -> Builder {
    builder(database).sections(&format!("{NATIVE}{FRONTS}"))
}

/// What the calls are about.
#[derive(Debug, Clone, Default)]
pub(super) struct Subject {
    /// By the names of the placeholders.
    ids: Vec<(&'static str, String)>,
}

impl Subject {
    /// Ids that lead nowhere.
    pub(super) fn invented(&self) -> Self {
        let never = "018f0000-0000-7000-8000-000000000000";
        // The number of a message is no id: what it is a message of says whether it is there.
        let invent = |(name, id): &(&'static str, String)| {
            (*name, if name.ends_with("message") { id.clone() } else { never.to_owned() })
        };
        Self { ids: self.ids.iter().map(invent).collect() }
    }

    /// The same with this in the place of one of them.
    pub(super) fn with(&self, replaced: &str, by: &str) -> Self {
        let other = |(name, id): &(&'static str, String)| {
            (*name, if *name == replaced { by.to_owned() } else { id.clone() })
        };
        Self { ids: self.ids.iter().map(other).collect() }
    }

    fn fill(&self, text: &str) -> String {
        self.ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("{{{name}}}"), id))
    }

    /// Makes a call of the table.
    pub(super) async fn call(&self, who: &Person, call: &Call) -> Reply {
        let request = who.request(call.method.clone(), &self.fill(call.path));
        let request = match &call.body {
            Some(Value::String(octets)) => {
                request.header("content-type", "application/octet-stream").body(octets.clone())
            }
            Some(body) => {
                request.header("content-type", "application/json").body(self.fill(&body.to_string()))
            }
            None => request,
        };
        Person::send(request).await
    }
}

/// Ann, who has one of everything, with bob, whom it is shared with.
pub(super) struct Scene {
    pub(super) ann: Person,
    pub(super) bob: Person,
    pub(super) talk: String,
    pub(super) subject: Subject,
}

impl Scene {
    pub(super) async fn set(server: &TestServer) -> Self {
        let (ann, bob) = (server.person("ann").await, server.person("bob").await);
        let newcomer = server.person("cleo").await;
        let talk = ann.talk_to(&bob).await;
        let message = text(&ann.say(&talk, "between us").await["id"]);
        let bobs_message = text(&bob.say(&talk, "and nobody else").await["id"]);
        bob.contact(&ann, "request").await.expect(200);
        let group = |name: &str, kind: &str| json!({ "name": name, "kind": kind });
        let made = ann.post("groups", &group("Ours", "private")).await.expect(201);
        let group_id = text(&made["id"]);
        let invite = json!({ "action": "invite" });
        ann.put(&format!("groups/{group_id}/members/{}", bob.id), &invite).await.expect(200);
        Person::send(bob.request(Method::PUT, &format!("groups/{group_id}/members/me"))).await.expect(200);
        let club = text(&bob.post("groups", &group("Club", "public")).await.expect(201)["id"]);
        let with_bob = json!({ "conference": { "topic": "plans", "invite": [bob.id] } });
        let conference = text(&ann.post("conversations", &with_bob).await.expect(201)["id"]);
        let with_ann = json!({ "conference": { "invite": [ann.id] } });
        let invited = text(&bob.post("conversations", &with_ann).await.expect(201)["id"]);
        let upload = ann.request(Method::POST, "files?name=a.txt");
        let upload = upload.header("content-type", "application/octet-stream").body("a file");
        let file = text(&Person::send(upload).await.expect(201)["id"]);
        let shout = text(&ann.post("shouts", &json!({ "text": "hello all" })).await.expect(201)["id"]);
        let bobs = text(&bob.post("shouts", &json!({ "text": "hello ann" })).await.expect(201)["id"]);
        let complaint = json!({ "conversation_id": talk, "message_id": message, "text": "rude" });
        let report = text(&bob.post("reports", &complaint).await.expect(201)["id"]);
        let device = server.person("ann").await.get("account/sessions").await.expect(200);
        let mut devices = device["sessions"].as_array().expect("a list").iter();
        let current = devices.find(|session| session["current"] == true);
        let device = text(&current.expect("the device itself")["id"]);
        let ids = vec![
            ("person", bob.id.clone()),
            ("newcomer", newcomer.id),
            ("talk", talk.clone()),
            ("message", message),
            ("bobs-message", bobs_message),
            ("group", group_id),
            ("club", club),
            ("conference", conference),
            ("invited", invited),
            ("file", file),
            ("shout", shout),
            ("bobs-shout", bobs),
            ("report", report),
            ("device", device),
            ("cursor", ann.cursor.clone()),
        ];
        Self { ann, bob, talk, subject: Subject { ids } }
    }

    /// Everything that a call could have changed, as ann and bob see it.
    pub(super) async fn state(&self) -> Vec<Value> {
        let mut state = Vec::new();
        for who in [&self.ann, &self.bob] {
            for path in [
                "session",
                "contacts",
                "conversations",
                "conversations/{talk}/messages",
                "conversations/{conference}/messages",
                "conversations/invitations",
                "groups",
                "groups/{group}/members",
                "groups/invitations",
                "account/preferences",
                "account/security",
                "shouts",
            ] {
                // That something is not there for one of them is a state too.
                let reply = who.get(&self.subject.fill(path)).await;
                state.push(json!([reply.status, lasting(reply.json())]));
            }
        }
        let (file, report) =
            (self.subject.fill("files/{file}"), self.subject.fill("moderation/reports/{report}"));
        assert_eq!(self.ann.get(&file).await.status, 200);
        state.push(self.ann.get(&report).await.expect(200));
        state
    }
}

/// Without who is here, and what has reached whom: looking at it changes that.
fn lasting(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let kept = fields
                .into_iter()
                .filter(|(name, _)| !matches!(name.as_str(), "presence" | "last_seen" | "receipts"));
            Value::Object(kept.map(|(name, value)| (name, lasting(value))).collect())
        }
        Value::Array(values) => Value::Array(values.into_iter().map(lasting).collect()),
        other => other,
    }
}
