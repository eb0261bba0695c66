//! Options, roles, and what holds at fronts, changed while people are here.

use serde_json::{Value, json};

use crate::support::central::{Central, Says};
use crate::support::client::{Person, password_of};
use crate::support::server::{NATIVE, TestServer};
use crate::support::{Database, builder, eventually};

fn front(keys: &str, options: &str) -> String {
    format!(
        "\n[[front]]\npath = \"/im/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n{keys}\n\
         [front.options]\nunknown_names = \"form\"\n{options}\n"
    )
}

async fn option(person: &Person, name: &str) -> Value {
    person.get("session").await.expect(200)["options"][name].clone()
}

async fn reload(server: &TestServer) -> Value {
    server.call("reload", &["--json"]).run().await.json(0)
}

pub(crate) async fn options_that_cant_be_are_told_at_once_with_front_and_key() {
    let keys = "default_role = \"nobody\"\nroles = [{ role = \"staff\" }, { login = \"ann\", role = \"staff\", authenticator = \"forum\" }]";
    let options = "shout_votes = true\nshouts_per_day = 50\nshouts_per_week = 10\nmoved_to = \"https://x.example.org/\"\n\
                   maintenance = \"why\"\nrank = 5\nword_filter = \"missing.txt\"\nmessage_retention = \"5m\"\nshout_queue_person = 20";
    let sections = format!("{NATIVE}[role.staff]\nmax_contacts = 3\n{}", front(keys, options));
    let outcome = builder(Database::Sqlite).sections(&sections).prepare().await.serve_and_fail().await;
    outcome.expect(78);
    outcome.says(&[
        "front[0] (`/im/`): default_role: there is no [role.nobody] (there are: staff)",
        "give either `group`",
        "`forum` is not one of this front's",
        "options.shout_votes: there is no shoutbox",
        "options.shouts_per_week: 10 a week is less than 50 a day",
        "options.maintenance: a front that has moved",
        "options.rank: in mode \"open-community\"",
        "options.word_filter:",
        "missing.txt",
        "options.edit_window: messages are kept for 5m only",
        "options.shout_queue_person: 20 can't wait where at most 10",
    ]);
    let sections = format!(
        "{NATIVE}[role.staff]\nmax_sessions = 3\nwelcom = \"x\"\n{}",
        front("", "max_contact = 3\nedit_window = \"2 weeks\"\nmax_conference_members = 1000")
    );
    let outcome = builder(Database::Sqlite).sections(&sections).prepare().await.serve_and_fail().await;
    outcome.expect(78);
    outcome.says(&[
        "role.staff.max_sessions: roles can't override",
        "role.staff.welcom: unknown option; did you mean `welcome`",
        "front[0].options.max_contact: unknown option; did you mean `max_contacts`",
        "front[0].options.edit_window",
        "front[0].options.max_conference_members: expected 2 to 500",
    ]);
}

pub(crate) async fn options_without_an_effect_are_told_and_stop_nobody() {
    let sections = format!("{NATIVE}{}", front("", "shouts_per_day = 3\nmax_own_groups = 2"));
    let mut server = builder(Database::Sqlite).sections(&sections).start().await;
    let told = ["options.shouts_per_day: without effect", "options.max_own_groups: without effect"];
    let (log, checked) = (server.log(), server.call("check", &[]).run().await);
    let table = checked.expect(0);
    for told in told {
        assert!(log.contains(told) && table.contains(told), "{told}: {log}\n{table}");
    }
    server.sections = format!("{NATIVE}{}", front("", "shout_votes_per_day = 3"));
    server.configure();
    reload(&server).await;
    assert!(server.log().contains("options.shout_votes_per_day: without effect"), "{}", server.log());
}

