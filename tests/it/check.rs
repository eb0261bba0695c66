//! `portico check`: what works, and what to do about the rest.

use crate::support::forum::{board, member, section};
use crate::support::{Database, builder};

pub(crate) async fn a_table_for_people_and_json_for_programs(database: Database) {
    let builder = builder(database);
    board(builder.folder(), "forum.db", &[member("ann")]).await;
    let front = "[[front]]\npath = \"/forum/\"\nauthenticators = [\"forum\", \"gone\"]\n";
    let sections = format!("{}{}{front}", section("forum", "forum.db"), section("gone", "nowhere.db"));
    let server = builder.and(&sections).start().await;
    let table = server.call("check", &[]).run().await;
    let text = table.expect(1);
    let rows: Vec<&str> = text.lines().filter(|line| !line.starts_with(' ')).collect();
    assert_eq!(rows.len(), 5, "{text}");
    for (row, (what, state)) in rows.iter().zip([
        ("database", "ok"),
        ("authenticator forum", "ok"),
        ("authenticator gone", "unavailable"),
        ("authenticator native", "ok"),
        ("fronts", "ok"),
    ]) {
        assert!(row.starts_with(what) && row.ends_with(state), "{text}");
    }
    let advice = text.lines().find(|line| line.starts_with("    ")).expect("advice");
    assert!(advice.contains("nowhere.db"), "{text}");

    let report = server.call("check", &["--json"]).run().await.json(1);
    assert_eq!(report["ok"], false);
    assert_eq!(report["checks"].as_array().unwrap().len(), 5);
    let shown = report.to_string();
    let password = server.database.url.split(['@', ':']).nth(2).filter(|_| server.database.url.contains('@'));
    assert!(password.is_none_or(|password| !shown.contains(password)), "{shown}");
}

pub(crate) async fn all_well_is_a_0_beside_the_running_server(database: Database) {
    let mut server = builder(database).start().await;
    assert_eq!(server.call("check", &["--json"]).run().await.json(0)["ok"], true);
    server.terminate().await;
    assert_eq!(server.call("check", &["--json"]).run().await.json(0)["ok"], true);
}

pub(crate) async fn a_new_installation_is_no_mistake(database: Database) {
    let server = builder(database).prepare().await;
    let outcome = server.call("check", &[]).run().await;
    let text = outcome.expect(0);
    assert!(text.contains("portico serve"), "{text}");
    assert!(!server.file("portico.db").exists(), "looking makes nothing");
}

pub(crate) async fn a_database_that_is_away_is_reported_without_its_password(database: Database) {
    let server = builder(database).prepare().await;
    for scheme in ["mysql", "postgres"] {
        let text = std::fs::read_to_string(server.config()).unwrap();
        let line = text.lines().find(|line| line.starts_with("database_url")).unwrap().to_owned();
        let url = format!("database_url = \"{scheme}://portico:the-very-secret@127.0.0.1:1/portico\"");
        std::fs::write(server.config(), text.replace(&line, &url)).unwrap();
        let outcome = server.call("check", &[]).run().await;
        let text = outcome.expect(1).to_owned();
        assert!(text.contains("unavailable") && text.contains("127.0.0.1:1"), "{text}");
        let refused = server.serve_and_fail().await;
        refused.expect(2);
        refused.says(&["can't be reached", "127.0.0.1:1"]);
        for text in [&text, &outcome.stderr, &refused.stderr] {
            assert!(!text.contains("the-very-secret"), "{text}");
        }
    }
}
