//! Looking members up without a login, and their unread private messages.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::{Authenticator, DirectoryEntry, DirectoryState, ExternalInbox, Refusal, SubjectId};
use serde_json::json;

use crate::support::{Board, Row, Version, enter};

for_each_database!(
    the_directory_says_what_the_login_says,
    the_directory_knows_who_may_not_enter,
    many_people_are_looked_up_in_few_queries,
    unread_messages_are_counted_in_one_query,
    the_oldest_forums_have_no_inbox,
);

fn subjects(ids: &[&str]) -> Vec<SubjectId> {
    ids.iter().map(|id| SubjectId::new(*id).unwrap()).collect()
}

async fn look_up(phorum: &impl Authenticator, ids: &[&str]) -> Vec<DirectoryEntry> {
    phorum.directory().unwrap().lookup(&subjects(ids)).await.unwrap()
}

async fn the_directory_says_what_the_login_says(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(7, "Alice").with("tz_offset", 1.0).with("admin", 1)).await;
    board.add(Row::new(8, "Bob")).await;
    board.group(3, "Gardeners", &[(7, 2), (8, 1)]).await;
    board.ban(0, 5, false, "8").await;
    let phorum = board.phorum_with(json!({"url": "https://f.example"})).await;
    let found = look_up(&phorum, &["8", "999", "7", "07", "x", "-1", "8"]).await;
    assert_eq!(found.len(), 2);
    for name in ["Alice", "Bob"] {
        let identity = enter(&phorum, name).await;
        let entry = found.iter().find(|entry| entry.identity.subject == identity.subject).unwrap();
        assert_eq!(entry.state, DirectoryState::Active(identity.restrictions.clone()));
        assert_eq!(entry.identity, identity);
    }
    assert!(look_up(&phorum, &[]).await.is_empty());
}

async fn the_directory_knows_who_may_not_enter(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(1, "Alice")).await;
    board.add(Row::new(2, "Carol").with("active", 0)).await;
    board.add(Row::new(3, "Bob")).await;
    board.add(Row::new(4, "Victor").with("force_password_change", 1)).await;
    board.ban(0, 2, false, "bob").await;
    let keys = json!({"refuse_banned": true, "refuse_forced_password_change": true});
    let phorum = board.phorum_with(keys).await;
    let mut found = look_up(&phorum, &["1", "2", "3", "4"]).await;
    found.sort_by(|one, other| one.identity.subject.cmp(&other.identity.subject));
    let states: Vec<_> = found
        .iter()
        .map(|entry| match &entry.state {
            DirectoryState::Active(_) => "active",
            DirectoryState::Refused(refusal) => refusal.as_str(),
        })
        .collect();
    assert_eq!(states, ["active", "disabled", "banned", "expired-password"]);
    board.set("status", "disabled").await;
    let found = look_up(&phorum, &["1"]).await;
    assert_eq!(found[0].state, DirectoryState::Refused(Refusal::NotPermitted));
}

async fn many_people_are_looked_up_in_few_queries(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    let rows: Vec<String> = (1..=700).map(|id| format!("({id}, 'm{id}', 1)")).collect();
    board
        .execute(&format!("INSERT INTO {{p}}_users (user_id, username, active) VALUES {}", rows.join(", ")))
        .await;
    let phorum = board.phorum().await;
    phorum.check().await.unwrap();
    let before = board.db.queries();
    let ids: Vec<String> = (1..=800).map(|id| id.to_string()).collect();
    let found = look_up(&phorum, &ids.iter().map(String::as_str).collect::<Vec<_>>()).await;
    assert_eq!(found.len(), 700);
    assert!(board.db.queries() - before <= 6, "{}", board.db.queries() - before);
}

async fn unread_messages_are_counted_in_one_query(db: TestDatabase) {
    let board = Board::install(db, Version::V6_0).await;
    board.add(Row::new(1, "Alice")).await;
    for (user, read) in [(1, 0), (1, 0), (1, 1), (2, 0), (3, 1)] {
        let values = format!("({user}, 'inbox', {read})");
        board
            .execute(&format!(
                "INSERT INTO {{p}}_pm_xref (user_id, special_folder, read_flag) VALUES {values}"
            ))
            .await;
    }
    let phorum = board.phorum().await;
    phorum.check().await.unwrap();
    let before = board.db.queries();
    let mut unread = phorum.inbox().unwrap().unread(&subjects(&["3", "1", "2", "4"])).await.unwrap();
    assert_eq!(board.db.queries() - before, 1);
    unread.sort();
    let counts: Vec<_> = unread.iter().map(|(subject, count)| (subject.as_str(), *count)).collect();
    assert_eq!(counts, [("1", 2), ("2", 1), ("3", 0), ("4", 0)]);
}

async fn the_oldest_forums_have_no_inbox(db: TestDatabase) {
    let board = Board::install(db, Version::V5_0).await;
    board.execute("DROP TABLE {p}_pm_xref").await;
    board.add(Row::new(1, "Alice")).await;
    let phorum = board.phorum().await;
    phorum.check().await.unwrap();
    enter(&phorum, "Alice").await;
    assert_eq!(phorum.unread(&subjects(&["1"])).await.unwrap(), []);
}
