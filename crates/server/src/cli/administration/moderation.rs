//! `portico admin`: bans, mutes, kicks, reports.

use clap::{Args, Subcommand};
use serde_json::json;

use super::args::{AtFront, Id, Nothing, Place, With};
use super::call::{Asked, Call, piece};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Moderation {
    /// List the bans.
    Bans(With<Nothing>),
    /// Ban by name, address or device.
    Ban(With<BanArgs>),
    /// Lift a ban.
    Unban(With<Id>),
    /// List who may not write.
    Mutes(With<Nothing>),
    /// Mute an account.
    Mute(With<MuteArgs>),
    /// Let somebody write again.
    Unmute(With<Id>),
    /// End the sessions of an account, and say why.
    Kick(With<KickArgs>),
    /// List what people have reported.
    Reports(With<ReportsArgs>),
    /// One report, with the message it is about. That it was read is written down.
    Report(With<Id>),
    /// Decide over a report.
    Decide(With<DecideArgs>),
    /// Remove a message from any conversation: its place stays, its text goes.
    RemoveMessage(With<RemoveMessageArgs>),
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
    #[command(flatten)]
    pub(super) at: Place,
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
    #[command(flatten)]
    pub(super) at: Place,
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
    #[command(flatten)]
    pub(super) at: AtFront,
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
pub(in crate::cli) struct RemoveMessageArgs {
    /// The conversation's id, as a report has it.
    conversation: String,
    /// The message's id.
    message: String,
}

impl Moderation {
    pub(super) fn asked(self) -> Asked {
        match self {
            Self::Bans(with) => with.making(|_| {
                let columns = &["id", "kind", "value", "front", "community", "until", "reason"];
                Call::get("bans").paged("after").list("bans", columns)
            }),
            Self::Ban(with) => with.making(|of| ban(&of)),
            Self::Unban(with) => with.making(|of| Call::delete(format!("bans/{}", piece(&of.id)))),
            Self::Mutes(with) => with.making(|_| {
                let columns = &["id", "account", "front", "community", "until", "reason"];
                Call::get("mutes").list("mutes", columns)
            }),
            Self::Mute(with) => with.making(|of| mute(&of)),
            Self::Unmute(with) => with.making(|of| Call::delete(format!("mutes/{}", piece(&of.id)))),
            Self::Kick(with) => with.making(|of| {
                Call::post(format!("accounts/{}/kick", piece(&of.account)))
                    .body(&[("front", json!(of.at.front)), ("reason", json!(of.reason))])
            }),
            Self::Reports(with) => with.making(|of| {
                let state = if of.closed { "closed" } else { "open" };
                let columns = &["id", "front", "kind", "account.login", "reporter.login", "decision", "text"];
                Call::get("reports")
                    .asking("state", Some(state.to_owned()))
                    .paged("after")
                    .list("reports", columns)
            }),
            Self::Report(with) => with.making(|of| Call::get(format!("reports/{}", piece(&of.id)))),
            Self::Decide(with) => with.making(|of| {
                Call::put(format!("reports/{}", piece(&of.id)))
                    .body(&[("decision", json!(of.decision)), ("text", json!(of.text))])
            }),
            Self::RemoveMessage(with) => with.making(|of| {
                let (conversation, message) = (piece(&of.conversation), piece(&of.message));
                Call::delete(format!("conversations/{conversation}/messages/{message}"))
            }),
        }
    }
}

fn ban(of: &BanArgs) -> Call {
    Call::post("bans").body(&[
        ("name", json!(of.name)),
        ("address", json!(of.address)),
        ("device", json!(of.device)),
        ("realm", json!(of.realm)),
        ("front", json!(of.at.front)),
        ("community", json!(of.at.community)),
        ("reason", json!(of.reason)),
        ("until", json!(of.until)),
    ])
}

fn mute(of: &MuteArgs) -> Call {
    Call::post("mutes").body(&[
        ("account", json!(of.account)),
        ("front", json!(of.at.front)),
        ("community", json!(of.at.community)),
        ("reason", json!(of.reason)),
        ("minutes", json!(of.minutes)),
    ])
}
