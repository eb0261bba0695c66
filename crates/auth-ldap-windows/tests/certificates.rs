//! Certificates: one that is trusted opens the way, and every other has its own message.

mod fake;
mod support;

use fake::cast::{self, SERVICE, SERVICE_PASSWORD};
use fake::tls::{Tls, file};
use fake::{FakeServer, Manners};
use portico_auth_conformance::Person;
use portico_core::auth::{AuthError, Authenticator};
use serde_json::{Value, json};
use support::{build, identity, log_in};

const GOOD: Tls = Tls { certificate: "good", starttls: false, grants: true };

async fn domain(tls: Tls) -> FakeServer {
    FakeServer::start_with(Manners::ActiveDirectory, cast::domain(), Some(tls)).await
}

fn options(server: &FakeServer, tls: Tls) -> Value {
    let scheme = if tls.starttls { "ldap" } else { "ldaps" };
    json!({
        "url": format!("{scheme}://127.0.0.1:{}", server.port), "starttls": tls.starttls, "ca_file": file("ca.pem"),
        "bind_dn": SERVICE, "bind_password": SERVICE_PASSWORD, "connect_timeout": "2s",
    })
}

#[tokio::test]
async fn a_trusted_certificate_opens_both_ways_of_tls() {
    for starttls in [false, true] {
        let tls = Tls { starttls, ..GOOD };
        let server = domain(tls).await;
        let directory = build(options(&server, tls)).unwrap();
        let alice = identity(log_in(&directory, "alice", Person::Alice.password()).await);
        assert_eq!(alice.login, "alice");
    }
}

#[tokio::test]
async fn every_other_certificate_is_refused_with_what_to_do() {
    for (certificate, says) in
        [("expired", "has expired"), ("early", "not valid yet"), ("elsewhere", "is not for `127.0.0.1`")]
    {
        for starttls in [false, true] {
            let tls = Tls { certificate, starttls, ..GOOD };
            let server = domain(tls).await;
            let error = build(options(&server, tls)).unwrap().check().await.unwrap_err();
            assert!(
                matches!(&error, AuthError::Misconfigured { what, .. } if what.contains(says)),
                "{certificate}: {}",
                error.full_text()
            );
            assert_eq!(server.questions(), 0, "a password was shown to a server that is not trusted");
        }
    }
}

#[tokio::test]
async fn an_authority_that_is_not_trusted_names_the_key_to_set() {
    let server = domain(GOOD).await;
    let mut options = options(&server, GOOD);
    // The server's own certificate is no authority either.
    for ca_file in [Value::Null, json!(file("elsewhere.pem"))] {
        options["ca_file"] = ca_file;
        let error = build(options.clone()).unwrap().check().await.unwrap_err();
        let text = error.full_text();
        assert!(
            error.as_str() == "misconfigured" && text.contains("authority") && text.contains("TLS with"),
            "{text}"
        );
    }
    assert_eq!(server.questions(), 0);
}

#[tokio::test]
async fn of_two_servers_one_with_an_expired_certificate_costs_nobody_a_login() {
    let (expired, good) = (domain(Tls { certificate: "expired", ..GOOD }).await, domain(GOOD).await);
    let mut options = options(&good, GOOD);
    options["url"] =
        json!([format!("ldaps://127.0.0.1:{}", expired.port), format!("ldaps://127.0.0.1:{}", good.port),]);
    let directory = build(options).unwrap();
    identity(log_in(&directory, "alice", Person::Alice.password()).await);
}

#[tokio::test]
async fn the_wrong_port_and_a_server_without_tls_are_told() {
    // TLS where plain LDAP is spoken, and a server that will not begin it.
    let plain = FakeServer::start(Manners::ActiveDirectory, cast::domain()).await;
    let error = build(options(&plain, GOOD)).unwrap().check().await.unwrap_err();
    assert!(error.full_text().contains("TLS with"), "{}", error.full_text());

    let refusing = Tls { starttls: true, grants: false, ..GOOD };
    let server = domain(refusing).await;
    let error = build(options(&server, refusing)).unwrap().check().await.unwrap_err();
    assert!(
        matches!(&error, AuthError::Misconfigured { what, .. } if what.contains("StartTLS")),
        "{}",
        error.full_text()
    );
}

#[tokio::test]
async fn a_file_without_certificates_is_named_when_it_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "no certificate").unwrap();
    let server = domain(GOOD).await;
    let mut options = options(&server, GOOD);
    options["ca_file"] = json!(empty);
    let error = build(options).unwrap_err().to_string();
    assert!(error.contains("empty.pem") && error.contains("BEGIN CERTIFICATE"), "{error}");
}
