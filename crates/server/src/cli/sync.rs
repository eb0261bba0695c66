//! `portico sync`: reads a directory now, or tells what reading it would change.

use std::sync::Arc;

use awc::http::Method;
use clap::Args;
use portico_core::administration::Actor;
use portico_core::auth::NoObserver;
use portico_core::engine::{Engine, SyncError, SyncOrder, SyncReport};
use portico_core::ports::SystemClock;
use portico_store::{OpenError, OpenOptions, SqlStore};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::PorticoServer;
use crate::assembly::Surroundings;
use crate::central::{self, Tags};
use crate::cli::running::Running;
use crate::cli::{ConfigArgs, EXIT_CONFIG, EXIT_ERROR, EXIT_NO, EXIT_OK, answer, complain};
use crate::config::{Config, FrontConfig};
use crate::serve::{hash_pool, store_url};

#[derive(Debug, Args)]
pub(super) struct SyncArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The authenticator whose directory is read.
    #[arg(long, value_name = "NAME")]
    authenticator: String,
    /// Say what would change, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Believe the directory though more than half of the people are missing there.
    #[arg(long, conflicts_with = "dry_run")]
    accept: bool,
    /// Read everybody, not only those who changed since the last time.
    #[arg(long)]
    full: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What a running server is asked for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SyncTask {
    /// The authenticator.
    pub authenticator: String,
    /// Change nothing.
    pub dry_run: bool,
    /// Believe that many are gone.
    pub accept: bool,
    /// Read everybody.
    pub full: bool,
}

impl SyncTask {
    /// Does it. The answer is `{"report": …}` or `{"refused": "…"}`.
    pub async fn execute(&self, engine: &Engine) -> Value {
        let order = SyncOrder { dry_run: self.dry_run, accept: self.accept, everybody: self.full };
        match engine.sync_directory(&self.authenticator, order).await {
            Ok(report) => {
                self.write_down(engine, &report).await;
                json!({ "report": report })
            }
            Err(error) => {
                json!({ "refused": error.to_string(), "usage": matches!(error, SyncError::Impossible(_)) })
            }
        }
    }
}

impl SyncTask {
    /// The line of the audit log. What was only asked for, and what was held back, has changed nothing.
    async fn write_down(&self, engine: &Engine, report: &SyncReport) {
        if report.dry_run || report.held.is_some() {
            return;
        }
        let entry = engine.audit_entry(&Actor::command_line(), "directory-read");
        let entry = entry.on("authenticator", &self.authenticator).changed(
            None,
            Some(json!({
                "accept": self.accept,
                "everybody": report.everybody,
                "people": report.people,
                "added": report.added,
                "changed": report.changed,
                "regrouped": report.regrouped,
                "returned": report.returned,
                "removed": report.removed,
            })),
        );
        if let Err(error) = engine.record(entry).await {
            tracing::error!(%error, "that the directory was read could not be written into the audit log");
        }
    }
}

pub(super) async fn run(server: PorticoServer, args: &SyncArgs) -> u8 {
    let config = match args.config.load() {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return EXIT_CONFIG;
        }
    };
    let task = SyncTask {
        authenticator: args.authenticator.clone(),
        dry_run: args.dry_run,
        accept: args.accept,
        full: args.full || args.accept,
    };
    match perform(server, &config, &task).await {
        Ok(value) => {
            let code = show(&value, args.json);
            if code == EXIT_OK && !args.json && !is_listed(&config, &args.authenticator) {
                complain(&format!(
                    "no front of `{}` has `directory = true`: who has never logged in is added nowhere",
                    args.authenticator
                ));
            }
            code
        }
        Err(error) => {
            complain(&error);
            EXIT_ERROR
        }
    }
}

/// Whether a front shows colleagues of this directory who have never logged in.
fn is_listed(config: &Config, authenticator: &str) -> bool {
    let lists = |front: &FrontConfig| {
        front.directory && front.authenticators.iter().any(|name| name == authenticator)
    };
    config.front.iter().any(lists)
}

