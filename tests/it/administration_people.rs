//! The administration of people: accounts in every state, Portico's own, contacts, who is here.

use serde_json::{Value, json};

use crate::administration::lines;
use crate::support::client::{password_of, text};
use crate::support::{Database, Person, TestServer, builder};

/// A front where new people wait, beside the usual ones.
const CAREFUL: &str = "[[front]]\npath = \"/careful/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
                       [front.options]\nunknown_names = \"form\"\napprove_new_accounts = true\n";

async fn newest_line(root: &Person) -> Value {
    lines(root).await.first().cloned().expect("a line")
}

/// The id of one of Portico's own accounts.
async fn native_id(root: &Person, login: &str) -> String {
    let found = root.get(&format!("native-accounts?query={login}")).await.expect(200);
    text(&found["accounts"][0]["id"])
}

impl Person {
    async fn patch_admin(&self, path: &str, body: &Value) -> crate::support::Reply {
        Self::send(self.request(reqwest::Method::PATCH, path).json(body)).await
    }
}

pub(crate) async fn who_waits_is_let_in_or_refused(database: Database) {
    let server = builder(database).and(CAREFUL).start().await;
    let root = server.root().await;
    for name in ["ann", "bob"] {
        server.register("/careful/", name).await;
        server.log_in("/careful/", name, &password_of(name)).await.problem(403, "pending");
    }
    let waiting = root.get("accounts?state=pending").await.expect(200)["accounts"].clone();
    assert_eq!(waiting.as_array().map(Vec::len), Some(2));
    let (ann, bob) = (text(&waiting[0]["id"]), text(&waiting[1]["id"]));
    let approved = root.post(&format!("accounts/{ann}/approve"), &json!({})).await.expect(200);
    assert_eq!(approved["state"], "active");
    let line = newest_line(&root).await;
    assert_eq!((&line["action"], &line["before"]["state"]), (&json!("account-approved"), &json!("pending")));
    assert_eq!(line["after"]["state"], "active");
    let again = root.post(&format!("accounts/{ann}/approve"), &json!({})).await;
    again.problem(422, "unacceptable");
    let refused = root.post(&format!("accounts/{bob}/refuse"), &json!({ "reason": "unknown here" })).await;
    assert_eq!(refused.expect(200)["state_reason"], "unknown here");
    server.enter("/careful/", "ann", &password_of("ann")).await;
    let kept_out = server.log_in("/careful/", "bob", &password_of("bob")).await;
    assert_eq!(kept_out.problem(403, "locked")["detail"], "unknown here");
    assert_eq!(root.get("accounts?state=pending").await.expect(200)["accounts"], json!([]));
}

pub(crate) async fn a_locked_person_is_out_at_once_and_comes_back_when_unlocked(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let ann = server.person("ann").await;
    let path = format!("accounts/{}/lock", ann.id);
    root.post(&path, &json!({ "until": "2001-01-01" })).await.problem(422, "unacceptable");
    let locked = root.post(&path, &json!({ "reason": "spam", "minutes": 60 })).await.expect(200);
    assert_eq!((&locked["state"], locked["state_until"].is_string()), (&json!("locked"), true));
    ann.get("session").await.problem(401, "session-ended");
    server.log_in("/im/", "ann", &password_of("ann")).await.problem(403, "locked");
    let found = root.get("accounts?state=locked").await.expect(200);
    assert_eq!(found["accounts"][0]["login"], "ann");
    assert_eq!(found["accounts"].as_array().map(Vec::len), Some(1));
    root.delete(&path).await.expect(200);
    root.delete(&path).await.problem(422, "unacceptable");
    let line = newest_line(&root).await;
    assert_eq!((&line["action"], &line["before"]["reason"]), (&json!("account-unlocked"), &json!("spam")));
    server.enter("/im/", "ann", &password_of("ann")).await;
}

