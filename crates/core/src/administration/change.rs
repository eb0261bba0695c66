use uuid::Uuid;

use super::{Ban, Broadcast, Closure, Mute, Rights};
use crate::account::{AccountLife, AccountState, OwnMessages};
use crate::front::FrontId;
use crate::ports::{NativeProfile, NativeState, NewNativeUser};
use crate::shoutbox::ShoutState;
use crate::{AccountId, BanId, CommunityId, MuteId, ReportId, SessionId, ShoutId, Timestamp};

/// An act of administration on the database. The store does it and writes its line of the audit log in one transaction,
/// with what there was before and what there is after: an act without its line can't happen.
#[derive(Debug, Clone)]
pub enum Change {
    /// A ban begins.
    AddBan(Ban),
    /// A ban ends.
    RemoveBan(BanId),
    /// Somebody is muted; another mute at the same place is replaced.
    SetMute(Mute),
    /// A mute ends.
    RemoveMute(MuteId),
    /// An administrator's rights; `None` = none of their own.
    SetRights(AccountId, Option<Rights>),
    /// Sessions end.
    EndSessions {
        /// Whose.
        account: AccountId,
        /// Only those at this front.
        front: Option<FrontId>,
        /// Only this one.
        session: Option<SessionId>,
    },
    /// A report is decided; one that is closed stays as it is.
    CloseReport(ReportId, Closure),
    /// A text to many begins its way.
    StartBroadcast(Broadcast),
    /// An account is approved, refused, locked or unlocked.
    SetState {
        /// Which.
        account: AccountId,
        /// Only if it is in one of these states.
        from: Vec<AccountState>,
        /// Its state from now on; with a time of use, it counts as used then.
        to: AccountLife,
    },
    /// An account is deleted: its person is out, the rest goes in small steps.
    Leave {
        /// Which.
        account: AccountId,
        /// What becomes of its messages.
        messages: OwnMessages,
        /// Now.
        now: Timestamp,
    },
    /// An account of Portico's own is made.
    MakeNative(NewNativeUser),
    /// Whether an account of Portico's own can be used.
    SetNativeState(Uuid, NativeState),
    /// What is shown of an account of Portico's own, and its e-mail address.
    SetNativeProfile(Uuid, NativeProfile),
    /// An account of Portico's own goes whose person has never entered a front.
    RemoveNative(Uuid),
    /// The second factor of an account of Portico's own is taken away, with its recovery codes.
    RemoveSecondFactor(Uuid),
    /// Somebody gets a role.
    GrantRole(RoleGrant),
    /// Somebody loses a role that an administrator has given.
    WithdrawRole(RoleGrant),
    /// A shout is shown or turned down.
    SetShoutState(ShoutId, ShoutState),
    /// A shout goes, with its votes.
    RemoveShout(ShoutId),
    /// What was done elsewhere is written down: before and after are the entry's own.
    Record,
}

/// A role that an administrator gives or takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleGrant {
    /// Where.
    pub community: CommunityId,
    /// Whose.
    pub account: AccountId,
    /// Which.
    pub role: String,
    /// Now.
    pub now: Timestamp,
}

/// A state as the log shows it.
pub fn state_shown(life: &AccountLife) -> serde_json::Value {
    serde_json::json!({ "state": life.state.as_str(), "reason": life.reason, "until": life.until })
}

/// A new account of Portico's own as the log shows it.
pub fn native_shown(new: &NewNativeUser) -> serde_json::Value {
    serde_json::json!({ "login": new.login, "administrator": new.administrator })
}

/// What is shown of an account of Portico's own, as the log shows it. Of an e-mail address only the domain: a line is kept for
/// ever, also when its person leaves.
pub fn native_profile_shown(display_name: Option<&str>, email: Option<&str>) -> serde_json::Value {
    let domain = email.map(|email| format!("@{}", email.rsplit_once('@').map_or("", |(_, domain)| domain)));
    serde_json::json!({ "display_name": display_name, "email": domain })
}
