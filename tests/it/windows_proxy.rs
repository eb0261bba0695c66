//! A web server in front that says in a header who somebody is: the real one, and everybody who pretends to be it.

use serde_json::json;

use crate::support::apache::Apache;
use crate::support::nginx::Nginx;
use crate::support::raw::{exchange, status_of};
use crate::support::windows::{Domain, POST_NOTHING, PROXY_SECRET, post_session};
use crate::support::{Database, TestServer, builder};

const NAME: &str = "X-Remote-User";
const SECRET: &str = "X-Portico-Proxy-Secret";

/// `/im/` trusts a proxy at the loopback, `/far/` one at another address, `/forced/` trusts and forces, `/none/` none.
fn fronts() -> String {
    let front = |path: &str, more: &str| {
        format!(
            "[[front]]\npath = \"{path}\"\nauthenticators = [\"windows\"]\nmode = \"open-community\"\n{more}\n"
        )
    };
    let trusted = |from: &str, more: &str| {
        format!("[front.trusted_name]\nsecret = \"{PROXY_SECRET}\"\nfrom = [\"{from}\"]\n{more}\n")
    };
    [
        front("/im/", &trusted("127.0.0.0/8", "")),
        front("/far/", &trusted("10.9.8.7", "")),
        front(
            "/forced/",
            &format!(
                "username = \"forced\"\nlogin = [\"trusted-name\", \"password\"]\n{}",
                trusted("127.0.0.1", "")
            ),
        ),
        front("/short/", &trusted("127.0.0.1", "strip_domains = [\"EXAMPLE\", \"EXAMPLE.TEST\"]")),
        front("/none/", ""),
    ]
    .concat()
}

async fn server_in(domain: &Domain) -> TestServer {
    let sections = format!("{}{}", domain.authenticator("trusted_names = true"), fronts());
    builder(Database::Sqlite).sections(&sections).start().await
}

pub(crate) async fn the_proxys_word_opens_a_session() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    for name in ["alice", "EXAMPLE\\alice", "alice@EXAMPLE.TEST"] {
        let headers = [(NAME, name), (SECRET, PROXY_SECRET)];
        let body = post_session(&server, "/im/", &json!({}), &headers).await.expect(201);
        assert_eq!(body["account"]["display_name"], "Alice Example", "{name}");
    }
    let front = server.stranger("/im/").get("front").await.expect(200);
    assert_eq!(front["login_methods"], json!(["password", "trusted-name"]));
    for (name, status) in [("nobody-here", 401), ("dora", 403), ("", 401), ("(null)", 401), ("*", 401)] {
        let headers = [(NAME, name), (SECRET, PROXY_SECRET)];
        assert_eq!(post_session(&server, "/im/", &json!({}), &headers).await.status, status, "{name}");
    }
}

pub(crate) async fn everybody_elses_header_is_as_if_it_were_not_there() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    let metric = "portico_untrusted_names_total{front=\"im\"}";
    for headers in [
        vec![(NAME, "alice")],
        vec![(NAME, "alice"), (SECRET, "")],
        vec![(NAME, "alice"), (SECRET, "the proxy of the tests knows thi")],
        vec![(NAME, "alice"), (SECRET, "the proxy of the tests knows this!")],
    ] {
        post_session(&server, "/im/", &json!({}), &headers).await.problem(401, "login-refused");
    }
    let (_, metrics) = server.manage("/metrics").await;
    assert!(metrics.contains(&format!("{metric} 4")), "{metrics}");
    // The right secret from a wrong address.
    let right = [(NAME, "alice"), (SECRET, PROXY_SECRET)];
    post_session(&server, "/far/", &json!({}), &right).await.problem(401, "login-refused");
    let spoofed = [(NAME, "alice"), (SECRET, PROXY_SECRET), ("X-Forwarded-For", "10.9.8.7")];
    post_session(&server, "/far/", &json!({}), &spoofed).await.problem(401, "login-refused");
    // A front that trusts nobody.
    post_session(&server, "/none/", &json!({}), &right).await.problem(400, "invalid-request");
    assert_eq!(server.log().matches("such headers are ignored").count(), 2, "once a front\n{}", server.log());
}

