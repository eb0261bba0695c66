use awc::http::Method;
use clap::Args;
use serde_json::Value;

use crate::cli::running::Running;
use crate::cli::{ConfigArgs, EXIT_CONFIG, EXIT_ERROR, EXIT_NO, EXIT_OK, answer, complain};
use crate::config::Config;

/// `portico reload`
#[derive(Debug, Args)]
pub(super) struct ReloadArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

/// Has the running server read its configuration again.
pub(super) async fn run(args: &ReloadArgs) -> u8 {
    let config = match args.config.load() {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return EXIT_CONFIG;
        }
    };
    let answered = match ask_server(&config).await {
        Ok(answered) => answered,
        Err(error) => {
            complain(&error);
            return EXIT_ERROR;
        }
    };
    let list = |key: &str| -> Vec<String> {
        let entries = answered[key].as_array().into_iter().flatten();
        entries.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let refused = list("refused");
    if args.json {
        answer(&answered.to_string());
    } else if refused.is_empty() {
        let (changed, restart) = (list("changed"), list("needs_restart"));
        let changed = if changed.is_empty() { "nothing".to_owned() } else { changed.join(", ") };
        answer(&format!("changed: {changed}"));
        if !restart.is_empty() {
            answer(&format!("after the next start: {}", restart.join(", ")));
        }
    } else {
        complain(&format!("nothing was changed:\n{}", refused.join("\n")));
    }
    if refused.is_empty() { EXIT_OK } else { EXIT_NO }
}

async fn ask_server(config: &Config) -> anyhow::Result<Value> {
    let server = Running::of(config).await?;
    // It may have to ask central servers.
    let sent = server.request(Method::POST, "/control/reload").send().await;
    let mut response = sent.map_err(|error| server.silent(&error))?;
    if !response.status().is_success() {
        return Err(server.strange(response.status()));
    }
    response.json().await.map_err(|error| anyhow::anyhow!("the server's answer can't be understood: {error}"))
}