pub(crate) async fn a_deleted_account_is_gone_with_its_name(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let talk = ann.talk_to(&bob).await;
    ann.say(&talk, "between us").await;
    root.delete(&format!("accounts/{}?messages=perhaps", ann.id)).await.problem(400, "invalid-request");
    root.delete(&format!("accounts/{}", ann.id)).await.expect(204);
    ann.get("session").await.problem(401, "session-ended");
    server.log_in("/im/", "ann", &password_of("ann")).await.problem(401, "login-refused");
    assert_eq!(bob.whole_history(&talk).await.len(), 1, "what was said to others is theirs");
    let line = newest_line(&root).await;
    assert_eq!((&line["action"], &line["after"]["messages"]), (&json!("account-deleted"), &json!("keep")));
    root.delete(&format!("accounts/{}", ann.id)).await.problem(404, "not-found");
    // Somebody else may have the name now.
    server.person("ann").await;
}

pub(crate) async fn nobody_shuts_themselves_out_or_takes_over_who_has_more_rights(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let clerk = server.with_rights(&root, "clerk", &["accounts"]).await;
    let judge = server.with_rights(&root, "judge", &["moderation"]).await;
    for (whom, who) in [(&root, "root"), (&judge, "judge")] {
        let id = native_id(&root, who).await;
        let refused = clerk.post(&format!("accounts/{}/lock", whom.id), &json!({})).await;
        refused.problem(403, "not-permitted");
        clerk.delete(&format!("accounts/{}", whom.id)).await.problem(403, "not-permitted");
        let reset = clerk.post(&format!("native-accounts/{id}/password-reset"), &json!({})).await;
        reset.problem(403, "not-permitted");
        let email = clerk.patch_admin(&format!("native-accounts/{id}"), &json!({ "email": "a@b.org" })).await;
        email.problem(403, "not-permitted");
        let factor = clerk.delete(&format!("native-accounts/{id}/second-factors")).await;
        factor.problem(403, "not-permitted");
    }
    let own = root.post(&format!("accounts/{}/lock", root.id), &json!({})).await;
    own.problem(422, "unacceptable");
    // A lock ends the session of the administration as well.
    root.post(&format!("accounts/{}/lock", clerk.id), &json!({})).await.expect(200);
    clerk.get("accounts").await.problem(401, "session-required");
}

pub(crate) async fn a_link_sets_the_password_once(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let ann = server.person("ann").await;
    let id = native_id(&root, "ann").await;
    let path = format!("native-accounts/{id}/password-reset");
    root.post(&path, &json!({ "send": true })).await.problem(422, "unacceptable");
    root.post(&path, &json!({ "front": "nowhere" })).await.problem(422, "unacceptable");
    let made = root.post(&path, &json!({})).await.expect(200);
    let link = text(&made["link"]);
    let token = link.split_once("#reset=").expect("a link with a token").1.to_owned();
    server.keep_secret(&token);
    let line = newest_line(&root).await;
    assert_eq!(line["action"], "password-reset");
    assert!(!line.to_string().contains(&token), "never a secret");
    let fresh = "a quite different passphrase".to_owned();
    server.keep_secret(&fresh);
    let stranger = server.stranger("/im/");
    let set = json!({ "token": token, "new_password": fresh });
    let done = stranger.post("account/reset/finish", &set).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.text());
    ann.get("session").await.problem(401, "session-ended");
    server.enter("/im/", "ann", &fresh).await;
    assert!(stranger.post("account/reset/finish", &set).await.status >= 400, "once");
}

