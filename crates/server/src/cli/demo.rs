use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use crate::PorticoServer;
use crate::cli::{EXIT_ERROR, EXIT_OK, EXIT_USAGE, answer, complain};
use crate::config::Config;
use crate::demo::{Demo, Door};

/// `portico demo`
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDR:PORT")]
    listen: SocketAddr,
    /// Keep the people, their passwords and messages in this folder; without it everything is gone at the end.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Print addresses and logins as one line of JSON.
    #[arg(long)]
    json: bool,
    /// Listen on an address that other machines reach. The passwords are random, but the people are made up.
    #[arg(long)]
    allow_public_address: bool,
}

pub(super) async fn run(server: PorticoServer, args: &DemoArgs) -> u8 {
    if !args.listen.ip().is_loopback() && !args.allow_public_address {
        complain(&format!(
            "{} can be reached by other machines; add --allow-public-address if that is what you want",
            args.listen
        ));
        return EXIT_USAGE;
    }
    match serve(server, args).await {
        Ok(()) => EXIT_OK,
        Err(error) => {
            complain(&format!("{error:#}"));
            EXIT_ERROR
        }
    }
}

async fn serve(server: PorticoServer, args: &DemoArgs) -> anyhow::Result<()> {
    let (folder, temporary) = match &args.data {
        Some(folder) => {
            std::fs::create_dir_all(folder)?;
            (folder.clone(), None)
        }
        None => {
            let temporary = tempfile::Builder::new().prefix("portico-demo-").tempdir()?;
            (temporary.path().to_owned(), Some(temporary))
        }
    };
    let demo = Demo::in_folder(&folder).await?;
    let config = configuration(&demo, args.listen)?;
    let running = server.start(config).await?;
    let base = format!("http://{}", running.address);
    if args.json {
        answer(&as_json(&demo, &base).to_string());
    } else {
        answer(&as_text(&demo, &base, &folder, temporary.is_some()));
    }
    running.until_stopped().await?;
    Ok(())
}

fn configuration(demo: &Demo, listen: SocketAddr) -> anyhow::Result<Config> {
    let mut config = Config::load(&demo.config_file(), [])?;
    config.server.listen = listen;
    Ok(config)
}

fn as_json(demo: &Demo, base: &str) -> serde_json::Value {
    let fronts: Vec<_> = demo
        .doors()
        .iter()
        .map(|Door { path, people, .. }| json!({ "path": path, "url": format!("{base}{path}"), "people": people }))
        .collect();
    json!({ "fronts": fronts })
}

fn as_text(demo: &Demo, base: &str, folder: &Path, temporary: bool) -> String {
    let mut lines =
        vec![String::new(), "Portico's demonstration. Open two of these in two browsers:".to_owned()];
    for door in demo.doors() {
        lines.push(String::new());
        lines.push(format!("  {base}{}   {}", door.path, door.title));
        for person in &door.people {
            lines.push(format!("      {:<10} {:<18} {}", person.login, person.password, person.note));
        }
    }
    lines.push(String::new());
    lines.push(if temporary {
        "Everything is gone when you press Ctrl-C; keep it with --data DIR.".to_owned()
    } else {
        format!("Kept in {}. Ctrl-C stops the server.", folder.display())
    });
    lines.join("\n")
}
