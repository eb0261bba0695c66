//! What the calls of the administration are told.

use clap::Args;

use super::call::{Asked, Call};
use crate::cli::ConfigArgs;

/// The arguments of a call, and how to show its answer.
#[derive(Debug, Args)]
pub(in crate::cli) struct With<A: Args> {
    #[command(flatten)]
    pub(super) config: ConfigArgs,
    #[command(flatten)]
    pub(super) of: A,
    /// Print the answer as JSON.
    #[arg(long)]
    pub(super) json: bool,
}

impl<A: Args> With<A> {
    /// The call that these arguments make, and how to show its answer.
    pub(super) fn making(self, call: impl FnOnce(A) -> Call) -> Asked {
        Asked { config: self.config, json: self.json, call: call(self.of) }
    }
}

#[derive(Debug, Args)]
pub(in crate::cli) struct Nothing {}

#[derive(Debug, Args)]
pub(in crate::cli) struct Id {
    /// Its id.
    pub(super) id: String,
}

/// Where something holds: everywhere, unless one of these is given.
#[derive(Debug, Args)]
#[group(skip)]
pub(in crate::cli) struct Place {
    /// Only at this front.
    #[arg(long, conflicts_with = "community")]
    pub(super) front: Option<String>,
    /// Only at the fronts of this community.
    #[arg(long)]
    pub(super) community: Option<String>,
}

#[derive(Debug, Args)]
#[group(skip)]
pub(in crate::cli) struct AtFront {
    /// Only of this front.
    #[arg(long)]
    pub(super) front: Option<String>,
}

#[derive(Debug, Args)]
#[group(skip)]
pub(in crate::cli) struct InCommunity {
    /// Of which community.
    #[arg(long, default_value = "main")]
    pub(super) community: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AuditArgs {
    /// Account id or exact name of who did it.
    #[arg(long)]
    pub(super) actor: Option<String>,
    /// The word of the act.
    #[arg(long)]
    pub(super) action: Option<String>,
    /// Id of what it was done to.
    #[arg(long)]
    pub(super) target: Option<String>,
    /// Not before this (RFC 3339 or a date).
    #[arg(long)]
    pub(super) from: Option<String>,
    /// Before this.
    #[arg(long)]
    pub(super) to: Option<String>,
    /// How many, at most 200.
    #[arg(long, default_value_t = 50)]
    pub(super) limit: u32,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RightsArgs {
    /// The account's id.
    pub(super) account: String,
    /// The rights, with commas between them; empty takes all away.
    pub(super) rights: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MessageArgs {
    /// `everybody`, `online`, `group:ID`, `role:NAME` or `account:ID`.
    #[arg(long)]
    pub(super) to: String,
    #[command(flatten)]
    pub(super) at: AtFront,
    /// The text.
    pub(super) text: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct StatisticsArgs {
    /// First day, YYYY-MM-DD; without it 30 days.
    #[arg(long)]
    pub(super) from: Option<String>,
    /// Last day.
    #[arg(long)]
    pub(super) to: Option<String>,
    #[command(flatten)]
    pub(super) at: AtFront,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MaintenanceArgs {
    /// The front.
    pub(super) front: String,
    /// What its visitors read; without it the front opens again.
    pub(super) text: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct OptionsArgs {
    /// The front.
    pub(super) front: String,
    /// Only this option.
    pub(super) option: Option<String>,
    /// For this person, who has a session there: the account's id.
    #[arg(long)]
    pub(super) account: Option<String>,
}
