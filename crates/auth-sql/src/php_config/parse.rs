//! From words to values: assignments, definitions, arrays.

use std::collections::BTreeMap;

use super::token::{Token, Word};
use super::{Entry, Value};

pub(super) type Entries = BTreeMap<String, Entry>;

/// Arrays nested deeper than this are not read.
const DEEPEST: usize = 32;

/// What a file sets.
#[derive(Clone, Default)]
pub(super) struct Parsed {
    pub(super) variables: Entries,
    pub(super) constants: Entries,
    /// The initial values of the properties and constants of each class, the classes in the order of their names.
    pub(super) classes: BTreeMap<String, Entries>,
}

/// The variables, constants and classes that a file sets.
pub(super) fn parse(tokens: &[Token]) -> Parsed {
    let mut parser = Parser { tokens, at: 0, depth: 0, parsed: Parsed::default() };
    while parser.at < tokens.len() {
        parser.statement();
    }
    parser.parsed
}

pub(super) struct Parser<'a> {
    tokens: &'a [Token],
    pub(super) at: usize,
    /// Braces that are open: inside them nothing is certain to run.
    pub(super) depth: usize,
    pub(super) parsed: Parsed,
}

impl<'a> Parser<'a> {
    pub(super) fn word(&self, ahead: usize) -> Option<&'a Word> {
        self.tokens.get(self.at + ahead).map(|token| &token.word)
    }

    pub(super) fn is_sign(&self, ahead: usize, sign: char) -> bool {
        self.word(ahead) == Some(&Word::Sign(sign))
    }

    /// Whether a word stands there, in whatever case.
    pub(super) fn is_name(&self, ahead: usize, name: &str) -> bool {
        matches!(self.word(ahead), Some(Word::Name(word)) if word.trim_start_matches('\\').eq_ignore_ascii_case(name))
    }

    pub(super) fn line(&self) -> u32 {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(1, |token| token.line)
    }

    /// Takes one statement, or one brace.
    fn statement(&mut self) {
        match self.word(0) {
            Some(Word::Sign('{')) => {
                self.depth += 1;
                self.at += 1;
            }
            Some(Word::Sign('}')) => {
                self.depth = self.depth.saturating_sub(1);
                self.at += 1;
            }
            Some(Word::Sign(';' | '@')) => self.at += 1,
            Some(Word::Variable(name)) => self.assignment(name),
            Some(Word::Name(_)) if self.is_name(0, "define") => self.define(),
            Some(Word::Name(_)) if self.is_name(0, "const") => self.constant(),
            Some(Word::Name(_)) if self.is_name(0, "return") => self.returned(),
            Some(Word::Name(_)) if self.begins_class() => self.class(),
            Some(Word::Name(_)) if self.guarded_definition() => {}
            _ => self.skip_statement(),
        }
    }

    /// `$name… = value;`
    fn assignment(&mut self, name: &str) {
        let line = self.line();
        let mut path = vec![name.to_owned()];
        let start = self.at;
        self.at += 1;
        while self.is_sign(0, '[') || self.is_property() {
            let Some(key) = self.key_in_brackets().or_else(|| self.property_name()) else {
                // `$a[$i] = …`, `$a[] = …`: something in the array is not what it seems.
                self.at = start + 1;
                self.skip_statement();
                return self.set(&path, Entry { line, value: Value::Dynamic("a computed key") });
            };
            path.push(key);
        }
        let assigns = self.is_sign(0, '=') && !self.is_sign(1, '=');
        if assigns {
            self.at += 1;
            let value = self.value_to_the_end();
            return self.set(&path, Entry { line, value });
        }
        // `.=`, `+=`, `??=` and the like, `->`, a call: only the first three change it.
        let changes = matches!(
            (self.word(0), self.word(1), self.word(2)),
            (Some(Word::Sign('.' | '+' | '-' | '*' | '/' | '%' | '|' | '&' | '^')), Some(Word::Sign('=')), _)
                | (Some(Word::Sign('?')), Some(Word::Sign('?')), Some(Word::Sign('=')))
        );
        self.skip_statement();
        if changes {
            self.set(
                &path,
                Entry { line, value: Value::Dynamic("an assignment that depends on the value before") },
            );
        }
    }

    /// `->name`, and no method call.
    fn is_property(&self) -> bool {
        self.is_sign(0, '-')
            && self.is_sign(1, '>')
            && matches!(self.word(2), Some(Word::Name(_)))
            && !self.is_sign(3, '(')
    }

    fn property_name(&mut self) -> Option<String> {
        let Some(Word::Name(name)) = self.word(2).filter(|_| self.is_property()) else { return None };
        self.at += 3;
        Some(name.clone())
    }

    /// `['key']` or `[7]`.
    fn key_in_brackets(&mut self) -> Option<String> {
        if !self.is_sign(0, '[') {
            return None;
        }
        let key = match self.word(1)? {
            Word::Text(text) => String::from_utf8_lossy(text).into_owned(),
            Word::Int(number) => number.to_string(),
            _ => return None,
        };
        if !self.is_sign(2, ']') {
            return None;
        }
        self.at += 3;
        Some(key)
    }

    /// `return value;` at the top of the file: the value of the file itself.
    fn returned(&mut self) {
        let line = self.line();
        self.at += 1;
        let value = self.value_to_the_end();
        if self.depth == 0 && !matches!(value, Value::Null) {
            self.set(&["return".to_owned()], Entry { line, value });
        }
    }

    /// A value and the `;` behind it; dynamic if anything else follows.
    pub(super) fn value_to_the_end(&mut self) -> Value {
        let start = self.at;
        let value = self.expression(0);
        if self.is_sign(0, ';') || self.at >= self.tokens.len() {
            self.at += 1;
            return value;
        }
        let how = self.dynamic_here();
        self.at = start;
        self.skip_statement();
        if matches!(value, Value::Dynamic(_)) { value } else { how }
    }

    /// Literals joined by `.`.
    pub(super) fn expression(&mut self, nesting: usize) -> Value {
        let mut value = self.literal(nesting);
        while self.is_sign(0, '.') {
            self.at += 1;
            let right = self.literal(nesting);
            value = match (joinable(value), joinable(right)) {
                (Ok(mut left), Ok(right)) => {
                    left.extend(right);
                    Value::Text(left)
                }
                (Err(how), _) | (_, Err(how)) => Value::Dynamic(how),
            };
        }
        value
    }

    fn literal(&mut self, nesting: usize) -> Value {
        let negative = self.is_sign(0, '-');
        if negative || self.is_sign(0, '+') {
            self.at += 1;
        }
        let value = match self.word(0) {
            Some(Word::Int(number)) => Value::Int(if negative { number.saturating_neg() } else { *number }),
            Some(Word::Float(number)) => Value::Float(format!("{}{number}", if negative { "-" } else { "" })),
            _ if negative => self.dynamic_here(),
            Some(Word::Text(text)) => Value::Text(text.clone()),
            Some(Word::Name(name)) => match name.trim_start_matches('\\').to_ascii_lowercase().as_str() {
                "array" if self.is_sign(1, '(') => {
                    self.at += 2;
                    return self.array(')', nesting + 1);
                }
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                "new" if self.is_name(1, "stdClass") => {
                    self.at += if self.is_sign(2, '(') && self.is_sign(3, ')') { 4 } else { 2 };
                    return Value::Array(Entries::new());
                }
                _ => match self.parsed.constants.get(name).filter(|_| self.stands_alone()) {
                    Some(known) if !known.is_dynamic() => known.value.clone(),
                    _ => self.dynamic_here(),
                },
            },
            Some(Word::Variable(name)) => match self.parsed.variables.get(name) {
                Some(known) if self.stands_alone() && known.is_plain() => known.value.clone(),
                _ => self.dynamic_here(),
            },
            Some(Word::Sign('[')) => {
                self.at += 1;
                return self.array(']', nesting + 1);
            }
            _ => return self.dynamic_here(),
        };
        self.at += 1;
        value
    }

    /// Whether the word here is a whole operand: nothing is called, looked up in it or computed with it.
    fn stands_alone(&self) -> bool {
        matches!(self.word(1), Some(Word::Sign(';' | '.' | ',' | ')' | ']')) | None)
    }

    /// The elements of an array up to `close`.
    fn array(&mut self, close: char, nesting: usize) -> Value {
        if nesting > DEEPEST {
            return Value::Dynamic("arrays nested too deeply");
        }
        let mut elements = Entries::new();
        let mut next_index = 0i64;
        while self.at < self.tokens.len() {
            if self.is_sign(0, close) {
                self.at += 1;
                return Value::Array(elements);
            }
            let line = self.line();
            let first = self.element(close, nesting);
            let (key, value) = if self.word(0) == Some(&Word::Arrow) {
                self.at += 1;
                let value = self.element(close, nesting);
                (key_of(&first), value)
            } else {
                (Some(next_index.to_string()), first)
            };
            // An element with a computed key can't be asked for by its name anyway.
            if let Some(key) = key {
                if let Ok(index) = key.parse::<i64>() {
                    next_index = next_index.max(index.saturating_add(1));
                }
                elements.insert(key, Entry { line, value });
            }
            if self.is_sign(0, ',') {
                self.at += 1;
            }
        }
        Value::Dynamic("an array without an end")
    }

    /// One key or value inside an array; a dynamic one is skipped to its end.
    fn element(&mut self, close: char, nesting: usize) -> Value {
        let start = self.at;
        let value = self.expression(nesting);
        let ends = |parser: &Self| {
            parser.is_sign(0, ',') || parser.is_sign(0, close) || parser.word(0) == Some(&Word::Arrow)
        };
        if ends(self) && self.at > start {
            return value;
        }
        let how = if matches!(value, Value::Dynamic(_)) { value } else { self.dynamic_here() };
        let mut open = 0usize;
        while let Some(word) = self.word(0) {
            match word {
                _ if open == 0 && ends(self) => break,
                Word::Sign('(' | '[' | '{') => open += 1,
                Word::Sign(')' | ']' | '}') => match open.checked_sub(1) {
                    Some(less) => open = less,
                    None => break,
                },
                Word::Sign(';') if open == 0 => break,
                _ => {}
            }
            self.at += 1;
        }
        // Something must have been taken, or the array would never end.
        if self.at == start {
            self.at += 1;
        }
        how
    }

    /// What makes the value at this place dynamic.
    pub(super) fn dynamic_here(&self) -> Value {
        Value::Dynamic(match (self.word(0), self.word(1)) {
            (Some(Word::Name(_)), Some(Word::Sign('('))) => "a function call",
            (Some(Word::Name(_)), _) => "a constant",
            (Some(Word::Variable(_)), _) => "another variable",
            (Some(Word::Interpolated), _) => "a string with variables in it",
            _ => "an expression",
        })
    }

    /// Goes on behind the `;`, or to the next brace. Whatever is assigned on the way is not certain.
    pub(super) fn skip_statement(&mut self) {
        let mut open = 0usize;
        while let Some(word) = self.word(0) {
            match word {
                Word::Sign('(' | '[') => open += 1,
                Word::Sign(')' | ']') => open = open.saturating_sub(1),
                Word::Sign('{' | '}') => return,
                Word::Sign(';') if open == 0 => {
                    self.at += 1;
                    return;
                }
                Word::Variable(name) if self.is_sign(1, '=') && !self.is_sign(2, '=') => {
                    let entry = Entry {
                        line: self.line(),
                        value: Value::Dynamic("an assignment inside a condition"),
                    };
                    self.parsed.variables.insert(name.clone(), entry);
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Puts a value at a path, making the arrays on the way. Inside braces nothing is certain.
    fn set(&mut self, path: &[String], entry: Entry) {
        let line = entry.line;
        let entry = self.certain(entry);
        let Some((last, way)) = path.split_last() else {
            return;
        };
        let mut within = &mut self.parsed.variables;
        for name in way {
            let step =
                within.entry(name.clone()).or_insert(Entry { line, value: Value::Array(Entries::new()) });
            if let Value::Dynamic(_) = step.value {
                return;
            }
            if !matches!(step.value, Value::Array(_)) {
                step.value = Value::Array(Entries::new());
            }
            let Value::Array(elements) = &mut step.value else {
                return;
            };
            within = elements;
        }
        within.insert(last.clone(), entry);
    }

    /// The first definition of a constant counts.
    pub(super) fn set_constant(&mut self, name: String, entry: Entry) {
        let entry = self.certain(entry);
        self.parsed.constants.entry(name).or_insert(entry);
    }

    fn certain(&self, entry: Entry) -> Entry {
        if self.depth == 0 {
            entry
        } else {
            Entry { value: Value::Dynamic("an assignment inside a condition"), ..entry }
        }
    }
}

/// The bytes of a value that can be joined to a text.
fn joinable(value: Value) -> Result<Vec<u8>, &'static str> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Int(number) => Ok(number.to_string().into_bytes()),
        Value::Dynamic(how) => Err(how),
        Value::Null | Value::Bool(_) | Value::Float(_) | Value::Array(_) => Err("an expression"),
    }
}

/// The name that PHP gives to an element with this key.
fn key_of(value: &Value) -> Option<String> {
    match value {
        Value::Text(text) => Some(String::from_utf8_lossy(text).into_owned()),
        Value::Int(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(i64::from(*flag).to_string()),
        Value::Null => Some(String::new()),
        Value::Float(_) | Value::Array(_) | Value::Dynamic(_) => None,
    }
}
