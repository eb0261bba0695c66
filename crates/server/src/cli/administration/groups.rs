//! `portico admin`: groups.

use awc::http::Method;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::args::{Id, InCommunity, With};
use super::call::{Asked, Call, piece};

#[derive(Debug, Subcommand)]
#[expect(clippy::enum_variant_names, reason = "the names are those of the commands")]
pub(in crate::cli) enum Groups {
    /// List the groups, made here and mirrored.
    Groups(With<GroupsArgs>),
    /// Make a group.
    MakeGroup(With<MakeGroupArgs>),
    /// Change a group that was made here.
    EditGroup(With<EditGroupArgs>),
    /// End a group that was made here, for everybody.
    DissolveGroup(With<Id>),
    /// Who is in a group, and who waits for something.
    GroupMembers(With<Id>),
    /// Put somebody into a group, make them its manager, or refuse them.
    AddMember(With<AddMemberArgs>),
    /// Take somebody out of a group.
    RemoveMember(With<RemoveMemberArgs>),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct GroupsArgs {
    /// Only of this community.
    #[arg(long)]
    community: Option<String>,
    /// Only of this realm; `portico`: made here.
    #[arg(long)]
    realm: Option<String>,
    /// `public`, `official` or `private`.
    #[arg(long)]
    kind: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct MakeGroupArgs {
    /// Its name.
    name: String,
    /// `public`, `official` or `private`.
    #[arg(long, default_value = "public")]
    kind: String,
    /// What it is about.
    #[arg(long)]
    topic: Option<String>,
    /// Only its managers write.
    #[arg(long)]
    managers_write: bool,
    #[command(flatten)]
    at: InCommunity,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("change").required(true).multiple(true)
    .args(["name", "kind", "topic", "managers_write"])))]
#[group(skip)]
pub(in crate::cli) struct EditGroupArgs {
    /// Its id.
    id: String,
    /// Its name.
    #[arg(long)]
    name: Option<String>,
    /// `public`, `official` or `private`.
    #[arg(long)]
    kind: Option<String>,
    /// What it is about; empty: nothing.
    #[arg(long)]
    topic: Option<String>,
    /// Whether only its managers write.
    #[arg(long)]
    managers_write: Option<bool>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AddMemberArgs {
    /// The group's id.
    group: String,
    /// The account's id.
    account: String,
    /// `member`, `manager` or `refused`.
    #[arg(long = "as", default_value = "member")]
    part: String,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RemoveMemberArgs {
    /// The group's id.
    group: String,
    /// The account's id.
    account: String,
}

impl Groups {
    pub(super) fn asked(self) -> Asked {
        match self {
            Self::Groups(with) => with.making(|of| {
                Call::get("groups")
                    .asking("community", of.community)
                    .asking("realm", of.realm)
                    .asking("kind", of.kind)
                    .paged("after")
                    .list("groups", &["id", "community", "realm", "kind", "members", "waiting", "name"])
            }),
            Self::MakeGroup(with) => with.making(|of| {
                Call::post("groups").body(&[
                    ("name", json!(of.name)),
                    ("kind", json!(of.kind)),
                    ("topic", json!(of.topic)),
                    ("managers_write", json!(of.managers_write)),
                    ("community", json!(of.at.community)),
                ])
            }),
            Self::EditGroup(with) => with.making(edit),
            Self::DissolveGroup(with) => with.making(|of| Call::delete(format!("groups/{}", piece(&of.id)))),
            Self::GroupMembers(with) => with.making(|of| {
                Call::get(format!("groups/{}/members", piece(&of.id)))
                    .paged("after")
                    .list("members", &["account.id", "account.login", "part"])
                    .list("waiting", &["account.id", "account.login", "part"])
            }),
            Self::AddMember(with) => with
                .making(|of| member(Method::PUT, &of.group, &of.account).body(&[("part", json!(of.part))])),
            Self::RemoveMember(with) => with.making(|of| member(Method::DELETE, &of.group, &of.account)),
        }
    }
}

fn member(method: Method, group: &str, account: &str) -> Call {
    Call::new(method, format!("groups/{}/members/{}", piece(group), piece(account)))
}

fn edit(of: EditGroupArgs) -> Call {
    let mut body = Map::new();
    body.extend(of.name.map(|name| ("name".to_owned(), json!(name))));
    body.extend(of.kind.map(|kind| ("kind".to_owned(), json!(kind))));
    if let Some(topic) = of.topic {
        body.insert("topic".to_owned(), json!(Some(topic).filter(|topic| !topic.is_empty())));
    }
    body.extend(of.managers_write.map(|only| ("managers_write".to_owned(), json!(only))));
    Call { body: Some(Value::Object(body)), ..Call::patch(format!("groups/{}", piece(&of.id))) }
}
