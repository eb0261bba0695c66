//! The demonstration: three doors, made-up people, nothing to install.

use std::path::{Path, PathBuf};

use anyhow::Context;
use portico_auth_native::NativeAccounts;
use portico_auth_phorum::demo as phorum;
use portico_auth_phpbb::demo as phpbb;
use portico_core::auth::{HashPool, RegistrationForm};
use portico_core::ports::{Clock, SystemClock};
use portico_store::{OpenOptions, SqlStore};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

const PASSWORDS: &str = "demo-people.json";
const CONFIG: &str = "portico.toml";

const CONFIG_TEXT: &str = r#"# Portico's demonstration: three doors to one community.
[server]
listen = "127.0.0.1:8080"
management_listen = "127.0.0.1:0"
database_url = "sqlite://portico.db"

[authenticator.native]
kind = "native"
label = "Portico"

[authenticator.phpbb]
kind = "phpbb"
label = "phpBB forum"
database_url = "sqlite://phpbb.db"

[authenticator.phorum]
kind = "phorum"
label = "Phorum"
database_url = "sqlite://phorum.db"

[[front]]
path = "/im/"
title = "Portico"
authenticators = ["native"]
mode = "open-community"
[front.options]
unknown_names = "form"

[[front]]
path = "/im-phpbb/"
title = "The phpBB chat"
authenticators = ["phpbb"]
mode = "open-community"

[[front]]
path = "/im-phorum/"
title = "The Phorum chat"
authenticators = ["phorum"]
mode = "open-community"
"#;

/// A folder with everything the demonstration needs.
#[derive(Debug)]
pub struct Demo {
    folder: PathBuf,
    doors: Vec<Door>,
}

/// One front and its people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Door {
    /// The front's path.
    pub path: String,
    /// What it is.
    pub title: String,
    /// Who can try to enter.
    pub people: Vec<Person>,
}

/// Somebody who can try to enter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The login.
    pub login: String,
    /// The password, random per folder.
    pub password: String,
    /// `accepted`, or the reason of the refusal.
    pub expect: String,
    /// What there is to see.
    pub note: String,
}

impl Demo {
    /// Uses the demonstration in `folder`, or makes one.
    ///
    /// # Errors
    /// When the folder can't be written, or holds something else.
    pub async fn in_folder(folder: &Path) -> anyhow::Result<Self> {
        let passwords = folder.join(PASSWORDS);
        if passwords.exists() {
            let text =
                std::fs::read_to_string(&passwords).with_context(|| passwords.display().to_string())?;
            let doors = serde_json::from_str(&text)
                .with_context(|| format!("{}: not a demonstration's file", passwords.display()))?;
            return Ok(Self { folder: folder.to_owned(), doors });
        }
        let config = folder.join(CONFIG);
        anyhow::ensure!(
            !config.exists(),
            "{} exists already, but no demonstration: choose another folder for --data",
            config.display()
        );
        let demo = Self { folder: folder.to_owned(), doors: cast()? };
        demo.seed().await?;
        std::fs::write(&config, CONFIG_TEXT).with_context(|| config.display().to_string())?;
        // Written last: a folder with this file is complete.
        write_private(&passwords, &serde_json::to_string_pretty(&demo.doors)?)?;
        Ok(demo)
    }

    /// The configuration of the demonstration.
    pub fn config_file(&self) -> PathBuf {
        self.folder.join(CONFIG)
    }

    /// The doors.
    pub fn doors(&self) -> &[Door] {
        &self.doors
    }

    async fn seed(&self) -> anyhow::Result<()> {
        let [native, board, phorum_people] = self.doors.as_slice() else {
            anyhow::bail!("three doors are needed")
        };
        self.seed_native(&native.people).await.context("native accounts")?;

        let file = self.fresh_file("phpbb.db")?;
        phpbb::seed(&file, &phpbb_members(&board.people)).await.context("the phpBB forum")?;
        let file = self.fresh_file("phorum.db")?;
        phorum::seed(&file, &phorum_members(&phorum_people.people))
            .await
            .map_err(anyhow::Error::from_boxed)
            .context("the Phorum forum")?;
        Ok(())
    }

    /// What a seeding that was cut short left behind is made anew.
    fn fresh_file(&self, name: &str) -> anyhow::Result<PathBuf> {
        let file = self.folder.join(name);
        if file.exists() {
            std::fs::remove_file(&file).with_context(|| file.display().to_string())?;
        }
        Ok(file)
    }

