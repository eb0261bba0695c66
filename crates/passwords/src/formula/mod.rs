//! A small language for what applications do with a password: recipes name the formula, and no application needs
//! code.
//!
//! A formula is an equation: *the stored value is this text*. `.` joins byte strings; hash functions give lower-case
//! hexadecimal text unless `raw(…)` is around them.
//!
//! | written | means |
//! |---|---|
//! | `p` | the password |
//! | `u`, `email`, `id` | the row's login name as stored, e-mail address, number |
//! | `salt` | the salt column; on the outermost level the salt that stands in the stored value itself |
//! | `salt9` | on the outermost level: a salt of nine bytes in the stored value |
//! | `K` | the site's secret |
//! | `"text"` | the text; `\n`, `\t`, `\\` and `\"` as usual |
//! | `x[0..8]`, `x[8..]` | bytes of x |
//! | `md5(x)`, `sha1`, `sha224`, `sha256`, `sha384`, `sha512`, `ripemd128`, `ripemd160`, `whirlpool` | digest of x |
//! | `hmac-sha256(key, message)` and the other hashes | HMAC |
//! | `pbkdf2(sha256, password, salt, rounds, bytes)` | PBKDF2; `rounds` is a number or the word `rounds`: the row's |
//! | `stretch(md5, x, salt, rounds)` | `rounds` times x = md5(x.salt) |
//! | `raw(hash)`, `base64(x)` | bytes instead of hexadecimal text; standard base 64 |
//! | `unbase64(x)` | the bytes of standard base 64, for keys (`hmac-sha256(unbase64(K), p)`) |
//! | `lower(x)`, `upper(x)`, `trim(x)` | letter case as in UTF-8; PHP's trim |
//! | `slashed(x)`, `escaped(x)` | PHP's addslashes; `&`, `<`, `>`, `"` as HTML entities |
//! | `first-half(x)`, `second-half(x)` | the first half is the longer one |
//! | `mysql(x)`, `bytewise-sha1(x)` | MySQL's PASSWORD(); sha1 of the sha1 of each byte |
//! | `bcrypt(x)`, `argon2(x)`, `phpass(x)`, any other scheme | outermost level: what follows is such a value, of x |
//! | `… if salt`, `… if no salt` | only for rows whose salt column is (not) empty |
//!
//! Examples: `md5(md5(p).salt)` (vBulletin, with a salt column), `md5(p.salt).":".salt` (Joomla 1.5, the salt in the
//! value), `"$wp".bcrypt(base64(raw(hmac-sha384("wp-sha384", trim(p)))))` (WordPress 6.8).
//!
//! Digests in the stored value may be written with letters of either case.

mod eval;
mod expr;
mod layout;
mod parser;
mod transform;

use std::fmt;

use layout::Layout;

pub(crate) use expr::Var;
pub(crate) use layout::FormulaHash;
pub(crate) use transform::slashed;

/// The longest formula text.
const TEXT_BYTES: usize = 512;

/// A parsed formula; equal formulas have equal texts.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Formula {
    text: String,
    layout: Layout,
}

impl Formula {
    /// Parses a formula's text; the error says what is wrong and where.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        if text.len() > TEXT_BYTES {
            return Err(format!("a formula has at most {TEXT_BYTES} bytes"));
        }
        let (expr, condition) = parser::parse(text)?;
        Ok(Self { text: text.trim().to_owned(), layout: Layout::new(expr, condition)? })
    }

    /// The formula as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.layout
    }
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Formula({})", self.text)
    }
}
