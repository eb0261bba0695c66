//! Recipes: other applications' user tables as data.
//!
//! A [`Recipe`] is one TOML file that says where an application keeps its people, how it compares names and hashes
//! passwords, whom it doesn't let in, and what it knows of a person. [`Catalogue`] has those of this build and an
//! administrator's own. [`SqlConfig`] is the adapter, `kind = "sql"`, that runs any of them.
//!
//! A recipe holds no SQL. Statements are built of its names, which are checked and quoted; values are always bound.
//!
//! ```
//! use portico_auth_sql::recipe::Recipe;
//!
//! let recipe = Recipe::parse("members.toml", r#"
//!     id = "members"
//!     name = "Our members"
//!     category = "other"
//!     versions = "ours"
//!     confidence = "high"
//!     source = "our own table"
//!     databases = ["mysql"]
//!     [[person]]
//!     table = "members"
//!     id = "id"
//!     login = [{ column = "name", compare = "ignore-case" }]
//!     password = "password"
//!     schemes = ["bcrypt"]
//! "#).unwrap();
//! assert_eq!(recipe.people[0].schemes, ["bcrypt"]);
//! ```

mod app_config;
mod catalogue;
mod columns;
mod condition;
mod engine;
mod hook;
mod identity;
mod mistake;
mod model;
mod needs;
mod one_or_many;
mod pattern;
mod person;
mod rule;
mod text;
mod validate;

pub use app_config::{AppConfig, ConfigFormat};
pub use catalogue::Catalogue;
pub use condition::{Condition, Constant, TimeColumn, TimeForm};
pub use engine::{SqlApplication, SqlConfig, SqlConfigError};
pub use identity::{GroupColumn, GroupList, GroupNames, Groups, IdentityColumns, Inbox, InboxCount, Members};
pub use mistake::{Mistake, RecipeError};
pub use model::{Category, Confidence, Maintained, Recipe, RecipeLinks, SingleValue, SiteKey};
pub use needs::Setting;
pub use person::{Compare, Join, Login, Person, Select, StoredText};
pub use rule::{Refuse, RefuseAs, RelatedRows, Rule};
pub use text::{Transform, UnknownTransform};

/// The JSON schema of a recipe, for editors.
#[cfg(feature = "schema")]
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(Recipe).to_value()
}
