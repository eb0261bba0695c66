//! What a server answers to a name and a password, and what that means.

use ldap3::LdapResult;
use ldap3::asn1::{PL, TagClass, parse_tag, parse_uint};
use portico_core::auth::{MAX_PASSWORD_BYTES, Refusal};
use secrecy::{ExposeSecret, SecretString};

/// A password that may be shown to a server. Never blank: a bind without a password is no login but an anonymous one,
/// which servers accept (RFC 4513 §5.1.2); never with a NUL, which would end the text for some.
pub(crate) struct Secret<'a>(&'a str);

impl<'a> Secret<'a> {
    pub(crate) fn new(password: &'a SecretString) -> Option<Self> {
        let text = password.expose_secret();
        let fits = !text.trim().is_empty() && !text.contains('\0') && text.len() <= MAX_PASSWORD_BYTES;
        fits.then_some(Self(text))
    }

    pub(crate) fn expose(&self) -> &str {
        self.0
    }
}

/// The answer to a bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BindAnswer {
    /// Name and password are right.
    Accepted,
    /// They are not, or something else keeps the person out.
    Refused(Refusal),
    /// The server can't say now.
    Unavailable(String),
    /// The server doesn't take binds like this one; what to do.
    Misconfigured(String),
    /// An answer that no server should give.
    Inconsistent(String),
}

/// The request for [`PasswordPolicy`] answers: draft-behera-ldap-password-policy-10 §6.1.
pub(crate) const PASSWORD_POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";

/// An error in a password policy response (§6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PasswordPolicy {
    Expired,
    Locked,
    MustChange,
}

impl BindAnswer {
    pub(crate) fn of(result: &LdapResult) -> Self {
        let policy = result.ctrls.iter().find(|control| control.1.ctype == PASSWORD_POLICY);
        let policy = policy.and_then(|control| policy_error(control.1.val.as_deref()?));
        let text = &result.text;
        match result.rc {
            // The server would let this person do nothing but change the password.
            0 if policy == Some(PasswordPolicy::MustChange) => Self::Refused(Refusal::ExpiredPassword),
            0 => Self::Accepted,
            49 => Self::Refused(refusal(text, policy)),
            // 389 says so when it counted too many wrong passwords; before it looks at the password, as a domain does.
            19 => Self::Refused(Refusal::Locked { until: None }),
            // An account without a password, a name that can't be one, an entry that went meanwhile; 389 says 53 of an
            // inactive account whatever the password, and that must not be told to whoever doesn't know it.
            32 | 34 | 48 => Self::Refused(Refusal::BadSecret),
            53 if text.to_lowercase().contains("inactivated")
                || text.to_lowercase().contains("unauthenticated") =>
            {
                Self::Refused(Refusal::BadSecret)
            }
            7 => Self::Misconfigured(format!("the server takes no simple binds: {}", said(result))),
            8 | 13 => Self::Misconfigured(format!(
                "the server takes passwords over TLS only; write `ldaps://…` or set `starttls = true`: {}",
                said(result)
            )),
            10 => Self::Misconfigured(format!(
                "the server refers to others ({}), which are not followed; name them in `url`",
                result.refs.join(", ")
            )),
            50 => Self::Misconfigured(format!(
                "the server lets nobody bind here; give `anonymous` the right `auth` to the passwords: {}",
                said(result)
            )),
            3 | 51..=53 => Self::Unavailable(said(result)),
            _ => Self::Inconsistent(said(result)),
        }
    }
}

/// The result code and the server's own words.
pub(crate) fn said(result: &LdapResult) -> String {
    let text: String = result.text.chars().filter(|c| !c.is_control()).take(300).collect();
    if text.is_empty() {
        format!("result code {}", result.rc)
    } else {
        format!("result code {}, {text}", result.rc)
    }
}

fn refusal(text: &str, policy: Option<PasswordPolicy>) -> Refusal {
    if let Some(code) = windows_code(text) {
        return match code {
            0x525 => Refusal::UnknownSubject,
            // Not at this hour, not at this machine, not for this kind of login, or by a rule for protected accounts.
            0x52f | 0x530 | 0x531 | 0x534 => Refusal::NotPermitted,
            0x532 | 0x773 => Refusal::ExpiredPassword,
            0x533 | 0x701 => Refusal::Disabled,
            0x775 => Refusal::Locked { until: None },
            _ => Refusal::BadSecret,
        };
    }
    match policy {
        Some(PasswordPolicy::Expired | PasswordPolicy::MustChange) => Refusal::ExpiredPassword,
        Some(PasswordPolicy::Locked) => Refusal::Locked { until: None },
        None if text.to_lowercase().contains("password expired") => Refusal::ExpiredPassword,
        None => Refusal::BadSecret,
    }
}

/// The Windows error inside `80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data 52e, v2580`.
fn windows_code(text: &str) -> Option<u32> {
    let after = text.split("data ").nth(1)?;
    let code = after.split(|c: char| !c.is_ascii_hexdigit()).next()?;
    u32::from_str_radix(code, 16).ok()
}