pub(crate) async fn own_accounts_are_changed_and_deleted(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let ann = server.person("ann").await;
    let id = native_id(&root, "ann").await;
    let path = format!("native-accounts/{id}");
    let changed = json!({ "display_name": "Ann A.", "email": "ann@example.org" });
    let shown = root.patch_admin(&path, &changed).await.expect(200);
    assert_eq!((&shown["display_name"], &shown["email_verified"]), (&json!("Ann A."), &json!(false)));
    assert_eq!(ann.get("session").await.expect(200)["account"]["display_name"], "Ann A.");
    let line = newest_line(&root).await;
    assert_eq!(
        (&line["before"]["email"], &line["after"]["email"]),
        (&Value::Null, &json!("@example.org")),
        "of an address the domain alone"
    );
    root.patch_admin(&path, &json!({ "email": "nonsense" })).await.problem(422, "unacceptable");
    // What is so already is nothing to do, and no line; what is refused changes nothing at all.
    let before = lines(&root).await.len();
    let same = json!({ "email": "ann@example.org", "state": "active" });
    root.patch_admin(&path, &same).await.expect(200);
    root.patch_admin(&path, &json!({ "email": "other@example.org", "display_name": "A\u{200b}nn" }))
        .await
        .problem(422, "unacceptable");
    assert_eq!(root.get(&path).await.expect(200)["email"], "ann@example.org");
    let own = format!("native-accounts/{}", native_id(&root, "root").await);
    let shutting = json!({ "email": "root@example.org", "state": "disabled" });
    root.patch_admin(&own, &shutting).await.problem(422, "unacceptable");
    assert_eq!(root.get(&own).await.expect(200)["email"], Value::Null);
    assert_eq!(lines(&root).await.len(), before);
    root.delete(&format!("{path}/second-factors")).await.problem(404, "not-found");
    for _ in 0..2 {
        root.patch_admin(&path, &json!({ "state": "disabled" })).await.expect(200);
    }
    assert_eq!(lines(&root).await.len(), before + 1, "one act");
    ann.get("session").await.problem(401, "session-ended");
    server.log_in("/im/", "ann", &password_of("ann")).await.problem(403, "disabled");
    root.patch_admin(&path, &json!({ "state": "active" })).await.expect(200);
    server.enter("/im/", "ann", &password_of("ann")).await;
    // One that has never entered goes without anything else.
    let new = json!({ "login": "fresh", "password": password_of("fresh") });
    let fresh = text(&root.post("native-accounts", &new).await.expect(201)["id"]);
    root.delete(&format!("native-accounts/{fresh}")).await.expect(204);
    root.get(&format!("native-accounts/{fresh}")).await.problem(404, "not-found");
    assert_eq!(newest_line(&root).await["before"]["login"], "fresh");
}

pub(crate) async fn own_accounts_are_listed_in_pages(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let ann = server.person("ann").await;
    for login in ["Bo", "bob", "carl"] {
        let new = json!({ "login": login, "password": password_of(login) });
        root.post("native-accounts", &new).await.expect(201);
    }
    let again = json!({ "login": "BOB", "password": password_of("BOB") });
    let before = lines(&root).await.len();
    root.post("native-accounts", &again).await.problem(409, "conflict");
    assert_eq!(lines(&root).await.len(), before, "no line of what was not done");
    let mut found = Vec::new();
    let mut next = String::new();
    loop {
        let page = root.get(&format!("native-accounts?limit=2{next}")).await.expect(200);
        for one in page["accounts"].as_array().expect("a list") {
            assert!(!one.to_string().contains("argon2"), "{one}");
            found.push((text(&one["login"]), one["account_id"].clone()));
        }
        let Some(after) = page["next"].as_str() else { break };
        next = format!("&after={after}");
    }
    let logins: Vec<&str> = found.iter().map(|(login, _)| login.as_str()).collect();
    assert_eq!(logins, ["ann", "Bo", "bob", "carl", "root"]);
    assert_eq!((&found[0].1, &found[1].1, &found[4].1), (&json!(ann.id), &Value::Null, &json!(root.id)));
    let beginning = root.get("native-accounts?query=BO&limit=1").await.expect(200);
    assert_eq!((&beginning["accounts"][0]["login"], &beginning["next"]), (&json!("Bo"), &json!("Bo")));
    root.get("native-accounts?state=nonsense").await.problem(400, "invalid-request");
}

