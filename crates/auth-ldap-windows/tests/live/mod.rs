//! Real directories: Samba as a domain controller, and OpenLDAP, as the test runner starts them. Each test gets a part of the
//! tree of its own.
#![allow(dead_code, reason = "each test target uses another part of it")]
#![expect(clippy::unwrap_used, reason = "a test that can't be set up must fail")]

use std::collections::HashSet;

use ldap3::{Ldap, LdapConnAsync, LdapConnSettings, Mod, Scope};
use serde_json::{Map, Value, json};

/// A variable that the test runner sets.
pub fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run cargo xtask test"))
}

/// Which directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Samba,
    OpenLdap,
}

impl Kind {
    pub fn url(self) -> String {
        variable(match self {
            Self::Samba => "PORTICO_TEST_AD_URL",
            Self::OpenLdap => "PORTICO_TEST_OPENLDAPS_URL",
        })
    }

    pub fn ca(self) -> String {
        variable(match self {
            Self::Samba => "PORTICO_TEST_AD_CA",
            Self::OpenLdap => "PORTICO_TEST_OPENLDAP_CA",
        })
    }

    pub fn base(self) -> String {
        variable(match self {
            Self::Samba => "PORTICO_TEST_AD_BASE",
            Self::OpenLdap => "PORTICO_TEST_OPENLDAP_BASE",
        })
    }

    pub fn administrator(self) -> String {
        variable(match self {
            Self::Samba => "PORTICO_TEST_AD_ADMIN",
            Self::OpenLdap => "PORTICO_TEST_OPENLDAP_ADMIN_DN",
        })
    }

    /// Everybody's.
    pub fn password(self) -> String {
        variable(match self {
            Self::Samba => "PORTICO_TEST_AD_PASSWORD",
            Self::OpenLdap => "PORTICO_TEST_OPENLDAP_PASSWORD",
        })
    }

    pub fn service(self) -> String {
        match self {
            Self::Samba => "svc-portico@example.test".to_owned(),
            Self::OpenLdap => format!("cn=portico,ou=services,{}", self.base()),
        }
    }

    /// The keys of an authenticator for the whole directory.
    pub fn options(self) -> Map<String, Value> {
        let schema = if self == Self::Samba { "active-directory" } else { "openldap" };
        let options = json!({
            "url": self.url(), "ca_file": self.ca(), "schema": schema, "bind_dn": self.service(),
            "bind_password": self.password(),
        });
        options.as_object().unwrap().clone()
    }

    /// A connection of nobody's.
    pub async fn stranger(self) -> Ldap {
        let settings = LdapConnSettings::new().set_no_tls_verify(true);
        let (driver, ldap) = LdapConnAsync::with_settings(settings, &self.url()).await.unwrap();
        tokio::spawn(driver.drive());
        ldap
    }

    /// A connection of the administrator's.
    pub async fn connect(self) -> Ldap {
        let mut ldap = self.stranger().await;
        ldap.simple_bind(&self.administrator(), &self.password()).await.unwrap().success().unwrap();
        ldap
    }
}

/// A part of the tree.
#[derive(Debug)]
pub struct Branch {
    pub kind: Kind,
    pub dn: String,
    /// Unlike that of every other branch.
    pub mark: String,
    ldap: Ldap,
}

impl Branch {
    pub async fn grow(kind: Kind) -> Self {
        let mark = uuid::Uuid::new_v4().simple().to_string()[..10].to_owned();
        let dn = format!("ou=t{mark},{}", kind.base());
        let mut branch = Self { kind, dn: dn.clone(), mark: mark.clone(), ldap: kind.connect().await };
        branch.add(&dn, &[("objectClass", "organizationalUnit"), ("ou", &format!("t{mark}"))]).await;
        branch
    }

    pub fn admin(&self) -> Ldap {
        self.ldap.clone()
    }

    pub async fn add(&mut self, dn: &str, attributes: &[(&str, &str)]) {
        let mut values: Vec<(Vec<u8>, HashSet<Vec<u8>>)> = Vec::new();
        for (name, value) in attributes {
            match values.iter_mut().find(|(known, _)| known == name.as_bytes()) {
                Some((_, set)) => drop(set.insert(value.as_bytes().to_vec())),
                None => values.push((name.as_bytes().to_vec(), HashSet::from([value.as_bytes().to_vec()]))),
            }
        }
        self.ldap.add(dn, values).await.unwrap().success().unwrap_or_else(|error| panic!("{dn}: {error}"));
    }

