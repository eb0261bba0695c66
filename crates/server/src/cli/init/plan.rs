//! What is written: an authenticator, a front, files with secrets.

use std::fmt::Write;

use portico_auth_sql::find::AppSettings;
use portico_auth_sql::recipe::Recipe;
use portico_auth_sql::{DatabaseKind, DatabaseSettings, TablePrefix};
use portico_core::front::FrontPath;
use secrecy::{ExposeSecret, SecretString};
use toml::Value;

use super::source::Source;
use super::write::Existing;
use super::{InitArgs, InitError};
use crate::cli::apps::App;

/// The sections to be, and the files beside the configuration.
#[derive(Debug)]
pub(super) struct Plan {
    /// The authenticator's name.
    pub(super) name: String,
    /// Its keys in their order.
    keys: Vec<(String, Value)>,
    /// Key, name of the file, contents.
    pub(super) secrets: Vec<(&'static str, String, SecretString)>,
    /// The front's path.
    pub(super) front: String,
    title: String,
    unknown_names: Option<&'static str>,
    /// The application's database.
    pub(super) database: Option<Database>,
    /// The configuration file as it was named.
    config: String,
    notes: Vec<String>,
}

/// The application's database.
#[derive(Debug)]
pub(super) struct Database {
    pub(super) kind: DatabaseKind,
    pub(super) name: String,
    pub(super) url: SecretString,
    pub(super) prefix: TablePrefix,
}

/// A name for an authenticator: letters, digits and `-`.
pub(in crate::cli) fn section_name(id: &str) -> String {
    let plain: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).collect();
    let plain = plain.trim_matches('-').to_ascii_lowercase();
    if plain.is_empty() { "people".to_owned() } else { plain }
}

impl Plan {
    /// What an application needs.
    pub(super) fn of(args: &InitArgs, source: &Source<'_>) -> Result<Self, InitError> {
        let name = args.name.clone().unwrap_or_else(|| section_name(source.app.id()));
        if name != section_name(&name) {
            return Err(InitError::Usage(format!(
                "--name {name}: expected small letters, digits, `-` and `_`"
            )));
        }
        let mut plan = Self {
            name,
            keys: Vec::new(),
            secrets: Vec::new(),
            front: args.front.clone().unwrap_or_default(),
            title: args.title.clone().unwrap_or_else(|| title(source.app)),
            unknown_names: None,
            database: None,
            config: args.config.display().to_string(),
            notes: Vec::new(),
        };
        if !plan.front.is_empty() {
            FrontPath::new(&plan.front).map_err(|error| InitError::Usage(format!("--front: {error}")))?;
        }
        match source.app {
            App::Recipe(recipe) => plan.of_recipe(recipe, source, args)?,
            App::Own(kind) => plan.of_kind(kind, source, args)?,
        }
        for pair in &args.set {
            plan.set(pair, source.app)?;
        }
        plan.check_required(source.app)?;
        Ok(plan)
    }

    fn key(&mut self, key: &str, value: impl Into<Value>) {
        let value = value.into();
        match self.keys.iter_mut().find(|(known, _)| known == key) {
            Some((_, old)) => *old = value,
            None => self.keys.push((key.to_owned(), value)),
        }
    }

    /// A value that stands in a file of its own, `NAME.database-url`.
    fn secret(&mut self, key: &'static str, value: SecretString) {
        let file = format!("{}.{}", self.name, key.replace('_', "-"));
        self.key(&format!("{key}_file"), file.clone());
        self.secrets.retain(|(known, _, _)| *known != key);
        self.secrets.push((key, file, value));
    }

    fn of_recipe(&mut self, recipe: &Recipe, source: &Source<'_>, args: &InitArgs) -> Result<(), InitError> {
        self.key("kind", "sql");
        self.key("app", recipe.id.as_str());
        if let Some(folder) = &args.recipes {
            let folder = std::path::absolute(folder).map_err(|error| InitError::Failed(error.to_string()))?;
            self.key("recipes", folder.display().to_string());
        }
        self.key("label", recipe.name.as_str());
        self.database(source, args, &recipe.prefix, false)?;
        if let Some(settings) = &source.settings {
            if let Some(base_url) = settings.base_url.as_deref().filter(|_| recipe.base_url) {
                self.key("base_url", base_url.trim_end_matches('/'));
            }
            if let Some(site_key) = settings.site_key.clone().filter(|_| recipe.site_key.is_some()) {
                self.secret("site_key", site_key);
            }
        }
        self.notes.clone_from(&recipe.notes);
        Ok(())
    }

