//! `portico import intramessenger`, from MariaDB as the predecessor left it to people who are here.

use serde_json::{Value, json};

use crate::support::client::password_of;
use crate::support::predecessor::{PEPPER, Predecessor, options_file};
use crate::support::server::NATIVE;
use crate::support::{Database, Outcome, Person, TestServer, builder};

const FRONT: &str = "\n[[front]]\npath = \"/im/\"\nauthenticators = [\"native\"]\n";

/// A server that hasn't run yet, with a `taken` of its own, the old database, and its files.
async fn before(database: Database) -> (TestServer, Predecessor) {
    let server = builder(database).sections(&format!("{NATIVE}{FRONT}")).prepare().await;
    let password = format!("{}\n", password_of("taken"));
    server.call("admin create", &["--login", "taken", "--ordinary"]).input(password).run().await.expect(0);
    std::fs::write(server.file("config.inc.php"), options_file()).expect("a file");
    std::fs::write(server.file("pepper"), format!("{PEPPER}\r\n")).expect("a file");
    server.keep_secret(PEPPER);
    (server, Predecessor::make().await)
}

async fn import(server: &TestServer, url: &str, more: &[&str]) -> Outcome {
    let (options, pepper) = (server.file("config.inc.php"), server.file("pepper"));
    let files = ["--options-file", options.to_str().unwrap(), "--pepper-file", pepper.to_str().unwrap()];
    let arguments: Vec<&str> =
        ["--front", "im"].into_iter().chain(files).chain(more.iter().copied()).collect();
    let call = server.call("import intramessenger", &arguments).env("PORTICO_IMPORT_DATABASE_URL", url);
    let outcome = call.run().await;
    for text in [&outcome.stdout, &outcome.stderr] {
        assert!(!text.contains(PEPPER) && !text.contains("panicked"), "{text}");
    }
    outcome
}

fn left_out(report: &Value) -> Vec<(String, u64)> {
    let left_out = report["found"]["left_out"].as_object().expect("reasons");
    left_out.iter().map(|(why, count)| (why.clone(), count.as_u64().expect("a number"))).collect()
}

/// How many native accounts there are.
async fn accounts(server: &TestServer) -> usize {
    server.call("admin list", &["--json"]).run().await.json(0).as_array().expect("a list").len()
}

pub(crate) async fn what_is_planned_is_told_and_what_is_done_is_done_once(database: Database) {
    let (server, old) = before(database).await;
    let planned = import(&server, old.url(), &["--dry-run", "--json"]).await.json(0);
    assert_eq!(planned["written"], Value::Null);
    assert_eq!(accounts(&server).await, 1, "a dry run writes nothing");
    let found = &planned["found"];
    let numbers =
        ["people", "relations", "groups", "messages", "bans"].map(|what| found[what].as_u64().unwrap());
    assert_eq!(numbers, [12, 7, 4, 2, 4], "{planned:#}");
    let reasons = left_out(&planned);
    for (why, times) in [
        ("account: had left", 1),
        ("e-mail address: none that could be one", 1),
        ("account: in a state that is not known", 1),
        ("account: a name that another one has, but for its case", 1),
        ("account: without a name that somebody could log in with", 1),
        ("contact: of one side alone, which becomes a request", 1),
        ("contact: refused by its owner", 1),
        ("contact: twice", 1),
        ("contact: of an account that does not come over", 4),
        ("contact: in a state that is not known", 2),
        ("group: a name that another one has, but for its case", 1),
        ("message: of an administrator", 1),
        ("message: of a conference, which ended with its server", 1),
        ("message: encrypted by the old client", 2),
        ("message: empty or too long", 1),
        ("message: can't be decoded", 1),
        ("ban: of a computer, which the client named itself", 1),
        ("ban: an address pattern that is no network", 1),
        ("ban: empty", 2),
    ] {
        assert!(reasons.contains(&(why.to_owned(), times)), "{why}: {reasons:#?}");
    }
    let notes = planned["notes"].to_string();
    assert!(notes.contains("_CENSOR_MESSAGES") && notes.contains("computed by PHP"), "{notes}");

    let written = import(&server, old.url(), &["--json"]).await.json(0)["written"].clone();
    let unmanaged = written["without_manager"].as_array().expect("groups").clone();
    let mut names: Vec<&str> = unmanaged.iter().map(|group| group["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Aunts", "Inner circle", "Unsaid", "Ärzte"]);
    let wanted = json!({
        "people": 11, "shut": 2, "names_taken": ["taken"], "relations": 5, "groups": 4, "without_manager": unmanaged,
        "messages": 2, "bans": 4, "bans_there": 0
    });
    assert_eq!(written, wanted);
    assert_eq!(accounts(&server).await, 12);
    let again = import(&server, old.url(), &["--json"]).await.json(0)["written"].clone();
    let nothing = json!({
        "people": 0, "shut": 2, "names_taken": ["taken"], "relations": 0, "groups": 0, "without_manager": unmanaged,
        "messages": 0, "bans": 0, "bans_there": 4
    });
    assert_eq!(again, nothing);
    assert_eq!(accounts(&server).await, 12);
    let text = import(&server, old.url(), &["--dry-run"]).await;
    assert!(text.expect(0).contains("nothing was written (--dry-run)"), "{}", text.stdout);
    assert!(text.stdout.contains("portico admin add-member GROUP ACCOUNT --as manager"), "{}", text.stdout);
    assert!(text.stdout.contains("2 of the accounts wait or are locked"), "{}", text.stdout);
}

