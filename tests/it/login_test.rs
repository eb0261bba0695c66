//! `portico login-test`: the decision of one authenticator, exactly as a real login's.

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use portico_auth_phorum::demo::{DemoMember, DemoState};

use crate::support::client::password_of;
use crate::support::forum::{board, member, section};
use crate::support::{Database, Outcome, TestServer, builder};

async fn prepared(database: Database) -> TestServer {
    let builder = builder(database);
    let members = [
        member("ann"),
        DemoMember { state: DemoState::Inactive, ..member("sybil") },
        DemoMember { state: DemoState::Banned, groups: vec!["Team".into()], ..member("trent") },
    ];
    board(builder.folder(), "forum.db", &members).await;
    let sections = format!("{}{}", section("forum", "forum.db"), section("gone", "nowhere.db"));
    builder.and(&sections).prepare().await
}

async fn test(server: &TestServer, authenticator: &str, login: &str, input: impl Into<Vec<u8>>) -> Outcome {
    let arguments = ["--authenticator", authenticator, "--login", login];
    server.call("login-test", &arguments).input(input).run().await
}

pub(crate) async fn one_login_is_one_line_and_an_exit_status(database: Database) {
    let server = prepared(database).await;
    for end in ["\n", "\r\n", ""] {
        let answer = test(&server, "forum", "ann", format!("{}{end}", password_of("ann"))).await;
        assert_eq!(answer.stdout.lines().count(), 1);
        let answer = answer.json(0);
        assert_eq!(answer["decision"], "accepted");
        let identity = &answer["identity"];
        assert_eq!((&identity["login"], &identity["display_name"]), (&json!("ann"), &json!("ann")));
        assert!(identity["subject"].is_string());
        assert!(identity["groups"].is_array());
        assert_eq!(identity["restrictions"], json!({ "write": null }));
    }
    let refused = |reason: &str| json!({ "decision": "refused", "reason": reason });
    let cases = [
        ("ann", "not the password\n", "bad-secret"),
        ("ann", "\n", "bad-secret"),
        ("nobody", "not the password\n", "unknown-subject"),
        ("' OR 1=1", "x\n", "unknown-subject"),
    ];
    for (login, input, reason) in cases {
        assert_eq!(test(&server, "forum", login, input).await.json(1), refused(reason), "{login}");
    }
    assert_eq!(test(&server, "forum", "sybil", password_of("sybil")).await.json(1), refused("disabled"));
    let trent = test(&server, "forum", "trent", password_of("trent")).await.json(0);
    assert!(trent["identity"]["restrictions"]["write"]["reason"].is_string(), "{trent}");
    assert_eq!(trent["identity"]["groups"][0]["name"], "Team");
    let error = |reason: &str| json!({ "decision": "error", "reason": reason });
    assert_eq!(test(&server, "gone", "ann", "x\n").await.json(2), error("unavailable"));
    assert_eq!(test(&server, "forum", "ann", b"\xff\xfe\n".to_vec()).await.json(2), error("invalid-input"));
}

pub(crate) async fn nothing_is_made_and_nothing_is_said_of_the_password(database: Database) {
    let server = prepared(database).await;
    let outcome = test(&server, "forum", "ann", password_of("ann")).await;
    outcome.expect(0);
    assert!(!outcome.stdout.contains(&password_of("ann")) && !outcome.stderr.contains(&password_of("ann")));
    assert!(!server.file("portico.db").exists());
}

pub(crate) async fn an_authenticator_that_is_not_there_names_the_others(database: Database) {
    let server = prepared(database).await;
    let outcome = test(&server, "nowhere", "ann", "x\n").await;
    assert_eq!(outcome.json(2), json!({ "decision": "error", "reason": "misconfigured" }));
    outcome.says(&["[authenticator.nowhere]", "forum, gone, native"]);
}

pub(crate) async fn native_accounts_are_tested_beside_the_running_server(database: Database) {
    let mut server = prepared(database).await;
    server.start().await;
    server.register("/im/", "Nina").await;
    let answer = test(&server, "native", "nina", password_of("Nina")).await.json(0);
    assert_eq!(answer["identity"]["login"], "Nina");
    let one_space_more = format!("{} \n", password_of("Nina"));
    assert_eq!(test(&server, "native", "nina", one_space_more).await.json(1)["reason"], "bad-secret");
    assert_eq!(test(&server, "native", "nina", "wrong\n").await.json(1)["reason"], "bad-secret");
}

