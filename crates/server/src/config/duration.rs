use std::fmt;
use std::time::Duration;

use portico_core::front::{SPAN_FORM, parse_span};
use serde::Deserializer;
use serde::de::{Error, Visitor};

/// A duration in the configuration: `"250ms"`, `"3s"`, `"5m"`, `"12h"`, `"30d"`, or a number of seconds.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_any(DurationVisitor)
}

struct DurationVisitor;

impl Visitor<'_> for DurationVisitor {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SPAN_FORM)
    }

    fn visit_u64<E: Error>(self, seconds: u64) -> Result<Duration, E> {
        Ok(Duration::from_secs(seconds))
    }

    fn visit_i64<E: Error>(self, seconds: i64) -> Result<Duration, E> {
        u64::try_from(seconds).map(Duration::from_secs).map_err(|_| E::custom("a duration can't be negative"))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Duration, E> {
        parse_span(text).ok_or_else(|| E::invalid_value(serde::de::Unexpected::Str(text), &self))
    }
}