pub(crate) async fn roles_are_given_to_logins_and_by_default_and_explained(database: Database) {
    let roles =
        "[role.staff]\nmax_contacts = \"unlimited\"\n[role.newcomer]\nmax_contacts = 1\nsearch = false\n";
    let keys = "default_role = \"newcomer\"\nroles = [{ login = \"Ann\", role = \"staff\" }]";
    let sections = format!("{NATIVE}{roles}{}", front(keys, "max_contacts = 7\nmoderator = true"));
    let server = builder(database).sections(&sections).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    let (hers, his) = (ann.get("session").await.expect(200), bob.get("session").await.expect(200));
    assert_eq!((&hers["roles"], &his["roles"]), (&json!(["staff"]), &json!(["newcomer"])));
    assert_eq!(
        (&hers["options"]["max_contacts"], &his["options"]["max_contacts"]),
        (&Value::Null, &json!(1))
    );
    assert_eq!((&hers["options"]["search"], &his["options"]["search"]), (&json!(true), &json!(false)));
    assert_eq!(hers["options"]["edit_window"], 900);
    assert_eq!(his["limits"]["max_contacts"], 1);

    let explain = async |login: &str| {
        let arguments = ["--front", "im", "--account", login, "--option", "max_contacts", "--json"];
        server.call("options explain", &arguments).run().await.json(0)
    };
    let explained = explain("bob").await;
    let [option] = explained["options"].as_array().unwrap().as_slice() else { panic!("{explained}") };
    assert_eq!(option["value"], 1);
    assert_eq!(option["said"][0][0]["through"]["by"], "default-role");
    assert_eq!((&option["said"][1][1], &option["said"][2][1]), (&json!(7), &json!("unlimited")));
    let explained = explain("ann").await;
    assert_eq!(explained["options"][0]["said"][0][0]["through"]["login"], "Ann");
    let text = server.call("options explain", &["--front", "im", "--account", "ann"]).run().await;
    let text = text.expect(0);
    assert!(
        text.contains("max_contacts = \"unlimited\"  (role `staff`, given to the login `Ann`)"),
        "{text}"
    );
    assert!(text.contains("moderator = true  (the front)"), "{text}");
    let shown = server.call("options show", &["--front", "im", "--option", "max_contacts"]).run().await;
    assert!(shown.expect(0).starts_with("max_contacts = 7  (the front)"), "{}", shown.stdout);
    let unknown = server.call("options show", &["--front", "im", "--option", "nonsense"]).run().await;
    unknown.expect(1);
}

pub(crate) async fn a_reload_changes_what_holds_for_people_who_are_here(database: Database) {
    let sections =
        |title: &str, options: &str| format!("{NATIVE}{}", front(&format!("title = \"{title}\""), options));
    let mut server = builder(database).sections(&sections("Before", "max_contacts = 3")).start().await;
    let ann = server.person("ann").await;
    let mut heard = ann.listener();
    assert_eq!(option(&ann, "max_contacts").await, 3);

    server.sections = sections("After", "max_contacts = \"some\"\nsearch = 3");
    server.configure();
    server.hang_up();
    eventually("the mistakes are told", async || {
        let log = server.log();
        (log.contains("options.max_contacts") && log.contains("options.search")).then_some(())
    })
    .await;
    assert_eq!(option(&ann, "max_contacts").await, 3, "nothing was changed");
    let refused = server.call("reload", &["--json"]).run().await;
    refused.expect(78);

    server.sections = sections("After", "max_contacts = 5");
    server.configure();
    server.hang_up();
    heard.until_type("session").await;
    assert_eq!(option(&ann, "max_contacts").await, 5);
    assert_eq!(ann.get("front").await.expect(200)["title"], "After");
    assert_eq!(reload(&server).await, json!({ "changed": [], "needs_restart": [] }));

    server.sections = sections("Later", "max_contacts = 6")
        .replace("path = \"/im/\"", "id = \"im\"\npath = \"/chat/\"")
        + "\n[authenticator.other]\nkind = \"native\"\n[[front]]\npath = \"/more/\"\nauthenticators = [\"other\"]\n";
    server.configure();
    let done = reload(&server).await;
    assert_eq!(done["changed"], json!(["im"]));
    let restart = done["needs_restart"].as_array().unwrap();
    for what in ["authenticator.other", "front `im`: path", "front `more` is new"] {
        assert!(restart.contains(&json!(what)), "{what}: {done}");
    }
    assert_eq!(option(&ann, "max_contacts").await, 6, "at the old place");
    let lines = server.call("admin audit", &["--action", "reloaded", "--json"]).run().await.json(0);
    let by: Vec<_> = lines["entries"].as_array().unwrap().iter().map(|line| &line["actor"]["name"]).collect();
    assert_eq!(by, ["command line", "command line", "SIGHUP"], "what was refused has none");
}

