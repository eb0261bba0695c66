//! Keys as administrators and recipes write them: `$db['host']`, `DB_HOST`, `JConfig.host`, `return.db.host`.

use super::{Entry, PhpConfig, PhpConfigError, Value};

/// Where a value stands in a PHP file.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    /// `$a`, `$a['b']['c']`, `$a->b`, and `return.b.c`
    Variable(Vec<String>),
    /// `DB_HOST`
    Constant(String),
    /// `JConfig.host`, `DATABASE_CONFIG.default.host`
    Member(Vec<String>),
}

/// Whether a text is a key, for checking recipes.
///
/// # Errors
/// A sentence that says what is expected.
pub fn check_key(key: &str) -> Result<(), String> {
    place(key).map(|_| ()).ok_or_else(|| {
        format!(
            "`{key}` is no key of a PHP file: expected `$name`, `$name['a']['b']`, `$name->a`, `NAME` (a constant), \
             `Class.property` or `return.a.b`"
        )
    })
}

fn is_word(text: &str) -> bool {
    let starts = text.chars().next().is_some_and(|first| first.is_alphabetic() || first == '_');
    starts && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

fn place(key: &str) -> Option<Place> {
    if let Some(variable) = key.strip_prefix('$') {
        return variable_path(variable).map(Place::Variable);
    }
    let mut parts = key.split('.').map(str::to_owned);
    let first = parts.next().filter(|first| is_word(first))?;
    let rest: Vec<String> = parts.collect();
    if rest.iter().any(String::is_empty) {
        return None;
    }
    match rest.is_empty() {
        true => (first != "return").then_some(Place::Constant(first)),
        false if first == "return" => Some(Place::Variable([vec![first], rest].concat())),
        false => Some(Place::Member([vec![first], rest].concat())),
    }
}

/// What stands behind the `$`.
fn variable_path(text: &str) -> Option<Vec<String>> {
    let end = text.find(['[', '-']).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let mut path = vec![name.to_owned()];
    while !rest.is_empty() {
        if let Some(property) = rest.strip_prefix("->") {
            let end = property.find(['[', '-']).unwrap_or(property.len());
            path.push(property[..end].to_owned());
            rest = &property[end..];
        } else {
            let (inner, after) = rest.strip_prefix('[')?.split_once(']')?;
            let quoted = |quote: char| inner.strip_prefix(quote).and_then(|inner| inner.strip_suffix(quote));
            let number = || inner.parse::<u32>().ok().map(|_| inner);
            path.push(quoted('\'').or_else(|| quoted('"')).or_else(number)?.to_owned());
            rest = after;
        }
    }
    // PHP's own array of all variables.
    if name == "GLOBALS" && path.len() > 1 {
        path.remove(0);
    }
    (is_word(&path[0]) && path.iter().all(|part| !part.is_empty())).then_some(path)
}

impl PhpConfig {
    /// The text at a key: `$db['host']`, `$CFG->dbhost`, `DB_HOST`, `JConfig.host`, `return.db.host`. A plain `$host` that is
    /// no variable may be a property of any class. Numbers are texts, `false` and `null` are nothing, `true` is `1`.
    ///
    /// # Errors
    /// [`PhpConfigError::Dynamic`], and [`PhpConfigError::WrongType`] for an array.
    pub fn value(&self, key: &str) -> Result<Option<String>, PhpConfigError> {
        let found = match place(key) {
            None => None,
            Some(Place::Constant(name)) => self.parsed.constants.get(&name),
            Some(Place::Variable(path)) => self.at_path(&path).or_else(|| self.in_any_class(&path)),
            Some(Place::Member(path)) => self.parsed.classes.get(&path[0]).and_then(|class| {
                let first = class.get(&path[1])?;
                descend(first, &path[2..])
            }),
        };
        let Some(entry) = found else { return Ok(None) };
        match &entry.value {
            Value::Dynamic(how) => Err(self.dynamic(entry.line, key.to_owned(), how)),
            Value::Bool(true) => Ok(Some("1".to_owned())),
            Value::Bool(false) => Ok(None),
            _ => self.as_text(entry, key),
        }
    }

    fn at_path(&self, path: &[String]) -> Option<&Entry> {
        let variables = &self.parsed.variables;
        // `$GLOBALS['x']` is `$x`, however it was assigned.
        let own = || variables.get(&path[0]).and_then(|first| descend(first, &path[1..]));
        own().or_else(|| variables.get("GLOBALS").and_then(|globals| descend(globals, path)))
    }

    fn in_any_class(&self, path: &[String]) -> Option<&Entry> {
        self.parsed.classes.values().find_map(|class| descend(class.get(&path[0])?, &path[1..]))
    }
}

/// The entry below this one; one that PHP computes stands for everything below it.
fn descend<'e>(entry: &'e Entry, path: &[String]) -> Option<&'e Entry> {
    let mut entry = entry;
    for name in path {
        match &entry.value {
            Value::Array(elements) => entry = elements.get(name)?,
            Value::Dynamic(_) => return Some(entry),
            _ => return None,
        }
    }
    Some(entry)
}
