//! What becomes of messages after they were sent: edits, reactions, drafts, receipts, search, export.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::client::{password_of, text};
use crate::support::{Database, Person, Reply, builder, eventually};

/// A thumb up.
const THUMB: &str = "%F0%9F%91%8D";

fn path_of(talk: &str, message: &Value) -> String {
    format!("conversations/{talk}/messages/{}", text(&message["id"]))
}

async fn patch(who: &Person, path: &str, body: &Value) -> Reply {
    let request = who.request(Method::PATCH, path).header("content-type", "application/json");
    Person::send(request.body(body.to_string())).await
}

async fn react(who: &Person, talk: &str, message: &Value, emoji: &str) -> Reply {
    let path = format!("{}/reactions/{emoji}", path_of(talk, message));
    Person::send(who.request(Method::PUT, &path)).await
}

pub(crate) async fn an_edit_reaches_both_and_survives_a_restart(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let message = ann.say(&talk, "Helo").await;
    let mut listening = bob.listener();
    let (path, edit) = (path_of(&talk, &message), json!({ "text": "Hello", "client_id": "e1" }));
    let edited = patch(&ann, &path, &edit).await.expect(200);
    assert_eq!((&edited["text"], &edited["version"]), (&json!("Hello"), &json!(1)));
    assert_eq!((&edited["id"], &edited["sent_at"]), (&message["id"], &message["sent_at"]));
    assert_eq!(patch(&ann, &path, &edit).await.expect(200), edited, "a repeated edit is the same edit");
    let other = json!({ "text": "Other", "client_id": "e1" });
    patch(&ann, &path, &other).await.problem(409, "conflict");
    let event = listening.until_type("message-changed").await;
    assert_eq!(event["message"]["text"], "Hello");
    server.restart().await;
    assert_eq!(bob.whole_history(&talk).await[0]["text"], "Hello");
    patch(&bob, &path, &json!({ "text": "x" })).await.problem(403, "not-permitted");
    patch(&ann, &path, &json!({ "text": "" })).await.problem(422, "unacceptable");
    patch(&ann, &path, &json!({ "text": "x", "more": 1 })).await.problem(400, "invalid-request");
}

pub(crate) async fn a_deleted_message_is_nowhere_but_in_its_place(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let message = ann.say(&talk, "unspeakable").await;
    let answer = json!({ "text": "what?", "reply_to": message["id"] });
    let answer = bob.write(&talk, &answer).await.expect(201);
    assert_eq!(answer["reply_to"]["text"], "unspeakable");
    bob.delete(&path_of(&talk, &message)).await.problem(403, "not-permitted");
    ann.delete(&path_of(&talk, &message)).await.expect(204);
    ann.delete(&path_of(&talk, &message)).await.expect(204);
    patch(&ann, &path_of(&talk, &message), &json!({ "text": "back" })).await.problem(409, "conflict");
    react(&bob, &talk, &message, THUMB).await.problem(409, "conflict");
    let history = bob.whole_history(&talk).await;
    assert_eq!((&history[0]["kind"], &history[0]["text"]), (&json!("deleted"), &json!("")));
    assert_eq!(history[1]["reply_to"]["deleted"], true);
    assert!(!json!(history).to_string().contains("unspeakable"));
    assert_eq!(bob.get("search?q=unspeakable").await.expect(200)["messages"], json!([]));
    bob.get(&format!("{}/history", path_of(&talk, &message))).await.problem(403, "not-permitted");
    bob.write(&talk, &json!({ "text": "x", "reply_to": "999999" })).await.problem(422, "unacceptable");
    bob.write(&talk, &json!({ "text": "x", "reply_to": "x" })).await.problem(422, "unacceptable");
}

pub(crate) async fn moderators_read_what_a_message_was(database: Database) {
    let sections = "[front.options]\nmoderator = true\n";
    let server = builder(database).and(&moderated(sections)).start().await;
    let (ann, bob) =
        (server.person_at("/moderated/", "ann").await, server.person_at("/moderated/", "bob").await);
    let talk = ann.talk_to(&bob).await;
    let message = ann.say(&talk, "first").await;
    patch(&ann, &path_of(&talk, &message), &json!({ "text": "second" })).await.expect(200);
    ann.delete(&path_of(&talk, &message)).await.expect(204);
    let path = format!("{}/history", path_of(&talk, &message));
    let versions = bob.get(&path).await.expect(200)["versions"].clone();
    let texts: Vec<_> = versions.as_array().unwrap().iter().map(|one| one["text"].clone()).collect();
    assert_eq!(texts, ["first", "second"]);
    assert_eq!(versions[0]["by"], json!(ann.id));
    let outsider = server.person_at("/moderated/", "cleo").await;
    outsider.get(&path).await.problem(404, "not-found");
}

