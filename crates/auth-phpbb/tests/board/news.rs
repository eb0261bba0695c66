//! New topics, and who may hear of them.

use portico_auth_sql::for_each_database;
use portico_auth_sql::testing::TestDatabase;
use portico_core::auth::{Authenticator, Topic, WantedTopics};
use serde_json::json;

use crate::fixture::{Board, Door, NOW, Sql};
use crate::schema::V;

for_each_database!(
    topics_that_guests_may_read_are_told,
    never_outweighs_every_yes,
    forums_with_a_password_are_left_out,
    a_group_hears_of_what_its_members_may_read,
    only_approved_topics_that_are_still_there_are_told,
    topics_come_in_the_order_of_their_ids,
    an_unknown_forum_or_group_is_named,
    version_2_has_levels,
);

const READ: i64 = 20;
const LIST: i64 = 14;
/// A role that lets read.
const READERS: i64 = 17;
/// A role that never lets read.
const BANISHED: i64 = 18;

fn wanted(forums: &[&str]) -> WantedTopics {
    let forums = forums.iter().map(|&id| id.to_owned()).collect();
    WantedTopics { forums, readable_by: None, after: Some(0), limit: 100 }
}

async fn install(db: &TestDatabase, version: V) -> Board<'_> {
    let board = Board::install(db, version).await;
    if version == V::V20 {
        return board;
    }
    board.join(1, 1, false, false).await;
    for (id, name) in [(LIST, "f_list"), (READ, "f_read")] {
        board.insert("acl_options", &[("auth_option_id", id.into()), ("auth_option", name.into())]).await;
    }
    for (role, option, setting) in [(READERS, LIST, 1), (READERS, READ, 1), (BANISHED, READ, 0)] {
        let values =
            [("role_id", role.into()), ("auth_option_id", option.into()), ("auth_setting", setting.into())];
        board.insert("acl_roles_data", &values).await;
    }
    board
}

async fn forum(board: &Board<'_>, id: i64, name: &str, more: &[(&str, Sql)]) {
    let mut values = vec![("forum_id", Sql::Int(id)), ("forum_name", name.into())];
    values.extend(more.iter().cloned());
    board.insert("forums", &values).await;
    topic(board, id * 10, id, &format!("Topic of {name}"), &[]).await;
}

async fn topic(board: &Board<'_>, id: i64, forum: i64, title: &str, more: &[(&str, Sql)]) {
    let mut values = vec![
        ("topic_id", Sql::Int(id)),
        ("forum_id", forum.into()),
        ("topic_title", title.into()),
        ("topic_time", NOW.into()),
        ("topic_poster", 2.into()),
    ];
    match board.version {
        V::V20 => {}
        V::V30 => {
            values.extend([("topic_approved", 1.into()), ("topic_first_poster_name", "A&amp;lice".into())])
        }
        _ => {
            values.extend([("topic_visibility", 1.into()), ("topic_first_poster_name", "A&amp;lice".into())])
        }
    }
    for (column, value) in more {
        values.retain(|(name, _)| name != column);
        values.push((column, value.clone()));
    }
    board.insert("topics", &values).await;
}

/// A right of a group (`acl_groups`) or of a user (`acl_users`), by a role or directly.
async fn right(board: &Board<'_>, who: (&'static str, i64), forum: i64, role: i64, setting: i64) {
    let (table, column) =
        if who.0 == "group" { ("acl_groups", "group_id") } else { ("acl_users", "user_id") };
    let option = if role == 0 { READ } else { 0 };
    let values = [
        (column, who.1.into()),
        ("forum_id", forum.into()),
        ("auth_option_id", option.into()),
        ("auth_role_id", role.into()),
        ("auth_setting", setting.into()),
    ];
    board.insert(table, &values).await;
}

async fn told(door: &Door, wanted: &WantedTopics) -> Vec<u64> {
    let topics = door.phpbb.news().unwrap().topics(wanted).await.unwrap();
    topics.iter().map(|topic| topic.id).collect()
}

