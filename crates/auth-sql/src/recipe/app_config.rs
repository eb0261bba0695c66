//! `[config]`: an application's own configuration file, as `portico init --from` reads it.

use serde::Deserialize;

use super::one_or_many;

/// How an application is recognised in its folder, and where in its configuration file its settings are.
///
/// Settings are named in the file's own spelling. `php`: `$x`, `$x['a']['b']`, `NAME` (define or const),
/// `JConfig.host` (a class's property; plain `$host` finds it too), `return.a.b` (a returned array); `ini`:
/// `section.key`; `env`: `NAME`; `json`, `yaml`, `toml`: `a.b.c`; `properties`: `key`; `xml`: `a/b` (text) or
/// `a/b/@attribute`. Where a list is given, the first that the file has is taken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct AppConfig {
    /// Paths in the application's folder, tried in order. `../` at the beginning and `*` in their parts are allowed.
    #[serde(deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub file: Vec<String>,
    /// How the file is written.
    pub format: ConfigFormat,
    /// Texts of which one must occur in the file.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub markers: Vec<String>,
    /// Files of which one must be in the folder, too.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub marker_files: Vec<String>,
    /// Texts that are in the file of another application that is configured alike: none of them may occur.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub unless_markers: Vec<String>,
    /// Files of another application that is configured alike: none of them may be in the folder.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub unless_files: Vec<String>,
    /// The database server, perhaps with `:port` or a socket's path.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub host: Vec<String>,
    /// Its port.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub port: Vec<String>,
    /// Its socket.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub socket: Vec<String>,
    /// The name of the database; for SQLite the file.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub database: Vec<String>,
    /// The database user.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub user: Vec<String>,
    /// That user's password.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub password: Vec<String>,
    /// What the names of the tables begin with.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub prefix: Vec<String>,
    /// Which kind of database it is: `mysqli`, `pgsql`, `sqlite3` …
    #[serde(default, rename = "type", deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub database_type: Vec<String>,
    /// All of these in one address: `mysql://user:password@host/database`, or a PDO name.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub url: Vec<String>,
    /// The path of the SQLite file, where the name of the database isn't it: a pattern in which `{key}` stands for the
    /// file's value. Relative paths start at the application's folder.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub sqlite: Vec<String>,
    /// The character set of the connection.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub charset: Vec<String>,
    /// The site's secret.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub site_key: Vec<String>,
    /// The application's public address.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<String>"))]
    pub base_url: Vec<String>,
}

/// How an application's configuration file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum ConfigFormat {
    /// PHP, read as data.
    Php,
    /// `key = value` in `[sections]`.
    Ini,
    /// `NAME=value`, as a shell reads it.
    Env,
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// XML.
    Xml,
    /// TOML.
    Toml,
    /// Java's `key=value`.
    Properties,
}
