//! What the forum says holds in the chat while people are here.

use std::time::Duration;

use portico_auth_phpbb::demo::DemoForum;
use secrecy::SecretString;
use serde_json::Value;

use crate::support::board::{FRONT, board_builder, board_server};
use crate::support::client::password_of;
use crate::support::{Database, Person, TestServer, eventually};

async fn enter(server: &TestServer, login: &str) -> Person {
    server.enter("/board/", login, &password_of(login)).await
}

/// Waits until the session is over, and returns the problem that says why.
async fn out(person: &Person) -> Value {
    eventually("the session ends", async || {
        let reply = person.get("session").await;
        (reply.status != 200).then_some(reply)
    })
    .await
    .problem(401, "session-ended")
}

pub(crate) async fn whoever_is_banned_on_the_board_is_out_and_told_why(database: Database) {
    let (server, board) = board_server(database, &["ann", "bob"]).await;
    let (ann, bob) = (enter(&server, "ann").await, enter(&server, "bob").await);
    let waiting = {
        let (ann, cursor) = (ann.clone(), ann.cursor.clone());
        tokio::spawn(async move {
            loop {
                let reply = ann.poll(&cursor, Duration::from_secs(30)).await;
                if reply.status != 200 {
                    return reply;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    };
    board.ban("ann", "too much noise").await.unwrap();
    let woken = waiting.await.unwrap().problem(401, "session-ended");
    assert_eq!(woken["reason"], "banned");
    assert_eq!(out(&ann).await["detail"], "You were banned: too much noise");
    bob.get("session").await.expect(200);
    server.log_in("/board/", "ann", &password_of("ann")).await.problem(403, "banned");
    board.unban("ann").await.unwrap();
    enter(&server, "ann").await;
}

pub(crate) async fn a_ban_of_an_address_ends_what_is_there_from_it(database: Database) {
    let (server, board) = board_server(database, &["ann"]).await;
    let ann = enter(&server, "ann").await;
    board.ban_address("192.0.2.*").await.unwrap();
    tokio::time::sleep(Duration::from_millis(700)).await;
    ann.get("session").await.expect(200);
    board.ban_address("127.0.0.*").await.unwrap();
    assert_eq!(out(&ann).await["reason"], "banned");
}

pub(crate) async fn whoever_is_deactivated_deleted_or_has_another_password_is_out(database: Database) {
    let (server, board) = board_server(database, &["ann", "bob", "cat", "dan"]).await;
    let ann = enter(&server, "ann").await;
    let bob = enter(&server, "bob").await;
    let cat = enter(&server, "cat").await;
    let dan = enter(&server, "dan").await;
    board.set_active("ann", false).await.unwrap();
    board.delete("bob").await.unwrap();
    board.change_password("cat", &SecretString::from("a new password".to_owned())).await.unwrap();
    assert_eq!(out(&ann).await["reason"], "disabled");
    assert_eq!(out(&bob).await["reason"], "gone");
    assert_eq!(out(&cat).await["reason"], "password-changed");
    dan.get("session").await.expect(200);
    server.enter("/board/", "cat", "a new password").await;
}

pub(crate) async fn a_password_that_was_changed_while_the_server_was_down_is_noticed(database: Database) {
    let (mut server, board) = board_server(database, &["ann"]).await;
    let ann = enter(&server, "ann").await;
    server.terminate().await;
    board.change_password("ann", &SecretString::from("a new password".to_owned())).await.unwrap();
    server.start_again().await;
    // Whoever comes back is looked after from then on.
    ann.get("session").await;
    assert_eq!(out(&ann).await["reason"], "password-changed");
}

pub(crate) async fn a_renamed_member_stays_who_they_were(database: Database) {
    let (server, board) = board_server(database, &["ann", "bob"]).await;
    let (ann, bob) = (enter(&server, "ann").await, enter(&server, "bob").await);
    let talk = ann.talk_to(&bob).await;
    ann.say(&talk, "call me Anna").await;
    let mut heard = bob.listener();
    board.rename("ann", "anna").await.unwrap();
    let id = ann.id.clone();
    let event = heard
        .until("the new name", move |event| {
            event["type"] == "person"
                && event["person"]["id"] == id.as_str()
                && event["person"]["login"] == "anna"
        })
        .await;
    assert_eq!(event["person"]["display_name"], "anna");
    let anna = server.enter("/board/", "anna", &password_of("ann")).await;
    assert_eq!(anna.id, ann.id);
    assert_eq!(anna.history(&talk, "").await["messages"][0]["text"], "call me Anna");
}

pub(crate) async fn the_groups_of_the_board_are_rooms_and_follow_it(database: Database) {
    let (server, board) = board_server(database, &["ann", "bob", "cat"]).await;
    board.join("ann", "Team", true).await.unwrap();
    board.join("bob", "Team", false).await.unwrap();
    let (ann, bob) = (enter(&server, "ann").await, enter(&server, "bob").await);
    let cat = enter(&server, "cat").await;
    let groups = ann.get("groups").await.expect(200)["groups"].as_array().unwrap().clone();
    assert_eq!(groups.len(), 1, "the board's own groups are not mirrored: {groups:?}");
    let team = &groups[0];
    assert_eq!(
        (&team["name"], &team["manager"], &team["member_count"]),
        (&"Team".into(), &true.into(), &2.into())
    );
    assert_eq!((&team["kind"], &team["realm_label"]), (&"official".into(), &"The Board".into()));
    let room = team["conversation_id"].as_str().unwrap();
    let mut heard = bob.listener();
    ann.say(room, "welcome to the team").await;
    assert_eq!(heard.until_type("message").await["message"]["text"], "welcome to the team");
    let shown = bob.conversation(room).await;
    assert_eq!(
        (&shown["kind"], &shown["group"]["name"], &shown["may_write"]),
        (&"room".into(), &"Team".into(), &true.into())
    );
    let members = bob.get(&format!("groups/{}/members", team["id"].as_str().unwrap())).await.expect(200);
    assert_eq!(members["members"].as_array().unwrap().len(), 2);

    let mut told = cat.listener();
    board.join("cat", "Team", false).await.unwrap();
    assert_eq!(told.until_type("conversation").await["conversation_id"], room);
    assert_eq!(cat.conversation(room).await["unread"], 0, "what was said before is no news");
    assert_eq!(cat.history(room, "").await["messages"].as_array().unwrap().len(), 1);

    board.leave("bob", "Team").await.unwrap();
    assert_eq!(heard.until_type("conversation-gone").await["conversation_id"], room);
    for reply in [
        bob.get(&format!("conversations/{room}")).await,
        bob.get(&format!("conversations/{room}/messages")).await,
        bob.write(room, &serde_json::json!({ "text": "still here" })).await,
        bob.get(&format!("groups/{}/members", team["id"].as_str().unwrap())).await,
    ] {
        reply.problem(404, "not-found");
    }
}

pub(crate) async fn a_front_for_a_group_keeps_everybody_else_out(database: Database) {
    let (builder, board) = board_builder(database, &["ann", "bob"]).await;
    let staff = "[role.staff]\nmax_contacts = \"unlimited\"\n\n[[front]]\npath = \"/staff/\"\n\
                 authenticators = [\"board\"]\nmode = \"normal\"\nrequire_groups = [\"Team\"]\n\
                 roles = [{ group = \"Team\", role = \"staff\" }]\n[front.options]\nmax_contacts = 1\n";
    let server = builder.and(FRONT).and(staff).start().await;
    board.join("ann", "Team", false).await.unwrap();
    let ann = server.enter("/staff/", "ann", &password_of("ann")).await;
    server.log_in("/staff/", "bob", &password_of("bob")).await.problem(403, "not-permitted");
    let session = ann.get("session").await.expect(200);
    assert_eq!(session["roles"], serde_json::json!(["staff"]));
    assert_eq!(session["limits"]["max_contacts"], Value::Null);
    enter(&server, "bob").await;
    board.leave("ann", "Team").await.unwrap();
    assert_eq!(out(&ann).await["reason"], "not-permitted");
    enter(&server, "ann").await;
}

pub(crate) async fn private_messages_of_the_board_are_counted(database: Database) {
    let (server, board) = board_server(database, &["ann", "bob"]).await;
    let ann = enter(&server, "ann").await;
    let mut heard = ann.listener();
    assert_eq!(heard.until_type("inbox").await["unread"], 0);
    board.message("bob", "ann", "psst").await.unwrap();
    assert_eq!(heard.until_type("inbox").await["unread"], 1);
    let session = ann.get("session").await.expect(200);
    assert_eq!(session["inbox"]["unread"], 1);
    assert_eq!(session["inbox"]["url"], "http://board.example.org/ucp.php?i=pm&folder=inbox");
    board.read_messages("ann").await.unwrap();
    assert_eq!(heard.until_type("inbox").await["unread"], 0);
}

async fn first_topics(board: &DemoForum) -> (i64, i64) {
    let (open, closed) =
        (board.add_forum("General", true).await.unwrap(), board.add_forum("Staff", false).await.unwrap());
    for forum in [open, closed] {
        board.add_topic(forum, "ann", "from before").await.unwrap();
    }
    (open, closed)
}

pub(crate) async fn new_topics_that_guests_may_read_are_announced(database: Database) {
    let (builder, board) = board_builder(database, &["ann", "bob"]).await;
    let (open, closed) = first_topics(&board).await;
    let news =
        format!("[[front.news]]\nauthenticator = \"board\"\nforums = [{open}, {closed}]\nroom = \"News\"\n");
    let mut server = builder.and(FRONT).and(&news).start().await;
    let bob = enter(&server, "bob").await;
    let mut heard = bob.listener();
    // What is there at the first look is no news.
    tokio::time::sleep(Duration::from_secs(2)).await;
    board.add_topic(closed, "ann", "behind closed doors").await.unwrap();
    board.add_topic(open, "ann", "Tea & biscuits").await.unwrap();
    let message = heard.until_type("message").await["message"].clone();
    let text = message["text"].as_str().unwrap();
    assert!(
        text.starts_with("Tea & biscuits\nGeneral · ann\nhttp://board.example.org/viewtopic.php?"),
        "{text}"
    );
    let room = bob.conversation(message["conversation_id"].as_str().unwrap()).await;
    assert_eq!(
        (&room["kind"], &room["group"]["name"], &room["may_write"]),
        (&"room".into(), &"News".into(), &false.into())
    );
    assert_eq!(room["members"][0]["display_name"], "The Board");
    server.restart().await;
    board.add_topic(open, "ann", "after the restart").await.unwrap();
    let again = heard.until_type("message").await;
    assert!(again["message"]["text"].as_str().unwrap().starts_with("after the restart"), "{again}");
    tokio::time::sleep(Duration::from_millis(600)).await;
    let said = bob.history(message["conversation_id"].as_str().unwrap(), "").await;
    assert_eq!(said["messages"].as_array().unwrap().len(), 2, "{said}");
}

pub(crate) async fn a_board_that_vanishes_sends_nobody_away(database: Database) {
    let (server, board) = board_server(database, &["ann", "bob"]).await;
    let (ann, bob) = (enter(&server, "ann").await, enter(&server, "bob").await);
    let talk = ann.talk_to(&bob).await;
    // The file is there, and no board in it: an open connection notices as well.
    let file = server.file("board.db").display().to_string();
    crate::support::databases::sqlite(&file, "ALTER TABLE phpbb_users RENAME TO gone").await;
    eventually("the log tells", async || {
        server.log().contains("can't be proved again for now").then_some(())
    })
    .await;
    // Further rounds say nothing more.
    tokio::time::sleep(Duration::from_millis(800)).await;
    ann.say(&talk, "the board is away").await;
    bob.get("session").await.expect(200);
    server
        .log_in("/board/", "bob", &password_of("bob"))
        .await
        .problem_for_now(503, "authenticator-unavailable");
    let log = server.log();
    assert_eq!(log.matches("can't be proved again for now").count(), 1, "one warning:\n{log}");
    crate::support::databases::sqlite(&file, "ALTER TABLE gone RENAME TO phpbb_users").await;
    eventually("the log tells", async || {
        server.log().contains("can be proved again\u{1b}").then_some(()).or_else(|| {
            server
                .log()
                .lines()
                .any(|line| line.contains("people who are here can be proved again"))
                .then_some(())
        })
    })
    .await;
    board.ban("bob", "enough").await.unwrap();
    assert_eq!(out(&bob).await["reason"], "banned");
    enter(&server, "ann").await;
}

pub(crate) async fn looking_after_people_does_no_sql_of_ones_own(database: Database) {
    let (server, board) = board_server(database, &["ann"]).await;
    board.join("ann", "Team", false).await.unwrap();
    let ann = enter(&server, "ann").await;
    ann.listener().drain().await;
    let before = server.statements_at_rest().await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(server.statements().await, before, "seven rounds over somebody who has not changed");
}
