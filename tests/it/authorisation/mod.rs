//! Who may do what, as a table: every call that needs a session, and everybody who may not make it.

mod place;
mod table;

use serde_json::json;

use self::place::{Scene, place};
use self::table::{Call, Guest, OPEN, Others, calls};
use crate::support::client::{Proof, password_of, text};
use crate::support::openapi::assert_complete;
use crate::support::{Database, Person};

/// Calls whose answer has no end, or needs what the table has not: what they do is tried elsewhere.
fn has_no_plain_answer(call: &Call) -> bool {
    call.path.starts_with("events/stream")
        // Who has no picture has none for anybody.
        || call.path.ends_with("/avatar")
        // Codes are of the moment.
        || (call.path == "account/totp" && call.method != "POST")
        // Stand in for a second factor, and nobody here has one.
        || call.path == "account/recovery-codes"
        // Needs a browser's keys.
        || (call.path.starts_with("account/passkeys") && call.method != "GET")
}

pub(crate) async fn every_call_stands_in_the_table_or_is_open_for_a_reason(database: Database) {
    let server = place(database).start().await;
    let document = server.stranger("/im/").get("openapi.json").await.expect(200);
    let rows = calls();
    let named = rows.iter().map(|row| (row.method.as_str(), row.path));
    assert_complete(&document, named, OPEN);
    // A row that claims nothing of others names nothing of theirs.
    for row in &rows {
        assert!(row.others != Others::Own || !row.has_ids(), "{} {}", row.method, row.path);
    }
}

pub(crate) async fn nothing_works_without_a_session_of_this_front(database: Database) {
    let server = place(database).start().await;
    let scene = Scene::set(&server).await;
    let before = scene.state().await;
    let ended = server.person("ann").await;
    ended.delete("session").await.expect(204);
    let of_another_front = server.person_at("/second/", "ann").await;
    let of_another_community = server.person_at("/elsewhere/", "ann").await;
    let cookie = |token: &str| Proof::Cookie { pair: format!("portico_im={token}"), origin: server.origin() };
    let at_im = |proof: Proof| Person { proof, ..server.stranger("/im/") };
    let strangers = [
        ("without a session", at_im(Proof::Nothing)),
        ("with a made-up token", at_im(Proof::Bearer("c2VjcmV0".into()))),
        ("with an ended session", ended.clone()),
        ("with an ended session's cookie", at_im(cookie(&ended.token))),
        ("with another front's session", at_im(of_another_front.proof.clone())),
        ("with another front's session as a cookie", at_im(cookie(&of_another_front.token))),
        ("with another community's session", at_im(of_another_community.proof.clone())),
        (
            "with another front's cookie",
            at_im(Proof::Cookie {
                pair: format!("portico_second={}", of_another_front.token),
                origin: server.origin(),
            }),
        ),
    ];
    for (who, person) in &strangers {
        for call in calls() {
            let reply = scene.subject.call(person, &call).await;
            assert_eq!(reply.status, 401, "{who}: {} {}", call.method, call.path);
            reply.problem(401, "session-required");
        }
    }
    assert_eq!(scene.state().await, before, "none of it has done anything");
    of_another_front.get("session").await.expect(200);
    of_another_community.get("session").await.expect(200);
}

pub(crate) async fn every_call_is_good_in_the_right_hands(database: Database) {
    let server = place(database).start().await;
    let scene = Scene::set(&server).await;
    let device = server.person("ann").await;
    server.keep_secret("another long secret of ann");
    for call in calls().into_iter().filter(|call| !has_no_plain_answer(call)) {
        // Another device signs out; those from before the password was changed have no session any more.
        if call.path == "session" && call.method == "DELETE" {
            device.delete("session").await.problem(401, "session-ended");
            let fresh = server.enter("/im/", "ann", "another long secret of ann").await;
            scene.subject.call(&fresh, &call).await.expect(204);
            continue;
        }
        let reply = scene.subject.call(&scene.ann, &call).await;
        assert!(
            matches!(reply.status, 200 | 201 | 202 | 204),
            "{} {}: {} {}",
            call.method,
            call.path,
            reply.status,
            reply.text()
        );
    }
}

pub(crate) async fn what_is_not_mine_is_as_if_it_were_not_there(database: Database) {
    let server = place(database).start().await;
    let scene = Scene::set(&server).await;
    let before = scene.state().await;
    let outsider = server.person("eve").await;
    let invented = scene.subject.invented();
    let of_others = |call: &Call| matches!(call.others, Others::Hidden | Others::Refused);
    for call in calls().into_iter().filter(of_others) {
        let reply = scene.subject.call(&outsider, &call).await;
        let what = format!("{} {}: {}", call.method, call.path, reply.text());
        if call.others == Others::Refused {
            assert_eq!(reply.status, 403, "{what}");
            continue;
        }
        // Where the right is missing too, that may be said first: it says nothing of what is there.
        assert!(reply.status == 404 || (reply.status == 403 && call.needs.is_some()), "{what}");
        let nothing = invented.call(&outsider, &call).await;
        assert_eq!((reply.status, reply.text()), (nothing.status, nothing.text()), "{what}");
        assert_eq!(reply.comparable_headers(), nothing.comparable_headers(), "{what}");
    }
    assert_eq!(scene.state().await, before);
}

