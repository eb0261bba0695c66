//! Administrators and what they may do, the audit log, bans and mutes, reports, messages to many, statistics: plain values.

mod audit;
mod ban;
mod broadcast;
mod change;
mod glob;
mod place;
mod report;
mod rights;
mod statistics;

pub use audit::{Actor, ActorKind, AuditEntry, AuditFilter, Target};
pub use ban::{Ban, BanList, BanRefusal, BanSubject, Mute, Suspect};
pub use broadcast::{Audience, Broadcast, BroadcastKind};
pub use change::{Change, RoleGrant, native_profile_shown, native_shown, state_shown};
pub use place::Place;
pub use report::{Closure, Decision, REPORTS_PER_HOUR, Report, ReportFilter, ReportRefusal, ReportTarget};
pub use rights::{Right, Rights, UnknownRight};
pub use statistics::{DayCount, Tally, day_of};
