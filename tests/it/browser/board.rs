//! A forum's page and the chat: sign-on by its cookies, bans, the widget on a page with a strict policy.

use std::net::SocketAddr;

use fantoccini::actions::{InputSource, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::Device;
use crate::support::board::{FRONT, board_builder, board_server};
use crate::support::client::password_of;
use crate::support::ports::free_address;
use crate::support::{Database, Person, eventually, run};

/// Logs the browser's owner in at the board, as the board's own page would: a session there, its cookies here.
async fn log_in_at_the_board(page: &Device, board: &portico_auth_phpbb::demo::DemoForum, login: &str) {
    let agent = page.value("navigator.userAgent", &[]).await;
    let browser = portico_auth_phpbb::demo::Browser {
        address: [127, 0, 0, 1].into(),
        user_agent: agent.as_str().unwrap().to_owned(),
    };
    for (name, value) in board.session(login, &browser).await.unwrap() {
        let cookie = format!("{name}={value}; path=/");
        page.value("(document.cookie = a[0])", &[serde_json::json!(cookie)]).await;
    }
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_whoever_is_logged_in_at_the_board_is_in_and_banned_there_is_out() {
    run(async {
        let (server, board) = board_server(Database::Sqlite, &["ann", "bob"]).await;
        let page = Device::new(&server).await;
        page.goto("/board/").await;
        page.see("login-form").await;
        log_in_at_the_board(&page, &board, "ann").await;
        page.goto("/board/").await;
        page.see("app").await;
        assert!(page.text("me").await.contains("ann"));
        board.message("bob", "ann", "psst").await.unwrap();
        page.see_at("[data-test=inbox][data-count=\"1\"]").await;

        board.ban("ann", "too much noise").await.unwrap();
        page.see("login-form").await;
        let notice = page.text("login-notice").await;
        assert_eq!(notice, "Your session has ended. You were banned: too much noise.");
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_whoever_logs_out_at_the_board_is_out_at_the_next_start() {
    run(async {
        let (server, board) = board_server(Database::Sqlite, &["ann"]).await;
        let page = Device::new(&server).await;
        page.goto("/board/").await;
        page.see("login-form").await;
        log_in_at_the_board(&page, &board, "ann").await;
        page.reload().await;
        page.see("app").await;
        board.log_out("ann").await.unwrap();
        page.reload().await;
        page.see("login-form").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_room_shows_who_says_what() {
    run(async {
        let (server, board) = board_server(Database::Sqlite, &["ann", "bob"]).await;
        for login in ["ann", "bob"] {
            board.join(login, "Team", login == "ann").await.unwrap();
        }
        let bob = server.enter("/board/", "bob", &password_of("bob")).await;
        let page = Device::new(&server).await;
        page.goto("/board/").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.click_at("[data-test=conversation][data-kind=room] button").await;
        page.reads("thread-name", "Team").await;
        page.say("who has the key?").await;
        let room = bob.get("groups").await.expect(200)["groups"][0]["conversation_id"].clone();
        bob.say(room.as_str().unwrap(), "I have").await;
        page.shows(&["> who has the key?", "< I have"]).await;
        let sender =
            "document.querySelector('[data-test=message][data-mine=\"false\"] .message-sender').textContent";
        page.becomes(sender, "bob:").await;
        board.leave("ann", "Team").await.unwrap();
        page.gone_at("[data-test=conversation][data-kind=room]").await;
    });
}

/// A page of a forum with a strict policy: nothing but its own script from the chat.
async fn forum_page(chat: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind(free_address()).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0_u8; 4096];
            let _ = stream.read(&mut request).await;
            let body = format!(
                "<!doctype html><html lang=en><head><meta charset=utf-8><title>A forum</title>\
                 <link rel=icon href='data:,'><script src='http://{chat}/board/widget.js' defer></script></head>\
                 <body><h1>A forum of its own</h1><p>Some talk about boats and their paint.</p></body></html>"
            );
            let policy = format!(
                "default-src 'none'; script-src http://{chat}; frame-src http://{chat}; img-src data:; style-src 'none'"
            );
            let answer = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-security-policy: {policy}\r\n\
                 content-length: {}\r\nconnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    address
}

/// A click where the launcher stands: in the lower right corner.
async fn press_the_launcher(page: &Device) {
    let size = page.value("[innerWidth, innerHeight]", &[]).await;
    let place = |which: usize| size[which].as_i64().expect("a size") - 44;
    let mouse = MouseActions::new("mouse".to_owned())
        .then(PointerAction::MoveTo { duration: None, x: place(0) as f64, y: place(1) as f64 })
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    page.client.perform_actions(mouse).await.expect("the mouse is moved");
}

/// Keeps a picture where `PORTICO_SCREENSHOTS` says.
async fn keep(name: &str, page: &Device) {
    if let Some(folder) = std::env::var_os("PORTICO_SCREENSHOTS") {
        let file = std::path::Path::new(&folder).join(format!("{name}.png"));
        std::fs::write(file, page.picture().await).expect("the picture is kept");
    }
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_the_chat_stands_on_a_forums_page_with_a_strict_policy() {
    run(async {
        let (builder, board) = board_builder(Database::Sqlite, &["ann", "bob"]).await;
        let mut server = builder.and(FRONT).prepare().await;
        let page_at = forum_page(server.public).await;
        server
            .sections
            .push_str(&format!("[front.embed]\norigins = [\"http://{page_at}\"]\nwho_is_here = \"names\"\n"));
        server.configure();
        server.start().await;
        let bob = server.enter("/board/", "bob", &password_of("bob")).await;
        let page = Device::new(&server).await;
        page.goto("/board/").await;
        page.see("login-form").await;
        log_in_at_the_board(&page, &board, "ann").await;
        page.reload().await;
        page.see("app").await;
        let me = page.token("/board/").await;
        let me = Person { proof: crate::support::client::Proof::Bearer(me), ..server.stranger("/board/") };
        let ann = me.get("session").await.expect(200)["account"]["id"].as_str().unwrap().to_owned();
        let talk = bob.talk_to(&Person { id: ann, ..me.clone() }).await;
        bob.say(&talk, "are you there?").await;

        page.client.goto(&format!("http://{page_at}/")).await.expect("the forum's page");
        // The frames are in a closed shadow: a person sees them, scripts of the page don't.
        page.becomes("document.querySelector('[data-portico]').shadowRoot", serde_json::Value::Null).await;
        let asked = |route: &'static str| {
            let server = &server;
            async move { server.manage("/metrics").await.1.contains(&format!("route=\"/front/{route}\"")) }
        };
        eventually("the launcher is loaded", async || asked("launcher").await.then_some(())).await;
        assert!(!asked("embed").await, "the window is loaded when somebody opens it");
        keep("widget-closed", &page).await;
        press_the_launcher(&page).await;
        eventually("the window is loaded", async || asked("embed").await.then_some(())).await;
        // Whoever is in elsewhere at this front is in here.
        tokio::time::sleep(std::time::Duration::from_millis(2_500)).await;
        keep("widget-open", &page).await;
        press_the_launcher(&page).await;
        keep("widget-closed-again", &page).await;
    });
}
