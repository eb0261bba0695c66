//! Values of rows: as texts, as times, and what conditions say of them.

use portico_core::Timestamp;
use portico_core::auth::AuthError;

use crate::recipe::condition::{Condition, Constant, TimeForm};
use crate::{Cell, Row};

/// A column of a row as text; `None` for NULL.
pub(super) fn text(row: &Row, column: &str) -> Result<Option<String>, AuthError> {
    Ok(match row.cell(column)? {
        Cell::Null => None,
        Cell::Int(number) => Some(number.to_string()),
        Cell::Float(number) => Some(number.to_string()),
        // MySQL's BIT(1) is a byte.
        Cell::Text(text) if text == "\u{0}" => Some("0".to_owned()),
        Cell::Text(text) if text == "\u{1}" => Some("1".to_owned()),
        Cell::Text(text) => Some(text.clone()),
        Cell::Bytes(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
    })
}

/// A column's bytes as hexadecimal digits; `None` when there are none.
pub(super) fn digits(row: &Row, column: &str) -> Result<Option<String>, AuthError> {
    let bytes = row.optional_bytes(column)?.filter(|bytes| !bytes.is_empty());
    Ok(bytes.map(|bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
}

/// The same without what is empty.
pub(super) fn filled(row: &Row, column: &str) -> Result<Option<String>, AuthError> {
    Ok(text(row, column)?.filter(|text| !text.is_empty()))
}

/// Whether all of these hold.
pub(super) fn all_hold(conditions: &[Condition], row: &Row, now: Timestamp) -> Result<bool, AuthError> {
    for condition in conditions {
        if !holds(condition, row, &condition.column, now)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether a condition holds of the value in `column`.
fn holds(condition: &Condition, row: &Row, column: &str, now: Timestamp) -> Result<bool, AuthError> {
    let value = text(row, column)?;
    let value = value.as_deref();
    if let Some(list) = &condition.is {
        return Ok(value.is_some_and(|value| is_among(value, list)));
    }
    if let Some(list) = &condition.not {
        return Ok(!value.is_some_and(|value| is_among(value, list)));
    }
    if let Some(limit) = condition.above {
        return Ok(number(value).is_some_and(|number| number > as_float(limit)));
    }
    if let Some(limit) = condition.below {
        return Ok(number(value).is_some_and(|number| number < as_float(limit)));
    }
    if let Some(wanted) = condition.empty {
        return Ok(is_empty(value, condition.time) == wanted);
    }
    if let Some(word) = &condition.has {
        let separator = |c: char| matches!(c, ',' | ';' | '|') || c.is_whitespace();
        return Ok(value.is_some_and(|value| value.split(separator).any(|part| part == word)));
    }
    if let Some(beginning) = &condition.starts_with {
        return Ok(value.is_some_and(|value| value.starts_with(beginning.as_str())));
    }
    if let Some(part) = &condition.contains {
        return Ok(value.is_some_and(|value| value.contains(part.as_str())));
    }
    if let Some(bits) = condition.bits {
        let number = value.and_then(|value| value.trim().parse::<i64>().ok());
        return Ok(number.is_some_and(|number| number & bits == bits));
    }
    let Some(form) = condition.time else { return Ok(false) };
    let never = is_empty(value, Some(form)) || value.is_some_and(is_endless);
    if never {
        return Ok(condition.is_future_or_never.is_some());
    }
    let time = time(value.unwrap_or_default(), form).ok_or_else(|| unreadable(column, form))?;
    Ok(match (condition.is_past, condition.is_future.or(condition.is_future_or_never)) {
        (Some(wanted), _) => (time <= now) == wanted,
        (None, Some(wanted)) => (time > now) == wanted,
        (None, None) => false,
    })
}

fn unreadable(column: &str, form: TimeForm) -> AuthError {
    AuthError::inconsistent(format!("column `{column}`: expected a time of the form {form:?}"))
}

/// Whether a value is one of these. `1` and `1.0` are the same, as are `t` and 1 where a boolean is asked for.
fn is_among(value: &str, list: &[Constant]) -> bool {
    list.iter().any(|constant| match constant {
        Constant::Text(text) => text == value,
        Constant::Int(wanted) => value.trim().parse::<i64>().map_or_else(
            |_| number(Some(value)).is_some_and(|number| number == as_float(*wanted)),
            |number| number == *wanted,
        ),
        Constant::Bool(wanted) => match value {
            "1" | "t" | "true" => *wanted,
            "0" | "f" | "false" | "" => !*wanted,
            _ => false,
        },
    })
}

fn number(value: Option<&str>) -> Option<f64> {
    value?.trim().parse::<f64>().ok().filter(|number| number.is_finite())
}

#[expect(clippy::cast_precision_loss, reason = "limits in recipes are small")]
fn as_float(number: i64) -> f64 {
    number as f64
}

fn is_empty(value: Option<&str>, time: Option<TimeForm>) -> bool {
    let Some(value) = value else { return true };
    let digits = || value.bytes().filter(u8::is_ascii_digit).all(|digit| digit == b'0');
    value.is_empty() || time.is_some() && !is_endless(value) && digits()
}

/// The words for no end at all (MediaWiki, PostgreSQL).
fn is_endless(value: &str) -> bool {
    matches!(value, "infinity" | "infinite" | "indefinite" | "never")
}

/// A column's time; `None` when it is empty or endless.
pub(super) fn time_of(row: &Row, column: &str, form: TimeForm) -> Result<Option<Timestamp>, AuthError> {
    match text(row, column)? {
        Some(value) if !is_empty(Some(&value), Some(form)) && !is_endless(&value) => {
            time(&value, form).map(Some).ok_or_else(|| unreadable(column, form))
        }
        _ => Ok(None),
    }
}

/// Reads a time.
fn time(value: &str, form: TimeForm) -> Option<Timestamp> {
    let value = value.trim();
    let whole = || value.split('.').next()?.parse::<i64>().ok();
    match form {
        TimeForm::Unix => whole().map(Timestamp::from_secs),
        TimeForm::UnixMs => whole().map(Timestamp::from_millis),
        TimeForm::UnixUs => whole().map(|micros| Timestamp::from_millis(micros.div_euclid(1000))),
        // A column of SQL's own type is read whatever the recipe says.
        TimeForm::Datetime | TimeForm::Date => calendar(value),
        TimeForm::Digits if value.contains('-') => calendar(value),
        TimeForm::Digits => {
            let part =
                |from: usize, to: usize| value.get(from..to).map_or(Some(0), |digits| digits.parse().ok());
            if !matches!(value.len(), 8 | 12 | 14) {
                return None;
            }
            moment([part(0, 4)?, part(4, 6)?, part(6, 8)?, part(8, 10)?, part(10, 12)?, part(12, 14)?], 0, 0)
        }
    }
}

/// `2026-11-22`, `2026-11-22 08:15`, `2026-11-22T08:15:30.25+01:00`.
fn calendar(value: &str) -> Option<Timestamp> {
    let (date, clock) = value.split_once(['T', ' ']).unwrap_or((value, ""));
    let mut date = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let clock = clock.trim();
    let (clock, zone) = match clock.find(['Z', '+', '-']) {
        Some(at) => clock.split_at(at),
        None => (clock, ""),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts =
        clock.split(':').map(|part| if part.is_empty() { Ok(0) } else { part.trim().parse::<i64>() });
    let mut next = || parts.next().unwrap_or(Ok(0)).ok();
    let (hour, minute, second) = (next()?, next()?, next()?);
    let millis = format!("{fraction:0<3}").get(..3).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    moment([year, month, day, hour, minute, second], millis, offset(zone)?)
}

/// Minutes east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    let (sign, rest) = match zone.split_at_checked(1) {
        Some(("+", rest)) => (1, rest),
        Some(("-", rest)) => (-1, rest),
        _ => return Some(0),
    };
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    let part = |from: usize, to: usize| digits.get(from..to).map_or(Some(0), |part| part.parse::<i64>().ok());
    Some(sign * (part(0, 2)? * 60 + part(2, 4)?))
}

fn moment(parts: [i64; 6], millis: i64, offset_minutes: i64) -> Option<Timestamp> {
    let [year, month, day, hour, minute, second] = parts;
    let fits = (0..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..=24).contains(&hour)
        && (0..=60).contains(&minute)
        && (0..=60).contains(&second);
    if !fits {
        return None;
    }
    // Days since 1970 of the proleptic Gregorian calendar, years counted from March.
    let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
    let cycle = year.div_euclid(400);
    let year_of_cycle = year.rem_euclid(400);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let days = cycle * 146_097 + year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year
        - 719_468;
    let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset_minutes * 60;
    Some(Timestamp::from_millis(seconds * 1000 + millis))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn row(cell: Cell) -> Row {
        Row::new(Arc::new(["c".to_owned()]), vec![cell])
    }

    fn is(condition: &str, cell: Cell) -> bool {
        let condition: Condition = toml::from_str(&format!("column = \"c\"\n{condition}")).unwrap();
        let now = Timestamp::from_secs(1_700_000_000); // 2023-11-14 22:13:20
        holds(&condition, &row(cell), "c", now).unwrap()
    }

    fn text_cell(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    #[test]
    fn values_are_compared_as_texts_and_numbers_as_numbers() {
        assert!(is("is = 1", Cell::Int(1)) && is("is = 1", text_cell("1")) && is("is = 1", text_cell("1.0")));
        assert!(is("is = true", Cell::Int(1)) && is("is = true", text_cell("\u{1}")));
        assert!(is("is = false", Cell::Int(0)) && !is("is = false", Cell::Null));
        assert!(
            !is("is = 1", text_cell("1abc")) && !is("is = 0", text_cell("abc")) && !is("is = 0", Cell::Null)
        );
        assert!(is("is = [\"Y\", \"yes\"]", text_cell("Y")) && !is("is = \"Y\"", text_cell("y")));
        assert!(
            is("not = 1", Cell::Null) && is("not = 1", Cell::Int(2)) && !is("not = [1, 2]", Cell::Int(2))
        );
        assert!(
            is("above = 3", text_cell("4"))
                && !is("above = 3", Cell::Int(3))
                && is("below = 0", Cell::Int(-1))
        );
        assert!(!is("below = 1", Cell::Null));
    }

    #[test]
    fn emptiness_of_a_time_includes_its_zeros() {
        for empty in [Cell::Null, text_cell(""), text_cell("0000-00-00 00:00:00")] {
            assert!(is("empty = true\ntime = \"datetime\"", empty));
        }
        assert!(is("empty = true\ntime = \"unix\"", Cell::Int(0)) && !is("empty = true", Cell::Int(0)));
        assert!(is("empty = false", text_cell("x")) && !is("empty = false", Cell::Null));
    }

    #[test]
    fn words_beginnings_and_bits_are_found() {
        assert!(is("has = \"b\"", text_cell("a,b;c")) && !is("has = \"b\"", text_cell("ab,bc")));
        assert!(is("starts_with = \"!\"", text_cell("!x")) && is("contains = \"b\"", text_cell("abc")));
        assert!(is("bits = 6", Cell::Int(7)) && !is("bits = 6", Cell::Int(5)));
    }

    #[test]
    fn times_of_every_form_are_read() {
        let moment = Some(Timestamp::from_millis(1_700_000_000_000));
        for (form, value) in [
            (TimeForm::Unix, "1700000000"),
            (TimeForm::UnixMs, "1700000000000"),
            (TimeForm::UnixUs, "1700000000000000"),
            (TimeForm::Datetime, "2023-11-14 22:13:20"),
            (TimeForm::Datetime, "2023-11-14T22:13:20Z"),
            (TimeForm::Datetime, "2023-11-14T23:13:20.000+01:00"),
            (TimeForm::Datetime, "2023-11-14 17:13:20-05"),
            (TimeForm::Digits, "20231114221320"),
            (TimeForm::Digits, "2023-11-14 22:13:20+00"),
        ] {
            assert_eq!(time(value, form), moment, "{value}");
        }
        assert_eq!(time("1970-01-02", TimeForm::Date), Some(Timestamp::from_secs(86_400)));
        assert_eq!(time("2000-02-29 00:00", TimeForm::Datetime), Some(Timestamp::from_secs(951_782_400)));
        for wrong in ["", "yesterday", "2023-13-01", "2023-11", "99999999999999999999"] {
            assert_eq!(time(wrong, TimeForm::Datetime), None, "{wrong}");
        }
    }

    #[test]
    fn past_and_future_leave_out_what_has_no_time() {
        let past = "2020-01-01 00:00:00";
        let future = "2099-01-01 00:00:00";
        let time = "\ntime = \"datetime\"";
        assert!(is(&format!("is_past = true{time}"), text_cell(past)));
        assert!(is(&format!("is_future = true{time}"), text_cell(future)));
        for empty in [Cell::Null, text_cell("0000-00-00 00:00:00")] {
            assert!(!is(&format!("is_past = true{time}"), empty.clone()));
            assert!(!is(&format!("is_future = true{time}"), empty.clone()));
            assert!(is(&format!("is_future_or_never = true{time}"), empty));
        }
        assert!(is("is_future_or_never = true\ntime = \"digits\"", text_cell("infinity")));
        assert!(!is(&format!("is_future_or_never = true{time}"), text_cell(past)));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_time_or_none(text in "\\PC{0,30}|[0-9TZ :.+-]{0,30}") {
            for form in [TimeForm::Unix, TimeForm::Datetime, TimeForm::Digits, TimeForm::UnixUs] {
                let _ = time(&text, form);
            }
        }
    }
}
