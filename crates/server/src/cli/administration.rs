//! `portico admin …`: the calls of the administration, made to the running server.

mod args;
mod call;
mod groups;
mod moderation;
mod native;
mod people;
mod rooms;
mod show;

use clap::Subcommand;
use serde_json::{Value, json};

use self::args::{
    AuditArgs, MaintenanceArgs, MessageArgs, Nothing, OptionsArgs, RightsArgs, StatisticsArgs, With,
};
use self::call::{Asked, Call, piece};
use self::groups::Groups;
use self::moderation::Moderation;
use self::native::Native;
use self::people::People;
use self::rooms::Rooms;
use self::show::Shown;
use crate::cli::running::Running;
use crate::cli::{EXIT_ERROR, EXIT_NO, EXIT_OK, complain};
use crate::config::Config;
use crate::management::CONTROL;

/// What is asked of the running server.
#[derive(Debug, Subcommand)]
pub(super) enum Administration {
    /// Bans, mutes, reports.
    #[command(flatten)]
    Moderation(Moderation),
    /// People and their contacts.
    #[command(flatten)]
    People(People),
    /// Portico's own accounts.
    #[command(flatten)]
    Native(Native),
    /// Groups.
    #[command(flatten)]
    Groups(Groups),
    /// Conferences, walls, and who is here.
    #[command(flatten)]
    Rooms(Rooms),
    /// What administrators and moderators have done, newest first.
    Audit(With<AuditArgs>),
    /// List the administrators.
    Administrators(With<Nothing>),
    /// Give an account exactly these rights.
    Rights(With<RightsArgs>),
    /// Write to many.
    Message(With<MessageArgs>),
    /// What was written to many, and how far it has come.
    Messages(With<Nothing>),
    /// What was counted by day and front.
    Statistics(With<StatisticsArgs>),
    /// List the fronts.
    Fronts(With<Nothing>),
    /// What holds at a front, and why; for one person, with their roles.
    Options(With<OptionsArgs>),
    /// Close a front for maintenance, or open it again.
    Maintenance(With<MaintenanceArgs>),
    /// Read the configuration again.
    Reload(With<Nothing>),
}

fn audience(to: &str) -> Result<Value, String> {
    Ok(match to.split_once(':') {
        None if to == "everybody" || to == "online" => json!({ to: true }),
        Some((kind @ ("group" | "role" | "account"), which)) => json!({ kind: which }),
        _ => return Err("--to is everybody, online, group:ID, role:NAME or account:ID".to_owned()),
    })
}

impl Administration {
    fn asked(self) -> Result<Asked, String> {
        Ok(match self {
            Self::Moderation(command) => command.asked(),
            Self::People(command) => command.asked(),
            Self::Native(command) => command.asked(),
            Self::Groups(command) => command.asked(),
            Self::Rooms(command) => command.asked(),
            Self::Audit(with) => with.making(audit),
            Self::Administrators(with) => with.making(|_| {
                let columns = &["account.id", "account.login", "rights"];
                Call::get("administrators").list("administrators", columns)
            }),
            Self::Rights(with) => with.making(|of| rights(&of)),
            Self::Message(with) => {
                let to = audience(&with.of.to)?;
                with.making(|of| {
                    let fields = [("to", to), ("front", json!(of.at.front)), ("text", json!(of.text))];
                    Call::post("messages").body(&fields)
                })
            }
            Self::Messages(with) => with.making(|_| {
                Call::get("messages")
                    .list("messages", &["id", "created_at", "state", "sent", "by", "to"])
                    .paged("before")
            }),
            Self::Statistics(with) => with.making(statistics),
            Self::Maintenance(with) => with.making(|of| {
                let mut call = Call::put(format!("fronts/{}/maintenance", piece(&of.front)));
                call.body = Some(json!({ "text": of.text }));
                call
            }),
            Self::Fronts(with) => with.making(|_| {
                Call::get("fronts").list("fronts", &["id", "path", "community", "mode", "realms", "roles"])
            }),
            Self::Options(with) => with.making(|of| {
                Call::get(format!("fronts/{}/options", piece(&of.front)))
                    .asking("account", of.account)
                    .asking("option", of.option)
                    .list("options", &["option", "value", "said"])
            }),
            Self::Reload(with) => with.making(|_| Call::post("reload")),
        })
    }
}

