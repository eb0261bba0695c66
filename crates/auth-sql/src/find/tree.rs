//! Formats of nested values: JSON, YAML, TOML, XML. A value's name is the way to it: `a.b.0.c`, `a/b/@c`.

use serde_json::Value;

use super::values::{Entry, Named};

/// Line, if known, and what is wrong there; never what stands there.
type Wrong = (Option<usize>, String);

/// Values nested deeper than this are not read.
const DEEPEST: usize = 32;

/// The end of the sentence `the value of … `.
const TEMPLATE: &str =
    "is filled in by a template when the application runs; write it out there, or give --database-url";

pub(super) fn json(text: &[u8]) -> Result<Named, Wrong> {
    let value: Value = serde_json::from_slice(text)
        .map_err(|error| (Some(error.line()).filter(|line| *line > 0), "this is not JSON".to_owned()))?;
    Ok(named(value))
}

pub(super) fn yaml(text: &str) -> Result<Named, Wrong> {
    let value: Value = serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().and_then(|at| usize::try_from(at.line()).ok());
        (line, "this is not YAML, or more of it than a configuration needs".to_owned())
    })?;
    Ok(named(value))
}

pub(super) fn toml(text: &str) -> Result<Named, Wrong> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
        let line = error
            .span()
            .and_then(|span| text.get(..span.start))
            .map(|before| before.matches('\n').count() + 1);
        (line, "this is not TOML".to_owned())
    })?;
    serde_json::to_value(table).map(named).map_err(|_| (None, "this is not TOML".to_owned()))
}

fn named(value: Value) -> Named {
    let mut named = Named::new();
    let mut waiting = vec![(String::new(), 0, value)];
    while let Some((name, depth, value)) = waiting.pop() {
        let below = |key: &str| if name.is_empty() { key.to_owned() } else { format!("{name}.{key}") };
        let value = match value {
            _ if depth > DEEPEST => continue,
            Value::Object(table) => {
                waiting.extend(table.into_iter().map(|(key, value)| (below(&key), depth + 1, value)));
                continue;
            }
            Value::Array(list) => {
                let list = list.into_iter().enumerate();
                waiting.extend(list.map(|(index, value)| (below(&index.to_string()), depth + 1, value)));
                continue;
            }
            Value::Null | Value::Bool(false) => None,
            Value::Bool(true) => Some("1".to_owned()),
            Value::Number(number) => Some(number.to_string()),
            Value::String(text) => Some(text),
        };
        let value = match value {
            Some(text) if text.contains("<%") && text.contains("%>") => Err(TEMPLATE),
            value => Ok(value),
        };
        named.insert(name, Entry { line: None, value });
    }
    named
}

/// Texts and attributes; of several elements with one way to them the first counts.
pub(super) fn xml(text: &str) -> Result<Named, Wrong> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, nodes_limit: 100_000, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options).map_err(|error| {
        let line = usize::try_from(error.pos().row).ok();
        (line, "this is not XML, or more of it than a configuration needs".to_owned())
    })?;
    let mut named = Named::new();
    let mut waiting = vec![(document.root_element(), String::new(), 0)];
    while let Some((element, above, depth)) = waiting.pop() {
        if depth > DEEPEST {
            continue;
        }
        let name = element.tag_name().name();
        let name = if above.is_empty() { name.to_owned() } else { format!("{above}/{name}") };
        let mut put = |name: String, text: &str| {
            let value = Ok(Some(text.trim().to_owned()));
            named.entry(name).or_insert(Entry { line: None, value });
        };
        for attribute in element.attributes() {
            put(format!("{name}/@{}", attribute.name()), attribute.value());
        }
        let text: String =
            element.children().filter(roxmltree::Node::is_text).filter_map(|child| child.text()).collect();
        put(name.clone(), &text);
        // The last waiting one is taken first: children are put in from the last to the first.
        let children = element.children().filter(roxmltree::Node::is_element);
        let mut children: Vec<_> = children.map(|child| (child, name.clone(), depth + 1)).collect();
        children.reverse();
        waiting.extend(children);
    }
    Ok(named)
}