    fn of_kind(
        &mut self,
        kind: &crate::cli::apps::own::OwnKind,
        source: &Source<'_>,
        args: &InitArgs,
    ) -> Result<(), InitError> {
        self.key("kind", kind.id);
        self.key("label", kind.name);
        match kind.id {
            "native" => self.unknown_names = Some("form-approval"),
            "phpbb" | "phorum" => match (&source.file, &source.database_url) {
                (Some(file), None) => {
                    self.key("config_php", file.display().to_string());
                    self.database = source
                        .settings
                        .as_ref()
                        .map(|settings| of_settings(settings, kind.prefix))
                        .transpose()?;
                }
                _ => self.database(source, args, kind.prefix, true)?,
            },
            other => {
                return Err(InitError::Usage(format!(
                    "an authenticator of kind \"{other}\" has no database; its keys stand in docs/configuration.md"
                )));
            }
        }
        Ok(())
    }

    /// The keys `database_url` and `table_prefix`.
    fn database(
        &mut self,
        source: &Source<'_>,
        args: &InitArgs,
        usual: &str,
        own: bool,
    ) -> Result<(), InitError> {
        let found = source.settings.as_ref();
        let mut database = match (&source.database_url, found) {
            (Some(url), _) => of_address(url, found, usual)?,
            (None, Some(settings)) => of_settings(settings, usual)?,
            (None, None) => {
                return Err(InitError::Usage(format!(
                    "give --database-url URL, or --from the folder of {}",
                    source.app.name()
                )));
            }
        };
        if let Some(prefix) = &args.table_prefix {
            database.prefix = TablePrefix::new(prefix)
                .map_err(|error| InitError::Usage(format!("--table-prefix: {error}")))?;
        }
        // An SQLite file needs no password, so its address is no secret.
        if database.kind == DatabaseKind::Sqlite {
            self.key("database_url", database.url.expose_secret());
        } else {
            self.secret("database_url", database.url.clone());
        }
        if !own || database.prefix.as_str() != usual {
            self.key("table_prefix", database.prefix.as_str());
        }
        self.database = Some(database);
        Ok(())
    }

    fn set(&mut self, pair: &str, app: App<'_>) -> Result<(), InitError> {
        let (key, value) = pair
            .split_once('=')
            .ok_or_else(|| InitError::Usage(format!("--set {pair}: expected KEY=VALUE")))?;
        let settings = match app {
            App::Recipe(recipe) => recipe.settings(),
            App::Own(_) => Vec::new(),
        };
        if let Some(secret) = settings.iter().find(|setting| setting.secret && setting.key == key) {
            self.secret(secret.key, SecretString::from(value.to_owned()));
            return Ok(());
        }
        let general = ["label", "realm", "timeout"];
        let known: Vec<&str> = settings.iter().map(|setting| setting.key).chain(general).collect();
        // The kinds with code of their own check their keys themselves.
        if matches!(app, App::Recipe(_)) && !known.contains(&key) {
            let known = known.join(", ");
            return Err(InitError::Usage(format!(
                "--set {key}: {} has no such key; there are: {known}",
                app.id()
            )));
        }
        let typed =
            format!("v = {value}").parse::<toml::Table>().ok().and_then(|mut table| table.remove("v"));
        let typed = typed.filter(|typed| !typed.is_table() && !typed.is_datetime());
        self.key(key, typed.unwrap_or_else(|| Value::String(value.to_owned())));
        Ok(())
    }

    fn check_required(&self, app: App<'_>) -> Result<(), InitError> {
        let App::Recipe(recipe) = app else { return Ok(()) };
        let missing = recipe.settings().into_iter().find(|setting| {
            let is = |key: &str| self.keys.iter().any(|(known, _)| known == key);
            setting.required && !is(setting.key) && !is(&format!("{}_file", setting.key))
        });
        missing.map_or(Ok(()), |setting| {
            Err(InitError::Usage(format!("add --set {}=…: {}", setting.key, setting.about)))
        })
    }

    /// Chooses what was not said, so that it fits what there is; refuses what would replace something.
    pub(super) fn settle(&mut self, existing: &Existing, args: &InitArgs) -> Result<(), InitError> {
        let named = format!("/im-{}/", self.name);
        if self.front.is_empty() {
            let replaces = args.force && existing.front_of(&self.name).is_some();
            self.front = match existing.front_of(&self.name).filter(|_| replaces) {
                Some(path) => path,
                None if existing.has_front("/im/") => named,
                None => "/im/".to_owned(),
            };
        }
        if args.force {
            return Ok(());
        }
        let file = &self.config;
        if existing.has_authenticator(&self.name) {
            return Err(InitError::Failed(format!(
                "{file} has an [authenticator.{0}] already; choose another --name, or replace it with --force",
                self.name
            )));
        }
        if existing.has_front(&self.front) {
            return Err(InitError::Failed(format!(
                "{file} has a front at {} already; choose another --front, or replace it with --force",
                self.front
            )));
        }
        for (_, secret, _) in &self.secrets {
            let path = args.folder().join(secret);
            if path.exists() && !args.dry_run {
                return Err(InitError::Failed(format!(
                    "{} exists already; choose another --name, or replace it with --force",
                    path.display()
                )));
            }
        }
        Ok(())
    }

