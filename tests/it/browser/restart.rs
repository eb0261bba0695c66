//! The server goes away and comes back under an open page.

use super::Device;
use crate::support::client::password_of;
use crate::support::{Database, TestServer, builder, run};

/// What both kinds of end have in common: `stop` ends the server.
async fn the_page_survives(stop: impl AsyncFnOnce(&mut TestServer)) {
    let mut server = builder(Database::Sqlite).start().await;
    let bob = server.person("bob").await;
    let page = Device::signed_in(&server, "/im/", "ann").await;
    page.open("bob").await;
    page.say("before").await;
    page.shows(&["> before"]).await;

    stop(&mut server).await;
    page.see_at("[data-test=banner][data-state=down]").await;
    assert_eq!(page.text("banner").await, "Connection lost, trying again");
    // Written while nobody hears it: it waits, and says so.
    page.say("during").await;
    page.shows(&["> before", "> during (waiting)"]).await;

    server.start_again().await;
    let ann = server.enter("/im/", "ann", &password_of("ann")).await;
    let talk = bob.talk_to(&ann).await;
    bob.say(&talk, "meanwhile").await;
    page.gone("banner").await;
    page.becomes("document.querySelectorAll('[data-test=message]').length", 3).await;
    page.becomes("document.querySelectorAll('[data-test=message][data-state=sent]').length", 3).await;
    let mut texts: Vec<_> = page.messages().await.into_iter().map(|message| message.text).collect();
    texts.sort();
    assert_eq!(texts, ["before", "during", "meanwhile"]);
    // Live again, and nothing twice: here, there, and after a reload.
    page.say("after").await;
    page.becomes("document.querySelectorAll('[data-test=message][data-state=sent]').length", 4).await;
    bob.say(&talk, "at last").await;
    page.becomes("document.querySelectorAll('[data-test=message][data-state=sent]').length", 5).await;
    let stored = bob.whole_history(&talk).await;
    let stored: Vec<_> = stored.iter().map(|message| message["text"].as_str().unwrap()).collect();
    page.reload().await;
    page.becomes("document.querySelectorAll('[data-test=message]').length", 5).await;
    let shown: Vec<_> = page.messages().await.into_iter().map(|message| message.text).collect();
    assert_eq!(shown, stored);
    page.gone("banner").await;
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_restart_of_the_server_loses_and_doubles_nothing() {
    run(the_page_survives(async |server| server.terminate().await));
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_killed_server_loses_and_doubles_nothing() {
    run(the_page_survives(async |server| server.kill_9().await));
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_reload_after_an_outage_finds_the_session_again() {
    run(async {
        let mut server = builder(Database::Sqlite).start().await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        server.terminate().await;
        page.see_at("[data-test=banner][data-state=down]").await;
        server.start_again().await;
        page.reload().await;
        page.see("app").await;
        page.gone("banner").await;
    });
}
