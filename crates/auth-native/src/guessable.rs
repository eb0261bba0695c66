//! Passwords that are guessed first: common words, and those that a file lists.

use std::collections::HashSet;
use std::io::BufRead;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use portico_core::account::fold_login;
use zeroize::Zeroizing;

/// The words that every installation refuses.
static COMMON: LazyLock<HashSet<String>> = LazyLock::new(|| words(include_str!("common_words.txt").lines()));

/// Most lines of a list: a million short words are some 60 MB in memory.
const MOST_LINES: usize = 1_000_000;
/// With fewer different characters than this a password is hardly one.
const LEAST_DIFFERENT: usize = 4;
/// Decoration of a word that guessing programs try anyway.
const DECORATION: usize = 6;

/// Passwords that nobody may have: those that are guessed first anyway, and a list of the installation's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Blocklist(Arc<HashSet<String>>);

impl Blocklist {
    /// Reads a list: one password a line, in any case; `#` begins a comment.
    pub(crate) fn read(file: &Path) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("{} can't be read: {error}", file.display());
        let opened = std::fs::File::open(file).map_err(failed)?;
        let mut lines = Vec::new();
        for line in std::io::BufReader::new(opened).lines() {
            if lines.len() == MOST_LINES {
                return Err(format!("{} has more than {MOST_LINES} lines", file.display()));
            }
            lines.push(line.map_err(failed)?);
        }
        Ok(Self(Arc::new(words(lines.iter().map(String::as_str)))))
    }

    /// Whether this is guessed early.
    pub(crate) fn is_guessable(&self, prepared: &str) -> bool {
        let folded = Zeroizing::new(fold_login(prepared));
        let different: HashSet<char> = folded.chars().collect();
        if different.len() < LEAST_DIFFERENT || self.0.contains(folded.as_str()) {
            return true;
        }
        let tight: Zeroizing<String> =
            Zeroizing::new(folded.chars().filter(|c| !c.is_whitespace()).collect());
        let bare = tight.trim_matches(|c: char| !c.is_alphabetic());
        let plain: Zeroizing<String> = Zeroizing::new(bare.chars().map(without_disguise).collect());
        let whole: Zeroizing<String> = Zeroizing::new(tight.chars().map(without_disguise).collect());
        let bare_whole = whole.trim_matches(|c: char| !c.is_alphabetic());
        let decorated =
            |word: &str| tight.chars().count() - word.chars().count() <= DECORATION && COMMON.contains(word);
        COMMON.contains(tight.as_str())
            || decorated(bare)
            || decorated(&plain)
            || decorated(bare_whole)
            || is_doubled(bare)
    }
}

/// `passwordpassword`
fn is_doubled(word: &str) -> bool {
    let half = word.len() / 2;
    half > 0 && word.is_char_boundary(half) && word[..half] == word[half..] && COMMON.contains(&word[..half])
}

/// Digits and signs that stand for letters.
fn without_disguise(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' | '|' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

fn words<'a>(lines: impl Iterator<Item = &'a str>) -> HashSet<String> {
    let words = lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    words.map(fold_login).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_guessed_first_is_known_behind_its_decoration() {
        let list = Blocklist::default();
        for guessable in [
            "password",
            "Password123!",
            "P@ssw0rd2024",
            "  letmein  1",
            "passwordpassword",
            "1234567890",
            "aaaaaaaaaaaa",
            "ababababab",
            "Football 2024",
            "qwertzuiop",
            "iloveyou!!",
            "b@tman1234",
        ] {
            assert!(list.is_guessable(guessable), "{guessable}");
        }
        for good in [
            "a long password",
            "another password",
            "correct horse battery",
            "password of the harbour",
            "x8!kq2#vLm",
            "pässwörter",
            "4711 und ein Seil",
        ] {
            assert!(!list.is_guessable(good), "{good}");
        }
    }

    #[test]
    fn an_own_list_is_read_and_a_missing_one_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("list.txt");
        std::fs::write(&file, "# ours\nHarbour View 1\r\n\n").unwrap();
        let list = Blocklist::read(&file).unwrap();
        assert!(list.is_guessable("harbour view 1"));
        assert!(!list.is_guessable("harbour view 2"));
        let missing = Blocklist::read(&folder.path().join("none")).unwrap_err();
        assert!(missing.contains("none") && missing.contains("can't be read"), "{missing}");
    }
}