/// A front more, with these options.
fn moderated(options: &str) -> String {
    format!(
        "[[front]]\npath = \"/moderated/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n{options}unknown_names = \"form\"\n"
    )
}

pub(crate) async fn reactions_are_counted_and_bounded(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let message = ann.say(&talk, "well?").await;
    let mut listening = ann.listener();
    react(&ann, &talk, &message, THUMB).await.expect(200);
    let both = react(&bob, &talk, &message, THUMB).await.expect(200);
    assert_eq!((&both["reactions"][0]["count"], &both["reactions"][0]["mine"]), (&json!(2), &json!(true)));
    assert_eq!(listening.until_type("reactions").await["message_id"], message["id"]);
    for wrong in ["a", "1", "%F0%9F%91%8D%F0%9F%91%8D", "%20"] {
        react(&bob, &talk, &message, wrong).await.problem(422, "unacceptable");
    }
    let mut refused = 0;
    for number in 0..25 {
        let emoji: String = format!("%F0%9F%98%{:X}", 0x80 + number);
        match react(&bob, &talk, &message, &emoji).await {
            reply if reply.status == 200 => {}
            reply => {
                reply.problem(403, "limit-reached");
                refused += 1;
            }
        }
    }
    assert_eq!(refused, 6);
    let taken = bob.delete(&format!("{}/reactions/{THUMB}", path_of(&talk, &message))).await.expect(200);
    assert_eq!(taken["reactions"][0]["count"], 1);
    assert_eq!(bob.whole_history(&talk).await[0]["reactions"], taken["reactions"]);
}

pub(crate) async fn a_draft_is_on_all_my_devices_and_nobody_elses(database: Database) {
    let mut server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let other_device = server.person("ann").await;
    let talk = ann.talk_to(&bob).await;
    let mut listening = other_device.listener();
    let path = format!("conversations/{talk}/draft");
    ann.put(&path, &json!({ "text": "I wou" })).await.expect(204);
    assert_eq!(listening.until_type("draft").await["draft"]["text"], "I wou");
    server.restart().await;
    assert_eq!(other_device.conversation(&talk).await["draft"]["text"], "I wou");
    assert_eq!(bob.conversation(&talk).await["draft"], Value::Null);
    ann.put(&path, &json!({ "text": "" })).await.expect(204);
    assert_eq!(ann.conversation(&talk).await["draft"], Value::Null);
    ann.put(&path, &json!({ "text": "x".repeat(16_385) })).await.problem(422, "unacceptable");
}

pub(crate) async fn receipts_tell_what_arrived_and_what_was_read(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    let mut at_bob = bob.listener();
    let mut at_ann = ann.listener();
    let message = ann.say(&talk, "there?").await;
    at_bob.until_type("message").await;
    let arrived = at_ann.until_type("receipt").await;
    assert_eq!((&arrived["delivered_up_to"], &arrived["read_up_to"]), (&message["id"], &Value::Null));
    let read = json!({ "message_id": message["id"] });
    bob.put(&format!("conversations/{talk}/read"), &read).await.expect(204);
    let event = at_ann.until("that it was read", |event| event["read_up_to"] == message["id"]).await;
    assert_eq!((&event["account"], &event["type"]), (&json!(bob.id), &json!("receipt")));
    let receipts = ann.conversation(&talk).await["receipts"].clone();
    assert_eq!(receipts[0]["read_up_to"], message["id"]);
    // Who does not tell is not told either, and what was told is taken back.
    let silent = json!({ "read_receipts": false });
    patch(&bob, "account/preferences", &silent).await.expect(200);
    assert_eq!(ann.conversation(&talk).await["receipts"][0]["read_up_to"], Value::Null);
    assert_eq!(ann.conversation(&talk).await["receipts"][0]["delivered_up_to"], message["id"]);
    let mine = bob.get("account/preferences").await.expect(200);
    assert_eq!(mine, json!({ "offline_messages": "all", "read_receipts": false }));
    patch(&bob, "account/preferences", &json!({ "offline_messages": "some" }))
        .await
        .problem(422, "unacceptable");
}

