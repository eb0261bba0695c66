//! From a formula's text to its tree: recursive descent over the bytes.

use super::expr::{Expr, Rounds, Transform, Var};
use crate::digest::HashFn;
use crate::{Scheme, limits};

/// How deep calls may stand inside each other.
const DEPTH: usize = 16;

/// For which rows a formula is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Condition {
    Always,
    Salted,
    Unsalted,
}

/// Parses a whole formula.
pub(crate) fn parse(text: &str) -> Result<(Expr, Condition), String> {
    let (body, condition) = split_condition(text);
    let mut parser = Parser { text: body.as_bytes(), at: 0, depth: 0 };
    let expr = parser.concat()?;
    match parser.peek() {
        None => Ok((expr, condition)),
        Some(byte) => Err(parser.error(&format!("unexpected `{}`", char::from(byte)))),
    }
}

fn split_condition(text: &str) -> (&str, Condition) {
    if let Some(body) = text.trim_end().strip_suffix(" if no salt") {
        (body, Condition::Unsalted)
    } else if let Some(body) = text.trim_end().strip_suffix(" if salt") {
        (body, Condition::Salted)
    } else {
        (text, Condition::Always)
    }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn error(&self, what: &str) -> String {
        format!("{what} at character {}", self.at + 1)
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Option<u8> {
        while self.text.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        self.text.get(self.at).copied()
    }

    fn take(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, wanted: u8) -> Result<(), String> {
        if self.take(wanted) {
            Ok(())
        } else {
            Err(self.error(&format!("expected `{}`", char::from(wanted))))
        }
    }

    /// `term . term . …`
    fn concat(&mut self) -> Result<Expr, String> {
        let mut parts = vec![self.term()?];
        while self.take(b'.') {
            parts.push(self.term()?);
        }
        Ok(if parts.len() == 1 { parts.remove(0) } else { Expr::Concat(parts) })
    }

    /// A text, a variable or a call, perhaps with bytes taken out of it.
    fn term(&mut self) -> Result<Expr, String> {
        if self.depth == DEPTH {
            return Err(self.error("calls are nested too deep"));
        }
        self.depth += 1;
        let mut expr = if self.peek() == Some(b'"') { self.literal()? } else { self.named()? };
        if self.take(b'[') {
            let from = self.number()?;
            self.expect(b'.')?;
            self.expect(b'.')?;
            let to = if self.peek() == Some(b']') { None } else { Some(self.number()?) };
            self.expect(b']')?;
            expr = Expr::Slice(Box::new(expr), from as usize, to.map(|to| to as usize));
        }
        self.depth -= 1;
        Ok(expr)
    }

    fn literal(&mut self) -> Result<Expr, String> {
        self.at += 1;
        let mut text = Vec::new();
        loop {
            let byte = *self.text.get(self.at).ok_or_else(|| self.error("the text has no closing `\"`"))?;
            self.at += 1;
            match byte {
                b'"' => break,
                b'\\' => {
                    let escaped = self.text.get(self.at).copied();
                    self.at += 1;
                    text.push(match escaped {
                        Some(b'n') => b'\n',
                        Some(b't') => b'\t',
                        Some(byte @ (b'\\' | b'"')) => byte,
                        _ => return Err(self.error("unknown escape in a text")),
                    });
                }
                byte => text.push(byte),
            }
        }
        // An empty text on the outermost level would match anywhere.
        if text.is_empty() { Err(self.error("the text is empty")) } else { Ok(Expr::Literal(text)) }
    }

    fn word(&mut self) -> Result<&'a str, String> {
        self.peek();
        let start = self.at;
        while self.text.get(self.at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'-') {
            self.at += 1;
        }
        let text: &'a [u8] = self.text;
        match std::str::from_utf8(&text[start..self.at]) {
            Ok(word) if !word.is_empty() => Ok(word),
            _ => Err(self.error("expected a name")),
        }
    }

    fn number(&mut self) -> Result<u32, String> {
        let number = self.word()?.parse().ok().filter(|number| *number <= limits::PBKDF2_ROUNDS);
        number.ok_or_else(|| self.error(&format!("expected a number up to {}", limits::PBKDF2_ROUNDS)))
    }

    fn named(&mut self) -> Result<Expr, String> {
        let name = self.word()?.to_owned();
        if !self.take(b'(') {
            return self.variable(&name);
        }
        let expr = self.call(&name)?;
        self.expect(b')')?;
        Ok(expr)
    }

    fn variable(&self, name: &str) -> Result<Expr, String> {
        let var = match name {
            "p" => Var::Password,
            "u" => Var::Login,
            "K" => Var::SiteKey,
            "id" => Var::Id,
            "email" => Var::Email,
            "salt" => Var::Salt(None),
            _ => {
                if let Some(length) = name.strip_prefix("salt").and_then(|digits| digits.parse().ok()) {
                    return Ok(Expr::Var(Var::Salt(Some(length))));
                }
                // A scheme without an argument is of the password itself.
                let schemes =
                    Scheme::list(name).map_err(|_| self.error(&format!("unknown name `{name}`")))?;
                return Ok(Expr::Check(schemes, Box::new(Expr::Var(Var::Password))));
            }
        };
        Ok(Expr::Var(var))
    }

    /// The arguments of a call, after its `(`.
    fn call(&mut self, name: &str) -> Result<Expr, String> {
        if let Some(hash) = HashFn::named(name) {
            return Ok(Expr::Hash(hash, self.boxed()?));
        }
        if let Some(hash) = name.strip_prefix("hmac-").and_then(HashFn::named) {
            let key = self.boxed()?;
            self.expect(b',')?;
            return Ok(Expr::Hmac(hash, key, self.boxed()?));
        }
        let transform = match name {
            "raw" => {
                let inner = self.concat()?;
                if !inner.is_digest() {
                    return Err(self.error("`raw` takes a digest"));
                }
                return Ok(Expr::Raw(Box::new(inner)));
            }
            "pbkdf2" => return self.pbkdf2(),
            "stretch" => return self.stretch(),
            "lower" => Transform::Lower,
            "upper" => Transform::Upper,
            "trim" => Transform::Trim,
            "slashed" => Transform::Slashed,
            "escaped" => Transform::Escaped,
            "base64" => Transform::Base64,
            "unbase64" => Transform::Unbase64,
            "first-half" => Transform::FirstHalf,
            "second-half" => Transform::SecondHalf,
            "mysql" => Transform::Mysql,
            "bytewise-sha1" => Transform::BytewiseSha1,
            _ => {
                let schemes =
                    Scheme::list(name).map_err(|_| self.error(&format!("unknown function `{name}`")))?;
                return Ok(Expr::Check(schemes, self.boxed()?));
            }
        };
        Ok(Expr::Transform(transform, self.boxed()?))
    }

    fn boxed(&mut self) -> Result<Box<Expr>, String> {
        self.concat().map(Box::new)
    }

    fn hash(&mut self) -> Result<HashFn, String> {
        let hash = HashFn::named(self.word()?);
        let hash = hash.ok_or_else(|| self.error("expected the name of a hash function"))?;
        self.expect(b',')?;
        Ok(hash)
    }

    fn rounds(&mut self) -> Result<Rounds, String> {
        let start = self.at;
        if self.word()? == "rounds" {
            return Ok(Rounds::Column);
        }
        self.at = start;
        self.number().map(Rounds::Fixed)
    }

    /// `hash, password, salt, rounds, bytes`
    fn pbkdf2(&mut self) -> Result<Expr, String> {
        let hash = self.hash()?;
        let password = self.boxed()?;
        self.expect(b',')?;
        let salt = self.boxed()?;
        self.expect(b',')?;
        let rounds = self.rounds()?;
        self.expect(b',')?;
        let bytes = self.number()? as usize;
        if !(1..=limits::PBKDF2_BYTES).contains(&bytes) {
            return Err(self.error(&format!("the length must be 1 to {}", limits::PBKDF2_BYTES)));
        }
        Ok(Expr::Pbkdf2 { hash, password, salt, rounds, bytes })
    }

    /// `hash, text, salt, rounds`
    fn stretch(&mut self) -> Result<Expr, String> {
        let hash = self.hash()?;
        let text = self.boxed()?;
        self.expect(b',')?;
        let salt = self.boxed()?;
        self.expect(b',')?;
        Ok(Expr::Stretch { hash, text, salt, rounds: self.rounds()? })
    }
}
