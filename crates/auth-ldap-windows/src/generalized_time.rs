//! Times as directories write them.

use portico_core::Timestamp;

/// 100-nanosecond steps from 1601 to 1970, in seconds.
const FILETIME_EPOCH: i64 = 11_644_473_600;

/// `20261122081530Z`, `20261122081530.0Z`, `20261122081530.123456Z` (RFC 4517 §3.3.13, in UTC as servers write it).
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    let text = text.trim().strip_suffix('Z')?;
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    if whole.len() != 14 || !whole.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| whole.get(from..to)?.parse::<i64>().ok();
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, second) = (part(8, 10)?, part(10, 12)?, part(12, 14)?);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let seconds = days_from_civil(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second;
    Some(Timestamp::from_secs(seconds))
}

/// `20261122081530Z`: whole seconds.
pub(crate) fn write(time: Timestamp) -> String {
    let shown = time.to_string();
    let whole = shown.split_once('.').map_or(shown.as_str(), |(whole, _)| whole);
    whole.chars().filter(char::is_ascii_digit).chain(['Z']).collect()
}

/// Active Directory's `accountExpires` and its like: 100-nanosecond steps since 1601 (MS-DTYP 2.3.3).
/// `None` for its two spellings of "never".
pub(crate) fn from_filetime(steps: i64) -> Option<Timestamp> {
    (steps > 0 && steps != i64::MAX).then(|| Timestamp::from_millis(steps / 10_000 - FILETIME_EPOCH * 1000))
}

/// Days since 1970-01-01 of a Gregorian date, by counting 400-year cycles from 0000-03-01.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let cycle = year.div_euclid(400);
    let year_of_cycle = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_cycle = year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year;
    cycle * 146_097 + day_of_cycle - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_both_kinds_of_server_are_read() {
        for (text, shown) in [
            ("20261122081530Z", "2026-11-22T08:15:30.000Z"),
            ("20261122081530.0Z", "2026-11-22T08:15:30.000Z"),
            ("20000229000000.123456Z", "2000-02-29T00:00:00.000Z"),
            ("19691231235959Z", "1969-12-31T23:59:59.000Z"),
        ] {
            assert_eq!(parse(text).unwrap().to_string(), shown);
            assert_eq!(parse(&write(parse(text).unwrap())), parse(text));
        }
        for nonsense in ["", "20261122081530", "20261322081530Z", "2026112208153Z", "2026112208153xZ"] {
            assert_eq!(parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn a_filetime_is_a_moment_unless_it_says_never() {
        assert_eq!(from_filetime(116_444_736_000_000_000).unwrap(), Timestamp::from_millis(0));
        assert_eq!(from_filetime(0), None);
        assert_eq!(from_filetime(i64::MAX), None);
    }
}
