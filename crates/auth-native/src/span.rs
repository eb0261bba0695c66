//! A length of time in the configuration, or `"never"`.

use std::time::Duration;

use portico_core::front::{SPAN_FORM, parse_span};
use serde::{Deserialize, Deserializer};

/// Reads an optional length of time.
pub(crate) fn optional<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Duration>, D::Error> {
    let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
    if text == "never" {
        return Ok(None);
    }
    let wrong = || serde::de::Error::custom(format!("`{text}`: expected {SPAN_FORM}, or \"never\""));
    parse_span(&text).map(Some).ok_or_else(wrong)
}
