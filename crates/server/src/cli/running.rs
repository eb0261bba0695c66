//! Asking the running server of a configuration.

use std::net::SocketAddr;
use std::time::Duration;

use awc::error::SendRequestError;
use awc::http::Method;
use awc::{Client, ClientRequest};
use portico_store::{OpenOptions, SqlStore};
use secrecy::{ExposeSecret, SecretString};

use crate::config::Config;
use crate::serve::{control_key, store_url};

/// How long the server may take for an answer: it may have to wait for other servers.
const PATIENCE: Duration = Duration::from_secs(120);

/// The running server. No `Debug`: it holds the key.
pub(super) struct Running {
    address: SocketAddr,
    key: SecretString,
    patience: Duration,
}

impl Running {
    /// The server of a configuration, with the key that lies in its database. Whether it runs shows when it is asked.
    pub(super) async fn of(config: &Config) -> anyhow::Result<Self> {
        let store = SqlStore::open_read_only(&store_url(config), &OpenOptions::default()).await?;
        let key = control_key(&store).await?;
        store.close().await;
        Ok(Self { address: config.server.management_listen, key, patience: PATIENCE })
    }

    /// Waits longer for an answer.
    pub(super) fn waiting(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// A request to it; `path` begins with a slash.
    pub(super) fn request(&self, method: Method, path: &str) -> ClientRequest {
        let client = Client::builder().timeout(self.patience).finish();
        client.request(method, format!("http://{}{path}", self.address)).bearer_auth(self.key.expose_secret())
    }

    /// Why there was no answer.
    pub(super) fn silent(&self, error: &SendRequestError) -> anyhow::Error {
        let (address, patience) = (self.address, self.patience.as_secs());
        match error {
            SendRequestError::Timeout => anyhow::anyhow!(
                "the running server at {address} has taken the call and not answered within {patience} s; it may be done \
                 all the same: look before you call again"
            ),
            _ => anyhow::anyhow!(
                "this needs the running server, and there is none at server.management_listen = \"{address}\": {error}"
            ),
        }
    }

    /// What to say of an answer that is no answer to the command line.
    pub(super) fn strange(&self, status: awc::http::StatusCode) -> anyhow::Error {
        anyhow::anyhow!(
            "the server at {} answered {status}; is it the one of this configuration?",
            self.address
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn running() -> Running {
        let address = "127.0.0.1:9090".parse().unwrap();
        Running { address, key: SecretString::from("key"), patience: PATIENCE }
    }

    #[test]
    fn a_server_that_is_slow_is_not_one_that_is_not_there() {
        let slow = running().waiting(Duration::from_secs(7)).silent(&SendRequestError::Timeout).to_string();
        assert!(slow.contains("not answered within 7 s") && !slow.contains("there is none"), "{slow}");
        let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
        let refused = SendRequestError::Connect(awc::error::ConnectError::Io(refused));
        let gone = running().silent(&refused).to_string();
        assert!(gone.contains("needs the running server") && !gone.contains("within"), "{gone}");
    }

    #[actix_web::test]
    async fn who_does_not_answer_is_waited_for_and_then_told_so() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let running = Running { address, ..running() }.waiting(Duration::from_millis(200));
        let error = running.request(Method::GET, "/control/x").send().await.map(drop).unwrap_err();
        assert!(matches!(error, SendRequestError::Timeout), "{error}");
        drop(listener);
        let error = running.request(Method::GET, "/control/x").send().await.map(drop).unwrap_err();
        assert!(running.silent(&error).to_string().contains("there is none"), "{error}");
    }
}
