//! What the sign-in page says when it can't let somebody in.

use std::time::Duration;

use portico_auth_phorum::demo::DemoState;

use super::Device;
use super::doors::{FORUM, in_state, with_boards};
use crate::support::client::password_of;
use crate::support::forum::member;
use crate::support::server::NATIVE;
use crate::support::{Database, builder, run};

/// Tries to sign in and returns what the page says, once it says so for this reason.
async fn refused(page: &Device, front: &str, login: &str, password: &str, slug: &str) -> String {
    page.goto(front).await;
    page.sign_in(login, password).await;
    page.see_at(&format!("[data-test=login-error][data-problem=\"{slug}\"]")).await;
    page.text("login-error").await
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_an_unknown_name_and_a_wrong_password_read_the_same() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        server.register("/im/", "ann").await;
        let page = Device::new(&server).await;
        let unknown = refused(&page, "/im/", "nobody", "some password", "login-refused").await;
        let wrong = refused(&page, "/im/", "ann", "some password", "login-refused").await;
        assert_eq!(unknown, "The name or the password is wrong.");
        assert_eq!(wrong, unknown);
        // The focus is where one tries again, and the name is still there.
        page.becomes("document.activeElement.dataset.test", "login-password").await;
        page.becomes("document.querySelector('[data-test=login-name]').value", "ann").await;
        page.fill("login-password", &password_of("ann")).await;
        page.click("login-submit").await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_an_empty_form_is_not_sent() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.see("login-form").await;
        page.reads("front-title", "Open to all").await;
        page.click("login-submit").await;
        assert_eq!(page.text("login-error").await, "Please enter your name and your password.");
        page.becomes("document.activeElement.dataset.test", "login-name").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_too_many_attempts_count_down_until_one_may_try_again() {
    run(async {
        let limits = "max_failures_per_name = 2\nfailure_window = \"6s\"\nrefusal_step = 0";
        let server = builder(Database::Sqlite).login(limits).start().await;
        server.register("/im/", "ann").await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.see("login-form").await;
        for _ in 0..2 {
            server.log_in("/im/", "ann", "not the password").await.problem(401, "login-refused");
        }
        page.sign_in("ann", &password_of("ann")).await;
        page.see_at("[data-test=login-error][data-problem=throttled]").await;
        assert_eq!(page.text("login-error").await, "Too many attempts.");
        let count = page.text("login-countdown").await;
        assert!(count.starts_with("Try again in ") && count.contains(" second"), "{count}");
        page.becomes("document.querySelector('[data-test=login-submit]').disabled", true).await;
        // It counts, and in the end the button is back.
        page.becomes(
            &format!("document.querySelector('[data-test=login-countdown]')?.textContent !== '{count}'"),
            true,
        )
        .await;
        page.becomes("document.querySelector('[data-test=login-submit]').disabled", false).await;
        page.gone("login-error").await;
        page.click("login-submit").await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_who_is_banned_or_disabled_over_there_is_told_so() {
    run(async {
        let members = [in_state("mallory", DemoState::Banned), in_state("ivan", DemoState::Inactive)];
        let server = with_boards(&members).await;
        let page = Device::new(&server).await;
        let banned = refused(&page, "/severe/", "mallory", &password_of("mallory"), "banned").await;
        assert!(banned.starts_with("You are banned here."), "{banned}");
        let disabled = refused(&page, FORUM, "ivan", &password_of("ivan"), "disabled").await;
        assert!(disabled.starts_with("This account is disabled."), "{disabled}");
        // Only who knows the password learns that.
        refused(&page, "/severe/", "mallory", "some password", "login-refused").await;
        refused(&page, FORUM, "ivan", "some password", "login-refused").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_full_front_says_when_to_come_back() {
    run(async {
        let tiny = "[[front]]\npath = \"/tiny/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
                    [front.options]\nunknown_names = \"form\"\nmax_sessions = 1\n";
        let server = builder(Database::Sqlite).sections(&format!("{NATIVE}{tiny}")).start().await;
        let first = server.person_at("/tiny/", "bob").await;
        server.register("/tiny/", "ann").await;
        let page = Device::new(&server).await;
        let text = refused(&page, "/tiny/", "ann", &password_of("ann"), "front-full").await;
        assert_eq!(text, "All places are taken at the moment. Please try again a little later.");
        page.see("login-countdown").await;
        first.delete("session").await.expect(204);
        page.goto("/tiny/").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_forum_that_is_away_is_nobodys_fault() {
    run(async {
        let mut server = with_boards(&[member("ann")]).await;
        std::fs::rename(server.file("forum.db"), server.file("away.db")).unwrap();
        // An open file is not gone for who holds it.
        server.restart().await;
        let page = Device::new(&server).await;
        let text = refused(&page, FORUM, "ann", &password_of("ann"), "authenticator-unavailable").await;
        assert!(text.contains("This is not your fault"), "{text}");
        page.see("login-countdown").await;
        std::fs::rename(server.file("away.db"), server.file("forum.db")).unwrap();
        page.goto(FORUM).await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_without_a_network_the_form_says_so_and_works_again_afterwards() {
    run(async {
        let mut server = builder(Database::Sqlite).start().await;
        server.register("/im/", "ann").await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.see("login-form").await;
        server.terminate().await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see_at("[data-test=login-error][data-problem=unreachable]").await;
        let text = page.text("login-error").await;
        assert_eq!(text, "The server can’t be reached. Check your network, then try again.");
        server.start_again().await;
        page.click("login-submit").await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_restricted_writer_reads_why_the_composer_is_closed() {
    run(async {
        let server = with_boards(&[in_state("mallory", DemoState::Banned), member("ann")]).await;
        let ann = server.enter(FORUM, "ann", &password_of("ann")).await;
        let page = Device::new(&server).await;
        page.goto(FORUM).await;
        page.sign_in("mallory", &password_of("mallory")).await;
        page.see("app").await;
        let mallory = server.enter(FORUM, "mallory", &password_of("mallory")).await;
        let talk = ann.talk_to(&mallory).await;
        ann.say(&talk, "can you read this?").await;
        page.unread(1).await;
        page.click_at("[data-test=conversation] button").await;
        page.shows(&["< can you read this?"]).await;
        let note = page.text("composer-note").await;
        assert!(note.starts_with("You can read, but not write."), "{note}");
        assert!(note.contains("Reason: "), "{note}");
        page.becomes("document.querySelector('[data-test=composer]').disabled", true).await;
        page.becomes("document.querySelector('[data-test=send]').disabled", true).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert_eq!(ann.whole_history(&talk).await.len(), 1);
    });
}
