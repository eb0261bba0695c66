//! Certificates of a certificate authority of our own, that lives as long as the services.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::account::Account;
use super::folder::{Folder, give};
use super::process::{isolated, prepare};
use crate::install::Program;
use crate::interrupt::Interrupt;

const OPENSSL: Program = Program::new(&["openssl"], "openssl");

pub(super) const PROGRAMS: &[Program] = &[OPENSSL];

/// An elliptic-curve key in PKCS #8, without a passphrase.
const NEW_KEY: [&str; 5] = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/// Signs the certificates of servers.
#[derive(Debug)]
pub(super) struct Authority {
    room: PathBuf,
    log: PathBuf,
}

/// A server's certificate and key, each in a file that only the server can read.
#[derive(Debug)]
pub(super) struct Certificate {
    pub(super) certificate: PathBuf,
    pub(super) key: PathBuf,
}

impl Authority {
    /// A new authority `name` with a room of its own.
    pub(super) fn create(name: &str, folder: &Folder, interrupt: &Interrupt) -> Result<Self> {
        let authority = Self {
            room: folder.room(&format!("{name}-ca"), None)?,
            log: folder.log(&format!("{name}-openssl")),
        };
        let mut openssl = authority.openssl()?;
        openssl.args(["req", "-x509", "-sha256", "-days", "30", "-subj", "/CN=Portico tests"]);
        openssl.args(NEW_KEY).args(["-keyout", "ca.key", "-out", "ca.pem"]);
        openssl.args(["-addext", "basicConstraints=critical,CA:TRUE"]);
        openssl.args(["-addext", "keyUsage=critical,keyCertSign,cRLSign"]);
        prepare(&mut openssl, &authority.log, interrupt)?;
        Ok(authority)
    }

    /// What clients must trust.
    pub(super) fn certificate(&self) -> PathBuf {
        self.room.join("ca.pem")
    }

    /// Writes a certificate for a server with these `names` (`IP:…`, `DNS:…`) into the server's `room`.
    pub(super) fn issue(
        &self,
        names: &str,
        room: &Path,
        account: Option<Account>,
        interrupt: &Interrupt,
    ) -> Result<Certificate> {
        let issued = Certificate { certificate: room.join("server.pem"), key: room.join("server.key") };
        let mut request = self.openssl()?;
        request.args(["req", "-new", "-sha256", "-subj", "/CN=portico-test"]).args(NEW_KEY);
        request.arg("-keyout").arg(&issued.key).args(["-out", "server.csr"]);
        prepare(&mut request, &self.log, interrupt)?;
        let extensions =
            format!("subjectAltName={names}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n");
        std::fs::write(self.room.join("server.ext"), extensions)?;
        let mut sign = self.openssl()?;
        sign.args(["x509", "-req", "-sha256", "-days", "30", "-in", "server.csr", "-extfile", "server.ext"]);
        sign.args(["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out"]).arg(&issued.certificate);
        prepare(&mut sign, &self.log, interrupt)?;
        for file in [&issued.certificate, &issued.key] {
            give(file, account)?;
        }
        Ok(issued)
    }

    fn openssl(&self) -> Result<Command> {
        Ok(isolated(&OPENSSL.path()?, &self.room, None))
    }
}
