//! Accounts of Portico's own: made by a form, at the first login, with and without approval.

use serde_json::json;

use crate::support::client::password_of;
use crate::support::{Database, builder};

fn front(unknown_names: &str) -> String {
    format!(
        "[[front]]\npath = \"/here/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
         [front.options]\nunknown_names = \"{unknown_names}\"\n"
    )
}

pub(crate) async fn a_form_makes_an_account_once(database: Database) {
    let server = builder(database).start().await;
    let stranger = server.stranger("/im/");
    let form = json!({ "login": "Ann", "password": password_of("Ann"), "display_name": "Ann Other", "email": "ann@example.org" });
    assert_eq!(stranger.post("account", &form).await.expect(201), json!({ "state": "active" }));
    for taken in ["Ann", "ann", "ANN", "Ａｎｎ"] {
        let form = json!({ "login": taken, "password": "another password" });
        stranger.post("account", &form).await.problem(409, "conflict");
    }
    let body = server.log_in("/im/", "ann", &password_of("Ann")).await.expect(201);
    server.keep_secret(body["token"].as_str().unwrap());
    assert_eq!(
        (&body["account"]["display_name"], &body["account"]["email"]),
        (&json!("Ann Other"), &json!("ann@example.org"))
    );
}

pub(crate) async fn parallel_forms_for_one_name_make_one_account(database: Database) {
    let server = builder(database).start().await;
    let stranger = server.stranger("/im/");
    let bodies: Vec<_> =
        (0..12).map(|n| json!({ "login": "ann", "password": format!("password number {n}") })).collect();
    let replies =
        futures_util::future::join_all(bodies.iter().map(|body| stranger.post("account", body))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert_eq!(replies.iter().filter(|reply| reply.status == 409).count(), 11);
    let winner = replies.iter().position(|reply| reply.status == 201).unwrap();
    server.enter("/im/", "ann", &format!("password number {winner}")).await;
}

pub(crate) async fn names_and_passwords_keep_rules(database: Database) {
    let server = builder(database).start().await;
    let stranger = server.stranger("/im/");
    for login in
        ["", " ", " ann", "ann ", "a  b", "a\0b", "a\nb", "a\u{202e}b", "a\u{200b}b", &"x".repeat(65)]
    {
        let form = json!({ "login": login, "password": "a long enough password" });
        let problem = stranger.post("account", &form).await.problem(422, "unacceptable");
        assert!(problem["detail"].is_string(), "{login:?}");
    }
    // Reserved names are as good as taken.
    let form = json!({ "login": "ADMIN", "password": "a long enough password" });
    stranger.post("account", &form).await.problem(409, "conflict");
    for password in ["", "short", "          ", "with\0nul and more", &"x".repeat(5_000), "Some-Login-Name"] {
        let form = json!({ "login": "some-login-name", "password": password });
        stranger.post("account", &form).await.problem(422, "unacceptable");
    }
    for email in ["nobody", "a b@example.org", "@example.org", "x@"] {
        let form = json!({ "login": "ann", "password": "a long enough password", "email": email });
        stranger.post("account", &form).await.problem(422, "unacceptable");
    }
    stranger.post("account", &json!({ "login": "ann" })).await.problem(400, "invalid-request");
}

pub(crate) async fn a_closed_front_makes_nobody(database: Database) {
    let server = builder(database).and(&front("closed")).start().await;
    assert_eq!(server.stranger("/here/").get("front").await.expect(200)["registration"], "closed");
    let form = json!({ "login": "ann", "password": password_of("ann") });
    server.stranger("/here/").post("account", &form).await.problem(403, "not-permitted");
    server.log_in("/here/", "ann", &password_of("ann")).await.problem(401, "login-refused");
}

pub(crate) async fn an_account_may_have_to_wait_for_approval(database: Database) {
    let server = builder(database).and(&front("form-approval")).start().await;
    let form = json!({ "login": "ann", "password": password_of("ann") });
    let made = server.stranger("/here/").post("account", &form).await.expect(201);
    assert_eq!(made, json!({ "state": "pending" }));
    server.log_in("/here/", "ann", "not the password").await.problem(401, "login-refused");
    server.log_in("/here/", "ann", &password_of("ann")).await.problem(403, "pending");
    server.log_in("/im/", "ann", &password_of("ann")).await.problem(403, "pending");
    server.call("admin approve", &["--login", "ANN"]).run().await.expect(0);
    server.enter("/here/", "ann", &password_of("ann")).await;
}

pub(crate) async fn the_first_login_may_make_the_account(database: Database) {
    let server = builder(database).and(&front("first-login")).start().await;
    let ann = server.enter("/here/", "ann", &password_of("ann")).await;
    let again = server.enter("/here/", "ann", &password_of("ann")).await;
    assert_eq!(ann.id, again.id);
    server.log_in("/here/", "ann", "not the password").await.problem(401, "login-refused");
    server.log_in("/here/", "bob", "short").await.problem(422, "unacceptable");
    // There is no form beside it.
    let form = json!({ "login": "cleo", "password": password_of("cleo") });
    server.stranger("/here/").post("account", &form).await.problem(403, "not-permitted");
}

pub(crate) async fn parallel_first_logins_make_one_person(database: Database) {
    let server = builder(database).and(&front("first-login")).start().await;
    let password = password_of("ann");
    let replies =
        futures_util::future::join_all((0..10).map(|_| server.log_in("/here/", "ann", &password))).await;
    let mut ids = std::collections::HashSet::new();
    for reply in replies.iter().filter(|reply| reply.status == 201) {
        ids.insert(server.entered("/here/", reply).id);
    }
    assert_eq!(ids.len(), 1);
    // Who lost the race against oneself may be told that the password is wrong, never anything worse.
    assert!(replies.iter().all(|reply| matches!(reply.status, 201 | 401)), "{replies:?}");
    assert_eq!(server.enter("/here/", "ann", &password).await.id, ids.into_iter().next().unwrap());
}
