//! The own account over HTTP: what is known of it, its password, its second factor, its name; leaving.

use serde_json::{Value, json};

use crate::support::authenticator::CodeProgram;
use crate::support::client::{password_of, text};
use crate::support::databases::sqlite;
use crate::support::forum::{board, member, section};
use crate::support::server::NATIVE;
use crate::support::{Database, Person, Reply, TestServer, builder};

const OTHER: &str = "another long secret 7";

/// Passwords need a digit and twelve characters; at `/fixed/` nobody changes names or leaves.
const FRONTS: &str = r#"
[authenticator.native]
kind = "native"
min_password_chars = 12
password_history = 2
[authenticator.native.password_rules]
digit = true
[authenticator.native.argon2]
memory_kib = 7168
passes = 5

[[front]]
path = "/im/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"

[[front]]
path = "/fixed/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
change_profile = false
leave = false
"#;

/// A password that keeps the rules.
fn good(login: &str) -> String {
    format!("{} 1", password_of(login))
}

async fn server(database: Database) -> TestServer {
    builder(database).sections(FRONTS).start().await
}

async fn newcomer(server: &TestServer, login: &str) -> Person {
    let form = json!({ "login": login, "password": good(login) });
    server.stranger("/im/").post("account", &form).await.expect(201);
    server.enter("/im/", login, &good(login)).await
}

async fn leave(person: &Person, body: &Value) -> Reply {
    Person::send(person.request(reqwest::Method::DELETE, "account").json(body)).await
}

async fn take_factor(person: &Person, code: &str) -> Reply {
    Person::send(person.request(reqwest::Method::DELETE, "account/totp").json(&json!({ "code": code }))).await
}

pub(crate) async fn one_knows_how_the_own_account_stands(database: Database) {
    let server = server(database).await;
    let ann = newcomer(&server, "ann").await;
    let known = ann.get("account/security").await.expect(200);
    assert!(known["password_changed_at"].is_string());
    let kept = json!({
        "native": known["native"], "expires": known["password_expires_at"], "verified": known["email_verified"],
        "totp": known["totp"], "left": known["recovery_codes_left"], "rules": known["rules"],
        "profile": known["may"]["change_profile"], "leave": known["may"]["leave"],
    });
    let rules = json!({
        "min_length": 12, "digit": true, "letter": false, "upper": false, "lower": false, "special": false,
    });
    let wanted = json!({
        "native": true, "expires": null, "verified": false, "totp": false, "left": 0, "rules": rules,
        "profile": true, "leave": true,
    });
    assert_eq!(kept, wanted);
    let fixed = server.enter("/fixed/", "ann", &good("ann")).await;
    let may = fixed.get("account/security").await.expect(200)["may"].clone();
    assert_eq!(
        (&may["change_password"], &may["change_profile"], &may["leave"]),
        (&json!(true), &json!(false), &json!(false))
    );
}

pub(crate) async fn a_changed_password_ends_the_other_sessions(database: Database) {
    let mut server = server(database).await;
    server.keep_secret(OTHER);
    let (ann, bob) = (newcomer(&server, "ann").await, newcomer(&server, "bob").await);
    let device = server.enter("/im/", "ann", &good("ann")).await;
    let elsewhere = server.enter("/fixed/", "ann", &good("ann")).await;
    let change = async |old: &str, new: &str| {
        ann.put("account/password", &json!({ "password": old, "new_password": new })).await
    };
    change("not her password", OTHER).await.problem(403, "not-permitted");
    change(&good("bob"), OTHER).await.problem(403, "not-permitted");
    for (new, rule) in
        [("short 1", "12 characters"), ("long but without", "digit"), (good("ann").as_str(), "before")]
    {
        let told = change(&good("ann"), new).await.problem(422, "unacceptable");
        assert!(told["detail"].as_str().is_some_and(|detail| detail.contains(rule)), "{told}");
    }
    // Nothing of that has ended anything.
    device.get("session").await.expect(200);
    change(&good("ann"), OTHER).await.expect(204);
    ann.get("session").await.expect(200);
    for ended in [&device, &elsewhere] {
        assert_eq!(ended.get("session").await.status, 401);
    }
    bob.get("session").await.expect(200);
    server.log_in("/im/", "ann", &good("ann")).await.problem(401, "login-refused");
    server.restart().await;
    ann.get("session").await.expect(200);
    assert_eq!(device.get("session").await.status, 401);
    server.enter("/fixed/", "ann", OTHER).await;
    // Of the last two none is chosen again.
    let again = ann.put("account/password", &json!({ "password": OTHER, "new_password": good("ann") })).await;
    again.problem(422, "unacceptable");
}