    /// The sections as text.
    pub(super) fn text(&self) -> String {
        let mut text = format!("[authenticator.{}]\n", self.name);
        for (key, value) in &self.keys {
            let _ = writeln!(text, "{key} = {value}");
        }
        let quoted = |text: &str| Value::String(text.to_owned()).to_string();
        let _ = write!(
            text,
            "\n[[front]]\npath = {}\ntitle = {}\nauthenticators = [{}]\nmode = \"open-community\"\n",
            quoted(&self.front),
            quoted(&self.title),
            quoted(&self.name)
        );
        if let Some(unknown_names) = self.unknown_names {
            let _ = write!(text, "[front.options]\nunknown_names = \"{unknown_names}\"\n");
        }
        text
    }

    /// What would be written.
    pub(super) fn preview(&self, existing: &Existing, addition: &str) -> String {
        let mut text = match existing.is_new() {
            true => format!("# {} would be:\n{}", self.config, super::write::HEAD),
            false => format!("# To {} would be added:\n", self.config),
        };
        text.push_str(addition);
        for (key, file, _) in &self.secrets {
            let _ = write!(text, "\n# and {file}, for you alone, with the {key}");
        }
        text
    }

    /// What was written.
    pub(super) fn announce(&self, existing: &Existing) -> String {
        let done = if existing.is_new() { "Written" } else { "Added to" };
        let mut text =
            format!("{done} {}: [authenticator.{}], a front at {}", self.config, self.name, self.front);
        for (key, file, _) in &self.secrets {
            let _ = write!(
                text,
                "\nWritten {file}: the {key}. You alone can read it; give it to the user that Portico runs as"
            );
        }
        for note in &self.notes {
            let _ = write!(text, "\nNote: {note}");
        }
        text
    }

    /// What to do next, when all is well or something above must be mended.
    pub(super) fn closing(&self, all_is_well: bool) -> String {
        let config = &self.config;
        let mut text = String::from("\nNext:\n");
        if !all_is_well {
            let _ = writeln!(text, "  portico check --config {config}   # once what is told above is mended");
        }
        if self.unknown_names.is_some() {
            let _ = writeln!(text, "  portico admin create --config {config} --login YOU");
        } else {
            let _ = writeln!(
                text,
                "  portico login-test --config {config} --authenticator {} --login SOMEBODY   # the password from standard input",
                self.name
            );
        }
        let _ = write!(text, "  portico serve --config {config}   # then open {} there", self.front);
        text
    }
}

fn title(app: App<'_>) -> String {
    match app {
        App::Own(kind) if kind.id == "native" => "Chat".to_owned(),
        _ => format!("{} chat", app.name()),
    }
}

fn of_settings(settings: &AppSettings, usual: &str) -> Result<Database, InitError> {
    let prefix = settings.prefix.as_deref().unwrap_or(usual);
    Ok(Database {
        kind: settings.kind,
        name: settings.database.clone(),
        url: settings.database_url.clone(),
        prefix: TablePrefix::new(prefix).map_err(|error| InitError::Failed(error.to_string()))?,
    })
}

fn of_address(url: &SecretString, found: Option<&AppSettings>, usual: &str) -> Result<Database, InitError> {
    let settings = DatabaseSettings::from_url(url.expose_secret())
        .map_err(|error| InitError::Usage(format!("--database-url: {error}")))?;
    let prefix = found.and_then(|found| found.prefix.as_deref()).unwrap_or(usual);
    Ok(Database {
        kind: settings.kind(),
        name: settings.database().to_owned(),
        url: absolute(url, &settings)?,
        prefix: TablePrefix::new(prefix).map_err(|error| InitError::Failed(error.to_string()))?,
    })
}

/// A path on the command line starts where the command was given, one in the configuration at the configuration.
fn absolute(url: &SecretString, settings: &DatabaseSettings) -> Result<SecretString, InitError> {
    if settings.kind() != DatabaseKind::Sqlite {
        return Ok(url.clone());
    }
    let path =
        std::path::absolute(settings.database()).map_err(|error| InitError::Failed(error.to_string()))?;
    Ok(SecretString::from(format!("sqlite:{}", path.display().to_string().replace('%', "%25"))))
}