/// A role that decides over reports, which nobody has as yet, and one that `Dora` has by her login.
const KEEPERS: &str = "[role.keeper]\nmoderator = true\n[[front]]\npath = \"/kept/\"\nauthenticators = [\"native\"]\n\
                       mode = \"open-community\"\nroles = [{ login = \"Dora\", role = \"keeper\" }]\n";

pub(crate) async fn a_clerk_makes_nobody_a_moderator_and_takes_over_none(database: Database) {
    let server = builder(database).and(KEEPERS).start().await;
    let root = server.root().await;
    let clerk = server.with_rights(&root, "clerk", &["accounts"]).await;
    let judge = server.with_rights(&root, "judge", &["accounts", "moderation"]).await;
    let ann = server.person("ann").await;
    let role = format!("accounts/{}/roles/keeper", ann.id);
    clerk.put(&role, &json!({})).await.problem(403, "not-permitted");
    let own = format!("accounts/{}/roles/keeper", clerk.id);
    clerk.put(&own, &json!({})).await.problem(403, "not-permitted");
    let id = native_id(&root, "ann").await;
    let reset = format!("native-accounts/{id}/password-reset");
    let link = clerk.post(&reset, &json!({})).await.expect(200);
    server.keep_secret(text(&link["link"]).split_once("#reset=").expect("a token").1);

    judge.put(&role, &json!({})).await.expect(204);
    clerk.post(&reset, &json!({})).await.problem(403, "not-permitted");
    clerk.post(&format!("accounts/{}/lock", ann.id), &json!({})).await.problem(403, "not-permitted");
    let email = clerk.patch_admin(&format!("native-accounts/{id}"), &json!({ "email": "a@b.org" })).await;
    email.problem(403, "not-permitted");
    clerk.delete(&role).await.problem(403, "not-permitted");
    let link = judge.post(&reset, &json!({})).await.expect(200);
    server.keep_secret(text(&link["link"]).split_once("#reset=").expect("a token").1);
    judge.delete(&role).await.expect(204);
    let dora = json!({ "login": "dora", "password": password_of("dora") });
    clerk.post("native-accounts", &dora).await.problem(403, "not-permitted");
    judge.post("native-accounts", &dora).await.expect(201);
    let reset = format!("native-accounts/{}/password-reset", native_id(&root, "dora").await);
    clerk.post(&reset, &json!({})).await.problem(403, "not-permitted");
    // Whoever has the machine has everything.
    server.call("admin give-role", &[&ann.id, "keeper"]).run().await.expect(0);
}

pub(crate) async fn contacts_are_made_and_ended_for_others(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let (ann, bob) = (server.person_at("/strict/", "ann").await, server.person_at("/strict/", "bob").await);
    let path = format!("accounts/{}/contacts", ann.id);
    let one = format!("{path}/{}", bob.id);
    root.put(&one, &json!({})).await.expect(204);
    assert_eq!(ann.sees(&bob).await["relation"], "accepted");
    assert_eq!(bob.sees(&ann).await["relation"], "accepted");
    let listed = root.get(&path).await.expect(200);
    assert_eq!(
        (&listed["contacts"][0]["account"]["login"], &listed["contacts"][0]["relation"]),
        (&json!("bob"), &json!("accepted"))
    );
    let before = lines(&root).await.len();
    root.put(&one, &json!({})).await.expect(204);
    assert_eq!(lines(&root).await.len(), before, "nothing was changed");
    root.delete(&one).await.expect(204);
    assert_eq!(ann.sees(&bob).await["relation"], "none");
    let line = newest_line(&root).await;
    assert_eq!((&line["before"]["contact"], &line["after"]["contact"]), (&json!("accepted"), &json!("none")));
    // A refusal is a person's own.
    bob.contact(&ann, "refuse").await.expect(200);
    root.put(&one, &json!({})).await.problem(422, "unacceptable");
    root.get(&format!("{path}?community=nowhere")).await.problem(422, "unacceptable");
    root.put(&format!("{path}/{}", ann.id), &json!({})).await.problem(422, "unacceptable");
}

