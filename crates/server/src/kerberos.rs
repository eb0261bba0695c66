//! Tells the Kerberos library where its files are. It asks the environment, once, for the whole process.

use std::ffi::OsString;
use std::path::Path;

use crate::config::Config;

/// Makes the environment of this process what `[server.kerberos]` says. Where it differs, the program is started again in
/// its own place: the same process, arguments and files, before it has done anything.
///
/// # Errors
/// The program can't be started again.
pub fn settle(config: &Config) -> std::io::Result<()> {
    let wanted = wanted(config);
    if wanted.iter().all(|(name, value)| std::env::var_os(name).as_ref() == Some(value)) {
        return Ok(());
    }
    start_again(&wanted)
}

fn wanted(config: &Config) -> Vec<(&'static str, OsString)> {
    let kerberos = &config.server.kerberos;
    let at =
        |path: &Path| std::path::absolute(config.base_dir.join(path)).unwrap_or_else(|_| path.to_owned());
    let keytab = kerberos.keytab.as_deref().map(|path| {
        let mut value = OsString::from("FILE:");
        value.push(at(path));
        ("KRB5_KTNAME", value)
    });
    let library = kerberos.config.as_deref().map(|path| ("KRB5_CONFIG", at(path).into_os_string()));
    keytab.into_iter().chain(library).collect()
}

#[cfg(unix)]
fn start_again(variables: &[(&'static str, OsString)]) -> std::io::Result<()> {
    use std::os::unix::process::CommandExt;
    let mut arguments = std::env::args_os();
    let name = arguments.next();
    let mut command = std::process::Command::new(std::env::current_exe()?);
    if let Some(name) = name {
        command.arg0(name);
    }
    command.args(arguments).envs(variables.iter().map(|(name, value)| (name, value)));
    // Returns only when it did not work.
    Err(command.exec())
}

#[cfg(not(unix))]
fn start_again(variables: &[(&'static str, OsString)]) -> std::io::Result<()> {
    let names: Vec<&str> = variables.iter().map(|(name, _)| *name).collect();
    Err(std::io::Error::other(format!(
        "server.kerberos: on this system set {} before the start",
        names.join(" and ")
    )))
}
