//! `portico admin`: people, whatever realm they come from.

use awc::http::Method;
use clap::{Args, Subcommand};
use serde_json::json;

use super::args::{AtFront, Id, InCommunity, With};
use super::call::{Asked, Call, piece};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum People {
    /// List the people who have entered, those who wait and those who are locked too.
    Accounts(With<AccountsArgs>),
    /// One person: sessions, fronts, groups, roles.
    Account(With<Id>),
    /// Somebody's sessions: since when, from where, on which device.
    Sessions(With<Id>),
    /// End all sessions of somebody, or one.
    EndSessions(With<EndSessionsArgs>),
    /// Let a waiting account in.
    ApproveAccount(With<Id>),
    /// Refuse a waiting account: it is locked.
    RefuseAccount(With<RefuseArgs>),
    /// Lock an account: its person is out at once.
    Lock(With<LockArgs>),
    /// Take a lock away.
    Unlock(With<Id>),
    /// Delete an account with everything that belongs to it.
    DeleteAccount(With<DeleteArgs>),
    /// Forget the failed logins under somebody's name.
    ForgetAttempts(With<Id>),
    /// Give an account a role.
    GiveRole(With<RoleArgs>),
    /// Take a role from an account.
    TakeRole(With<RoleArgs>),
    /// Somebody's contacts.
    Contacts(With<ContactsArgs>),
    /// Make two people contacts of each other.
    AddContact(With<ContactArgs>),
    /// End the contact of two people.
    RemoveContact(With<ContactArgs>),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct AccountsArgs {
    /// The beginning of the login.
    pub(super) query: Option<String>,
    /// Only of this realm.
    #[arg(long)]
    pub(super) realm: Option<String>,
    /// `active`, `locked` or `pending` (waiting for approval).
    #[arg(long)]
    pub(super) state: Option<String>,
    /// Nobody has used them since (RFC 3339 or a date).
    #[arg(long)]
    pub(super) unused_since: Option<String>,
    /// An administrator has given them this role.
    #[arg(long)]
    pub(super) role: Option<String>,
    #[command(flatten)]
    pub(super) at: AtFront,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RoleArgs {
    /// The account's id.
    pub(super) account: String,
    /// The role.
    pub(super) role: String,
    #[command(flatten)]
    pub(super) of: InCommunity,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct EndSessionsArgs {
    /// The account's id.
    account: String,
    /// Only this session.
    #[arg(long)]
    session: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct RefuseArgs {
    /// The account's id.
    account: String,
    /// Told to the person.
    #[arg(long)]
    reason: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct LockArgs {
    /// The account's id.
    account: String,
    /// Told to the person.
    #[arg(long)]
    reason: Option<String>,
    /// For so long; without it until it is unlocked.
    #[arg(long)]
    minutes: Option<u64>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct DeleteArgs {
    /// The account's id.
    account: String,
    /// Delete what they wrote as well; without it, it stays with those it was written to.
    #[arg(long)]
    with_messages: bool,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ContactsArgs {
    /// The account's id.
    account: String,
    #[command(flatten)]
    at: InCommunity,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ContactArgs {
    /// The account's id.
    account: String,
    /// The other's.
    other: String,
    #[command(flatten)]
    at: InCommunity,
}

impl People {
    pub(super) fn asked(self) -> Asked {
        match self {
            Self::Accounts(with) => with.making(accounts),
            Self::Account(with) => with.making(|of| about(Method::GET, &of.id, "")),
            Self::Sessions(with) => with.making(|of| {
                let columns = &["id", "front", "proof", "created_at", "seen_at", "address", "device"];
                about(Method::GET, &of.id, "/sessions").list("sessions", columns)
            }),
            Self::EndSessions(with) => with.making(|of| {
                let one = of.session.map(|session| format!("/{}", piece(&session))).unwrap_or_default();
                about(Method::DELETE, &of.account, &format!("/sessions{one}"))
            }),
            Self::ApproveAccount(with) => with.making(|of| about(Method::POST, &of.id, "/approve")),
            Self::RefuseAccount(with) => with.making(|of| {
                about(Method::POST, &of.account, "/refuse").body(&[("reason", json!(of.reason))])
            }),
            Self::Lock(with) => with.making(|of| {
                about(Method::POST, &of.account, "/lock")
                    .body(&[("reason", json!(of.reason)), ("minutes", json!(of.minutes))])
            }),
            Self::Unlock(with) => with.making(|of| about(Method::DELETE, &of.id, "/lock")),
            Self::DeleteAccount(with) => with.making(|of| {
                let messages = if of.with_messages { "delete" } else { "keep" };
                about(Method::DELETE, &of.account, "").asking("messages", Some(messages.to_owned()))
            }),
            Self::ForgetAttempts(with) => with.making(|of| about(Method::DELETE, &of.id, "/attempts")),
            Self::GiveRole(with) => with.making(|of| role(Method::PUT, of)),
            Self::TakeRole(with) => with.making(|of| role(Method::DELETE, of)),
            Self::Contacts(with) => with.making(|of| {
                about(Method::GET, &of.account, "/contacts")
                    .asking("community", Some(of.at.community))
                    .list("contacts", &["account.id", "account.login", "relation"])
            }),
            Self::AddContact(with) => with.making(|of| contact(Method::PUT, of)),
            Self::RemoveContact(with) => with.making(|of| contact(Method::DELETE, of)),
        }
    }
}

fn about(method: Method, account: &str, what: &str) -> Call {
    Call::new(method, format!("accounts/{}{what}", piece(account)))
}

fn accounts(of: AccountsArgs) -> Call {
    Call::get("accounts")
        .asking("query", of.query)
        .asking("realm", of.realm)
        .asking("front", of.at.front)
        .asking("state", of.state)
        .asking("unused_since", of.unused_since)
        .asking("role", of.role)
        .paged("after")
        .list("accounts", &["id", "login", "realm", "state", "online", "fronts", "last_used_at"])
}

fn role(method: Method, of: RoleArgs) -> Call {
    about(method, &of.account, &format!("/roles/{}", piece(&of.role)))
        .asking("community", Some(of.of.community))
}

fn contact(method: Method, of: ContactArgs) -> Call {
    about(method, &of.account, &format!("/contacts/{}", piece(&of.other)))
        .asking("community", Some(of.at.community))
}
