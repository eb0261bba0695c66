//! MariaDB with its own defaults, which are strict; only what a test machine needs is set.

use anyhow::Result;

use super::Ready;
use super::account::Account;
use super::folder::{Folder, write_secret};
use super::port::with_free_port;
use super::process::{Place, Server, StopBy, isolated, password, prepare};
use super::watchdog::Watchdog;
use crate::install::Program;
use crate::interrupt::Interrupt;

const MARIADBD: Program = Program::new(&["mariadbd", "mysqld"], "mariadb-server");
const MARIADB_INSTALL_DB: Program =
    Program::new(&["mariadb-install-db", "mysql_install_db"], "mariadb-server");

pub(super) const PROGRAMS: &[Program] = &[MARIADBD, MARIADB_INSTALL_DB];

pub(super) fn start(folder: &Folder, watchdog: &mut Watchdog, interrupt: &Interrupt) -> Result<Ready> {
    let account = Account::unless_ordinary("mysql")?;
    let room = folder.room("mariadb", account)?;
    let data = room.join("data");
    let password = password()?;

    let mut install = isolated(&MARIADB_INSTALL_DB.path()?, &room, account);
    install.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
    install.args(["--auth-root-authentication-method=normal", "--skip-test-db"]);
    prepare(&mut install, &folder.log("mariadb-install-db"), interrupt)?;

    // Executed before the first connection is let in. One statement a line.
    let init = room.join("init.sql");
    write_secret(&init, &only_root(&password), account)?;

    let mariadbd = MARIADBD.path()?;
    let log = folder.log("mariadb");
    let mut place = Place { room: &room, account, log: &log, watchdog };
    let (server, port) = with_free_port(|port| {
        let mut server = Server::start("MariaDB", &mariadbd, &mut place, StopBy::Term, |command| {
            command.arg("--no-defaults").arg(format!("--datadir={}", data.display()));
            command.arg(format!("--init-file={}", init.display()));
            // Sockets have short paths and temporary folders long ones: relative to the data.
            command.args(["--socket=mariadb.sock", "--pid-file=mariadb.pid"]);
            command.args(["--bind-address=127.0.0.1", &format!("--port={port}"), "--skip-name-resolve"]);
            command.args(["--character-set-server=utf8mb4", "--max-connections=500", "--skip-log-bin"]);
            command.args(["--innodb-buffer-pool-size=64M", "--innodb-log-file-size=32M"]);
        })?;
        server.wait_until_ready(interrupt, |log| log.contains("ready for connections").then_some(()))?;
        Ok((server, port))
    })?;
    let url = format!("mysql://root:{password}@127.0.0.1:{port}");
    Ok(Ready { servers: vec![server], variables: vec![("PORTICO_TEST_MARIADB_URL", url)] })
}

/// Leaves one account that can log in: root, over the loopback address, with a password.
fn only_root(password: &str) -> String {
    format!(
        "DELETE FROM mysql.global_priv WHERE User <> 'mariadb.sys';\n\
         FLUSH PRIVILEGES;\n\
         CREATE USER 'root'@'127.0.0.1' IDENTIFIED BY '{password}';\n\
         GRANT ALL PRIVILEGES ON *.* TO 'root'@'127.0.0.1' WITH GRANT OPTION;\n"
    )
}