pub(crate) async fn wrong_usage_is_a_64(database: Database) {
    let server = prepared(database).await;
    for arguments in [
        &["--authenticator", "forum"][..],
        &["--login", "ann"],
        &["--authenticator", "forum", "--login", "ann", "--batch"],
        &["--authenticator", "forum", "--login", "ann", "--ip", "nonsense"],
        &["--authenticator", "forum", "--cookie", "without-a-value"],
        &["--authenticator", "forum", "--login", "ann", "--colour", "blue"],
    ] {
        server.call("login-test", arguments).run().await.expect(64);
    }
}

pub(crate) async fn a_batch_answers_line_by_line_in_order(database: Database) {
    let server = prepared(database).await;
    let line = |login: &str, password: &str| {
        json!({ "login": login, "password": password }).to_string().into_bytes()
    };
    let lines: Vec<(Vec<u8>, &str)> = vec![
        (line("ann", &password_of("ann")), "accepted"),
        (line("ann", "wrong"), "bad-secret"),
        (b"this is no JSON".to_vec(), "invalid-input"),
        (line("nobody", "wrong"), "unknown-subject"),
        (b"".to_vec(), "invalid-input"),
        (b"{\"login\":\"ann\",\"password\":\"\xff\"}".to_vec(), "invalid-input"),
        (
            json!({ "login": "ann", "password": "x", "colour": "blue" }).to_string().into_bytes(),
            "invalid-input",
        ),
        (json!({ "login": "ann" }).to_string().into_bytes(), "invalid-input"),
        (
            json!({ "login": "ann", "password": "x", "ip": "nonsense" }).to_string().into_bytes(),
            "invalid-input",
        ),
        (vec![b'x'; 200_000], "invalid-input"),
        (line("sybil", &password_of("sybil")), "disabled"),
        (
            json!({ "login": "ann", "password": password_of("ann"), "ip": "192.0.2.1", "user_agent": "x" })
                .to_string()
                .into_bytes(),
            "accepted",
        ),
        (line("ann", ""), "bad-secret"),
        (line("a\0b", "x"), "unknown-subject"),
    ];
    // No throttle: as many wrong ones as one likes.
    let wrong = vec![(line("ann", "wrong"), "bad-secret"); 20];
    let lines: Vec<_> =
        lines.into_iter().chain(wrong).chain([(line("ann", &password_of("ann")), "accepted")]).collect();
    let mut input: Vec<u8> = Vec::new();
    for (line, _) in &lines {
        input.extend_from_slice(line);
        input.push(b'\n');
    }
    let outcome =
        server.call("login-test", &["--authenticator", "forum", "--batch"]).input(input).run().await;
    let answers: Vec<Value> =
        outcome.expect(0).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(answers.len(), lines.len());
    for (answer, (line, wanted)) in answers.iter().zip(&lines) {
        let got = answer["reason"].as_str().or(answer["decision"].as_str()).unwrap();
        assert_eq!(got, *wanted, "{}", String::from_utf8_lossy(&line[..line.len().min(100)]));
    }
}

pub(crate) async fn each_answer_of_a_batch_comes_before_the_next_question(database: Database) {
    let server = prepared(database).await;
    let call = server.call("login-test", &["--authenticator", "forum", "--batch"]);
    let mut child = call.into_command().spawn().unwrap();
    let (mut stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let mut answers = BufReader::new(stdout).lines();
    for (password, decision) in
        [(password_of("ann"), "accepted"), ("wrong".into(), "refused"), (password_of("ann"), "accepted")]
    {
        let question = format!("{}\n", json!({ "login": "ann", "password": password }));
        stdin.write_all(question.as_bytes()).await.unwrap();
        let answer =
            tokio::time::timeout(crate::support::PATIENCE, answers.next_line()).await.expect("flushed");
        let answer: Value = serde_json::from_str(&answer.unwrap().unwrap()).unwrap();
        assert_eq!(answer["decision"], decision);
    }
    drop(stdin);
    assert_eq!(child.wait().await.unwrap().code(), Some(0));
}

pub(crate) async fn an_outage_in_a_batch_is_an_answer_too(database: Database) {
    let server = prepared(database).await;
    let input = format!("{}\n", json!({ "login": "ann", "password": "x" })).repeat(3);
    let outcome = server.call("login-test", &["--authenticator", "gone", "--batch"]).input(input).run().await;
    let wanted = json!({ "decision": "error", "reason": "unavailable" }).to_string();
    assert_eq!(outcome.expect(0).lines().collect::<Vec<_>>(), vec![wanted.as_str(); 3]);
}
