//! MIT Kerberos for a realm that the domain doesn't trust, with one person and keys for the service of the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::folder::{Folder, write_secret};
use super::port::with_free_port;
use super::process::{Place, Server, StopBy, isolated, prepare};
use super::watchdog::Watchdog;
use crate::install::Program;
use crate::interrupt::Interrupt;

const KRB5KDC: Program = Program::new(&["krb5kdc"], "krb5-kdc");
const KDB5_UTIL: Program = Program::new(&["kdb5_util"], "krb5-kdc");
const KADMIN_LOCAL: Program = Program::new(&["kadmin.local"], "krb5-admin-server");

pub(super) const PROGRAMS: &[Program] = &[KRB5KDC, KDB5_UTIL, KADMIN_LOCAL];

/// The realm.
pub(super) const REALM: &str = "OTHER.TEST";

/// A running KDC.
#[derive(Debug)]
pub(super) struct OtherRealm {
    pub(super) server: Server,
    pub(super) port: u16,
    pub(super) keytab: PathBuf,
}

/// Starts it. Its `alice` has the `password`.
pub(super) fn start(
    password: &str,
    folder: &Folder,
    watchdog: &mut Watchdog,
    interrupt: &Interrupt,
) -> Result<OtherRealm> {
    let room = folder.room("kdc", None)?;
    let log = folder.log("kdc");
    let path = room.display();
    let krb5 = format!("[libdefaults]\ndefault_realm = {REALM}\n[logging]\nkdc = STDERR\ndefault = STDERR\n");
    write_secret(&room.join("krb5.conf"), &krb5, None)?;
    std::fs::write(room.join("kdc.conf"), kdc_conf(&room, 0))?;

    let mut create = kerberos(&KDB5_UTIL.path()?, &room);
    create.args(["create", "-s", "-P", password, "-r", REALM]);
    prepare(&mut create, &folder.log("kdb5_util"), interrupt)?;
    let keytab = room.join("chat.keytab");
    for query in [
        format!("addprinc -pw {password} alice"),
        "addprinc -randkey HTTP/chat.example.test".to_owned(),
        format!("ktadd -k {path}/chat.keytab HTTP/chat.example.test"),
    ] {
        let mut admin = kerberos(&KADMIN_LOCAL.path()?, &room);
        admin.args(["-r", REALM, "-q", &query]);
        prepare(&mut admin, &folder.log("kadmin"), interrupt)?;
    }

    let program = KRB5KDC.path()?;
    let mut place = Place { room: &room, account: None, log: &log, watchdog };
    let (server, port) = with_free_port(|port| {
        std::fs::write(room.join("kdc.conf"), kdc_conf(&room, port))?;
        let mut server = Server::start("krb5kdc", &program, &mut place, StopBy::Term, |command| {
            environment(command, &room);
            command.args(["-n", "-r", REALM]);
        })?;
        server.wait_until_ready(interrupt, |log| log.contains("commencing operation").then_some(()))?;
        Ok((server, port))
    })?;
    Ok(OtherRealm { server, port, keytab })
}

fn kdc_conf(room: &Path, port: u16) -> String {
    let room = room.display();
    format!(
        "[kdcdefaults]\nkdc_listen = 127.0.0.1:{port}\nkdc_tcp_listen = 127.0.0.1:{port}\n\
         [realms]\n{REALM} = {{\n database_name = {room}/principal\n key_stash_file = {room}/stash\n\
         \x20acl_file = {room}/acl\n}}\n\
         [logging]\nkdc = STDERR\n"
    )
}

fn kerberos(program: &Path, room: &Path) -> Command {
    let mut command = isolated(program, room, None);
    environment(&mut command, room);
    command
}

fn environment(command: &mut Command, room: &Path) {
    command.env("KRB5_CONFIG", room.join("krb5.conf")).env("KRB5_KDC_PROFILE", room.join("kdc.conf"));
}
