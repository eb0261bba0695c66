//! Building an authenticator, and logging in.
#![allow(dead_code, reason = "each test target uses another part of it")]
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use portico_auth_ldap_windows::{LdapWindows, LdapWindowsConfig};
use portico_core::auth::{
    AuthContext, AuthError, Authenticator, BoxError, BuildContext, Credentials, Decision, DirectoryEntry,
    DirectorySync, ExternalIdentity, HashPool, Realm, Refusal, SyncCursor, SyncScope, TrustSource,
};
use portico_core::front::FrontId;
use portico_core::ports::{Clock, SystemClock};
use serde_json::Value;

pub fn build(options: Value) -> Result<LdapWindows, BoxError> {
    let pool = HashPool::new(1, 1)?;
    let mut cx = BuildContext::new("intranet", Realm::new("intranet")?, pool, Arc::new(SystemClock));
    cx.timeout = Duration::from_secs(20);
    let config: LdapWindowsConfig = serde_json::from_value(options)?;
    LdapWindows::new(config, &cx)
}

async fn show(directory: &LdapWindows, credentials: Credentials) -> Result<Decision, AuthError> {
    let front = FrontId::new("im").unwrap();
    let cx = AuthContext::new(&front, SystemClock.now());
    directory.authenticate(&credentials, &cx).await
}

pub async fn log_in(directory: &LdapWindows, login: &str, password: &str) -> Result<Decision, AuthError> {
    show(directory, Credentials::password(login, password)).await
}

pub async fn trusted(directory: &LdapWindows, name: &str) -> Result<Decision, AuthError> {
    let asserted_by = TrustSource::Proxy { peer: Ipv4Addr::LOCALHOST.into() };
    show(directory, Credentials::TrustedName { name: name.to_owned(), asserted_by }).await
}

pub fn refusal(answer: Result<Decision, AuthError>) -> Refusal {
    match answer {
        Ok(Decision::Refused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

pub fn identity(answer: Result<Decision, AuthError>) -> ExternalIdentity {
    match answer {
        Ok(Decision::Accepted { identity, .. }) => *identity,
        other => panic!("not accepted: {other:?}"),
    }
}

pub fn group_names(identity: &ExternalIdentity) -> Vec<String> {
    let mut names: Vec<String> = identity.groups.iter().flatten().map(|group| group.name.clone()).collect();
    names.sort();
    names
}

/// A whole run.
pub async fn run(
    sync: &dyn DirectorySync,
    since: Option<&SyncCursor>,
) -> Result<(SyncScope, Vec<DirectoryEntry>, SyncCursor), AuthError> {
    let mut run = sync.begin(since).await?;
    let (scope, mut people) = (run.scope(), Vec::new());
    while let Some(page) = run.next().await? {
        people.extend(page);
    }
    Ok((scope, people, run.cursor().expect("a run that ended has a cursor")))
}

pub fn logins(people: &[DirectoryEntry]) -> Vec<&str> {
    let mut logins: Vec<&str> = people.iter().map(|entry| entry.identity.login.as_str()).collect();
    logins.sort_unstable();
    logins
}
