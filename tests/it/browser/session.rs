//! How sessions end.

use super::Device;
use crate::support::client::password_of;
use crate::support::{Database, Person, TestServer, builder, run};

/// The page's own session, for requests beside the page.
async fn beside(server: &TestServer, page: &Device, front: &str) -> Person {
    let token = page.token(front).await;
    Person { proof: crate::support::client::Proof::Bearer(token), ..server.stranger(front) }
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_session_that_was_ended_elsewhere_says_so_and_keeps_what_was_unfinished() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        server.person("bob").await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        page.open("bob").await;
        page.type_into("composer", "half a sent").await;
        beside(&server, &page, "/im/").await.delete("session").await.expect(204);
        page.see("login-form").await;
        assert_eq!(page.text("login-notice").await, "Your session has ended. Please sign in again.");
        page.becomes("document.querySelector('[data-test=login-name]').value", "ann").await;
        page.becomes("document.activeElement.dataset.test", "login-password").await;

        // The same person goes on where they were.
        page.type_into("login-password", &password_of("ann")).await;
        page.click("login-submit").await;
        page.reads("thread-name", "bob").await;
        page.becomes("document.querySelector('[data-test=composer]').value", "half a sent").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_somebody_else_at_the_same_browser_gets_nothing_of_what_was_unfinished() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        server.person("bob").await;
        server.person("cleo").await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        page.open("bob").await;
        page.type_into("composer", "for bob alone").await;
        beside(&server, &page, "/im/").await.delete("session").await.expect(204);
        page.see("login-form").await;
        page.sign_in("cleo", &password_of("cleo")).await;
        page.reads("me", "Signed in as cleo").await;
        let everything = page.value("document.documentElement.outerHTML", &[]).await;
        assert!(!everything.as_str().unwrap().contains("for bob alone"));
        page.open("bob").await;
        page.becomes("document.querySelector('[data-test=composer]').value", "").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_signing_out_ends_this_device_alone() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let bob = server.person("bob").await;
        let first = Device::signed_in(&server, "/im/", "ann").await;
        let second = Device::signed_in(&server, "/im/", "ann").await;
        let old = beside(&server, &second, "/im/").await;
        second.click("sign-out").await;
        second.see("login-form").await;
        assert_eq!(second.text("login-notice").await, "You are signed out.");
        old.get("session").await.problem(401, "session-required");
        second.reload().await;
        second.see("login-form").await;

        first.open("bob").await;
        first.say("still here").await;
        first.shows(&["> still here"]).await;
        let talk = bob.get("conversations").await.expect(200);
        assert_eq!(talk["conversations"][0]["last_message"]["text"], "still here");
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_second_tab_leaves_with_the_first() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        let tab = page.other_tab("/im/").await;
        page.see("app").await;
        page.click("sign-out").await;
        page.see("login-form").await;
        page.to_tab(tab).await;
        page.see("login-form").await;
        assert_eq!(page.text("login-notice").await, "You are signed out.");
    });
}
