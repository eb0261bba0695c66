//! The laws of an authenticator, on Samba as a domain controller and on OpenLDAP.
#![expect(clippy::unwrap_used, reason = "a fixture that can't be set up must fail")]

mod live;

use std::process::ExitCode;

use live::{Branch, Kind};
use portico_auth_conformance::{Condition, Fixture, Installation, Lack, Law, Person};
use portico_auth_ldap_windows::LdapWindowsConfig;
use portico_core::async_trait;
use portico_core::auth::{AuthRegistry, BoxError, DuplicateKind};
use serde_json::{Map, Value};
use tokio::net::TcpListener;

fn main() -> ExitCode {
    let fixtures: Vec<Box<dyn Fixture>> = vec![Box::new(Live(Kind::Samba)), Box::new(Live(Kind::OpenLdap))];
    portico_auth_conformance::main(fixtures)
}

struct Live(Kind);

#[async_trait]
impl Fixture for Live {
    fn adapter(&self) -> &'static str {
        "ldap-windows"
    }

    fn database(&self) -> &'static str {
        match self.0 {
            Kind::Samba => "samba",
            Kind::OpenLdap => "openldap",
        }
    }

    fn needs(&self) -> Option<&'static str> {
        Some(match self.0 {
            Kind::Samba => "a Samba domain controller",
            Kind::OpenLdap => "OpenLDAP",
        })
    }

    fn lacks(&self) -> Vec<Lack> {
        let mut lacks = vec![
            Lack::law(Law::UnknownHashFormat, "the directory compares passwords itself"),
            Lack::person(Person::Erin, "the directory compares passwords itself"),
            Lack::person(Person::Bob, "directories have no bans; an account is disabled"),
            Lack::person(Person::Paula, "directories have no approval; an account is disabled"),
        ];
        if self.0 == Kind::OpenLdap {
            lacks.push(Lack::person(
                Person::Carol,
                "OpenLDAP says of a closed account what it says of a locked one",
            ));
        }
        lacks
    }

    async fn install(&self) -> Result<Box<dyn Installation>, BoxError> {
        let mut branch = Branch::grow(self.0).await;
        let mut people = vec![Person::Alice, Person::Grace, Person::Dave, Person::Victor];
        if self.0 == Kind::Samba {
            people.push(Person::Carol);
        }
        for person in people {
            let dn = branch.person(person.login(), person.password()).await;
            shape(&mut branch, person, &dn).await;
        }
        let (alice, editors) = (name_of(&branch, Person::Alice), "editors");
        let editors = branch.group(&format!("{editors}{}", branch.mark.clone()), &[&alice]).await;
        branch.group(&format!("staff{}", branch.mark.clone()), &[&editors]).await;
        let silent = TcpListener::bind("127.0.0.1:0").await?;
        Ok(Box::new(Installed { branch, silent }))
    }
}

fn name_of(branch: &Branch, person: Person) -> String {
    let attribute = if branch.kind == Kind::Samba { "CN" } else { "uid" };
    format!("{attribute}={},{}", person.login(), branch.dn)
}

/// Makes the person what they are in the cast.
async fn shape(branch: &mut Branch, person: Person, dn: &str) {
    match (branch.kind, person) {
        (Kind::Samba, Person::Carol) => branch.replace(dn, "userAccountControl", "514").await,
        (Kind::Samba, Person::Victor) => branch.replace(dn, "pwdLastSet", "0").await,
        (Kind::Samba, Person::Dave) => {
            // The group's password policy locks after three wrong guesses.
            let easily_locked = format!("CN=Easily Locked,OU=Groups,{}", branch.kind.base());
            let member = ldap3::Mod::Add(b"member".to_vec(), [dn.as_bytes().to_vec()].into());
            branch.admin().modify(&easily_locked, vec![member]).await.unwrap().success().unwrap();
            for _ in 0..3 {
                guess(branch.kind, dn).await;
            }
        }
        (Kind::OpenLdap, Person::Dave) => branch.replace(dn, "pwdAccountLockedTime", "000001010000Z").await,
        (Kind::OpenLdap, Person::Victor) => branch.replace(dn, "pwdReset", "TRUE").await,
        _ => {}
    }
}

async fn guess(kind: Kind, dn: &str) {
    let settings = ldap3::LdapConnSettings::new().set_no_tls_verify(true);
    let (driver, mut ldap) = ldap3::LdapConnAsync::with_settings(settings, &kind.url()).await.unwrap();
    tokio::spawn(driver.drive());
    assert_eq!(ldap.simple_bind(dn, "wrong").await.unwrap().rc, 49);
}

struct Installed {
    branch: Branch,
    /// Takes connections and says nothing.
    silent: TcpListener,
}

#[async_trait]
impl Installation for Installed {
    fn register(&self, registry: &mut AuthRegistry) -> Result<(), DuplicateKind> {
        registry.register::<LdapWindowsConfig>().map(drop)
    }

    async fn options(&self, condition: Condition) -> Result<Map<String, Value>, BoxError> {
        let mut options = self.branch.options();
        match condition {
            Condition::Healthy => {}
            Condition::Unreachable => {
                let free = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
                options.insert("url".into(), format!("ldaps://{free}").into());
            }
            Condition::Hanging => {
                options.insert("url".into(), format!("ldaps://{}", self.silent.local_addr()?).into());
            }
            Condition::WrongServiceAccount => {
                options.insert("bind_password".into(), "no-such-secret".into());
            }
        }
        Ok(options)
    }

    fn spellings_of_alice(&self) -> Vec<String> {
        let mail = format!("alice@{}.test", self.branch.mark);
        vec!["ALICE".to_owned(), " alice ".to_owned(), mail.to_uppercase(), mail]
    }

    async fn rename(&self, person: Person, new_login: &str) -> Result<(), BoxError> {
        let dn = name_of(&self.branch, person);
        let mut admin = self.branch.admin();
        match self.branch.kind {
            Kind::Samba => {
                let change = ldap3::Mod::Replace(b"uid".to_vec(), [new_login.as_bytes().to_vec()].into());
                admin.modify(&dn, vec![change]).await?.success()?;
            }
            Kind::OpenLdap => {
                admin.modifydn(&dn, &format!("uid={new_login}"), true, None).await?.success()?;
            }
        }
        Ok(())
    }

    async fn snapshot(&self) -> Result<String, BoxError> {
        Ok(self.branch.dump().await)
    }

    fn secrets(&self) -> Vec<String> {
        vec![self.branch.kind.password(), "no-such-secret".to_owned()]
    }
}
