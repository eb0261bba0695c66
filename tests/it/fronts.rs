//! Several doors to one house: forums and native accounts behind one server.

use serde_json::json;

use crate::support::client::password_of;
use crate::support::forum::{board, member_with, section};
use crate::support::{Database, TestServer, builder};

/// Figure 4: two forums behind one server, each with its door.
const TWO_DOORS: &str = r#"
[[front]]
path = "/im-one/"
title = "The chat of forum one"
authenticators = ["one"]
mode = "open-community"

[[front]]
path = "/im-two/"
title = "The chat of forum two"
authenticators = ["two"]
mode = "open-community"
"#;

async fn two_forums(database: Database) -> TestServer {
    let builder = builder(database);
    board(builder.folder(), "one.db", &[member_with("Alice", "alice of forum one")]).await;
    let others = [member_with("Alice", "alice of forum two"), member_with("Bob", "bob of forum two")];
    board(builder.folder(), "two.db", &others).await;
    let sections = format!("{}{}{TWO_DOORS}", section("one", "one.db"), section("two", "two.db"));
    builder.and(&sections).start().await
}

pub(crate) async fn one_name_in_two_forums_is_two_people_who_can_write_to_each_other(database: Database) {
    let server = two_forums(database).await;
    let one = server.enter("/im-one/", "Alice", "alice of forum one").await;
    let two = server.enter("/im-two/", "Alice", "alice of forum two").await;
    assert_ne!(one.id, two.id);
    let seen = one.sees(&two).await;
    assert_eq!(
        (&seen["login"], &seen["realm"]),
        (&json!("Alice"), &json!("two")),
        "the realm tells them apart"
    );
    assert_eq!(two.sees(&one).await["realm"], "one");

    let talk = one.talk_to(&two).await;
    let mut heard = two.listener();
    let message = one.say(&talk, "are you me?").await;
    assert_eq!(heard.until_type("message").await["message"], message);
    two.say(&talk, "no").await;
    assert_eq!(one.whole_history(&talk).await.len(), 2);
}

pub(crate) async fn a_door_takes_its_own_forums_passwords_only(database: Database) {
    let server = two_forums(database).await;
    server.log_in("/im-one/", "Alice", "alice of forum two").await.problem(401, "login-refused");
    server.log_in("/im-two/", "Alice", "alice of forum one").await.problem(401, "login-refused");
    server.log_in("/im-one/", "Bob", "bob of forum two").await.problem(401, "login-refused");
    server.log_in("/im/", "Bob", "bob of forum two").await.problem(401, "login-refused");
    server.enter("/im-two/", "Bob", "bob of forum two").await;
}

pub(crate) async fn nobody_is_listed_before_the_first_login(database: Database) {
    let server = two_forums(database).await;
    let one = server.enter("/im-one/", "Alice", "alice of forum one").await;
    assert!(one.roster().await.is_empty());
    let found = one.get("people?login=Bob").await.expect(200);
    assert_eq!(found["people"], json!([]));
}

pub(crate) async fn who_enters_by_two_doors_is_one_person(database: Database) {
    let server = builder(database).start().await;
    let first = server.person("ann").await;
    let second = server.enter("/second/", "ann", &password_of("ann")).await;
    let elsewhere = server.enter("/elsewhere/", "ann", &password_of("ann")).await;
    assert_eq!((&first.id, &first.id), (&second.id, &elsewhere.id));
    let bob = server.person("bob").await;
    let talk = first.talk_to(&bob).await;
    first.say(&talk, "by the first door").await;
    second.say(&talk, "by the second").await;
    assert_eq!(second.whole_history(&talk).await.len(), 2);
    // Another community is another life: the conversation is not there.
    elsewhere.get(&format!("conversations/{talk}")).await.problem(404, "not-found");
    assert_eq!(elsewhere.get("conversations").await.expect(200)["conversations"], json!([]));
}

pub(crate) async fn a_front_may_be_limited_to_a_host(database: Database) {
    let hosts = r#"
[[front]]
id = "by-host"
path = "/chat/"
host = "chat.example.org"
title = "By its name"
authenticators = ["native"]
mode = "normal"
"#;
    let server = builder(database).and(hosts).start().await;
    let ask = async |host: &str| {
        let request = server.http.get(format!("{}/chat/api/v1/front", server.origin())).header("host", host);
        crate::support::Person::send(request).await
    };
    assert_eq!(ask("chat.example.org").await.expect(200)["title"], "By its name");
    assert_eq!(ask("CHAT.example.org:8443").await.expect(200)["id"], "by-host");
    for other in ["example.org", "chat.example.org.evil.example", "127.0.0.1", "x@chat.example.org"] {
        ask(other).await.problem(404, "not-found");
    }
}

pub(crate) async fn a_chain_asks_the_next_where_a_name_is_unknown(database: Database) {
    let chain = r#"
[[front]]
path = "/both/"
authenticators = ["one", "native"]
mode = "open-community"
"#;
    let builder = builder(database);
    board(builder.folder(), "one.db", &[member_with("Alice", "alice of forum one")]).await;
    let server = builder.and(&section("one", "one.db")).and(chain).start().await;
    server.register("/im/", "Alice").await;
    server.register("/im/", "Nina").await;
    let native = server.enter("/both/", "Nina", &password_of("Nina")).await;
    let forum = server.enter("/both/", "Alice", "alice of forum one").await;
    assert_eq!(native.sees(&forum).await["realm"], "one");
    // Whom the first knows, the second is not asked about: a wrong password there is not a right one here.
    server.log_in("/both/", "Alice", &password_of("Alice")).await.problem(401, "login-refused");
}
