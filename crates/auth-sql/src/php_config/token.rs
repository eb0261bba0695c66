//! The words of a PHP file.

/// A word and its line, from 1.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) line: u32,
    pub(super) word: Word,
}

/// What a word is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Word {
    /// `$name`, without its `$`.
    Variable(String),
    /// A string without variables in it, escapes undone.
    Text(Vec<u8>),
    /// A string with variables in it, or a heredoc.
    Interpolated,
    /// A whole number.
    Int(i64),
    /// A number with a fraction or exponent, as written.
    Float(String),
    /// `define`, `true`, `phpbb\db\driver`.
    Name(String),
    /// Any other character; `?>` is a `;`, as in PHP.
    Sign(char),
    /// `=>`
    Arrow,
}

/// Splits a file into words. Text outside `<?php … ?>` is skipped, and so are comments.
pub(super) fn tokens(text: &[u8]) -> Vec<Token> {
    let mut scanner = Scanner { text, at: 0, line: 1, tokens: Vec::new() };
    scanner.skip_html();
    while scanner.at < text.len() {
        scanner.next_token();
    }
    scanner.tokens
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
    line: u32,
    tokens: Vec<Token>,
}

fn starts_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn in_name(byte: u8) -> bool {
    starts_name(byte) || byte.is_ascii_digit()
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.text.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Goes on by `count` bytes and counts their lines.
    fn advance(&mut self, count: usize) {
        let end = (self.at + count).min(self.text.len());
        let lines = self.text[self.at..end].iter().filter(|&&byte| byte == b'\n').count();
        self.line += u32::try_from(lines).unwrap_or_default();
        self.at = end;
    }

    fn advance_while(&mut self, goes_on: impl Fn(u8) -> bool) -> Vec<u8> {
        let length = self.rest().iter().take_while(|&&byte| goes_on(byte)).count();
        let taken = self.rest()[..length].to_vec();
        self.advance(length);
        taken
    }

    fn push(&mut self, line: u32, word: Word) {
        self.tokens.push(Token { line, word });
    }

    /// Goes on behind the next `<?php`, `<?=` or `<?`.
    fn skip_html(&mut self) {
        let Some(open) = self.rest().windows(2).position(|two| two == b"<?") else {
            self.at = self.text.len();
            return;
        };
        self.advance(open + 2);
        if self.rest().get(..3).is_some_and(|word| word.eq_ignore_ascii_case(b"php")) {
            self.advance(3);
        } else if self.peek(0) == b'=' {
            self.advance(1);
        }
    }

    fn next_token(&mut self) {
        let (line, byte) = (self.line, self.peek(0));
        match byte {
            b if b.is_ascii_whitespace() || b == 0 => self.advance(1),
            b'#' if self.peek(1) != b'[' => self.skip_line_comment(),
            b'/' if self.peek(1) == b'/' => self.skip_line_comment(),
            b'/' if self.peek(1) == b'*' => {
                let end = self.rest().windows(2).skip(2).position(|two| two == b"*/");
                self.advance(end.map_or(self.text.len(), |end| end + 4));
            }
            b'?' if self.peek(1) == b'>' => {
                self.push(line, Word::Sign(';'));
                self.advance(2);
                self.skip_html();
            }
            b'$' if starts_name(self.peek(1)) => {
                self.advance(1);
                let name = self.advance_while(in_name);
                self.push(line, Word::Variable(String::from_utf8_lossy(&name).into_owned()));
            }
            b'\'' => self.single_quoted(),
            b'"' => self.double_quoted(),
            b'`' => {
                // A command for the shell.
                self.advance(1);
                self.advance_while(|byte| byte != b'`');
                self.advance(1);
                self.push(line, Word::Interpolated);
            }
            b'<' if self.rest().starts_with(b"<<<") => self.heredoc(),
            b'=' if self.peek(1) == b'>' => {
                self.advance(2);
                self.push(line, Word::Arrow);
            }
            b if b.is_ascii_digit() || (b == b'.' && self.peek(1).is_ascii_digit()) => self.number(),
            b if starts_name(b) || b == b'\\' => {
                let name = self.advance_while(|byte| in_name(byte) || byte == b'\\');
                self.push(line, Word::Name(String::from_utf8_lossy(&name).into_owned()));
            }
            b => {
                self.advance(1);
                self.push(line, Word::Sign(char::from(b)));
            }
        }
    }

    /// To the end of the line, or to a `?>` in it.
    fn skip_line_comment(&mut self) {
        while self.at < self.text.len()
            && self.peek(0) != b'\n'
            && !(self.peek(0) == b'?' && self.peek(1) == b'>')
        {
            self.advance(1);
        }
    }

    fn single_quoted(&mut self) {
        let line = self.line;
        self.advance(1);
        let mut text = Vec::new();
        while self.at < self.text.len() {
            match (self.peek(0), self.peek(1)) {
                (b'\'', _) => break,
                (b'\\', escaped @ (b'\\' | b'\'')) => {
                    text.push(escaped);
                    self.advance(2);
                }
                (byte, _) => {
                    text.push(byte);
                    self.advance(1);
                }
            }
        }
        self.advance(1);
        self.push(line, Word::Text(text));
    }

    fn double_quoted(&mut self) {
        let line = self.line;
        self.advance(1);
        let mut text = Vec::new();
        let mut interpolated = false;
        while self.at < self.text.len() && self.peek(0) != b'"' {
            match (self.peek(0), self.peek(1)) {
                (b'\\', _) => self.escape(&mut text),
                (b'$', next) if starts_name(next) || next == b'{' => {
                    interpolated = true;
                    self.advance(1);
                }
                (b'{', b'$') => {
                    interpolated = true;
                    self.advance(1);
                }
                (byte, _) => {
                    text.push(byte);
                    self.advance(1);
                }
            }
        }
        self.advance(1);
        self.push(line, if interpolated { Word::Interpolated } else { Word::Text(text) });
    }

    /// One backslash sequence of a double-quoted string (PHP manual, "Strings").
    fn escape(&mut self, text: &mut Vec<u8>) {
        let simple = match self.peek(1) {
            b'n' => Some(b'\n'),
            b't' => Some(b'\t'),
            b'r' => Some(b'\r'),
            b'v' => Some(0x0B),
            b'e' => Some(0x1B),
            b'f' => Some(0x0C),
            other @ (b'\\' | b'$' | b'"') => Some(other),
            _ => None,
        };
        if let Some(byte) = simple {
            text.push(byte);
            self.advance(2);
            return;
        }
        let digits = |from: usize, most: usize, radix: u32| {
            (from..from + most).take_while(|&ahead| char::from(self.peek(ahead)).is_digit(radix)).count()
        };
        let value = |from: usize, count: usize, radix: u32| {
            (from..from + count).fold(0u32, |sum, ahead| {
                sum.saturating_mul(radix)
                    .saturating_add(char::from(self.peek(ahead)).to_digit(radix).unwrap_or(0))
            })
        };
        let (octal, hexadecimal, code_point) = (digits(1, 3, 8), digits(2, 2, 16), digits(3, 8, 16));
        match self.peek(1) {
            b'0'..=b'7' => {
                text.push(value(1, octal, 8).to_le_bytes()[0]);
                self.advance(1 + octal);
            }
            b'x' if hexadecimal > 0 => {
                text.push(value(2, hexadecimal, 16).to_le_bytes()[0]);
                self.advance(2 + hexadecimal);
            }
            b'u' if self.peek(2) == b'{' && code_point > 0 && self.peek(3 + code_point) == b'}' => {
                let character =
                    char::from_u32(value(3, code_point, 16)).unwrap_or(char::REPLACEMENT_CHARACTER);
                text.extend(character.encode_utf8(&mut [0; 4]).bytes());
                self.advance(4 + code_point);
            }
            _ => {
                text.push(b'\\');
                self.advance(1);
            }
        }
    }

    /// `<<<NAME … NAME`, also quoted: skipped. Nobody writes a password like that.
    fn heredoc(&mut self) {
        let line = self.line;
        self.advance(3);
        self.advance_while(|byte| matches!(byte, b' ' | b'\t' | b'\'' | b'"'));
        let name = self.advance_while(in_name);
        self.push(line, Word::Interpolated);
        if name.is_empty() {
            return;
        }
        while self.at < self.text.len() {
            self.advance_while(|byte| byte != b'\n');
            self.advance(1);
            self.advance_while(|byte| byte == b' ' || byte == b'\t');
            if self.rest().starts_with(&name) && !in_name(self.peek(name.len())) {
                self.advance(name.len());
                return;
            }
        }
    }

    /// `12`, `012`, `0x1F`, `0b11`, `1_000`, `1.5`, `1e3`.
    fn number(&mut self) {
        let line = self.line;
        let written = self.advance_while(|byte| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_');
        let written = String::from_utf8_lossy(&written).replace('_', "").to_ascii_lowercase();
        let radix = |digits: &str, radix| i64::from_str_radix(digits, radix).ok();
        let whole = if let Some(digits) = written.strip_prefix("0x") {
            radix(digits, 16)
        } else if let Some(digits) = written.strip_prefix("0b") {
            radix(digits, 2)
        } else if let Some(digits) = written.strip_prefix("0o").or_else(|| written.strip_prefix('0'))
            && !digits.is_empty()
        {
            radix(digits, 8)
        } else {
            written.parse().ok()
        };
        self.push(line, whole.map_or(Word::Float(written), Word::Int));
    }
}
