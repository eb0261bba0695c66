//! nginx as the web server in front, which knows people by passwords of its own and tells Portico in a header who it is.

use std::fs::Permissions;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use super::eventually;
use super::ports::free_address;
use super::windows::PROXY_SECRET;

/// A running nginx. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Nginx {
    _process: Child,
    _folder: TempDir,
    pub(crate) address: SocketAddr,
}

impl Nginx {
    /// Starts one in front of `backend`, as docs/windows.md describes it. alice and bob have the password `open`.
    pub(crate) async fn start(backend: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).expect("an open folder");
        let passwords = folder.path().join("passwords");
        std::fs::write(&passwords, "alice:{PLAIN}open\nbob:{PLAIN}open\n").expect("a file");
        let (address, room) = (free_address(), folder.path().display());
        let text = format!(
            "daemon off;\nmaster_process off;\npid {room}/pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n\
             access_log off;\nclient_body_temp_path {room}/b;\nproxy_temp_path {room}/p;\nfastcgi_temp_path {room}/f;\n\
             uwsgi_temp_path {room}/u;\nscgi_temp_path {room}/s;\n\
             server {{\nlisten {address};\nlocation / {{\n\
             auth_basic Windows;\nauth_basic_user_file {};\n\
             proxy_set_header Authorization \"\";\n\
             proxy_set_header X-Remote-User $remote_user;\n\
             proxy_set_header X_Remote_User \"\";\n\
             proxy_set_header X-Portico-Proxy-Secret \"{PROXY_SECRET}\";\n\
             proxy_set_header X_Portico_Proxy_Secret \"\";\n\
             proxy_set_header Host $host;\nproxy_pass {backend};\n}}\n}}\n}}\n",
            passwords.display()
        );
        let file = folder.path().join("nginx.conf");
        std::fs::write(&file, text).expect("a configuration");
        let program = std::env::var("PORTICO_TEST_NGINX").unwrap_or_else(|_| "/usr/sbin/nginx".to_owned());
        let process = Command::new(program)
            .args(["-e", "stderr", "-p"])
            .arg(folder.path())
            .arg("-c")
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("nginx is installed");
        let nginx = Self { _process: process, _folder: folder, address };
        eventually("nginx listens", async || tokio::net::TcpStream::connect(address).await.ok()).await;
        nginx
    }
}
