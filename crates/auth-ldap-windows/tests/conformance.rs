//! The laws of an authenticator, on a fake domain and a fake Unix-like directory.

mod fake;

use std::process::ExitCode;

use fake::cast::{self, SERVICE, SERVICE_PASSWORD};
use fake::{FakeServer, Manners, Mood};
use portico_auth_conformance::{Condition, Fixture, Installation, Lack, Law, Person};
use portico_auth_ldap_windows::LdapWindowsConfig;
use portico_core::async_trait;
use portico_core::auth::{AuthRegistry, BoxError, CredentialKind, Credentials, DuplicateKind, TrustSource};
use serde_json::{Map, Value, json};
use tokio::net::TcpListener;

fn main() -> ExitCode {
    let fixtures: Vec<Box<dyn Fixture>> =
        vec![Box::new(Fake(Manners::ActiveDirectory)), Box::new(Fake(Manners::OpenLdap))];
    portico_auth_conformance::main(fixtures)
}

struct Fake(Manners);

#[async_trait]
impl Fixture for Fake {
    fn adapter(&self) -> &'static str {
        "ldap-windows"
    }

    fn database(&self) -> &'static str {
        match self.0 {
            Manners::ActiveDirectory => "fake-domain",
            Manners::OpenLdap => "fake-unix",
        }
    }

    fn lacks(&self) -> Vec<Lack> {
        let mut lacks = vec![
            Lack::law(Law::UnknownHashFormat, "the directory compares passwords itself"),
            Lack::person(Person::Erin, "the directory compares passwords itself"),
            Lack::person(Person::Bob, "directories have no bans; an account is disabled"),
            Lack::person(Person::Paula, "directories have no approval; an account is disabled"),
        ];
        if self.0 == Manners::OpenLdap {
            lacks.push(Lack::person(
                Person::Carol,
                "OpenLDAP says of a closed account what it says of a wrong password",
            ));
        }
        lacks
    }

    async fn install(&self) -> Result<Box<dyn Installation>, BoxError> {
        let entries = match self.0 {
            Manners::ActiveDirectory => cast::domain(),
            Manners::OpenLdap => cast::unix(),
        };
        let server = FakeServer::start(self.0, entries).await;
        let silent = FakeServer::start(self.0, Vec::new()).await;
        silent.behave(Mood::Hangs);
        Ok(Box::new(Installed { manners: self.0, server, silent }))
    }
}

struct Installed {
    manners: Manners,
    server: FakeServer,
    silent: FakeServer,
}

#[async_trait]
impl Installation for Installed {
    fn register(&self, registry: &mut AuthRegistry) -> Result<(), DuplicateKind> {
        registry.register::<LdapWindowsConfig>().map(drop)
    }

    async fn options(&self, condition: Condition) -> Result<Map<String, Value>, BoxError> {
        let url = match condition {
            Condition::Healthy | Condition::WrongServiceAccount => self.server.url(),
            Condition::Hanging => self.silent.url(),
            Condition::Unreachable => {
                let free = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
                format!("ldap://{free}")
            }
        };
        let password =
            if condition == Condition::WrongServiceAccount { "no-such-secret" } else { SERVICE_PASSWORD };
        let schema = match self.manners {
            Manners::ActiveDirectory => "active-directory",
            Manners::OpenLdap => "openldap",
        };
        let options = json!({
            "url": url, "allow_plain": true, "schema": schema, "bind_dn": SERVICE, "bind_password": password,
            "trusted_names": true,
        });
        let Value::Object(options) = options else { return Err("no object".into()) };
        Ok(options)
    }

    async fn credentials(&self, person: Person, kind: CredentialKind) -> Result<Credentials, BoxError> {
        match kind {
            CredentialKind::TrustedName => Ok(Credentials::TrustedName {
                name: person.login().to_owned(),
                asserted_by: TrustSource::Proxy { peer: std::net::Ipv4Addr::LOCALHOST.into() },
            }),
            other => Err(format!("no credentials of kind {}", other.as_str()).into()),
        }
    }

    fn spellings_of_alice(&self) -> Vec<String> {
        let all = ["ALICE", "alice@mail.test", "EXAMPLE\\alice", "alice@example.test", "Alice@Example.Test"];
        let most = if self.manners == Manners::ActiveDirectory { all.len() } else { 2 };
        all.iter().take(most).map(|&spelling| spelling.to_owned()).collect()
    }

    async fn rename(&self, person: Person, new_login: &str) -> Result<(), BoxError> {
        let attribute = match self.manners {
            Manners::ActiveDirectory => "sAMAccountName",
            Manners::OpenLdap => "uid",
        };
        self.server.change(attribute, person.login(), |entry| entry.set(attribute, new_login));
        Ok(())
    }

    async fn snapshot(&self) -> Result<String, BoxError> {
        let state = &self.server.state;
        Ok(format!("{:#?}\n{:?}", state.entries.lock().map_err(|error| error.to_string())?, state.writes))
    }

    fn secrets(&self) -> Vec<String> {
        vec![SERVICE_PASSWORD.to_owned(), "no-such-secret".to_owned()]
    }

    async fn queries(&self) -> Option<u64> {
        Some(self.server.questions() + self.silent.questions())
    }
}