pub(crate) async fn two_names_or_look_alikes_are_refused() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    for other in [
        "X_Remote_User",
        "X-Remote_User",
        "XRemoteUser",
        "X.Remote.User",
        "x-remote--user",
        "X_Portico_Proxy_Secret",
    ] {
        let headers = [(NAME, "alice"), (SECRET, PROXY_SECRET), (other, "bob")];
        post_session(&server, "/im/", &json!({}), &headers).await.problem(400, "invalid-request");
        post_session(&server, "/im/", &json!({}), &[(other, "bob")]).await.problem(400, "invalid-request");
    }
    let twice = [(NAME, "alice"), (SECRET, PROXY_SECRET), (NAME, "bob")];
    post_session(&server, "/im/", &json!({}), &twice).await.problem(400, "invalid-request");
    let secrets = [(NAME, "alice"), (SECRET, PROXY_SECRET), (SECRET, "guess")];
    post_session(&server, "/im/", &json!({}), &secrets).await.problem(400, "invalid-request");
    // In other letters, as only a hand-made request has it.
    let raw = format!(
        "POST /im/api/v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: 2\r\nX-REMOTE-USER: bob\r\nx-remote-user: alice\r\n{SECRET}: {PROXY_SECRET}\r\n\r\n{{}}"
    );
    assert_eq!(status_of(&exchange(server.public, raw.as_bytes()).await), Some(400));
}

pub(crate) async fn strange_names_are_nobodys() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    let long = "a".repeat(10_000);
    for name in [
        "*)(uid=*",
        "alice)(|(cn=*",
        "alice\\",
        "\\alice",
        "@",
        "CN=Alice Example,OU=People,DC=example,DC=test",
        &long,
    ] {
        let headers = [(NAME, name), (SECRET, PROXY_SECRET)];
        let reply = post_session(&server, "/im/", &json!({}), &headers).await;
        reply.problem(401, "login-refused");
    }
    let headers: Vec<u8> = format!(
        "POST /im/api/v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: 2\r\n{SECRET}: {PROXY_SECRET}\r\nX-Remote-User: J"
    )
    .into_bytes();
    let latin_1 = [headers.as_slice(), b"\xfcrgen\r\n\r\n{}"].concat();
    assert_eq!(status_of(&exchange(server.public, &latin_1).await), Some(400));
}

pub(crate) async fn domains_are_taken_off_only_where_that_is_wanted() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    for (name, status) in [
        ("alice", 201),
        ("EXAMPLE\\alice", 201),
        ("example\\alice", 201),
        ("alice@EXAMPLE.TEST", 201),
        ("OTHER\\alice", 403),
        ("alice@OTHER.TEST", 403),
    ] {
        let headers = [(NAME, name), (SECRET, PROXY_SECRET)];
        assert_eq!(post_session(&server, "/short/", &json!({}), &headers).await.status, status, "{name}");
    }
    let foreign = [(NAME, "OTHER\\alice"), (SECRET, PROXY_SECRET)];
    post_session(&server, "/im/", &json!({}), &foreign).await.problem(401, "login-refused");
}

pub(crate) async fn under_forced_names_nobody_is_somebody_else() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    let alice = [(NAME, "alice"), (SECRET, PROXY_SECRET)];
    let typed = |login: &str| json!({ "login": login, "password": domain.password });
    post_session(&server, "/forced/", &typed("bob"), &alice).await.problem(403, "not-permitted");
    post_session(&server, "/forced/", &typed("Administrator"), &alice).await.problem(403, "not-permitted");
    let body = post_session(&server, "/forced/", &typed("alice@example.test"), &alice).await.expect(201);
    assert_eq!(body["account"]["login"], "alice");
    // Who is in as alice can't become bob with bob's own proof of another front either.
    let claim = json!({ "claimed_name": "bob" });
    post_session(&server, "/forced/", &claim, &alice).await.problem(403, "not-permitted");
}

pub(crate) async fn apache_with_kerberos_lets_people_in_without_typing() {
    let domain = Domain::get();
    let server = server_in(&domain).await;
    let apache = Apache::start(&domain, server.public).await;
    let ticket = domain.ticket("jmueller", &[]).await;
    let path = "/im/api/v1/session";
    let answer = ticket.curl(apache.address.port(), path, POST_NOTHING).await;
    assert_eq!(answer.expect(201)["account"]["display_name"], "Müller, Jürgen");
    // What people send themselves Apache takes off.
    let mut pretending =
        vec!["--header", "X-Remote-User: alice", "--header", "X-Portico-Proxy-Secret: guess"];
    pretending.extend(POST_NOTHING);
    let answer = ticket.curl(apache.address.port(), path, &pretending).await;
    assert_eq!(answer.expect(201)["account"]["login"], "jmueller");
    let other = domain.ticket("alice@OTHER.TEST", &[]).await;
    let answer = other.curl(apache.address.port(), path, POST_NOTHING).await;
    assert!(answer.status >= 400, "{}", answer.status);
}

