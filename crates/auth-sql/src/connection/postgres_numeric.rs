//! PostgreSQL's binary NUMERIC as text.
//!
//! The form (PostgreSQL, `numeric_send`): four 16-bit big-endian words (number of digits, weight of the first, sign,
//! decimal places shown), then digits of base 10000.

/// The number in decimal, with as many places as the column shows; `None` for NaN, infinities and broken bytes.
pub(crate) fn to_text(bytes: &[u8]) -> Option<String> {
    let words: Vec<i16> = bytes.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]])).collect();
    let [count, weight, sign, places, digits @ ..] = words.as_slice() else {
        return None;
    };
    let negative = match sign {
        0 => false,
        0x4000 => true,
        _ => return None,
    };
    if usize::try_from(*count).ok()? != digits.len() || *weight > 100 {
        return None;
    }
    let digit = |power: i16| -> i16 {
        let index = weight.checked_sub(power).and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| digits.get(index)).copied().unwrap_or(0)
    };
    let mut text = String::new();
    if negative {
        text.push('-');
    }
    let mut whole: String =
        (0..=(*weight).max(0)).rev().map(|power| format!("{:04}", digit(power))).collect();
    whole = whole.trim_start_matches('0').to_owned();
    text.push_str(if whole.is_empty() { "0" } else { &whole });
    let places = usize::try_from(*places).ok()?.min(1000);
    if places > 0 {
        let groups = i16::try_from(places.div_ceil(4)).ok()?;
        let fraction: String = (1..=groups).map(|power| format!("{:04}", digit(-power))).collect();
        text.push('.');
        text.push_str(fraction.get(..places)?);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(words: &[i16]) -> Option<String> {
        to_text(&words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>())
    }

    #[test]
    fn numbers_are_written_as_the_column_shows_them() {
        assert_eq!(number(&[0, 0, 0, 2]).unwrap(), "0.00");
        assert_eq!(number(&[1, 0, 0, 2, 5]).unwrap(), "5.00");
        assert_eq!(number(&[2, 0, 0x4000, 2, 5, 5000]).unwrap(), "-5.50");
        assert_eq!(number(&[1, -1, 0, 2, 2500]).unwrap(), "0.25");
        assert_eq!(number(&[2, 1, 0, 0, 12, 345]).unwrap(), "120345");
        assert_eq!(number(&[1, 1, 0, 0, 12]).unwrap(), "120000");
    }

    #[test]
    fn what_is_no_number_is_none() {
        assert_eq!(number(&[0, 0, 0xC000_u16.cast_signed(), 0]), None);
        assert_eq!(number(&[3, 0, 0, 0, 1]), None);
        assert_eq!(to_text(&[1, 2, 3]), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_or_refused_without_a_panic(bytes in proptest::collection::vec(0u8.., 0..40)) {
            let _ = to_text(&bytes);
        }
    }
}
