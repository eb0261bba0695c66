//! An unknown name and a wrong password are the same to the outside.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::client::password_of;
use crate::support::forum::{board, member, section};
use crate::support::{Database, builder};

const FORUM_FRONT: &str =
    "[[front]]\npath = \"/forum/\"\nauthenticators = [\"forum\"]\nmode = \"open-community\"\n";

pub(crate) async fn an_unknown_name_and_a_wrong_password_are_one_answer(database: Database) {
    let builder = builder(database);
    board(builder.folder(), "forum.db", &[member("ann")]).await;
    let server = builder.and(&section("forum", "forum.db")).and(FORUM_FRONT).start().await;
    server.register("/im/", "ann").await;
    for front in ["/im/", "/forum/"] {
        let wrong = server.log_in(front, "ann", "not the password").await;
        for name in ["nobody", "ann ann", "' OR 1=1 --", "a\u{202e}b", "x\u{0}y", " ", ""] {
            let unknown = server.log_in(front, name, "not the password").await;
            assert_eq!(unknown.text(), wrong.text(), "{front} {name:?}");
            assert_eq!(unknown.comparable_headers(), wrong.comparable_headers(), "{front} {name:?}");
        }
        for password in ["", " ", "x\u{0}", &"x".repeat(5_000)] {
            let blank = server.log_in(front, "ann", password).await;
            assert_eq!(
                (blank.text(), blank.comparable_headers()),
                (wrong.text(), wrong.comparable_headers())
            );
        }
        wrong.problem(401, "login-refused");
    }
}

pub(crate) async fn an_unknown_name_and_a_wrong_password_cost_the_same_hashes(database: Database) {
    let server = builder(database).start().await;
    server.register("/im/", "ann").await;
    let cost = async |name: &str| {
        let (hashes, statements) = (server.hashes().await, server.statements().await);
        server.log_in("/im/", name, "not the password").await.problem(401, "login-refused");
        (server.hashes().await - hashes, server.statements().await - statements)
    };
    // The first login proves the realm.
    cost("warming-up").await;
    server.statements_at_rest().await;
    let wrong = cost("ann").await;
    assert_eq!(wrong.0, 1);
    for name in ["nobody", "nobody else", "Ann2"] {
        assert_eq!(cost(name).await, wrong, "{name}");
    }
}

pub(crate) async fn refusals_are_answered_on_the_same_step(database: Database) {
    let server = builder(database).login("refusal_step = \"600ms\"").start().await;
    server.register("/im/", "ann").await;
    for name in ["ann", "nobody", ""] {
        let begun = Instant::now();
        server.log_in("/im/", name, "not the password").await.problem(401, "login-refused");
        assert!(begun.elapsed() >= Duration::from_millis(600), "{name}");
    }
}

pub(crate) async fn too_many_failures_throttle_known_and_unknown_names_alike(database: Database) {
    let server = builder(database).login("max_failures_per_name = 3\nrefusal_step = 0").start().await;
    server.register("/im/", "ann").await;
    let mut answers = Vec::new();
    for name in ["ann", "nobody"] {
        for _ in 0..3 {
            server.log_in("/im/", name, "not the password").await.problem(401, "login-refused");
        }
        let throttled = server.log_in("/im/", name, "not the password").await;
        let seconds = throttled.problem_for_now(429, "throttled");
        assert!((1..=300).contains(&seconds), "{seconds}");
        let mut problem = throttled.json();
        problem["retry_after"] = json!(0);
        answers.push(problem);
    }
    assert_eq!(answers[0], answers[1]);
    // Another spelling is the same name, another front the same accounts, and the right password is not heard either.
    for (front, name) in [("/im/", " ANN"), ("/second/", "ann"), ("/im/", "ａｎｎ")] {
        server.log_in(front, name, &password_of("ann")).await.problem_for_now(429, "throttled");
    }
    server.person("bob").await;
}

pub(crate) async fn a_success_forgets_the_failures_before_it(database: Database) {
    let server = builder(database).login("max_failures_per_name = 3\nrefusal_step = 0").start().await;
    server.register("/im/", "ann").await;
    for _ in 0..3 {
        for _ in 0..2 {
            server.log_in("/im/", "ann", "not the password").await.problem(401, "login-refused");
        }
        server.enter("/im/", "ann", &password_of("ann")).await;
    }
}

pub(crate) async fn many_devices_at_once_are_no_guesses(database: Database) {
    let server = builder(database).start().await;
    server.register("/im/", "ann").await;
    let password = password_of("ann");
    let logins = (0..20).map(|_| server.log_in("/im/", "ann", &password));
    for reply in futures_util::future::join_all(logins).await {
        server.entered("/im/", &reply);
    }
}

pub(crate) async fn parallel_guesses_do_not_pass_the_throttle_together(database: Database) {
    let server = builder(database).login("max_failures_per_name = 5\nrefusal_step = 0").start().await;
    server.register("/im/", "ann").await;
    let guesses = (0..60).map(|_| server.log_in("/im/", "ann", "not the password"));
    let replies = futures_util::future::join_all(guesses).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 401).count(), 5);
    assert_eq!(replies.iter().filter(|reply| reply.status == 429).count(), 55);
}

pub(crate) async fn the_limit_of_a_name_holds_over_all_addresses(database: Database) {
    let server = builder(database)
        .login("refusal_step = 0")
        .server("trusted_proxies = [\"127.0.0.1/32\"]")
        .start()
        .await;
    let from = async |address: &str, name: &str| {
        let request = server.stranger("/im/").request(reqwest::Method::POST, "session");
        let body = json!({ "login": name, "password": "not the password" });
        let request = request.header("x-forwarded-for", address).json(&body);
        crate::support::Person::send(request).await
    };
    for number in 0..5 {
        from(&format!("198.51.100.{number}"), "ann").await.problem(401, "login-refused");
    }
    from("203.0.113.9", "ann").await.problem_for_now(429, "throttled");
}

pub(crate) async fn many_names_from_one_address_are_throttled(database: Database) {
    let server = builder(database).login("max_failures_per_address = 4\nrefusal_step = 0").start().await;
    for number in 0..4 {
        server
            .log_in("/im/", &format!("name-{number}"), "not the password")
            .await
            .problem(401, "login-refused");
    }
    server.log_in("/im/", "fresh", "not the password").await.problem_for_now(429, "throttled");
}
