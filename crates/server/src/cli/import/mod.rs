//! `portico import`: what another messenger kept, carried over.

mod apply;
mod old_options;
mod old_roles;
mod plan;
mod tables;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use portico_auth_sql::php_config::PhpConfig;
use portico_auth_sql::{DatabaseSettings, ForeignDatabase, TablePrefix};
use portico_core::auth::Realm;
use portico_core::ports::SystemClock;
use portico_store::{OpenError, OpenOptions, SqlStore};
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use self::apply::{Applying, Destination, Written};
use self::old_options::OldOptions;
use self::plan::{Plan, Report};
use self::tables::OldTables;
use crate::cli::{ConfigArgs, EXIT_CONFIG, EXIT_ERROR, EXIT_OK, answer, complain};
use crate::config::Config;
use crate::serve::store_url;

/// `portico import`
#[derive(Debug, Subcommand)]
pub(super) enum ImportCommand {
    /// From IntraMessenger: accounts, contacts, groups, roles, bans, messages not delivered yet, options. Stop the server first.
    Intramessenger(Box<IntramessengerArgs>),
}

/// What of IntraMessenger is carried over where.
#[derive(Debug, Args)]
pub(super) struct IntramessengerArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Its database: mysql://USER:PASSWORD@HOST/DATABASE. A file that holds the address: --database-url-file.
    #[arg(
        long,
        value_name = "URL",
        env = "PORTICO_IMPORT_DATABASE_URL",
        hide_env_values = true,
        required_unless_present = "database_url_file"
    )]
    database_url: Option<SecretString>,
    /// A file that holds nothing but the address of its database.
    #[arg(long, value_name = "FILE", conflicts_with = "database_url")]
    database_url_file: Option<PathBuf>,
    /// What its tables begin with.
    #[arg(long, value_name = "TEXT", default_value = "IM_")]
    table_prefix: String,
    /// The front that people will enter by; it must have Portico's own accounts (kind = "native").
    #[arg(long, value_name = "ID")]
    front: String,
    /// Its options file, common/config/config.inc.php.
    #[arg(long, value_name = "FILE")]
    options_file: Option<PathBuf>,
    /// Where to write the old options and roles as sections of a configuration; a file that is there is not overwritten.
    #[arg(long, value_name = "FILE")]
    write_options: Option<PathBuf>,
    /// A file that holds the pepper of its passwords (auth.inc.php): then they are carried over, else new ones have to be set.
    #[arg(long, value_name = "FILE")]
    pepper_file: Option<PathBuf>,
    /// What its passwords end with before they are hashed.
    #[arg(long, value_name = "TEXT", default_value = "", requires = "pepper_file")]
    suffix: String,
    /// Only tell what would be carried over.
    #[arg(long)]
    dry_run: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(command: &ImportCommand) -> u8 {
    let ImportCommand::Intramessenger(args) = command;
    let config = match args.config.load() {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return EXIT_CONFIG;
        }
    };
    match import(&config, args).await {
        Ok(text) => {
            answer(&text);
            EXIT_OK
        }
        Err(error) => {
            // With the reasons beneath it: what the old database said.
            complain(&format!("{error:#}"));
            EXIT_ERROR
        }
    }
}

async fn import(config: &Config, args: &IntramessengerArgs) -> anyhow::Result<String> {
    let url = database_url(args)?;
    let settings = DatabaseSettings::from_url(url.expose_secret())?;
    let destination = destination(config, args, settings.database())?;
    if let Some(file) = args.write_options.as_deref().filter(|file| file.exists()) {
        bail!("--write-options {}: it is there already and is not overwritten", file.display());
    }
    let options = args.options_file.as_deref().map(options_file).transpose()?;
    let options = options.as_ref().map(OldOptions::read);
    let prefix = TablePrefix::new(&args.table_prefix)?;
    let database = ForeignDatabase::connect(&settings);
    let old = OldTables::read(&database, &prefix).await.context("the old database can't be read")?;
    let plan = Plan::of(&old);
    let sections = sections(&old, &plan, options.as_ref());
    let written = if args.dry_run { None } else { Some(apply(config, destination, &plan).await?) };
    if let Some(file) = args.write_options.as_deref().filter(|_| written.is_some()) {
        write_new(file, &sections)?;
    }
    Ok(tell(args, &plan.report, written.as_ref(), &sections, options.as_ref()))
}

