use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::key::Key;
use fantoccini::wd::WindowHandle;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::driver::{self, Driver, Line};
use super::shape::Shape;
use crate::support::client::password_of;
use crate::support::{Person, TestServer, eventually, run};

/// One browser. Dropping it ends the browser and looks at its console.
#[derive(Debug)]
pub(crate) struct Device {
    pub(super) client: Client,
    pub(super) driver: Driver,
    origin: String,
}

/// What the page shows of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) mine: bool,
    pub(crate) state: String,
    pub(crate) text: String,
}

/// The selector of a hook.
pub(crate) fn hook(name: &str) -> String {
    format!("[data-test=\"{name}\"]")
}

impl Device {
    /// A desk in front of this server.
    pub(crate) async fn new(server: &TestServer) -> Self {
        Self::of(server, Shape::DESK).await
    }

    /// A device of this kind in front of this server.
    pub(crate) async fn of(server: &TestServer, shape: Shape) -> Self {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        builder.capabilities(shape.capabilities());
        let client = builder.connect(&driver::address()).await.expect("a browser starts");
        let id = client.session_id().await.expect("the session is known").expect("it has an id");
        client.persist().await.expect("the session ends with this value");
        Self { driver: Driver::new(&id), client, origin: server.origin() }
    }

    /// The same browser that knows this machine as `localhost`: a secure context also without https.
    pub(crate) fn at_localhost(mut self) -> Self {
        self.origin = self.origin.replacen("127.0.0.1", "localhost", 1);
        self
    }

    /// The same person's browser that was sitting at the desk: at the front, signed in, everything loaded.
    pub(crate) async fn signed_in(server: &TestServer, front: &str, login: &str) -> Self {
        let device = Self::new(server).await;
        device.enter(server, front, login).await;
        device
    }

    /// Ann at the desk, who has a conversation with Bob: her browser, each of them as a program, and the conversation.
    pub(crate) async fn anns_with_bob(server: &TestServer) -> (Self, Person, Person, String) {
        let bob = server.person("bob").await;
        let page = Self::signed_in(server, "/im/", "ann").await;
        let ann = server.enter("/im/", "ann", &password_of("ann")).await;
        let talk = bob.talk_to(&ann).await;
        (page, ann, bob, talk)
    }

    /// Registers somebody unless they are, goes to the front and signs in.
    pub(crate) async fn enter(&self, server: &TestServer, front: &str, login: &str) {
        server.register(front, login).await;
        self.goto(front).await;
        self.sign_in(login, &password_of(login)).await;
        self.see("app").await;
    }

    /// Goes to a path of the server.
    pub(crate) async fn goto(&self, path: &str) {
        self.client.goto(&format!("{}{path}", self.origin)).await.expect("the page loads");
    }

    /// Loads the page again.
    pub(crate) async fn reload(&self) {
        self.client.refresh().await.expect("the page loads");
    }

    /// Fills in the sign-in form and sends it.
    pub(crate) async fn sign_in(&self, login: &str, password: &str) {
        self.fill("login-name", login).await;
        self.fill("login-password", password).await;
        self.click("login-submit").await;
    }

    // ---- doing

    /// The first visible element that this selector finds, as soon as there is one.
    pub(crate) async fn find(&self, selector: &str) -> Element {
        eventually(&format!("{selector} in {}", self.origin), async || {
            for element in self.client.find_all(Locator::Css(selector)).await.ok()? {
                if element.is_displayed().await.unwrap_or(false) {
                    return Some(element);
                }
            }
            None
        })
        .await
    }

    /// Clicks on what a selector finds.
    pub(crate) async fn click_at(&self, selector: &str) {
        eventually(&format!("a click on {selector}"), async || self.find(selector).await.click().await.ok())
            .await;
    }

    /// Clicks on a hook.
    pub(crate) async fn click(&self, name: &str) {
        self.click_at(&hook(name)).await;
    }

    /// Writes into a field in place of what is there.
    pub(crate) async fn fill(&self, name: &str, text: &str) {
        let field = self.find(&hook(name)).await;
        field.clear().await.expect("the field can be emptied");
        field.send_keys(text).await.expect("the field takes text");
    }

