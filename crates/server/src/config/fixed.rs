//! What of the configuration holds until the server is started again.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Keys of a front that are read again while it is open.
const READ_AGAIN: [&str; 17] = [
    "default_role",
    "embed",
    "extends",
    "extends_cache",
    "extends_insecure",
    "extends_refresh",
    "guests",
    "hand_over",
    "id",
    "link",
    "login",
    "mode",
    "news",
    "options",
    "require_groups",
    "roles",
    "title",
];

/// A digest of every key whose change needs a restart. Digests, because some of them are secrets.
pub(super) fn digests(root: &Value) -> BTreeMap<String, [u8; 32]> {
    let mut digests = BTreeMap::new();
    let mut keep = |key: String, value: &Value| {
        digests.insert(key, Sha256::digest(value.to_string()).into());
    };
    for section in ["server", "login"] {
        for (key, value) in root.get(section).and_then(Value::as_object).into_iter().flatten() {
            keep(format!("{section}.{key}"), value);
        }
    }
    for (name, value) in root.get("authenticator").and_then(Value::as_object).into_iter().flatten() {
        keep(format!("authenticator.{name}"), value);
    }
    for front in root.get("front").and_then(Value::as_array).into_iter().flatten() {
        let Some(id) = super::environment::front_id(front) else { continue };
        for (key, value) in front.as_object().into_iter().flatten() {
            if !READ_AGAIN.contains(&key.as_str()) {
                keep(format!("front `{id}`: {key}"), value);
            }
        }
    }
    digests
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn options_are_read_again_and_what_the_server_stands_on_is_not() {
        let root = |contacts: u32, listen: &str, password: &str| {
            json!({
                "server": { "listen": listen },
                "authenticator": { "forum": { "kind": "phpbb", "password": password } },
                "front": [{ "path": "/im/", "authenticators": ["forum"], "options": { "max_contacts": contacts } }],
            })
        };
        let before = digests(&root(1, "a", "x"));
        assert_eq!(before, digests(&root(2, "a", "x")));
        assert_ne!(before["server.listen"], digests(&root(1, "b", "x"))["server.listen"]);
        assert_ne!(before["authenticator.forum"], digests(&root(1, "a", "y"))["authenticator.forum"]);
        assert!(before.contains_key("front `im`: authenticators"), "{:?}", before.keys());
    }
}
