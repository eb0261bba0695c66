//! Passkeys, with an authenticator that chromedriver builds into the browser.

use fantoccini::key::Key;
use serde_json::json;

use super::account::open_account;
use super::{Device, Shape};
use crate::support::client::password_of;
use crate::support::{Database, TestServer, builder, run};

const REFUSED: &str = "That was not right, or it took too long. Try again, or start again.";

/// A server whose pages are at `localhost`, where browsers have passkeys without https.
async fn at_localhost() -> TestServer {
    builder(Database::Sqlite).server("public_url = \"http://localhost:{port}\"").start().await
}

/// Somebody in front of it, with an authenticator.
async fn ann_at(server: &TestServer, shape: Shape) -> (Device, String) {
    let page = Device::of(server, shape).await.at_localhost();
    let authenticator = page.driver.add_authenticator().await;
    page.enter(server, "/im/", "ann").await;
    (page, authenticator)
}

/// Begins to make a passkey in the open panel.
async fn begin(page: &Device, name: &str) {
    page.click("passkey-add").await;
    page.fill("passkey-name", name).await;
    page.fill("passkey-password", &password_of("ann")).await;
    page.click("passkey-submit").await;
}

async fn codes(page: &Device) -> Vec<String> {
    page.see("recovery-codes").await;
    let codes =
        "[...document.querySelectorAll('[data-test=recovery-codes] code')].map((node) => node.textContent)";
    serde_json::from_value(page.value(codes, &[]).await).expect("codes")
}

