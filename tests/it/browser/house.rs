//! What those who run a front say of it, and fronts where names are forced.

use super::Device;
use crate::support::client::password_of;
use crate::support::server::NATIVE;
use crate::support::{Database, TestServer, builder, run};

const CONTACT: &str = "admin_contact = \"help@house.example\"\nsite_url = \"https://house.example/\"";

fn sections(options: &str) -> String {
    format!(
        "{NATIVE}[[front]]\npath = \"/im/\"\ntitle = \"Open to all\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
         [front.options]\nunknown_names = \"form\"\n{CONTACT}\n{options}\n"
    )
}

async fn now_with(server: &mut TestServer, options: &str) {
    server.sections = sections(options);
    server.configure();
    server.call("reload", &["--json"]).run().await.json(0);
}

fn href(hook: &str) -> String {
    format!(
        "document.querySelector('[data-test={hook}]').closest('a')?.href ?? document.querySelector('[data-test={hook}] a').href"
    )
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_welcome_is_read_until_it_is_dismissed_and_a_new_one_again() {
    run(async {
        let first = "welcome = \"Hello. The rules: https://house.example/rules\"";
        let mut server = builder(Database::Sqlite).sections(&sections(first)).start().await;
        server.register("/im/", "ann").await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.reads("login-welcome", "Hello. The rules: https://house.example/rules").await;
        page.becomes(&href("login-welcome"), "https://house.example/rules").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see("welcome").await;
        page.becomes(&href("welcome"), "https://house.example/rules").await;
        page.fits().await;
        page.click("welcome-close").await;
        page.gone("welcome").await;
        page.reload().await;
        page.see("app").await;
        page.gone("welcome").await;

        now_with(&mut server, "welcome = \"We are closed on Friday.\"").await;
        page.reload().await;
        page.see("welcome").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_those_who_run_a_front_can_be_reached_from_everywhere() {
    run(async {
        let mut server = builder(Database::Sqlite).sections(&sections("")).start().await;
        server.register("/im/", "ann").await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.see("login-form").await;
        page.becomes(&href("admin-contact"), "mailto:help@house.example").await;
        page.becomes(&href("site-link"), "https://house.example/").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see("app").await;
        page.click("main-menu").await;
        page.becomes(&href("menu-contact"), "mailto:help@house.example").await;
        page.becomes(&href("menu-site"), "https://house.example/").await;

        // Closed: why, and whom to ask.
        now_with(&mut server, "maintenance = \"Back at noon.\"").await;
        let other = Device::new(&server).await;
        other.goto("/im/").await;
        other.see("boot-error").await;
        assert_eq!(other.text("boot-error").await, "Closed for maintenance. Back at noon.");
        other.becomes(&href("admin-contact"), "mailto:help@house.example").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_where_a_front_has_moved_to_is_a_link_in_place_of_the_form() {
    run(async {
        let there = "https://there.example/im/";
        let mut server = builder(Database::Sqlite).sections(&sections("")).start().await;
        server.register("/im/", "ann").await;
        now_with(&mut server, &format!("moved_to_after_login = \"{there}\"")).await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.sign_in("ann", &password_of("ann")).await;
        page.see("moved").await;
        page.becomes(&href("moved"), there).await;
        page.reload().await;
        page.see("moved").await;

        now_with(&mut server, &format!("moved_to = \"{there}\"")).await;
        let other = Device::new(&server).await;
        other.goto("/im/").await;
        other.see("front-moved").await;
        other.becomes(&href("front-moved"), there).await;
        other.gone("login-form").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_where_names_are_forced_there_is_no_field_for_one() {
    run(async {
        let front = |path: &str, login: &str| {
            format!(
                "[[front]]\npath = \"{path}\"\nauthenticators = [\"windows\", \"native\"]\nmode = \"open-community\"\n\
                 username = \"forced\"\nlogin = {login}\n\
                 [front.trusted_name]\nsecret = \"the proxy of the tests knows this\"\nfrom = [\"127.0.0.1\"]\n"
            )
        };
        // Nobody listens there: what the page shows doesn't hang on it.
        let windows = "[authenticator.windows]\nkind = \"ldap-windows\"\nurl = \"ldaps://127.0.0.1:1\"\n\
                       bind_dn = \"svc@example.test\"\nbind_password = \"secret\"\nbase_dn = \"dc=example,dc=test\"\n\
                       trusted_names = true\n";
        let sections = [
            NATIVE.to_owned(),
            windows.to_owned(),
            front("/im/", "[\"trusted-name\"]"),
            front("/home/", "[\"trusted-name\", \"password\"]"),
        ]
        .concat();
        let server = builder(Database::Sqlite).sections(&sections).start().await;
        let page = Device::new(&server).await;
        page.goto("/im/").await;
        page.see("forced-hint").await;
        page.becomes("document.querySelectorAll('input').length", 0).await;
        page.see("login-trusted-name").await;
        // Whoever comes without the proxy's word gets nowhere, whatever they press.
        page.click("login-trusted-name").await;
        page.see("login-error").await;
        page.gone("app").await;
        // Passwords only where the front lists them, and the page says for what.
        page.goto("/home/").await;
        page.see("login-form").await;
        assert!(page.text("forced-hint").await.contains("your own Windows account"));
    });
}
