//! Passwords at the door: forgotten ones, expired ones, and what the links of letters open.

use serde_json::json;

use super::Device;
use super::account::open_account;
use crate::support::client::password_of;
use crate::support::databases::sqlite;
use crate::support::forum::{board, member};
use crate::support::letters::LetterBox;
use crate::support::server::NATIVE;
use crate::support::{Database, TestServer, builder, run};

const NEW: &str = "quite another long one";
const FRONT: &str = "[[front]]\npath = \"/im/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
                     [front.options]\nunknown_names = \"form\"\n";

/// A server that sends letters, with more lines for its own accounts.
async fn with_letters(native: &str) -> (TestServer, LetterBox) {
    let letters = LetterBox::open().await;
    let (kind, argon2) = NATIVE.split_once("[authenticator.native.argon2]").unwrap();
    let sections = format!("{kind}{native}[authenticator.native.argon2]{argon2}{FRONT}{}", letters.section());
    let server =
        builder(Database::Sqlite).server("public_url = \"http://127.0.0.1:{port}\"").sections(&sections);
    (server.start().await, letters)
}

async fn register(server: &TestServer, login: &str) {
    let form =
        json!({ "login": login, "password": password_of(login), "email": format!("{login}@example.org") });
    server.stranger("/im/").post("account", &form).await.expect(201);
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_forgotten_password_is_replaced_through_the_letters_link() {
    run(async {
        let (server, letters) = with_letters("").await;
        register(&server, "ann").await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        // Nobody learns here who has an account.
        let mut said = Vec::new();
        for login in ["nobody", "ann"] {
            page.fill("login-name", login).await;
            page.click("forgotten-password").await;
            page.becomes("document.querySelector('[data-test=forgotten-who]').value", login).await;
            page.click("forgotten-submit").await;
            said.push(page.text("forgotten-sent").await);
            page.click("to-login").await;
        }
        assert_eq!(said[0], said[1]);
        // Hers was asked for last: whoever else got one has it by now.
        let link = letters.link("ann@example.org", "reset").await;
        assert_eq!(letters.count(), 1, "one letter, which is hers");

        // The link works in the very tab that shows the page.
        page.goto(&link).await;
        page.see("reset-form").await;
        page.becomes("location.hash", "").await;
        page.fill("new-password", "short").await;
        page.click("reset-submit").await;
        page.see_at("[data-test=reset-error][data-problem=unacceptable]").await;
        page.fill("new-password", NEW).await;
        page.click("reset-submit").await;
        page.reads("login-notice", "Your password is set. Please sign in with it.").await;
        page.sign_in("ann", NEW).await;
        page.see("app").await;

        // Once only.
        page.goto(&link).await;
        page.fill("new-password", "and yet another long one").await;
        page.click("reset-submit").await;
        page.see("reset-error").await;
        page.click("to-login").await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_letter_confirms_the_address_of_a_new_account() {
    run(async {
        let (server, letters) = with_letters("verify_email = true\n").await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.click("register").await;
        page.fill("register-name", "ann").await;
        page.fill("register-email", "ann@example.org").await;
        page.fill("register-password", &password_of("ann")).await;
        page.click("register-submit").await;
        assert!(page.text("login-notice").await.contains("A letter with a link"));
        let link = letters.link("ann@example.org", "verify").await;
        page.goto(&link).await;
        page.reads("verify-words", "Your e-mail address is confirmed.").await;
        page.click("verify-go").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see("app").await;
        open_account(&page).await;
        page.see("email-verified").await;

        page.goto("/im/#verify=bm90IGEgdG9rZW4").await;
        page.see("verify-go").await;
        assert_ne!(page.text("verify-words").await, "Your e-mail address is confirmed.");
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_an_expired_password_is_changed_at_the_door() {
    run(async {
        let (server, _letters) = with_letters("password_max_age = \"30d\"\n").await;
        server.register("/im/", "ann").await;
        server.database.execute("UPDATE native_users SET password_changed_at = 1000").await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see("expired-form").await;
        page.becomes("document.activeElement.dataset.test", "new-password").await;
        page.fill("new-password", "short").await;
        page.click("password-submit").await;
        page.see_at("[data-test=login-error][data-problem=unacceptable]").await;
        page.fill("new-password", NEW).await;
        page.click("password-submit").await;
        page.see("app").await;
        page.click("sign-out").await;
        page.sign_in("ann", NEW).await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_password_of_another_system_is_changed_and_forgotten_there() {
    run(async {
        let letters = LetterBox::open().await;
        let (kind, argon2) = NATIVE.split_once("[authenticator.native.argon2]").unwrap();
        let sections = format!(
            "{kind}password_max_age = \"30d\"\n[authenticator.native.argon2]{argon2}\
             [authenticator.forum]\nkind = \"phorum\"\ndatabase_url = \"sqlite://forum.db\"\n\
             url = \"https://forum.example.org/\"\nrefuse_forced_password_change = true\n{}{}",
            FRONT.replace("[\"native\"]", "[\"forum\", \"native\"]"),
            letters.section()
        );
        let builder =
            builder(Database::Sqlite).server("public_url = \"http://127.0.0.1:{port}\"").sections(&sections);
        let file = board(builder.folder(), "forum.db", &[member("ann")]).await;
        let server = builder.start().await;
        server.register("/im/", "nina").await;
        server.database.execute("UPDATE native_users SET password_changed_at = 1000").await;
        sqlite(&file.display().to_string(), "UPDATE phorum_users SET force_password_change = 1").await;

        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.reads("forgotten-password", "Forgotten password?").await;
        page.reads("forgotten-elsewhere", "Forgotten password of forum.example.org?").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see_at("[data-test=login-error][data-problem=expired-password]").await;
        page.gone("expired-form").await;
        page.sign_in("nina", &password_of("nina")).await;
        page.see("expired-form").await;
        page.fill("new-password", NEW).await;
        page.click("password-submit").await;
        page.see("app").await;
    });
}