/// The old options and roles as sections that a server starts with.
fn as_configured(sections: &str) -> String {
    let front = sections.replacen("[[front]]\n", FRONT.trim_start(), 1);
    format!("{NATIVE}{front}")
}

/// A server whose people came from the predecessor, in two goes.
async fn moved(database: Database) -> TestServer {
    let (mut server, old) = before(database).await;
    let file = server.file("old.toml");
    import(&server, old.url(), &["--write-options", file.to_str().unwrap()]).await.expect(0);
    import(&server, old.url(), &[]).await.expect(0);
    server.sections = as_configured(&std::fs::read_to_string(file).expect("the sections"));
    server.configure();
    server.start().await;
    server
}

async fn enter(server: &TestServer, login: &str) -> Person {
    server.enter("/im/", login, Predecessor::password()).await
}

/// What somebody has with others: their logins and the relation.
async fn relations(person: &Person) -> Vec<String> {
    let page = person.get("contacts?limit=200").await.expect(200);
    let mut all: Vec<String> = page["people"]
        .as_array()
        .expect("people")
        .iter()
        .map(|other| format!("{} {}", other["login"].as_str().unwrap(), other["relation"].as_str().unwrap()))
        .collect();
    all.sort();
    all
}

pub(crate) async fn people_come_in_with_their_old_password_which_is_hashed_anew(database: Database) {
    let server = moved(database).await;
    let ann = enter(&server, "ANN").await;
    assert_eq!(ann.login, "Ann");
    let session = ann.get("session").await.expect(200);
    assert_eq!(
        (&session["account"]["display_name"], &session["account"]["email"]),
        (&json!("Ann Ärger"), &json!("ann@example.org"))
    );
    // The old hash is verified and another one is made of the password; afterwards there is one to verify.
    for (login, hashes) in [("dora", 2), ("dora", 1), ("Cléo M", 2), ("Cléo M", 1)] {
        let before = server.hashes().await;
        enter(&server, login).await;
        assert_eq!(server.hashes().await - before, hashes, "{login}");
    }
    server.log_in("/im/", "Ann", "another password").await.problem(401, "login-refused");
    // Who had none, or one of a kind that can't be verified, has none.
    for login in ["fred", "gus"] {
        for password in [Predecessor::password(), "d3b07384d113edec49ea"] {
            server.log_in("/im/", login, password).await.problem(401, "login-refused");
        }
    }
    for (login, status, slug) in [
        ("waiting", 403, "pending"),
        ("locked", 403, "disabled"),
        ("Banned Bob", 403, "banned"),
        ("left", 401, "login-refused"),
        ("odd", 401, "login-refused"),
        ("taken", 401, "login-refused"),
    ] {
        server.log_in("/im/", login, Predecessor::password()).await.problem(status, slug);
    }
    server.enter("/im/", "taken", &password_of("taken")).await;
    let hostile = enter(&server, "<script>alert(1)").await;
    let session = hostile.get("session").await.expect(200);
    assert_eq!(session["account"]["display_name"], "\"><img src=x>");
}