/// The old server wrote it in ISO-8859-1; who has opened it since may have saved it in UTF-8.
fn options_file(file: &std::path::Path) -> anyhow::Result<PhpConfig> {
    let bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => error.as_bytes().iter().map(|&byte| char::from(byte)).collect(),
    };
    Ok(PhpConfig::parse(file.display().to_string(), text.as_bytes()))
}

fn database_url(args: &IntramessengerArgs) -> anyhow::Result<SecretString> {
    match (&args.database_url, &args.database_url_file) {
        (Some(url), _) => Ok(url.clone()),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
            Ok(SecretString::from(text.trim_end_matches(['\r', '\n']).to_owned()))
        }
        (None, None) => bail!("--database-url or --database-url-file is needed"),
    }
}

fn destination(config: &Config, args: &IntramessengerArgs, database: &str) -> anyhow::Result<Destination> {
    let fronts = config.front.iter().filter_map(|front| Some((front.resolved_id()?, front)));
    let fronts: Vec<_> = fronts.collect();
    let Some((id, front)) = fronts.iter().find(|(id, _)| id.as_str() == args.front) else {
        let known: Vec<&str> = fronts.iter().map(|(id, _)| id.as_str()).collect();
        bail!("--front {}: there is no such front (there are: {})", args.front, known.join(", "));
    };
    let native = front.authenticators.iter().find_map(|name| {
        let authenticator = config.authenticator.get(name)?;
        (authenticator.kind == portico_auth_native::KIND)
            .then(|| authenticator.realm.clone().unwrap_or_else(|| name.clone()))
    });
    let realm = native.ok_or_else(|| {
        anyhow!(
            "--front {id}: none of its authenticators is of the kind \"native\", where the accounts would go"
        )
    })?;
    let pepper = match &args.pepper_file {
        Some(file) => {
            let mut bytes = std::fs::read(file).with_context(|| file.display().to_string())?;
            while bytes.last().is_some_and(|byte| matches!(byte, b'\r' | b'\n')) {
                bytes.pop();
            }
            if bytes.starts_with(b"<?") {
                bail!("--pepper-file {}: this is PHP; write the pepper alone into a file", file.display());
            }
            Some(bytes)
        }
        None => None,
    };
    Ok(Destination {
        realm: Realm::new(&realm).map_err(|_| anyhow!("`{realm}` is no realm"))?,
        community: front.community.clone(),
        front: id.clone(),
        pepper,
        suffix: args.suffix.clone().into_bytes(),
        source: format!("{database}/{}", args.table_prefix),
    })
}

async fn apply(config: &Config, to: Destination, plan: &Plan) -> anyhow::Result<Written> {
    let store = match SqlStore::open(&store_url(config), &OpenOptions::default()).await {
        Ok(store) => store,
        Err(error @ OpenError::InUse { .. }) => {
            return Err(
                anyhow!(error).context("stop the server first: an import writes what it keeps in memory")
            );
        }
        Err(error) => return Err(error.into()),
    };
    let applying =
        Applying { store: Arc::new(store.clone()), users: &store, clock: Arc::new(SystemClock), to };
    let written = applying.write(plan).await;
    store.close().await;
    Ok(written?)
}

