//! Formats of lines: INI, environment files, Java's properties. What isn't understood has no value.

use super::values::{Entry, Named};

/// The end of the sentence `the value of … `.
const COMPUTED: &str =
    "is taken from another variable, which is not in this file; write it out there, or give --database-url";

fn put(named: &mut Named, name: String, line: usize, value: Result<Option<String>, &'static str>) {
    named.insert(name, Entry { line: Some(line), value });
}

/// `[section]`, `key = value`, `key: value`; comments begin with `;` or `#`. Of two values the last counts. A section's
/// name ends at a `:` (`[production : base]`).
pub(super) fn ini(text: &str) -> Named {
    let mut named = Named::new();
    let mut section = String::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with([';', '#']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            section = name.0.split(':').next().unwrap_or_default().trim().to_owned();
            continue;
        }
        let Some(at) = line.find(['=', ':']) else { continue };
        let (key, value) = (line[..at].trim(), line[at + 1..].trim());
        if key.is_empty() {
            continue;
        }
        let name = if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") };
        put(&mut named, name, index + 1, Ok(Some(ini_value(value).to_owned())));
    }
    named
}

fn ini_value(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some((inner, _)) = value.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return inner;
        }
    }
    // A comment behind a value needs a space before it: passwords contain semicolons.
    value.find(" ;").map_or(value, |at| value[..at].trim_end())
}

/// `NAME=value`, `export NAME='value'`, `NAME="a ${OTHER}"`. Of two values the last counts.
pub(super) fn env(text: &str) -> Named {
    let mut named = Named::new();
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() {
        let (this, after) = rest.split_once('\n').unwrap_or((rest, ""));
        let this = this.trim_start();
        let this = this.strip_prefix("export ").unwrap_or(this).trim_start();
        let assigned = this.split_once('=').filter(|(name, _)| is_env_name(name.trim_end()));
        let Some((name, value)) = assigned else {
            rest = after;
            line += 1;
            continue;
        };
        let value = value.trim_start();
        // A quoted value may go on over the next lines.
        let begins = rest.len() - after.len() - usize::from(rest.contains('\n')) - value.len();
        let (value, taken) = env_value(&rest[begins..], &named);
        let end = begins + taken;
        let lines = rest[..end].matches('\n').count();
        let next = rest[end..].find('\n').map_or(rest.len(), |at| end + at + 1);
        put(&mut named, name.trim_end().to_owned(), line, value);
        line += lines + 1;
        rest = &rest[next..];
    }
    named
}

fn is_env_name(name: &str) -> bool {
    let starts = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    starts && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
}

/// The value at the beginning of `text`, and how many bytes it takes.
fn env_value(text: &str, named: &Named) -> (Result<Option<String>, &'static str>, usize) {
    if let Some(inner) = text.strip_prefix('\'') {
        return match inner.find('\'') {
            Some(end) => (Ok(Some(inner[..end].to_owned())), end + 2),
            None => (Err("has no closing quote"), text.len()),
        };
    }
    let quoted = text.starts_with('"');
    let end_of_line = text.find('\n').unwrap_or(text.len());
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted)).peekable();
    let mut computed = false;
    while let Some((at, c)) = characters.next() {
        match c {
            '"' if quoted => return (finished(value, computed), at + 1),
            '\n' if !quoted => break,
            '#' if !quoted && (value.is_empty() || value.ends_with([' ', '\t'])) => break,
            '\\' if quoted => match characters.next() {
                Some((_, 'n')) => value.push('\n'),
                Some((_, 'r')) => value.push('\r'),
                Some((_, 't')) => value.push('\t'),
                Some((_, escaped @ ('"' | '\\' | '$'))) => value.push(escaped),
                Some((_, other)) => value.extend(['\\', other]),
                None => value.push('\\'),
            },
            '$' => {
                let braced = characters.next_if(|(_, c)| *c == '{').is_some();
                let mut name = String::new();
                while let Some((_, c)) = characters.next_if(|(_, c)| c.is_ascii_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                let closed = !braced || characters.next_if(|(_, c)| *c == '}').is_some();
                match (name.is_empty(), closed, named.get(&name).map(|entry| &entry.value)) {
                    (true, _, _) if !braced => value.push('$'),
                    (false, true, Some(Ok(Some(known)))) => value.push_str(known),
                    _ => computed = true,
                }
            }
            other => value.push(other),
        }
    }
    if quoted {
        return (Err("has no closing quote"), text.len());
    }
    (finished(value.trim_end().to_owned(), computed), end_of_line)
}

fn finished(value: String, computed: bool) -> Result<Option<String>, &'static str> {
    // Values that grow by repetition are no passwords.
    if value.len() > MOST_BYTES {
        return Err("is too long");
    }
    if computed { Err(COMPUTED) } else { Ok(Some(value)) }
}

/// Longest value, in bytes.
const MOST_BYTES: usize = 16 * 1024;

/// Java's `.properties`: `name = value`, `name: value`, `name value`, continued by `\` at the end of a line. Of two values
/// the last counts.
pub(super) fn properties(text: &str) -> Named {
    let mut named = Named::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let mut whole = line.trim_start().to_owned();
        if whole.is_empty() || whole.starts_with(['#', '!']) {
            continue;
        }
        while whole.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1 {
            whole.pop();
            let Some((_, next)) = lines.next() else { break };
            whole.push_str(next.trim_start());
        }
        let (name, value) = split_property(&whole);
        let value = unescape(value);
        let value = if value.contains("${") { Err(COMPUTED) } else { Ok(Some(value)) };
        put(&mut named, unescape(name), index + 1, value);
    }
    named
}

fn split_property(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '=' | ':' => return (&line[..at], line[at + 1..].trim()),
            ' ' | '\t' => {
                let rest = line[at..].trim();
                return (&line[..at], rest.strip_prefix(['=', ':']).unwrap_or(rest).trim_start());
            }
            _ => {}
        }
    }
    (line, "")
}

fn unescape(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            plain.push(c);
            continue;
        }
        match rest.next() {
            Some('n') => plain.push('\n'),
            Some('t') => plain.push('\t'),
            Some('r') => plain.push('\r'),
            Some('f') => plain.push('\u{C}'),
            Some('u') => {
                let digits: String = rest.clone().take(4).collect();
                let code = u32::from_str_radix(&digits, 16).ok().filter(|_| digits.len() == 4);
                plain.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
                if code.is_some() {
                    rest.nth(3);
                }
            }
            Some(other) => plain.push(other),
            None => {}
        }
    }
    plain
}
