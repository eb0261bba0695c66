//! Everything can be done without a mouse.

use fantoccini::key::Key;

use super::Device;
use crate::support::client::password_of;
use crate::support::{Database, builder, run};

/// Presses Tab until the focus is on or in what a selector finds.
async fn tab_to(page: &Device, selector: &str) {
    for _ in 0..30 {
        let there = page.value("document.activeElement.closest(a[0]) !== null", &[selector.into()]).await;
        if there == true {
            return;
        }
        page.press(Key::Tab).await;
    }
    panic!(
        "Tab does not lead to {selector}; the focus is on {}",
        page.value("document.activeElement.outerHTML", &[]).await
    );
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_the_keyboard_alone_signs_in_opens_writes_and_goes_back() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let bob = server.person("bob").await;
        server.register("/im/", "ann").await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.becomes("document.activeElement.dataset.test", "login-name").await;
        page.keys("ann".chars()).await;
        page.press(Key::Tab).await;
        page.becomes("document.activeElement.dataset.test", "login-password").await;
        page.keys(password_of("ann").chars()).await;
        page.press(Key::Enter).await;
        page.see_at("[data-test=person][data-login=bob]").await;

        tab_to(&page, "[data-test=person][data-login=bob]").await;
        page.press(Key::Enter).await;
        page.becomes("document.activeElement.dataset.test", "composer").await;
        page.keys("Look, no mouse".chars()).await;
        page.press(Key::Enter).await;
        page.shows(&["> Look, no mouse"]).await;
        page.becomes("document.activeElement.dataset.test", "composer").await;
        assert_eq!(bob.get("conversations").await.expect(200)["conversations"][0]["unread"], 1);

        // Escape goes back to the row one came from, and Enter opens it again.
        page.press(Key::Escape).await;
        page.gone("messages").await;
        page.becomes("document.activeElement.closest('[data-test=conversation]') !== null", true).await;
        page.press(Key::Enter).await;
        page.shows(&["> Look, no mouse"]).await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_arrows_walk_the_lists() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        for name in ["bob", "cleo", "dora"] {
            server.person(name).await;
        }
        let page = Device::signed_in(&server, "/im/", "ann").await;
        page.becomes("document.querySelectorAll('[data-test=person]').length", 3).await;
        tab_to(&page, "[data-test=person]").await;
        let focused = "document.activeElement.closest('[data-test=person]')?.dataset.login ?? null";
        page.becomes(focused, "bob").await;
        for (key, login) in [(Key::Down, "cleo"), (Key::End, "dora"), (Key::Up, "cleo"), (Key::Home, "bob")] {
            page.press(key).await;
            page.becomes(focused, login).await;
        }
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_what_has_the_focus_can_be_seen_to_have_it() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        server.person("bob").await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        page.see_at("[data-test=person]").await;
        for selector in ["[data-test=sign-out]", "[data-test=filter]", "[data-test=person]"] {
            tab_to(&page, selector).await;
            let outline = "(({ outlineStyle, outlineWidth, boxShadow }) => (outlineStyle !== 'none' && \
                           parseFloat(outlineWidth) >= 1) || boxShadow !== 'none')(getComputedStyle(document.activeElement))";
            page.becomes(outline, true).await;
        }
    });
}