pub(crate) async fn a_password_is_changed_without_a_session_too(database: Database) {
    let server = server(database).await;
    server.keep_secret(OTHER);
    let (ann, bob) = (newcomer(&server, "ann").await, newcomer(&server, "bob").await);
    let stranger = server.stranger("/im/");
    let change = async |login: &str, old: &str, new: &str| {
        stranger
            .post("account/password", &json!({ "login": login, "password": old, "new_password": new }))
            .await
    };
    let wrong = change("ann", "not her password", OTHER).await;
    wrong.problem(401, "login-refused");
    assert_eq!(change("nobody", "not her password", OTHER).await.text(), wrong.text());
    let told = change("ann", &good("ann"), "without any").await.problem(422, "unacceptable");
    assert!(told["detail"].is_string(), "{told}");
    ann.get("session").await.expect(200);
    change("ann", &good("ann"), OTHER).await.expect(204);
    assert_eq!(ann.get("session").await.status, 401, "all her sessions have ended");
    bob.get("session").await.expect(200);
    server.log_in("/im/", "ann", &good("ann")).await.problem(401, "login-refused");
    server.enter("/im/", "ann", OTHER).await;
    let half = json!({ "login": "ann", "password": OTHER });
    stranger.post("account/password", &half).await.problem(400, "invalid-request");
}

pub(crate) async fn an_expired_password_is_changed_where_it_is_kept(database: Database) {
    let (kind, argon2) = NATIVE.split_once("[authenticator.native.argon2]").expect("both");
    let native = format!("{kind}password_max_age = \"30d\"\n[authenticator.native.argon2]{argon2}");
    let forum =
        section("forum", "forum.db").trim_end().to_owned() + "\nrefuse_forced_password_change = true\n";
    let front = "[[front]]\npath = \"/both/\"\nauthenticators = [\"forum\", \"native\"]\nmode = \"open-community\"\n\
                 [front.options]\nunknown_names = \"form\"\n";
    let builder = builder(database).sections(&format!("{native}{forum}{front}"));
    let file = board(builder.folder(), "forum.db", &[member("ann")]).await;
    let server = builder.start().await;
    server.register("/both/", "nina").await;
    server.database.execute("UPDATE native_users SET password_changed_at = 1000").await;
    sqlite(&file.display().to_string(), "UPDATE phorum_users SET force_password_change = 1").await;

    let of_ours = server.log_in("/both/", "nina", &password_of("nina")).await;
    assert_eq!(of_ours.problem(403, "expired-password")["changeable"], true);
    let of_theirs = server.log_in("/both/", "ann", &password_of("ann")).await;
    assert_eq!(of_theirs.problem(403, "expired-password")["changeable"], false);
    server.log_in("/both/", "nina", "wrong").await.problem(401, "login-refused");

    server.keep_secret(OTHER);
    let change = json!({ "login": "nina", "password": password_of("nina"), "new_password": OTHER });
    server.stranger("/both/").post("account/password", &change).await.expect(204);
    server.enter("/both/", "nina", OTHER).await;
}

pub(crate) async fn links_that_nobody_was_sent_are_worth_nothing(database: Database) {
    let server = server(database).await;
    let ann = newcomer(&server, "ann").await;
    let stranger = server.stranger("/im/");
    // This server writes no letters, and says so whoever is asked about.
    assert_eq!(stranger.get("front").await.expect(200)["password_reset"], false);
    let known = stranger.post("account/reset", &json!({ "login_or_email": "ann" })).await;
    let unknown = stranger.post("account/reset", &json!({ "login_or_email": "nobody" })).await;
    assert_eq!((known.status, known.text()), (unknown.status, unknown.text()));
    known.problem(403, "not-permitted");
    stranger.post("account/reset", &json!({ "login_or_email": " " })).await.problem(422, "unacceptable");
    for token in ["", "made-up", &"x".repeat(5000)] {
        let finish = json!({ "token": token, "new_password": OTHER });
        stranger.post("account/reset/finish", &finish).await.problem(422, "unacceptable");
        stranger.post("account/verify", &json!({ "token": token })).await.problem(422, "unacceptable");
    }
    ann.get("session").await.expect(200);
    server.log_in("/im/", "ann", OTHER).await.problem(401, "login-refused");
}

