//! `cargo xtask gen`: what is made from the code and kept in the repository.

use std::io::{Write, stdout};

use anyhow::{Context, Result, bail};

use crate::workspace::Workspace;

/// A file and the Cargo command whose output it is. The binary makes them, so that this crate stays light.
const PAGES: [(&str, &[&str]); 2] = [
    ("docs/applications.md", &["run", "--quiet", "-p", "portico-server", "--", "apps", "--markdown"]),
    ("docs/options.md", &["run", "--quiet", "-p", "portico-server", "--", "options", "list", "--markdown"]),
];

/// The test that writes the schema of recipes when it is told to, and otherwise compares it.
const SCHEMA: &[&str] =
    &["test", "--quiet", "-p", "portico-auth-sql", "--all-features", "--test", "recipe_schema"];

/// The test that writes the tables of permissions when it is told to, and otherwise compares them.
const POLICY: &[&str] = &["test", "--quiet", "-p", "portico-core", "--test", "it", "policy_page"];

/// Makes all of them anew.
pub(crate) fn run() -> Result<u8> {
    let workspace = Workspace::find()?;
    let mut out = stdout().lock();
    for (page, command) in PAGES {
        let output = workspace.cargo().args(command).output().context("cargo can't be run")?;
        if !output.status.success() {
            bail!("{page}: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let path = workspace.root.join(page);
        let changed = std::fs::read(&path).map_or(true, |old| old != output.stdout);
        if changed {
            std::fs::write(&path, &output.stdout)
                .with_context(|| format!("can't write {}", path.display()))?;
        }
        writeln!(out, "{} {page}", if changed { "written  " } else { "unchanged" })?;
    }
    for (page, test) in [("docs/recipe.schema.json", SCHEMA), ("docs/policy.md", POLICY)] {
        let status =
            workspace.cargo().args(test).env("PORTICO_UPDATE", "1").status().context("cargo can't be run")?;
        if !status.success() {
            bail!("{page} could not be made");
        }
        writeln!(out, "made      {page}")?;
    }
    Ok(0)
}
