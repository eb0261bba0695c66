//! `portico admin …`: the calls of the administration, made to the running server.

mod args;

use clap::Subcommand;
use portico_store::{OpenOptions, SqlStore};
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};

use self::args::{
    AccountsArgs, AuditArgs, BanArgs, DecideArgs, Id, KickArgs, MaintenanceArgs, MessageArgs, MuteArgs,
    Nothing, ReportsArgs, RightsArgs, RoleArgs, StatisticsArgs, With,
};
use crate::cli::{ConfigArgs, EXIT_ERROR, EXIT_NO, EXIT_OK, answer, complain};
use crate::config::Config;
use crate::management::CONTROL;
use crate::serve::{control_key, store_url};

/// What is asked of the running server.
#[derive(Debug, Subcommand)]
pub(super) enum Administration {
    /// What administrators and moderators have done, newest first.
    Audit(With<AuditArgs>),
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
    /// End the sessions of an account.
    Kick(With<KickArgs>),
    /// List what people have reported.
    Reports(With<ReportsArgs>),
    /// One report, with the message it is about. That it was read is written down.
    Report(With<Id>),
    /// Decide over a report.
    Decide(With<DecideArgs>),
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
    /// List the people who have entered.
    Accounts(With<AccountsArgs>),
    /// One person: sessions, fronts, groups.
    Account(With<Id>),
    /// Give an account a role.
    GiveRole(With<RoleArgs>),
    /// Take a role from an account.
    TakeRole(With<RoleArgs>),
    /// Close a front for maintenance, or open it again.
    Maintenance(With<MaintenanceArgs>),
}

/// A call to be made, and what of its answer a table shows.
struct Call {
    method: awc::http::Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    /// The list in the answer, and its columns.
    table: Option<(&'static str, &'static [&'static str])>,
}

impl Call {
    fn new(method: awc::http::Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), query: Vec::new(), body: None, table: None }
    }

    fn get(path: impl Into<String>) -> Self {
        Self::new(awc::http::Method::GET, path)
    }

    fn body(mut self, fields: &[(&str, Value)]) -> Self {
        let given = fields.iter().filter(|(_, value)| !value.is_null());
        let object: Map<String, Value> =
            given.map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.body = Some(Value::Object(object));
        self
    }

    fn asking(mut self, name: &'static str, value: Option<String>) -> Self {
        self.query.extend(value.map(|value| (name, value)));
        self
    }

