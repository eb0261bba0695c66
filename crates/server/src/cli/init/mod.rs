//! `portico init`: from an installed application to a front that lets its people in.

mod account;
mod plan;
mod source;
mod write;

use std::path::{Path, PathBuf};

use clap::Args;

use crate::PorticoServer;
use crate::cli::apps::Applications;
use crate::cli::init_ldap::{self, InitLdapArgs};
use crate::cli::{EXIT_CONFIG, EXIT_ERROR, EXIT_OK, EXIT_USAGE, answer, check, complain};

pub(in crate::cli) use plan::section_name;

/// `portico init`. One of the group `source` says what to set up; a directory is asked by
/// [`init_ldap`].
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("source").args(["from", "app", "ldap"]).required(true).multiple(true))]
#[command(after_help = "\
Examples:
  portico init --from /var/www/forum
  portico init --app joomla --database-url mysql://reader:secret@localhost/site --table-prefix j_
  portico init --app native
  portico init --ldap ldaps://dc1.example.org --bind-dn svc-portico@example.org")]
pub(super) struct InitArgs {
    /// The folder that the application is installed in. It is recognised there by its own configuration file.
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Which application, as in `portico apps`. With --from: if there are several.
    #[arg(long, value_name = "ID")]
    app: Option<String>,
    /// The application's database, where its own configuration can't be read; `-` reads the address from standard input.
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// What the names of the application's tables begin with.
    #[arg(long, value_name = "PREFIX")]
    table_prefix: Option<String>,
    /// A key of the authenticator, as `base_url=https://www.example.org`.
    #[arg(long = "set", value_name = "KEY=VALUE")]
    set: Vec<String>,
    /// The name of the authenticator. It names the people's realm: don't change it later.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where the front is.
    #[arg(long, value_name = "PATH")]
    front: Option<String>,
    /// The front's title.
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The configuration file: made, or added to.
    #[arg(long, env = "PORTICO_CONFIG", value_name = "FILE", default_value = "portico.toml")]
    config: PathBuf,
    /// Replace an authenticator and a front of the same names.
    #[arg(long)]
    force: bool,
    /// Only print what would be written.
    #[arg(long)]
    dry_run: bool,
    /// Read configuration files behind links that lead out of DIR, too.
    #[arg(long)]
    follow_links: bool,
    /// A folder with recipes of your own.
    #[arg(long, value_name = "DIR")]
    recipes: Option<PathBuf>,
    #[command(flatten)]
    directory: InitLdapArgs,
}

/// Why nothing was written.
#[derive(Debug)]
enum InitError {
    /// The command line must be another.
    Usage(String),
    /// The configuration, or a recipe, must be another.
    Config(String),
    /// It did not work.
    Failed(String),
}

pub(super) async fn run(server: PorticoServer, args: &InitArgs) -> u8 {
    if args.directory.ldap.is_some() {
        return init_ldap::run(&args.directory).await;
    }
    match prepare(args) {
        Ok(None) => EXIT_OK,
        Ok(Some(plan)) => {
            let status = check::run(server, &check::CheckArgs::of(&args.config)).await;
            answer(&plan.closing(status == EXIT_OK));
            status
        }
        Err(InitError::Usage(message)) => {
            complain(&message);
            EXIT_USAGE
        }
        Err(InitError::Config(message)) => {
            complain(&message);
            EXIT_CONFIG
        }
        Err(InitError::Failed(message)) => {
            complain(&message);
            EXIT_ERROR
        }
    }
}

/// Writes the configuration. After a dry run there is nothing to check.
fn prepare(args: &InitArgs) -> Result<Option<plan::Plan>, InitError> {
    let applications = Applications::load(args.recipes.as_deref()).map_err(InitError::Config)?;
    let source = source::choose(args, &applications)?;
    let mut plan = plan::Plan::of(args, &source)?;
    let existing = write::Existing::read(&args.config)?;
    plan.settle(&existing, args)?;
    let addition = plan.text();
    let whole = existing.with(&addition, &plan, args.force)?;
    let proposal = account::Proposal::of(&source, &plan)?;
    if args.dry_run {
        answer(&plan.preview(&existing, &addition));
        answer(&proposal.map(|proposal| proposal.preview()).unwrap_or_default());
        return Ok(None);
    }
    existing.write(&whole, &plan, args.force)?;
    answer(&plan.announce(&existing));
    if let Some(proposal) = proposal {
        answer(&proposal.text(&plan));
    }
    Ok(Some(plan))
}

impl InitArgs {
    /// The folder that relative paths of the configuration start at.
    fn folder(&self) -> &Path {
        self.config.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }
}
