//! What of the configuration holds until the server is started again.

use std::collections::BTreeMap;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// Keys of a front that are read again while it is open.
const READ_AGAIN: [&str; 18] = [
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
    "username",
];

/// Sections that are read again whole, or looked at key by key.
const NOT_FIXED: [&str; 3] = ["authenticator", "front", "role"];

/// A digest of every key whose change needs a restart. Digests, because some of them are secrets. A section that nothing is
/// said about here needs one.
pub(super) fn digests(root: &Value) -> BTreeMap<String, [u8; 32]> {
    let mut digests = BTreeMap::new();
    let mut keep = |key: String, value: &Value| {
        digests.insert(key, Sha256::digest(value.to_string()).into());
    };
    for (section, value) in root.as_object().into_iter().flatten() {
        if NOT_FIXED.contains(&section.as_str()) {
            continue;
        }
        match value.as_object() {
            Some(keys) => keys.iter().for_each(|(key, value)| keep(format!("{section}.{key}"), value)),
            None => keep(section.clone(), value),
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
    /// The sections that there are, as the configuration itself names them to whoever writes a wrong one.
    fn sections() -> Vec<String> {
        let wrong = serde_json::from_value::<crate::config::Config>(json!({ "no-section": 1 })).unwrap_err();
        let wrong = wrong.to_string();
        let (_, known) = wrong.split_once("expected one of ").unwrap();
        known.split('`').skip(1).step_by(2).map(str::to_owned).collect()
    }

    #[test]
    fn every_section_is_read_again_or_told() {
        let sections = sections();
        for known in ["server", "login", "mail", "authenticator", "role", "front"] {
            assert!(sections.iter().any(|section| section == known), "{sections:?}");
        }
        for section in sections {
            let root = |key: &str| json!({ section.as_str(): { "some": { "kind": key }, "key": key } });
            let told = digests(&root("before")) != digests(&root("after"));
            // Roles are read again, and fronts are a list: what of them is told is tested above.
            assert_eq!(told, !matches!(section.as_str(), "role" | "front"), "{section}");
        }
        let mail = |value: &str| json!({ "mail": { "url": "smtp://localhost", "from": value } });
        assert_ne!(digests(&mail("a"))["mail.from"], digests(&mail("b"))["mail.from"]);
    }
}
