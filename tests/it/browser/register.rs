//! Accounts that people make themselves.

use super::Device;
use crate::support::server::NATIVE;
use crate::support::{Database, builder, run};

async fn fill_in(page: &Device, login: &str, display: &str, password: &str) {
    page.fill("register-name", login).await;
    page.fill("register-display", display).await;
    page.fill("register-password", password).await;
    page.click("register-submit").await;
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_new_account_is_inside_at_once() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.click("register").await;
        page.becomes("document.activeElement.dataset.test", "register-name").await;
        fill_in(&page, "ann", "Ann Other", "a good enough secret").await;
        page.see("app").await;
        page.reads("me", "Signed in as Ann Other").await;
        page.reload().await;
        page.reads("me", "Signed in as Ann Other").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_the_form_says_what_is_wrong_with_a_name_or_a_password() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        server.register("/im/", "ann").await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.click("register").await;
        fill_in(&page, "Ann", "", "a good enough secret").await;
        page.reads("register-error", "This name is taken. Please choose another.").await;
        page.becomes("document.activeElement.dataset.test", "register-name").await;
        fill_in(&page, "someone", "", "short").await;
        page.see_at("[data-test=register-error][data-problem=unacceptable]").await;
        let text = page.text("register-error").await;
        assert!(text.contains("10"), "it says how long a password must be: {text}");
        page.click("register-back").await;
        page.see("login-form").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_an_account_that_waits_for_approval_is_told_so_and_enters_afterwards() {
    run(async {
        let front = "[[front]]\npath = \"/im/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
                     [front.options]\nunknown_names = \"form-approval\"\n";
        let server = builder(Database::Sqlite).sections(&format!("{NATIVE}{front}")).start().await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.click("register").await;
        fill_in(&page, "ann", "", "a good enough secret").await;
        page.see("login-form").await;
        let notice = page.text("login-notice").await;
        assert!(notice.contains("as soon as an administrator has approved it"), "{notice}");
        page.becomes("document.querySelector('[data-test=login-name]').value", "ann").await;
        page.fill("login-password", "a good enough secret").await;
        page.click("login-submit").await;
        page.see_at("[data-test=login-error][data-problem=pending]").await;
        let text = page.text("login-error").await;
        assert_eq!(text, "Your account still has to be approved by an administrator.");

        server.call("admin approve", &["--login", "ann"]).run().await.expect(0);
        page.click("login-submit").await;
        page.see("app").await;
    });
}
