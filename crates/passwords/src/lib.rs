//! Password hashes of every application Portico knows: recognise, type, verify.
//!
//! A foreign application hands over a *stored value*: the text in its password column. This crate answers three
//! questions about it, and does nothing else (no database, no file, no network):
//!
//! 1. **What is it?** [`recognise`] tries the schemes an application knows, in order; [`parse`] takes one scheme.
//!    Both give a [`StoredHash`] or a [`ParseError`] that names the family of the value and never the value.
//! 2. **Does this password fit?** [`StoredHash::verify`], in constant time with regard to the digest.
//! 3. **Would we store it like that today?** [`StoredHash::needs_rehash`], for Portico's own accounts.
//!
//! Stored values come from databases that somebody else may have written to. A value that would cost more than the
//! [`limits`] allow is refused when it is parsed ([`ParseError::TooCostly`]), so `verify` is always bounded in time
//! and memory.
//!
//! ```
//! use portico_passwords::{Scheme, Subject, recognise};
//!
//! let known = [Scheme::Bcrypt, Scheme::PhpassP, Scheme::Md5Hex];
//! let stored = recognise("3cb4e732631f47e6eb961f34554b7cde", &known).unwrap();
//! assert_eq!(stored.scheme(), Scheme::Md5Hex);
//! assert!(stored.verify(b"correct horse", &Subject::default()));
//! assert!(!stored.verify(b"wrong horse", &Subject::default()));
//! ```

mod compare;
mod decoy;
mod digest;
mod error;
mod family;
mod fields;
pub mod formula;
pub mod limits;
pub mod native;
pub mod phorum;
pub mod phpbb;
mod policy;
mod scheme;
mod stored;
mod subject;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use decoy::{decoy, decoy_native};
pub use error::{HashError, ParseError, UnknownScheme};
pub use family::intramessenger::intramessenger_value;
pub use fields::Fields;
pub use policy::Policy;
pub use scheme::Scheme;
pub use stored::{StoredHash, parse, recognise};
pub use subject::Subject;

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
