//! A recipe as it is written: the file's top level.

use std::fmt;

use serde::Deserialize;

use super::app_config::AppConfig;
use super::condition::Condition;
use super::one_or_many;
use super::person::Person;
use crate::DatabaseKind;

/// Another application's user table, described to the generic SQL adapter. One TOML file, `<id>.toml`.
///
/// Names of tables and columns may consist of `A-Z a-z 0-9 _ $ -`, 64 at most; they are always quoted. A table is
/// written without the application's prefix; `=name` is a table that has none. A column is a column of the person's
/// own table, or `alias.column` of a joined one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// The word that `app = "…"` takes, and the name of the file: `A-Z a-z 0-9 . _ -`.
    pub id: String,
    /// The application's name, as people know it.
    pub name: String,
    /// What kind of application it is.
    pub category: Category,
    /// The versions that the recipe covers, as a text: `1.5 to 5.x`.
    pub versions: String,
    /// How sure the facts are, for the whole range of versions.
    pub confidence: Confidence,
    /// Where the facts come from.
    pub source: String,
    /// Whether the application is still looked after.
    #[serde(default)]
    pub maintained: Maintained,
    /// Sentences for the administrator: what is not covered, traps.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The databases that the application runs on, the usual one first.
    pub databases: Vec<DatabaseKind>,
    /// What the names of its tables usually begin with; the authenticator's key `table_prefix` says otherwise.
    #[serde(default)]
    pub prefix: String,
    /// The character set that the application sets on its MySQL connection, if it is not the server's utf8mb4:
    /// `latin1`.
    #[serde(default)]
    pub charset: Option<String>,
    /// Whether patterns use `{base_url}`, the application's public address: the authenticator's key `base_url`.
    #[serde(default)]
    pub base_url: bool,
    /// The site's secret, `K` in formulas.
    #[serde(default)]
    pub site_key: Option<SiteKey>,
    /// How `portico init --from` recognises the application and reads its settings. `[config]`, or several
    /// `[[config]]` where versions differ.
    #[serde(default, deserialize_with = "one_or_many::list")]
    #[cfg_attr(feature = "schema", schemars(with = "one_or_many::OneOrMany<AppConfig>"))]
    pub config: Vec<AppConfig>,
    /// A value that tells this installation from every other, so that a database swapped under a realm is noticed.
    #[serde(default)]
    pub fingerprint: Option<SingleValue>,
    /// The tables of people. Several are looked up in this order; the first that has the name decides.
    #[serde(rename = "person")]
    pub people: Vec<Person>,
    /// Pages of the application that the login page links to.
    #[serde(default)]
    pub links: RecipeLinks,
}

/// The kinds of applications that `portico apps` groups them by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Category {
    /// Content management.
    Cms,
    /// Blogs.
    Blog,
    /// Forums.
    Forum,
    /// Wikis.
    Wiki,
    /// Learning.
    Lms,
    /// Mail, calendars and files of a team.
    Groupware,
    /// Projects and trackers.
    Project,
    /// Enterprise resource planning.
    Erp,
    /// Customer relations.
    Crm,
    /// Shops.
    Ecommerce,
    /// Help desks and knowledge bases.
    Helpdesk,
    /// Social networks.
    Social,
    /// Calendars and bookings.
    Calendar,
    /// Members and address books.
    Directory,
    /// The tables that a programming framework makes.
    Framework,
    /// Anything else.
    Other,
}

impl Category {
    /// The word in the recipe.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cms => "cms",
            Self::Blog => "blog",
            Self::Forum => "forum",
            Self::Wiki => "wiki",
            Self::Lms => "lms",
            Self::Groupware => "groupware",
            Self::Project => "project",
            Self::Erp => "erp",
            Self::Crm => "crm",
            Self::Ecommerce => "ecommerce",
            Self::Helpdesk => "helpdesk",
            Self::Social => "social",
            Self::Calendar => "calendar",
            Self::Directory => "directory",
            Self::Framework => "framework",
            Self::Other => "other",
        }
    }
}

/// How sure the facts of a recipe are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// Read in the application itself.
    High,
    /// Read in part.
    Medium,
    /// From memory, or from an adapter that was never tried.
    Low,
}

impl Confidence {
    /// The word in the recipe.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// Whether an application is still looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Maintained {
    /// It is, or has a successor that reads the same tables.
    Yes,
    /// It isn't.
    No,
    /// Nobody has looked.
    #[default]
    Unknown,
}

impl fmt::Display for Category {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The site's secret that some formulas call `K`. It is looked for in the authenticator's key `site_key`
/// (or `site_key_file`), then in a row of the database, then it is `default`. Without it formulas with `K` match nothing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SiteKey {
    /// What the application calls it and where an administrator finds it, for texts: `$CFG->passwordsaltmain in config.php`.
    pub title: String,
    /// The row that has it, where the application keeps it in its database.
    #[serde(default)]
    pub row: Option<SingleValue>,
    /// Whether `portico check` complains when there is none.
    #[serde(default)]
    pub required: bool,
    /// What it is in an installation that nobody has changed.
    #[serde(default)]
    pub default: Option<String>,
}

/// One value in one row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SingleValue {
    /// The table.
    pub table: String,
    /// The column that has the value.
    pub value: String,
    /// Which row it is.
    #[serde(default, rename = "where")]
    pub conditions: Vec<Condition>,
    /// Not every version of the application has the table.
    #[serde(default)]
    pub optional: bool,
}

/// Pages of the application: patterns that may use `{base_url}`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct RecipeLinks {
    /// Where an account is made.
    #[serde(default)]
    pub register: Option<String>,
    /// Where a forgotten password is reset.
    #[serde(default)]
    pub forgotten_password: Option<String>,
}
