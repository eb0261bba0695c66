//! Conditions on a row, as they are written.

use serde::Deserialize;

use super::one_or_many;

/// A condition on a column: `{ column = "block", is = 0 }`. It names exactly one of the comparisons.
///
/// Values are compared as texts, numbers in decimal, `true` as 1, letters as they are. NULL fulfils `empty` and `not` only.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The column, or `alias.column`.
    pub column: String,
    /// It is this value, or one of these.
    #[serde(default, deserialize_with = "one_or_many::optional")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<one_or_many::OneOrMany<Constant>>"))]
    pub is: Option<Vec<Constant>>,
    /// It is not this value, or none of these.
    #[serde(default, deserialize_with = "one_or_many::optional")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<one_or_many::OneOrMany<Constant>>"))]
    pub not: Option<Vec<Constant>>,
    /// It is a number above this.
    #[serde(default)]
    pub above: Option<i64>,
    /// It is a number below this.
    #[serde(default)]
    pub below: Option<i64>,
    /// Whether it is NULL or an empty text; with `time` also 0 or a date of zeros.
    #[serde(default)]
    pub empty: Option<bool>,
    /// It is a list, separated by commas, semicolons, blanks or `|`, that has this word.
    #[serde(default)]
    pub has: Option<String>,
    /// Its text begins with this.
    #[serde(default)]
    pub starts_with: Option<String>,
    /// Its text contains this.
    #[serde(default)]
    pub contains: Option<String>,
    /// All these bits of the number are set.
    #[serde(default)]
    pub bits: Option<i64>,
    /// Whether it is a time that has passed. An empty time fulfils neither value.
    #[serde(default)]
    pub is_past: Option<bool>,
    /// Whether it is a time to come. An empty time fulfils neither value.
    #[serde(default)]
    pub is_future: Option<bool>,
    /// It is a time to come, or empty: no end is set.
    #[serde(default)]
    pub is_future_or_never: Option<bool>,
    /// How the time is stored; for `is_past`, `is_future`, `is_future_or_never` and `empty`.
    #[serde(default)]
    pub time: Option<TimeForm>,
}

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged, expecting = "expected a text, a whole number, true or false")]
pub enum Constant {
    /// `true` is 1, `false` is 0.
    Bool(bool),
    /// A number.
    Int(i64),
    /// A text.
    Text(String),
}

impl Constant {
    /// The text that it is compared as.
    pub fn as_text(&self) -> String {
        match self {
            Self::Bool(value) => u8::from(*value).to_string(),
            Self::Int(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }
}

/// How a time is stored. Times without a zone are taken as UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum TimeForm {
    /// Seconds since 1970.
    Unix,
    /// Milliseconds since 1970.
    UnixMs,
    /// Microseconds since 1970.
    UnixUs,
    /// `2026-11-22 08:15:30`, with or without a fraction, `T`, or an offset; SQL's own type, too.
    Datetime,
    /// `2026-11-22`: midnight.
    Date,
    /// `20261122081530`, or `20261122`; `infinity` is never.
    Digits,
}

/// A column that has a time.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct TimeColumn {
    /// The column.
    pub column: String,
    /// How the time is stored.
    pub time: TimeForm,
}
