//! Pictures of the page, for people to look at: `PORTICO_SCREENSHOTS` names the folder they go to.

use std::path::Path;

use serde_json::json;

use super::{Device, Shape};
use crate::support::client::password_of;
use crate::support::forum::{board, member, section};
use crate::support::server::NATIVE;
use crate::support::{Database, Person, Stream, TestServer, builder, run};

const DOORS: &str = r#"
[[front]]
path = "/im/"
title = "The Harbour Chat"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"

[[front]]
path = "/sailors/"
title = "The Harbour Chat"
authenticators = ["sailors"]
mode = "open-community"
"#;

/// Who says what, and how many minutes ago.
const TALK: [(bool, &str, i64); 11] = [
    (false, "Morning! Did the north jetty survive the storm?", 1_500),
    (true, "Barely. Two planks are gone and the lamp hangs by a wire.", 1_496),
    (true, "I put a rope across so that nobody walks into it in the dark.", 1_495),
    (false, "Good thinking. I’ll bring the long ladder on Saturday.", 1_440),
    (true, "Saturday is fine – but it says rain from noon: https://weather.example/harbour", 46),
    (false, "Then we start at eight 🌅", 44),
    (
        false,
        "I asked in our forum who else could come. Three said yes, and somebody offered a boat with a crane.",
        43,
    ),
    (true, "A crane! Who has a crane?", 41),
    (false, "Tomasz. Don’t ask.", 40),
    (true, "I won’t. Shall I order the planks, or does he bring them as well?", 12),
    (false, "Order them, please. 4 metres, larch if they have it.", 9),
];

struct Town {
    server: TestServer,
    talk: String,
    streams: Vec<Stream>,
}

async fn neighbour(server: &TestServer, login: &str, display: &str) -> Person {
    let form = json!({ "login": login, "password": password_of(login), "display_name": display });
    server.stranger("/im/").post("account", &form).await.expect(201);
    server.enter("/im/", login, &password_of(login)).await
}

/// People of two doors who have been talking for a while.
async fn town() -> Town {
    let builder = builder(Database::Sqlite);
    let sailors = ["Ines Okonkwo", "Tomasz Wilk", "Björk", "Captain Yusuf", "ada"];
    board(builder.folder(), "sailors.db", &sailors.map(member)).await;
    let sailing = section("sailors", "sailors.db").replace("kind =", "label = \"Sailors’ Forum\"\nkind =");
    let native = NATIVE.replace("kind = \"native\"", "kind = \"native\"\nlabel = \"Harbour\"");
    let server = builder.sections(&format!("{native}{sailing}{DOORS}")).start().await;
    let me = neighbour(&server, "maren", "Maren Holt").await;
    let mut people = Vec::new();
    for (login, display) in [("ada", "Ada"), ("jun", "Jun Takahashi"), ("leila", "Leila Haddad")] {
        people.push(neighbour(&server, login, display).await);
    }
    for login in sailors {
        people.push(server.enter("/sailors/", login, &password_of(login)).await);
    }
    let find = |login: &str, front: &str| {
        people
            .iter()
            .find(|person| person.login == login && person.api.contains(front))
            .expect("they are here")
    };
    let (ines, tomasz, jun) =
        (find("Ines Okonkwo", "sailors"), find("Tomasz Wilk", "sailors"), find("jun", "/im/"));
    for (other, words) in [
        (find("Captain Yusuf", "sailors"), "The tide table for March is pinned in the forum."),
        (find("ada", "/im/"), "Thank you for the jam!"),
        (find("ada", "sailors"), "No, I am the other Ada 😄"),
        (jun, "The keys are under the third flowerpot."),
    ] {
        let talk = other.talk_to(&me).await;
        let message = other.say(&talk, words).await;
        me.put(&format!("conversations/{talk}/read"), &json!({ "message_id": message["id"] }))
            .await
            .expect(204);
    }
    let talk = me.talk_to(ines).await;
    for (mine, words, _) in TALK {
        let message = if mine { me.say(&talk, words).await } else { ines.say(&talk, words).await };
        if !mine {
            me.put(&format!("conversations/{talk}/read"), &json!({ "message_id": message["id"] }))
                .await
                .expect(204);
        }
    }
    let other = tomasz.talk_to(&me).await;
    for words in ["I hear you need a crane?", "It lifts two tonnes. Only on calm days, though."] {
        tomasz.say(&other, words).await;
    }
    space_out(&server).await;
    let mut streams = Vec::new();
    for person in [ines, tomasz, jun, find("Björk", "sailors"), find("ada", "/im/")] {
        streams.push(Stream::open(person, "", None).await.expect("a stream"));
    }
    for gone in [find("Captain Yusuf", "sailors"), find("ada", "sailors"), find("leila", "/im/")] {
        gone.delete("session").await.expect(204);
    }
    me.delete("session").await.expect(204);
    Town { server, talk, streams }
}

