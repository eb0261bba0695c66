//! Every call that needs a session: what it is about, and which option it needs.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::password_of;

/// What somebody gets who has nothing to do with what a call is about, but is of the same community and front.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Others {
    /// It is about whoever calls.
    Own,
    /// It is about what everybody of the community may see.
    Open,
    /// 404, as if it were not there.
    Hidden,
    /// 403: it needs a right.
    Refused,
}

/// What a guest gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guest {
    /// An answer, in which there is nothing of anybody's.
    Reads,
    /// 403 or 404.
    Refused,
}

/// A call of the table. `{person}`, `{talk}` … stand for ids.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: &'static str,
    /// JSON; a text is sent as octets.
    pub(super) body: Option<Value>,
    pub(super) others: Others,
    pub(super) guest: Guest,
    /// The option without which it is refused.
    pub(super) needs: Option<&'static str>,
}

impl Call {
    fn needs(mut self, option: &'static str) -> Self {
        self.needs = Some(option);
        self
    }

    fn guests(mut self) -> Self {
        self.guest = Guest::Reads;
        self
    }

    /// Whether it names something by an id.
    pub(super) fn is_about(&self, placeholder: &str) -> bool {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        self.path.contains(placeholder) || body.contains(placeholder)
    }

    /// Whether it names anything of somebody's by an id.
    pub(super) fn has_ids(&self) -> bool {
        const IDS: [&str; 12] = [
            "{person}",
            "{newcomer}",
            "{talk}",
            "{group}",
            "{club}",
            "{conference}",
            "{invited}",
            "{file}",
            "{shout}",
            "{bobs-shout}",
            "{report}",
            "{device}",
        ];
        IDS.iter().any(|id| self.is_about(id))
    }
}

/// Calls that need no session, and why.
pub(super) const OPEN: &[(&str, &str)] = &[
    ("GET /front", "says how to enter"),
    ("GET /who", "says who is here as far as the front tells everybody"),
    ("GET /shouts/public", "is for sites that show a public wall"),
    ("POST /session", "is the login"),
    ("POST /account", "is the registration"),
    ("POST /account/password", "is for those whose password has expired: needs it"),
    ("POST /account/reset", "is for those who have forgotten it: answers everybody alike"),
    ("POST /account/reset/finish", "needs the token of a letter"),
    ("POST /account/verify", "needs the token of a letter"),
];

fn call(method: Method, path: &'static str, body: Option<Value>, others: Others) -> Call {
    Call { method, path, body, others, guest: Guest::Refused, needs: None }
}

fn get(path: &'static str, others: Others) -> Call {
    call(Method::GET, path, None, others)
}

fn put(path: &'static str, body: Value, others: Others) -> Call {
    call(Method::PUT, path, Some(body), others)
}

fn post(path: &'static str, body: Value, others: Others) -> Call {
    call(Method::POST, path, Some(body), others)
}

fn patch(path: &'static str, body: Value, others: Others) -> Call {
    call(Method::PATCH, path, Some(body), others)
}

fn delete(path: &'static str, others: Others) -> Call {
    call(Method::DELETE, path, None, others)
}

/// Every call that needs a session, in an order in which ann can make them one after the other.
pub(super) fn calls() -> Vec<Call> {
    [people(), conversations(), conferences(), groups(), walls(), moderation(), own()].concat()
}

fn people() -> Vec<Call> {
    use Others::{Open, Own};
    vec![
        get("session", Own).guests(),
        get("roster", Own).guests(),
        get("people?login=bob", Own),
        get("people?q=bo", Own),
        get("people/{person}", Open),
        get("people/{person}/avatar", Open),
        get("contacts/{person}", Open),
        put("contacts/{person}", json!({ "action": "request" }), Open).needs("manage_contacts"),
        put("contacts/{person}", json!({ "action": "hide" }), Open).needs("hide_from_contacts"),
        put("contacts/{person}", json!({ "action": "unhide" }), Open),
        patch("contacts/{person}", json!({ "favourite": true }), Open),
        patch("contacts/{person}", json!({ "nickname": "Bobby" }), Open).needs("contact_nicknames"),
        patch("contacts/{person}", json!({ "rating": 3 }), Open).needs("contact_rating"),
        delete("contacts/{person}", Open).needs("manage_contacts"),
        get("contacts", Own),
        get("presence", Own),
        put("presence", json!({ "state": "busy" }), Own),
        put("presence/device", json!({ "idle": true }), Own),
        put("presence/offline", json!({ "take": "all" }), Own),
        get("events", Own).guests(),
        get("events?cursor={cursor}&wait=1", Own),
        get("events/stream", Own).guests(),
        get("events/stream?cursor={cursor}", Own),
    ]
}

fn conversations() -> Vec<Call> {
    use Others::{Hidden, Open, Own};
    vec![
        post("conversations", json!({ "with": ["{person}"] }), Open),
        get("conversations", Own).guests(),
        get("conversations/{talk}", Hidden),
        put("conversations/{talk}/read", json!({ "message_id": "{message}" }), Hidden),
        post("conversations/{talk}/messages", json!({ "text": "let me in" }), Hidden),
        get("conversations/{talk}/messages", Hidden),
        patch(
            "conversations/{talk}/messages/{message}",
            json!({ "text": "otherwise", "client_id": "e" }),
            Hidden,
        )
        .needs("edit_window"),
        get("conversations/{talk}/messages/{message}/history", Hidden).needs("moderator"),
        call(Method::PUT, "conversations/{talk}/messages/{message}/reactions/%F0%9F%91%8D", None, Hidden)
            .needs("reactions"),
        delete("conversations/{talk}/messages/{message}/reactions/%F0%9F%91%8D", Hidden),
        put("conversations/{talk}/draft", json!({ "text": "I wou" }), Hidden),
        call(Method::POST, "conversations/{talk}/typing", None, Hidden),
        get("search?q=between&conversation={talk}", Hidden).needs("search"),
        get("search?q=between", Own).needs("search"),
        get("export", Own).needs("export"),
        call(Method::POST, "files?name=b.txt", Some(Value::String("octets".into())), Own)
            .needs("attachments"),
        get("files/{file}", Hidden),
        delete("files/{file}", Hidden),
    ]
}

