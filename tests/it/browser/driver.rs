//! What chromedriver can do beyond WebDriver, and how a session ends.

use serde_json::{Value, json};

use crate::support::PATIENCE;

/// One session of chromedriver.
#[derive(Debug, Clone)]
pub(crate) struct Driver {
    session: String,
}

/// A line of the browser's console.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    /// `network`, `security`, `javascript`, `console-api`, …
    pub(crate) source: String,
    /// `SEVERE`, `WARNING`, `INFO`, `DEBUG`
    pub(crate) level: String,
    pub(crate) text: String,
}

/// Where chromedriver is.
pub(crate) fn address() -> String {
    let url = std::env::var("PORTICO_TEST_CHROMEDRIVER_URL").unwrap_or_else(|_| {
        panic!("PORTICO_TEST_CHROMEDRIVER_URL is not set: run cargo xtask test, which starts it")
    });
    url.trim_end_matches('/').to_owned()
}

impl Driver {
    /// The session with this id.
    pub(crate) fn new(id: &str) -> Self {
        Self { session: format!("{}/session/{id}", address()) }
    }

    /// What was written to the console since the last time.
    pub(crate) async fn console(&self) -> Vec<Line> {
        let lines = self.post("se/log", &json!({ "type": "browser" })).await;
        let text = |line: &Value, name: &str| line[name].as_str().unwrap_or_default().to_owned();
        let lines = lines.as_array().into_iter().flatten();
        lines
            .map(|line| Line {
                source: text(line, "source"),
                level: text(line, "level"),
                text: text(line, "message"),
            })
            .collect()
    }

    /// Builds an authenticator into the browser that says yes to everything (WebAuthn 3 §11, automation).
    pub(crate) async fn add_authenticator(&self) -> String {
        let kind = json!({
            "protocol": "ctap2", "transport": "internal", "hasResidentKey": true, "hasUserVerification": true,
            "isUserVerified": true,
        });
        let id = self.post("webauthn/authenticator", &kind).await;
        id.as_str().expect("an id").to_owned()
    }

    /// Takes the authenticator out: the browser waits for another.
    pub(crate) async fn remove_authenticator(&self, id: &str) {
        let answer = client().delete(format!("{}/webauthn/authenticator/{id}", self.session)).send().await;
        assert!(answer.expect("chromedriver answers").status().is_success(), "the authenticator is out");
    }

    /// Ends the session and its browser.
    pub(crate) async fn end(&self) {
        let _ = client().delete(&self.session).send().await;
    }

    async fn post(&self, command: &str, body: &Value) -> Value {
        let request = client().post(format!("{}/{command}", self.session)).json(body);
        let answer = request.send().await.expect("chromedriver answers");
        let mut answer: Value = answer.json().await.expect("JSON");
        assert!(answer["value"]["error"].is_null(), "{command}: {answer}");
        answer["value"].take()
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().timeout(PATIENCE).no_proxy().build().expect("an HTTP client")
}
