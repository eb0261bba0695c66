//! `portico admin`: Portico's own accounts.

use awc::http::Method;
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use super::args::{AtFront, Id, With};
use super::call::{Asked, Call, piece};

#[derive(Debug, Subcommand)]
#[expect(clippy::enum_variant_names, reason = "the names are those of the commands")]
pub(in crate::cli) enum Native {
    /// List Portico's own accounts with their ids, those that have never entered too.
    NativeAccounts(With<NativeAccountsArgs>),
    /// Change what is shown of one of Portico's own accounts, its address, or whether it can be used.
    EditNative(With<EditNativeArgs>),
    /// Delete one of Portico's own accounts; refuses one that waits.
    DeleteNative(With<Id>),
    /// Make a link that sets the password of one of Portico's own accounts once, or send it to its person.
    ResetPassword(With<ResetArgs>),
    /// Take all second factors of one of Portico's own accounts away.
    RemoveSecondFactor(With<Id>),
}

#[derive(Debug, Args)]
pub(in crate::cli) struct NativeAccountsArgs {
    /// The beginning of the login.
    query: Option<String>,
    /// `active`, `pending`, `unverified` or `disabled`.
    #[arg(long)]
    state: Option<String>,
}

#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("change").required(true).multiple(true).args(["display_name", "email", "state"])))]
#[group(skip)]
pub(in crate::cli) struct EditNativeArgs {
    /// Its id.
    id: String,
    /// The name to show; empty: the login.
    #[arg(long)]
    display_name: Option<String>,
    /// The e-mail address; empty: none.
    #[arg(long)]
    email: Option<String>,
    /// `active` or `disabled`.
    #[arg(long)]
    state: Option<String>,
}

#[derive(Debug, Args)]
pub(in crate::cli) struct ResetArgs {
    /// Its id.
    id: String,
    #[command(flatten)]
    at: AtFront,
    /// Send the link to the account's e-mail address instead of printing it.
    #[arg(long)]
    send: bool,
}

impl Native {
    pub(super) fn asked(self) -> Asked {
        match self {
            Self::NativeAccounts(with) => with.making(|of| {
                Call::get("native-accounts")
                    .asking("query", of.query)
                    .asking("state", of.state)
                    .paged("after")
                    .list("accounts", &["id", "login", "state", "second_factor", "email", "account_id"])
            }),
            Self::EditNative(with) => with.making(edit),
            Self::DeleteNative(with) => with.making(|of| about(Method::DELETE, &of.id, "")),
            Self::ResetPassword(with) => with.making(|of| {
                about(Method::POST, &of.id, "/password-reset")
                    .body(&[("front", json!(of.at.front)), ("send", json!(of.send))])
            }),
            Self::RemoveSecondFactor(with) => {
                with.making(|of| about(Method::DELETE, &of.id, "/second-factors"))
            }
        }
    }
}

fn about(method: Method, id: &str, what: &str) -> Call {
    Call::new(method, format!("native-accounts/{}{what}", piece(id)))
}

fn edit(of: EditNativeArgs) -> Call {
    let mut body = Map::new();
    let texts = [("display_name", of.display_name), ("email", of.email)];
    for (name, text) in texts {
        if let Some(text) = text {
            body.insert(name.to_owned(), json!(Some(text).filter(|text| !text.is_empty())));
        }
    }
    body.extend(of.state.map(|state| ("state".to_owned(), json!(state))));
    Call { body: Some(Value::Object(body)), ..about(Method::PATCH, &of.id, "") }
}
