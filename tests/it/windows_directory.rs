//! Real directories that are read in rounds: colleagues who never logged in, their facts and pictures, and those who have
//! gone.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;

use crate::support::windows::Domain;
use crate::support::{Database, Person, TestServer, builder, eventually, portico};

/// A JPEG of one pixel.
const PIXEL: &str = "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxD/2Q==";

/// A part of OpenLDAP's tree, with ann, ben and cat.
struct Tree {
    base: String,
    password: String,
    url: String,
    ca: String,
}

impl Tree {
    async fn grow() -> Self {
        let variable = |name: &str| {
            std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run cargo xtask services"))
        };
        let tree = Self {
            base: format!(
                "ou=r{},{}",
                &uuid::Uuid::new_v4().simple().to_string()[..10],
                variable("PORTICO_TEST_OPENLDAP_BASE")
            ),
            password: variable("PORTICO_TEST_OPENLDAP_PASSWORD"),
            url: variable("PORTICO_TEST_OPENLDAPS_URL"),
            ca: variable("PORTICO_TEST_OPENLDAP_CA"),
        };
        let Self { base, password, .. } = &tree;
        let person = |uid: &str, more: &str| {
            format!(
                "dn: uid={uid},{base}\nchangetype: add\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {uid} Example\n\
                 displayName: {uid} Example\nsn: Example\nuserPassword: {password}\n{more}\n"
            )
        };
        let ou = format!("dn: {base}\nchangetype: add\nobjectClass: organizationalUnit\n\n");
        let ben = format!("title: Carpenter\ntelephoneNumber: +49 30 77\njpegPhoto:: {PIXEL}\n");
        let group = format!(
            "dn: cn=Workshop,{base}\nchangetype: add\nobjectClass: groupOfNames\ncn: Workshop\n\
             member: uid=ann,{base}\nmember: uid=ben,{base}\n\n"
        );
        tree.change(&[ou, person("ann", ""), person("ben", &ben), person("cat", ""), group].concat()).await;
        tree
    }

