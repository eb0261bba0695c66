use super::{Ban, Broadcast, Closure, Mute, Rights};
use crate::front::FrontId;
use crate::{AccountId, BanId, MuteId, ReportId, SessionId};

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
    /// What was done elsewhere is written down: before and after are the entry's own.
    Record,
}
