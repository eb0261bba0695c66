use std::fmt;

/// What was measured, and how much of it there may be.
#[derive(Debug)]
pub(crate) struct Verdict {
    what: &'static str,
    measured: f64,
    at_most: f64,
    detail: String,
}

impl Verdict {
    /// `measured` is a ratio or a number.
    pub(crate) fn new(what: &'static str, measured: f64, at_most: f64, detail: String) -> Self {
        Self { what, measured, at_most, detail }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.measured <= self.at_most
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_good() { "ok  " } else { "FAIL" };
        write!(
            f,
            "{word} {:<58} {:>9.2} (at most {:>7.2})  {}",
            self.what, self.measured, self.at_most, self.detail
        )
    }
}

/// One number by another, both at least one.
pub(crate) fn ratio(one: impl Into<f64>, other: impl Into<f64>) -> f64 {
    one.into() / other.into().max(1e-9)
}

/// A count as a number to calculate with; counts of a bench are small.
pub(crate) fn number(count: impl TryInto<u32>) -> f64 {
    f64::from(count.try_into().unwrap_or(u32::MAX))
}