    /// Does what LDIF says, as the administrator.
    async fn change(&self, ldif: &str) {
        let administrator = std::env::var("PORTICO_TEST_OPENLDAP_ADMIN_DN").expect("checked before");
        let mut ldapmodify = Command::new("ldapmodify")
            .args(["-x", "-H", &self.url, "-D", &administrator, "-w", &self.password])
            .env("LDAPTLS_CACERT", &self.ca)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("ldapmodify is installed");
        let mut input = ldapmodify.stdin.take().expect("a pipe");
        input.write_all(ldif.as_bytes()).await.expect("ldapmodify reads");
        drop(input);
        let output = ldapmodify.wait_with_output().await.expect("ldapmodify ends");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    async fn delete(&self, uid: &str) {
        self.change(&format!("dn: uid={uid},{}\nchangetype: delete\n", self.base)).await;
    }

    fn sections(&self, sync: &str) -> String {
        let service = self.base.split_once(',').map_or("", |(_, base)| base);
        format!(
            "[authenticator.house]\nkind = \"ldap-windows\"\nschema = \"openldap\"\nurl = \"{}\"\nca_file = \"{}\"\n\
             bind_dn = \"cn=portico,ou=services,{service}\"\nbind_password = \"{}\"\nbase_dn = \"{}\"\n\
             [authenticator.house.sync]\n{sync}\n\
             [[front]]\npath = \"/im/\"\nauthenticators = [\"house\"]\nmode = \"open-community\"\ndirectory = true\n\
             [[front]]\npath = \"/shy/\"\nauthenticators = [\"house\"]\nmode = \"open-community\"\ncommunity = \"shy\"\n",
            self.url, self.ca, self.password, self.base
        )
    }
}

async fn names(person: &Person) -> Vec<String> {
    let roster = person.roster().await;
    let mut names: Vec<String> =
        roster.iter().filter_map(|one| one["login"].as_str().map(str::to_owned)).collect();
    names.sort();
    names
}

async fn state(server: &TestServer) -> Value {
    let (_, ready) = server.manage("/readyz").await;
    serde_json::from_str::<Value>(&ready).expect("JSON")["directories"]["house"].clone()
}

async fn is_read(server: &TestServer) {
    eventually("the directory was read", async || (state(server).await["state"] == "ok").then_some(())).await;
}

pub(crate) async fn colleagues_are_found_before_their_first_login_with_what_the_directory_says() {
    let tree = Tree::grow().await;
    let server = builder(Database::Sqlite)
        .sections(&tree.sections("interval = \"200ms\"\nfull_interval = \"400ms\""))
        .start()
        .await;
    is_read(&server).await;
    let ann = server.enter("/im/", "ann", &tree.password).await;
    assert_eq!(names(&ann).await, ["ben", "cat"]);
    let ben = ann.roster().await.into_iter().find(|one| one["login"] == "ben").expect("ben");
    assert_eq!((&ben["display_name"], &ben["proven"]), (&json!("ben Example"), &json!(true)));
    let id = ben["id"].as_str().expect("an id");
    let person = ann.get(&format!("people/{id}")).await.expect(200);
    let wanted = json!([{"key": "title", "value": "Carpenter"}, {"key": "phone", "value": "+49 30 77"}]);
    assert_eq!((&person["details"], &person["login"]), (&wanted, &json!("ben")));
    let picture = ann.get(ben["avatar"].as_str().expect("a picture")).await;
    assert_eq!((picture.status, picture.header("content-type")), (200, Some("image/jpeg")));
    // A front that does not say so lists nobody, and tells nothing.
    let shy = server.enter("/shy/", "ann", &tree.password).await;
    assert_eq!(names(&shy).await, Vec::<String>::new());
    shy.get(&format!("people/{id}")).await.problem(404, "not-found");
    shy.get(&format!("people/{id}/avatar")).await.problem(404, "not-found");

    let talk = ann.post("conversations", &json!({ "with": [id] })).await.expect(201);
    let talk = talk["id"].as_str().expect("an id");
    ann.post(&format!("conversations/{talk}/messages"), &json!({ "text": "hello" })).await.expect(201);
    let ben = server.enter("/im/", "ben", &tree.password).await;
    assert_eq!(ben.id, id);
    let list = ben.get("conversations").await.expect(200);
    let direct = list["conversations"].as_array().expect("a list").iter().find(|one| one["id"] == talk);
    assert_eq!(direct.expect("the conversation")["unread"], 1);
    let groups = ben.get("groups").await.expect(200);
    assert_eq!(groups["groups"][0]["name"], "Workshop");

    // Who is deleted over there: a colleague who was never here is found no more, a session ends.
    tree.delete("cat").await;
    tree.delete("ben").await;
    eventually("cat is gone", async || (!names(&ann).await.contains(&"cat".to_owned())).then_some(())).await;
    eventually("ben is out", async || (ben.get("session").await.status == 401).then_some(())).await;
    let (_, metrics) = server.manage("/metrics").await;
    assert!(metrics.contains("portico_directory_sync_people{authenticator=\"house\"} 1"), "{metrics}");
}

pub(crate) async fn a_changed_password_ends_what_the_old_one_opened() {
    let tree = Tree::grow().await;
    let sections = tree.sections("interval = \"1h\"");
    let server =
        builder(Database::Sqlite).server("revalidate_interval = \"200ms\"").sections(&sections).start().await;
    let change = |password: &str| {
        let what = format!("changetype: modify\nreplace: userPassword\nuserPassword: {password}\n");
        format!("dn: uid=ann,{}\n{what}", tree.base)
    };
    // OpenLDAP notes when a password was changed, not when the first one came with the entry.
    tree.change(&change("the-first-4711-word")).await;
    // An administrator's password must be changed first: not here.
    tree.change(&format!("dn: uid=ann,{}\nchangetype: modify\ndelete: pwdReset\n", tree.base)).await;
    let ann = server.enter("/im/", "ann", "the-first-4711-word").await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(ann.get("session").await.status, 200);
    tree.change(&change("another-4711-word")).await;
    eventually("the session ends", async || (ann.get("session").await.status == 401).then_some(())).await;
    let must_change = server.log_in("/im/", "ann", "another-4711-word").await;
    must_change.problem(403, "expired-password");
}

pub(crate) async fn the_difference_is_told_beside_the_server_and_through_it() {
    let tree = Tree::grow().await;
    let mut server = builder(Database::Sqlite).sections(&tree.sections("interval = \"1h\"")).prepare().await;
    let file = server.config();
    let file = file.to_str().expect("UTF-8").to_owned();
    let sync = |more: &'static [&'static str]| {
        let file = file.clone();
        async move {
            let arguments = ["sync", "--config", file.as_str(), "--authenticator", "house"];
            portico(arguments.iter().chain(more)).run().await
        }
    };
    for _ in 0..2 {
        let told = sync(&["--dry-run"]).await;
        let text = told.expect(0);
        assert!(text.contains("added") && text.contains("would be added 3"), "{text}");
    }
    assert_eq!(sync(&["--json"]).await.json(0)["added"], 3);
    let unlisted = tree.sections("interval = \"1h\"").replace("directory = true\n", "");
    let unlisted = builder(Database::Sqlite).sections(&unlisted).prepare().await;
    let told = unlisted.call("sync", &["--authenticator", "house"]).run().await;
    told.expect(0);
    assert!(told.stderr.contains("no front of `house` has `directory = true`"), "{}", told.stderr);
    server.start().await;
    is_read(&server).await;
    let change = "changetype: modify\nreplace: title\ntitle: Baker\n";
    tree.change(&format!("dn: uid=cat,{}\n{change}", tree.base)).await;
    let difference = sync(&["--dry-run", "--full", "--json"]).await.json(0);
    assert_eq!((&difference["changed"], &difference["removed"]), (&json!(1), &json!(0)), "{difference}");
    assert_eq!(difference["lines"][0]["details"], json!(["title: \"\" -> \"Baker\""]));
    assert_eq!(sync(&["--json"]).await.json(0)["changed"], 1);
    assert_eq!(sync(&["--dry-run", "--full", "--json"]).await.json(0)["changed"], 0);
    let arguments = ["sync", "--config", file.as_str(), "--authenticator", "nobody"];
    portico(arguments).run().await.says(&["can't be synchronised"]);
    // Both readings that changed something are in the log, and none that was only asked for.
    let log = server.call("admin audit", &["--action", "directory-read", "--json"]).run().await.json(0);
    let lines: Vec<_> = log["entries"].as_array().expect("a list").iter().collect();
    let counts: Vec<_> =
        lines.iter().map(|line| [&line["after"]["added"], &line["after"]["changed"]]).collect();
    assert_eq!(counts, [[0, 1], [3, 0]], "{log}");
    assert_eq!(lines[0]["target"]["id"], "house");
}

pub(crate) async fn a_domains_colleagues_are_listed_without_those_who_may_not_enter() {
    let domain = Domain::get();
    let front = "[[front]]\npath = \"/im/\"\nauthenticators = [\"windows\"]\nmode = \"open-community\"\ndirectory = true\n";
    let sections = format!("{}\n{front}", domain.authenticator("sync = { interval = \"1h\" }"));
    let server = builder(Database::Sqlite).sections(&sections).start().await;
    let alice = server.enter("/im/", "alice", &domain.password).await;
    let found = eventually("the domain was read", async || {
        let names = names(&alice).await;
        names.contains(&"jmueller".to_owned()).then_some(names)
    })
    .await;
    assert!(found.contains(&"bob".to_owned()) && found.contains(&"mona".to_owned()), "{found:?}");
    // Disabled, and expired.
    assert!(!found.contains(&"dora".to_owned()) && !found.contains(&"erik".to_owned()), "{found:?}");
    let juergen = alice.roster().await.into_iter().find(|one| one["login"] == "jmueller").expect("Jürgen");
    assert_eq!(juergen["display_name"], "Müller, Jürgen");
}
