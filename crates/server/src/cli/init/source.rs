//! Which application it is, and what its own configuration says.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use portico_auth_sql::DatabaseKind;
use portico_auth_sql::find::{AppSettings, FindError, Found, Links, Seeker};
use portico_auth_sql::recipe::AppConfig;
use secrecy::SecretString;

use super::{InitArgs, InitError};
use crate::cli::apps::{App, Applications};

/// An application and what is known of its installation.
#[derive(Debug)]
pub(super) struct Source<'c> {
    pub(super) app: App<'c>,
    /// The application's own configuration file.
    pub(super) file: Option<PathBuf>,
    /// What it says.
    pub(super) settings: Option<AppSettings>,
    /// The address given on the command line.
    pub(super) database_url: Option<SecretString>,
}

/// Chooses the application of the command line, or the one that is found.
pub(super) fn choose<'c>(args: &InitArgs, applications: &'c Applications) -> Result<Source<'c>, InitError> {
    let wanted = match &args.app {
        Some(id) => Some(applications.get(id).ok_or_else(|| InitError::Usage(applications.unknown(id)))?),
        None => None,
    };
    let database_url = args.database_url.as_deref().map(read_address).transpose()?;
    match (&args.from, wanted) {
        (Some(folder), wanted) => found(folder, wanted, database_url, args, applications),
        (None, Some(app)) => Ok(Source { app, file: None, settings: None, database_url }),
        (None, None) => Err(InitError::Usage("give --from DIR or --app ID".to_owned())),
    }
}

/// `-` is standard input: an address on the command line can be seen by every user of the machine.
fn read_address(given: &str) -> Result<SecretString, InitError> {
    if given != "-" {
        return Ok(SecretString::from(given.to_owned()));
    }
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|error| InitError::Failed(format!("standard input: {error}")))?;
    Ok(SecretString::from(line.trim_end_matches(['\r', '\n']).to_owned()))
}

fn found<'c>(
    folder: &Path,
    wanted: Option<App<'c>>,
    database_url: Option<SecretString>,
    args: &InitArgs,
    applications: &'c Applications,
) -> Result<Source<'c>, InitError> {
    let links = if args.follow_links { Links::Follow } else { Links::StayInside };
    let usage = |error: FindError| InitError::Usage(error.to_string());
    let mut seeker = Seeker::new(folder, links).map_err(usage)?;
    let candidates = wanted.map_or_else(|| applications.all(), |app| vec![app]);
    let mut all: Vec<(App<'c>, Found)> = candidates
        .into_iter()
        .filter_map(|app| {
            configs(app).into_iter().find_map(|(config, usual)| Some((app, seeker.look(&config, usual)?)))
        })
        .collect();
    if all.iter().any(|(_, found)| found.distinctive) {
        all.retain(|(_, found)| found.distinctive);
    }
    if all.len() > 1 {
        return Err(InitError::Usage(several(folder, &all)));
    }
    let Some((app, found)) = all.pop() else {
        return Err(InitError::Usage(nothing(folder, wanted, &seeker.trouble)));
    };
    let settings = match (found.settings, &database_url) {
        (Ok(settings), _) => Some(settings),
        (Err(_), Some(_)) => None,
        (Err(error), None) => {
            return Err(InitError::Failed(format!(
                "{} is there, but its settings can't be used: {error}\nGive them instead: portico init --app {} --database-url URL",
                app.name(),
                app.id()
            )));
        }
    };
    Ok(Source { app, file: Some(found.file), settings, database_url })
}

/// How an application is recognised, and its usual database.
fn configs(app: App<'_>) -> Vec<(AppConfig, DatabaseKind)> {
    match app {
        App::Recipe(recipe) => {
            let usual = recipe.databases.first().copied().unwrap_or(DatabaseKind::Mysql);
            recipe.config.iter().map(|config| (config.clone(), usual)).collect()
        }
        App::Own(kind) => kind.config().into_iter().map(|config| (config, DatabaseKind::Mysql)).collect(),
    }
}

fn several(folder: &Path, all: &[(App<'_>, Found)]) -> String {
    let mut text = format!("{} may hold several applications; say which with --app:", folder.display());
    for (app, found) in all {
        text.push_str(&format!("\n  {:<16} {} ({})", app.id(), app.name(), found.file.display()));
    }
    text
}

fn nothing(folder: &Path, wanted: Option<App<'_>>, trouble: &[FindError]) -> String {
    let folder = folder.display();
    let mut text = match wanted {
        Some(app) => format!("{folder}: there is no configuration file of {} here", app.name()),
        None => format!(
            "{folder}: no application that Portico knows is recognised here; `portico apps` lists them, and \
             `portico init --app ID --database-url URL` needs no folder"
        ),
    };
    for error in trouble {
        text.push_str(&format!("\n  {error}"));
    }
    text
}
