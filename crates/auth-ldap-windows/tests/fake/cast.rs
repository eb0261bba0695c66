//! People and groups for the fake directory.

use std::sync::atomic::Ordering;

use portico_auth_conformance::Person;

use super::tree::{Account, FakeEntry};
use super::{Manners, State};

pub const BASE: &str = "DC=example,DC=test";
pub const CONFIGURATION: &str = "CN=Configuration,DC=example,DC=test";
pub const SERVICE: &str = "CN=portico,DC=example,DC=test";
pub const SERVICE_PASSWORD: &str = "Quail-12-service-Bramble";

/// The root entry.
pub fn root(state: &State) -> FakeEntry {
    let root = FakeEntry::new("").with("namingContexts", BASE);
    if state.manners == Manners::OpenLdap {
        return root.with("structuralObjectClass", "OpenLDAProotDSE");
    }
    root.with("defaultNamingContext", BASE)
        .with("configurationNamingContext", CONFIGURATION)
        .with("namingContexts", CONFIGURATION)
        .with("dsServiceName", format!("CN=NTDS Settings,CN=DC1,{CONFIGURATION}"))
        .with("highestCommittedUSN", state.highest_change.load(Ordering::Relaxed).to_string())
}

/// A GUID that differs in its last byte.
pub fn guid(number: u8) -> [u8; 16] {
    let mut guid = [0x11; 16];
    guid[15] = number;
    guid
}

/// A SID of the domain.
pub fn sid(relative: u32) -> Vec<u8> {
    let mut bytes = vec![1, 5, 0, 0, 0, 0, 0, 5];
    for part in [21, 1, 2, 3, relative] {
        bytes.extend(u32::to_le_bytes(part));
    }
    bytes
}

fn account_of(person: Person) -> Account {
    match person {
        Person::Carol => Account::Disabled,
        Person::Dave => Account::Locked,
        Person::Victor => Account::PasswordExpired,
        _ => Account::Usable,
    }
}

/// A domain with the cast, groups in groups (and in a circle), and a primary group.
pub fn domain() -> Vec<FakeEntry> {
    let mut entries = vec![
        FakeEntry::new(BASE).with("objectSid", sid(0)),
        FakeEntry::new(CONFIGURATION),
        FakeEntry::new(format!("CN=Partitions,{CONFIGURATION}")),
        FakeEntry::new(format!("CN=EXAMPLE,CN=Partitions,{CONFIGURATION}"))
            .with("objectClass", "crossRef")
            .with("nCName", BASE)
            .with("nETBIOSName", "EXAMPLE")
            .with("dnsRoot", "example.test"),
        FakeEntry::new(format!("CN=NTDS Settings,CN=DC1,{CONFIGURATION}")).with("invocationId", guid(250)),
        FakeEntry::new(SERVICE).with("sAMAccountName", "portico").password(SERVICE_PASSWORD, Account::Usable),
    ];
    let people = [Person::Alice, Person::Grace, Person::Carol, Person::Dave, Person::Victor];
    for (number, person) in (1..).zip(people) {
        entries.push(windows_person(number, person.login(), person.password(), account_of(person)));
    }
    let group = |number, name: &str, relative: u32| {
        FakeEntry::new(format!("CN={name},{BASE}"))
            .with("objectClass", "group")
            .with("cn", name)
            .with("objectGUID", guid(number))
            .with("objectSid", sid(relative))
            .with("uSNChanged", "50")
    };
    entries.push(
        group(100, "Editors", 2001)
            .with("member", format!("CN=alice,{BASE}"))
            .with("member", format!("CN=Staff,{BASE}"))
            .with("memberOf", format!("CN=Staff,{BASE}")),
    );
    entries.push(
        group(101, "Staff", 2002)
            .with("member", format!("CN=Editors,{BASE}"))
            .with("memberOf", format!("CN=Editors,{BASE}")),
    );
    entries.push(group(102, "Domain Users", 513).with("memberOf", format!("CN=Users,{BASE}")));
    entries.push(group(103, "Users", 2003).with("member", format!("CN=Domain Users,{BASE}")));
    entries.push(group(104, "Others", 2004).with("member", format!("CN=grace,{BASE}")));
    for (login, group) in [("alice", "Editors"), ("grace", "Others")] {
        let entry = entries.iter_mut().find(|entry| entry.has("sAMAccountName", login.as_bytes())).unwrap();
        entry.attributes.push(("memberOf".to_owned(), format!("CN={group},{BASE}").into_bytes()));
    }
    entries
}

/// A person of a domain.
pub fn windows_person(number: u8, login: &str, password: &str, account: Account) -> FakeEntry {
    let flags = if account == Account::Disabled { "514" } else { "512" };
    let computed = match account {
        Account::Locked => "16",
        Account::PasswordExpired => "8388608",
        _ => "0",
    };
    FakeEntry::new(format!("CN={login},{BASE}"))
        .with("sAMAccountType", "805306368")
        .with("sAMAccountName", login)
        .with("userPrincipalName", format!("{login}@example.test"))
        .with("mail", format!("{login}@mail.test"))
        .with("displayName", format!("{login} of Example"))
        .with("department", "Research")
        .with("manager", format!("CN=Hopper\\, Grace,{BASE}"))
        .with("objectGUID", guid(number))
        .with("objectSid", sid(1000 + u32::from(number)))
        .with("primaryGroupID", "513")
        .with("userAccountControl", flags)
        .with("msDS-User-Account-Control-Computed", computed)
        .with("pwdLastSet", if account == Account::MustChange { "0" } else { "133000000000000000" })
        .with("accountExpires", if account == Account::Expired { "133000000000000000" } else { "0" })
        .with("whenCreated", "20260102030405.0Z")
        .with("uSNChanged", "50")
        .password(password, account)
}

/// A Unix-like directory with the cast, and groups in groups.
pub fn unix() -> Vec<FakeEntry> {
    let uuid = |number: u8| format!("00000000-0000-4000-8000-0000000000{number:02x}");
    let mut entries = vec![
        FakeEntry::new(BASE).with("entryUUID", uuid(0)),
        FakeEntry::new(SERVICE).password(SERVICE_PASSWORD, Account::Usable),
    ];
    let people = [Person::Alice, Person::Grace, Person::Dave, Person::Victor];
    for (number, person) in (1..).zip(people) {
        let login = person.login();
        entries.push(
            FakeEntry::new(format!("uid={login},{BASE}"))
                .with("objectClass", "inetOrgPerson")
                .with("uid", login)
                .with("cn", format!("{login} of Example"))
                .with("mail", format!("{login}@mail.test"))
                .with("entryUUID", uuid(number))
                .with("createTimestamp", "20260102030405Z")
                .with("modifyTimestamp", "20261101000000Z")
                .password(person.password(), account_of(person)),
        );
    }
    let group = |number, name: &str, member: &str| {
        FakeEntry::new(format!("cn={name},{BASE}"))
            .with("objectClass", "groupOfNames")
            .with("cn", name)
            .with("entryUUID", uuid(number))
            .with("modifyTimestamp", "20261101000000Z")
            .with("member", format!("{member},{BASE}"))
    };
    entries.push(group(100, "editors", "UID=Alice"));
    entries.push(group(101, "staff", "cn=editors"));
    entries.push(group(102, "circle", "cn=staff").with("member", format!("cn=circle,{BASE}")));
    entries.push(group(103, "others", "uid=grace"));
    entries
}
