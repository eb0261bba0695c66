use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// The keys of one `[authenticator.NAME]` section that belong to the adapter, not yet typed.
///
/// An adapter sees serde only; which format the configuration file has is the server's business.
#[derive(Clone)]
pub struct Options {
    path: String,
    values: Map<String, Value>,
}

impl Options {
    /// The keys `values` found at `path` (for example `authenticator.forum`).
    pub fn new(path: impl Into<String>, values: Map<String, Value>) -> Self {
        Self { path: path.into(), values }
    }

    /// Where the section stands in the configuration.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The section as the adapter's configuration struct. Give that struct `#[serde(deny_unknown_fields)]`.
    ///
    /// # Errors
    /// [`OptionsError`] naming the key, what was found and what was expected.
    pub fn parse<T: DeserializeOwned>(self) -> Result<T, OptionsError> {
        let section = self.path;
        serde_path_to_error::deserialize(Value::Object(self.values)).map_err(|error| {
            let inner = error.path().to_string();
            let path = if inner == "." { section } else { format!("{section}.{inner}") };
            OptionsError { path, message: error.into_inner().to_string() }
        })
    }
}

// Values may be secrets.
impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let keys: Vec<&String> = self.values.keys().collect();
        f.debug_struct("Options").field("path", &self.path).field("keys", &keys).finish()
    }
}

/// A key that is unknown, missing or of the wrong type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {message}")]
pub struct OptionsError {
    /// The key, from the top of the configuration.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Sample {
        #[expect(dead_code, reason = "only its parsing is tested")]
        port: u16,
    }

    fn options(json: Value) -> Options {
        let Value::Object(values) = json else { panic!("not an object") };
        Options::new("authenticator.x", values)
    }

    #[test]
    fn an_unknown_key_is_named_with_the_alternatives() {
        let error = options(serde_json::json!({"prot": 1})).parse::<Sample>().unwrap_err();
        assert_eq!(error.path, "authenticator.x.prot");
        assert!(error.message.contains("unknown field `prot`, expected `port`"), "{error}");
    }

    #[test]
    fn a_wrong_type_is_named_with_its_key() {
        let error = options(serde_json::json!({"port": "many"})).parse::<Sample>().unwrap_err();
        assert_eq!(error.path, "authenticator.x.port");
    }

    #[test]
    fn debug_shows_keys_but_no_values() {
        let shown = format!("{:?}", options(serde_json::json!({"password": "s3cret"})));
        assert!(shown.contains("password") && !shown.contains("s3cret"));
    }
}