/// Lets the messages have been sent over two days instead of within a second.
async fn space_out(server: &TestServer) {
    for (_, words, minutes) in TALK {
        let words = words.replace('\'', "''");
        let milliseconds = minutes * 60_000;
        server
            .database
            .execute(&format!(
                "UPDATE messages SET sent_at = sent_at - {milliseconds} WHERE text = '{words}'"
            ))
            .await;
    }
    for (start, minutes) in [
        ("The tide", 9_000),
        ("Thank you for", 4_400),
        ("No, I am", 4_000),
        ("The keys", 300),
        ("I hear", 7),
        ("It lifts", 6),
    ] {
        let milliseconds = minutes * 60_000;
        server
            .database
            .execute(&format!(
                "UPDATE messages SET sent_at = sent_at - {milliseconds} WHERE text LIKE '{start}%'"
            ))
            .await;
    }
}

async fn keep(folder: Option<&Path>, name: &str, page: &Device) {
    page.fits().await;
    page.becomes("document.getAnimations().length", 0).await;
    let picture = page.picture().await;
    assert!(picture.starts_with(b"\x89PNG"));
    if let Some(folder) = folder {
        std::fs::write(folder.join(name), picture).expect("the picture can be written");
    }
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_pictures_of_the_page_in_both_schemes_and_sizes() {
    run(async {
        let folder = std::env::var_os("PORTICO_SCREENSHOTS");
        let folder = folder.as_deref().map(Path::new);
        let town = town().await;
        for (name, shape) in [
            ("desk-light", Shape::DESK),
            ("desk-dark", Shape::DESK.dark()),
            ("phone-light", Shape::PHONE),
            ("phone-dark", Shape::PHONE.dark()),
        ] {
            let page = Device::of(&town.server, shape).await;
            page.goto("/im/").await;
            page.see("login-form").await;
            keep(folder, &format!("{name}-login.png"), &page).await;
            page.click("register").await;
            page.see("register-submit").await;
            keep(folder, &format!("{name}-register.png"), &page).await;
            page.click("register-back").await;
            page.sign_in("maren", "not the password").await;
            page.see("login-error").await;
            keep(folder, &format!("{name}-refused.png"), &page).await;
            page.sign_in("maren", &password_of("maren")).await;
            page.see("app").await;
            page.becomes("document.querySelectorAll('[data-test=conversation]').length", 6).await;
            page.unread(2).await;
            keep(folder, &format!("{name}-lists.png"), &page).await;
            if name.starts_with("phone") {
                page.click("show-people").await;
                page.see("person").await;
                keep(folder, &format!("{name}-people.png"), &page).await;
                page.click("show-conversations").await;
            }
            page.click_at(&format!("[data-test=conversation][data-id=\"{}\"] button", town.talk)).await;
            page.becomes("document.querySelectorAll('[data-test=message]').length", TALK.len()).await;
            page.type_into("composer", "Ordered. They").await;
            keep(folder, &format!("{name}-conversation.png"), &page).await;
        }
        assert_eq!(town.streams.len(), 5);
    });
}
