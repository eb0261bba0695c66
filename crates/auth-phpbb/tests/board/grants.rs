//! The listed grants are enough for everything, and name no more than what is read.

use portico_auth_phpbb::grants;
use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_core::auth::{Authenticator, Refusal, WantedTopics};
use serde_json::json;

use crate::fixture::{Board, HERE, door};
use crate::schema::V;

for_each_database!(all_that_the_adapter_does_needs_no_more_than_the_listed_grants);

/// A user with the listed grants and nothing else; its `database_url`.
async fn reader(db: &TestDatabase, version: V) -> String {
    let url = db.restricted_user(&[]).await;
    let user =
        url.split_once("://").and_then(|(_, rest)| rest.split_once(':')).map(|(user, _)| user.to_owned());
    let user = match db.kind() {
        TestDatabaseKind::Mariadb => format!("{}@%", user.unwrap()),
        _ => user.unwrap_or_default(),
    };
    for grant in grants(version.row(), "phpbb_", db.name(), &user, db.dialect().kind()).unwrap() {
        db.execute(&grant).await;
    }
    url
}

async fn all_that_the_adapter_does_needs_no_more_than_the_listed_grants(db: TestDatabase) {
    for version in [V::V20, V::V30, V::V31, V::V32, V::V33, V::V40] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = Board::install(&fresh, version).await;
        board.alice().await;
        let id = board.session(2, &[]).await;
        board.key(2, "0123456789abcdef").await;
        board.insert("forums", &[("forum_id", 5.into()), ("forum_name", "F".into())]).await;
        if version < V::V40 {
            board
                .ban(1, &[("ban_ip", if version == V::V20 { "c00002ff" } else { "192.0.2.*" }.into())])
                .await;
        } else {
            board.ban(1, &[("ban_mode", "ip".into()), ("ban_item", "192.0.2.0/24".into())]).await;
        }
        let options = json!({"url": "https://f.example", "refuse_banned_emails": true});
        let door = door(&reader(&fresh, version).await, options).await.unwrap();
        let phpbb = &door.phpbb;
        phpbb.check().await.unwrap();
        phpbb.fingerprint().await.unwrap();
        let who = door.login_from("Alice", "correct horse", "198.51.100.1").await.unwrap();
        let subject = who.identity().unwrap().subject.clone();
        let cookies = |id: &str, key: &str| match version {
            V::V20 => vec![
                ("phpbb2mysql_sid".to_owned(), id.to_owned()),
                (
                    "phpbb2mysql_data".to_owned(),
                    format!(
                        "a:2:{{s:11:\"autologinid\";s:{}:\"{key}\";s:6:\"userid\";s:1:\"2\";}}",
                        key.len()
                    ),
                ),
            ],
            _ => [("sid", id), ("u", "2"), ("k", key)]
                .map(|(end, value)| (format!("phpbb3_x7k2q_{end}"), value.to_owned()))
                .into(),
        };
        for (id, key) in [(id.as_str(), ""), ("0123456789abcdef0123456789abcdef", "0123456789abcdef")] {
            let jar = cookies(id, key);
            let jar: Vec<(&str, &str)> =
                jar.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let answer = door.come(&jar, HERE).await.unwrap();
            assert_eq!(answer.refusal().map(Refusal::as_str), Some("banned"), "{version:?} {key}");
        }
        let directory = phpbb.directory().unwrap();
        let people = [(subject.clone(), vec!["192.0.2.7".parse().unwrap()])];
        assert_eq!(directory.address_bans(&people).await.unwrap().len(), 1, "{version:?}");
        assert_eq!(phpbb.inbox().unwrap().unread(std::slice::from_ref(&subject)).await.unwrap().len(), 1);
        assert_eq!(directory.lookup(&[subject]).await.unwrap().len(), 1);
        for readable_by in [None, (version != V::V20).then(|| "REGISTERED".to_owned())] {
            let wanted = WantedTopics { forums: vec!["5".to_owned()], readable_by, after: None, limit: 9 };
            phpbb.news().unwrap().topics(&wanted).await.unwrap();
        }
    }
}
