//! Computing an expression for a password and a row.

use zeroize::Zeroizing;

use super::expr::{Expr, Rounds, Var};
use super::transform;
use crate::family::hexdigest;
use crate::{Subject, limits};

/// The longest text an expression may grow to: escaping and doubling can't run away.
const TEXT_BYTES: usize = 64 * 1024;

/// What an expression is computed from.
pub(crate) struct Inputs<'a> {
    pub(crate) password: &'a [u8],
    pub(crate) subject: &'a Subject<'a>,
    /// The salt that stood in the stored value; goes before the row's.
    pub(crate) inline_salt: Option<&'a str>,
}

type Bytes = Zeroizing<Vec<u8>>;

impl Expr {
    /// The bytes of this expression; `None` when the row lacks a field it needs.
    pub(crate) fn eval(&self, inputs: &Inputs<'_>) -> Option<Bytes> {
        if let Some(digest) = self.digest(inputs) {
            return Some(Zeroizing::new(hexdigest::encode(&digest).into_bytes()));
        }
        let bytes = match self {
            Self::Var(var) => Zeroizing::new(inputs.var(*var)?.to_vec()),
            Self::Literal(text) => Zeroizing::new(text.clone()),
            Self::Concat(parts) => {
                let mut joined = Zeroizing::new(Vec::new());
                for part in parts {
                    joined.extend_from_slice(&part.eval(inputs)?);
                }
                joined
            }
            Self::Slice(inner, from, to) => {
                let bytes = inner.eval(inputs)?;
                let end = to.unwrap_or(bytes.len()).min(bytes.len());
                Zeroizing::new(bytes.get((*from).min(end)..end)?.to_vec())
            }
            Self::Raw(digest) => digest.digest(inputs)?,
            Self::Transform(transform, inner) => transform::apply(*transform, &inner.eval(inputs)?)?,
            Self::Hash(..)
            | Self::Hmac(..)
            | Self::Pbkdf2 { .. }
            | Self::Stretch { .. }
            | Self::Check(..) => {
                return None;
            }
        };
        (bytes.len() <= TEXT_BYTES).then_some(bytes)
    }

    /// The raw bytes, when this is a digest.
    fn digest(&self, inputs: &Inputs<'_>) -> Option<Bytes> {
        match self {
            Self::Hash(hash, inner) => Some(hash.digest(&[&inner.eval(inputs)?])),
            Self::Hmac(hash, key, message) => hash.hmac(&key.eval(inputs)?, &message.eval(inputs)?),
            Self::Pbkdf2 { hash, password, salt, rounds, bytes } => {
                let rounds = inputs.rounds(*rounds).filter(|rounds| *rounds <= limits::PBKDF2_ROUNDS)?;
                Some(hash.pbkdf2(&password.eval(inputs)?, &salt.eval(inputs)?, rounds, *bytes))
            }
            Self::Stretch { hash, text, salt, rounds } => {
                let salt = salt.eval(inputs)?;
                let rounds = inputs.rounds(*rounds)?;
                if !limits::affordable(rounds, salt.len()) {
                    return None;
                }
                let mut state = text.eval(inputs)?;
                for _ in 1..rounds {
                    let digest = hash.digest(&[&state, &salt]);
                    state = Zeroizing::new(hexdigest::encode(&digest).into_bytes());
                }
                Some(hash.digest(&[&state, &salt]))
            }
            _ => None,
        }
    }
}

impl<'a> Inputs<'a> {
    fn var(&self, var: Var) -> Option<&'a [u8]> {
        Some(match var {
            Var::Password => self.password,
            Var::Login => self.subject.login.as_bytes(),
            Var::Salt(_) => self.inline_salt.or(self.subject.salt)?.as_bytes(),
            Var::SiteKey => self.subject.site_key?.as_bytes(),
            Var::Id => self.subject.id?.as_bytes(),
            Var::Email => self.subject.email?.as_bytes(),
        })
    }

    fn rounds(&self, rounds: Rounds) -> Option<u32> {
        let rounds = match rounds {
            Rounds::Fixed(rounds) => rounds,
            Rounds::Column => self.subject.rounds?,
        };
        (rounds > 0).then_some(rounds)
    }
}