pub(crate) async fn search_finds_ones_own_and_nothing_else(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob, cleo) =
        (server.person("ann").await, server.person("bob").await, server.person("cleo").await);
    let (with_bob, with_cleo) = (ann.talk_to(&bob).await, ann.talk_to(&cleo).await);
    for number in 0..30 {
        ann.say(&with_bob, &format!("needle number{number} in the haystack")).await;
    }
    cleo.say(&with_cleo, "a needle of her own").await;
    let find = async |who: &Person, query: &str| who.get(&format!("search?q={query}")).await.expect(200);
    let first = find(&ann, "needle").await;
    assert_eq!(first["messages"].as_array().unwrap().len(), 20);
    assert_eq!(first["messages"][0]["text"], "a needle of her own");
    let rest = find(&ann, &format!("needle&before={}", text(&first["next"]))).await;
    assert_eq!((rest["messages"].as_array().unwrap().len(), &rest["next"]), (11, &Value::Null));
    assert_eq!(find(&cleo, "needle").await["messages"].as_array().unwrap().len(), 1);
    assert_eq!(find(&ann, "haystack+number7").await["messages"].as_array().unwrap().len(), 1);
    let from = format!("needle&from={}&conversation={with_cleo}", cleo.id);
    assert_eq!(find(&ann, &from).await["messages"].as_array().unwrap().len(), 1);
    bob.get(&format!("search?q=needle&conversation={with_cleo}")).await.problem(404, "not-found");
    bob.get("search?q=%22*%27").await.problem(422, "unacceptable");
    bob.get("search").await.problem(422, "unacceptable");
    bob.get("search?q=x&page=2").await.problem(400, "invalid-request");
    for hostile in
        ["%22+OR+%22x", "NEAR(a+b", "%27%3B+DROP+TABLE+messages", "a%00b", "%E2%80%8B%F0%9F%98%80x"]
    {
        find(&bob, hostile).await;
    }
}

