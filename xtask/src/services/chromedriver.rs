//! chromedriver, which starts a browser for every session that a test opens.

use anyhow::{Context, Result};

use super::Ready;
use super::folder::Folder;
use super::process::{Place, Server, StartError, StopBy};
use super::watchdog::Watchdog;
use crate::install::Program;
use crate::interrupt::Interrupt;

const CHROMEDRIVER: Program = Program::new(&["chromedriver"], "chromium-driver");
const CHROMIUM: Program =
    Program::new(&["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"], "chromium");

pub(super) const PROGRAMS: &[Program] = &[CHROMEDRIVER, CHROMIUM];

pub(super) fn start(folder: &Folder, watchdog: &mut Watchdog, interrupt: &Interrupt) -> Result<Ready> {
    // The profiles of the browsers go to the room too, as $HOME and $TMPDIR.
    let room = folder.room("chromedriver", None)?;
    let log = folder.log("chromedriver");
    let program = CHROMEDRIVER.path()?;
    let mut place = Place { room: &room, account: None, log: &log, watchdog };
    let mut server = Server::start("chromedriver", &program, &mut place, StopBy::Term, |command| {
        // It finds a free port itself and says which.
        command.arg("--port=0").env("LC_ALL", "C.UTF-8");
    })?;
    let port = server.wait_until_ready(interrupt, port).map_err(|error| match error {
        StartError::Failed(error) => error,
        StartError::PortTaken => anyhow::anyhow!("chromedriver found no free port"),
    })?;
    let browser =
        CHROMIUM.path()?.into_os_string().into_string().ok().context("the browser's path is not UTF-8")?;
    Ok(Ready {
        servers: vec![server],
        variables: vec![
            ("PORTICO_TEST_CHROMEDRIVER_URL", format!("http://127.0.0.1:{port}")),
            ("PORTICO_TEST_BROWSER", browser),
        ],
    })
}

/// From "ChromeDriver was started successfully on port 40123."; the first line names port 0, which is none.
fn port(log: &str) -> Option<u16> {
    let (_, rest) = log.split_once("started successfully on port ")?;
    let (digits, _) = rest.split_once(|c: char| !c.is_ascii_digit())?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_the_one_it_listens_on_and_only_once_it_is_written_whole() {
        let log = "Starting ChromeDriver 156.0.8078.79 on port 0\nChromeDriver was started successfully on port 40123.\n";
        assert_eq!(port(log), Some(40123));
        assert_eq!(port(log.trim_end_matches(".\n")), None);
        assert_eq!(port("Starting ChromeDriver 156.0.8078.79 on port 0\n"), None);
    }
}