/// Out by the button, and back as far as the second step.
async fn to_the_second_step(page: &Device) {
    page.click("dialog-close").await;
    page.click("sign-out").await;
    page.sign_in("ann", &password_of("ann")).await;
    page.see("challenge-passkey").await;
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_passkey_is_made_used_and_taken_away() {
    run(async {
        let server = at_localhost().await;
        let (page, _) = ann_at(&server, Shape::DESK).await;
        open_account(&page).await;
        page.gone("account-recovery").await;
        begin(&page, "The blue <b>key</b>").await;
        let first = codes(&page).await;
        assert_eq!(first.len(), 10);

        // What is shown this once isn't lost by a slip: neither by Esc, twice too, nor by a click beside the panel.
        for _ in 0..3 {
            page.press(Key::Escape).await;
        }
        page.gone("dialog-close").await;
        let beside = "document.querySelector('dialog').dispatchEvent(new PointerEvent('pointerdown', { bubbles: true }))";
        page.value(beside, &[]).await;
        page.see("recovery-codes").await;
        assert_eq!(page.value("document.querySelector('dialog').matches(':modal')", &[]).await, true);
        page.click("recovery-done").await;
        page.reads(
            "recovery-state",
            "10 codes are left. Each lets you in once when nothing else is at hand.",
        )
        .await;
        page.becomes(
            "document.querySelector('[data-test=passkey] .row-name')?.textContent",
            "The blue <b>key</b>",
        )
        .await;
        page.becomes(
            "document.querySelector('[data-test=passkey] .row-line')?.textContent.includes('never used')",
            true,
        )
        .await;

        to_the_second_step(&page).await;
        page.becomes("document.activeElement.dataset.test", "challenge-passkey").await;
        page.click("challenge-passkey").await;
        page.see("app").await;

        // What the passkey was asked is good for one answer. A counter that goes back makes it a wrong one.
        server.database.execute("UPDATE native_passkeys SET counter = 4000000000").await;
        page.click("sign-out").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.click("challenge-passkey").await;
        page.reads("login-error", REFUSED).await;
        page.gone("challenge-passkey").await;
        page.becomes("document.activeElement.dataset.test", "challenge-code").await;
        server.database.execute("UPDATE native_passkeys SET counter = 0").await;
        page.click("to-login").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.click("challenge-passkey").await;
        page.see("app").await;

        // New codes: the old ones are no good any more.
        open_account(&page).await;
        page.becomes(
            "document.querySelector('[data-test=passkey] .row-line')?.textContent.includes('last used')",
            true,
        )
        .await;
        page.click("recovery-renew").await;
        page.fill("recovery-password", "not the password").await;
        page.click("recovery-submit").await;
        page.reads("recovery-error", "The password is wrong.").await;
        page.see("dialog-close").await;
        page.fill("recovery-password", &password_of("ann")).await;
        page.click("recovery-submit").await;
        let second = codes(&page).await;
        assert!(second.len() == 10 && !second.contains(&first[0]));
        page.click("recovery-done").await;

        to_the_second_step(&page).await;
        page.fill("challenge-code", &first[0]).await;
        page.click("challenge-submit").await;
        page.reads("login-error", REFUSED).await;
        page.fill("challenge-code", &second[0]).await;
        page.click("challenge-submit").await;
        page.see("app").await;

        // Without it the password is enough, and there is nothing to recover.
        open_account(&page).await;
        page.becomes("document.querySelector('[data-test=recovery-state]').dataset.left", "9").await;
        page.click("passkey-remove").await;
        page.fill("passkey-password", &password_of("ann")).await;
        page.click("passkey-remove-submit").await;
        page.reads("notice", "The passkey is removed.").await;
        page.gone("passkey").await;
        page.gone("account-recovery").await;
        page.click("dialog-close").await;
        page.click("sign-out").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_panel_that_is_closed_wants_no_passkey_any_more() {
    run(async {
        let server = at_localhost().await;
        let (page, authenticator) = ann_at(&server, Shape::DESK).await;
        let ann = server.enter("/im/", "ann", &password_of("ann")).await;
        // The browser waits for the person.
        page.driver.remove_authenticator(&authenticator).await;
        open_account(&page).await;
        begin(&page, "Never").await;
        page.becomes("document.querySelector('[data-test=passkey-submit]').disabled", true).await;
        page.click("dialog-close").await;
        page.gone("dialog-account").await;
        page.driver.add_authenticator().await;
        open_account(&page).await;
        begin(&page, "The second").await;
        assert_eq!(codes(&page).await.len(), 10);
        page.click("recovery-done").await;
        let kept = ann.get("account/passkeys").await.expect(200);
        let names: Vec<_> =
            kept["passkeys"].as_array().expect("a list").iter().map(|key| &key["name"]).collect();
        assert_eq!(names, [&json!("The second")]);
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_code_does_while_the_browser_looks_for_the_passkey() {
    run(async {
        let server = at_localhost().await;
        let (page, authenticator) = ann_at(&server, Shape::PHONE).await;
        open_account(&page).await;
        begin(&page, "The phone").await;
        let codes = codes(&page).await;
        page.fits().await;
        page.click("recovery-done").await;
        to_the_second_step(&page).await;
        page.driver.remove_authenticator(&authenticator).await;
        page.click("challenge-passkey").await;
        page.becomes("document.querySelector('[data-test=challenge-passkey]').disabled", true).await;
        page.fill("challenge-code", &codes[0]).await;
        page.click("challenge-submit").await;
        page.see("app").await;
        page.value("new Promise((done) => setTimeout(done, 300))", &[]).await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_whoever_starts_again_is_asked_for_no_passkey_any_more() {
    run(async {
        let server = at_localhost().await;
        let (page, authenticator) = ann_at(&server, Shape::DESK).await;
        open_account(&page).await;
        begin(&page, "The stick").await;
        let codes = codes(&page).await;
        page.click("recovery-done").await;
        to_the_second_step(&page).await;
        page.driver.remove_authenticator(&authenticator).await;
        let looks = "document.querySelector('[data-test=challenge-passkey]').disabled";
        page.click("challenge-passkey").await;
        page.becomes(looks, true).await;
        page.click("to-login").await;
        page.gone("challenge-passkey").await;
        page.sign_in("ann", &password_of("ann")).await;
        // Beside the first question a browser refuses a second one at once.
        page.click("challenge-passkey").await;
        page.becomes(looks, true).await;
        page.value("new Promise((done) => setTimeout(done, 500))", &[]).await;
        assert_eq!(page.value(looks, &[]).await, true);
        page.gone("login-error").await;
        page.fill("challenge-code", &codes[0]).await;
        page.click("challenge-submit").await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_where_no_passkey_can_be_made_the_panel_says_why() {
    run(async {
        let server = at_localhost().await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        open_account(&page).await;
        page.reads("passkeys-why", "Passkeys can be made and used at localhost alone. Open this page there.")
            .await;
        page.gone("passkey-add").await;
    });
}