pub(crate) async fn contacts_groups_and_messages_are_there(database: Database) {
    let server = moved(database).await;
    let entered = server.call("admin accounts", &["--json"]).run().await.json(0);
    let entered: Vec<&str> =
        entered["accounts"].as_array().unwrap().iter().map(|one| one["login"].as_str().unwrap()).collect();
    assert!(
        entered.contains(&"dora") && !entered.contains(&"waiting") && !entered.contains(&"locked"),
        "{entered:?}"
    );
    let (ann, cleo) = (enter(&server, "ann").await, enter(&server, "Cléo M").await);
    assert_eq!(
        relations(&ann).await,
        ["Cléo M accepted", "dora refused", "eve requested-by-them", "jürgen accepted"]
    );
    let juergen = enter(&server, "jürgen").await;
    assert_eq!(relations(&juergen).await, ["Ann accepted", "Cléo M requested"]);
    let shown = ann.sees(&juergen).await;
    assert_eq!(
        (&shown["favourite"], &shown["nickname"], &shown["contact_group"]),
        (&json!(true), &json!("Jürg"), &json!("Büro"))
    );
    assert_eq!(cleo.sees(&juergen).await["request_text"], "Darf ich? Grüße");
    assert_eq!(ann.sees(&cleo).await["presence"]["state"], "offline", "they hide from Ann");

    let groups = ann.get("groups").await.expect(200)["groups"].clone();
    let mut groups: Vec<String> = groups
        .as_array()
        .unwrap()
        .iter()
        .map(|group| {
            format!(
                "{} {} {}",
                group["name"].as_str().unwrap(),
                group["kind"].as_str().unwrap(),
                group["member_count"]
            )
        })
        .collect();
    groups.sort();
    assert_eq!(groups, ["Aunts public 2", "Inner circle private 1", "Ärzte official 2"]);
    // What the report says how to give a group somebody who manages it.
    let aunts = server.call("admin groups", &["--json"]).run().await.json(0)["groups"].clone();
    let aunts = aunts.as_array().unwrap().iter().find(|group| group["name"] == "Aunts").unwrap().clone();
    let aunts = aunts["id"].as_str().unwrap();
    server.call("admin add-member", &[aunts, &ann.id, "--as", "manager"]).run().await.expect(0);
    let seats = server.call("admin group-members", &[aunts, "--json"]).run().await.json(0)["members"].clone();
    let hers =
        seats.as_array().unwrap().iter().find(|seat| seat["account"]["id"] == ann.id.as_str()).unwrap();
    assert_eq!(hers["part"], "manager");

    let conversations = ann.get("conversations").await.expect(200)["conversations"].clone();
    let talks: Vec<&Value> =
        conversations.as_array().unwrap().iter().filter(|talk| talk["kind"] == "direct").collect();
    let [talk] = talks.as_slice() else { panic!("{conversations}") };
    let id = talk["id"].as_str().unwrap();
    let texts: Vec<Value> =
        ann.whole_history(id).await.iter().map(|message| message["text"].clone()).collect();
    assert_eq!(texts, ["Grüße ??>", "<script>'; DROP TABLE --"], "each once, though imported twice");
    ann.say(id, "at last").await;
    // Imported twice, and written down once: the second time there was nothing left to do.
    let log = async |action: &str| {
        let told = server.call("admin audit", &["--action", action, "--json"]).run().await.json(0);
        told["entries"].as_array().expect("a list").clone()
    };
    let [line]: [Value; 1] = log("imported").await.try_into().expect("one line");
    assert!(line["after"]["people"].as_u64() > Some(5), "{line}");
    assert!(!line.to_string().contains("DROP TABLE"), "what people wrote stands in no log: {line}");
    let bans = log("ban-imported").await;
    assert_eq!(bans.len() as u64, line["after"]["bans"].as_u64().expect("a number"));
    assert!(bans.iter().all(|ban| ban["target"]["kind"] == "ban"), "{bans:?}");
}

