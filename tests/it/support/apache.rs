//! Apache as the web server in front, which knows Kerberos (mod_auth_gssapi) and tells Portico in a header who it is.

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::eventually;
use super::ports::free_address;
use super::windows::{Domain, HOST, PROXY_SECRET};

/// A running Apache. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Apache {
    _process: Child,
    _folder: TempDir,
    pub(crate) address: SocketAddr,
}

impl Apache {
    /// Starts one in front of the server at `backend`, as docs/windows.md describes it.
    pub(crate) async fn start(domain: &Domain, backend: SocketAddr) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let address = free_address();
        // Its workers are another user, who may not enter the domain's folder.
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("an open folder");
        for (from, to) in [(&domain.keytab, "keytab"), (&domain.krb5_config, "krb5.conf")] {
            let to = folder.path().join(to);
            std::fs::copy(from, &to).expect("a copy");
            std::fs::set_permissions(&to, Permissions::from_mode(0o644)).expect("an open file");
        }
        let configuration = folder.path().join("apache.conf");
        std::fs::write(&configuration, text(folder.path(), address, backend)).expect("a configuration");
        let process = Command::new("/usr/sbin/apache2")
            .args(["-X", "-f"])
            .arg(&configuration)
            .env("KRB5_CONFIG", folder.path().join("krb5.conf"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("apache2 is installed");
        let apache = Self { _process: process, _folder: folder, address };
        eventually("Apache listens", async || tokio::net::TcpStream::connect(address).await.ok()).await;
        apache
    }
}

fn text(folder: &Path, address: SocketAddr, backend: SocketAddr) -> String {
    let modules: String = [
        "mpm_event",
        "authz_core",
        "authn_core",
        "authz_user",
        "auth_gssapi",
        "headers",
        "proxy",
        "proxy_http",
    ]
    .iter()
    .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
    .collect();
    let folder = folder.display();
    format!(
        "ServerRoot {folder}\nPidFile {folder}/pid\nErrorLog {folder}/error.log\nListen {address}\nServerName {HOST}\n\
         DefaultRuntimeDir {folder}\nMutex posixsem\nUser www-data\nGroup www-data\n{modules}\
         <Location />\n\
           AuthType GSSAPI\n\
           AuthName Windows\n\
           GssapiCredStore keytab:{folder}/keytab\n\
           Require valid-user\n\
           RequestHeader unset X-Remote-User\n\
           RequestHeader unset X_Remote_User\n\
           RequestHeader set X-Remote-User expr=%{{REMOTE_USER}}\n\
           RequestHeader set X-Portico-Proxy-Secret \"{PROXY_SECRET}\"\n\
           ProxyPreserveHost on\n\
           ProxyPass http://{backend}/\n\
         </Location>\n"
    )
}