/// The old roles, who had which, and the old options, as sections of a configuration.
fn sections(old: &OldTables, plan: &Plan, options: Option<&OldOptions>) -> String {
    let (roles, _, names) = old_roles::sections(&old.roles);
    let held: Vec<(String, String)> = plan
        .people
        .iter()
        .filter_map(|person| Some((person.login.clone(), names.get(&person.role?)?.clone())))
        .collect();
    let mut text = String::from(
        "# Carried over from IntraMessenger. Move what you want to keep into the configuration.\n",
    );
    text.push_str(&roles);
    text.push_str("\n[[front]]\n");
    let default = old.roles.iter().find(|role| role.is_default).and_then(|role| names.get(&role.id));
    if let Some(options) = options {
        text.push_str(&format!("{}\n", options.front.join("\n")));
    }
    if let Some(default) = default {
        text.push_str(&format!("default_role = \"{default}\"\n"));
    }
    text.push_str(&old_roles::grants(&held));
    if let Some(options) = options {
        let contacts: Vec<String> = options
            .auto_contacts
            .iter()
            .filter_map(|old| plan.people.iter().find(|person| person.old == *old))
            .map(|person| old_options::quoted(&person.login))
            .collect();
        text.push_str(&format!("[front.options]\n{}\n", options.options.join("\n")));
        if !contacts.is_empty() {
            text.push_str(&format!("auto_contacts = [{}]\n", contacts.join(", ")));
        }
    }
    text
}

fn write_new(file: &std::path::Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut made = std::fs::File::options()
        .write(true)
        .create_new(true)
        .open(file)
        .with_context(|| format!("{}: can't be made", file.display()))?;
    Ok(made.write_all(text.as_bytes())?)
}

/// The old server let its administrators alone manage groups.
const UNMANAGED: &str = "groups: the old server knew no managers, so none comes over; give each group one, while the server \
                         runs: portico admin add-member GROUP ACCOUNT --as manager (ids: portico admin groups, portico admin \
                         accounts)";

/// What was written.
fn done(written: &Written) -> Vec<String> {
    let mut lines = vec![format!(
        "written: {} accounts, {} relations, {} groups, {} messages, {} bans; the rest was there",
        written.people, written.relations, written.groups, written.messages, written.bans
    )];
    if written.bans_there > 0 {
        lines.push(format!("{} bans hold here already", written.bans_there));
    }
    if written.shut > 0 {
        lines.push(shut(written.shut));
    }
    lines
}

fn shut(people: usize) -> String {
    format!(
        "{people} of the accounts wait or are locked: they are in no group and nobody's contact; let them in (portico admin \
         edit-native) and import again, and what they had comes over"
    )
}

fn tell(
    args: &IntramessengerArgs,
    report: &Report,
    written: Option<&Written>,
    sections: &str,
    options: Option<&OldOptions>,
) -> String {
    let notes = options.map(|options| options.notes.clone()).unwrap_or_default();
    if args.json {
        return json!({ "found": report, "written": written, "sections": sections, "notes": notes })
            .to_string();
    }
    let mut lines = vec![format!(
        "found: {} accounts, {} relations, {} groups, {} messages, {} bans",
        report.people, report.relations, report.groups, report.messages, report.bans
    )];
    lines.extend(report.left_out.iter().map(|(why, count)| format!("left out: {count} × {why}")));
    match written {
        None => {
            if report.shut > 0 {
                lines.push(shut(report.shut));
            }
            lines.push("nothing was written (--dry-run)".to_owned());
        }
        Some(written) => lines.extend(done(written)),
    }
    if written.map_or(report.groups > 0, |written| !written.without_manager.is_empty()) {
        lines.push(UNMANAGED.to_owned());
        let ids = written.iter().flat_map(|written| &written.without_manager);
        lines.extend(ids.map(|group| format!("no manager: {} {}", group.id, group.name.escape_debug())));
    }
    lines.extend(
        written
            .iter()
            .flat_map(|written| &written.names_taken)
            .map(|login| format!("left out: `{}`, whose name somebody else has here", login.escape_debug())),
    );
    lines.extend(notes.iter().map(|note| format!("to decide: {note}")));
    if args.pepper_file.is_none() {
        lines.push(
            "passwords: not carried over (--pepper-file); set new ones with `portico admin`".to_owned(),
        );
    }
    if args.write_options.is_none() || args.dry_run {
        lines.push(String::new());
        lines.push(sections.to_owned());
    }
    lines.join("\n")
}
