//! On a phone there is room for one thing at a time.

use super::{Device, Shape};
use crate::support::client::password_of;
use crate::support::{Database, builder, run};

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_phone_shows_one_pane_and_a_way_back_and_never_scrolls_sideways() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let bob = server.person("bob").await;
        let cleo = server.person("cleo-with-a-name-that-is-much-longer-than-a-phone-is-wide").await;
        server.register("/im/", "ann").await;
        let page = Device::of(&server, Shape::PHONE).await;
        page.goto("/im/").await;
        page.see("login-form").await;
        page.becomes("[innerWidth, innerHeight]", serde_json::json!([360, 740])).await;
        page.fits().await;
        page.click("register").await;
        page.see("register-submit").await;
        page.fits().await;
        page.click("register-back").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see("app").await;
        page.becomes("document.querySelector('[data-test=app]').dataset.open", "lists").await;
        page.gone("thread").await;
        page.fits().await;

        page.gone("people").await;
        page.click("show-people").await;
        page.gone("conversations").await;
        page.see_at("[data-test=person]").await;
        page.fits().await;
        page.open("bob").await;
        page.becomes("document.querySelector('[data-test=app]').dataset.open", "thread").await;
        page.gone("people").await;
        page.gone("conversations").await;
        let address = format!("https://example.org/{}", "long".repeat(40));
        page.type_into("composer", &address).await;
        page.click("send").await;
        page.shows(&[&format!("> {address}")]).await;
        page.fits().await;
        // What is written is not covered: the composer is on the screen, below the messages.
        page.becomes(
            "document.querySelector('[data-test=composer]').getBoundingClientRect().bottom <= innerHeight",
            true,
        )
        .await;

        let ann = server.enter("/im/", "ann", &password_of("ann")).await;
        let talk = cleo.talk_to(&ann).await;
        cleo.say(&talk, &"x".repeat(3000)).await;
        page.click("back").await;
        page.becomes("document.querySelector('[data-test=app]').dataset.open", "lists").await;
        page.gone("thread").await;
        page.click("show-conversations").await;
        page.unread(1).await;
        page.fits().await;
        page.click_at("[data-test=conversation][data-unread] button").await;
        page.becomes("document.querySelectorAll('[data-test=message]').length", 1).await;
        page.fits().await;
        let inside = "[...document.querySelectorAll('[data-test=message], [data-test=thread-name], [data-test=back]')]\
                      .every((node) => node.getBoundingClientRect().right <= innerWidth + 0.5)";
        page.becomes(inside, true).await;
        drop(bob);
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_what_is_touched_is_large_enough_for_a_finger() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        server.person("bob").await;
        server.register("/im/", "ann").await;
        let page = Device::of(&server, Shape::PHONE).await;
        page.goto("/im/").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.click("show-people").await;
        let small = "[...document.querySelectorAll('button, a[href], input, textarea')].filter((node) => node.checkVisibility() \
                     && !node.classList.contains('skip-link')).map((node) => [node.outerHTML.slice(0, 120), node.getBoundingClientRect()])\
                     .filter(([, box]) => box.width < 24 || box.height < 24).map(([html]) => html)";
        // 24 pixels: WCAG 2.2, success criterion 2.5.8.
        page.see_at("[data-test=person]").await;
        page.becomes(small, serde_json::json!([])).await;
        page.open("bob").await;
        page.becomes(small, serde_json::json!([])).await;
    });
}
