//! A call of the administration, as the command line makes it.

use awc::http::Method;
use serde_json::{Map, Value};

use crate::cli::ConfigArgs;

/// A call, the configuration of the server that is asked, and whether its answer is shown as JSON.
pub(super) struct Asked {
    pub(super) config: ConfigArgs,
    pub(super) json: bool,
    pub(super) call: Call,
}

/// A call to be made, and what of its answer a table shows.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) query: Vec<(&'static str, String)>,
    pub(super) body: Option<Value>,
    /// The lists in the answer, and their columns.
    pub(super) tables: Vec<(&'static str, &'static [&'static str])>,
    /// What asks for the next page of the first list; such a call is made until there is none.
    pub(super) pages: Option<&'static str>,
}

impl Call {
    pub(super) fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), body: None, tables: Vec::new(), pages: None }
    }

    pub(super) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    pub(super) fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }

    pub(super) fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    pub(super) fn patch(path: impl Into<String>) -> Self {
        Self::new(Method::PATCH, path)
    }

    pub(super) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path)
    }

    pub(super) fn body(mut self, fields: &[(&str, Value)]) -> Self {
        let given = fields.iter().filter(|(_, value)| !value.is_null());
        let object: Map<String, Value> =
            given.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.body = Some(Value::Object(object));
        self
    }

    pub(super) fn asking(mut self, name: &'static str, value: Option<String>) -> Self {
        self.query.extend(value.map(|value| (name, value)));
        self
    }

    pub(super) fn list(mut self, name: &'static str, columns: &'static [&'static str]) -> Self {
        self.tables.push((name, columns));
        self
    }

    /// The list comes in pages, of which `asks` asks for the next one: all of them are asked for.
    pub(super) fn paged(mut self, asks: &'static str) -> Self {
        self.pages = Some(asks);
        self.asking("limit", Some("200".to_owned()))
    }
}

/// A piece of a path: what an id can't have is spelt out.
pub(super) fn piece(text: &str) -> String {
    let keep = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    text.bytes()
        .map(|byte| if keep(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
