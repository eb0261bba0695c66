//! `[authenticator.NAME]` with `kind = "sql"`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portico_core::auth::{Adapter, BoxError, BuildContext};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::SqlApplication;
use super::password::Decoys;
use super::prepared::Prepared;
use crate::recipe::{Catalogue, Recipe, RecipeError};
use crate::{DatabaseKind, DatabaseSettings, DatabaseUrlError, ForeignDatabase, InvalidPrefix, TablePrefix};

/// The keys of an authenticator of kind `sql`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqlConfig {
    /// The recipe's id; `portico apps` lists them.
    pub app: String,
    /// A folder with recipes of one's own (`*.toml`), which go before those of this build.
    #[serde(default)]
    pub recipes: Option<PathBuf>,
    /// The application's database: `mysql://USER:PASSWORD@HOST/DATABASE`, `mariadb://…`, `postgres://…`, `sqlite:PATH`.
    pub database_url: SecretString,
    /// What the names of the application's tables begin with. Default: the recipe's.
    #[serde(default)]
    pub table_prefix: Option<String>,
    /// The application's public address, for links and pictures, where the recipe has any.
    #[serde(default)]
    pub base_url: Option<String>,
    /// The site's secret, where the recipe says that there is one.
    #[serde(default)]
    pub site_key: Option<SecretString>,
    /// The kinds of people that may enter, where the recipe has several. Default: those that it names as usual.
    #[serde(default)]
    pub people: Option<Vec<String>>,
}

/// Why a configuration can't work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SqlConfigError {
    /// No such recipe.
    #[error("app: there is no recipe `{app}`{hint}; `portico apps` lists all")]
    UnknownApp {
        /// What was asked for.
        app: String,
        /// Ids that may be meant.
        hint: String,
    },
    /// A recipe of one's own has mistakes.
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    /// The address of the database is wrong.
    #[error(transparent)]
    Url(#[from] DatabaseUrlError),
    /// The prefix is wrong.
    #[error(transparent)]
    Prefix(#[from] InvalidPrefix),
    /// The application doesn't run on this kind of database.
    #[error("database_url: {app} runs on {known}")]
    Database {
        /// The application.
        app: String,
        /// Where it runs.
        known: String,
    },
    /// A key that this recipe has no use for.
    #[error("{key}: {app} takes no such key (it takes: {known})")]
    NoSuchSetting {
        /// The key.
        key: &'static str,
        /// The application.
        app: String,
        /// The keys that there are.
        known: String,
    },
    /// `people` names nobody.
    #[error("people: expected a list of {known}")]
    People {
        /// The kinds that there are.
        known: String,
    },
    /// `base_url` is no address of a web page.
    #[error("base_url: expected the public address of the application, like https://www.example.org/app")]
    BaseUrl,
    /// The recipe can't be made ready.
    #[error("app: {0}")]
    Unready(String),
}

impl Adapter for SqlConfig {
    const KIND: &'static str = "sql";
    type Authenticator = SqlApplication;

    async fn build(self, cx: &BuildContext) -> Result<SqlApplication, BoxError> {
        Ok(SqlApplication::new(&self, cx)?)
    }
}

impl SqlApplication {
    /// An instance for this configuration. Opens no connection.
    ///
    /// # Errors
    /// [`SqlConfigError`]: which key can't work.
    pub fn new(config: &SqlConfig, cx: &BuildContext) -> Result<Self, SqlConfigError> {
        let catalogue = match &config.recipes {
            Some(folder) => Catalogue::with_folder(&cx.resolve(folder))?,
            None => Catalogue::bundled(),
        };
        let Some(recipe) = catalogue.get(&config.app) else {
            let near = catalogue.suggestions(&config.app);
            let hint =
                if near.is_empty() { String::new() } else { format!(" (did you mean {}?)", near.join(", ")) };
            return Err(SqlConfigError::UnknownApp { app: config.app.clone(), hint });
        };
        Self::of_recipe(recipe.clone(), config, cx)
    }

    /// An instance of this recipe, whatever `app` and `recipes` say.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn of_recipe(recipe: Recipe, config: &SqlConfig, cx: &BuildContext) -> Result<Self, SqlConfigError> {
        settings_fit(&recipe, config)?;
        let database = database(&recipe, config, |path| cx.resolve(path))?;
        let prefix = TablePrefix::new(config.table_prefix.as_deref().unwrap_or(&recipe.prefix))?;
        let dialect = database.dialect();
        let several = recipe.people.len() > 1;
        let mut people = Vec::new();
        for (at, person) in recipe.people.iter().enumerate() {
            let named = |kinds: &Vec<String>| person.kind.as_ref().is_some_and(|kind| kinds.contains(kind));
            if config.people.as_ref().map_or(!person.only_if_named, named) {
                let ready = Prepared::new(person, several, dialect, &prefix);
                people.push(ready.map_err(|what| SqlConfigError::Unready(format!("person[{at}]: {what}")))?);
            }
        }
        let first = people.first();
        let scheme = first.and_then(|first| first.schemes.first().or(first.select.values().flatten().next()));
        Ok(Self {
            decoys: Decoys::new(scheme),
            people,
            database,
            prefix,
            base_url: config.base_url.as_deref().map(base_url).transpose()?,
            site_key: config.site_key.clone(),
            clock: Arc::clone(&cx.clock),
            hash_pool: cx.hash_pool.clone(),
            facts: tokio::sync::Mutex::default(),
            recipe: Arc::new(recipe),
        })
    }
}