pub(crate) async fn who_is_here_is_shown_by_front(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    let ann = server.person("ann").await;
    let sessions = root.get(&format!("accounts/{}/sessions", ann.id)).await.expect(200)["sessions"].clone();
    assert_eq!((&sessions[0]["front"], sessions[0]["address"].is_string()), (&json!("im"), true));
    ann.get("events?wait=0").await.expect(200);
    let here = root.get("presence?front=im").await.expect(200);
    assert_eq!(
        (&here["people"][0]["account"]["login"], &here["people"][0]["fronts"]),
        (&json!("ann"), &json!(["im"]))
    );
    let of = |front: &str| {
        let fronts = here["fronts"].as_array().expect("fronts");
        fronts.iter().find(|one| one["front"] == front).map(|one| one["people"].clone())
    };
    assert_eq!((of("im"), of("second")), (Some(json!(1)), Some(json!(0))));
    let one = format!("accounts/{}/sessions/{}", ann.id, text(&sessions[0]["id"]));
    root.delete(&one).await.expect(200);
    ann.get("session").await.problem(401, "session-ended");
}

pub(crate) async fn a_shell_does_the_same_for_people(database: Database) {
    let server: TestServer = builder(database).start().await;
    let ann = server.person("ann").await;
    let run = async |command: &str, arguments: &[&str]| server.call(command, arguments).run().await;
    run("admin lock", &[&ann.id, "--reason", "spam"]).await.expect(0);
    let list = run("admin accounts", &["--state", "locked"]).await;
    assert!(list.expect(0).contains("ann"), "{}", list.stdout);
    run("admin unlock", &[&ann.id]).await.expect(0);
    run("admin unlock", &[&ann.id]).await.expect(1);
    let natives = run("admin native-accounts", &["ann", "--json"]).await.json(0);
    let id = text(&natives["accounts"][0]["id"]);
    let link = run("admin reset-password", &[&id]).await.json(0);
    server.keep_secret(text(&link["link"]).split_once("#reset=").expect("a token").1);
    run("admin edit-native", &[&id, "--display-name", "Ann A."]).await.expect(0);
    run("admin edit-native", &[&id]).await.expect(64);
    run("admin options", &["im", "max_contacts"]).await.expect(0);
    run("admin online", &[]).await.expect(0);
    run("admin delete-account", &[&ann.id, "--with-messages"]).await.expect(0);
    server.log_in("/im/", "ann", &password_of("ann")).await.problem(401, "login-refused");
}

pub(crate) async fn a_shell_lists_all_there_is(database: Database) {
    let server = builder(database).start().await;
    let root = server.root().await;
    for number in 0..205 {
        let ban = json!({ "address": format!("192.0.2.{number}"), "reason": "spam" });
        root.post("bans", &ban).await.expect(201);
    }
    let table = server.call("admin bans", &[]).run().await;
    let shown = table.expect(0).lines().filter(|line| line.contains("192.0.2.")).count();
    assert_eq!(shown, 205, "{}", table.stdout);
    let json = server.call("admin bans", &["--json"]).run().await.json(0);
    let bans = json["bans"].as_array().expect("a list");
    let addresses: std::collections::BTreeSet<String> = bans.iter().map(|ban| text(&ban["value"])).collect();
    assert_eq!((bans.len(), addresses.len(), &json["next"]), (205, 205, &Value::Null));
    let few = server.call("admin native-accounts", &["--json"]).run().await.json(0);
    assert_eq!((&few["accounts"][0]["login"], &few["next"]), (&json!("root"), &Value::Null));
}
