//! `portico admin …`: the calls of the administration, made to the running server.

mod args;
mod call;
mod groups;
mod moderation;
mod native;
mod people;
mod rooms;

use clap::Subcommand;
use portico_store::{OpenOptions, SqlStore};
use secrecy::ExposeSecret;
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
use crate::cli::{EXIT_ERROR, EXIT_NO, EXIT_OK, answer, complain};
use crate::config::Config;
use crate::management::CONTROL;
use crate::serve::{control_key, store_url};

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
                Call::get("messages").list("messages", &["id", "created_at", "state", "sent", "by", "to"])
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
    match ask(&config, &call).await {
        Ok(Ok(body)) => {
            if json || call.tables.is_empty() {
                if !body.is_null() {
                    answer(&body.to_string());
                }
            } else {
                show(&body, &call);
            }
            EXIT_OK
        }
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

/// The answer of the server; the inner error is its refusal.
async fn ask(config: &Config, call: &Call) -> anyhow::Result<Result<Value, String>> {
    let store = SqlStore::open_read_only(&store_url(config), &OpenOptions::default()).await?;
    let key = control_key(&store).await?;
    store.close().await;
    let address = config.server.management_listen;
    let request = awc::Client::default()
        .request(call.method.clone(), format!("http://{address}{CONTROL}/{}", call.path))
        .query(&call.query)?
        .bearer_auth(key.expose_secret());
    let sent = match &call.body {
        Some(body) => request.send_json(body).await,
        None => request.send().await,
    };
    let mut response = sent.map_err(|error| {
        anyhow::anyhow!(
            "this needs the running server, and there is none at server.management_listen = \"{address}\": {error}"
        )
    })?;
    let status = response.status();
    let body = response.body().limit(16 * 1024 * 1024).await?;
    let body: Value = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body)? };
    if status.is_success() {
        return Ok(Ok(body));
    }
    if status.as_u16() == 401 || status.is_server_error() {
        anyhow::bail!("the server at {address} answered {status}; is it the one of this configuration?");
    }
    let why = body["detail"].as_str().or(body["title"].as_str()).unwrap_or("refused");
    Ok(Err(why.to_owned()))
}

fn show(body: &Value, call: &Call) {
    // Those who wait stand under those who are there: in the last column they differ.
    let rows: Vec<Vec<String>> = call
        .tables
        .iter()
        .flat_map(|(list, columns)| {
            let rows = body[list].as_array().into_iter().flatten();
            rows.map(|row| columns.iter().map(|column| cell(row, column)).collect::<Vec<_>>())
        })
        .collect();
    let columns = call.tables.first().map_or(0, |(_, columns)| columns.len());
    let width = |at: usize| rows.iter().map(|row: &Vec<String>| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    for row in &rows {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, &width)| format!("{cell:width$}")).collect();
        answer(line.join("  ").trim_end());
    }
}

/// What stands in a column; control characters of what people wrote stay away from the terminal.
fn cell(row: &Value, column: &str) -> String {
    let value = column.split('.').fold(row, |value, name| &value[name]);
    let text = match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts
            .iter()
            .map(|part| part.as_str().map_or_else(|| part.to_string(), str::to_owned))
            .collect::<Vec<_>>()
            .join(","),
        other => other.to_string(),
    };
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect()
}
