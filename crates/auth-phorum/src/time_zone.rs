//! From Phorum's offset in hours to a time zone's name.

/// The value of `tz_offset` that means: as the forum has it.
const AS_THE_FORUM: f64 = -99.0;

/// Zones without summer time for the offsets (in quarters of an hour) that are no whole hours.
const FRACTIONS: [(i32, &str); 8] = [
    (-38, "Pacific/Marquesas"),
    (14, "Asia/Tehran"),
    (18, "Asia/Kabul"),
    (22, "Asia/Kolkata"),
    (23, "Asia/Kathmandu"),
    (26, "Asia/Yangon"),
    (35, "Australia/Eucla"),
    (38, "Australia/Darwin"),
];

/// The IANA name of the zone `hours` (and one more in summer time, where Phorum adds a whole hour) ahead of UTC.
///
/// `None` where the member follows the forum, whose own offset is relative to the clock of its server, or where no
/// zone has this offset.
pub(crate) fn name(hours: f64, is_dst: bool) -> Option<String> {
    if !hours.is_finite() || (hours - AS_THE_FORUM).abs() < 0.01 {
        return None;
    }
    let quarters = (hours * 4.0).round() as i32 + if is_dst { 4 } else { 0 };
    if quarters % 4 != 0 {
        return FRACTIONS.iter().find(|(of, _)| *of == quarters).map(|(_, name)| (*name).to_owned());
    }
    match quarters / 4 {
        0 => Some("Etc/UTC".to_owned()),
        // POSIX signs: west is positive.
        east @ 1..=14 => Some(format!("Etc/GMT-{east}")),
        west @ -12..=-1 => Some(format!("Etc/GMT+{}", -west)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_zones() {
        for (hours, is_dst, zone) in [
            (0.0, false, Some("Etc/UTC")),
            (1.0, false, Some("Etc/GMT-1")),
            (1.0, true, Some("Etc/GMT-2")),
            (-5.0, false, Some("Etc/GMT+5")),
            (-1.0, true, Some("Etc/UTC")),
            (5.5, false, Some("Asia/Kolkata")),
            (5.75, false, Some("Asia/Kathmandu")),
            (-9.5, false, Some("Pacific/Marquesas")),
            (-99.0, false, None),
            (-99.0, true, None),
            (5.33, false, None),
            (40.0, false, None),
            (f64::NAN, false, None),
        ] {
            assert_eq!(name(hours, is_dst).as_deref(), zone, "{hours} {is_dst}");
        }
    }
}
