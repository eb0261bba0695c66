//! Every third-party crate comes from the public registry under a licence that `deny.toml` allows.
//!
//! cargo-deny checks the same file and more; this check needs nothing installed.

use std::path::Path;

use anyhow::{Context, Result};
use cargo_metadata::{Metadata, Package};
use serde::Deserialize;
use spdx::{Expression, ParseMode};

use super::Violation;

/// What is read of `deny.toml`.
#[derive(Debug, Deserialize)]
struct Deny {
    licenses: Licences,
    bans: Bans,
}

#[derive(Debug, Deserialize)]
struct Licences {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// One crate may have other licences too.
#[derive(Debug, Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    #[serde(default)]
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

pub(super) fn check(metadata: &Metadata) -> Result<Vec<Violation>> {
    let deny = read(metadata.workspace_root.as_std_path())?;
    let theirs = metadata.packages.iter().filter(|package| !metadata.workspace_members.contains(&package.id));
    Ok(theirs.flat_map(|package| judge(package, &deny)).collect())
}

fn read(root: &Path) -> Result<Deny> {
    let path = root.join("deny.toml");
    let text = std::fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?;
    toml::from_str(&text).with_context(|| format!("{} is not what cargo-deny reads", path.display()))
}

fn judge(package: &Package, deny: &Deny) -> Vec<Violation> {
    let place = format!("{} {}", package.name, package.version);
    let mut found = Vec::new();
    if !package.source.as_ref().is_some_and(cargo_metadata::Source::is_crates_io) {
        found.push(Violation::new(
            &place,
            "comes from elsewhere than the public registry; a build must not depend on it",
        ));
    }
    if let Some(problem) = deny.problem(&package.name, package.license.as_deref()) {
        found.push(Violation::new(&place, problem));
    }
    if let Some(ban) = deny.bans.deny.iter().find(|ban| ban.name == package.name.as_str()) {
        found.push(Violation::new(&place, format!("is banned by deny.toml: {}", ban.reason)));
    }
    found
}

impl Deny {
    fn problem(&self, name: &str, licence: Option<&str>) -> Option<String> {
        let Some(licence) = licence else {
            return Some("states no licence; find another crate".to_owned());
        };
        // Old manifests write `MIT/Apache-2.0`, which the lax mode reads as OR.
        let expression = match Expression::parse_mode(licence, ParseMode::LAX) {
            Ok(expression) => expression,
            Err(error) => {
                return Some(format!("its licence {licence:?} is no SPDX expression: {}", error.reason));
            }
        };
        let allowed = expression.evaluate(|requirement| self.allows(name, &requirement.to_string()));
        (!allowed).then(|| {
            format!(
                "its licence {licence} is not satisfied by [licenses] allow of deny.toml; find another crate, or add \
                 the licence there with a reason if it is permissive"
            )
        })
    }

    /// Whether one licence, with its exception (`Apache-2.0 WITH LLVM-exception`), is allowed for this crate.
    fn allows(&self, name: &str, licence: &str) -> bool {
        let exceptions = self.licenses.exceptions.iter().filter(|exception| exception.name == name);
        self.licenses
            .allow
            .iter()
            .chain(exceptions.flat_map(|exception| &exception.allow))
            .any(|one| one == licence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deny() -> Deny {
        toml::from_str(
            r#"
            [licenses]
            allow = ["MIT", "Apache-2.0", "Unicode-3.0"]
            exceptions = [{ crate = "webdriver", allow = ["MPL-2.0"] }]
            [bans]
            "#,
        )
        .unwrap()
    }

    fn accepted(licence: &str) -> bool {
        deny().problem("some", Some(licence)).is_none()
    }

    #[test]
    fn one_side_of_an_or_is_enough_and_an_and_needs_both() {
        assert!(accepted("MIT OR GPL-3.0-only"));
        assert!(accepted("MIT/Apache-2.0"));
        assert!(accepted("(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(!accepted("MIT AND GPL-3.0-only"));
        assert!(!accepted("GPL-3.0-or-later"));
    }

    #[test]
    fn a_licence_with_an_exception_is_another_licence() {
        assert!(!accepted("Apache-2.0 WITH LLVM-exception"));
        assert!(accepted("Apache-2.0 WITH LLVM-exception OR MIT"));
    }

    #[test]
    fn no_licence_and_nonsense_are_refused() {
        assert!(deny().problem("some", None).is_some());
        assert!(!accepted("free for all"));
    }

    #[test]
    fn an_exception_holds_for_its_crate_only() {
        assert!(deny().problem("webdriver", Some("MPL-2.0")).is_none());
        assert!(!accepted("MPL-2.0"));
    }
}
