//! What every test stands on: a fresh database, a real server, people who talk to it over HTTP.

pub(crate) mod apache;
pub(crate) mod applications;
pub(crate) mod authenticator;
pub(crate) mod board;
pub(crate) mod central;
pub(crate) mod client;
pub(crate) mod command;
pub(crate) mod databases;
pub(crate) mod events;
pub(crate) mod forum;
pub(crate) mod letters;
pub(crate) mod nginx;
pub(crate) mod openapi;
pub(crate) mod ports;
pub(crate) mod predecessor;
pub(crate) mod random;
pub(crate) mod raw;
pub(crate) mod reply;
pub(crate) mod server;
pub(crate) mod smtp;
pub(crate) mod stream;
pub(crate) mod windows;

pub(crate) use client::Person;
pub(crate) use command::{Outcome, portico};
pub(crate) use databases::Database;
pub(crate) use events::Listener;
pub(crate) use random::Random;
pub(crate) use reply::Reply;
pub(crate) use server::{Builder, TestServer, builder};
pub(crate) use stream::Stream;

use std::time::Duration;

/// Longer than anything here may take: whoever waits that long waits for nothing.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a test's body on a runtime of its own.
pub(crate) fn run(body: impl Future<Output = ()>) {
    // The HTTP client asks for it even where nothing is encrypted; the second time it is there already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(body);
}

/// Asks again and again until `ask` gives something.
pub(crate) async fn eventually<T>(what: &str, ask: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(PATIENCE, what, ask).await
}

/// The same for what takes its time.
pub(crate) async fn eventually_within<T>(
    patience: Duration,
    what: &str,
    mut ask: impl AsyncFnMut() -> Option<T>,
) -> T {
    let deadline = tokio::time::Instant::now() + patience;
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < deadline, "this never came: {what}");
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
}
