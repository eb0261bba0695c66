//! A domain controller: Samba with the people of the tests, made once and then copied.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, anyhow, bail};

use super::certificates::Authority;
use super::folder::{Folder, write_secret};
use super::process::{Place, Server, StartError, StopBy, isolated, password, prepare};
use super::watchdog::Watchdog;
use crate::install::{self, Program};
use crate::interrupt::Interrupt;

const SAMBA: Program = Program::new(&["samba"], "samba");
const SAMBA_TOOL: Program = Program::new(&["samba-tool"], "samba-common-bin");
/// Debian's own: another Python would not find Samba's modules.
const PYTHON: &str = "/usr/bin/python3";

pub(super) const PROGRAMS: &[Program] = &[SAMBA, SAMBA_TOOL, Program::new(&["winbindd"], "winbind")];

/// What a controller needs and no program is found by.
pub(super) const FILES: &[(&str, &str)] = &[
    ("/usr/share/samba/setup/provision.ldif", "samba-ad-provision"),
    ("/usr/lib/python3/dist-packages/samba/samdb.py", "python3-samba"),
    ("/usr/share/doc/samba-dsdb-modules", "samba-dsdb-modules"),
    ("/usr/share/doc/samba-vfs-modules", "samba-vfs-modules"),
];

/// The realm.
pub(super) const REALM: &str = "EXAMPLE.TEST";
/// Where the directory begins.
pub(super) const BASE: &str = "DC=example,DC=test";

const PEOPLE: &str = include_str!("samba_people.py");
/// Its LDAP ports can't be moved, so each run has a loopback address of its own.
const PORTS: [u16; 4] = [88, 389, 636, 3268];

/// A running controller.
#[derive(Debug)]
pub(super) struct Controller {
    pub(super) server: Server,
    pub(super) address: Ipv4Addr,
    /// Of everybody in the domain, the administrator included.
    pub(super) password: String,
    /// The keys of `HTTP/chat.example.test`.
    pub(super) keytab: PathBuf,
}

/// Starts it, with a certificate of `authority`.
pub(super) fn start(
    authority: &Authority,
    folder: &Folder,
    watchdog: &mut Watchdog,
    interrupt: &Interrupt,
) -> Result<Controller> {
    if !install::is_root() {
        bail!("a domain controller listens on ports below 1024: run this as root (sudo -E cargo xtask …)");
    }
    let template = template(folder, interrupt)?;
    let room = folder.room("samba", None)?;
    let domain = room.join("domain");
    copy(&template, &domain, folder, interrupt)?;
    let password = std::fs::read_to_string(domain.join("password"))?;
    let address = free_address()?;
    let names = format!("IP:{address},IP:127.0.0.1,DNS:localhost,DNS:dc1.example.test");
    let certificate = authority.issue(&names, &room, None, interrupt)?;
    std::fs::write(domain.join("etc/smb.conf"), smb_conf(&domain, address))?;
    std::fs::copy(authority.certificate(), domain.join("ca.pem"))?;
    std::fs::rename(&certificate.certificate, domain.join("tls.pem"))?;
    std::fs::rename(&certificate.key, domain.join("tls.key"))?;

    let log = folder.log("samba");
    let mut place = Place { room: &room, account: None, log: &log, watchdog };
    let mut server = Server::start("Samba", &SAMBA.path()?, &mut place, StopBy::Term, |command| {
        command.args(["-i", "-M", "single", "--no-process-group", "--debug-stdout", "-s"]);
        command.arg(domain.join("etc/smb.conf"));
    })?;
    let all = || PORTS.iter().all(|port| TcpStream::connect((address, *port)).is_ok());
    server.wait_until_ready(interrupt, |_| all().then_some(())).map_err(|error| match error {
        StartError::Failed(error) => error,
        StartError::PortTaken => anyhow!("somebody took a port of {address}"),
    })?;
    Ok(Controller { server, address, password, keytab: domain.join("chat.keytab") })
}

/// A loopback address where nobody has the ports.
fn free_address() -> Result<Ipv4Addr> {
    for _ in 0..20 {
        let mut bytes = [0_u8; 3];
        getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random numbers from the system: {error}"))?;
        // Not 127.0.0.x, where other servers are; no .0 and .255, which Samba takes for a whole network.
        let [a, b, c] = bytes;
        let address = Ipv4Addr::new(127, 1 + a % 250, b, 1 + c % 250);
        let free = |port: &u16| TcpListener::bind(SocketAddr::new(IpAddr::V4(address), *port)).is_ok();
        if PORTS.iter().all(free) {
            return Ok(address);
        }
    }
    bail!("no loopback address with free ports for LDAP and Kerberos; has this system 127.0.0.0/8?")
}

