//! The syntax tree of a formula.

use crate::Scheme;
use crate::digest::HashFn;

/// A value a formula mixes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Var {
    Password,
    Login,
    /// The salt; with a length only where it stands in the stored value.
    Salt(Option<usize>),
    SiteKey,
    Id,
    Email,
}

/// A change of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Transform {
    Lower,
    Upper,
    Trim,
    Slashed,
    Escaped,
    Base64,
    Unbase64,
    FirstHalf,
    SecondHalf,
    Mysql,
    BytewiseSha1,
}

/// A number of rounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Rounds {
    Fixed(u32),
    /// The row's.
    Column,
}

/// A formula without its layout.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Expr {
    Var(Var),
    Literal(Vec<u8>),
    Concat(Vec<Expr>),
    Slice(Box<Expr>, usize, Option<usize>),
    Hash(HashFn, Box<Expr>),
    Hmac(HashFn, Box<Expr>, Box<Expr>),
    Pbkdf2 {
        hash: HashFn,
        password: Box<Expr>,
        salt: Box<Expr>,
        rounds: Rounds,
        bytes: usize,
    },
    Stretch {
        hash: HashFn,
        text: Box<Expr>,
        salt: Box<Expr>,
        rounds: Rounds,
    },
    /// The bytes of a digest instead of its text.
    Raw(Box<Expr>),
    Transform(Transform, Box<Expr>),
    /// A self-describing value of one of these schemes, made of the text.
    Check(Vec<Scheme>, Box<Expr>),
}

impl Expr {
    /// Whether this is a digest, which `raw` may be put around.
    pub(crate) fn is_digest(&self) -> bool {
        matches!(self, Self::Hash(..) | Self::Hmac(..) | Self::Pbkdf2 { .. } | Self::Stretch { .. })
    }

    /// Bytes of a digest, before it becomes text.
    pub(crate) fn digest_bytes(&self) -> Option<usize> {
        match self {
            Self::Hash(hash, _) | Self::Hmac(hash, ..) | Self::Stretch { hash, .. } => Some(hash.bytes()),
            Self::Pbkdf2 { bytes, .. } => Some(*bytes),
            _ => None,
        }
    }

    /// The text form a stored value has of this: length and whether the case of letters is free.
    pub(crate) fn stored_form(&self) -> Option<(usize, bool)> {
        match self {
            Self::Transform(Transform::Base64, inner) => match &**inner {
                Self::Raw(digest) => Some((digest.digest_bytes()?.div_ceil(3) * 4, false)),
                other => Some((other.stored_form()?.0.div_ceil(3) * 4, false)),
            },
            Self::Transform(Transform::Upper | Transform::Lower, inner) => inner.stored_form(),
            Self::Transform(Transform::Mysql, _) => Some((41, true)),
            Self::Transform(Transform::BytewiseSha1, _) => Some((40, true)),
            Self::Slice(inner, from, to) => {
                let (length, any_case) = inner.stored_form()?;
                let end = to.unwrap_or(length).min(length);
                Some((end.checked_sub(*from)?, any_case))
            }
            digest => Some((digest.digest_bytes()? * 2, true)),
        }
    }

    /// Whether a self-describing value is somewhere inside.
    pub(crate) fn has_check(&self) -> bool {
        matches!(self, Self::Check(..)) || self.parts().into_iter().any(Self::has_check)
    }

    /// Shows every value that is mixed in.
    pub(crate) fn visit(&self, see: &mut impl FnMut(Var)) {
        match self {
            Self::Var(var) => see(*var),
            other => other.parts().into_iter().for_each(|part| part.visit(see)),
        }
    }

    /// Whether the number of rounds is the row's.
    pub(crate) fn takes_rounds_of_the_row(&self) -> bool {
        let here = matches!(
            self,
            Self::Pbkdf2 { rounds: Rounds::Column, .. } | Self::Stretch { rounds: Rounds::Column, .. }
        );
        here || self.parts().into_iter().any(Self::takes_rounds_of_the_row)
    }

    fn parts(&self) -> Vec<&Self> {
        match self {
            Self::Var(_) | Self::Literal(_) => Vec::new(),
            Self::Concat(parts) => parts.iter().collect(),
            Self::Slice(inner, ..)
            | Self::Hash(_, inner)
            | Self::Raw(inner)
            | Self::Transform(_, inner)
            | Self::Check(_, inner) => vec![inner],
            Self::Hmac(_, left, right)
            | Self::Pbkdf2 { password: left, salt: right, .. }
            | Self::Stretch { text: left, salt: right, .. } => vec![left, right],
        }
    }
}
