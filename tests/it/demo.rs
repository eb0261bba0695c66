//! `portico demo`: the first thing that anybody tries.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::Child;

use crate::support::client::{Proof, text};
use crate::support::ports::free_address;
use crate::support::{PATIENCE, Person, Reply, portico};

/// A demonstration that runs.
struct Demo {
    child: Child,
    address: SocketAddr,
    /// The line of JSON.
    doors: Vec<Value>,
}

impl Demo {
    async fn start(data: Option<&Path>) -> Self {
        let address = free_address();
        let mut arguments = vec!["demo".to_owned(), "--json".into(), "--listen".into(), address.to_string()];
        if let Some(data) = data {
            arguments.extend(["--data".to_owned(), data.display().to_string()]);
        }
        let mut command = portico(arguments).into_command();
        let mut child = command.stderr(Stdio::piped()).spawn().expect("the binary starts");
        let stdout = child.stdout.take().expect("a pipe");
        let mut lines = BufReader::new(stdout).lines();
        let first =
            tokio::time::timeout(PATIENCE, lines.next_line()).await.expect("a line").expect("readable");
        let Some(first) = first else {
            let mut said = String::new();
            child.stderr.take().expect("a pipe").read_to_string(&mut said).await.expect("readable");
            panic!("the demonstration did not start: {said}");
        };
        let first: Value = serde_json::from_str(&first).expect("JSON");
        Self { child, address, doors: first["fronts"].as_array().expect("fronts").clone() }
    }

    async fn stop(mut self) {
        let id = self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        kill_process(id.expect("a process"), Signal::TERM).expect("the signal arrives");
        let status =
            tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it ends").expect("a status");
        assert_eq!(status.code(), Some(0));
    }

    fn people(&self) -> Vec<(String, Value)> {
        let door = |door: &Value| {
            let path = text(&door["path"]);
            let people = door["people"].as_array().expect("people").clone();
            people.into_iter().map(move |person| (path.clone(), person)).collect::<Vec<_>>()
        };
        self.doors.iter().flat_map(door).collect()
    }

    async fn log_in(&self, path: &str, person: &Value) -> Reply {
        let request = self.stranger(path).request(reqwest::Method::POST, "session");
        Person::send(request.json(&json!({ "login": person["login"], "password": person["password"] }))).await
    }

    fn stranger(&self, path: &str) -> Person {
        let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("a client");
        let api = format!("http://{}{path}api/v1/", self.address);
        let nothing = String::new;
        Person {
            http,
            api,
            proof: Proof::Nothing,
            id: nothing(),
            login: nothing(),
            token: nothing(),
            cursor: nothing(),
        }
    }

    async fn enter(&self, path: &str, person: &Value) -> Person {
        let body = self.log_in(path, person).await.expect(201);
        let token = text(&body["token"]);
        Person {
            proof: Proof::Bearer(token.clone()),
            id: text(&body["account"]["id"]),
            login: text(&body["account"]["login"]),
            cursor: text(&body["cursor"]),
            token,
            ..self.stranger(path)
        }
    }
}

/// What the page says to a reason of login-test.
fn problem_of(reason: &str) -> (u16, &str) {
    match reason {
        "unknown-subject" | "bad-secret" => (401, "login-refused"),
        other => (403, other),
    }
}

