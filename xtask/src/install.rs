//! Programs the tests need: where they are, which Debian package brings them, and how to get it.

use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::foreground;
use crate::interrupt::Interrupt;

/// Whether missing programs may be installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Installing {
    /// With apt-get, as root or by a `sudo` that asks for no password.
    WhereItCan,
    /// Only the packages are named.
    Never,
}

/// A program, under whatever name a system has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Program {
    /// Its names, the preferred one first.
    names: &'static [&'static str],
    /// The Debian package that has it.
    package: &'static str,
}

pub(crate) const NODE: Program = Program::new(&["node", "nodejs"], "nodejs");

/// Folders outside an ordinary `PATH` where servers live.
const SERVER_FOLDERS: &[&str] =
    &["/usr/sbin", "/usr/local/sbin", "/sbin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/homebrew/sbin"];

impl Program {
    /// A program of these names, the preferred one first, and the Debian package that has it.
    pub(crate) const fn new(names: &'static [&'static str], package: &'static str) -> Self {
        Self { names, package }
    }

    /// Where it is, if it is there.
    pub(crate) fn find(self) -> Option<PathBuf> {
        let folders = folders();
        self.names.iter().find_map(|name| {
            let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
            folders.iter().map(|folder| folder.join(&file)).find(|path| path.is_file())
        })
    }

    /// Where it is; an error names the package to install.
    pub(crate) fn path(self) -> Result<PathBuf> {
        self.find().with_context(|| {
            format!("`{}` is not installed (Debian package {})", self.names[0], self.package)
        })
    }
}

/// Makes sure that every program is there, and every file (its path and the package that has it), installing what is
/// missing if that is wanted and possible.
///
/// # Errors
/// Something is still missing; the text says what to install.
pub(crate) fn ensure(
    programs: &[Program],
    files: &[(&str, &'static str)],
    installing: Installing,
    interrupt: &Interrupt,
) -> Result<()> {
    let packages = missing_packages(programs, files);
    if packages.is_empty() {
        return Ok(());
    }
    let advice = format!(
        "these Debian packages (or their like) are missing: {}\n  sudo apt-get install --no-install-recommends {}",
        packages.join(", "),
        packages.join(" ")
    );
    if installing == Installing::Never {
        bail!("{advice}");
    }
    let Some(apt) = apt_get(interrupt)? else { bail!("{advice}") };
    let _ = writeln!(stderr(), "installing {}", packages.join(", "));
    // One repository out of reach is no reason to give up: the packages may come from the others.
    apt.run(&["update", "-q"], interrupt).map_or_else(
        |error| {
            if error.is::<crate::interrupt::Interrupted>() { Err(error) } else { Ok(()) }
        },
        |()| Ok(()),
    )?;
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(&packages);
    apt.run(&arguments, interrupt).with_context(|| advice.clone())?;
    let still = missing_packages(programs, files);
    if !still.is_empty() {
        bail!(
            "installed {}, but their programs are not where they are looked for; {advice}",
            still.join(", ")
        );
    }
    Ok(())
}

fn missing_packages(programs: &[Program], files: &[(&str, &'static str)]) -> Vec<&'static str> {
    let programs = programs.iter().filter(|program| program.find().is_none()).map(|program| program.package);
    let files = files.iter().filter(|(path, _)| !Path::new(path).exists()).map(|(_, package)| *package);
    let mut packages: Vec<_> = programs.chain(files).collect();
    packages.sort_unstable();
    packages.dedup();
    packages
}

struct AptGet {
    through_sudo: bool,
}

/// apt-get with the right to install, or `None` where there is no such thing.
fn apt_get(interrupt: &Interrupt) -> Result<Option<AptGet>> {
    let apt = Program::new(&["apt-get"], "apt");
    if apt.find().is_none() || !Path::new("/etc/debian_version").exists() {
        return Ok(None);
    }
    if is_root() {
        return Ok(Some(AptGet { through_sudo: false }));
    }
    let sudo = Program::new(&["sudo"], "sudo");
    if sudo.find().is_none() {
        return Ok(None);
    }
    let mut probe = Command::new("sudo");
    probe.args(["-n", "true"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let may = foreground::run(&mut probe, interrupt)?.success();
    Ok(may.then_some(AptGet { through_sudo: true }))
}

impl AptGet {
    fn run(&self, arguments: &[&str], interrupt: &Interrupt) -> Result<()> {
        let mut command = if self.through_sudo {
            let mut sudo = Command::new("sudo");
            sudo.args(["-n", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
            sudo
        } else {
            let mut apt = Command::new("apt-get");
            apt.env("DEBIAN_FRONTEND", "noninteractive");
            apt
        };
        // Another apt-get may be at work: wait for it. Standard output is for the answers of our own commands.
        command.args(["-o", "DPkg::Lock::Timeout=120"]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::from(stderr()));
        let status = foreground::run(&mut command, interrupt)?;
        if !status.success() {
            bail!("`apt-get {}` failed: {}", arguments.join(" "), foreground::describe(status));
        }
        Ok(())
    }
}

/// Whether this process may do everything.
#[cfg(unix)]
pub(crate) fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[cfg(not(unix))]
pub(crate) fn is_root() -> bool {
    false
}

/// `PATH`, then the folders of servers, then what packages keep out of every `PATH`.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default();
    folders.extend(SERVER_FOLDERS.iter().map(PathBuf::from));
    // Continuous-integration images announce their chromedriver so.
    folders.extend(std::env::var_os("CHROMEWEBDRIVER").map(PathBuf::from));
    folders.extend(postgres_folders(Path::new("/usr/lib/postgresql")));
    folders
}

/// Debian keeps PostgreSQL's servers in `/usr/lib/postgresql/<version>/bin`: all of them, the newest first.
fn postgres_folders(parent: &Path) -> Vec<PathBuf> {
    let mut versions: Vec<u32> = std::fs::read_dir(parent)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.into_iter().map(|version| parent.join(version.to_string()).join("bin")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn postgres_10_is_newer_than_9() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["9", "15", "10", "common"] {
            std::fs::create_dir(folder.path().join(version)).unwrap();
        }
        let found = postgres_folders(folder.path());
        assert_eq!(found, ["15", "10", "9"].map(|version| folder.path().join(version).join("bin")));
    }

    #[test]
    fn a_package_is_named_once_however_many_of_its_programs_are_missing() {
        const ONE: Program = Program::new(&["portico-no-such-program"], "no-such-package");
        const TWO: Program = Program::new(&["portico-neither-this"], "no-such-package");
        let files = [("/no/such/file", "another-package"), ("/", "base-files")];
        assert_eq!(missing_packages(&[ONE, TWO], &files), ["another-package", "no-such-package"]);
    }

    #[test]
    fn without_leave_to_install_the_error_names_the_packages() {
        const GONE: Program = Program::new(&["portico-no-such-program"], "no-such-package");
        let interrupt = Interrupt::never();
        let error = ensure(&[GONE], &[], Installing::Never, &interrupt).unwrap_err().to_string();
        assert!(error.contains("apt-get install --no-install-recommends no-such-package"), "{error}");
    }
}
