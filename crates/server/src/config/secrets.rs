use std::path::Path;

use serde_json::{Map, Value};

use crate::config::ConfigError;

/// Keys whose value may stand in a file of its own, named by the key with `_file`.
const SECRETS: [&str; 7] =
    ["database_url", "password", "bind_password", "secret", "site_key", "token", "passphrase"];

/// Replaces `KEY_file = "path"` by `KEY = <contents>` for every secret of `[server]`, `[mail]`, `[authenticator.NAME]` and
/// `[front.hand_over]` and `[front.trusted_name]`.
pub(super) fn read_files(root: &mut Value, base_dir: &Path, config: &Path) -> Result<(), ConfigError> {
    if let Some(server) = root.get_mut("server").and_then(Value::as_object_mut) {
        read_section(server, "server", base_dir, config)?;
    }
    if let Some(mail) = root.get_mut("mail").and_then(Value::as_object_mut) {
        read_section(mail, "mail", base_dir, config)?;
    }
    let authenticators = root.get_mut("authenticator").and_then(Value::as_object_mut);
    for (name, section) in authenticators.into_iter().flat_map(Map::iter_mut) {
        if let Some(section) = section.as_object_mut() {
            read_section(section, &format!("authenticator.{name}"), base_dir, config)?;
        }
    }
    let fronts = root.get_mut("front").and_then(Value::as_array_mut);
    for (index, front) in fronts.into_iter().flatten().enumerate() {
        for name in ["hand_over", "trusted_name"] {
            if let Some(section) = front.get_mut(name).and_then(Value::as_object_mut) {
                read_section(section, &format!("front[{index}].{name}"), base_dir, config)?;
            }
        }
    }
    Ok(())
}

fn read_section(
    section: &mut Map<String, Value>,
    path: &str,
    base_dir: &Path,
    config: &Path,
) -> Result<(), ConfigError> {
    for secret in SECRETS {
        let key = format!("{secret}_file");
        let Some(file) = section.remove(&key) else { continue };
        let error = |message: String| ConfigError::Key {
            path: config.to_owned(),
            key: format!("{path}.{key}"),
            message,
        };
        if section.contains_key(secret) {
            return Err(error(format!("`{secret}` is set as well; set one of them, not both")));
        }
        let file = file.as_str().ok_or_else(|| error("expected the path of a file".into()))?;
        let file = base_dir.join(file);
        let contents = std::fs::read_to_string(&file)
            .map_err(|source| error(format!("{} can't be read: {source}", file.display())))?;
        section.insert(secret.to_owned(), Value::String(contents.trim_end_matches(['\r', '\n']).to_owned()));
    }
    Ok(())
}