pub(crate) async fn everybody_gets_what_was_announced_over_http_and_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(Some(folder.path())).await;
    let paths: Vec<String> = demo.doors.iter().map(|door| text(&door["path"])).collect();
    assert_eq!(paths, ["/im/", "/im-phpbb/", "/im-phorum/"]);
    for door in &demo.doors {
        assert_eq!(door["url"], format!("http://{}{}", demo.address, text(&door["path"])));
        let page = demo.stranger("/").http.get(text(&door["url"])).send().await.unwrap();
        assert_eq!(page.status().as_u16(), 200);
    }
    let config = folder.path().join("portico.toml");
    let mut expectations = std::collections::BTreeSet::new();
    for (path, person) in demo.people() {
        for key in ["login", "password", "expect", "note"] {
            assert!(person[key].as_str().is_some_and(|text| !text.is_empty()), "{person}");
        }
        let expect = text(&person["expect"]);
        let reply = demo.log_in(&path, &person).await;
        let authenticator = path.trim_matches('/').strip_prefix("im-").unwrap_or("native");
        let arguments = [
            "login-test",
            "--config",
            config.to_str().unwrap(),
            "--authenticator",
            authenticator,
            "--login",
            person["login"].as_str().unwrap(),
        ];
        let tested = portico(arguments).input(format!("{}\n", text(&person["password"]))).run().await;
        if expect == "accepted" {
            assert_eq!(reply.expect(201)["account"]["login"], person["login"]);
            assert_eq!(tested.json(0)["decision"], "accepted");
        } else {
            let (status, slug) = problem_of(&expect);
            reply.problem(status, slug);
            assert_eq!(tested.json(1), json!({ "decision": "refused", "reason": expect }));
        }
        expectations.insert(expect);
    }
    assert!(expectations.len() >= 3, "there is more to see than people who enter: {expectations:?}");
    demo.stop().await;
}

pub(crate) async fn people_of_all_doors_meet() {
    let demo = Demo::start(None).await;
    let mut inside: Vec<(String, Person)> = Vec::new();
    for (path, person) in demo.people().into_iter().filter(|(_, person)| person["expect"] == "accepted") {
        inside.push((path.clone(), demo.enter(&path, &person).await));
    }
    let ids: std::collections::HashSet<&String> = inside.iter().map(|(_, person)| &person.id).collect();
    assert_eq!(ids.len(), inside.len(), "the same name at two doors is two people");
    let first_of = |path: &str| &inside.iter().find(|(at, _)| at == path).expect("somebody").1;
    let (native, phpbb, phorum) = (first_of("/im/"), first_of("/im-phpbb/"), first_of("/im-phorum/"));
    assert_eq!(native.roster().await.len(), inside.len() - 1);
    for (one, other) in [(native, phpbb), (phpbb, phorum), (phorum, native)] {
        let talk = one.talk_to(other).await;
        let message = one.say(&talk, "hello from next door").await;
        other.listener().until("the greeting", |event| event["message"] == message).await;
    }
    demo.stop().await;
}

pub(crate) async fn a_folder_keeps_people_passwords_and_messages() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(Some(folder.path())).await;
    let people: Vec<(String, Value)> =
        demo.people().into_iter().filter(|(_, person)| person["expect"] == "accepted").collect();
    let one = demo.enter(&people[0].0, &people[0].1).await;
    let other = demo.enter(&people[1].0, &people[1].1).await;
    let talk = one.talk_to(&other).await;
    let message = one.say(&talk, "kept").await;
    let doors = demo.doors.clone();
    demo.stop().await;

    let demo = Demo::start(Some(folder.path())).await;
    let people_of = |doors: &[Value]| doors.iter().map(|door| door["people"].clone()).collect::<Vec<_>>();
    assert_eq!(people_of(&demo.doors), people_of(&doors));
    let again = demo.enter(&people[0].0, &people[0].1).await;
    assert_eq!(again.id, one.id);
    assert_eq!(again.whole_history(&talk).await, [message]);
    demo.stop().await;
}

pub(crate) async fn passwords_differ_from_folder_to_folder() {
    let (one, other) = (Demo::start(None).await, Demo::start(None).await);
    for ((_, a), (_, b)) in one.people().iter().zip(other.people()) {
        assert_eq!(a["login"], b["login"]);
        assert_ne!(a["password"], b["password"]);
    }
    one.stop().await;
    other.stop().await;
}

pub(crate) async fn a_public_address_needs_a_word_of_its_own() {
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8080"] {
        let outcome = portico(["demo", "--listen", address]).run().await;
        outcome.expect(64);
        outcome.says(&["--allow-public-address"]);
    }
}

pub(crate) async fn a_folder_of_something_else_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("portico.toml");
    std::fs::write(&config, "# mine").unwrap();
    let outcome = portico(["demo", "--json", "--data", folder.path().to_str().unwrap()]).run().await;
    outcome.expect(2);
    outcome.says(&["portico.toml", "another folder"]);
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "# mine");
}
