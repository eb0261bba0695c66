//! The recipes there are: those of this build, and an administrator's own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use super::mistake::RecipeError;
use super::model::Recipe;

/// The recipes of this build, by id.
const BUNDLED: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/recipes.rs"));

/// Recipes by id. Those of this build are read one at a time, when they are asked for.
#[derive(Debug)]
pub struct Catalogue {
    entries: BTreeMap<String, Entry>,
}

#[derive(Debug)]
enum Entry {
    Bundled { id: &'static str, text: &'static str, recipe: OnceLock<Option<Box<Recipe>>> },
    Own(Box<Recipe>),
}

impl Entry {
    fn recipe(&self) -> Option<&Recipe> {
        match self {
            Self::Own(recipe) => Some(recipe),
            Self::Bundled { id, text, recipe } => {
                let read = || match Recipe::parse(&format!("{id}.toml"), text) {
                    Ok(recipe) => Some(Box::new(recipe)),
                    Err(error) => {
                        tracing::error!(%error, "a recipe of this build can't be used");
                        None
                    }
                };
                recipe.get_or_init(read).as_deref()
            }
        }
    }
}

impl Catalogue {
    /// The recipes of this build.
    pub fn bundled() -> Self {
        let entry = |&(id, text): &(&'static str, &'static str)| {
            (id.to_owned(), Entry::Bundled { id, text, recipe: OnceLock::new() })
        };
        Self { entries: BUNDLED.iter().map(entry).collect() }
    }

    /// The same with the recipes (`*.toml`) in a folder, which go before those of this build with the same id.
    ///
    /// # Errors
    /// [`RecipeError`]: the folder can't be read, or every mistake of the first recipe with any.
    pub fn with_folder(folder: &Path) -> Result<Self, RecipeError> {
        let mut catalogue = Self::bundled();
        let unreadable = |error: std::io::Error| RecipeError::unreadable(folder, &error);
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            paths.push(entry.map_err(unreadable)?.path());
        }
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
        for path in paths {
            let recipe = Recipe::read(&path)?;
            catalogue.entries.insert(recipe.id.clone(), Entry::Own(Box::new(recipe)));
        }
        Ok(catalogue)
    }

    /// The recipe with this id.
    pub fn get(&self, id: &str) -> Option<&Recipe> {
        self.entries.get(id)?.recipe()
    }

    /// All recipes, by id. Reads those that nobody has asked for yet.
    pub fn iter(&self) -> impl Iterator<Item = &Recipe> {
        self.entries.values().filter_map(Entry::recipe)
    }

    /// All ids, in order. Reads no recipe.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Ids that somebody may have meant: with letters of the wrong one inside, or one or two letters away.
    pub fn suggestions(&self, id: &str) -> Vec<&str> {
        let wanted = id.to_lowercase();
        let near = |known: &&str| {
            let inside =
                wanted.len() > 2 && known.contains(&wanted) || known.len() > 2 && wanted.contains(known);
            inside || distance(known, &wanted) <= 2
        };
        let mut found: Vec<&str> = self.ids().filter(near).collect();
        found.sort_by_key(|known| distance(known, &wanted));
        found.truncate(5);
        found
    }
}

/// How many letters must be added, dropped or changed (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (at, letter) in one.chars().take(64).enumerate() {
        let mut diagonal = at;
        row[0] = at + 1;
        for (column, &wanted) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != wanted);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

impl Recipe {
    /// Reads and checks a recipe's text. `file` is its name, for texts; without `.toml` it must be the recipe's id.
    ///
    /// # Errors
    /// [`RecipeError`] with file, line, key and what would be right: the first mistake in the form, or all in the meaning.
    pub fn parse(file: &str, text: &str) -> Result<Self, RecipeError> {
        let recipe: Self = super::mistake::read(file, text)?;
        let stem = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
        let mistakes = super::validate::mistakes(&recipe, &stem, text);
        if mistakes.is_empty() { Ok(recipe) } else { Err(RecipeError { file: file.to_owned(), mistakes }) }
    }

    /// Reads and checks a recipe's file.
    ///
    /// # Errors
    /// As [`parse`](Self::parse); or the file can't be read.
    pub fn read(path: &Path) -> Result<Self, RecipeError> {
        let text = std::fs::read_to_string(path).map_err(|error| RecipeError::unreadable(path, &error))?;
        Self::parse(&path.display().to_string(), &text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_counted() {
        assert_eq!(distance("joomla", "jomla"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("smf", "smf"), 0);
    }
}
