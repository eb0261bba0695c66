//! The listed grants are enough for everything.

use portico_auth_phorum::grants;
use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_core::auth::{Authenticator, WantedTopics};
use serde_json::json;

use crate::support::{Board, Row, Version, come, enter};

for_each_database!(all_that_the_adapter_does_needs_no_more_than_the_listed_grants);

async fn all_that_the_adapter_does_needs_no_more_than_the_listed_grants(db: TestDatabase) {
    for (version, name) in
        [(Version::V5_0, "5.0"), (Version::V5_1, "5.1"), (Version::V5_2, "5.2"), (Version::V6_0, "6.0")]
    {
        let board = Board::install(TestDatabase::create(db.kind()).await, version).await;
        let session = "00112233445566778899aabbccddeeff";
        let row = Row::new(7, "Alice");
        board
            .add(match version {
                Version::V5_0 => row,
                Version::V5_1 => row.with("cookie_sessid_lt", session),
                _ => row.with("sessid_lt", session),
            })
            .await;
        board.group(3, "Gardeners", &[(7, 1)]).await;
        board.ban(0, 1, false, "10.0.0.").await;
        board
            .execute("INSERT INTO {p}_forums (forum_id, name, active, pub_perms) VALUES (5, 'F', 1, 1)")
            .await;
        let url = board.db.restricted_user(&[]).await;
        let user =
            url.split_once("://").and_then(|(_, rest)| rest.split_once(':')).map_or("", |(user, _)| user);
        let user = if db.kind() == TestDatabaseKind::Mariadb { format!("{user}@%") } else { user.to_owned() };
        for grant in grants(name, "phorum", board.db.name(), &user, board.db.dialect().kind()).unwrap() {
            board.db.execute(&grant).await;
        }
        let phorum = board.phorum_with(json!({"database_url": url, "url": "https://f.example"})).await;
        phorum.check().await.unwrap();
        phorum.fingerprint().await.unwrap();
        let subject = enter(&phorum, "Alice").await.subject;
        let answer = come(&phorum, &[("phorum_session_v5", &format!("7%3A{session}"))]).await.unwrap();
        assert_eq!(answer.identity().is_some(), version != Version::V5_0, "{name}");
        let directory = phorum.directory().unwrap();
        let here = [(subject.clone(), vec!["10.0.0.7".parse().unwrap()])];
        assert_eq!(directory.address_bans(&here).await.unwrap().len(), 1);
        assert_eq!(phorum.inbox().unwrap().unread(std::slice::from_ref(&subject)).await.unwrap().len(), 1);
        assert_eq!(directory.lookup(&[subject]).await.unwrap().len(), 1);
        for readable_by in [None, Some("Gardeners".to_owned())] {
            let wanted = WantedTopics { forums: vec!["5".to_owned()], readable_by, after: None, limit: 9 };
            phorum.news().unwrap().topics(&wanted).await.unwrap();
        }
    }
}