    fn list(mut self, name: &'static str, columns: &'static [&'static str]) -> Self {
        self.table = Some((name, columns));
        self
    }
}

/// A piece of a path: what an id can't have is spelt out.
fn piece(text: &str) -> String {
    let keep = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':');
    text.bytes()
        .map(|byte| if keep(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn audience(to: &str) -> Result<Value, String> {
    Ok(match to.split_once(':') {
        None if to == "everybody" || to == "online" => json!({ to: true }),
        Some((kind @ ("group" | "role" | "account"), which)) => json!({ kind: which }),
        _ => return Err("--to is everybody, online, group:ID, role:NAME or account:ID".to_owned()),
    })
}

impl Administration {
    fn call(self) -> Result<(ConfigArgs, bool, Call), String> {
        use awc::http::Method;
        Ok(match self {
            Self::Audit(With { config, of, json }) => {
                let call = Call::get("audit")
                    .asking("actor", of.actor)
                    .asking("action", of.action)
                    .asking("target", of.target)
                    .asking("from", of.from)
                    .asking("to", of.to)
                    .asking("limit", Some(of.limit.to_string()));
                (
                    config,
                    json,
                    call.list("entries", &["at", "actor.name", "action", "target.kind", "target.id"]),
                )
            }
            Self::Bans(With { config, json, .. }) => {
                let columns = &["id", "kind", "value", "front", "community", "until", "reason"];
                (config, json, Call::get("bans").list("bans", columns))
            }
            Self::Ban(With { config, of, json }) => {
                let call = Call::new(Method::POST, "bans").body(&[
                    ("name", json!(of.name)),
                    ("address", json!(of.address)),
                    ("device", json!(of.device)),
                    ("realm", json!(of.realm)),
                    ("front", json!(of.front)),
                    ("community", json!(of.community)),
                    ("reason", json!(of.reason)),
                    ("until", json!(of.until)),
                ]);
                (config, json, call)
            }
            Self::Unban(With { config, of, json }) => {
                (config, json, Call::new(Method::DELETE, format!("bans/{}", piece(&of.id))))
            }
            Self::Mutes(With { config, json, .. }) => {
                let columns = &["id", "account", "front", "community", "until", "reason"];
                (config, json, Call::get("mutes").list("mutes", columns))
            }
            Self::Mute(With { config, of, json }) => {
                let call = Call::new(Method::POST, "mutes").body(&[
                    ("account", json!(of.account)),
                    ("front", json!(of.front)),
                    ("community", json!(of.community)),
                    ("reason", json!(of.reason)),
                    ("minutes", json!(of.minutes)),
                ]);
                (config, json, call)
            }
            Self::Unmute(With { config, of, json }) => {
                (config, json, Call::new(Method::DELETE, format!("mutes/{}", piece(&of.id))))
            }
            Self::Kick(With { config, of, json }) => {
                let call = Call::new(Method::POST, format!("accounts/{}/kick", piece(&of.account)))
                    .body(&[("front", json!(of.front)), ("reason", json!(of.reason))]);
                (config, json, call)
            }
            Self::Reports(With { config, of, json }) => {
                let state = if of.closed { "closed" } else { "open" };
                let columns = &["id", "front", "kind", "account.login", "reporter.login", "decision", "text"];
                let call = Call::get("reports").asking("state", Some(state.to_owned()));
                (config, json, call.list("reports", columns))
            }
            Self::Report(With { config, of, json }) => {
                (config, json, Call::get(format!("reports/{}", piece(&of.id))))
            }
            Self::Decide(With { config, of, json }) => {
                let call = Call::new(Method::PUT, format!("reports/{}", piece(&of.id)))
                    .body(&[("decision", json!(of.decision)), ("text", json!(of.text))]);
                (config, json, call)
            }
            Self::Administrators(With { config, json, .. }) => {
                let columns = &["account.id", "account.login", "rights"];
                (config, json, Call::get("administrators").list("administrators", columns))
            }
            Self::Rights(With { config, of, json }) => {
                let words = of.rights.split(',').map(str::trim).filter(|word| !word.is_empty());
                let rights: Vec<&str> = words.collect();
                let call = Call::new(Method::PUT, format!("administrators/{}", piece(&of.account)));
                (config, json, call.body(&[("rights", json!(rights))]))
            }
            Self::Message(With { config, of, json }) => {
                let to = audience(&of.to)?;
                let fields = [("to", to), ("front", json!(of.front)), ("text", json!(of.text))];
                (config, json, Call::new(Method::POST, "messages").body(&fields))
            }
            Self::Messages(With { config, json, .. }) => {
                let columns = &["id", "created_at", "state", "sent", "by", "to"];
                (config, json, Call::get("messages").list("messages", columns))
            }
            Self::Statistics(With { config, of, json }) => {
                let columns =
                    &["day", "front", "messages", "sessions", "people", "new_accounts", "files", "bytes"];
                let call = Call::get("statistics")
                    .asking("from", of.from)
                    .asking("to", of.to)
                    .asking("front", of.front);
                (config, json, call.list("days", columns))
            }
            Self::Accounts(With { config, of, json }) => {
                let columns = &["id", "login", "realm", "online", "fronts", "created_at"];
                let call = Call::get("accounts")
                    .asking("query", of.query)
                    .asking("realm", of.realm)
                    .asking("front", of.front)
                    .asking("limit", Some("200".to_owned()));
                (config, json, call.list("accounts", columns))
            }
            Self::Account(With { config, of, json }) => {
                (config, json, Call::get(format!("accounts/{}", piece(&of.id))))
            }
            Self::GiveRole(With { config, of, json }) => (config, json, role_call(Method::PUT, of)),
            Self::TakeRole(With { config, of, json }) => (config, json, role_call(Method::DELETE, of)),
            Self::Maintenance(With { config, of, json }) => {
                let mut call = Call::new(Method::PUT, format!("fronts/{}/maintenance", piece(&of.front)));
                call.body = Some(json!({ "text": of.text }));
                (config, json, call)
            }
        })
    }
}

fn role_call(method: awc::http::Method, of: RoleArgs) -> Call {
    let path = format!("accounts/{}/roles/{}", piece(&of.account), piece(&of.role));
    Call::new(method, path).asking("community", Some(of.community))
}

/// Makes the call and prints its answer.
pub(super) async fn run(command: Administration) -> u8 {
    let (config, json, call) = match command.call() {
        Ok(parts) => parts,
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
            if json || call.table.is_none() {
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
    let Some((list, columns)) = call.table else { return };
    let rows: Vec<Vec<String>> = body[list]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| columns.iter().map(|column| cell(row, column)).collect())
        .collect();
    let width = |at: usize| rows.iter().map(|row: &Vec<String>| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
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
