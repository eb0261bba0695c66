//! Whether an account could be used now, from what stands in its entry.

use portico_core::Timestamp;
use portico_core::auth::Refusal;

use crate::entry::Entry;
use crate::filter::Attribute;
use crate::generalized_time::from_filetime;
use crate::schema::Schema;

/// `ADS_UF_ACCOUNTDISABLE` (MS-ADTS 2.2.16).
const DISABLED: i64 = 0x2;
/// `ADS_UF_LOCKOUT`, only in the computed attribute.
const LOCKED: i64 = 0x10;
/// `ADS_UF_DONT_EXPIRE_PASSWD`
const PASSWORD_STAYS: i64 = 0x1_0000;
/// `ADS_UF_SMARTCARD_REQUIRED`
const SMARTCARD: i64 = 0x4_0000;
/// `ADS_UF_PASSWORD_EXPIRED`, only in the computed attribute.
const PASSWORD_EXPIRED: i64 = 0x80_0000;

/// What keeps this person out, if anything; as a bind would say after the right password.
pub(crate) fn refusal(entry: &Entry, schema: &Schema, now: Timestamp) -> Option<Refusal> {
    if schema.is_active_directory() { windows(entry, now) } else { others(entry) }
}

fn windows(entry: &Entry, now: Timestamp) -> Option<Refusal> {
    let number = |name| entry.number(&Attribute::preset(name));
    let flags = number("userAccountControl").unwrap_or(0);
    let computed = number("msDS-User-Account-Control-Computed").unwrap_or(0);
    let expires = number("accountExpires").and_then(from_filetime);
    if flags & DISABLED != 0 || expires.is_some_and(|end| end <= now) {
        return Some(Refusal::Disabled);
    }
    if computed & LOCKED != 0 {
        return Some(Refusal::Locked { until: None });
    }
    let must_change = number("pwdLastSet") == Some(0) && flags & (PASSWORD_STAYS | SMARTCARD) == 0;
    (must_change || computed & PASSWORD_EXPIRED != 0).then_some(Refusal::ExpiredPassword)
}

/// What OpenLDAP's password policy and 389 write at an entry, where the service account may read it.
fn others(entry: &Entry) -> Option<Refusal> {
    let text = |name| entry.text(&Attribute::preset(name));
    let is_true = |name| text(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if is_true("nsAccountLock") {
        return Some(Refusal::Disabled);
    }
    // Locked for good by an administrator; a time is the beginning of a lock whose end is not written there.
    if text("pwdAccountLockedTime").is_some_and(|since| since.starts_with("000001010000")) {
        return Some(Refusal::Locked { until: None });
    }
    is_true("pwdReset").then_some(Refusal::ExpiredPassword)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{AttributeConfig, Preset};

    fn state(preset: Preset, texts: &[(&str, &str)]) -> Option<Refusal> {
        let schema = Schema::new(preset, None, None, None, AttributeConfig::default());
        // 2026-11-22
        refusal(&Entry::of("cn=x", texts), &schema, Timestamp::from_millis(1_795_335_330_250))
    }

    #[test]
    fn windows_flags_tell_who_may_not_enter() {
        let windows = |texts: &[(&str, &str)]| state(Preset::ActiveDirectory, texts);
        let locked = Some(Refusal::Locked { until: None });
        assert_eq!(windows(&[("userAccountControl", "512"), ("pwdLastSet", "133000000000000000")]), None);
        assert_eq!(windows(&[("userAccountControl", "514")]), Some(Refusal::Disabled));
        assert_eq!(windows(&[("accountExpires", "133000000000000000")]), Some(Refusal::Disabled));
        assert_eq!(windows(&[("accountExpires", "9223372036854775807")]), None);
        assert_eq!(windows(&[("accountExpires", "159000000000000000")]), None);
        assert_eq!(windows(&[("msDS-User-Account-Control-Computed", "16")]), locked);
        let expired = Some(Refusal::ExpiredPassword);
        assert_eq!(windows(&[("msDS-User-Account-Control-Computed", "8388608")]), expired);
        assert_eq!(windows(&[("userAccountControl", "512"), ("pwdLastSet", "0")]), expired);
        // A password that never expires, or a smart card in its place.
        assert_eq!(windows(&[("userAccountControl", "66048"), ("pwdLastSet", "0")]), None);
        assert_eq!(windows(&[("userAccountControl", "262656"), ("pwdLastSet", "0")]), None);
    }

    #[test]
    fn a_lock_without_a_known_end_is_not_told_from_an_entry_unless_it_is_for_good() {
        let other = |texts: &[(&str, &str)]| state(Preset::OpenLdap, texts);
        assert_eq!(
            other(&[("pwdAccountLockedTime", "000001010000Z")]),
            Some(Refusal::Locked { until: None })
        );
        assert_eq!(other(&[("pwdAccountLockedTime", "20261122081530Z")]), None);
        assert_eq!(other(&[("pwdReset", "TRUE")]), Some(Refusal::ExpiredPassword));
        assert_eq!(other(&[("nsAccountLock", "true")]), Some(Refusal::Disabled));
        assert_eq!(other(&[]), None);
    }
}