/// The folder of a controller that was never started, kept beside this program and made when it is not there.
fn template(folder: &Folder, interrupt: &Interrupt) -> Result<PathBuf> {
    let program = std::env::current_exe().context("where this program is, is not known")?;
    let parent = program.parent().context("this program is in no folder")?.join("portico-services");
    std::fs::create_dir_all(&parent)?;
    std::fs::set_permissions(&parent, std::fs::Permissions::from_mode(0o700))?;
    let mut hasher = DefaultHasher::new();
    (PEOPLE, provisioning(Path::new(""), "")).hash(&mut hasher);
    let kept = parent.join(format!("samba-{:016x}", hasher.finish()));
    if !kept.is_dir() {
        let room = folder.room("samba-template", None)?;
        provision(&room, folder, interrupt)?;
        // Copied under another name first: a copy that was interrupted must not be taken for a whole one.
        let copying = parent.join(format!("samba-{}", std::process::id()));
        copy(&room.join("domain"), &copying, folder, interrupt)?;
        if let Err(error) = std::fs::rename(&copying, &kept)
            && !kept.is_dir()
        {
            return Err(error).with_context(|| format!("can't keep {}", kept.display()));
        }
        let _ = std::fs::remove_dir_all(&copying);
    }
    Ok(kept)
}

fn provisioning(domain: &Path, password: &str) -> Vec<String> {
    vec![
        "domain".into(),
        "provision".into(),
        format!("--targetdir={}", domain.display()),
        format!("--realm={REALM}"),
        "--domain=EXAMPLE".into(),
        "--server-role=dc".into(),
        "--dns-backend=SAMBA_INTERNAL".into(),
        format!("--adminpass={password}"),
        "--host-name=dc1".into(),
        "--host-ip=127.0.0.1".into(),
        "--use-rfc2307".into(),
        "--option=interfaces=127.0.0.1/8".into(),
    ]
}

fn provision(room: &Path, folder: &Folder, interrupt: &Interrupt) -> Result<()> {
    let domain = room.join("domain");
    // A domain wants three kinds of characters.
    let password = format!("Pw-{}", password()?);
    let tool = SAMBA_TOOL.path()?;
    let mut provision = isolated(&tool, room, None);
    provision.args(provisioning(&domain, &password));
    prepare(&mut provision, &folder.log("samba-provision"), interrupt)?;
    write_secret(&domain.join("password"), &password, None)?;

    let configuration = domain.join("etc/smb.conf");
    let mut people = Command::new(PYTHON);
    people.args(["-c", PEOPLE]).arg(&configuration).arg(&password);
    people.env("PYTHONUTF8", "1").current_dir(room);
    prepare(&mut people, &folder.log("samba-people"), interrupt)?;
    let mut keytab = isolated(&tool, room, None);
    keytab.args(["domain", "exportkeytab"]).arg(domain.join("chat.keytab"));
    keytab.args(["--principal=HTTP/chat.example.test", "-s"]).arg(&configuration);
    prepare(&mut keytab, &folder.log("samba-keytab"), interrupt)
}

/// With times, owners and extended attributes.
fn copy(from: &Path, to: &Path, folder: &Folder, interrupt: &Interrupt) -> Result<()> {
    let mut copy = Command::new("cp");
    copy.arg("-a").arg(from).arg(to);
    prepare(&mut copy, &folder.log("samba-copy"), interrupt)
}

/// LDAP and Kerberos alone: no files, no DNS, nothing that looks outside.
fn smb_conf(domain: &Path, address: Ipv4Addr) -> String {
    let at = domain.display();
    format!(
        "[global]\n\
         netbios name = DC1\nworkgroup = EXAMPLE\nrealm = {REALM}\n\
         server role = active directory domain controller\n\
         server services = rpc, ldap, cldap, kdc\n\
         interfaces = {address}/8\nbind interfaces only = yes\n\
         private dir = {at}/private\nstate directory = {at}/state\ncache directory = {at}/cache\n\
         lock directory = {at}\npid directory = {at}\nbinddns dir = {at}/bind-dns\n\
         ncalrpc dir = {at}/ncalrpc\nntp signd socket directory = {at}/ntp\n\
         winbindd socket directory = {at}/winbind\nlog file = {at}/log.samba\n\
         idmap_ldb:use rfc2307 = yes\n\
         tls enabled = yes\ntls certfile = {at}/tls.pem\ntls keyfile = {at}/tls.key\ntls cafile = {at}/ca.pem\n\
         [sysvol]\npath = {at}/state/sysvol\nread only = No\n"
    )
}
