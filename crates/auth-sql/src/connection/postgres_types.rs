//! PostgreSQL's binary forms of types that a login reads as texts.

/// Microseconds from 1970-01-01 to PostgreSQL's epoch, 2000-01-01.
const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// A `timestamp` or `timestamptz` (microseconds since 2000) as `2026-11-22 08:15:30.25`, in UTC; the words `infinity` and
/// `-infinity` for the two ends of time.
pub(super) fn timestamp(bytes: &[u8]) -> Option<String> {
    let micros = i64::from_be_bytes(bytes.try_into().ok()?);
    match micros {
        i64::MAX => return Some("infinity".to_owned()),
        i64::MIN => return Some("-infinity".to_owned()),
        _ => {}
    }
    let since_1970 = micros.checked_add(EPOCH_MICROS)?;
    let text = portico_core::Timestamp::from_millis(since_1970.div_euclid(1000)).to_string();
    Some(text.trim_end_matches('Z').replacen('T', " ", 1))
}

/// A `date` (days since 2000) as `2026-11-22`.
pub(super) fn date(bytes: &[u8]) -> Option<String> {
    let days = i32::from_be_bytes(bytes.try_into().ok()?);
    match days {
        i32::MAX => return Some("infinity".to_owned()),
        i32::MIN => return Some("-infinity".to_owned()),
        _ => {}
    }
    let text = timestamp(&(i64::from(days) * 86_400_000_000).to_be_bytes())?;
    Some(text.split(' ').next()?.to_owned())
}

/// A `uuid` in its usual form.
pub(super) fn uuid(bytes: &[u8]) -> Option<String> {
    let bytes: [u8; 16] = bytes.try_into().ok()?;
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_ids_are_texts() {
        assert_eq!(timestamp(&0_i64.to_be_bytes()).as_deref(), Some("2000-01-01 00:00:00.000"));
        assert_eq!(timestamp(&i64::MAX.to_be_bytes()).as_deref(), Some("infinity"));
        assert_eq!(timestamp(&(i64::MAX - 1).to_be_bytes()), None);
        assert_eq!(date(&(-1_i32).to_be_bytes()).as_deref(), Some("1999-12-31"));
        let id = uuid(&[0x12, 0x34, 0, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 0xff]);
        assert_eq!(id.as_deref(), Some("12340000-0000-4000-8000-0000000000ff"));
        assert_eq!(uuid(&[1]), None);
    }
}
