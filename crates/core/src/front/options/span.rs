use std::time::Duration;

/// How durations are written, for error messages.
pub const SPAN_FORM: &str =
    "a duration such as \"250ms\", \"3s\", \"5m\", \"12h\" or \"30d\", or a number of seconds";

/// A duration as people write it: `250ms`, `3s`, `5m`, `12h`, `30d`, or a number of seconds.
pub fn parse_span(text: &str) -> Option<Duration> {
    let (number, unit) = split_number(text)?;
    let seconds = match unit {
        "ms" => return Some(Duration::from_millis(number)),
        "s" | "" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    number.checked_mul(seconds).map(Duration::from_secs)
}

/// A duration in its largest whole unit: `30d`.
pub fn span_text(span: Duration) -> String {
    if span.subsec_millis() != 0 {
        return format!("{}ms", span.as_millis());
    }
    let seconds = span.as_secs();
    for (unit, name) in [(86_400, "d"), (3600, "h"), (60, "m")] {
        if seconds != 0 && seconds.is_multiple_of(unit) {
            return format!("{}{name}", seconds / unit);
        }
    }
    format!("{seconds}s")
}

/// A number of bytes as people write it: `20MB`, `512KB`, `1GB` (powers of 1024), or a number.
pub(super) fn parse_size(text: &str) -> Option<u64> {
    let (number, unit) = split_number(text)?;
    let bytes = match unit.to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "KB" => 1 << 10,
        "MB" => 1 << 20,
        "GB" => 1 << 30,
        "TB" => 1 << 40,
        _ => return None,
    };
    number.checked_mul(bytes)
}

/// A number of bytes in its largest whole unit: `20MB`.
pub(super) fn size_text(bytes: u64) -> String {
    for (shift, name) in [(40, "TB"), (30, "GB"), (20, "MB"), (10, "KB")] {
        if bytes != 0 && bytes.is_multiple_of(1 << shift) {
            return format!("{}{name}", bytes >> shift);
        }
    }
    format!("{bytes}B")
}

fn split_number(text: &str) -> Option<(u64, &str)> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    Some((number.parse().ok()?, unit.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_written_with_their_unit() {
        assert_eq!(parse_span("250ms"), Some(Duration::from_millis(250)));
        assert_eq!(parse_span("30d"), Some(Duration::from_secs(2_592_000)));
        assert_eq!(parse_span("5"), Some(Duration::from_secs(5)));
        for bad in ["", "x", "-1s", "5 weeks", "99999999999999999999s", "18446744073709551615d"] {
            assert_eq!(parse_span(bad), None, "{bad}");
        }
    }

    #[test]
    fn durations_and_sizes_are_shown_as_they_can_be_written() {
        for text in ["250ms", "0s", "90s", "15m", "1h", "30d"] {
            assert_eq!(span_text(parse_span(text).unwrap()), text);
        }
        for text in ["0B", "1B", "512KB", "20MB", "1GB", "2TB"] {
            assert_eq!(size_text(parse_size(text).unwrap()), text);
        }
        for bad in ["MB", "-1MB", "1.5MB", "1XB", "18446744073709551615KB"] {
            assert_eq!(parse_size(bad), None, "{bad}");
        }
    }
}
