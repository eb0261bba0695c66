//! `portico admin`, with the server stopped and running.

use serde_json::{Value, json};

use crate::support::client::password_of;
use crate::support::{Database, TestServer, builder};

async fn listed(server: &TestServer, arguments: &[&str]) -> Vec<Value> {
    let arguments: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let list = server.call("admin list", &arguments).run().await.json(0);
    list.as_array().expect("a list").clone()
}

async fn create(server: &TestServer, login: &str, arguments: &[&str]) -> crate::support::Outcome {
    let password = password_of(login);
    server.keep_secret(&password);
    let arguments: Vec<&str> = ["--login", login].into_iter().chain(arguments.iter().copied()).collect();
    let outcome = server.call("admin create", &arguments).input(format!("{password}\r\n")).run().await;
    assert!(!outcome.stdout.contains(&password) && !outcome.stderr.contains(&password));
    outcome
}

pub(crate) async fn an_account_can_be_made_before_the_first_start(database: Database) {
    let mut server = builder(database).prepare().await;
    let outcome = create(&server, "Root", &["--display-name", "The Boss"]).await;
    assert_eq!(outcome.expect(0), "administrator `Root` is ready\n");
    create(&server, "ann", &["--ordinary"]).await.expect(0);
    server.start().await;
    let boss = server.enter("/im/", "root", &password_of("Root")).await;
    assert_eq!(boss.get("session").await.expect(200)["account"]["display_name"], "The Boss");
    server.enter("/im/", "ann", &password_of("ann")).await;
}

pub(crate) async fn the_running_server_is_asked_to_make_accounts(database: Database) {
    let server = builder(database).start().await;
    assert_eq!(create(&server, "root", &[]).await.expect(0), "administrator `root` is ready\n");
    server.enter("/im/", "root", &password_of("root")).await;
    let rows = listed(&server, &[]).await;
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["login"], &rows[0]["administrator"]), (&json!("root"), &json!(true)));
    assert_eq!(rows[0]["state"], "active");
}

pub(crate) async fn what_is_refused_is_a_1_with_a_sentence(database: Database) {
    let mut server = builder(database).start().await;
    for _ in 0..2 {
        create(&server, "ann", &[]).await;
        let taken = create(&server, "Ann", &[]).await;
        taken.expect(1);
        taken.says(&["taken"]);
        let short = server.call("admin create", &["--login", "bob"]).input("short\n").run().await;
        short.expect(1);
        short.says(&["fewer than 10 characters"]);
        let nobody = server.call("admin approve", &["--login", "nobody"]).run().await;
        nobody.expect(1);
        nobody.says(&["nobody has the login `nobody`"]);
        let ready = server.call("admin approve", &["--login", "ann"]).run().await;
        ready.expect(1);
        ready.says(&["does not wait for approval"]);
        assert_eq!(listed(&server, &[]).await.len(), 1);
        // The same with nobody to ask.
        if server.log().contains("stopping") {
            break;
        }
        server.terminate().await;
    }
}

pub(crate) async fn who_waits_is_listed_and_approved(database: Database) {
    let front = "[[front]]\npath = \"/careful/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
                 [front.options]\nunknown_names = \"form-approval\"\n";
    let mut server = builder(database).and(front).start().await;
    for name in ["ann", "bob"] {
        server.register("/careful/", name).await;
    }
    server.register("/im/", "cleo").await;
    let logins =
        |rows: &[Value]| rows.iter().map(|row| row["login"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    assert_eq!(logins(&listed(&server, &["--pending"]).await), ["ann", "bob"]);
    assert_eq!(listed(&server, &[]).await.len(), 3);
    let table = server.call("admin list", &["--pending"]).run().await;
    assert_eq!(table.expect(0).lines().count(), 2);
    server.call("admin approve", &["--login", "ann"]).run().await.expect(0);
    server.terminate().await;
    let done = server.call("admin approve", &["--login", "bob"]).run().await;
    assert_eq!(done.expect(0), "`bob` may enter now\n");
    assert!(listed(&server, &["--pending"]).await.is_empty());
    server.start_again().await;
    for name in ["ann", "bob"] {
        server.enter("/im/", name, &password_of(name)).await;
    }
}