    /// Writes into a field behind what is there.
    pub(crate) async fn type_into(&self, name: &str, text: &str) {
        self.find(&hook(name)).await.send_keys(text).await.expect("the field takes text");
    }

    /// Presses and releases a key, wherever the focus is.
    pub(crate) async fn press(&self, key: Key) {
        self.keys([char::from(key)]).await;
    }

    /// Types a text, wherever the focus is.
    pub(crate) async fn keys(&self, keys: impl IntoIterator<Item = char>) {
        let actions = keys.into_iter().fold(KeyActions::new("keyboard".to_owned()), |actions, value| {
            actions.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.client.perform_actions(actions).await.expect("the keys are pressed");
    }

    /// Opens the conversation with the person of this login.
    pub(crate) async fn open(&self, login: &str) {
        self.click_at(&format!("{}[data-login=\"{login}\"] button", hook("person"))).await;
        self.see("composer").await;
    }

    /// Writes a message into the open conversation and sends it.
    pub(crate) async fn say(&self, text: &str) {
        self.type_into("composer", text).await;
        self.press(Key::Enter).await;
    }

    /// The token in the cookie of a front.
    pub(crate) async fn token(&self, front: &str) -> String {
        let name = format!("portico_{}", front.trim_matches('/'));
        let cookie = self.client.get_named_cookie(&name).await.expect("the browser has a session");
        cookie.value().to_owned()
    }

    /// Opens a path in another tab and goes there. Returns the tab one was in.
    pub(crate) async fn other_tab(&self, path: &str) -> WindowHandle {
        let here = self.client.window().await.expect("a tab");
        let there = self.client.new_window(true).await.expect("another tab");
        self.to_tab(there.handle).await;
        self.goto(path).await;
        here
    }

    /// Goes to a tab.
    pub(crate) async fn to_tab(&self, tab: WindowHandle) {
        self.client.switch_to_window(tab).await.expect("the tab is there");
    }

    /// A picture of the page, as PNG.
    pub(crate) async fn picture(&self) -> Vec<u8> {
        self.client.screenshot().await.expect("a picture")
    }

    // ---- seeing

    /// The value of a JavaScript expression; `a` holds `arguments`.
    pub(crate) async fn value(&self, expression: &str, arguments: &[Value]) -> Value {
        let script = format!("const a = arguments; return ({expression});");
        self.client
            .execute(&script, arguments.to_vec())
            .await
            .unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// Waits until a JavaScript expression has this value.
    pub(crate) async fn becomes(&self, expression: &str, wanted: impl Into<Value>) {
        let wanted = wanted.into();
        let mut last = Value::Null;
        let deadline = tokio::time::Instant::now() + crate::support::PATIENCE;
        while tokio::time::Instant::now() < deadline {
            last = self.value(expression, &[]).await;
            if last == wanted {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(25)).await;
        }
        panic!("{expression} should become {wanted}, is {last}; the page shows: {}", self.everything().await);
    }

    /// Waits until a hook is visible.
    pub(crate) async fn see(&self, name: &str) {
        self.see_at(&hook(name)).await;
    }

    /// Waits until what a selector finds is visible.
    pub(crate) async fn see_at(&self, selector: &str) {
        let seen = format!(
            "[...document.querySelectorAll({})].some((node) => node.checkVisibility())",
            json!(selector)
        );
        self.becomes(&seen, true).await;
    }

    /// Waits until nothing that a selector finds is visible.
    pub(crate) async fn gone_at(&self, selector: &str) {
        let seen = format!(
            "[...document.querySelectorAll({})].some((node) => node.checkVisibility())",
            json!(selector)
        );
        self.becomes(&seen, false).await;
    }

    /// Waits until a hook is not visible.
    pub(crate) async fn gone(&self, name: &str) {
        self.gone_at(&hook(name)).await;
    }

    /// The text of a hook, as soon as it is visible. Marks that isolate names are left out.
    pub(crate) async fn text(&self, name: &str) -> String {
        self.see(name).await;
        let text = "document.querySelector(a[0])?.textContent ?? ''";
        let text = self.value(text, &[json!(hook(name))]).await;
        text.as_str().expect("a text").replace(['\u{2068}', '\u{2069}'], "")
    }

    /// Waits until a hook says exactly this.
    pub(crate) async fn reads(&self, name: &str, words: &str) {
        let text = format!(
            "document.querySelector({})?.textContent.replace(/[\\u2068\\u2069]/gu, '') ?? null",
            json!(hook(name))
        );
        self.becomes(&text, words).await;
    }

    /// The messages in the open conversation.
    pub(crate) async fn messages(&self) -> Vec<Shown> {
        let messages = "[...document.querySelectorAll('[data-test=message]')].map((node) => [node.dataset.mine, \
                        node.dataset.state, node.querySelector('[data-test=message-text]').textContent])";
        let messages = self.value(messages, &[]).await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let messages = messages.as_array().expect("a list").iter();
        messages
            .map(|message| Shown {
                mine: message[0] == "true",
                state: text(&message[1]),
                text: text(&message[2]),
            })
            .collect()
    }

    /// Waits until the open conversation shows exactly these messages, all sent: `> ` before mine, `< ` before theirs.
    pub(crate) async fn shows(&self, wanted: &[&str]) {
        let messages = "[...document.querySelectorAll('[data-test=message]')].map((node) => \
                        `${node.dataset.mine === 'true' ? '>' : '<'} \
                        ${node.querySelector('[data-test=message-text]').textContent}\
                        ${node.dataset.state === 'sent' ? '' : ` (${node.dataset.state})`}`)";
        self.becomes(messages, json!(wanted)).await;
    }

    /// Waits until the conversations show this many unread messages together: in the list and in the title.
    pub(crate) async fn unread(&self, count: usize) {
        let marks = "[...document.querySelectorAll('[data-test=unread]')].filter((node) => node.checkVisibility())\
                     .reduce((sum, node) => sum + Number(node.dataset.count), 0)";
        self.becomes(marks, count).await;
        let title = "Number(/^\\((\\d+)\\) /.exec(document.title)?.[1] ?? 0)";
        self.becomes(title, count).await;
    }

    /// The text of the page, for whoever wonders why a test failed.
    pub(crate) async fn everything(&self) -> Value {
        self.value("document.body.innerText", &[]).await
    }

    /// Fails when anything is wider than the page.
    pub(crate) async fn fits(&self) {
        let widths = self
            .value("[document.documentElement.scrollWidth, document.body.scrollWidth, innerWidth]", &[])
            .await;
        let width = |place: usize| widths[place].as_u64().expect("a width");
        assert!(width(0) <= width(2) && width(1) <= width(2), "the page scrolls sideways: {widths}");
    }
}

/// Lines that say something went wrong in the page itself. An answer with an error status, or none, is reported by the
/// browser as `network`; the page tells the person about those.
pub(crate) fn complaints(lines: &[Line]) -> Vec<&Line> {
    let wrong = |line: &&Line| match line.source.as_str() {
        "network" => line.text.contains("Content Security Policy"),
        "security" => true,
        _ => line.level == "SEVERE" || line.level == "WARNING",
    };
    lines.iter().filter(wrong).collect()
}

impl Device {
    /// What was written to the console since the last time.
    pub(crate) async fn console(&self) -> Vec<Line> {
        self.driver.console().await
    }
}

impl Drop for Device {
    fn drop(&mut self) {
        let failed = std::thread::panicking();
        let driver = &self.driver;
        // A runtime can't be entered from within another.
        let lines = std::thread::scope(|scope| {
            let ending = scope.spawn(|| {
                let mut lines = Vec::new();
                run(async {
                    lines = driver.console().await;
                    driver.end().await;
                });
                lines
            });
            ending.join().unwrap_or_default()
        });
        if failed {
            println!("the console said: {lines:#?}");
            return;
        }
        let complaints = complaints(&lines);
        assert!(complaints.is_empty(), "the console complains: {complaints:#?}");
    }
}
