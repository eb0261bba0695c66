//! The laws of an authenticator on the club's list.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use auth_club::ClubConfig;
use portico_auth_conformance::people::UNREADABLE_HASH;
use portico_auth_conformance::{Condition, Fixture, Installation, Lack, Law, Person};
use portico_core::async_trait;
use portico_core::auth::{AuthRegistry, BoxError, DuplicateKind};
use serde_json::{Map, Value, json};

fn main() -> ExitCode {
    portico_auth_conformance::main(vec![Box::new(OnAFile)])
}

struct OnAFile;

#[async_trait]
impl Fixture for OnAFile {
    fn adapter(&self) -> &'static str {
        "club"
    }

    fn database(&self) -> &'static str {
        "file"
    }

    fn lacks(&self) -> Vec<Lack> {
        vec![
            Lack::person(Person::Bob, "the club bans nobody"),
            Lack::person(Person::Dave, "the club locks nobody"),
            Lack::person(Person::Paula, "the club's board admits members before they are listed"),
            Lack::person(Person::Victor, "the club's passwords don't expire"),
            Lack::condition(Condition::Hanging, "a local file doesn't hang"),
            Lack::law(Law::DirectoryAgrees, "the adapter has no directory"),
        ]
    }

    async fn install(&self) -> Result<Box<dyn Installation>, BoxError> {
        let people = [Person::Alice, Person::Grace, Person::Carol, Person::Erin];
        let members = people.into_iter().zip(1..).map(|(person, number)| member(person, number));
        let members = Value::Array(members.collect::<Result<_, _>>()?);
        let club = ClubHouse { folder: tempfile::tempdir()?, members: Mutex::new(members) };
        club.write()?;
        Ok(Box::new(club))
    }
}

fn member(person: Person, number: u32) -> Result<Value, BoxError> {
    let password = match person {
        Person::Erin => UNREADABLE_HASH.to_owned(),
        _ => Argon2::default().hash_password(person.password().as_bytes())?.to_string(),
    };
    let active = person != Person::Carol;
    let (login, name) = (person.login(), person.to_string());
    Ok(json!({"number": number, "login": login, "name": name, "password": password, "active": active}))
}

struct ClubHouse {
    folder: tempfile::TempDir,
    members: Mutex<Value>,
}

impl ClubHouse {
    fn list(&self) -> PathBuf {
        self.folder.path().join("members.json")
    }

    fn write(&self) -> Result<(), BoxError> {
        let members = self.members.lock().map_err(|error| error.to_string())?;
        Ok(std::fs::write(self.list(), members.to_string())?)
    }
}

#[async_trait]
impl Installation for ClubHouse {
    fn register(&self, registry: &mut AuthRegistry) -> Result<(), DuplicateKind> {
        registry.register::<ClubConfig>().map(drop)
    }

    async fn options(&self, condition: Condition) -> Result<Map<String, Value>, BoxError> {
        let file = match condition {
            Condition::Healthy => self.list(),
            Condition::Unreachable => self.folder.path().join("gone.json"),
            Condition::WrongServiceAccount => {
                let other = self.folder.path().join("other.json");
                std::fs::write(&other, r#"{"fees": [12, 24]}"#)?;
                other
            }
            Condition::Hanging => return Err("a local file doesn't hang".into()),
        };
        Ok(Map::from_iter([("members".to_owned(), json!(file))]))
    }

    fn spellings_of_alice(&self) -> Vec<String> {
        vec!["Alice".to_owned(), " ALICE ".to_owned()]
    }

    async fn rename(&self, person: Person, new_login: &str) -> Result<(), BoxError> {
        if let Some(members) = self.members.lock().map_err(|error| error.to_string())?.as_array_mut() {
            for member in members.iter_mut().filter(|member| member["login"] == person.login()) {
                member["login"] = new_login.into();
            }
        }
        self.write()
    }

    async fn snapshot(&self) -> Result<String, BoxError> {
        Ok(std::fs::read_to_string(self.list())?)
    }

    fn secrets(&self) -> Vec<String> {
        let hashes = |members: &Value| {
            members
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|one| Some(one["password"].as_str()?.to_owned()))
                .collect()
        };
        self.members.lock().map(|members| hashes(&members)).unwrap_or_default()
    }
}
