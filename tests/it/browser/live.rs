//! Two people write to one another.

use super::Device;
use crate::support::client::password_of;
use crate::support::{Database, builder, run};

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_two_people_write_to_one_another_live_on_all_their_devices() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        server.register("/im/", "bob").await;
        let ann = Device::signed_in(&server, "/im/", "ann").await;
        let bob = Device::new(&server).await;
        bob.goto("/second/").await;
        bob.sign_in("bob", &password_of("bob")).await;
        let bobs_phone = Device::of(&server, super::Shape::PHONE).await;
        bobs_phone.goto("/second/").await;
        bobs_phone.sign_in("bob", &password_of("bob")).await;

        // Bob came after ann's page was loaded: she sees him come.
        ann.see_at("[data-test=person][data-login=bob][data-presence=online]").await;
        ann.open("bob").await;
        ann.reads("thread-name", "bob").await;
        ann.say("Hello bob!").await;
        ann.shows(&["> Hello bob!"]).await;

        bob.unread(1).await;
        bob.click_at("[data-test=conversation] button").await;
        bob.shows(&["< Hello bob!"]).await;
        bob.say("Hello ann.").await;
        bob.say("How are you?").await;
        for device in [&ann, &bob] {
            device.becomes("document.querySelectorAll('[data-test=message]').length", 3).await;
        }
        ann.shows(&["> Hello bob!", "< Hello ann.", "< How are you?"]).await;

        // What bob wrote at the desk is on his phone, as his.
        bobs_phone.click_at("[data-test=conversation] button").await;
        bobs_phone.shows(&["< Hello bob!", "> Hello ann.", "> How are you?"]).await;
        bobs_phone.type_into("composer", "From the phone").await;
        bobs_phone.click("send").await;
        for device in [&bob, &bobs_phone] {
            device.shows(&["< Hello bob!", "> Hello ann.", "> How are you?", "> From the phone"]).await;
        }
        ann.shows(&["> Hello bob!", "< Hello ann.", "< How are you?", "< From the phone"]).await;
        ann.unread(0).await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_what_is_read_on_one_device_is_read_on_the_other() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let (first, ann, bob, talk) = Device::anns_with_bob(&server).await;
        first.see("person").await;
        for words in ["one", "two", "three"] {
            bob.say(&talk, words).await;
        }
        first.unread(3).await;
        // The marks are the server's, not the page's.
        first.reload().await;
        first.unread(3).await;
        let second = Device::signed_in(&server, "/im/", "ann").await;
        second.unread(3).await;

        second.click_at("[data-test=conversation] button").await;
        second.shows(&["< one", "< two", "< three"]).await;
        second.unread(0).await;
        first.unread(0).await;
        assert_eq!(ann.conversation(&talk).await["unread"], 0);
        first.reload().await;
        first.see("conversation").await;
        first.unread(0).await;

        // Nor is what comes while somebody looks at it unread anywhere.
        bob.say(&talk, "four").await;
        second.shows(&["< one", "< two", "< three", "< four"]).await;
        first
            .becomes("document.querySelector('[data-test=conversation]').textContent.includes('four')", true)
            .await;
        first.unread(0).await;
        second.unread(0).await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_what_arrives_while_the_page_loads_is_counted_once() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let bob = server.person("bob").await;
        let page = Device::signed_in(&server, "/im/", "ann").await;
        let ann = server.enter("/im/", "ann", &password_of("ann")).await;
        let talk = bob.talk_to(&ann).await;
        for round in 1..=6 {
            let writing = async {
                for number in 0..40 {
                    bob.say(&talk, &format!("{round} {number}")).await;
                }
            };
            tokio::join!(writing, page.reload());
            page.unread(round * 40).await;
        }
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_thread_with_news_says_where_they_begin() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let bob = server.person("bob").await;
        let ann = Device::signed_in(&server, "/im/", "ann").await;
        ann.open("bob").await;
        ann.say("old").await;
        ann.shows(&["> old"]).await;
        let talk =
            bob.get("conversations").await.expect(200)["conversations"][0]["id"].as_str().unwrap().to_owned();
        bob.say(&talk, "seen").await;
        ann.unread(0).await;
        ann.shows(&["> old", "< seen"]).await;
        ann.press(fantoccini::key::Key::Escape).await;
        ann.gone("messages").await;
        bob.say(&talk, "new").await;
        ann.unread(1).await;
        ann.click_at("[data-test=conversation] button").await;
        ann.see("new-messages").await;
        let before = "document.querySelector('[data-test=new-messages]').nextElementSibling.textContent.includes('new')";
        ann.becomes(before, true).await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_reload_keeps_the_session_the_open_conversation_and_its_messages() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        server.register("/im/", "bob").await;
        server.person("bob").await;
        let ann = Device::signed_in(&server, "/im/", "ann").await;
        ann.open("bob").await;
        for words in ["one", "two\nlines", "three"] {
            // A line break is Shift and Enter; put there as text it is the same message.
            ann.value("(document.querySelector('[data-test=composer]').value = a[0], null)", &[words.into()])
                .await;
            ann.value(
                "document.querySelector('[data-test=composer]').dispatchEvent(new Event('input'))",
                &[],
            )
            .await;
            ann.click("send").await;
        }
        ann.shows(&["> one", "> two\nlines", "> three"]).await;
        ann.reload().await;
        ann.shows(&["> one", "> two\nlines", "> three"]).await;
        ann.reads("thread-name", "bob").await;
        ann.see_at("[data-test=conversation][data-current=true]").await;
        // Back is a step of the browser, and so is forth.
        ann.value("history.back()", &[]).await;
        ann.gone("messages").await;
        ann.value("history.forward()", &[]).await;
        ann.shows(&["> one", "> two\nlines", "> three"]).await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_draft_waits_while_one_looks_elsewhere_and_goes_with_the_page() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        server.person("bob").await;
        server.person("cleo").await;
        let ann = Device::signed_in(&server, "/im/", "ann").await;
        ann.open("bob").await;
        ann.type_into("composer", "half a sent").await;
        ann.open("cleo").await;
        ann.becomes("document.querySelector('[data-test=composer]').value", "").await;
        ann.see_at("[data-test=conversation]:not([data-current=true])").await;
        let line = "document.querySelector('[data-test=conversation]:not([data-current=true])').textContent\
                    .replace(/[\\u2068\\u2069]/gu, '').includes('Draft: half a sent')";
        ann.becomes(line, true).await;
        ann.open("bob").await;
        ann.becomes("document.querySelector('[data-test=composer]').value", "half a sent").await;
        ann.reload().await;
        ann.reads("thread-name", "bob").await;
        ann.becomes("document.querySelector('[data-test=composer]').value", "").await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_older_messages_are_loaded_above_without_moving_what_is_read() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let bob = server.person("bob").await;
        let ann = server.person("ann").await;
        let talk = bob.talk_to(&ann).await;
        for number in 0..120 {
            bob.say(&talk, &format!("message {number}")).await;
        }
        let page = Device::signed_in(&server, "/im/", "ann").await;
        page.click_at("[data-test=conversation] button").await;
        page.becomes("document.querySelectorAll('[data-test=message]').length", 50).await;
        page.value("document.querySelector('[data-test=load-older]').scrollIntoView()", &[]).await;
        let top = "document.querySelector('[data-test=message][data-id=\"' + a[0] + '\"]').getBoundingClientRect().top";
        let first = page.value("document.querySelector('[data-test=message]').dataset.id", &[]).await;
        let before = page.value(top, std::slice::from_ref(&first)).await.as_f64().unwrap();
        page.click("load-older").await;
        page.becomes("document.querySelectorAll('[data-test=message]').length", 100).await;
        let after = page.value(top, std::slice::from_ref(&first)).await.as_f64().unwrap();
        assert!((before - after).abs() < 80.0, "what was read moved from {before} to {after}");
        page.click("load-older").await;
        page.becomes("document.querySelectorAll('[data-test=message]').length", 120).await;
        page.gone("load-older").await;
        let messages = page.messages().await;
        assert!(
            messages.iter().enumerate().all(|(number, message)| message.text == format!("message {number}"))
        );
    });
}
