//! The limits of fronts hold under parallel attempts, and over restarts.

use futures_util::future::join_all;
use serde_json::{Value, json};

use crate::support::client::password_of;
use crate::support::{Database, Person, TestServer, builder};

/// Figure 3: two fronts over the same accounts, with limits of their own.
const SMALL_AND_LARGE: &str = r#"
[[front]]
path = "/small/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
max_contacts = 3
max_sessions = 50

[[front]]
path = "/large/"
authenticators = ["native"]
mode = "open-community"
[front.options]
max_contacts = 20
max_sessions = 200
"#;

async fn contacts_of(person: &Person) -> usize {
    let roster = person.roster().await;
    roster.iter().filter(|other| other["relation"] != "none").count()
}

/// Asks for contacts with `others`, `times` times in parallel through these devices; returns the statuses.
async fn ask_all(devices: &[&Person], others: &[Person], times: usize) -> Vec<u16> {
    let requests = (0..times).map(|number| {
        let device = devices[number % devices.len()];
        device.contact(&others[(number / devices.len()) % others.len()], "request")
    });
    join_all(requests)
        .await
        .iter()
        .map(|reply| {
            match reply.status {
                403 => assert!(reply.problem(403, "limit-reached")["limit"].is_number()),
                status => assert_eq!(status, 200, "{}", reply.text()),
            }
            reply.status
        })
        .collect()
}

pub(crate) async fn a_thousand_parallel_requests_leave_exactly_the_limit(database: Database) {
    let server = builder(database).and(SMALL_AND_LARGE).start().await;
    let mut others = Vec::new();
    for number in 0..30 {
        others.push(server.person_at("/im/", &format!("person-{number}")).await);
    }
    let small = server.person_at("/small/", "ann").await;
    let large = server.enter("/large/", "ann", &password_of("ann")).await;
    assert_eq!(small.id, large.id);
    // Ann's fronts see those who are at /im/: all three are of one community.
    ask_all(&[&small], &others, 1000).await;
    assert_eq!(contacts_of(&small).await, 3);
    let statuses = ask_all(&[&small, &large], &others, 1000).await;
    assert_eq!(contacts_of(&large).await, 20);
    assert!(statuses.contains(&403) && statuses.contains(&200));
    // Through the small front no more, though the others are there and stay.
    let fresh = &server.person_at("/im/", "fresh").await;
    small.contact(fresh, "request").await.problem(403, "limit-reached");
    assert_eq!(contacts_of(&small).await, 20);
}

pub(crate) async fn asked_contacts_do_not_count_and_accepting_counts(database: Database) {
    let server = builder(database).and(SMALL_AND_LARGE).start().await;
    let ann = server.person_at("/small/", "ann").await;
    let mut others = Vec::new();
    for number in 0..5 {
        let other = server.person_at("/im/", &format!("person-{number}")).await;
        other.contact(&ann, "request").await.expect(200);
        others.push(other);
    }
    let replies = join_all(others.iter().map(|other| ann.contact(other, "accept"))).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 200).count(), 3);
    assert_eq!(replies.iter().filter(|reply| reply.status == 403).count(), 2);
    // Room is made by removing one.
    let (accepted, rest): (Vec<_>, Vec<_>) =
        others.iter().zip(&replies).partition(|(_, reply)| reply.status == 200);
    ann.contact(accepted[0].0, "remove").await.expect(200);
    ann.contact(rest[0].0, "accept").await.expect(200);
    ann.contact(rest[1].0, "accept").await.problem(403, "limit-reached");
}

async fn enter_all(server: &TestServer, front: &str, times: usize) -> (Vec<Person>, usize) {
    let password = password_of("ann");
    let replies = join_all((0..times).map(|_| server.log_in(front, "ann", &password))).await;
    let mut inside = Vec::new();
    for reply in &replies {
        if reply.status == 201 {
            inside.push(server.entered(front, reply));
        } else {
            reply.problem_for_now(503, "front-full");
        }
    }
    let refused = replies.len() - inside.len();
    (inside, refused)
}

pub(crate) async fn parallel_logins_leave_exactly_the_limit_over_restarts(database: Database) {
    let front = r#"
[[front]]
path = "/tiny/"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"
max_sessions = 6
"#;
    let mut server = builder(database).and(front).start().await;
    server.register("/tiny/", "ann").await;
    let (mut inside, refused) = enter_all(&server, "/tiny/", 4).await;
    assert_eq!((inside.len(), refused), (4, 0));
    server.kill_9().await;
    server.start_again().await;
    let (more, refused) = enter_all(&server, "/tiny/", 20).await;
    assert_eq!((more.len(), refused), (2, 18));
    inside.extend(more);
    server.restart().await;
    let (more, refused) = enter_all(&server, "/tiny/", 5).await;
    assert_eq!((more.len(), refused), (0, 5));
    for person in &inside {
        person.get("session").await.expect(200);
    }
    inside[0].delete("session").await.expect(204);
    let (more, refused) = enter_all(&server, "/tiny/", 5).await;
    assert_eq!((more.len(), refused), (1, 4));
}

pub(crate) async fn each_front_has_limits_of_its_own(database: Database) {
    let server = builder(database).and(SMALL_AND_LARGE).start().await;
    let limits = async |front: &str| server.stranger(front).get("front").await.expect(200)["limits"].clone();
    assert_eq!(
        limits("/small/").await,
        json!({ "max_contacts": 3, "max_sessions": 50, "max_message_bytes": 16384 })
    );
    assert_eq!(
        limits("/large/").await,
        json!({ "max_contacts": 20, "max_sessions": 200, "max_message_bytes": 16384 })
    );
    server.register("/small/", "ann").await;
    let (inside, refused) = enter_all(&server, "/small/", 60).await;
    assert_eq!((inside.len(), refused), (50, 10));
    let (inside, refused) = enter_all(&server, "/large/", 60).await;
    assert_eq!((inside.len(), refused), (60, 0));
}