async fn topics_that_guests_may_read_are_told(db: TestDatabase) {
    for version in [V::V30, V::V31, V::V33, V::V40] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = install(&fresh, version).await;
        for (id, name) in [
            (5, "By role"),
            (6, "Members"),
            (7, "Directly"),
            (8, "The guest himself"),
            (9, "Listed &amp; closed"),
        ] {
            forum(&board, id, name, &[]).await;
        }
        right(&board, ("group", 1), 5, READERS, 0).await;
        right(&board, ("group", 2), 6, READERS, 0).await;
        right(&board, ("group", 1), 7, 0, 1).await;
        right(&board, ("user", 1), 8, READERS, 0).await;
        right(&board, ("user", 2), 9, READERS, 0).await;
        let door = board.phpbb_with(json!({"url": "https://f.example"})).await;
        let all = wanted(&["5", "6", "7", "8", "9"]);
        assert_eq!(told(&door, &all).await, [50, 70, 80], "{version:?}");
        let topics = door.phpbb.news().unwrap().topics(&wanted(&["5"])).await.unwrap();
        let expected = Topic {
            id: 50,
            forum: "By role".to_owned(),
            title: "Topic of By role".to_owned(),
            author: Some("A&lice".to_owned()),
            url: Some("https://f.example/viewtopic.php?t=50".to_owned()),
            posted_at: portico_core::Timestamp::from_secs(NOW),
        };
        assert_eq!(topics, [expected]);
    }
}

async fn never_outweighs_every_yes(db: TestDatabase) {
    let board = install(&db, V::V33).await;
    board.group(20, "Strays", 0).await;
    board.join(1, 20, false, false).await;
    board.group(21, "Waiting", 0).await;
    board.join(1, 21, false, true).await;
    for id in 5..9 {
        forum(&board, id, "F", &[]).await;
        right(&board, ("group", 1), id, READERS, 0).await;
    }
    right(&board, ("group", 20), 5, BANISHED, 0).await;
    right(&board, ("group", 20), 6, 0, 0).await;
    right(&board, ("user", 1), 7, 0, 0).await;
    right(&board, ("group", 21), 8, BANISHED, 0).await;
    let door = board.phpbb().await;
    assert_eq!(
        told(&door, &wanted(&["5", "6", "7", "8"])).await,
        [80],
        "a group that waits for approval is none"
    );
}

async fn forums_with_a_password_are_left_out(db: TestDatabase) {
    let board = install(&db, V::V33).await;
    forum(&board, 5, "Open", &[]).await;
    forum(&board, 6, "Closed", &[("forum_password", "$2y$10$abc".into())]).await;
    for id in [5, 6] {
        right(&board, ("group", 1), id, READERS, 0).await;
        right(&board, ("group", 2), id, READERS, 0).await;
    }
    let door = board.phpbb().await;
    assert_eq!(told(&door, &wanted(&["5", "6"])).await, [50]);
    let members = WantedTopics { readable_by: Some("REGISTERED".to_owned()), ..wanted(&["5", "6"]) };
    assert_eq!(told(&door, &members).await, [50]);
}

async fn a_group_hears_of_what_its_members_may_read(db: TestDatabase) {
    let board = install(&db, V::V33).await;
    board.group(20, "Team &amp; Friends", 0).await;
    for id in 5..9 {
        forum(&board, id, "F", &[]).await;
    }
    right(&board, ("group", 20), 5, READERS, 0).await;
    right(&board, ("group", 2), 6, READERS, 0).await;
    right(&board, ("group", 1), 7, READERS, 0).await;
    right(&board, ("group", 20), 8, READERS, 0).await;
    right(&board, ("group", 2), 8, BANISHED, 0).await;
    let door = board.phpbb().await;
    for name in ["Team & Friends", "20"] {
        let team = WantedTopics { readable_by: Some(name.to_owned()), ..wanted(&["5", "6", "7", "8"]) };
        assert_eq!(told(&door, &team).await, [50, 60], "{name}");
    }
    let guests = WantedTopics { readable_by: Some("GUESTS".to_owned()), ..wanted(&["5", "6", "7", "8"]) };
    assert_eq!(told(&door, &guests).await, [70]);
}

async fn only_approved_topics_that_are_still_there_are_told(db: TestDatabase) {
    for version in [V::V30, V::V33] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = install(&fresh, version).await;
        forum(&board, 5, "Open", &[]).await;
        right(&board, ("group", 1), 5, READERS, 0).await;
        let visible = if version == V::V30 { "topic_approved" } else { "topic_visibility" };
        topic(&board, 51, 5, "waits for approval", &[(visible, 0.into())]).await;
        topic(&board, 52, 5, "moved away", &[("topic_status", 2.into()), ("topic_moved_id", 99.into())])
            .await;
        if version != V::V30 {
            topic(&board, 53, 5, "deleted softly", &[(visible, 2.into())]).await;
            topic(&board, 54, 5, "waits again", &[(visible, 3.into())]).await;
        }
        topic(&board, 55, 5, "locked &quot;&lt;b&gt;&quot; &#128512;", &[("topic_status", 1.into())]).await;
        topic(&board, 56, 0, "global of 3.0", &[]).await;
        let door = board.phpbb().await;
        let topics = door.phpbb.news().unwrap().topics(&wanted(&["5"])).await.unwrap();
        let shown: Vec<_> = topics.iter().map(|topic| (topic.id, topic.title.as_str())).collect();
        assert_eq!(shown, [(50, "Topic of Open"), (55, "locked \"<b>\" \u{1F600}")], "{version:?}");
    }
}

