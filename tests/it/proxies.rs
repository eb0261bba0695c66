//! The lines of the documentation for web servers in front of Portico, in those servers.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::support::board::{FRONT, USER_AGENT, board_builder, visitor};
use crate::support::ports::free_address;
use crate::support::{Database, Person, TestServer, eventually, run};

/// A web server of a test; stopped when it is dropped.
struct WebServer(Child);

impl Drop for WebServer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn program(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run cargo xtask test, which installs it"))
}

/// The block of this language in the documentation, with the path and address of the test's server.
fn documented(language: &str, portico: SocketAddr) -> String {
    let page = include_str!("../../docs/sign-on.md");
    let fence = format!("```{language}\n");
    let start = page.find(&fence).expect("the block is there") + fence.len();
    let end = start + page[start..].find("```").expect("the block ends");
    page[start..end].replace("/chat/", "/board/").replace("127.0.0.1:8080", &portico.to_string())
}

/// A server for the board behind `public`.
async fn behind(public: SocketAddr) -> (TestServer, portico_auth_phpbb::demo::DemoForum) {
    let (builder, board) = board_builder(Database::Sqlite, &["ann"]).await;
    let proxy = format!("trusted_proxies = [\"127.0.0.1/32\"]\npublic_url = \"http://{public}\"");
    (builder.server(&proxy).and(FRONT).start().await, board)
}

/// Everything works through the web server: the page, sign-on by the board's cookies, a message, its event.
async fn works_through(public: SocketAddr, server: &TestServer, board: &portico_auth_phpbb::demo::DemoForum) {
    let origin = format!("http://{public}");
    eventually("the web server answers", async || {
        server.http.get(format!("{origin}/board/")).send().await.ok().filter(|reply| reply.status() == 200)
    })
    .await;
    let cookies = board.session("ann", &visitor()).await.unwrap();
    let cookies: Vec<String> = cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let knock = |claimed: Option<&'static str>| {
        let mut request = server
            .http
            .post(format!("{origin}/board/api/v1/session"))
            .header("cookie", cookies.join("; "))
            .header("user-agent", USER_AGENT)
            .header("origin", &origin)
            .header("x-portico-csrf", "1")
            .json(&json!({}));
        if let Some(address) = claimed {
            request = request.header("x-forwarded-for", address);
        }
        async move { Person::send(request).await }
    };
    let api = format!("{origin}/board/api/v1/");
    let ann = Person { api, ..server.entered("/board/", &knock(None).await) };
    let waiting = {
        let ann = ann.clone();
        tokio::spawn(async move { ann.poll(&ann.cursor, std::time::Duration::from_secs(30)).await })
    };
    board.join("ann", "Team", false).await.unwrap();
    waiting.await.unwrap().expect(200);
    // Who claims another address at the web server is still who the web server sees: a ban of that address, which stands
    // in the board, does not meet them, and one of their own does.
    board.ban_address("192.0.2.7").await.unwrap();
    server.entered("/board/", &knock(Some("192.0.2.7")).await);
    board.ban_address("127.0.0.1").await.unwrap();
    knock(Some("192.0.2.8")).await.problem(403, "banned");
}

#[test]
#[ignore = "needs nginx: run cargo xtask test"]
fn the_documented_lines_for_nginx_work() {
    run(async {
        let public = free_address();
        let (server, board) = behind(public).await;
        let folder = server.config().parent().unwrap().to_owned();
        let location = documented("nginx", server.public);
        let config = format!(
            "daemon off;\nmaster_process off;\npid {0}/nginx.pid;\nerror_log stderr;\nevents {{}}\nhttp {{\n\
             access_log off;\nclient_body_temp_path {0}/body;\nproxy_temp_path {0}/proxy;\nfastcgi_temp_path {0}/f;\n\
             uwsgi_temp_path {0}/u;\nscgi_temp_path {0}/s;\nserver {{\nlisten {public};\n{location}\n}}\n}}\n",
            folder.display()
        );
        let file = folder.join("nginx.conf");
        std::fs::write(&file, config).unwrap();
        let mut nginx = Command::new(program("PORTICO_TEST_NGINX"));
        nginx.arg("-e").arg("stderr").arg("-p").arg(&folder).arg("-c").arg(&file);
        let _nginx = WebServer(nginx.stdout(Stdio::null()).spawn().expect("nginx starts"));
        works_through(public, &server, &board).await;
    });
}

#[test]
#[ignore = "needs Apache: run cargo xtask test"]
fn the_documented_lines_for_apache_work() {
    run(async {
        let public = free_address();
        let (server, board) = behind(public).await;
        let folder = server.config().parent().unwrap().to_owned();
        let location = documented("apache", server.public);
        let modules = Path::new("/usr/lib/apache2/modules");
        let load = |name: &str| format!("LoadModule {name}_module {}/mod_{name}.so\n", modules.display());
        let modules: String =
            ["mpm_event", "authz_core", "proxy", "proxy_http", "headers"].into_iter().map(load).collect();
        let config = format!(
            "{modules}ServerName 127.0.0.1\nListen {public}\nPidFile {0}/apache.pid\nErrorLog {0}/apache.log\n\
             DefaultRuntimeDir {0}\nMutex file:{0}\nServerRoot {0}\n{location}\n",
            folder.display()
        );
        let file = folder.join("apache.conf");
        std::fs::write(&file, config).unwrap();
        let mut apache = Command::new(program("PORTICO_TEST_APACHE"));
        // One process: its workers would outlive it when it is killed.
        apache.arg("-X").arg("-f").arg(&file);
        let _apache = WebServer(apache.stdout(Stdio::null()).spawn().expect("Apache starts"));
        works_through(public, &server, &board).await;
    });
}