pub(crate) async fn a_page_of_anything_is_bounded(database: Database) {
    let server = builder(database).start().await;
    let ann = server.person("ann").await;
    let page = ann.get("roster?limit=18446744073709551615").await.expect(200);
    assert_eq!(page, json!({ "people": [], "next": Value::Null }));
}

fn front(path: &str, options: &str) -> String {
    format!(
        "[[front]]\npath = \"{path}\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
         [front.options]\nunknown_names = \"form\"\n{options}\n"
    )
}

pub(crate) async fn one_person_has_as_many_sessions_as_the_front_allows(database: Database) {
    let server = builder(database).and(&front("/few/", "max_sessions_per_person = 3")).start().await;
    let first = server.person_at("/few/", "ann").await;
    let other = server.person_at("/few/", "ben").await;
    let password = password_of("ann");
    let replies = join_all((0..30).map(|_| server.log_in("/few/", "ann", &password))).await;
    let mut alive = Vec::new();
    for reply in &replies {
        if reply.status == 201 {
            let person = server.entered("/few/", reply);
            if person.get("session").await.status == 200 {
                alive.push(person);
            }
        } else {
            assert_eq!(reply.problem(401, "session-ended")["reason"], "replaced");
        }
    }
    assert_eq!(alive.len(), 3);
    let told = first.poll(&first.cursor, std::time::Duration::ZERO).await;
    assert_eq!(told.problem(401, "session-ended")["reason"], "replaced");
    other.get("session").await.expect(200);
    // Through another front of the same community Ann has other sessions.
    server.enter("/im/", "ann", &password).await.get("session").await.expect(200);
    let newest = server.enter("/few/", "ann", &password).await;
    newest.get("session").await.expect(200);
    let statuses = join_all(alive.iter().map(|person| person.get("session"))).await;
    assert_eq!(statuses.iter().filter(|reply| reply.status == 200).count(), 2);
}

pub(crate) async fn one_address_has_as_many_sessions_as_the_front_allows(database: Database) {
    let server = builder(database)
        .server("trusted_proxies = [\"127.0.0.1/32\"]")
        .and(&front("/home/", "max_sessions_per_address = 5"))
        .start()
        .await;
    server.register("/home/", "ann").await;
    let stranger = server.stranger("/home/");
    let from = |address: &str| {
        let body = json!({ "login": "ann", "password": password_of("ann") });
        let request = stranger.request(reqwest::Method::POST, "session");
        Person::send(request.header("x-forwarded-for", address).json(&body))
    };
    let replies = join_all((0..30).map(|_| from("198.51.100.7"))).await;
    let inside: Vec<_> = replies.iter().filter(|reply| reply.status == 201).collect();
    assert_eq!(inside.len(), 5);
    for reply in replies.iter().filter(|reply| reply.status != 201) {
        reply.problem_for_now(503, "address-full");
    }
    let ann = server.entered("/home/", inside[0]);
    let at = |address: &'static str| {
        Person::send(ann.request(reqwest::Method::GET, "session").header("x-forwarded-for", address))
    };
    at("198.51.100.7").await.expect(200);
    // The address that the proxy vouches for counts, not what a client writes before it.
    from("198.51.100.9, 198.51.100.7").await.problem_for_now(503, "address-full");
    let elsewhere = server.entered("/home/", &from("198.51.100.8").await);
    let moved = elsewhere.request(reqwest::Method::GET, "session").header("x-forwarded-for", "198.51.100.7");
    Person::send(moved).await.problem_for_now(503, "address-full");
    let leave = ann.request(reqwest::Method::DELETE, "session").header("x-forwarded-for", "198.51.100.7");
    Person::send(leave).await.expect(204);
    from("198.51.100.7").await.expect(201);
}

pub(crate) async fn a_full_front_takes_nobody_new_and_everybody_known(database: Database) {
    let server = builder(database).and(&front("/club/", "max_accounts = 4")).start().await;
    for number in 0..12 {
        // They have accounts, and have never been at this front.
        server.register("/im/", &format!("person-{number}")).await;
    }
    let log_in = |number: usize| {
        let login = format!("person-{number}");
        let server = &server;
        async move { server.log_in("/club/", &login, &password_of(&login)).await }
    };
    let replies = join_all((0..12).map(log_in)).await;
    let inside: Vec<usize> = (0..12).filter(|number| replies[*number].status == 201).collect();
    assert_eq!(inside.len(), 4);
    for (number, reply) in replies.iter().enumerate() {
        if inside.contains(&number) {
            server.entered("/club/", reply);
            server.entered("/club/", &log_in(number).await);
        } else {
            reply.problem(403, "no-more-accounts");
        }
    }
    let wrong = server.log_in("/club/", "person-0", "a wrong password").await;
    wrong.problem(401, "login-refused");
    let form = json!({ "login": "late", "password": password_of("late") });
    server.stranger("/club/").post("account", &form).await.problem(403, "no-more-accounts");
    server.stranger("/im/").post("account", &form).await.expect(201);
    // Administrators have their way in.
    server.root().await;
    server.entered("/club/", &server.log_in("/club/", "root", &password_of("root")).await);
}