async fn topics_come_in_the_order_of_their_ids(db: TestDatabase) {
    let board = install(&db, V::V33).await;
    for id in [5, 6] {
        forum(&board, id, "Open", &[]).await;
        right(&board, ("group", 1), id, READERS, 0).await;
    }
    for id in [71, 73, 72] {
        topic(&board, id, 5 + id % 2, "Another", &[]).await;
    }
    let door = board.phpbb().await;
    let both = wanted(&["5", "6", "5"]);
    assert_eq!(told(&door, &both).await, [50, 60, 71, 72, 73]);
    assert_eq!(told(&door, &WantedTopics { after: Some(60), limit: 2, ..both.clone() }).await, [71, 72]);
    assert_eq!(told(&door, &WantedTopics { after: Some(73), ..both.clone() }).await, Vec::<u64>::new());
    assert_eq!(told(&door, &WantedTopics { after: Some(u64::MAX), ..both.clone() }).await, Vec::<u64>::new());
    assert_eq!(told(&door, &WantedTopics { after: None, ..both }).await, [73], "the newest alone");
    assert_eq!(told(&door, &wanted(&[])).await, Vec::<u64>::new());
}

async fn an_unknown_forum_or_group_is_named(db: TestDatabase) {
    for version in [V::V20, V::V33] {
        let fresh = TestDatabase::create(db.kind()).await;
        let board = install(&fresh, version).await;
        forum(&board, 5, "Open", &[]).await;
        let door = board.phpbb().await;
        for (wanted, named) in [
            (wanted(&["5", "4711"]), "`4711`"),
            (wanted(&["general"]), "`general`"),
            (wanted(&["0"]), "`0`"),
            (WantedTopics { readable_by: Some("Nobodies".to_owned()), ..wanted(&["5"]) }, "`Nobodies`"),
        ] {
            let error = door.phpbb.news().unwrap().topics(&wanted).await.unwrap_err();
            assert!(error.as_str() == "misconfigured" && error.to_string().contains(named), "{error}");
        }
    }
}

async fn version_2_has_levels(db: TestDatabase) {
    let board = install(&db, V::V20).await;
    board.alice().await;
    board.insert("groups", &[("group_id", 20.into()), ("group_name", "Team".into())]).await;
    for (id, view, read) in [(5, 0, 0), (6, 0, 1), (7, 0, 2), (8, 2, 2), (9, 0, 5), (10, 3, 3)] {
        forum(&board, id, "F", &[("auth_view", view.into()), ("auth_read", read.into())]).await;
    }
    for (forum, view, read, moderator) in [(7, 0, 1, 0), (8, 0, 0, 1), (9, 1, 1, 0), (10, 0, 0, 1)] {
        let values = [
            ("group_id", 20.into()),
            ("forum_id", Sql::Int(forum)),
            ("auth_view", view.into()),
            ("auth_read", read.into()),
            ("auth_mod", moderator.into()),
        ];
        board.insert("auth_access", &values).await;
    }
    topic(&board, 57, 5, "moved", &[("topic_status", 2.into()), ("topic_moved_id", 50.into())]).await;
    topic(&board, 58, 5, "a guest's", &[("topic_poster", (-1).into())]).await;
    let door = board.phpbb().await;
    let all = wanted(&["5", "6", "7", "8", "9", "10"]);
    assert_eq!(told(&door, &all).await, [50, 58]);
    let team = WantedTopics { readable_by: Some("Team".to_owned()), ..all };
    assert_eq!(told(&door, &team).await, [50, 58, 60, 70, 80, 100]);
    let topics = door.phpbb.news().unwrap().topics(&wanted(&["5"])).await.unwrap();
    let authors: Vec<_> = topics.iter().map(|topic| topic.author.as_deref()).collect();
    assert_eq!(authors, [Some("Alice"), None]);
}