    pub async fn replace(&mut self, dn: &str, name: &str, value: impl AsRef<[u8]>) {
        let change = Mod::Replace(name.as_bytes().to_vec(), HashSet::from([value.as_ref().to_vec()]));
        self.ldap
            .modify(dn, vec![change])
            .await
            .unwrap()
            .success()
            .unwrap_or_else(|error| panic!("{dn} {name}: {error}"));
    }

    /// A new password of somebody in a domain, as an administrator sets it.
    pub async fn set_password(&mut self, dn: &str, password: &str) {
        let quoted: Vec<u8> = format!("\"{password}\"").encode_utf16().flat_map(u16::to_le_bytes).collect();
        self.replace(dn, "unicodePwd", quoted).await;
    }

    pub async fn remove(&mut self, dn: &str) {
        self.ldap.delete(dn).await.unwrap().success().unwrap();
    }

    /// A person: `uid` is the login, since a domain has each `sAMAccountName` but once. Answers with their name.
    pub async fn person(&mut self, login: &str, password: &str) -> String {
        match self.kind {
            Kind::Samba => {
                let dn = format!("CN={login},{}", self.dn);
                let account = format!("{login}-{}", self.mark);
                let account = &account[..account.len().min(20)];
                let mail = format!("{login}@{}.test", self.mark);
                self.add(
                    &dn,
                    &[
                        ("objectClass", "user"),
                        ("sAMAccountName", account),
                        ("uid", login),
                        ("mail", &mail),
                        ("displayName", &format!("{login} of Example")),
                        ("userAccountControl", "546"),
                    ],
                )
                .await;
                self.set_password(&dn, password).await;
                self.replace(&dn, "userAccountControl", "512").await;
                dn
            }
            Kind::OpenLdap => {
                let dn = format!("uid={login},{}", self.dn);
                let mail = format!("{login}@{}.test", self.mark);
                self.add(
                    &dn,
                    &[
                        ("objectClass", "inetOrgPerson"),
                        ("uid", login),
                        ("cn", &format!("{login} of Example")),
                        ("sn", login),
                        ("mail", &mail),
                        ("userPassword", password),
                    ],
                )
                .await;
                dn
            }
        }
    }

    pub async fn group(&mut self, name: &str, members: &[&str]) -> String {
        let dn = format!("cn={name},{}", self.dn);
        let class = if self.kind == Kind::Samba { "group" } else { "groupOfNames" };
        let mut attributes = vec![("objectClass", class), ("cn", name)];
        attributes.extend(members.iter().map(|&member| ("member", member)));
        self.add(&dn, &attributes).await;
        dn
    }

    /// The keys of an authenticator for this branch.
    pub fn options(&self) -> Map<String, Value> {
        let mut options = self.kind.options();
        options.insert("base_dn".into(), self.dn.clone().into());
        if self.kind == Kind::Samba {
            options.insert("attributes".into(), json!({"login": "uid", "login_by": ["uid", "mail"]}));
        }
        options
    }

    /// All entries with their attributes, as far as they are not about logins.
    pub async fn dump(&self) -> String {
        let mut ldap = self.ldap.clone();
        let (found, _) = ldap
            .search(&self.dn, Scope::Subtree, "(objectClass=*)", vec!["*"])
            .await
            .unwrap()
            .success()
            .unwrap();
        let passing = [
            "badPwdCount",
            "badPasswordTime",
            "lastLogon",
            "logonCount",
            "lastLogonTimestamp",
            "uSNChanged",
            "whenChanged",
        ];
        let mut lines: Vec<String> = found
            .into_iter()
            .map(ldap3::SearchEntry::construct)
            .flat_map(|entry| {
                let texts = entry.attrs.into_iter().map(|(name, values)| (name, format!("{values:?}")));
                let others = entry.bin_attrs.into_iter().map(|(name, values)| (name, format!("{values:?}")));
                let dn = entry.dn;
                texts
                    .chain(others)
                    .map(move |(name, values)| format!("{dn} {name} {values}"))
                    .collect::<Vec<_>>()
            })
            .filter(|line| !passing.iter().any(|name| line.contains(&format!(" {name} "))))
            .collect();
        lines.sort();
        lines.join("\n")
    }
}