pub(crate) async fn a_front_is_closed_and_opened_again_while_people_are_here(database: Database) {
    let sections = |options: &str| format!("{NATIVE}{}", front("", options));
    let mut server = builder(database).sections(&sections("")).start().await;
    let ann = server.person("ann").await;
    let poll = {
        let request = ann.request(reqwest::Method::GET, &format!("events?cursor={}&wait=50", ann.cursor));
        tokio::spawn(async move { Person::send(request).await })
    };
    server.polls_wait(1).await;
    server.sections = sections("maintenance = \"back at noon\"\nadmin_contact = \"room 12\"");
    server.configure();
    reload(&server).await;
    let ended =
        tokio::time::timeout(std::time::Duration::from_secs(10), poll).await.expect("it ends").unwrap();
    ended.expect(200);
    let problem = ann.get("session").await.problem(503, "maintenance");
    assert_eq!(problem["detail"], "back at noon");
    server.log_in("/im/", "ann", &password_of("ann")).await.problem(503, "maintenance");
    let shown = ann.get("front").await.expect(200);
    assert_eq!((&shown["maintenance"], &shown["admin_contact"]), (&json!("back at noon"), &json!("room 12")));
    let page = Person::send(server.http.get(format!("{}/im/", server.origin()))).await;
    assert_eq!(page.status, 200);
    let other = ann.delete("session").await;
    assert_eq!(other.status, 204);
    server.sections = sections("");
    server.configure();
    reload(&server).await;
    server.enter("/im/", "ann", &password_of("ann")).await;
}

pub(crate) async fn a_front_that_has_moved_says_where_to(database: Database) {
    let url = "https://chat.example.org/im/";
    let sections = |options: &str| format!("{NATIVE}{}", front("", options));
    let mut server = builder(database).sections(&sections("")).start().await;
    let ann = server.person("ann").await;
    server.sections = sections(&format!("moved_to = \"{url}\""));
    server.configure();
    reload(&server).await;
    let problem = server.log_in("/im/", "ann", &password_of("ann")).await.problem(410, "moved");
    assert_eq!(problem["moved_to"], url);
    assert_eq!(ann.get("front").await.expect(200)["moved_to"], url);
    ann.get("session").await.expect(200);
    server.sections = sections(&format!("moved_to_after_login = \"{url}\"\nwelcome = \"Hello\""));
    server.configure();
    reload(&server).await;
    assert_eq!(ann.get("front").await.expect(200)["moved_to"], Value::Null);
    let entered = server.log_in("/im/", "ann", &password_of("ann")).await.expect(201);
    assert_eq!(entered["moved_to"], url);
    assert_eq!(ann.get("session").await.expect(200)["welcome"], "Hello");
}