fn audit(of: AuditArgs) -> Call {
    Call::get("audit")
        .asking("actor", of.actor)
        .asking("action", of.action)
        .asking("target", of.target)
        .asking("from", of.from)
        .asking("to", of.to)
        .asking("limit", Some(of.limit.to_string()))
        .list("entries", &["at", "actor.name", "action", "target.kind", "target.id"])
}

fn rights(of: &RightsArgs) -> Call {
    let words = of.rights.split(',').map(str::trim).filter(|word| !word.is_empty());
    let rights: Vec<&str> = words.collect();
    Call::put(format!("administrators/{}", piece(&of.account))).body(&[("rights", json!(rights))])
}

fn statistics(of: StatisticsArgs) -> Call {
    let columns = &["day", "front", "messages", "sessions", "people", "new_accounts", "files", "bytes"];
    Call::get("statistics")
        .asking("from", of.from)
        .asking("to", of.to)
        .asking("front", of.at.front)
        .list("days", columns)
}

/// Makes the call and prints its answer.
pub(super) async fn run(command: Administration) -> u8 {
    let Asked { config, json, call } = match command.asked() {
        Ok(asked) => asked,
        Err(wrong) => {
            complain(&wrong);
            return crate::cli::EXIT_USAGE;
        }
    };
    let config = match config.load() {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return crate::cli::EXIT_CONFIG;
        }
    };
    match ask(&config, &call, &mut Shown::new(&call, json)).await {
        Ok(Ok(())) => EXIT_OK,
        Ok(Err(refused)) => {
            complain(&refused);
            EXIT_NO
        }
        Err(error) => {
            complain(&error);
            EXIT_ERROR
        }
    }
}

/// Asks for all there is, and shows each page when it is there; the inner error is the server's refusal.
async fn ask(config: &Config, call: &Call, shown: &mut Shown<'_>) -> anyhow::Result<Result<(), String>> {
    let server = Running::of(config).await?;
    let mut place: Option<String> = None;
    loop {
        let body = match page(&server, call, place.as_deref()).await? {
            Ok(body) => body,
            Err(refused) => return Ok(Err(refused)),
        };
        let next = call.pages.and(body["next"].as_str()).map(str::to_owned);
        shown.page(body, next.is_none());
        anyhow::ensure!(next.is_none() || next != place, "the server answers the same page again");
        match next {
            Some(next) => place = Some(next),
            None => return Ok(Ok(())),
        }
    }
}

/// One answer of the server, of a list the page behind `place`; the inner error is its refusal.
async fn page(server: &Running, call: &Call, place: Option<&str>) -> anyhow::Result<Result<Value, String>> {
    let behind = call.pages.zip(place);
    let query: Vec<(&str, &str)> =
        call.query.iter().map(|(name, value)| (*name, value.as_str())).chain(behind).collect();
    let request = server.request(call.method.clone(), &format!("{CONTROL}/{}", call.path)).query(&query)?;
    let sent = match &call.body {
        Some(body) => request.send_json(body).await,
        None => request.send().await,
    };
    let mut response = sent.map_err(|error| server.silent(&error))?;
    let status = response.status();
    let body = response.body().limit(16 * 1024 * 1024).await?;
    let body: Value = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
    if status.is_success() {
        return Ok(Ok(body));
    }
    let why = body["detail"].as_str().or(body["title"].as_str());
    if status.as_u16() == 503
        && let Some(why) = why
    {
        anyhow::bail!("the server can't do it at the moment: {why}");
    }
    if status.as_u16() == 401 || status.is_server_error() {
        return Err(server.strange(status));
    }
    Ok(Err(why.unwrap_or("refused").to_owned()))
}
