//! The engine on the in-memory store: what the server relies on, without HTTP.
#![expect(clippy::unwrap_used, reason = "a test may fail anywhere")]

mod administration;
mod audiences;
mod conferences;
mod contacts;
mod delivery;
mod directory;
mod entering;
mod evidence;
mod files;
mod groups;
mod leaving;
mod life;
mod limits;
mod lists;
mod living;
mod message_care;
mod message_features;
mod model;
mod modes;
mod names;
mod options;
mod own_sessions;
mod people;
mod policy_page;
mod presence;
mod races;
mod roles;
mod sight;
mod statistics;
mod town;
mod words;
mod writing;
