//! Finding an application: from the folder that it is installed in to the address of its database.
//!
//! A recipe's `[config]` says which file to look for and how its values are called. Files are read as data and never run,
//! at most 1 MiB of each; links that lead out of the folder are not followed.
//!
//! ```no_run
//! use portico_auth_sql::find::{Links, Seeker};
//!
//! # fn example(recipes: &[portico_auth_sql::recipe::Recipe]) -> Result<(), Box<dyn std::error::Error>> {
//! let mut seeker = Seeker::new(std::path::Path::new("/var/www/site"), Links::StayInside)?;
//! for recipe in recipes {
//!     for config in &recipe.config {
//!         if let Some(found) = seeker.look(config, recipe.databases[0]) {
//!             println!("{} in {}", recipe.name, found.file.display());
//!         }
//!     }
//! }
//! # Ok(()) }
//! ```

mod config_check;
mod data_source;
mod error;
mod flat;
mod place;
mod seeker;
mod tree;
mod values;

pub use config_check::{ConfigMistake, config_mistakes};
pub use error::FindError;
pub use place::kind_of;
pub use seeker::{AppSettings, Found, Links, Seeker};
pub use values::Values;
