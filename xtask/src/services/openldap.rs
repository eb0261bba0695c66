//! OpenLDAP with the people of the tests: password policy, memberOf, and certificates of an authority of its own.

use std::net::{Ipv4Addr, TcpStream};
use std::path::Path;

use anyhow::{Context, Result};

use super::Ready;
use super::account::Account;
use super::certificates::Authority;
use super::folder::{Folder, write_secret};
use super::port::with_free_port;
use super::process::{Place, Server, StopBy, isolated, password, prepare};
use super::watchdog::Watchdog;
use crate::install::Program;
use crate::interrupt::Interrupt;

const SLAPD: Program = Program::new(&["slapd"], "slapd");
const LDAPMODIFY: Program = Program::new(&["ldapmodify"], "ldap-utils");

pub(super) const PROGRAMS: &[Program] = &[SLAPD, LDAPMODIFY];

const BASE: &str = "dc=example,dc=org";
const ADMIN: &str = "cn=admin,dc=example,dc=org";

/// `BASE` and `PASSWORD` are filled in. The service account may read all but passwords, everybody else nothing.
const CONFIGURATION: &str = include_str!("openldap.conf");
/// The people and groups, the same as in the Samba directory as far as both know such things.
const PEOPLE: &str = include_str!("openldap.ldif");

pub(super) fn start(folder: &Folder, watchdog: &mut Watchdog, interrupt: &Interrupt) -> Result<Ready> {
    let account = Account::unless_ordinary("openldap")?;
    let room = folder.room("openldap", account)?;
    let password = password()?;
    let authority = Authority::create("openldap", folder, interrupt)?;
    let certificate = authority.issue("IP:127.0.0.1,DNS:localhost", &room, account, interrupt)?;
    // Servers may not enter the authority's room.
    let ca = room.join("ca.pem");
    write_secret(&ca, &std::fs::read_to_string(authority.certificate())?, account)?;
    let configuration = CONFIGURATION
        .replace("{base}", BASE)
        .replace("{room}", &room.display().to_string())
        .replace("{password}", &password)
        .replace("{certificate}", &certificate.certificate.display().to_string())
        .replace("{key}", &certificate.key.display().to_string());
    write_secret(&room.join("slapd.conf"), &configuration, account)?;
    // A copy: AppArmor lets the packaged path read its own configuration only.
    let slapd = folder.path().join("slapd");
    std::fs::copy(SLAPD.path()?, &slapd).context("can't copy slapd")?;

    let log = folder.log("openldap");
    let mut place = Place { room: &room, account, log: &log, watchdog };
    let (server, plain, tls) = with_free_port(|plain| {
        with_free_port(|tls| {
            let mut server = Server::start("OpenLDAP", &slapd, &mut place, StopBy::Int, |command| {
                let urls = format!("ldap://127.0.0.1:{plain} ldaps://127.0.0.1:{tls}");
                command.args(["-f", "slapd.conf", "-d", "0", "-h", &urls]);
            })?;
            server.wait_until_ready(interrupt, |_| (listens(plain) && listens(tls)).then_some(()))?;
            Ok((server, plain, tls))
        })
        .map_err(Into::into)
    })?;
    let url = format!("ldap://127.0.0.1:{plain}");
    fill(&room, folder, &url, &password, interrupt)?;
    Ok(Ready {
        servers: vec![server],
        variables: vec![
            ("PORTICO_TEST_OPENLDAP_URL", url),
            ("PORTICO_TEST_OPENLDAPS_URL", format!("ldaps://127.0.0.1:{tls}")),
            ("PORTICO_TEST_OPENLDAP_CA", authority.certificate().display().to_string()),
            ("PORTICO_TEST_OPENLDAP_ADMIN_DN", ADMIN.to_owned()),
            ("PORTICO_TEST_OPENLDAP_PASSWORD", password),
            ("PORTICO_TEST_OPENLDAP_BASE", BASE.to_owned()),
        ],
    })
}

fn listens(port: u16) -> bool {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Over the network, so that overlays see it: slapadd would leave out memberOf and the hashing of passwords.
fn fill(room: &Path, folder: &Folder, url: &str, password: &str, interrupt: &Interrupt) -> Result<()> {
    let ldif = room.join("people.ldif");
    write_secret(&ldif, &PEOPLE.replace("{base}", BASE).replace("{password}", password), None)?;
    let secret = room.join("password");
    write_secret(&secret, password, None)?;
    let mut modify = isolated(&LDAPMODIFY.path()?, room, None);
    modify.args(["-x", "-H", url, "-D", ADMIN, "-y"]).arg(&secret).arg("-f").arg(&ldif);
    prepare(&mut modify, &folder.log("ldapmodify"), interrupt)
}
