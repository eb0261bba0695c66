//! PostgreSQL: passwords by SCRAM, UTF-8, and no waiting for the disk, since nothing here outlives a crash.

use anyhow::Result;

use super::Ready;
use super::account::Account;
use super::folder::{Folder, write_secret};
use super::port::with_free_port;
use super::process::{Place, Server, StopBy, isolated, password, prepare};
use super::watchdog::Watchdog;
use crate::install::Program;
use crate::interrupt::Interrupt;

const POSTGRES: Program = Program::new(&["postgres"], "postgresql");
const INITDB: Program = Program::new(&["initdb"], "postgresql");

pub(super) const PROGRAMS: &[Program] = &[POSTGRES, INITDB];

/// A locale of UTF-8 that needs no package.
const LOCALE: &str = if cfg!(target_os = "macos") { "en_US.UTF-8" } else { "C.UTF-8" };

pub(super) fn start(folder: &Folder, watchdog: &mut Watchdog, interrupt: &Interrupt) -> Result<Ready> {
    let account = Account::unless_ordinary("postgres")?;
    let room = folder.room("postgres", account)?;
    let data = room.join("data");
    let password = password()?;
    let password_file = room.join("password");
    write_secret(&password_file, &password, account)?;

    let mut initdb = isolated(&INITDB.path()?, &room, account);
    initdb.arg("-D").arg(&data).arg("--pwfile").arg(&password_file);
    initdb.args(["-U", "postgres", "-A", "scram-sha-256", "-E", "UTF8", "--no-sync"]);
    initdb.args(["--locale", LOCALE, "--lc-messages=C"]);
    prepare(&mut initdb, &folder.log("initdb"), interrupt)?;

    let postgres = POSTGRES.path()?;
    let log = folder.log("postgres");
    let mut place = Place { room: &room, account, log: &log, watchdog };
    let (server, port) = with_free_port(|port| {
        let mut server = Server::start("PostgreSQL", &postgres, &mut place, StopBy::Int, |command| {
            command.arg("-D").arg(&data).args(["-p", &port.to_string()]);
            let settings = [
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "max_connections=300",
                "shared_buffers=64MB",
                "fsync=off",
                "full_page_writes=off",
            ];
            for setting in settings {
                command.args(["-c", setting]);
            }
        })?;
        server
            .wait_until_ready(interrupt, |log| log.contains("ready to accept connections").then_some(()))?;
        Ok((server, port))
    })?;
    let url = format!("postgres://postgres:{password}@127.0.0.1:{port}");
    Ok(Ready { servers: vec![server], variables: vec![("PORTICO_TEST_POSTGRES_URL", url)] })
}
