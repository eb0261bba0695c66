//! Who may have a session, once the password was right.

use portico_core::auth::{Refusal, Restriction};

use crate::config::Deviations;
use crate::settings::ForumStatus;

/// What of a member's row decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemberState {
    /// 1 active, 0 deactivated, -1 waits for a moderator, -2 for the confirmation of the e-mail address, -3 for both.
    pub(crate) active: i64,
    /// Administrator.
    pub(crate) admin: bool,
    /// The password must be changed over there.
    pub(crate) must_change_password: bool,
}

/// Lets in, perhaps without writing, or refuses, as Phorum does after a right password.
pub(crate) fn entry(
    state: MemberState,
    status: ForumStatus,
    deviations: Deviations,
) -> Result<Option<Restriction>, Refusal> {
    if status == ForumStatus::Disabled {
        return Err(Refusal::NotPermitted);
    }
    if state.active != 1 {
        return Err(Refusal::Disabled);
    }
    if !state.admin {
        match status {
            ForumStatus::Normal | ForumStatus::Disabled => {}
            ForumStatus::ReadOnly if deviations.enter_read_only_forum => {
                return Ok(Some(Restriction::new("The forum is read-only at the moment.")));
            }
            ForumStatus::ReadOnly | ForumStatus::AdminOnly => return Err(Refusal::NotPermitted),
        }
    }
    if state.must_change_password && deviations.refuse_forced_password_change {
        return Err(Refusal::ExpiredPassword);
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ForumStatus::{AdminOnly, Disabled, Normal, ReadOnly};

    const MEMBER: MemberState = MemberState { active: 1, admin: false, must_change_password: false };
    const ADMIN: MemberState = MemberState { admin: true, ..MEMBER };

    fn refusal(state: MemberState, status: ForumStatus) -> Option<Refusal> {
        entry(state, status, Deviations::default()).err()
    }

    #[test]
    fn only_active_1_gets_a_session() {
        for active in [-3, -2, -1, 0, 2, -128] {
            assert_eq!(refusal(MemberState { active, ..ADMIN }, Normal), Some(Refusal::Disabled), "{active}");
        }
        assert_eq!(refusal(MEMBER, Normal), None);
    }

    #[test]
    fn the_status_of_the_forum_decides_who_is_logged_in() {
        for (status, member, admin) in [
            (Normal, None, None),
            (ReadOnly, Some(Refusal::NotPermitted), None),
            (AdminOnly, Some(Refusal::NotPermitted), None),
            (Disabled, Some(Refusal::NotPermitted), Some(Refusal::NotPermitted)),
        ] {
            assert_eq!((refusal(MEMBER, status), refusal(ADMIN, status)), (member, admin), "{status:?}");
        }
    }

    #[test]
    fn a_read_only_forum_can_be_entered_without_writing_by_option() {
        let option = Deviations { enter_read_only_forum: true, ..Deviations::default() };
        assert!(entry(MEMBER, ReadOnly, option).unwrap().is_some());
        assert_eq!(entry(ADMIN, ReadOnly, option), Ok(None));
        assert_eq!(entry(MEMBER, AdminOnly, option), Err(Refusal::NotPermitted));
    }

    #[test]
    fn a_forced_password_change_lets_in_unless_the_option_says_otherwise() {
        let due = MemberState { must_change_password: true, ..MEMBER };
        assert_eq!(refusal(due, Normal), None, "over there: logged in and sent to the password page");
        let option = Deviations { refuse_forced_password_change: true, ..Deviations::default() };
        assert_eq!(entry(due, Normal, option), Err(Refusal::ExpiredPassword));
        assert_eq!(entry(MEMBER, Normal, option), Ok(None));
    }
}