pub(crate) async fn a_second_factor_is_asked_for_until_it_is_taken_away(database: Database) {
    let mut server = server(database).await;
    let (ann, bob) = (newcomer(&server, "ann").await, newcomer(&server, "bob").await);
    ann.post("account/totp", &json!({ "password": "not her password" })).await.problem(403, "not-permitted");
    // Begun and not confirmed it is not in force.
    ann.post("account/totp", &json!({ "password": good("ann") })).await.expect(201);
    ann.put("account/totp", &json!({ "code": "no code" })).await.problem(422, "unacceptable");
    server.enter("/im/", "ann", &good("ann")).await;
    let mut program = CodeProgram::enrolled(&server, &ann, &good("ann")).await;
    let security = ann.get("account/security").await.expect(200);
    assert_eq!((&security["totp"], &security["recovery_codes_left"]), (&json!(true), &json!(10)));
    ann.post("account/totp", &json!({ "password": good("ann") })).await.problem(409, "conflict");
    server.restart().await;

    let challenge = async || {
        let asked = server.log_in("/im/", "ann", &good("ann")).await.problem(401, "challenge-required");
        assert_eq!(asked["challenge"]["kind"], "totp");
        text(&asked["challenge"]["id"])
    };
    let stranger = server.stranger("/im/");
    let answer = async |challenge: &str, code: &str| {
        stranger.post("session", &json!({ "challenge_id": challenge, "response": code })).await
    };
    let id = challenge().await;
    answer(&id, "000 00").await.problem(401, "login-refused");
    let code = program.show().await;
    server.entered("/im/", &answer(&id, &code).await).get("session").await.expect(200);
    answer(&challenge().await, &code).await.problem(401, "login-refused");
    let recovery = program.recovery[0].clone();
    server.entered("/im/", &answer(&challenge().await, &recovery).await);
    answer(&challenge().await, &recovery).await.problem(401, "login-refused");
    assert_eq!(ann.get("account/security").await.expect(200)["recovery_codes_left"], 9);

    take_factor(&ann, "000 00").await.problem(422, "unacceptable");
    take_factor(&ann, &recovery).await.problem(422, "unacceptable");
    // Another person's codes are none.
    let bobs = CodeProgram::enrolled(&server, &bob, &good("bob")).await;
    take_factor(&ann, &bobs.recovery[0]).await.problem(422, "unacceptable");
    take_factor(&ann, &program.recovery[1]).await.expect(204);
    assert_eq!(ann.get("account/security").await.expect(200)["totp"], false);
    server.enter("/im/", "ann", &good("ann")).await;
    server.log_in("/im/", "bob", &good("bob")).await.problem(401, "challenge-required");
}

pub(crate) async fn a_name_is_changed_where_the_front_lets_people(database: Database) {
    let mut server = server(database).await;
    let (ann, bob) = (newcomer(&server, "ann").await, newcomer(&server, "bob").await);
    let mut heard = bob.listener();
    let changed = ann.patch("account/profile", &json!({ "display_name": "Ann Other" })).await.expect(200);
    assert_eq!((&changed["display_name"], &changed["login"]), (&json!("Ann Other"), &json!("ann")));
    heard.until("the new name", |event| event.to_string().contains("Ann Other")).await;
    // Whoever has the address gets new passwords: it takes the password.
    let address = |password: Value| json!({ "email": "ann@example.org", "password": password });
    ann.patch("account/profile", &json!({ "email": "ann@example.org" })).await.problem(422, "unacceptable");
    ann.patch("account/profile", &address(json!("not her password"))).await.problem(403, "not-permitted");
    assert_eq!(ann.get("session").await.expect(200)["account"]["email"], Value::Null);
    let changed = ann.patch("account/profile", &address(json!(good("ann")))).await.expect(200);
    assert_eq!(
        (&changed["email"], &changed["display_name"]),
        (&json!("ann@example.org"), &json!("Ann Other"))
    );
    for refused in
        [json!({ "display_name": "x".repeat(500) }), json!({ "email": "nowhere", "password": good("ann") })]
    {
        ann.patch("account/profile", &refused).await.problem(422, "unacceptable");
    }
    ann.patch("account/profile", &json!({ "login": "root" })).await.problem(400, "invalid-request");
    server.restart().await;
    assert_eq!(bob.sees(&ann).await["display_name"], "Ann Other");
    let plain = ann.patch("account/profile", &json!({ "display_name": null })).await.expect(200);
    assert_eq!(plain["display_name"], "ann");

    let fixed = server.enter("/fixed/", "ann", &good("ann")).await;
    let refused = fixed.patch("account/profile", &json!({ "display_name": "Somebody" })).await;
    refused.problem(403, "not-permitted");
    assert_eq!(bob.sees(&ann).await["display_name"], "ann");
}

