//! The test files of the browser client. Named one by one: what `node --test FOLDER` means changed between versions.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// All `*.test.js` and `*.test.mjs` below `folder`, sorted.
///
/// # Errors
/// There is none: then something was moved, and nothing would be tested.
pub(super) fn test_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    visit(folder, &mut files)?;
    if files.is_empty() {
        bail!("no *.test.js or *.test.mjs in {}", folder.display());
    }
    files.sort();
    Ok(files)
}

fn visit(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.is_dir() {
            if name != "node_modules" {
                visit(&path, files)?;
            }
        } else if name.ends_with(".test.js") || name.ends_with(".test.mjs") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_files_are_found_in_subfolders_and_their_helpers_are_not() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("api")).unwrap();
        for name in ["text.test.js", "fake-dom.js", "api/cursor.test.mjs"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let found = test_files(folder.path()).unwrap();
        assert_eq!(found, ["api/cursor.test.mjs", "text.test.js"].map(|name| folder.path().join(name)));
    }

    #[test]
    fn a_folder_without_tests_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        assert!(test_files(folder.path()).is_err());
        assert!(test_files(&folder.path().join("gone")).is_err());
    }
}