pub(crate) async fn options_and_roles_hold(database: Database) {
    let server = moved(database).await;
    let front = server.stranger("/im/").get("front").await.expect(200);
    assert_eq!((&front["title"], &front["mode"]), (&json!("Büro \"Süd\""), &json!("normal")));
    let (ann, juergen) = (enter(&server, "ann").await, enter(&server, "jürgen").await);
    let (hers, his) = (ann.get("session").await.expect(200), juergen.get("session").await.expect(200));
    assert_eq!((&hers["roles"], &his["roles"]), (&json!(["leitung--s-d"]), &json!(["others"])));
    let both = |option: &str| [hers["options"][option].clone(), his["options"][option].clone()];
    assert_eq!(both("max_contacts"), [7, 1]);
    assert_eq!(both("conferences"), [true, false]);
    assert_eq!(hers["options"]["invisible"], true);
    assert_eq!(hers["options"]["busy_reasons"], json!(["Sitzung", "Mittag", "Übergabe"]));
}

pub(crate) async fn what_goes_wrong_is_told_and_writes_nothing() {
    let (mut server, old) = before(Database::Sqlite).await;
    let url = old.url().to_owned();
    let (account, rest) = url.rsplit_once('@').unwrap();
    let (address, name) = rest.split_once('/').unwrap();
    let secret = "not-the-password-77";
    let free = crate::support::ports::free_address();
    let user = account.rsplit_once(':').unwrap().0;
    for (wrong, says) in [
        (format!("{user}:{secret}@{rest}"), vec!["can't be read", "Access denied"]),
        (format!("{account}@{address}/no_such_database"), vec!["no_such_database"]),
        (format!("mysql://root:{secret}@{free}/{name}"), vec!["can't be read"]),
        (format!("http://root:{secret}@{address}/{name}"), vec!["scheme"]),
        (secret.to_owned(), vec!["scheme"]),
    ] {
        let outcome = import(&server, &wrong, &[]).await;
        outcome.expect(2);
        outcome.says(&says);
        assert!(!outcome.stderr.contains(secret), "{}", outcome.stderr);
    }
    let prefix = import(&server, &url, &["--table-prefix", "XX_"]).await;
    prefix.expect(2);
    prefix.says(&["XX_USR_USER"]);
    let front = server.call("import intramessenger", &["--front", "nowhere"]);
    let front = front.env("PORTICO_IMPORT_DATABASE_URL", &url).run().await;
    front.expect(2);
    front.says(&["--front nowhere", "there are: im"]);

    std::fs::write(server.file("there.toml"), "mine").expect("a file");
    let there = server.file("there.toml");
    let file = import(&server, &url, &["--write-options", there.to_str().unwrap()]).await;
    file.expect(2);
    file.says(&["there.toml", "not overwritten"]);
    assert_eq!(std::fs::read_to_string(there).expect("a file"), "mine");

    std::fs::write(server.file("pepper"), "<?php $pepper = 'x';").expect("a file");
    let pepper = import(&server, &url, &[]).await;
    pepper.expect(2);
    pepper.says(&["--pepper-file", "this is PHP"]);
    std::fs::write(server.file("pepper"), PEPPER).expect("a file");

    std::fs::remove_file(server.file("config.inc.php")).expect("it was there");
    let options = import(&server, &url, &[]).await;
    options.expect(2);
    options.says(&["config.inc.php", "No such file"]);
    std::fs::write(server.file("config.inc.php"), options_file()).expect("a file");

    server.start().await;
    let running = import(&server, &url, &[]).await;
    running.expect(2);
    running.says(&["stop the server first"]);
    server.terminate().await;

    old.execute("DROP TABLE IM_BAN_BANNED;\n").await;
    let table = import(&server, &url, &[]).await;
    table.expect(2);
    table.says(&["IM_BAN_BANNED"]);
    assert_eq!(accounts(&server).await, 1, "nothing was written");
    without_an_address_it_is_wrong_usage(&server).await;
}

async fn without_an_address_it_is_wrong_usage(server: &TestServer) {
    let outcome = server.call("import intramessenger", &["--front", "im"]).run().await;
    outcome.expect(64);
    outcome.says(&["--database-url"]);
}
