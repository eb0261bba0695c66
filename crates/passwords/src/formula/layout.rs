//! How a stored value is made of literals, a salt and the digest.

use super::Formula;
use super::eval::Inputs;
use super::expr::{Expr, Var};
use super::parser::Condition;
use crate::error::Reject;
use crate::{ParseError, Scheme, StoredHash, Subject, compare};

/// One part of a stored value, from left to right.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Piece {
    Literal(Vec<u8>),
    /// A salt, of this many bytes or up to the next literal.
    Salt(Option<usize>),
    /// The digest of a formula: its length in text, and whether the case of letters is free.
    Digest {
        expr: Expr,
        length: usize,
        any_case: bool,
    },
    /// The rest is a self-describing value.
    Check {
        schemes: Vec<Scheme>,
        expr: Expr,
    },
}

/// The parts of a stored value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Layout {
    pieces: Vec<Piece>,
    condition: Condition,
}

impl Layout {
    /// Splits the outermost concatenation of a formula into parts.
    pub(crate) fn new(expr: Expr, condition: Condition) -> Result<Self, String> {
        let parts = match expr {
            Expr::Concat(parts) => parts,
            other => vec![other],
        };
        let mut pieces = Vec::with_capacity(parts.len());
        for part in parts {
            pieces.push(Piece::new(part)?);
        }
        let count = |wanted: fn(&Piece) -> bool| pieces.iter().filter(|piece| wanted(piece)).count();
        if count(|piece| matches!(piece, Piece::Digest { .. } | Piece::Check { .. })) != 1 {
            return Err("the outermost level needs exactly one digest or scheme".to_owned());
        }
        if count(|piece| matches!(piece, Piece::Salt(_))) > 1 {
            return Err("there is more than one salt on the outermost level".to_owned());
        }
        let check = pieces.iter().position(|piece| matches!(piece, Piece::Check { .. }));
        if check.is_some_and(|at| at + 1 != pieces.len()) {
            return Err("a scheme on the outermost level must stand last".to_owned());
        }
        for pair in pieces.windows(2) {
            if matches!(pair, [Piece::Salt(None), next] if !matches!(next, Piece::Literal(_))) {
                return Err(
                    "a salt without a length on the outermost level must stand before a text or last".into(),
                );
            }
        }
        Ok(Self { pieces, condition })
    }

    /// Whether a salt stands in the stored value.
    pub(crate) fn has_salt(&self) -> bool {
        self.pieces.iter().any(|piece| matches!(piece, Piece::Salt(_)))
    }

    /// Whether it applies only to rows with, or only to rows without, a salt.
    pub(crate) fn depends_on_the_salt_column(&self) -> bool {
        self.condition != Condition::Always
    }

    /// What is computed.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expr> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Digest { expr, .. } | Piece::Check { expr, .. } => Some(expr),
            Piece::Literal(_) | Piece::Salt(_) => None,
        })
    }

    /// Takes a stored value apart.
    pub(crate) fn read(&self, stored: &str) -> Result<FormulaHash, Reject> {
        let mut rest = stored;
        let mut salt = None;
        let mut check = None;
        for (at, piece) in self.pieces.iter().enumerate() {
            let next = self.pieces.get(at + 1);
            match piece {
                Piece::Literal(text) => rest = strip(rest, text).ok_or(Reject::Other)?,
                Piece::Salt(length) => {
                    let last = at + 2 == self.pieces.len();
                    let end = salt_end(rest, *length, next, last).ok_or(Reject::Other)?;
                    let (taken, left) = rest.split_at_checked(end).ok_or(Reject::Other)?;
                    salt = Some(taken.to_owned());
                    rest = left;
                }
                Piece::Digest { expr, length, any_case } => {
                    let (taken, left) = rest.split_at_checked(*length).ok_or(Reject::Other)?;
                    check = Some(Check::digest(expr, taken, *any_case)?);
                    rest = left;
                }
                Piece::Check { schemes, expr } => {
                    let hash = crate::recognise(rest, schemes).map_err(|error| match error {
                        ParseError::TooCostly { what, .. } => Reject::TooCostly(what),
                        ParseError::Malformed { what, .. } => Reject::Malformed(what),
                        _ => Reject::Other,
                    })?;
                    check = Some(Check::Scheme { expr: expr.clone(), hash: Box::new(hash) });
                    rest = "";
                }
            }
        }
        match check {
            Some(check) if rest.is_empty() => Ok(FormulaHash { check, salt, condition: self.condition }),
            _ => Err(Reject::Other),
        }
    }

    /// The stored text of a password.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) fn made(&self, password: &[u8], subject: &Subject<'_>) -> Option<String> {
        let salt_of =
            |length: Option<usize>| "0123456789abcdef".chars().cycle().take(length.unwrap_or(16)).collect();
        let salt: Option<String> = self.pieces.iter().find_map(|piece| match piece {
            Piece::Salt(length) => Some(salt_of(*length)),
            _ => None,
        });
        let inputs = Inputs { password, subject, inline_salt: salt.as_deref() };
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(std::str::from_utf8(literal).ok()?),
                Piece::Salt(_) => text.push_str(salt.as_deref()?),
                Piece::Digest { expr, .. } => text.push_str(std::str::from_utf8(&expr.eval(&inputs)?).ok()?),
                Piece::Check { schemes, expr } => {
                    let inner = expr.eval(&inputs)?;
                    let made =
                        schemes.iter().find_map(|scheme| crate::testing::stored(scheme, &inner, subject));
                    text.push_str(&made?);
                }
            }
        }
        Some(text)
    }

    /// The stored text of a digest of this length, for decoys.
    pub(crate) fn fill(
        &self,
        digit: impl Fn(usize) -> String,
        scheme: impl Fn(&Scheme) -> Option<String>,
    ) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Literal(literal) => text.push_str(std::str::from_utf8(literal).ok()?),
                Piece::Salt(length) => text.push_str(&digit(length.unwrap_or(16))),
                Piece::Digest { length, .. } => text.push_str(&digit(*length)),
                Piece::Check { schemes, .. } => text.push_str(&scheme(schemes.first()?)?),
            }
        }
        Some(text)
    }
}

