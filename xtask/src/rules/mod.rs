//! `cargo xtask rules`: what keeps this repository in shape and the compiler doesn't check.

mod dependencies;
mod layers;
mod length;
mod licences;
mod reasons;

use std::fmt;
use std::io::{Write, stdout};

use anyhow::Result;

use crate::workspace;

/// A rule that is broken somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Violation {
    /// The crate or the file, with its line.
    place: String,
    /// What is wrong, why the rule exists, what to do.
    message: String,
}

impl Violation {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// Checks all rules; the exit code is 1 if one is broken.
pub(crate) fn run() -> Result<u8> {
    let metadata = workspace::metadata()?;
    let root = metadata.workspace_root.as_std_path();
    let checks = [
        ("direction of dependencies", dependencies::check(&metadata)),
        ("a reason beside every dependency", reasons::check(root)?),
        ("licences and sources", licences::check(&metadata)?),
        ("length of source files", length::check(root)?),
    ];
    let mut out = stdout().lock();
    let mut code = 0;
    for (rule, violations) in checks {
        writeln!(out, "{} {rule}", if violations.is_empty() { "ok    " } else { "BROKEN" })?;
        for violation in violations {
            code = 1;
            writeln!(out, "       {violation}")?;
        }
    }
    Ok(code)
}