/// Reads the directory here when no server owns the database, else asks the server that does.
async fn perform(server: PorticoServer, config: &Config, task: &SyncTask) -> anyhow::Result<Value> {
    let url = store_url(config);
    match SqlStore::open(&url, &OpenOptions::default()).await {
        Ok(store) => {
            let done = here(server, config, &store, task).await;
            store.close().await;
            done
        }
        Err(OpenError::InUse { .. }) => ask_server(config, task).await,
        Err(error) => Err(error.into()),
    }
}

async fn here(
    server: PorticoServer,
    config: &Config,
    store: &SqlStore,
    task: &SyncTask,
) -> anyhow::Result<Value> {
    let clock = Arc::new(SystemClock);
    let surroundings =
        Surroundings { hash_pool: hash_pool(config)?, clock: clock.clone(), observer: Arc::new(NoObserver) };
    let registry = server.registry_with(Arc::new(store.clone()));
    let authenticators = config.build_authenticators(&registry, &surroundings).await?;
    let mut config = config.clone();
    let central = central::load(&mut config, &Default::default(), &mut Tags::new()).await;
    let _unkept = central.map_err(|wrong| anyhow::anyhow!(wrong.join("\n")))?;
    let fronts = config.build_fronts(&authenticators)?;
    let settings = config.engine_settings(&authenticators);
    let engine = Engine::start(Arc::new(store.clone()), clock, fronts, settings).await?;
    let value = task.execute(&engine).await;
    engine.shut_down().await;
    Ok(value)
}

async fn ask_server(config: &Config, task: &SyncTask) -> anyhow::Result<Value> {
    // A large directory takes its time.
    let server = Running::of(config).await?.waiting(std::time::Duration::from_secs(3600));
    let sent = server.request(Method::POST, "/control/sync").send_json(task).await;
    let mut response = sent.map_err(|error| server.silent(&error))?;
    if !response.status().is_success() {
        return Err(server.strange(response.status()));
    }
    let body = response.body().limit(8 << 20).await;
    let body = body.map_err(|error| anyhow::anyhow!("the server's answer can't be read: {error}"))?;
    Ok(serde_json::from_slice(&body)?)
}

fn show(value: &Value, as_json: bool) -> u8 {
    if let Some(refused) = value["refused"].as_str() {
        complain(&refused);
        return if value["usage"] == true { EXIT_CONFIG } else { EXIT_ERROR };
    }
    let report = &value["report"];
    let held = !report["held"].is_null();
    if as_json {
        answer(&report.to_string());
    } else {
        answer(&as_text(report));
    }
    if held { EXIT_NO } else { EXIT_OK }
}

fn as_text(report: &Value) -> String {
    let mut lines = Vec::new();
    for line in report["lines"].as_array().into_iter().flatten() {
        let details: Vec<&str> =
            line["details"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let (login, what) =
            (line["login"].as_str().unwrap_or_default(), line["what"].as_str().unwrap_or_default());
        lines.push(format!("{what:8}  {login:24}  {}", details.join(", ")).trim_end().to_owned());
    }
    let number = |key: &str| report[key].as_u64().unwrap_or_default();
    let told = ["added", "changed", "regrouped", "returned", "removed"].map(number).iter().sum::<u64>();
    let shown = lines.len() as u64;
    if told > shown {
        lines.push(format!("… and {} more", told - shown));
    }
    let would = if report["dry_run"] == true { "would be " } else { "" };
    lines.push(format!(
        "{} people read ({}): {would}added {}, changed {}, other groups {}, back {}, removed {}",
        number("people"),
        if report["everybody"] == true { "everybody" } else { "those who changed" },
        number("added"),
        number("changed"),
        number("regrouped"),
        number("returned"),
        number("removed"),
    ));
    if let Some(held) = report["held"].as_object() {
        lines.push(format!(
            "Held back: {} of {} people who are known are missing in the directory. Nothing {} changed. If they are \
             really gone, run it again with --accept.",
            held["missing"],
            held["known"],
            if report["dry_run"] == true { "would be" } else { "was" },
        ));
    }
    lines.join("\n")
}