    async fn seed_native(&self, people: &[Person]) -> anyhow::Result<()> {
        let file = self.fresh_file("portico.db")?;
        let url = SecretString::from(format!("sqlite://{}", file.display()));
        let store = SqlStore::open(&url, &OpenOptions::default()).await?;
        let pool = HashPool::for_this_machine()?;
        let accounts = NativeAccounts::new(std::sync::Arc::new(store.clone()), pool, Default::default());
        for person in people.iter().filter(|person| person.expect == "accepted") {
            let form = RegistrationForm {
                login: person.login.clone(),
                password: SecretString::from(person.password.clone()),
                display_name: None,
                email: None,
            };
            accounts.create_user(&form, SystemClock.now()).await?;
        }
        store.close().await;
        Ok(())
    }
}

/// Everybody, with fresh passwords.
fn cast() -> anyhow::Result<Vec<Door>> {
    let person = |login: &str, expect: &str, note: &str| {
        anyhow::Ok(Person {
            login: login.to_owned(),
            password: random_password()?,
            expect: expect.to_owned(),
            note: note.to_owned(),
        })
    };
    Ok(vec![
        Door {
            path: "/im/".into(),
            title: "Portico's own accounts".into(),
            people: vec![
                person("nadia", "accepted", "an account of Portico's own")?,
                person("noah", "accepted", "another one")?,
                person("nobody", "unknown-subject", "does not exist: refused like a wrong password")?,
            ],
        },
        Door {
            path: "/im-phpbb/".into(),
            title: "a phpBB 3.3 forum".into(),
            people: vec![
                person("Alice", "accepted", "argon2id hash; administrator of the forum")?,
                person("Bob", "accepted", "bcrypt hash")?,
                person("Carol", "accepted", "phpass hash of phpBB 3.0")?,
                person("Élodie", "accepted", "plain MD5, as an old import left it")?,
                person("Ivan", "disabled", "has not activated the account")?,
                person("Mallory", "banned", "banned by the forum: refused here too")?,
            ],
        },
        Door {
            path: "/im-phorum/".into(),
            title: "a Phorum 6 forum".into(),
            people: vec![
                person("Peggy", "accepted", "bcrypt hash; moderates a group")?,
                person("Victor", "accepted", "MD5 hash of Phorum 5")?,
                person("Alice", "accepted", "the same name as at phpBB, another person")?,
                person("Sybil", "disabled", "deactivated")?,
                person(
                    "Trent",
                    "accepted",
                    "banned by the forum, which lets people read: here too, without writing",
                )?,
            ],
        },
    ])
}

fn phpbb_members(people: &[Person]) -> Vec<phpbb::DemoMember> {
    use phpbb::{DemoMember, HashFamily, MemberState};
    people
        .iter()
        .map(|person| DemoMember {
            login: person.login.clone(),
            password: SecretString::from(person.password.clone()),
            hash: match person.login.as_str() {
                "Alice" => HashFamily::Argon2id,
                "Carol" => HashFamily::Phpass,
                "Élodie" => HashFamily::Md5,
                _ => HashFamily::Bcrypt,
            },
            state: match person.expect.as_str() {
                "disabled" => MemberState::Inactive,
                "banned" => MemberState::Banned { reason: "advertising".into() },
                _ => MemberState::Active,
            },
            groups: if person.login == "Alice" { vec!["ADMINISTRATORS".into()] } else { Vec::new() },
        })
        .collect()
}

fn phorum_members(people: &[Person]) -> Vec<phorum::DemoMember> {
    use phorum::{DemoHash, DemoMember, DemoState};
    people
        .iter()
        .map(|person| DemoMember {
            login: person.login.clone(),
            password: SecretString::from(person.password.clone()),
            hash: if person.login == "Victor" { DemoHash::Md5 } else { DemoHash::Bcrypt },
            state: match person.login.as_str() {
                "Sybil" => DemoState::Inactive,
                "Trent" => DemoState::Banned,
                _ => DemoState::Active,
            },
            groups: if person.login == "Peggy" { vec!["Team".into()] } else { Vec::new() },
        })
        .collect()
}

/// 14 characters that can't be mistaken for one another: 70 bits.
fn random_password() -> anyhow::Result<String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 14];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

fn write_private(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).with_context(|| path.display().to_string())?;
    std::io::Write::write_all(&mut file, text.as_bytes())?;
    Ok(())
}
