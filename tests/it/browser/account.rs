//! One's own account: password, codes, devices, name, leaving.

use fantoccini::key::Key;
use serde_json::json;

use super::Device;
use super::device::hook;
use crate::support::client::password_of;
use crate::support::{Database, builder, run};

const NEW: &str = "quite another long one";
const OWN_SESSIONS: &str = "document.querySelectorAll('[data-test=own-session]').length";

pub(super) async fn open_account(page: &Device) {
    page.click("main-menu").await;
    page.click("open-account").await;
    page.see("account-sessions").await;
}

/// The code of this secret, `later` steps from now (RFC 6238), worked out by the browser.
async fn code(page: &Device, secret: &str, later: u8) -> String {
    let script = "(async () => { \
        const bits = [...a[0]].map((letter) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0')).join(''); \
        const key = Uint8Array.from(bits.match(/.{8}/g), (byte) => parseInt(byte, 2)); \
        const step = new DataView(new ArrayBuffer(8)); \
        step.setUint32(4, Math.floor(Date.now() / 30000) + a[1]); \
        const hmac = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-1' }, false, ['sign']); \
        const digest = new DataView(await crypto.subtle.sign('HMAC', hmac, step)); \
        const at = digest.getUint8(19) & 15; \
        return String((digest.getUint32(at) & 0x7fffffff) % 1000000).padStart(6, '0'); })()";
    page.value(script, &[json!(secret), json!(later)]).await.as_str().unwrap().to_owned()
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_changed_password_ends_the_other_devices_and_no_more() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        let other = Device::signed_in(&server, "/im/", "ann").await;
        open_account(&page).await;
        page.becomes(OWN_SESSIONS, 2).await;
        page.click("change-password").await;
        page.becomes("document.activeElement.dataset.test", "old-password").await;
        page.fill("old-password", "not the password").await;
        page.fill("new-password", NEW).await;
        page.click("password-submit").await;
        page.reads("password-error", "The password is wrong.").await;
        page.fill("old-password", &password_of("ann")).await;
        page.fill("new-password", "short").await;
        page.click("password-submit").await;
        page.see_at("[data-test=password-error][data-problem=unacceptable]").await;
        assert!(page.text("password-error").await.contains("10"), "the rule is told");
        page.fill("new-password", NEW).await;
        page.click("password-submit").await;
        page.reads("notice", "Your password is changed. All your other devices are signed out.").await;
        // What was said is over the panel, and not behind it.
        page.becomes("document.querySelector('[data-test=notice]').closest('dialog') !== null", true).await;
        // The panel knows it too.
        page.becomes(OWN_SESSIONS, 1).await;

        other.see("login-form").await;
        assert_eq!(
            other.text("login-notice").await,
            "Your session has ended. Your password was changed. Log in again."
        );
        other.sign_in("ann", &password_of("ann")).await;
        other.see_at("[data-test=login-error][data-problem=login-refused]").await;
        other.sign_in("ann", NEW).await;
        other.see("app").await;
        page.click("dialog-close").await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_second_step_is_set_up_and_asked_for_and_recovery_codes_stand_in() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        open_account(&page).await;
        page.click("factor-begin").await;
        page.fill("factor-password", &password_of("ann")).await;
        page.click("factor-continue").await;
        page.see("factor-qr").await;
        let secret = page.text("factor-secret").await.replace(' ', "");
        page.fill("factor-code", "000000").await;
        page.click("factor-confirm").await;
        page.see("factor-error").await;
        let first = code(&page, &secret, 0).await;
        page.fill("factor-code", &first).await;
        page.click("factor-confirm").await;
        page.see("recovery-codes").await;
        let codes = page.value("[...document.querySelectorAll('[data-test=recovery-codes] code')].map((node) => node.textContent)", &[]).await;
        let codes: Vec<String> = serde_json::from_value(codes).unwrap();
        assert_eq!(codes.len(), 10);
        page.click("recovery-done").await;
        page.see_at("[data-test=factor-state][data-on=true]").await;
        page.see_at("[data-test=recovery-state][data-left='10']").await;
        page.click("dialog-close").await;
        page.click("sign-out").await;

        page.sign_in("ann", &password_of("ann")).await;
        page.fill("challenge-code", "000000").await;
        page.click("challenge-submit").await;
        page.reads("login-error", "That was not right, or it took too long. Try again, or start again.")
            .await;
        let next = code(&page, &secret, 1).await;
        page.fill("challenge-code", &next).await;
        page.click("challenge-submit").await;
        page.see("app").await;
        page.click("sign-out").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.fill("challenge-code", &codes[0]).await;
        page.click("challenge-submit").await;
        page.see("app").await;

        // With another of them it is taken away; after that the password is enough.
        open_account(&page).await;
        page.see_at("[data-test=recovery-state][data-left='9']").await;
        page.click("factor-remove").await;
        page.fill("factor-remove-code", &codes[1]).await;
        page.click("factor-remove-submit").await;
        page.see_at("[data-test=factor-state][data-on=false]").await;
        page.gone("account-recovery").await;
        page.click("dialog-close").await;
        page.click("sign-out").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_ones_devices_are_listed_and_can_be_signed_out() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let bob = server.person("bob").await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        let other = Device::signed_in(&server, "/im/", "ann").await;
        open_account(&page).await;
        page.becomes(OWN_SESSIONS, 2).await;
        page.becomes("document.querySelectorAll('[data-test=own-session][data-current=true] [data-test=end-session]').length", 0).await;
        page.click("end-session").await;
        page.becomes(OWN_SESSIONS, 1).await;
        other.see("login-form").await;
        assert_eq!(
            other.text("login-notice").await,
            "Your session has ended. You logged out here from another device."
        );
        bob.get("session").await.expect(200);
        page.click("dialog-close").await;
        page.see("app").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_names_are_text_wherever_the_account_shows_them() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let (page, ann, bob, _) = Device::anns_with_bob(&server).await;
        open_account(&page).await;
        let hostile = "<img src=x onerror=window.owned=1>";
        page.fill("profile-display", hostile).await;
        page.click("profile-submit").await;
        page.reads("notice", "Your profile is saved.").await;
        page.reads("me", &format!("Signed in as {hostile}")).await;
        page.becomes(
            "document.querySelectorAll('.header-person img:not(.avatar-image), dialog img').length",
            0,
        )
        .await;
        assert_eq!(bob.sees(&ann).await["display_name"], hostile);
        // Another address needs the password.
        page.fill("profile-email", "ann@example.org").await;
        page.click("profile-submit").await;
        page.reads("profile-error", "Please enter your password.").await;
        page.fill("profile-password", &password_of("ann")).await;
        // The name stays, and is no wish: it could be one that nobody may choose any more.
        let listen = "((plain) => { window.sent = []; \
            window.fetch = (address, init) => { sent.push(init.body ?? ''); return plain(address, init); }; })(fetch)";
        page.value(listen, &[]).await;
        page.click("profile-submit").await;
        page.becomes("document.querySelector('[data-test=profile-password]').checkVisibility()", false).await;
        assert_eq!(ann.get("session").await.expect(200)["account"]["email"], "ann@example.org");
        let wishes = "sent.filter((body) => body.includes('email')).map((body) => Object.keys(JSON.parse(body)).join())";
        page.becomes(wishes, json!(["email,password"])).await;
        page.click("dialog-close").await;

        let other = Device::signed_in(&server, "/im/", "bob").await;
        other.click_at("[data-test=conversation] button").await;
        other.reads("thread-name", hostile).await;
        other.click("thread-details").await;
        other.see("dialog-person").await;
        other.becomes("document.querySelectorAll('dialog img:not(.avatar-image)').length", 0).await;
        other.becomes("window.owned ?? null", json!(null)).await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_whoever_leaves_is_gone() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let (page, ann, bob, talk) = Device::anns_with_bob(&server).await;
        ann.say(&talk, "farewell").await;
        open_account(&page).await;
        page.click("leave-open").await;
        page.fill("leave-password", "not the password").await;
        page.click("leave-submit").await;
        page.reads("leave-error", "Please say that you mean it.").await;
        page.click("leave-sure").await;
        page.click("leave-submit").await;
        page.reads("leave-error", "The password is wrong.").await;
        page.fill("leave-password", &password_of("ann")).await;
        page.click("leave-submit").await;
        page.reads("login-notice", "Your account is deleted.").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see_at("[data-test=login-error][data-problem=login-refused]").await;
        assert_eq!(bob.history(&talk, "").await["messages"][0]["text"], "farewell");
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_the_keyboard_alone_reaches_everything_of_the_account() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        page.see("main-menu").await;
        page.value("document.querySelector('[data-test=main-menu]').focus()", &[]).await;
        page.press(Key::Enter).await;
        page.see("menu").await;
        for _ in 0..12 {
            if page.value("document.activeElement.dataset.test === 'open-account'", &[]).await == true {
                break;
            }
            page.press(Key::Down).await;
        }
        page.press(Key::Enter).await;
        page.see("account-sessions").await;
        page.see_at(&format!("{} li", hook("own-sessions"))).await;
        // Tab goes through all of it, within the panel, in the order that the eye goes.
        let mut seen: Vec<String> = Vec::new();
        for _ in 0..40 {
            page.press(Key::Tab).await;
            let at = page
                .value(
                    "document.activeElement.closest('dialog') && (document.activeElement.dataset.test ?? '')",
                    &[],
                )
                .await;
            // Past the end the browser's own bar has its turn.
            seen.extend(at.as_str().filter(|name| !name.is_empty()).map(str::to_owned));
            if seen.iter().filter(|name| *name == "dialog-close").count() > 1 {
                break;
            }
        }
        let place = |name: &str| {
            seen.iter().position(|other| other == name).unwrap_or_else(|| panic!("{name} in {seen:?}"))
        };
        let wanted = [
            "profile-display",
            "profile-email",
            "profile-submit",
            "change-password",
            "factor-begin",
            "export",
            "leave-open",
        ];
        let places: Vec<_> = wanted.iter().map(|name| place(name)).collect();
        assert!(places.is_sorted(), "{seen:?}");
        // Whoever goes back is where they were.
        page.press(Key::Escape).await;
        page.gone("dialog-account").await;
        page.becomes("document.activeElement.dataset.test ?? null", "main-menu").await;
    });
}
