//! Constants: `define('K', 'v');`, `const K = 'v';`, and definitions that ask first whether there is one.

use super::parse::Parser;
use super::token::Word;
use super::{Entry, Value};

impl Parser<'_> {
    /// `defined('K') or define('K', …);`, `if (!defined('K')) define('K', …);`, also with braces: the definition counts
    /// unless there was one before, as without the condition. Goes on at the `define`.
    pub(super) fn guarded_definition(&mut self) -> bool {
        let texts = |ahead: usize| match (self.word(ahead), self.word(ahead + 1), self.word(ahead + 2)) {
            (Some(Word::Sign('(')), Some(Word::Text(name)), Some(Word::Sign(sign))) => Some((name, *sign)),
            _ => None,
        };
        let (guard, ahead) = if self.is_name(0, "defined") {
            let ahead = match (self.word(4), self.word(5)) {
                (Some(Word::Sign('|')), Some(Word::Sign('|'))) => 6,
                _ if self.is_name(4, "or") => 5,
                _ => return false,
            };
            (texts(1), ahead)
        } else if self.is_name(0, "if") && self.is_sign(1, '(') && self.is_sign(2, '!') {
            let brace = usize::from(self.is_sign(8, '{'));
            let asks = self.is_name(3, "defined") && self.is_sign(7, ')');
            (texts(4).filter(|_| asks), 8 + brace)
        } else {
            return false;
        };
        let fits = matches!((guard, texts(ahead + 1)), (Some((a, ')')), Some((b, ','))) if a == b);
        if !(fits && self.is_name(ahead, "define")) {
            return false;
        }
        self.at += ahead;
        self.define();
        // The closing brace of the condition, where there was one, closes nothing that was counted.
        if self.is_sign(0, '}') && self.depth == 0 {
            self.at += 1;
        }
        true
    }

    /// `define('K', value);`
    pub(super) fn define(&mut self) {
        let line = self.line();
        let name = match (self.word(1), self.word(2), self.word(3)) {
            (Some(Word::Sign('(')), Some(Word::Text(name)), Some(Word::Sign(','))) => {
                String::from_utf8_lossy(name)
            }
            _ => return self.skip_statement(),
        };
        self.at += 4;
        let value = self.expression(0);
        // A third parameter, `true`, made the name independent of case.
        let complete = self.is_sign(0, ')') || self.is_sign(0, ',') || matches!(value, Value::Dynamic(_));
        let value = if complete { value } else { self.dynamic_here() };
        self.skip_statement();
        self.set_constant(name.into_owned(), Entry { line, value });
    }

    /// `const K = value;`
    pub(super) fn constant(&mut self) {
        let line = self.line();
        let (Some(Word::Name(name)), true) = (self.word(1), self.is_sign(2, '=')) else {
            return self.skip_statement();
        };
        self.at += 3;
        let value = self.value_to_the_end();
        self.set_constant(name.clone(), Entry { line, value });
    }
}
