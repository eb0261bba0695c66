//! The initial values of a class's properties and constants: `class JConfig { public $host = 'db'; }`.

use super::parse::{Entries, Parser};
use super::token::Word;
use super::{Entry, Value};

impl Parser<'_> {
    /// `class Name`, also `final class Name` and the like.
    pub(super) fn begins_class(&self) -> bool {
        let words = ["abstract", "final", "readonly"];
        let before = (0..3).take_while(|&ahead| words.iter().any(|word| self.is_name(ahead, word))).count();
        self.is_name(before, "class") && matches!(self.word(before + 1), Some(Word::Name(_)))
    }

    /// A class from its first word to its last brace.
    pub(super) fn class(&mut self) {
        while !self.is_name(0, "class") {
            self.at += 1;
        }
        let name = match self.word(1) {
            Some(Word::Name(name)) => name.clone(),
            _ => String::new(),
        };
        while self.word(0).is_some() && !self.is_sign(0, '{') {
            self.at += 1;
        }
        self.at += 1;
        let mut members = Entries::new();
        while let Some(word) = self.word(0) {
            match word {
                Word::Sign('}') => {
                    self.at += 1;
                    break;
                }
                Word::Sign('{') => self.skip_block(),
                Word::Name(_) if self.is_name(0, "function") => {
                    while self.word(0).is_some() && !self.is_sign(0, '{') && !self.is_sign(0, ';') {
                        self.at += 1;
                    }
                }
                // `const K = …;`, `const string K = …;`
                Word::Name(name) if self.is_sign(1, '=') => self.member(name, 2, &mut members),
                Word::Variable(name) if self.is_sign(1, '=') => self.member(name, 2, &mut members),
                Word::Variable(name) => {
                    members.entry(name.clone()).or_insert(Entry { line: self.line(), value: Value::Null });
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
        self.parsed.classes.entry(name).or_insert(members);
    }

    fn member(&mut self, name: &str, words: usize, members: &mut Entries) {
        let line = self.line();
        self.at += words;
        let value = self.value_to_the_end();
        members.insert(name.to_owned(), Entry { line, value });
    }

    /// From a brace to the one that closes it.
    fn skip_block(&mut self) {
        let mut open = 0usize;
        while let Some(word) = self.word(0) {
            self.at += 1;
            match word {
                Word::Sign('{') => open += 1,
                Word::Sign('}') => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        return;
                    }
                }
                _ => {}
            }
        }
    }
}
