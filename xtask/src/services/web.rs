//! Web servers and PHP: tests start them by themselves, each with a configuration of its own, and only need to know where
//! the programs are.

use anyhow::Result;

use super::Ready;
use super::folder::Folder;
use super::watchdog::Watchdog;
use crate::install::Program;
use crate::interrupt::Interrupt;

const NGINX: Program = Program::new(&["nginx"], "nginx-light");
const APACHE: Program = Program::new(&["apache2", "httpd"], "apache2");
const PHP: Program = Program::new(&["php"], "php-cli");

pub(super) const PROGRAMS: &[Program] = &[NGINX, APACHE, PHP];

pub(super) fn start(_: &Folder, _: &mut Watchdog, _: &Interrupt) -> Result<Ready> {
    let place = |program: Program| program.path().map(|path| path.display().to_string());
    let variables = vec![
        ("PORTICO_TEST_NGINX", place(NGINX)?),
        ("PORTICO_TEST_APACHE", place(APACHE)?),
        ("PORTICO_TEST_PHP", place(PHP)?),
    ];
    Ok(Ready { servers: Vec::new(), variables })
}