fn conferences() -> Vec<Call> {
    use Others::{Hidden, Open, Own};
    vec![
        post("conversations", json!({ "conference": { "invite": ["{person}"] } }), Open).needs("conferences"),
        get("conversations/invitations", Own),
        get("conversations/{conference}", Hidden),
        patch("conversations/{conference}", json!({ "topic": "mine" }), Hidden),
        post("conversations/{conference}/participants", json!({ "invite": ["{newcomer}"] }), Hidden)
            .needs("conferences"),
        delete("conversations/{conference}/participants/{newcomer}", Hidden),
        put("conversations/{invited}/membership", json!({ "answer": "accept" }), Hidden).needs("conferences"),
        delete("conversations/{invited}/membership", Hidden),
    ]
}

fn groups() -> Vec<Call> {
    use Others::{Hidden, Open, Own};
    vec![
        get("groups", Own).guests(),
        get("groups?scope=joinable", Own).guests(),
        get("groups/invitations", Own),
        post("groups", json!({ "name": "Another", "kind": "public" }), Own).needs("create_groups"),
        get("groups/{group}", Hidden),
        patch("groups/{group}", json!({ "topic": "mine" }), Hidden),
        get("groups/{group}/members", Hidden),
        get("groups/{group}/requests", Hidden),
        put("groups/{group}/members/{newcomer}", json!({ "action": "invite" }), Hidden),
        patch("groups/{group}/members/{person}", json!({ "manager": true }), Hidden),
        post("alerts", json!({ "to": "group", "group_id": "{group}", "text": "fire" }), Hidden)
            .needs("alert_group"),
        post("groups/{group}/announcements", json!({ "text": "mine" }), Hidden),
        delete("groups/{group}/announcements", Hidden),
        get("shouts?group={group}", Hidden),
        delete("groups/{group}/members/{person}", Hidden),
        delete("groups/{group}", Hidden),
        get("groups/{club}", Open),
        call(Method::PUT, "groups/{club}/members/me", None, Open).needs("join_groups"),
        delete("groups/{club}/members/me", Open),
    ]
}

fn walls() -> Vec<Call> {
    use Others::{Open, Own, Refused};
    vec![
        get("shouts", Own).guests(),
        get("shouts?queue=true", Refused).needs("moderator"),
        post("shouts", json!({ "text": "mine" }), Own),
        put("shouts/{bobs-shout}/vote", json!({ "vote": "up" }), Open).needs("shout_votes"),
        put("shouts/{bobs-shout}", json!({ "decision": "reject" }), Refused).needs("moderator"),
        delete("shouts/{shout}", Refused),
    ]
}

fn moderation() -> Vec<Call> {
    use Others::{Hidden, Open, Own, Refused};
    let message = json!({ "conversation_id": "{talk}", "message_id": "{bobs-message}", "text": "rude" });
    vec![
        post("reports", message, Hidden),
        post("reports", json!({ "account": "{person}", "text": "rude" }), Open),
        get("moderation/reports", Refused).needs("moderator"),
        get("moderation/reports/{report}", Refused).needs("moderator"),
        get("moderation/reports/{report}/history", Refused).needs("moderator"),
        put("moderation/reports/{report}", json!({ "decision": "dismiss" }), Refused).needs("moderator"),
        post("moderation/mutes", json!({ "account": "{person}", "minutes": 5 }), Refused).needs("moderator"),
        delete("moderation/mutes/{person}", Refused).needs("moderator"),
        post("alerts", json!({ "to": "administrators", "text": "fire" }), Own).needs("alert_administrators"),
        post("alerts", json!({ "to": "everybody", "text": "fire" }), Own).needs("alert_everybody"),
        delete("conversations/{talk}/messages/{message}", Hidden).needs("delete_window"),
    ]
}

fn own() -> Vec<Call> {
    use Others::{Hidden, Own};
    let (password, other) = (password_of("ann"), "another long secret of ann");
    vec![
        get("account/preferences", Own),
        patch("account/preferences", json!({ "read_receipts": true }), Own),
        get("account/security", Own),
        get("account/passkeys", Own),
        post("account/passkeys", json!({ "password": password }), Own),
        put("account/passkeys", json!({ "id": "none", "name": "key", "credential": {} }), Own),
        call(
            Method::DELETE,
            "account/passkeys/018f0000-0000-7000-8000-000000000000",
            Some(json!({ "password": password })),
            Own,
        ),
        get("account/sessions", Own),
        delete("account/sessions/{device}", Hidden),
        patch("account/profile", json!({ "display_name": "Ann of the table" }), Own).needs("change_profile"),
        post("account/totp", json!({ "password": password }), Own),
        put("account/totp", json!({ "code": "000000" }), Own),
        call(Method::DELETE, "account/totp", Some(json!({ "code": "000000" })), Own),
        post("account/recovery-codes", json!({ "password": password }), Own),
        put("account/password", json!({ "password": password, "new_password": other }), Own),
        delete("session", Own).guests(),
        call(Method::DELETE, "account", Some(json!({ "password": other })), Own).needs("leave"),
    ]
}
