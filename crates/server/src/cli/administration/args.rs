//! What the calls of the administration are told.

use clap::Args;

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

#[derive(Debug, Args)]
pub(in crate::cli) struct Nothing {}

#[derive(Debug, Args)]
pub(in crate::cli) struct Id {
    /// Its id.
    pub(super) id: String,
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
#[group(skip)]
#[command(group(clap::ArgGroup::new("subject").required(true).multiple(false).args(["name", "address", "device"])))]
pub(in crate::cli) struct BanArgs {
    /// A pattern of login names with `*` and `?`.
    #[arg(long)]
    pub(super) name: Option<String>,
    /// An address or network.
    #[arg(long)]
    pub(super) address: Option<String>,
    /// The id of a device.
    #[arg(long)]
    pub(super) device: Option<String>,
    /// Only people of this realm.
    #[arg(long, requires = "name")]
    pub(super) realm: Option<String>,
    /// Only at this front.
    #[arg(long, conflicts_with = "community")]
    pub(super) front: Option<String>,
    /// Only at the fronts of this community.
    #[arg(long)]
    pub(super) community: Option<String>,
    /// Shown to the banned.
    #[arg(long)]
    pub(super) reason: Option<String>,
    /// When it is over (RFC 3339).
    #[arg(long)]
    pub(super) until: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MuteArgs {
    /// The account's id.
    pub(super) account: String,
    /// Only at this front.
    #[arg(long, conflicts_with = "community")]
    pub(super) front: Option<String>,
    /// Only at the fronts of this community.
    #[arg(long)]
    pub(super) community: Option<String>,
    /// Shown to the muted.
    #[arg(long)]
    pub(super) reason: Option<String>,
    /// For so long; without it for good.
    #[arg(long)]
    pub(super) minutes: Option<u64>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct KickArgs {
    /// The account's id.
    pub(super) account: String,
    /// Only at this front.
    #[arg(long)]
    pub(super) front: Option<String>,
    /// Shown to them.
    #[arg(long)]
    pub(super) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ReportsArgs {
    /// Those that were decided.
    #[arg(long)]
    pub(super) closed: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DecideArgs {
    /// The report's id.
    pub(super) id: String,
    /// `dismiss`, `remove-message`, `mute` or `kick`.
    pub(super) decision: String,
    /// Why.
    #[arg(long)]
    pub(super) text: Option<String>,
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
    /// Only people of this front.
    #[arg(long)]
    pub(super) front: Option<String>,
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
    /// Only this front.
    #[arg(long)]
    pub(super) front: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AccountsArgs {
    /// The beginning of the login.
    pub(super) query: Option<String>,
    /// Only of this realm.
    #[arg(long)]
    pub(super) realm: Option<String>,
    /// Who have entered this front.
    #[arg(long)]
    pub(super) front: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RoleArgs {
    /// The account's id.
    pub(super) account: String,
    /// The role.
    pub(super) role: String,
    /// Where.
    #[arg(long, default_value = "main")]
    pub(super) community: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MaintenanceArgs {
    /// The front.
    pub(super) front: String,
    /// What its visitors read; without it the front opens again.
    pub(super) text: Option<String>,
}
