//! `portico admin`: conferences, walls, and who is here.

use clap::{Args, Subcommand};
use serde_json::json;

use super::args::{AtFront, Id, Nothing, With};
use super::call::{Asked, Call, piece};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum Rooms {
    /// Who is online, and at which front.
    Online(With<AtFront>),
    /// List the conferences that somebody is in.
    Conferences(With<Nothing>),
    /// Who is in a conference.
    Conference(With<Id>),
    /// Close a conference: everybody is out of it.
    CloseConference(With<Id>),
    /// Put somebody out of a conference.
    PutOut(With<PutOutArgs>),
    /// List shouts: those that a moderator has to look at, unless a state is given.
    Shouts(With<ShoutsArgs>),
    /// Show a shout.
    ShowShout(With<Id>),
    /// Turn a shout down.
    RejectShout(With<Id>),
    /// Remove a shout.
    RemoveShout(With<Id>),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct PutOutArgs {
    /// The conference's id.
    conference: String,
    /// The account's id.
    account: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ShoutsArgs {
    /// `queue`, `waiting`, `hidden`, `shown`, `rejected` or `all`.
    #[arg(long, default_value = "queue")]
    state: String,
    /// `front:ID` or `group:ID`.
    #[arg(long)]
    wall: Option<String>,
}

impl Rooms {
    pub(super) fn asked(self) -> Asked {
        match self {
            Self::Online(with) => with.making(|of| {
                let columns = &["account.id", "account.login", "state", "fronts", "seen_at"];
                Call::get("presence").asking("front", of.front).paged("after").list("people", columns)
            }),
            Self::Conferences(with) => with.making(|_| {
                let columns = &["id", "community", "participants", "invited", "last_message_at", "topic"];
                Call::get("conferences").paged("after").list("conferences", columns)
            }),
            Self::Conference(with) => with.making(|of| Call::get(format!("conferences/{}", piece(&of.id)))),
            Self::CloseConference(with) => {
                with.making(|of| Call::delete(format!("conferences/{}", piece(&of.id))))
            }
            Self::PutOut(with) => with.making(|of| {
                let (conference, account) = (piece(&of.conference), piece(&of.account));
                Call::delete(format!("conferences/{conference}/participants/{account}"))
            }),
            Self::Shouts(with) => with.making(|of| {
                let columns =
                    &["shout.id", "shout.wall", "shout.state", "shout.author.display_name", "shout.text"];
                Call::get("shouts")
                    .asking("state", Some(of.state))
                    .asking("wall", of.wall)
                    .paged("before")
                    .list("shouts", columns)
            }),
            Self::ShowShout(with) => with.making(|of| decide(&of, true)),
            Self::RejectShout(with) => with.making(|of| decide(&of, false)),
            Self::RemoveShout(with) => with.making(|of| Call::delete(format!("shouts/{}", piece(&of.id)))),
        }
    }
}

fn decide(of: &Id, show: bool) -> Call {
    Call::put(format!("shouts/{}", piece(&of.id))).body(&[("show", json!(show))])
}