/// `SEQUENCE { warning [0] … OPTIONAL, error [1] ENUMERATED OPTIONAL }`
fn policy_error(value: &[u8]) -> Option<PasswordPolicy> {
    let (_, sequence) = parse_tag(value).ok()?;
    let PL::C(parts) = sequence.payload else { return None };
    let error = parts.into_iter().find(|part| part.class == TagClass::Context && part.id == 1)?;
    let PL::P(bytes) = error.payload else { return None };
    match parse_uint(&bytes).ok()?.1 {
        0 => Some(PasswordPolicy::Expired),
        1 => Some(PasswordPolicy::Locked),
        2 => Some(PasswordPolicy::MustChange),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use ldap3::controls::{Control, RawControl};

    use super::*;

    fn result(rc: u32, text: &str) -> LdapResult {
        LdapResult { rc, matched: String::new(), text: text.to_owned(), refs: Vec::new(), ctrls: Vec::new() }
    }

    fn with_policy(rc: u32, value: &[u8]) -> LdapResult {
        let raw = RawControl { ctype: PASSWORD_POLICY.to_owned(), crit: false, val: Some(value.to_vec()) };
        LdapResult { ctrls: vec![Control(None, raw)], ..result(rc, "") }
    }

    #[test]
    fn each_windows_code_has_its_refusal() {
        for (code, wanted) in [
            ("52e", Refusal::BadSecret),
            ("525", Refusal::UnknownSubject),
            ("52f", Refusal::NotPermitted),
            ("530", Refusal::NotPermitted),
            ("531", Refusal::NotPermitted),
            ("532", Refusal::ExpiredPassword),
            ("533", Refusal::Disabled),
            ("534", Refusal::NotPermitted),
            ("701", Refusal::Disabled),
            ("773", Refusal::ExpiredPassword),
            ("775", Refusal::Locked { until: None }),
            ("7ff", Refusal::BadSecret),
        ] {
            let text = format!(
                "80090308: LdapErr: DSID-0C09044E, comment: AcceptSecurityContext error, data {code}, v2580"
            );
            assert_eq!(BindAnswer::of(&result(49, &text)), BindAnswer::Refused(wanted), "{code}");
        }
    }

    #[test]
    fn a_password_policy_tells_why() {
        let expired = Refusal::ExpiredPassword;
        assert_eq!(
            BindAnswer::of(&with_policy(49, &[0x30, 3, 0x81, 1, 0])),
            BindAnswer::Refused(expired.clone())
        );
        let locked = BindAnswer::Refused(Refusal::Locked { until: None });
        assert_eq!(BindAnswer::of(&with_policy(49, &[0x30, 3, 0x81, 1, 1])), locked);
        assert_eq!(BindAnswer::of(&with_policy(0, &[0x30, 3, 0x81, 1, 2])), BindAnswer::Refused(expired));
        // Two logins are left with the old password: a warning, no error.
        assert_eq!(BindAnswer::of(&with_policy(0, &[0x30, 5, 0xa0, 3, 0x81, 1, 2])), BindAnswer::Accepted);
        for nonsense in [&[][..], &[0x30], &[0x30, 9, 1], &[4, 1, 1]] {
            assert_eq!(BindAnswer::of(&with_policy(49, nonsense)), BindAnswer::Refused(Refusal::BadSecret));
        }
    }

    #[test]
    fn other_answers_are_told_apart() {
        let refused = |refusal| BindAnswer::Refused(refusal);
        assert_eq!(BindAnswer::of(&result(49, "")), refused(Refusal::BadSecret));
        assert_eq!(BindAnswer::of(&result(49, "password expired!")), refused(Refusal::ExpiredPassword));
        let inactive = result(53, "Account inactivated. Contact system administrator.");
        assert_eq!(BindAnswer::of(&inactive), refused(Refusal::BadSecret));
        assert!(
            matches!(BindAnswer::of(&result(13, "")), BindAnswer::Misconfigured(what) if what.contains("starttls"))
        );
        assert!(matches!(BindAnswer::of(&result(8, "x")), BindAnswer::Misconfigured(_)));
        assert!(matches!(BindAnswer::of(&result(52, "")), BindAnswer::Unavailable(_)));
        assert!(matches!(BindAnswer::of(&result(4711, "")), BindAnswer::Inconsistent(_)));
    }

    #[test]
    fn a_blank_password_or_one_with_a_nul_is_no_secret() {
        for text in ["", " ", "\t\u{A0}", "\0", "abc\0", &"x".repeat(MAX_PASSWORD_BYTES + 1)] {
            assert!(Secret::new(&SecretString::from(text.to_owned())).is_none(), "{:?}", text.get(..9));
        }
        assert!(Secret::new(&SecretString::from("x y")).is_some());
    }
}
