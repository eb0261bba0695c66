//! Code for what can't be said as data, by name: `hook = "xenforo"`.

mod nodebb;
mod xenforo;

use std::fmt;

use zeroize::Zeroizing;

use crate::{Dialect, TablePrefix};

/// What a password column holds, taken apart.
#[derive(Clone)]
pub(crate) struct Unpacked {
    /// The stored value for the schemes.
    pub(crate) password: Zeroizing<String>,
    /// The salt, if it stood beside it.
    pub(crate) salt: Option<Zeroizing<String>>,
}

/// Shows nothing.
impl fmt::Debug for Unpacked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacked").finish_non_exhaustive()
    }
}

/// A hook.
pub(crate) trait Hook: fmt::Debug + Send + Sync {
    /// The word in the recipe.
    fn name(&self) -> &'static str;

    /// Takes the password column's text apart; the error is a sentence without values.
    fn unpack(&self, stored: &str) -> Result<Unpacked, String> {
        Ok(Unpacked { password: Zeroizing::new(stored.to_owned()), salt: None })
    }

    /// What stands in place of the person's table.
    fn source(&self) -> Option<&'static dyn Source> {
        None
    }
}

/// People that are in no table of their own.
pub(crate) trait Source: Send + Sync {
    /// A `SELECT` in parentheses whose columns are those of the person's table in the recipe.
    fn select(&self, dialect: Dialect, prefix: &TablePrefix) -> String;

    /// The tables and columns that it reads.
    fn reads(&self) -> &'static [(&'static str, &'static [&'static str])];

    /// Its columns that are numbers.
    fn integers(&self) -> &'static [&'static str];
}

const HOOKS: [&dyn Hook; 2] = [&nodebb::Nodebb, &xenforo::Xenforo];

/// The hook of this name.
pub(crate) fn find(name: &str) -> Option<&'static dyn Hook> {
    HOOKS.into_iter().find(|hook| hook.name() == name)
}

/// All names.
pub(crate) fn names() -> Vec<&'static str> {
    HOOKS.map(Hook::name).to_vec()
}
