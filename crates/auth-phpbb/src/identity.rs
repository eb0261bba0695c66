//! What Portico learns of a member who was let in.

use std::time::Duration;

use portico_core::Timestamp;
use portico_core::auth::{AuthError, Email, ExternalIdentity, Restriction, SubjectId};
use sha2::{Digest, Sha256};

use crate::avatar::{self, hexadecimal};
use crate::board::Board;
use crate::group::{Membership, staff};
use crate::input::unescape_html;
use crate::user::{Member, Zone};
use crate::version::Version;

/// The identity of a member.
pub(crate) fn identity(
    member: &Member,
    memberships: &[Membership],
    board: &Board,
    board_url: Option<&str>,
    now: Timestamp,
) -> Result<ExternalIdentity, AuthError> {
    let subject = SubjectId::new(member.id.to_string())
        .map_err(|_| AuthError::inconsistent(format!("the user id {} is no subject", member.id)))?;
    let mut identity = ExternalIdentity::new(subject, unescape_html(&member.username));
    let address = unescape_html(member.email.trim());
    if !address.is_empty() {
        // The setting of today stands for that at the registration, which nobody has kept.
        let verified = matches!(board.number("require_activation", 0), 1 | 2);
        identity.email = Some(Email { address, verified });
    }
    identity.groups = Some(memberships.iter().map(|membership| membership.group.clone()).collect());
    identity.colour = colour(&member.colour);
    identity.avatar = avatar::url(&member.avatar, board, board_url);
    identity.language = [member.language.as_str(), board.text("default_lang")]
        .into_iter()
        .find(|language| !language.is_empty())
        .map(str::to_owned);
    identity.timezone = timezone(&member.timezone);
    let page = if board.version == Version::V20 { "profile.php" } else { "memberlist.php" };
    identity.profile_url = board_url.map(|url| format!("{url}{page}?mode=viewprofile&u={}", member.id));
    identity.registered_at = Some(member.registered);
    identity.staff = staff(member, board.version, memberships);
    identity.secret_stamp = Some(secret_stamp(member));
    identity.restrictions.write = overdue_password(member, board, now);
    Ok(identity)
}

/// Changes with the stored hash and with the time of the last change: a password that was reset by mail changes the one,
/// one that was changed to itself the other. Half a digest tells no less, and is even less to guess a hash by.
fn secret_stamp(member: &Member) -> String {
    let changed = member.password_changed.as_millis();
    let digest = Sha256::new()
        .chain_update(format!("portico phpbb secret stamp\0{}\0{changed}\0", member.id))
        .chain_update(member.password.as_bytes())
        .finalize();
    hexadecimal(digest.get(..16).unwrap_or_default())
}

fn colour(stored: &str) -> Option<String> {
    let is_colour = stored.len() == 6 && stored.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_colour.then(|| format!("#{}", stored.to_ascii_lowercase()))
}

/// With chg_passforce the board lets people with an old password in, and to the page for changing it only.
fn overdue_password(member: &Member, board: &Board, now: Timestamp) -> Option<Restriction> {
    let days = u64::try_from(board.number("chg_passforce", 0)).ok().filter(|&days| days > 0)?;
    let limit = now.minus(Duration::from_secs(days.saturating_mul(86_400)));
    (board.version != Version::V20 && member.password_changed < limit)
        .then(|| Restriction::new("Your password on the board is too old. Change it there to write again."))
}

/// The IANA name of a zone. Hours only have one when they are whole; `Etc/GMT-2` is two hours east of Greenwich.
fn timezone(zone: &Zone) -> Option<String> {
    match zone {
        Zone::Named(name) => Some(name.clone()).filter(|name| !name.is_empty()),
        Zone::Hours(hours) if hours.fract() != 0.0 || hours.abs() > 14.0 => None,
        #[expect(clippy::cast_possible_truncation, reason = "a whole number from -14 to 14")]
        Zone::Hours(hours) => Some(match *hours as i8 {
            0 => "Etc/UTC".to_owned(),
            east @ 1.. => format!("Etc/GMT-{east}"),
            west => format!("Etc/GMT+{}", west.unsigned_abs()),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_six_hexadecimal_digits_are_a_colour() {
        assert_eq!(colour("AA0000").as_deref(), Some("#aa0000"));
        for other in ["", "aa00", "aa000", "aa00zz", "#aa0000", "red"] {
            assert_eq!(colour(other), None, "{other}");
        }
    }

    #[test]
    fn whole_hours_have_a_zone_and_others_have_none() {
        for (hours, name) in [
            (0.0, Some("Etc/UTC")),
            (2.0, Some("Etc/GMT-2")),
            (-5.0, Some("Etc/GMT+5")),
            (5.5, None),
            (99.0, None),
        ] {
            assert_eq!(timezone(&Zone::Hours(hours)).as_deref(), name);
        }
        assert_eq!(timezone(&Zone::Named("Europe/Berlin".into())).as_deref(), Some("Europe/Berlin"));
        assert_eq!(timezone(&Zone::Named(String::new())), None);
    }
}