pub(crate) async fn nginx_lets_people_in_by_its_own_passwords() {
    let domain = Domain::get();
    let socket = tempfile::tempdir().expect("a temporary folder");
    let file = socket.path().join("portico.sock");
    let server = server_with_socket(&domain, &file).await;
    for (backend, front) in [
        (format!("http://{}", server.public), "/im/"),
        (format!("http://unix:{}:", file.display()), "/near/"),
    ] {
        let nginx = Nginx::start(&backend).await;
        let url = format!("http://{}{front}api/v1/session", nginx.address);
        let knock = |user: &'static str, headers: Vec<(&'static str, &'static str)>| {
            let mut request = server.http.post(&url).basic_auth(user, Some("open")).json(&json!({}));
            for (name, value) in headers {
                request = request.header(name, value);
            }
            async move { request.send().await.expect("nginx answers") }
        };
        let body: serde_json::Value = knock("alice", vec![]).await.json().await.expect("JSON");
        assert_eq!(body["account"]["display_name"], "Alice Example", "{front}: {body}");
        // What people send themselves nginx replaces, and drops in spellings that only look like it.
        for name in ["X-Remote-User", "x-remote-user", "X_Remote_User", "X_REMOTE_USER", "X.Remote.User"] {
            let body: serde_json::Value =
                knock("bob", vec![(name, "alice")]).await.json().await.expect("JSON");
            assert_eq!(body["account"]["login"], "bob", "{front} {name}: {body}");
        }
        // One that it lets through is refused behind it.
        assert_eq!(knock("bob", vec![("XRemoteUser", "alice")]).await.status(), 400);
        assert_eq!(knock("mallory", vec![]).await.status(), 401, "nginx's own answer");
    }
}

pub(crate) async fn whoever_may_open_the_socket_file_is_the_proxy() {
    use std::os::unix::fs::PermissionsExt as _;

    let domain = Domain::get();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("portico.sock");
    let server = server_with_socket(&domain, &file).await;
    let mode = std::fs::metadata(&file).expect("the file").permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
    let ask = |headers: &'static str| {
        let (file, front) = (file.clone(), "/near/");
        async move {
            let request = format!(
                "POST {front}api/v1/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\
                 Content-Type: application/json\r\nContent-Length: 2\r\n{headers}\r\n{{}}"
            );
            through_socket(&file, request.as_bytes()).await
        }
    };
    let answer = ask("X-Remote-User: alice\r\nX-Forwarded-For: 198.51.100.7\r\n").await;
    assert_eq!(status_of(&answer), Some(201), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(status_of(&ask("X-Remote-User: alice\r\nX-Remote-User: bob\r\n").await), Some(400));
    assert_eq!(status_of(&ask("X_Remote_User: alice\r\n").await), Some(400));
    assert_eq!(status_of(&ask("").await), Some(401));
    // Over the network the same header is nobody's word, and no secret makes it one.
    for headers in [
        vec![(NAME, "alice")],
        vec![(NAME, "alice"), (SECRET, "")],
        vec![(NAME, "alice"), (SECRET, PROXY_SECRET)],
    ] {
        post_session(&server, "/near/", &json!({}), &headers).await.problem(401, "login-refused");
    }
}

/// The fronts, and `/near/`, which trusts whoever comes through the socket file.
async fn server_with_socket(domain: &Domain, file: &std::path::Path) -> TestServer {
    let near = "[[front]]\npath = \"/near/\"\nauthenticators = [\"windows\"]\nmode = \"open-community\"\n\
                [front.trusted_name]\nunix_socket = true\n";
    let sections = format!("{}{}{near}", domain.authenticator("trusted_names = true"), fronts());
    let line = format!("listen_unix = \"{}\"", file.display());
    builder(Database::Sqlite).server(&line).sections(&sections).start().await
}

async fn through_socket(file: &std::path::Path, request: &[u8]) -> Vec<u8> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    let mut socket = tokio::net::UnixStream::connect(file).await.expect("the socket file answers");
    socket.write_all(request).await.expect("it reads");
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.expect("it answers");
    answer
}
