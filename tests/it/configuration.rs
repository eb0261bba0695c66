//! Mistakes in the configuration are told with the file, the key and what would be right.

use crate::support::server::NATIVE;
use crate::support::{Database, Outcome, builder};

async fn served(database: Database, sections: &str) -> Outcome {
    builder(database).sections(sections).prepare().await.serve_and_fail().await
}

fn with_front(keys: &str) -> String {
    format!("{NATIVE}[[front]]\npath = \"/im/\"\nauthenticators = [\"native\"]\n{keys}")
}

pub(crate) async fn mistakes_name_the_file_the_key_and_the_alternatives() {
    let cases: [(String, &[&str]); 15] = [
        ("[servr]\n".into(), &["unknown field `servr`", "`server`"]),
        (with_front("colour = 1"), &["front[0]", "unknown field `colour`", "`mode`"]),
        (with_front("mode = \"opne\""), &["front[0].mode", "opne", "open-community"]),
        (with_front("extends = \"http://example.org/x\""), &["/im/", "extends", "https"]),
        (with_front("[front.options]\nmax_contacts = -1"), &["front[0].options.max_contacts"]),
        (with_front("[front.options]\nsession_lifetime = \"soon\""), &["session_lifetime", "30d"]),
        (with_front("[front.options]\nunknown_names = \"ask\""), &["unknown_names", "ask", "form"]),
        (NATIVE.into(), &["[[front]]", "needs at least one"]),
        (
            "[[front]]\npath = \"/im/\"\nauthenticators = [\"natvie\"]".into(),
            &["front[0]", "[authenticator.natvie]"],
        ),
        (
            format!("{NATIVE}[[front]]\npath = \"/admin/\"\nauthenticators = [\"native\"]"),
            &["/admin/", "path"],
        ),
        (format!("{NATIVE}[[front]]\npath = \"im\"\nauthenticators = [\"native\"]"), &["`im`", "path"]),
        (
            format!("{NATIVE}[[front]]\npath = \"/im/\"\nauthenticators = []"),
            &["authenticators", "at least one"],
        ),
        (
            "[authenticator.forum]\nkind = \"phpbbb\"".into(),
            &["authenticator.forum", "phpbbb", "phorum", "native"],
        ),
        (
            "[authenticator.forum]\nkind = \"phorum\"\ndatabase_url = \"sqlite://x\"\ntable_perfix = \"x\""
                .into(),
            &["authenticator.forum", "table_perfix", "table_prefix"],
        ),
        (
            "[authenticator.forum]\nkind = \"native\"\nrealm = \"forum\"".into(),
            &["authenticator.forum", "realm"],
        ),
    ];
    for (sections, texts) in cases {
        let outcome = served(Database::Sqlite, &sections).await;
        assert_eq!(outcome.status, Some(78), "{sections}: {}", outcome.stderr);
        outcome.says(texts);
        assert!(outcome.stdout.is_empty());
    }
}

pub(crate) async fn syntax_and_missing_files_are_configuration_errors() {
    let server = builder(Database::Sqlite).prepare().await;
    std::fs::write(server.config(), "[server\nlisten = 1").unwrap();
    for command in ["serve", "check", "admin list"] {
        let outcome = server.call(command, &[]).run().await;
        outcome.expect(78);
        outcome.says(&["portico.toml", "line 1"]);
    }
    std::fs::remove_file(server.config()).unwrap();
    let outcome = server.serve_and_fail().await;
    outcome.expect(78);
    outcome.says(&["portico.toml", "can't be read"]);
}

pub(crate) async fn two_fronts_at_one_place_are_a_conflict() {
    let twice = with_front("") + "\n[[front]]\npath = \"/im/\"\nauthenticators = [\"native\"]\n";
    let outcome = served(Database::Sqlite, &twice).await;
    outcome.expect(78);
    outcome.says(&["two fronts", "`im`", "another `id`"]);
}

pub(crate) async fn all_mistakes_of_the_fronts_are_told_at_once() {
    let sections = with_front("host = \"https://chat.example.org/\"")
        + "\n[[front]]\npath = \"/b/\"\nauthenticators = [\"nobody\"]\n[[front]]\npath = \"c\"\nauthenticators = [\"native\"]\n";
    let outcome = served(Database::Sqlite, &sections).await;
    outcome.expect(78);
    outcome.says(&["front[0] (`/im/`)", "front[1] (`/b/`)", "front[2] (`c`)"]);
}

pub(crate) async fn the_environment_overrides_the_file() {
    let server = builder(Database::Sqlite).prepare().await;
    let listen = crate::support::ports::free_address().to_string();
    let call = server.call("serve", &[]).env("PORTICO_SERVER__LISTEN", &listen);
    let call = call.env("PORTICO_FRONT__IM__TITLE", "From the environment");
    let call = call.env("PORTICO_FRONT__IM__OPTIONS__MAX_CONTACTS", "7");
    let mut child = call.into_command().spawn().unwrap();
    let front = crate::support::eventually("the server answers", async || {
        let url = format!("http://{listen}/im/api/v1/front");
        server.http.get(url).send().await.ok()?.json::<serde_json::Value>().await.ok()
    })
    .await;
    assert_eq!(front["title"], "From the environment");
    assert_eq!(front["limits"]["max_contacts"], 7);
    child.kill().await.unwrap();
}

pub(crate) async fn a_variable_for_no_key_is_an_error() {
    let server = builder(Database::Sqlite).prepare().await;
    for (name, text) in [
        ("PORTICO_FRONT__NOWHERE__MODE", "no such front"),
        ("PORTICO_AUTHENTICATOR__NOBODY__KIND", "no such authenticator"),
        ("PORTICO_SERVR__LISTEN", "no such section"),
        ("PORTICO_SERVER__LISSTEN", "lissten"),
    ] {
        let outcome = server.call("serve", &[]).env(name, "x").run().await;
        outcome.expect(78);
        outcome.says(&[text]);
    }
}

pub(crate) async fn secrets_may_stand_in_files_of_their_own() {
    let mut server = builder(Database::Sqlite).prepare().await;
    let text = std::fs::read_to_string(server.config()).unwrap();
    let url = format!("database_url = \"{}\"", server.database.url);
    std::fs::write(server.config(), text.replace(&url, "database_url_file = \"dsn\"")).unwrap();
    let outcome = server.serve_and_fail().await;
    outcome.expect(78);
    outcome.says(&["server.database_url_file", "dsn"]);
    std::fs::write(server.file("dsn"), format!("{}\n", server.database.url)).unwrap();
    server.start_again().await;
    server.person("ann").await;
}

pub(crate) async fn an_address_in_use_is_named_with_its_key() {
    let server = builder(Database::Sqlite).prepare().await;
    let _taken = std::net::TcpListener::bind(server.public).unwrap();
    let outcome = server.serve_and_fail().await;
    outcome.expect(2);
    outcome.says(&["server.listen", &server.public.to_string(), "can't listen there"]);
}
