//! Puts the recipes into the library: a table of their names and texts.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let variable = |name: &str| env::var(name).map_err(io::Error::other);
    let folder = Path::new(&variable("CARGO_MANIFEST_DIR")?).join("recipes");
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
    files.sort();
    let mut table = String::from("&[\n");
    for path in files {
        let id = path.file_stem().unwrap_or_default().to_string_lossy();
        let _ = writeln!(table, "({:?}, include_str!({:?})),", id, path.display().to_string());
    }
    table.push_str("]\n");
    fs::write(Path::new(&variable("OUT_DIR")?).join("recipes.rs"), table)
}
