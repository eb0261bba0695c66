//! Mode "normal": one finds people by name, and asks before one writes.

use super::Device;
use crate::support::{Database, builder, run};

/// Looks for somebody by their exact name.
async fn look_for(page: &Device, login: &str) {
    page.fill("find-name", login).await;
    page.click("find-submit").await;
    page.see("found").await;
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_request_that_is_accepted_opens_the_conversation_for_both() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let ann = Device::signed_in(&server, "/strict/", "ann").await;
        let bob = Device::signed_in(&server, "/strict/", "bob").await;
        ann.gone("person").await;
        look_for(&ann, "nobody").await;
        ann.becomes(
            "document.querySelector('[data-test=found]').textContent",
            "Nobody of that name can be found here.",
        )
        .await;
        look_for(&ann, "BOB").await;
        ann.click_at("[data-test=found] [data-test=person-request]").await;
        ann.see_at("[data-test=people] [data-test=person][data-login=bob][data-relation=requested]").await;
        assert_eq!(ann.text("notice").await, "Request sent to bob.");

        bob.see_at("[data-test=person][data-login=ann][data-relation=requested-by-them]").await;
        bob.click("person-accept").await;
        bob.see_at("[data-test=person][data-login=ann][data-relation=accepted]").await;
        ann.see_at("[data-test=people] [data-test=person][data-login=bob][data-relation=accepted]").await;

        ann.click_at("[data-test=people] [data-test=person][data-login=bob] button").await;
        ann.say("Thank you.").await;
        ann.shows(&["> Thank you."]).await;
        bob.unread(1).await;
        bob.open("ann").await;
        bob.shows(&["< Thank you."]).await;
        bob.say("You are welcome.").await;
        ann.shows(&["> Thank you.", "< You are welcome."]).await;

        // Who is no contact any more is not written to.
        bob.click("person-more").await;
        bob.click("person-remove").await;
        ann.see("composer-note").await;
        assert_eq!(ann.text("composer-note").await, "You can’t write to bob at the moment.");
        ann.becomes("document.querySelector('[data-test=composer]').disabled", true).await;
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_request_can_be_refused_and_the_refusal_taken_back() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let bob = server.person_at("/strict/", "bob").await;
        let page = Device::signed_in(&server, "/strict/", "ann").await;
        let ann = server.person_at("/strict/", "ann").await;
        bob.contact(&ann, "request").await.expect(200);
        page.see_at("[data-test=person][data-login=bob][data-relation=requested-by-them]").await;
        page.click("person-refuse").await;
        page.see_at("[data-test=person][data-login=bob][data-relation=refused]").await;
        assert_eq!(bob.sees(&ann).await["relation"], "refused-by-them");
        page.click("person-more").await;
        page.click("person-forget").await;
        page.gone_at("[data-test=people] [data-test=person]").await;
        assert_eq!(bob.sees(&ann).await["relation"], "none");
    });
}

#[test]
#[ignore = "needs a browser: run cargo xtask test"]
fn browser_a_request_can_be_withdrawn() {
    run(async {
        let server = builder(Database::Sqlite).start().await;
        let bob = server.person_at("/strict/", "bob").await;
        let page = Device::signed_in(&server, "/strict/", "ann").await;
        look_for(&page, "bob").await;
        page.click_at("[data-test=found] [data-test=person-request]").await;
        page.see_at("[data-test=people] [data-test=person][data-relation=requested]").await;
        assert_eq!(bob.roster().await[0]["relation"], "requested-by-them");
        page.click_at("[data-test=people] [data-test=person-withdraw]").await;
        page.gone_at("[data-test=people] [data-test=person]").await;
        page.see_at("[data-test=found] [data-test=person-request]").await;
        assert_eq!(bob.roster().await.len(), 0);
    });
}