impl Piece {
    fn new(part: Expr) -> Result<Self, String> {
        match part {
            Expr::Literal(text) => Ok(Self::Literal(text)),
            Expr::Var(Var::Salt(length)) => Ok(Self::Salt(length)),
            Expr::Check(schemes, expr) => {
                if expr.has_check() {
                    return Err("a scheme can't stand inside another".to_owned());
                }
                Ok(Self::Check { schemes, expr: *expr })
            }
            expr => {
                if expr.has_check() {
                    return Err("a scheme can only stand on the outermost level".to_owned());
                }
                let form = expr.stored_form().filter(|(length, _)| *length > 0);
                let (length, any_case) =
                    form.ok_or("the outermost level can only hold texts, a salt, digests and schemes")?;
                Ok(Self::Digest { expr, length, any_case })
            }
        }
    }
}

/// Where a salt at the start of `rest` ends.
fn salt_end(rest: &str, length: Option<usize>, next: Option<&Piece>, next_is_last: bool) -> Option<usize> {
    match (length, next) {
        (Some(length), _) => Some(length),
        (None, Some(Piece::Literal(text))) => {
            let text = std::str::from_utf8(text).ok()?;
            if next_is_last { rest.strip_suffix(text).map(str::len) } else { rest.find(text) }
        }
        (None, _) => Some(rest.len()),
    }
}

fn strip<'a>(rest: &'a str, text: &[u8]) -> Option<&'a str> {
    rest.strip_prefix(std::str::from_utf8(text).ok()?)
}

/// What a password is checked against.
#[derive(Clone)]
enum Check {
    Digest { expr: Expr, text: String, any_case: bool },
    Scheme { expr: Expr, hash: Box<StoredHash> },
}

impl Check {
    fn digest(expr: &Expr, text: &str, any_case: bool) -> Result<Self, Reject> {
        let fits = |byte: u8| match any_case {
            true => byte.is_ascii_hexdigit() || byte == b'*',
            false => byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='),
        };
        if !text.bytes().all(fits) {
            return Err(Reject::Other);
        }
        let text = if any_case { text.to_ascii_lowercase() } else { text.to_owned() };
        Ok(Self::Digest { expr: expr.clone(), text, any_case })
    }
}

/// A stored value that a formula took apart.
#[derive(Clone)]
pub(crate) struct FormulaHash {
    check: Check,
    salt: Option<String>,
    condition: Condition,
}

impl FormulaHash {
    /// Parses a value of this formula.
    pub(crate) fn parse(formula: &Formula, stored: &str) -> Result<Self, Reject> {
        formula.layout().read(stored)
    }

    /// Whether the password gives this value; no when the row lacks a field that the formula needs.
    pub(crate) fn verify(&self, password: &[u8], subject: &Subject<'_>) -> bool {
        let salted = subject.salt.is_some_and(|salt| !salt.is_empty());
        let applies = match self.condition {
            Condition::Always => true,
            Condition::Salted => salted,
            Condition::Unsalted => !salted,
        };
        if !applies {
            return false;
        }
        let inputs = Inputs { password, subject, inline_salt: self.salt.as_deref() };
        match &self.check {
            Check::Digest { expr, text, any_case } => expr.eval(&inputs).is_some_and(|mut computed| {
                if *any_case {
                    computed.make_ascii_lowercase();
                }
                compare::equal(&computed, text.as_bytes())
            }),
            Check::Scheme { expr, hash } => {
                expr.eval(&inputs).is_some_and(|computed| hash.verify(&computed, subject))
            }
        }
    }
}
