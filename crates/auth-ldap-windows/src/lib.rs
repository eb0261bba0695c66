//! People of a directory — Active Directory, Samba, OpenLDAP, 389 — enter Portico with the accounts they have there.
//!
//! The directory itself checks passwords (a *bind*); a service account looks people up. Everything that is asked goes through
//! typed filters (`filter`), so that nothing a person types becomes a part of a question.

mod account_state;
mod authenticator;
mod bind;
mod check;
mod config;
mod connection;
mod direct;
mod directory;
mod discover;
mod dn;
mod domain;
mod entry;
mod fault;
mod filter;
mod generalized_time;
mod group;
mod group_graph;
mod ids;
mod login_name;
mod negotiate;
mod person;
mod pool;
mod probe;
mod schema;
mod server;
mod sync;
mod tls;

pub use authenticator::LdapWindows;
pub use check::CheckReport;
pub use config::LdapWindowsConfig;
pub use discover::{Approach, Discovered, discover};
pub use filter::{Attribute, ConfiguredFilter};
pub use negotiate::{NegotiateConfig, is_ntlm};
pub use schema::{AttributeConfig, Detail, GroupMembership, Preset};