pub(crate) async fn a_moderator_of_elsewhere_has_no_right_here(database: Database) {
    let server = place(database).start().await;
    let scene = Scene::set(&server).await;
    let before = scene.state().await;
    let invented = scene.subject.invented();
    let dora = server.person_at("/elsewhere/", "dora").await;
    let mona = server.person_at("/second/", "mona").await;
    for person in [&dora, &mona] {
        person.get("moderation/reports").await.expect(200);
    }
    let of_a_front =
        |call: &Call| ["{report}", "{shout}", "{bobs-shout}"].iter().any(|what| call.is_about(what));
    let about_anything = calls().into_iter().filter(Call::has_ids).map(|call| (&dora, call));
    let about_a_front = calls().into_iter().filter(of_a_front).map(|call| (&mona, call));
    for (person, call) in about_anything.chain(about_a_front) {
        let what = format!("{}: {} {}", person.login, call.method, call.path);
        let (reply, nothing) = (scene.subject.call(person, &call).await, invented.call(person, &call).await);
        assert_eq!(reply.status, 404, "{what}: {}", reply.text());
        reply.problem(404, "not-found");
        assert_eq!(reply.text(), nothing.text(), "{what}");
        assert_eq!(reply.comparable_headers(), nothing.comparable_headers(), "{what}");
    }
    assert_eq!(scene.state().await, before);
}

pub(crate) async fn people_one_does_not_see_are_as_if_they_were_not_there(database: Database) {
    let server = place(database).start().await;
    let scene = Scene::set(&server).await;
    let foreign = server.person_at("/elsewhere/", "dora").await;
    let never = "018f0000-0000-7000-8000-000000000000";
    for call in calls().iter().filter(|call| call.is_about("{person}")) {
        let (there, nowhere) =
            (scene.subject.with("person", &foreign.id), scene.subject.with("person", never));
        let (real, invented) = (there.call(&scene.ann, call).await, nowhere.call(&scene.ann, call).await);
        assert_eq!(real.status, 404, "{} {}: {}", call.method, call.path, real.text());
        real.problem(404, "not-found");
        assert_eq!(real.text(), invented.text());
        assert_eq!(real.comparable_headers(), invented.comparable_headers());
    }
}

pub(crate) async fn strangers_of_a_strict_front_can_be_asked_and_not_written_to(database: Database) {
    let server = crate::support::builder(database).start().await;
    let (strict, stranger) =
        (server.person_at("/strict/", "cleo").await, server.person_at("/strict/", "dora").await);
    strict.get(&format!("contacts/{}", stranger.id)).await.expect(200);
    strict.post("conversations", &json!({ "with": [stranger.id] })).await.problem(404, "not-found");
}

pub(crate) async fn what_the_right_is_missing_for_is_refused(database: Database) {
    let server = place(database).start().await;
    let scene = Scene::set(&server).await;
    let before = scene.state().await;
    // The same people, through a front where nothing is allowed.
    let (ann, bob) = (
        server.enter("/bare/", "ann", &password_of("ann")).await,
        server.enter("/bare/", "bob", &password_of("bob")).await,
    );
    let shout = bob.post("shouts", &json!({ "text": "at the bare front" })).await.expect(201);
    let subject = scene.subject.with("bobs-shout", &text(&shout["id"]));
    for call in calls() {
        let Some(option) = call.needs else { continue };
        let reply = subject.call(&ann, &call).await;
        let what = format!("without {option}: {} {}: {}", call.method, call.path, reply.text());
        assert_eq!(reply.status, 403, "{what}");
        reply.problem(403, "not-permitted");
    }
    assert_eq!(scene.state().await, before);
}

pub(crate) async fn a_guest_only_reads(database: Database) {
    let server = place(database).start().await;
    let scene = Scene::set(&server).await;
    let before = scene.state().await;
    let entered = server.stranger("/im/").post("session", &json!({ "guest": true })).await;
    let guest = server.entered("/im/", &entered);
    // What ends the session, what has no end, and what begins where only ann may.
    let apart = |call: &Call| {
        (call.path == "session" && call.method == "DELETE")
            || (call.guest == Guest::Reads && call.path == "events/stream")
            || call.is_about("{cursor}")
    };
    for call in calls().into_iter().filter(|call| !apart(call)) {
        let reply = scene.subject.call(&guest, &call).await;
        let what = format!("{} {}: {} {}", call.method, call.path, reply.status, reply.text());
        match call.guest {
            Guest::Reads => {
                assert_eq!(reply.status, 200, "{what}");
                for private in ["between us", &scene.talk, "Ours"] {
                    assert!(!reply.text().contains(private), "{what}");
                }
            }
            Guest::Refused => assert!(matches!(reply.status, 403 | 404), "{what}"),
        }
    }
    assert_eq!(scene.state().await, before);
    guest.delete("session").await.expect(204);
    guest.get("session").await.problem(401, "session-required");
}
