//! The tutorial shows this example: every piece of code in it must stand in the file that it names.

#![expect(clippy::expect_used, reason = "a tutorial that can not be read is a failed test")]

use std::path::Path;

const TUTORIAL: &str = include_str!("../../../docs/write-an-authenticator.md");

/// The file named above a block (`<!-- file: … -->`), and the block.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let mut blocks = Vec::new();
    let mut rest = TUTORIAL;
    while let Some((_, after)) = rest.split_once("<!-- file: ") {
        let (file, after) = after.split_once(" -->").expect("the comment ends");
        let (_, after) = after.split_once("```").expect("a block follows");
        let (_language, after) = after.split_once('\n').expect("the block has lines");
        let (code, after) = after.split_once("\n```").expect("the block ends");
        blocks.push((file, code));
        rest = after;
    }
    blocks
}

#[test]
fn the_tutorial_shows_what_is_compiled() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let blocks = blocks();
    assert!(blocks.len() >= 8, "only {} blocks name their file", blocks.len());
    for (file, code) in blocks {
        let text = std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(
            text.contains(code),
            "docs/write-an-authenticator.md shows code that is not in {file}:\n{code}"
        );
    }
}

#[test]
fn every_rust_block_of_the_tutorial_names_its_file() {
    let rust = TUTORIAL.matches("\n```rust\n").count();
    let named = TUTORIAL.matches(" -->\n```rust\n").count();
    assert_eq!(rust, named, "{} Rust blocks could drift from the example", rust - named);
}

#[test]
fn the_sample_configuration_names_the_adapter() {
    let config: toml::Table = include_str!("../portico.toml").parse().unwrap();
    assert_eq!(config["authenticator"]["club"]["kind"].as_str(), Some("club"));
}
