use std::sync::Arc;

use clap::Args;
use portico_core::auth::{AuthError, Authenticator, Explanation, NoObserver};
use portico_core::ports::{Store, SystemClock};
use portico_store::{OpenError, OpenOptions, SqlStore, redacted_url};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use crate::PorticoServer;
use crate::assembly::Surroundings;
use crate::central::{self, Tags};
use crate::cli::no_users::NoUsers;
use crate::cli::{ConfigArgs, EXIT_CONFIG, EXIT_ERROR, EXIT_NO, EXIT_OK, answer, complain};
use crate::config::Config;
use crate::serve::{hash_pool, store_url};

/// `portico check`
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

impl CheckArgs {
    /// The same as `portico check --config FILE`.
    pub(super) fn of(file: &std::path::Path) -> Self {
        Self { config: ConfigArgs { config: file.to_owned() }, json: false }
    }
}

struct Finding {
    what: String,
    kind: String,
    state: &'static str,
    advice: Option<String>,
    /// The steps that worked.
    steps: Vec<String>,
}

pub(super) async fn run(server: PorticoServer, args: &CheckArgs) -> u8 {
    let mut config = match args.config.load() {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return EXIT_CONFIG;
        }
    };
    // Reading only: nothing is kept.
    if let Err(wrong) = central::load(&mut config, &Default::default(), &mut Tags::new()).await {
        complain(&wrong.join("\n"));
        return EXIT_CONFIG;
    }
    match examine(server, &config).await {
        Ok(findings) => {
            let all_well = findings.iter().all(|finding| finding.state == "ok");
            if args.json {
                answer(&as_json(&findings).to_string())
            } else {
                answer(&as_table(&findings))
            }
            if all_well { EXIT_OK } else { EXIT_NO }
        }
        Err(error) => {
            complain(&error);
            EXIT_ERROR
        }
    }
}

async fn examine(server: PorticoServer, config: &Config) -> anyhow::Result<Vec<Finding>> {
    let mut findings = Vec::new();
    let url = store_url(config);
    let shown = redacted_url(url.expose_secret());
    // Reading only: `check` runs beside a server, and makes no database.
    let store = SqlStore::open_read_only(&url, &OpenOptions::default()).await;
    let users: Arc<dyn portico_core::ports::NativeUsers> = match store {
        Ok(store) => {
            let answered = store.ping().await;
            findings.push(finding(
                "database",
                &shown,
                answered.err().map(|error| ("unavailable", error.to_string())),
            ));
            Arc::new(store)
        }
        Err(error) if is_new(url.expose_secret(), &error) => {
            findings.push(Finding {
                what: "database".into(),
                kind: shown,
                state: "ok",
                advice: Some(
                    "new, or of an older version: the next `portico serve` brings it up to date".into(),
                ),
                steps: Vec::new(),
            });
            Arc::new(NoUsers)
        }
        Err(error) => {
            findings.push(finding("database", &shown, Some(("unavailable", error.to_string()))));
            Arc::new(NoUsers)
        }
    };
    let registry = server.registry_with(users);
    let surroundings = Surroundings {
        hash_pool: hash_pool(config)?,
        clock: Arc::new(SystemClock),
        observer: Arc::new(NoObserver),
    };
    let mut built = crate::assembly::Authenticators::new();
    for (name, section) in &config.authenticator {
        let what = format!("authenticator {name}");
        match config.build_authenticator(name, section, &registry, &surroundings).await {
            Err(error) => {
                findings.push(finding(&what, &section.kind, Some(("misconfigured", error.to_string()))))
            }
            Ok(authenticator) => {
                let Explanation { passed, failed } = authenticator.explain().await;
                let failed = failed.map(|error| (error.as_str(), advice(&error)));
                findings.push(Finding { steps: passed, ..finding(&what, &section.kind, failed) });
                built.insert(name.clone(), Arc::new(authenticator));
            }
        }
    }
    if built.len() == config.authenticator.len() {
        let fronts = config.build_fronts(&built);
        let told = fronts.as_ref().map(Config::advice).unwrap_or_default().join("\n");
        let wrong = fronts.err();
        let shown = config.front.iter().map(|front| front.path.as_str()).collect::<Vec<_>>().join(" ");
        let outcome = finding("fronts", &shown, wrong.map(|error| ("misconfigured", error.to_string())));
        let told = (!told.is_empty()).then_some(told);
        findings.push(Finding { advice: outcome.advice.or(told), ..outcome });
    }
    Ok(findings)
}

/// A database that the first start makes.
fn is_new(url: &str, error: &OpenError) -> bool {
    let file = url.strip_prefix("sqlite://").map(|file| file.split('?').next().unwrap_or(file));
    matches!(error, OpenError::SchemaOlder { .. })
        || file.is_some_and(|file| !std::path::Path::new(file).exists())
}

fn finding(what: &str, kind: &str, wrong: Option<(&'static str, String)>) -> Finding {
    let (state, advice) = wrong.map_or(("ok", None), |(state, advice)| (state, Some(advice)));
    Finding { what: what.to_owned(), kind: kind.to_owned(), state, advice, steps: Vec::new() }
}

fn advice(error: &AuthError) -> String {
    error.full_text()
}

fn as_json(findings: &[Finding]) -> Value {
    let rows: Vec<Value> = findings
        .iter()
        .map(|f| json!({ "what": f.what, "kind": f.kind, "state": f.state, "detail": f.advice, "steps": f.steps }))
        .collect();
    json!({ "ok": findings.iter().all(|f| f.state == "ok"), "checks": rows })
}

fn as_table(findings: &[Finding]) -> String {
    let width =
        |pick: fn(&Finding) -> &str| findings.iter().map(|f| pick(f).chars().count()).max().unwrap_or(0);
    let (what, kind) = (width(|f| &f.what), width(|f| &f.kind));
    let mut lines = Vec::new();
    for f in findings {
        lines.push(format!("{:what$}  {:kind$}  {}", f.what, f.kind, f.state));
        lines.extend(f.steps.iter().map(|step| format!("    {step}")));
        if let Some(advice) = &f.advice {
            lines.extend(advice.lines().map(|line| format!("    {line}")));
        }
    }
    lines.join("\n")
}

/// Native accounts where there is no database yet: none.
pub(super) fn no_users() -> Arc<dyn portico_core::ports::NativeUsers> {
    Arc::new(NoUsers)
}
