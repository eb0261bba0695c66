//! Which phpBB it is.

use std::fmt;

/// The versions whose logins or tables differ, in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Version {
    /// 2.0
    V20,
    /// 3.0
    V30,
    /// 3.1
    V31,
    /// 3.2
    V32,
    /// 3.3 and whatever 3.x comes after it
    V33,
    /// 4.0, in development
    V40,
}

impl Version {
    /// Reads the configuration row `version`: `3.3.11`, `4.0.0-a2-dev`; phpBB 2 stores `.0.23` and means 2.0.23.
    pub(crate) fn parse(row: &str) -> Option<Self> {
        let row = row.trim();
        if row.starts_with(".0.") {
            return Some(Self::V20);
        }
        let mut numbers = row.split(['.', '-']).map(|part| part.parse::<u32>().ok());
        match (numbers.next()??, numbers.next().flatten()?) {
            (2, 0) => Some(Self::V20),
            (3, 0) => Some(Self::V30),
            (3, 1) => Some(Self::V31),
            (3, 2) => Some(Self::V32),
            (3, _) => Some(Self::V33),
            (4, _) => Some(Self::V40),
            _ => None,
        }
    }

    /// The third number: 14 of `3.0.14`, 23 of `.0.23`.
    pub(crate) fn patch(self, row: &str) -> Option<u32> {
        row.trim().split(['.', '-']).nth(2)?.parse().ok()
    }

    /// Whether tries are counted by address: since 3.0.9.
    pub(crate) fn counts_attempts_by_address(self, row: &str) -> bool {
        match self {
            Self::V20 => false,
            Self::V30 => self.patch(row).is_some_and(|patch| patch >= 9),
            _ => true,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V20 => "2.0",
            Self::V30 => "3.0",
            Self::V31 => "3.1",
            Self::V32 => "3.2",
            Self::V33 => "3.3",
            Self::V40 => "4.0",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_of_each_version_is_read() {
        for (row, version) in [
            (".0.23", Some(Version::V20)),
            ("2.0.23", Some(Version::V20)),
            ("3.0.14", Some(Version::V30)),
            ("3.1.12", Some(Version::V31)),
            ("3.2.11", Some(Version::V32)),
            ("3.3.0-RC1", Some(Version::V33)),
            ("3.4.1", Some(Version::V33)),
            ("4.0.0-a2-dev", Some(Version::V40)),
            ("5.0.0", None),
            ("1.4.4", None),
            ("", None),
            ("x", None),
        ] {
            assert_eq!(Version::parse(row), version, "{row}");
        }
    }

    #[test]
    fn tries_are_counted_by_address_since_3_0_9() {
        assert!(!Version::V30.counts_attempts_by_address("3.0.8"));
        assert!(Version::V30.counts_attempts_by_address("3.0.9-RC1"));
        assert!(Version::V31.counts_attempts_by_address("3.1.0"));
        assert!(!Version::V20.counts_attempts_by_address(".0.23"));
    }
}
