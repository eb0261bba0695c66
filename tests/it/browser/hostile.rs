//! What people write is text, whatever it looks like.

use serde_json::json;

use super::Device;
use super::device::complaints;
use crate::support::client::password_of;
use crate::support::{Database, TestServer, builder, run};

const HOSTILE: [&str; 7] = [
    "<script>window.owned = 1</script>",
    "<img src=x onerror=\"window.owned = 1\">",
    "\"><svg onload=window.owned=1>",
    "javascript:window.owned=1",
    "\u{202e}desrever\u{2066}\u{200f} and back \u{202d}",
    "{{7*7}} ${7*7} &lt;b&gt; %3Cscript%3E",
    "a\u{0301}\u{0302}\u{0303}\u{0304}\u{0305} \u{feff}\u{200b}",
];

/// Somebody whose displayed name is an attack.
async fn villain(server: &TestServer) -> crate::support::Person {
    let form = json!({ "login": "villain", "password": password_of("villain"), "display_name": "<img src=x onerror=window.owned=1>" });
    server.stranger("/im/").post("account", &form).await.expect(201);
    server.enter("/im/", "villain", &password_of("villain")).await
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_markup_scripts_and_direction_marks_are_shown_as_text() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let villain = villain(&server).await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        let ann = server.enter("/im/", "ann", &password_of("ann")).await;
        let talk = villain.talk_to(&ann).await;
        for text in HOSTILE {
            villain.say(&talk, text).await;
        }
        page.unread(HOSTILE.len()).await;
        page.click_at("[data-test=conversation] button").await;
        let wanted: Vec<_> = HOSTILE.iter().map(|text| format!("< {text}")).collect();
        page.shows(&wanted.iter().map(String::as_str).collect::<Vec<_>>()).await;
        page.reads("thread-name", "<img src=x onerror=window.owned=1>").await;
        // Sent from here it is the same.
        page.say("<b onclick=alert(1)>mine</b>").await;
        page.becomes("document.querySelectorAll('[data-test=message]').length", 8).await;
        assert_eq!(page.messages().await[7].text, "<b onclick=alert(1)>mine</b>");

        // The page's own drawing is the icon on the button of a message's menu.
        let foreign = "document.querySelectorAll('[data-test=message] :is(script, img, svg:not([data-test=message-more] > .icon), b, a), \
                       [data-test=thread-name] img, [data-test=conversation] img:not(.avatar img), [data-test=person] [onerror]').length";
        page.becomes(foreign, 0).await;
        page.becomes("window.owned ?? null", json!(null)).await;
        // Direction marks end with the text they stand in.
        let isolated = "[...document.querySelectorAll('[data-test=message-text], [data-test=thread-name] bdi')].every((node) => \
                        ['isolate', 'plaintext', 'isolate-override'].includes(getComputedStyle(node).unicodeBidi))";
        page.becomes(isolated, true).await;
        page.fits().await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_the_longest_message_is_shown_whole_and_wraps() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let (page, _, bob, talk) = Device::anns_with_bob(&server).await;
        let longest = "w".repeat(16_384);
        bob.say(&talk, &longest).await;
        page.click_at("[data-test=conversation] button").await;
        page.shows(&[&format!("< {longest}")]).await;
        page.fits().await;
        let inside = "(({ scrollWidth, clientWidth }) => scrollWidth <= clientWidth)(document.querySelector('[data-test=messages]').parentElement)";
        page.becomes(inside, true).await;

        // One byte more can't be sent, and the page says by how much.
        let type_it = "((field) => { field.value = a[0]; field.dispatchEvent(new Event('input')); })(document.querySelector('[data-test=composer]'))";
        page.value(type_it, &[json!("ä".repeat(8_192) + "!")]).await;
        page.reads("counter", "1 byte too long").await;
        page.becomes("document.querySelector('[data-test=send]').disabled", true).await;
        page.value(type_it, &[json!("ä".repeat(8_192))]).await;
        page.reads("counter", "0 bytes left").await;
        page.click("send").await;
        page.becomes("document.querySelectorAll('[data-test=message][data-state=sent]').length", 2).await;
        page.fits().await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_links_are_web_addresses_alone_and_open_elsewhere() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let (page, _, bob, talk) = Device::anns_with_bob(&server).await;
        bob.say(&talk, "see https://example.org/a?b=c&d, javascript:alert(1) and data:text/html,x").await;
        page.click_at("[data-test=conversation] button").await;
        let links = "[...document.querySelectorAll('[data-test=message] a')].map((link) => [link.href, link.target, link.relList.contains('noopener')])";
        page.becomes(links, json!([["https://example.org/a?b=c&d", "_blank", true]])).await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_script_that_got_into_the_page_would_not_run() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        page.console().await;
        let smuggle = "document.head.append(Object.assign(document.createElement('script'), { textContent: 'window.owned = 1' }))";
        page.value(smuggle, &[]).await;
        page.becomes("window.owned ?? null", json!(null)).await;
        // And every device's look at its console notices.
        let lines = page.console().await;
        assert_eq!(complaints(&lines).len(), 1, "{lines:#?}");
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_whole_visit_leaves_the_console_empty() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let bob = server.person("bob").await;
        let page = Device::new(&server).await;
        page.enter(&server, "/im/", "ann").await;
        // A page that has no session yet asks whether it has one; the browser reports the 401.
        let lines = page.console().await;
        let asked = |text: &str| text.contains("/im/api/v1/session") && text.contains("401");
        assert!(lines.iter().all(|line| asked(&line.text)), "{lines:#?}");

        page.open("bob").await;
        page.say("hello https://example.org/").await;
        page.shows(&["> hello https://example.org/"]).await;
        let ann = server.enter("/im/", "ann", &password_of("ann")).await;
        let talk = bob.talk_to(&ann).await;
        bob.say(&talk, "hello ann").await;
        page.becomes("document.querySelectorAll('[data-test=message]').length", 2).await;
        page.fill("filter", "bo").await;
        page.reload().await;
        page.becomes("document.querySelectorAll('[data-test=message]').length", 2).await;
        page.click("sign-out").await;
        page.see("login-form").await;
        let lines = page.console().await;
        assert!(lines.is_empty(), "{lines:#?}");
        assert!(complaints(&lines).is_empty());
    });
}
