use serde_json::{Map, Value};

use crate::config::ConfigError;

const PREFIX: &str = "PORTICO_";

/// Overrides keys of `root`: `PORTICO_SERVER__LISTEN`, `PORTICO_AUTHENTICATOR__NAME__KEY`, `PORTICO_FRONT__ID__KEY`,
/// `PORTICO_FRONT__ID__OPTIONS__KEY`. Names are upper-cased, `-` becomes `_`. Variables without `__` are not keys.
pub(super) fn apply(
    root: &mut Value,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<(), ConfigError> {
    for (name, value) in environment {
        let Some(key) = name.strip_prefix(PREFIX).filter(|key| key.contains("__")) else { continue };
        let parts: Vec<&str> = key.split("__").collect();
        let error =
            |message: &str| ConfigError::Environment { name: name.clone(), message: message.to_owned() };
        if parts.iter().any(|part| part.is_empty()) {
            return Err(error("names a key as PORTICO_SECTION__KEY, without empty parts"));
        }
        let Some((target, rest)) = section(root, &parts, &error)? else {
            return Err(error("no such section; there are SERVER, LOGIN, AUTHENTICATOR__NAME and FRONT__ID"));
        };
        let last = parts.last().copied().unwrap_or_default();
        set(target, rest, parse_value(last, &value)).map_err(|message| error(&message))?;
    }
    Ok(())
}

type Target<'r, 'p> = Option<(&'r mut Value, &'p [&'p str])>;

fn section<'r, 'p>(
    root: &'r mut Value,
    parts: &'p [&'p str],
    error: &impl Fn(&str) -> ConfigError,
) -> Result<Target<'r, 'p>, ConfigError> {
    let (first, rest) = parts.split_first().ok_or_else(|| error("is empty"))?;
    let table = root.as_object_mut().ok_or_else(|| error("the configuration is no table"))?;
    match *first {
        "SERVER" | "LOGIN" => {
            let section = table.entry(first.to_lowercase()).or_insert_with(|| Value::Object(Map::new()));
            Ok(Some((section, rest)))
        }
        "AUTHENTICATOR" => {
            let (name, rest) = rest.split_first().ok_or_else(|| error("lacks the authenticator's name"))?;
            let sections = table.get_mut("authenticator").and_then(Value::as_object_mut);
            let found =
                sections.into_iter().flat_map(Map::iter_mut).filter(|(key, _)| variable(key) == **name);
            one(found.map(|(_, section)| section), error, "authenticator")
                .map(|section| Some((section, rest)))
        }
        "FRONT" => {
            let (id, rest) = rest.split_first().ok_or_else(|| error("lacks the front's id"))?;
            let fronts = table.get_mut("front").and_then(Value::as_array_mut);
            let found = fronts
                .into_iter()
                .flatten()
                .filter(|front| front_id(front).is_some_and(|f| variable(&f) == **id));
            one(found, error, "front").map(|section| Some((section, rest)))
        }
        _ => Ok(None),
    }
}

fn one<'r>(
    mut found: impl Iterator<Item = &'r mut Value>,
    error: &impl Fn(&str) -> ConfigError,
    what: &str,
) -> Result<&'r mut Value, ConfigError> {
    let first =
        found.next().ok_or_else(|| error(&format!("there is no such {what} in the configuration")))?;
    if found.next().is_some() {
        return Err(error(&format!(
            "fits more than one {what}; give them ids that differ in more than `-` and `_`"
        )));
    }
    Ok(first)
}

pub(super) fn front_id(front: &Value) -> Option<String> {
    if let Some(id) = front.get("id").and_then(Value::as_str) {
        return Some(id.to_owned());
    }
    let path = portico_core::front::FrontPath::new(front.get("path")?.as_str()?).ok()?;
    Some(portico_core::front::FrontId::from_path(&path).to_string())
}

fn variable(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}

fn set(target: &mut Value, path: &[&str], value: Value) -> Result<(), String> {
    let (last, tables) = path.split_last().ok_or("lacks the key")?;
    let mut target = target;
    for table in tables {
        let object = target.as_object_mut().ok_or("names a key below something that is no table")?;
        target = object.entry(table.to_lowercase()).or_insert_with(|| Value::Object(Map::new()));
    }
    let object = target.as_object_mut().ok_or("names a key below something that is no table")?;
    object.insert(last.to_lowercase(), value);
    Ok(())
}

/// Keys whose value is text, whatever it looks like.
const TEXTS: [&str; 18] = [
    "admin_contact",
    "maintenance",
    "welcome",
    "app",
    "bind_password",
    "community",
    "database_url",
    "host",
    "id",
    "kind",
    "label",
    "password",
    "realm",
    "secret",
    "site_key",
    "table_prefix",
    "title",
    "token",
];

/// Numbers, booleans, arrays and quoted texts as TOML writes them; anything else is text.
fn parse_value(key: &str, text: &str) -> Value {
    if TEXTS.contains(&key.to_lowercase().as_str()) {
        return Value::String(text.to_owned());
    }
    let parsed =
        format!("value = {text}").parse::<toml::Table>().ok().and_then(|mut table| table.remove("value"));
    match parsed {
        Some(toml::Value::String(quoted)) => Value::String(quoted),
        Some(value @ (toml::Value::Integer(_) | toml::Value::Boolean(_) | toml::Value::Array(_))) => {
            serde_json::to_value(value).unwrap_or_else(|_| Value::String(text.to_owned()))
        }
        _ => Value::String(text.to_owned()),
    }
}
