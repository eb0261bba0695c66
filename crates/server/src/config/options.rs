//! `[front.options]` and `[role.NAME]`: read by the table of options, every mistake told at once.

use std::path::Path;

use portico_core::front::{OptionError, OptionOverrides, OptionPlace, Role};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::config::ConfigError;

/// `[role.NAME]`: options that its holders have instead of the front's.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RoleConfig {
    /// The options.
    pub options: OptionOverrides,
    /// Whether they enter a front that is full.
    pub enters_full_front: Option<bool>,
}

const ENTERS: &str = "enters_full_front";

impl RoleConfig {
    /// The role of this name.
    pub fn role(&self, name: &str) -> Role {
        Role {
            name: name.to_owned(),
            options: self.options.clone(),
            enters_full_front: self.enters_full_front,
        }
    }

    /// What a section says.
    ///
    /// # Errors
    /// Every key that can't be used.
    pub fn read(section: &Map<String, Value>) -> Result<Self, Vec<OptionError>> {
        let mut section = section.clone();
        let mut wrong = Vec::new();
        let enters_full_front = match section.remove(ENTERS) {
            None => None,
            Some(Value::Bool(enters)) => Some(enters),
            Some(other) => {
                let message = format!("expected true or false, not {other}");
                wrong.push(OptionError { key: ENTERS.into(), message });
                None
            }
        };
        match OptionOverrides::read(&section, OptionPlace::Role) {
            Ok(options) if wrong.is_empty() => Ok(Self { options, enters_full_front }),
            Ok(_) => Err(wrong),
            Err(more) => {
                wrong.extend(more);
                Err(wrong)
            }
        }
    }
}

impl<'de> Deserialize<'de> for RoleConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::read(&Map::deserialize(deserializer)?).map_err(|wrong| {
            let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            serde::de::Error::custom(lines.join("; "))
        })
    }
}

/// Everything that is wrong with the options of the file, before anything else of it is read.
pub(super) fn mistakes(root: &Value, path: &Path) -> Vec<ConfigError> {
    let mut mistakes = Vec::new();
    let mut tell = |at: &str, wrong: Vec<OptionError>| {
        mistakes.extend(wrong.into_iter().map(|error| ConfigError::Key {
            path: path.to_owned(),
            key: format!("{at}.{}", error.key),
            message: error.message,
        }));
    };
    for (name, role) in root.get("role").and_then(Value::as_object).into_iter().flatten() {
        if let Some(Err(wrong)) = role.as_object().map(RoleConfig::read) {
            tell(&format!("role.{name}"), wrong);
        }
    }
    for (index, front) in root.get("front").and_then(Value::as_array).into_iter().flatten().enumerate() {
        let section = front.get("options").and_then(Value::as_object);
        if let Some(Err(wrong)) = section.map(|section| OptionOverrides::read(section, OptionPlace::Front)) {
            tell(&format!("front[{index}].options"), wrong);
        }
    }
    mistakes
}
