//! Values that are bound to a statement.

/// A value for a `?`. There is no other way for a value into a statement.
#[derive(Clone, PartialEq)]
pub enum Param {
    /// A text.
    Text(String),
    /// An integer.
    Int(i64),
    /// Bytes, compared with binary columns.
    Bytes(Vec<u8>),
}

impl From<&str> for Param {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Param {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<String> for Param {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Param {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<Vec<u8>> for Param {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// Shows the type only: a parameter may be a cookie.
impl std::fmt::Debug for Param {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(…)",
            Self::Int(_) => "Int(…)",
            Self::Bytes(_) => "Bytes(…)",
        })
    }
}
