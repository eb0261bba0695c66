//! Walls: who reads, shouts, votes and decides.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::client::text;
use crate::support::{Database, Person, builder};

/// Two fronts with walls: one that moderators look after, one that everybody may read.
const WALLS: &str = r#"
[authenticator.native]
kind = "native"
[authenticator.native.argon2]
memory_kib = 7168
passes = 5

[role.moderator]
moderator = true

[role.talkative]
shouts_per_day = "unlimited"

[[front]]
path = "/im/"
authenticators = ["native"]
mode = "normal"
roles = [{ login = "mod", role = "moderator" }, { login = "tess", role = "talkative" }]
[front.options]
unknown_names = "form"
shoutbox = true
shout_approval = true
shout_queue_person = 2
shouts_per_day = 3
shout_votes = true
shout_hidden_by_votes = 2
shout_mute_after_rejections = 1

[[front]]
path = "/open/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
shoutbox = true
shoutbox_public = true

[[front]]
path = "/quiet/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
"#;

async fn shout(person: &Person, words: &str) -> Value {
    person.post("shouts", &json!({ "text": words })).await.expect(201)
}

async fn texts(person: &Person, query: &str) -> Vec<String> {
    let page = person.get(&format!("shouts{query}")).await.expect(200);
    page["shouts"].as_array().unwrap().iter().map(|shout| text(&shout["text"])).collect()
}

async fn decide(person: &Person, shout: &Value, decision: &str) -> crate::support::Reply {
    person.put(&format!("shouts/{}", text(&shout["id"])), &json!({ "decision": decision })).await
}

async fn vote(person: &Person, shout: &Value, vote: Value) -> crate::support::Reply {
    person.put(&format!("shouts/{}/vote", text(&shout["id"])), &json!({ "vote": vote })).await
}

pub(crate) async fn a_shout_waits_for_a_moderator_and_then_everybody_sees_it(database: Database) {
    let server = builder(database).sections(WALLS).start().await;
    let (ann, ben) = (server.person("ann").await, server.person("ben").await);
    let moderator = server.person("mod").await;
    let mut ear = ben.listener();
    let waits = shout(&ann, "hello\nwall").await;
    assert_eq!((waits["state"].as_str(), waits["text"].as_str()), (Some("waiting"), Some("hello wall")));
    assert!(texts(&ben, "").await.is_empty());
    let id = text(&waits["id"]);
    ben.put(&format!("shouts/{id}/vote"), &json!({ "vote": "up" })).await.problem(404, "not-found");
    decide(&ben, &waits, "show").await.problem(404, "not-found");
    ben.get("shouts?queue=true").await.problem(403, "not-permitted");
    assert_eq!(texts(&moderator, "?queue=true").await, ["hello wall"]);
    decide(&ann, &waits, "show").await.problem(403, "not-permitted");
    decide(&moderator, &waits, "show").await.expect(200);
    let heard = ear.until_type("shout").await;
    assert_eq!(heard["shout"]["id"], waits["id"]);
    assert_eq!(heard["shout"]["author"]["display_name"], "ann", "whoever sees her otherwise or not");
    assert_eq!(texts(&ben, "").await, ["hello wall"]);
    assert_eq!(shout(&moderator, "from the moderator").await["state"], "shown", "not their own guard");
}

pub(crate) async fn quotas_of_shouts_hold_and_roles_lift_them(database: Database) {
    let server = builder(database).sections(WALLS).start().await;
    let ann = server.person("ann").await;
    shout(&ann, "one").await;
    shout(&ann, "two").await;
    ann.post("shouts", &json!({ "text": "three" })).await.problem(403, "limit-reached");
    let tess = server.person("tess").await;
    let moderator = server.person("mod").await;
    for number in 0..6 {
        let mine = shout(&tess, &number.to_string()).await;
        decide(&moderator, &mine, "show").await.expect(200);
    }
    let turned_down = shout(&tess, "rubbish").await;
    decide(&moderator, &turned_down, "reject").await.expect(200);
    tess.post("shouts", &json!({ "text": "again" })).await.problem(403, "not-permitted");
    for bad in ["", " \n ", &"x".repeat(501)] {
        ann.post("shouts", &json!({ "text": bad })).await.problem(422, "unacceptable");
    }
}

pub(crate) async fn parallel_shouts_stay_within_the_quota(database: Database) {
    let server = builder(database).sections(WALLS).start().await;
    let moderator = server.person("mod").await;
    let body = json!({ "text": "again and again" });
    let shouts = (0..40).map(|_| moderator.post("shouts", &body));
    let replies = futures_util::future::join_all(shouts).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 3);
}

pub(crate) async fn votes_are_counted_once_a_person_and_hide_what_enough_are_against(database: Database) {
    let server = builder(database).sections(WALLS).start().await;
    let (ann, ben, cleo) =
        (server.person("ann").await, server.person("ben").await, server.person("cleo").await);
    let moderator = server.person("mod").await;
    let shout = shout(&moderator, "vote on this").await;
    assert_eq!(vote(&ann, &shout, json!("up")).await.expect(200)["my_vote"], true);
    assert_eq!(vote(&ann, &shout, json!("up")).await.expect(200)["up"], 1);
    vote(&moderator, &shout, json!("up")).await.problem(403, "not-permitted");
    vote(&ann, &shout, json!("sideways")).await.problem(400, "invalid-request");
    assert_eq!(vote(&ann, &shout, Value::Null).await.expect(200)["up"], 0);
    let mut ear = cleo.listener();
    vote(&ann, &shout, json!("down")).await.expect(200);
    vote(&ben, &shout, json!("down")).await.expect(200);
    ear.until_type("shout-gone").await;
    assert!(texts(&cleo, "").await.is_empty());
    assert_eq!(texts(&moderator, "?queue=true").await, ["vote on this"]);
    decide(&moderator, &shout, "show").await.expect(200);
    assert_eq!(texts(&cleo, "").await, ["vote on this"]);
}

pub(crate) async fn a_wall_is_its_fronts_and_public_only_when_it_says_so(database: Database) {
    let server = builder(database).sections(WALLS).start().await;
    let (ann, open) = (server.person("ann").await, server.person_at("/open/", "ben").await);
    let mine = shout(&open, "in the open").await;
    assert_eq!(mine["state"], "shown");
    assert!(texts(&ann, "").await.is_empty(), "another front of the same community");
    ann.delete(&format!("shouts/{}", text(&mine["id"]))).await.problem(404, "not-found");
    let stranger = server.stranger("/open/");
    stranger.get("shouts").await.problem(401, "session-required");
    let public = stranger.get("shouts/public").await.expect(200);
    assert_eq!(public["shouts"][0]["text"], "in the open");
    server.stranger("/im/").get("shouts/public").await.problem(404, "not-found");
    let quiet = server.person_at("/quiet/", "dora").await;
    quiet.get("shouts").await.problem(404, "not-found");
    quiet.post("shouts", &json!({ "text": "anybody?" })).await.problem(404, "not-found");
    let other = server.person_at("/open/", "eve").await;
    other.delete(&format!("shouts/{}", text(&mine["id"]))).await.problem(403, "not-permitted");
    let mut ear = other.listener();
    open.delete(&format!("shouts/{}", text(&mine["id"]))).await.expect(204);
    assert_eq!(ear.until_type("shout-gone").await["id"], mine["id"]);
    assert!(ear.hear(Duration::ZERO).await.is_empty());
}