fn settings_fit(recipe: &Recipe, config: &SqlConfig) -> Result<(), SqlConfigError> {
    let settings = recipe.settings();
    for (key, given) in [
        ("base_url", config.base_url.is_some()),
        ("site_key", config.site_key.is_some()),
        ("people", config.people.is_some()),
    ] {
        if given && !settings.iter().any(|setting| setting.key == key) {
            let keys: Vec<&str> = ["app", "recipes", "database_url", "table_prefix"]
                .into_iter()
                .chain(settings.iter().map(|setting| setting.key))
                .collect();
            return Err(SqlConfigError::NoSuchSetting {
                key,
                app: recipe.name.clone(),
                known: keys.join(", "),
            });
        }
    }
    if let Some(people) = &config.people {
        let known: BTreeSet<&str> =
            recipe.people.iter().filter_map(|person| person.kind.as_deref()).collect();
        if people.is_empty() || people.iter().any(|kind| !known.contains(kind.as_str())) {
            return Err(SqlConfigError::People { known: known.into_iter().collect::<Vec<_>>().join(", ") });
        }
    }
    Ok(())
}

fn database(
    recipe: &Recipe,
    config: &SqlConfig,
    resolve: impl Fn(&Path) -> PathBuf,
) -> Result<ForeignDatabase, SqlConfigError> {
    let mut settings = DatabaseSettings::from_url(config.database_url.expose_secret())?;
    match settings.kind() {
        // A copy in a file is fine for any application.
        DatabaseKind::Sqlite => settings = DatabaseSettings::sqlite(resolve(Path::new(settings.database()))),
        kind if !recipe.databases.contains(&kind) => {
            let known = recipe.databases.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
            return Err(SqlConfigError::Database { app: recipe.name.clone(), known });
        }
        _ => {}
    }
    if settings.charset.is_none() {
        settings = settings.with_charset(recipe.charset.clone());
    }
    Ok(ForeignDatabase::connect(&settings))
}

fn base_url(url: &str) -> Result<String, SqlConfigError> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
    let plain =
        !rest.is_empty() && !rest.starts_with('/') && !rest.contains(['?', '#', ' ', '"', '<', '>', '{']);
    if !plain || rest.contains(char::is_control) {
        return Err(SqlConfigError::BaseUrl);
    }
    Ok(url.trim_end_matches('/').to_owned())
}