pub(crate) async fn an_export_is_whole_and_ones_own(database: Database) {
    let server = builder(database).start().await;
    let (ann, bob, cleo) =
        (server.person("ann").await, server.person("bob").await, server.person("cleo").await);
    let (with_bob, with_cleo) = (ann.talk_to(&bob).await, bob.talk_to(&cleo).await);
    for number in 0..250 {
        ann.say(&with_bob, &format!("ann to bob {number}")).await;
    }
    cleo.say(&with_cleo, "cleo to bob").await;
    let lines = async |who: &Person| -> Vec<Value> {
        let reply = who.get("export").await;
        assert_eq!(reply.status, 200);
        reply.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let texts = |lines: &[Value]| -> Vec<String> {
        let messages = lines.iter().filter(|line| line["type"] == "message");
        messages.map(|line| text(&line["message"]["text"])).collect()
    };
    let of_ann = lines(&ann).await;
    assert_eq!(of_ann.last().unwrap()["type"], "end");
    assert_eq!((&of_ann[0]["type"], &of_ann[0]["id"]), (&json!("account"), &json!(ann.id)));
    assert_eq!(texts(&of_ann).len(), 250);
    assert!(!json!(of_ann).to_string().contains("cleo to bob"), "what others say to each other is theirs");
    assert_eq!(texts(&lines(&cleo).await), ["cleo to bob"]);
    assert_eq!(texts(&lines(&bob).await).len(), 251);
    // One at a time: an export that nobody reads holds its place until it is given up.
    let held = ann.request(Method::GET, "export").send().await.unwrap();
    drop(held);
    eventually("the place is free again", async || (ann.get("export").await.status == 200).then_some(()))
        .await;
}

const ELSEWHERE: &str = r#"
[role.staff]
max_contacts = 7

[[front]]
path = "/left/"
authenticators = ["native"]
mode = "open-community"
roles = [{ login = "ann", role = "staff" }]
[front.options]
unknown_names = "form"
shoutbox = true
create_groups = true
"#;

pub(crate) async fn an_export_holds_what_one_has_left_outside_of_conversations(database: Database) {
    let server = builder(database).and(ELSEWHERE).start().await;
    let (ann, bob) = (server.person_at("/left/", "ann").await, server.person_at("/left/", "bob").await);
    for (who, words) in [(&ann, "by ann"), (&bob, "by bob")] {
        who.post("shouts", &json!({ "text": words })).await.expect(201);
    }
    let notes = json!({ "nickname": "Bobby", "favourite": true });
    ann.contact(&bob, "request").await.expect(200);
    patch(&ann, &format!("contacts/{}", bob.id), &notes).await.expect(200);
    ann.post("groups", &json!({ "name": "Chess", "kind": "public" })).await.expect(201);
    let about = json!({ "account": bob.id, "text": "he cheats" });
    ann.post("reports", &about).await.expect(201);
    let upload = ann.request(Method::POST, "files?name=plan.txt");
    let file = Person::send(upload.header("content-type", "application/octet-stream").body("a plan")).await;
    let file = file.expect(201);

    let export = async |who: &Person| -> Vec<Value> {
        let reply = who.get("export").await;
        reply.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let of_ann = export(&ann).await;
    let all = |kind: &str| -> Vec<&Value> { of_ann.iter().filter(|line| line["type"] == kind).collect() };
    assert_eq!(all("account")[0]["roles"], json!(["staff"]));
    let sessions = all("session");
    assert_eq!((sessions.len(), &sessions[0]["front"]), (1, &json!("left")));
    assert_eq!((&sessions[0]["proof"], &sessions[0]["current"]), (&json!("password"), &json!(true)));
    let contact = &all("contact")[0]["person"];
    assert_eq!((&contact["nickname"], &contact["favourite"]), (&json!("Bobby"), &json!(true)));
    assert_eq!((&all("group")[0]["name"], &all("group")[0]["manager"]), (&json!("Chess"), &json!(true)));
    let shouts = all("shout");
    assert_eq!(
        (shouts.len(), &shouts[0]["text"], &shouts[0]["wall"]),
        (1, &json!("by ann"), &json!("front:left"))
    );
    let reports = all("report");
    assert_eq!((reports.len(), &reports[0]["text"]), (1, &json!("he cheats")));
    assert_eq!((&reports[0]["target"]["account"], &reports[0]["closed_at"]), (&json!(bob.id), &Value::Null));
    let files = all("file");
    assert_eq!(
        (&files[0]["id"], &files[0]["name"], &files[0]["size"]),
        (&file["id"], &json!("plan.txt"), &json!(6))
    );
    let contents = ann.get(&text(&files[0]["path"])).await;
    assert_eq!((contents.status, contents.text()), (200, "a plan".to_owned()));
    assert_eq!(of_ann.last().unwrap()["type"], "end");
    // Nothing of others', and nothing that opens a session.
    let of_bob = json!(export(&bob).await).to_string();
    assert!(
        !of_bob.contains("he cheats") && !of_bob.contains("by ann") && !of_bob.contains("plan.txt"),
        "{of_bob}"
    );
    assert!(!json!(of_ann).to_string().contains("token"), "{of_ann:?}");
}

pub(crate) async fn old_messages_and_late_edits_follow_the_fronts_options(database: Database) {
    let options = "[front.options]\nedit_window = 0\ndelete_window = \"1h\"\nreactions = false\nsearch = false\nexport = false\n";
    let server = builder(database).and(&moderated(options)).start().await;
    let (ann, bob) =
        (server.person_at("/moderated/", "ann").await, server.person_at("/moderated/", "bob").await);
    let talk = ann.talk_to(&bob).await;
    let message = ann.say(&talk, "fixed").await;
    tokio::time::sleep(Duration::from_millis(20)).await;
    patch(&ann, &path_of(&talk, &message), &json!({ "text": "x" })).await.problem(403, "not-permitted");
    react(&bob, &talk, &message, THUMB).await.problem(403, "not-permitted");
    bob.get("search?q=fixed").await.problem(403, "not-permitted");
    bob.get("export").await.problem(403, "not-permitted");
    ann.delete(&path_of(&talk, &message)).await.expect(204);
}

pub(crate) async fn unwanted_words_are_masked_or_refused_before_anybody_reads_them(database: Database) {
    let builder = builder(database).and(&moderated("[front.options]\nword_filter = \"words.txt\"\n"));
    let words = "# not here\nbadger\nweasel*\n";
    std::fs::write(builder.folder().join("words.txt"), words).unwrap();
    let server = builder.start().await;
    let (ann, bob) =
        (server.person_at("/moderated/", "ann").await, server.person_at("/moderated/", "bob").await);
    let talk = ann.talk_to(&bob).await;
    let body = json!({ "text": "A Badger and weasels, no badgers", "client_id": "c" });
    let message = ann.write(&talk, &body).await.expect(201);
    assert_eq!(message["text"], "A ****** and *******, no badgers");
    assert_eq!(ann.write(&talk, &body).await.expect(200)["id"], message["id"], "repeated, it is the same");
    let edited =
        patch(&ann, &path_of(&talk, &message), &json!({ "text": "ＢＡＤＧＥＲ!" })).await.expect(200);
    assert_eq!(edited["text"], "******!");
    assert_eq!(bob.get("search?q=badger").await.expect(200)["messages"].as_array().unwrap().len(), 0);
}

pub(crate) async fn unwanted_words_are_in_no_name_either(database: Database) {
    let builder = builder(database).and(&moderated("[front.options]\nword_filter = \"words.txt\"\n"));
    std::fs::write(builder.folder().join("words.txt"), "badger\n").unwrap();
    let server = builder.start().await;
    let stranger = server.stranger("/moderated/");
    let form = |login: &str, shown: &str| json!({ "login": login, "password": password_of("ann"), "display_name": shown });
    stranger.post("account", &form("badger", "Fine")).await.problem(422, "unacceptable");
    stranger.post("account", &form("ann", "The Badger")).await.expect(201);
    let ann = server.enter("/moderated/", "ann", &password_of("ann")).await;
    assert_eq!(ann.get("session").await.expect(200)["account"]["display_name"], "The ******");
    let renamed =
        patch(&ann, "account/profile", &json!({ "display_name": "Badger again" })).await.expect(200);
    assert_eq!(renamed["display_name"], "****** again", "{renamed}");
}
