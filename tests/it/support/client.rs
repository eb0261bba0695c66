use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{Listener, Reply, TestServer};

/// How a person's requests carry the session.
#[derive(Debug, Clone)]
pub(crate) enum Proof {
    /// None.
    Nothing,
    /// `Authorization: Bearer`
    Bearer(String),
    /// The cookie, with what a page of the server's own origin adds.
    Cookie { pair: String, origin: String },
}

/// One device of a person who is logged in at a front.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) http: reqwest::Client,
    /// `http://127.0.0.1:PORT/im/api/v1/`
    pub(crate) api: String,
    pub(crate) proof: Proof,
    pub(crate) id: String,
    pub(crate) login: String,
    /// The session's token.
    pub(crate) token: String,
    /// Where the session began to listen.
    pub(crate) cursor: String,
}

/// A password that every front takes.
pub(crate) fn password_of(login: &str) -> String {
    format!("the secret of {login}!")
}

impl TestServer {
    /// Registers somebody at the front `/im/` and logs them in.
    pub(crate) async fn person(&self, login: &str) -> Person {
        self.person_at("/im/", login).await
    }

    /// Registers somebody at this front, unless they are, and logs them in.
    pub(crate) async fn person_at(&self, front: &str, login: &str) -> Person {
        self.register(front, login).await;
        self.enter(front, login, &password_of(login)).await
    }

    /// Makes an account unless it is there.
    pub(crate) async fn register(&self, front: &str, login: &str) {
        let password = password_of(login);
        self.keep_secret(&password);
        let made = self.post(front, "account", &json!({ "login": login, "password": password })).await;
        assert!(matches!(made.status, 201 | 409), "{}", made.text());
    }

    /// The answer to an attempt to log in.
    pub(crate) async fn log_in(&self, front: &str, login: &str, password: &str) -> Reply {
        self.keep_secret(password);
        self.post(front, "session", &json!({ "login": login, "password": password })).await
    }

    /// A new device of somebody who has an account.
    pub(crate) async fn enter(&self, front: &str, login: &str, password: &str) -> Person {
        let reply = self.log_in(front, login, password).await;
        self.entered(front, &reply)
    }

    /// The person whose login was answered with `reply`.
    #[track_caller]
    pub(crate) fn entered(&self, front: &str, reply: &Reply) -> Person {
        let body = reply.expect(201);
        let token = text(&body["token"]);
        self.keep_secret(&token);
        Person {
            http: self.http.clone(),
            api: self.api(front),
            proof: Proof::Bearer(token.clone()),
            id: text(&body["account"]["id"]),
            login: text(&body["account"]["login"]),
            token,
            cursor: text(&body["cursor"]),
        }
    }

    /// The same with the session in a cookie.
    pub(crate) async fn cookie_person(&self, front: &str, login: &str) -> Person {
        let person = self.person_at(front, login).await;
        let pair = format!("portico_{}={}", front.trim_matches('/'), person.token);
        Person { proof: Proof::Cookie { pair, origin: self.origin() }, ..person }
    }

    /// Somebody without a session.
    pub(crate) fn stranger(&self, front: &str) -> Person {
        Person {
            http: self.http.clone(),
            api: self.api(front),
            proof: Proof::Nothing,
            id: String::new(),
            login: String::new(),
            token: String::new(),
            cursor: String::new(),
        }
    }

    async fn post(&self, front: &str, call: &str, body: &Value) -> Reply {
        self.stranger(front).post(call, body).await
    }
}

/// A text that must be there.
#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

impl Person {
    /// A request with this person's session, to be added to and sent.
    pub(crate) fn request(&self, method: Method, call: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{call}", self.api));
        match &self.proof {
            Proof::Nothing => request,
            Proof::Bearer(token) => request.bearer_auth(token),
            Proof::Cookie { pair, origin } => {
                request.header("cookie", pair).header("origin", origin).header("x-portico-csrf", "1")
            }
        }
    }

    /// The answer to a request, or nothing when the connection broke.
    pub(crate) async fn try_send(request: reqwest::RequestBuilder) -> Option<Reply> {
        Reply::read(request.send().await.ok()?).await.ok()
    }

    /// The answer to a request.
    pub(crate) async fn send(request: reqwest::RequestBuilder) -> Reply {
        let response = request.send().await.expect("the server answers");
        Reply::read(response).await.expect("the answer has an end")
    }

    pub(crate) async fn get(&self, call: &str) -> Reply {
        Self::send(self.request(Method::GET, call)).await
    }

    pub(crate) async fn post(&self, call: &str, body: &Value) -> Reply {
        Self::send(self.request(Method::POST, call).json(body)).await
    }

    pub(crate) async fn put(&self, call: &str, body: &Value) -> Reply {
        Self::send(self.request(Method::PUT, call).json(body)).await
    }

    pub(crate) async fn delete(&self, call: &str) -> Reply {
        Self::send(self.request(Method::DELETE, call)).await
    }

    /// Opens the conversation with `other` and returns its id.
    pub(crate) async fn talk_to(&self, other: &Self) -> String {
        let reply = self.post("conversations", &json!({ "with": [other.id] })).await;
        assert!(matches!(reply.status, 200 | 201), "{}", reply.text());
        text(&reply.json()["id"])
    }

    /// The answer to sending a message.
    pub(crate) async fn write(&self, conversation: &str, message: &Value) -> Reply {
        self.post(&format!("conversations/{conversation}/messages"), message).await
    }

    /// Sends a text; returns the message.
    pub(crate) async fn say(&self, conversation: &str, words: &str) -> Value {
        self.write(conversation, &json!({ "text": words })).await.expect(201)
    }

    /// The newest messages of a conversation.
    pub(crate) async fn history(&self, conversation: &str, query: &str) -> Value {
        self.get(&format!("conversations/{conversation}/messages{query}")).await.expect(200)
    }

    /// Every message of a conversation, oldest first, read in pages.
    pub(crate) async fn whole_history(&self, conversation: &str) -> Vec<Value> {
        let mut pages: Vec<Vec<Value>> = Vec::new();
        loop {
            let before =
                pages.last().map(|page| format!("&before={}", text(&page[0]["id"]))).unwrap_or_default();
            let page = self.history(conversation, &format!("?limit=200{before}")).await;
            let messages = page["messages"].as_array().expect("a list").clone();
            if !messages.is_empty() {
                pages.push(messages);
            }
            if page["more"] == false {
                return pages.into_iter().rev().flatten().collect();
            }
        }
    }

    /// The conversation as this person sees it.
    pub(crate) async fn conversation(&self, id: &str) -> Value {
        self.get(&format!("conversations/{id}")).await.expect(200)
    }

    /// The answer to a poll.
    pub(crate) async fn poll(&self, cursor: &str, wait: Duration) -> Reply {
        self.get(&format!("events?cursor={cursor}&wait={}", wait.as_secs_f32())).await
    }

    /// Hears everything from the beginning of the session.
    pub(crate) fn listener(&self) -> Listener {
        Listener::new(self.clone(), self.cursor.clone())
    }

    /// Does something to the relation with `other`.
    pub(crate) async fn contact(&self, other: &Self, action: &str) -> Reply {
        self.put(&format!("contacts/{}", other.id), &json!({ "action": action })).await
    }

    /// `other` as this person sees them.
    pub(crate) async fn sees(&self, other: &Self) -> Value {
        self.get(&format!("contacts/{}", other.id)).await.expect(200)
    }

    /// Everybody in the roster.
    pub(crate) async fn roster(&self) -> Vec<Value> {
        self.get("roster").await.expect(200)["people"].as_array().expect("a list").clone()
    }
}
