//! Free loopback ports.

use std::net::{Ipv4Addr, TcpListener};

use anyhow::{Context, Result, bail};

use super::process::StartError;

/// Between finding a port and a server's taking it somebody else may; that often in a row they won't.
const ATTEMPTS: usize = 5;

/// Calls `start` with a free port, again with another one if the port was taken meanwhile.
pub(super) fn with_free_port<T>(mut start: impl FnMut(u16) -> Result<T, StartError>) -> Result<T> {
    for _ in 0..ATTEMPTS {
        match start(free_port()?) {
            Ok(started) => return Ok(started),
            Err(StartError::PortTaken) => {}
            Err(StartError::Failed(error)) => return Err(error),
        }
    }
    bail!("somebody else took the port {ATTEMPTS} times in a row")
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port on 127.0.0.1")?;
    Ok(listener.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_is_tried_again_and_a_failure_is_not() {
        let mut calls = 0;
        let port = with_free_port(|port| {
            calls += 1;
            if calls < 3 { Err(StartError::PortTaken) } else { Ok(port) }
        });
        assert!(port.unwrap() > 0);
        assert_eq!(calls, 3);

        let mut calls = 0;
        let failed = with_free_port::<()>(|_| {
            calls += 1;
            Err(StartError::Failed(anyhow::anyhow!("no disk")))
        });
        assert_eq!(failed.unwrap_err().to_string(), "no disk");
        assert_eq!(calls, 1);
    }

    #[test]
    fn a_port_that_is_always_taken_is_an_error_at_last() {
        assert!(with_free_port::<()>(|_| Err(StartError::PortTaken)).is_err());
    }
}