/// Ann and bob have talked; ann has a group and a draft.
async fn settled(server: &TestServer) -> (Person, Person, String) {
    let (ann, bob) = (newcomer(server, "ann").await, newcomer(server, "bob").await);
    let talk = ann.talk_to(&bob).await;
    ann.say(&talk, "hers").await;
    bob.say(&talk, "his").await;
    ann.contact(&bob, "request").await.expect(200);
    ann.put(&format!("conversations/{talk}/draft"), &json!({ "text": "I wou" })).await;
    (ann, bob, talk)
}

/// Nothing of her is found, here or in the administration.
async fn is_gone(server: &TestServer, ann: &Person, bob: &Person) {
    assert_eq!(ann.get("session").await.status, 401);
    server.log_in("/im/", "ann", &good("ann")).await.problem(401, "login-refused");
    bob.get(&format!("contacts/{}", ann.id)).await.problem(404, "not-found");
    bob.get(&format!("people/{}", ann.id)).await.problem(404, "not-found");
    assert_eq!(bob.get("people?login=ann").await.expect(200)["people"], json!([]));
    assert_eq!(bob.get("contacts").await.expect(200)["people"], json!([]));
    assert!(bob.roster().await.iter().all(|person| person["id"] != json!(ann.id)));
    bob.post("conversations", &json!({ "with": [ann.id] })).await.problem(404, "not-found");
}

pub(crate) async fn whoever_leaves_is_gone_and_their_messages_stay(database: Database) {
    let mut server = server(database).await;
    let (ann, bob, talk) = settled(&server).await;
    let device = server.enter("/fixed/", "ann", &good("ann")).await;
    leave(&device, &json!({ "password": good("ann") })).await.problem(403, "not-permitted");
    leave(&ann, &json!({})).await.problem(422, "unacceptable");
    leave(&ann, &json!({ "password": good("bob") })).await.problem(403, "not-permitted");
    leave(&ann, &json!({ "password": good("ann"), "messages": "burn" }))
        .await
        .problem(400, "invalid-request");
    assert_eq!(bob.sees(&ann).await["relation"], "requested-by-them", "nothing has happened yet");
    let mut heard = bob.listener();
    leave(&ann, &json!({ "password": good("ann") })).await.expect(204);
    heard.until("her leaving", |event| event["type"] == "person-gone").await;
    assert_eq!(device.get("session").await.status, 401);
    is_gone(&server, &ann, &bob).await;
    server.restart().await;
    is_gone(&server, &ann, &bob).await;
    let texts: Vec<_> =
        bob.whole_history(&talk).await.into_iter().map(|message| message["text"].clone()).collect();
    assert_eq!(texts, [json!("hers"), json!("his")], "kept, from somebody without a name");

    // The name is free; who takes it is somebody else and has nothing of hers.
    let second = newcomer(&server, "ann").await;
    assert_ne!(second.id, ann.id);
    assert_eq!(second.get("conversations").await.expect(200)["conversations"], json!([]));
    second.get(&format!("conversations/{talk}/messages")).await.problem(404, "not-found");
    assert_eq!(second.get("contacts").await.expect(200)["people"], json!([]));
}

pub(crate) async fn whoever_leaves_may_take_their_messages_along(database: Database) {
    let mut server = server(database).await;
    let (ann, bob, talk) = settled(&server).await;
    leave(&ann, &json!({ "password": good("ann"), "messages": "delete" })).await.expect(204);
    is_gone(&server, &ann, &bob).await;
    for _ in 0..2 {
        let texts: Vec<_> =
            bob.whole_history(&talk).await.into_iter().map(|message| message["text"].clone()).collect();
        assert!(texts.contains(&json!("his")) && !texts.contains(&json!("hers")), "{texts:?}");
        assert_eq!(bob.get("search?q=hers").await.expect(200)["messages"], json!([]));
        server.restart().await;
    }
    is_gone(&server, &ann, &bob).await;
}
