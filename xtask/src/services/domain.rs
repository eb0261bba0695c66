//! A Windows domain: Samba as its controller (realm EXAMPLE.TEST), and beside it the MIT Kerberos of a realm
//! (OTHER.TEST) that nobody here trusts. Both have keys for the service `HTTP/chat.example.test`.

use std::path::Path;

use anyhow::{Context, Result, bail};

use super::Ready;
use super::certificates::{self, Authority};
use super::folder::{Folder, write_secret};
use super::watchdog::Watchdog;
use super::{kdc, samba};
use crate::install::Program;
use crate::interrupt::Interrupt;

/// What only tests run: a client's Kerberos, and a web server that does Kerberos for the servers behind it. And what
/// building with Kerberos needs: the feature `negotiate` is on in tests.
const FOR_TESTS: &[Program] = &[
    Program::new(&["kinit"], "krb5-user"),
    Program::new(&["curl"], "curl"),
    Program::new(&["apache2"], "apache2"),
    Program::new(&["clang"], "clang"),
    Program::new(&["pkg-config"], "pkg-config"),
];

/// What has no program of its own to be found by.
const FILES: &[(&str, &str)] = &[
    ("/usr/lib/apache2/modules/mod_auth_gssapi.so", "libapache2-mod-auth-gssapi"),
    ("/usr/include/gssapi/gssapi_krb5.h", "libkrb5-dev"),
];

pub(super) fn programs() -> Vec<Program> {
    [samba::PROGRAMS, kdc::PROGRAMS, certificates::PROGRAMS, FOR_TESTS].concat()
}

pub(super) fn files() -> Vec<(&'static str, &'static str)> {
    [samba::FILES, FILES].concat()
}

pub(super) fn start(folder: &Folder, watchdog: &mut Watchdog, interrupt: &Interrupt) -> Result<Ready> {
    let authority = Authority::create("domain", folder, interrupt)?;
    let controller = samba::start(&authority, folder, watchdog, interrupt)?;
    let other = kdc::start(&controller.password, folder, watchdog, interrupt)?;

    let room = folder.room("kerberos", None)?;
    let configuration = room.join("krb5.conf");
    write_secret(&configuration, &krb5_conf(&controller.address.to_string(), other.port), None)?;
    let keytab = room.join("chat.keytab");
    std::fs::write(&keytab, joined(&controller.keytab, &other.keytab)?)?;
    let text = |path: &Path| path.display().to_string();
    Ok(Ready {
        servers: vec![controller.server, other.server],
        variables: vec![
            ("PORTICO_TEST_AD_URL", format!("ldaps://{}:636", controller.address)),
            ("PORTICO_TEST_AD_CA", text(&authority.certificate())),
            ("PORTICO_TEST_AD_ADMIN", "Administrator@example.test".to_owned()),
            ("PORTICO_TEST_AD_PASSWORD", controller.password),
            ("PORTICO_TEST_AD_REALM", samba::REALM.to_owned()),
            ("PORTICO_TEST_AD_BASE", samba::BASE.to_owned()),
            ("PORTICO_TEST_KRB5_CONFIG", text(&configuration)),
            ("PORTICO_TEST_KEYTAB", text(&keytab)),
        ],
    })
}

/// For clients and servers of the tests: no DNS, and TCP alone, so that there is one way for every message.
fn krb5_conf(controller: &str, other_port: u16) -> String {
    format!(
        "[libdefaults]\n\
         default_realm = {realm}\n\
         dns_lookup_kdc = false\n\
         dns_lookup_realm = false\n\
         dns_canonicalize_hostname = false\n\
         rdns = false\n\
         udp_preference_limit = 1\n\
         [realms]\n\
         {realm} = {{\n  kdc = {controller}\n}}\n\
         {other} = {{\n  kdc = 127.0.0.1:{other_port}\n}}\n\
         [domain_realm]\n\
         .example.test = {realm}\n",
        realm = samba::REALM,
        other = kdc::REALM,
    )
}

/// Two keytabs in one: the entries follow a version of two bytes (MIT Kerberos, "Keytab file format").
fn joined(first: &Path, second: &Path) -> Result<Vec<u8>> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("can't read {}", path.display()));
    let mut all = read(first)?;
    let second = read(second)?;
    let ([5, 2, ..], [5, 2, entries @ ..]) = (all.as_slice(), second.as_slice()) else {
        bail!("one of the keytabs is not of version 2");
    };
    all.extend_from_slice(entries);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_joined_keytab_has_one_version_and_all_entries() {
        let folder = tempfile::tempdir().unwrap();
        let (one, two) = (folder.path().join("one"), folder.path().join("two"));
        std::fs::write(&one, [5, 2, 1, 1]).unwrap();
        std::fs::write(&two, [5, 2, 9]).unwrap();
        assert_eq!(joined(&one, &two).unwrap(), [5, 2, 1, 1, 9]);
        std::fs::write(&two, [5, 1, 9]).unwrap();
        assert!(joined(&one, &two).is_err());
    }
}