pub(crate) async fn options_come_from_a_central_server_and_survive_its_outage(database: Database) {
    let file = |contacts: u32| {
        Says::File(format!(
            "max_contacts = {contacts}\nsearch = false\n[role.staff]\nmax_contacts = \"unlimited\"\n"
        ))
    };
    let central = Central::start(file(3)).await;
    let keys = format!("extends = \"{}\"\nroles = [{{ login = \"bob\", role = \"staff\" }}]", central.url());
    let sections = format!("{NATIVE}{}", front(&keys, "typing = false"));
    let mut server = builder(database).sections(&sections).start().await;
    let (ann, bob) = (server.person("ann").await, server.person("bob").await);
    assert_eq!((option(&ann, "max_contacts").await, option(&ann, "search").await), (json!(3), json!(false)));
    assert_eq!(option(&bob, "max_contacts").await, Value::Null, "a role of the central server");

    // The same again is not sent again; what is new is applied; what can't be is not.
    assert_eq!(reload(&server).await["changed"], json!([]));
    assert_eq!(central.answered(), [200, 304]);
    central.now_says(file(4));
    assert_eq!(reload(&server).await["changed"], json!(["im"]));
    assert_eq!(option(&ann, "max_contacts").await, 4);
    for bad in [
        Says::File("max_contacts = \"some\"\n".into()),
        Says::File("<html>".into()),
        Says::File("shout_votes = true\nlisten = \"x\"\n".into()),
        Says::Status(500),
        Says::TooMuch,
    ] {
        central.now_says(bad.clone());
        reload(&server).await;
        assert_eq!(option(&ann, "max_contacts").await, 4, "{bad:?}");
    }
    let log = server.log();
    for told in ["max_contacts: expected a number", "listen: unknown option", "500", "larger than 256 KiB"] {
        assert!(log.contains(told), "{told}: {log}");
    }
    // An answer that is good by itself and does not fit the front.
    central.now_says(Says::File("shout_votes = true\n".into()));
    let refused = server.call("reload", &["--json"]).run().await.json(1);
    assert!(refused["refused"].to_string().contains("shout_votes"), "{refused}");
    central.now_says(file(4));
    reload(&server).await;

    // Where both say something, the front does.
    server.sections = sections.replace("typing = false", "max_contacts = 9");
    server.configure();
    reload(&server).await;
    assert_eq!((option(&ann, "max_contacts").await, option(&ann, "search").await), (json!(9), json!(false)));
    server.sections = sections;
    server.configure();

    let url = central.url();
    central.now_says(Says::Nothing);
    server.restart().await;
    assert_eq!(option(&ann, "max_contacts").await, 4, "as it said last, after waiting for it");
    drop(central);
    server.restart().await;
    assert_eq!(option(&ann, "max_contacts").await, 4, "as it said last");
    let shown = server.call("options show", &["--front", "im", "--option", "max_contacts"]).run().await;
    assert!(shown.expect(0).starts_with(&format!("max_contacts = 4  ({url})")), "{}", shown.stdout);

    server.terminate().await;
    server.sections = server.sections.replace("extends = ", "extends_cache = \"elsewhere.toml\"\nextends = ");
    server.configure();
    let outcome = server.serve_and_fail().await;
    outcome.expect(78);
    outcome.says(&[&url, "no earlier answer", "elsewhere.toml"]);
    server.sections = server.sections.replace(&url, "http://central.example.org/options.toml");
    server.configure();
    let outcome = server.serve_and_fail().await;
    outcome.expect(78);
    outcome.says(&["extends", "extends_insecure"]);
}

pub(crate) async fn what_a_front_says_of_itself_is_told(database: Database) {
    let options = "welcome = \"Good morning\"\nadmin_contact = \"it@example.org\"\nsite_url = \"https://example.org/\"\n\
                   auto_away_after = \"5m\"\npoll_interval = \"7s\"\naway_reasons = [\"Lunch\"]";
    let plain = "\n[[front]]\npath = \"/plain/\"\nauthenticators = [\"native\"]\nmode = \"open-community\"\n\
                 [front.options]\nunknown_names = \"form\"\n";
    let server = builder(database).sections(&format!("{NATIVE}{}{plain}", front("", options))).start().await;
    let told = async |path: &str| {
        let front = server.stranger(path).get("front").await.expect(200);
        let session = server.person_at(path, "ann").await.get("session").await.expect(200);
        json!([
            front["admin_contact"],
            front["site_url"],
            session["welcome"],
            session["options"]["auto_away_after"],
            session["options"]["poll_interval"],
            session["options"]["away_reasons"],
        ])
    };
    let said = json!(["it@example.org", "https://example.org/", "Good morning", 300, 7, ["Lunch"]]);
    assert_eq!(told("/im/").await, said);
    assert_eq!(told("/plain/").await, json!([null, null, null, 600, 20, []]));
}
