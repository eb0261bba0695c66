//! Options from a central server: what its answer may say.

use std::collections::BTreeMap;

use portico_core::front::{OptionOverrides, OptionPlace};
use serde_json::{Map, Value};

use crate::config::RoleConfig;

/// What a central server says: the keys of `[front.options]`, and `[role.NAME]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CentralOptions {
    /// The options.
    pub options: OptionOverrides,
    /// Roles by name.
    pub roles: BTreeMap<String, RoleConfig>,
}

impl CentralOptions {
    /// What a text says.
    ///
    /// # Errors
    /// Everything that is wrong with it, a line each.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| vec![error.to_string().trim_end().to_owned()])?;
        let value = serde_json::to_value(table).map_err(|error| vec![error.to_string()])?;
        let Value::Object(mut section) = value else { return Err(vec!["it is no table".into()]) };
        let mut wrong = Vec::new();
        let mut roles = BTreeMap::new();
        match section.remove("role") {
            None => {}
            Some(Value::Object(sections)) => {
                for (name, section) in &sections {
                    match section.as_object().map(RoleConfig::read) {
                        Some(Ok(role)) => drop(roles.insert(name.clone(), role)),
                        Some(Err(more)) => {
                            wrong.extend(more.into_iter().map(|error| format!("role.{name}.{error}")));
                        }
                        None => wrong.push(format!("role.{name}: expected a table")),
                    }
                }
            }
            Some(_) => wrong.push("role: expected tables, [role.NAME]".into()),
        }
        let options = read_options(&section, &mut wrong);
        if wrong.is_empty() { Ok(Self { options, roles }) } else { Err(wrong) }
    }
}

fn read_options(section: &Map<String, Value>, wrong: &mut Vec<String>) -> OptionOverrides {
    OptionOverrides::read(section, OptionPlace::Front).unwrap_or_else(|more| {
        wrong.extend(more.iter().map(ToString::to_string));
        OptionOverrides::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_central_file_has_the_keys_of_a_fronts_options_and_roles() {
        let text = "max_contacts = 3\nwelcome = \"Hello\"\n[role.staff]\nmax_contacts = \"unlimited\"\nenters_full_front = true\n";
        let central = CentralOptions::parse(text).unwrap();
        assert_eq!(central.options.written().count(), 2);
        assert_eq!(central.roles["staff"].enters_full_front, Some(true));
    }

    #[test]
    fn a_central_file_is_checked_as_a_section_of_the_file_would_be() {
        let text = "max_contacts = \"some\"\nlisten = \"x\"\n[role.staff]\nmax_sessions = 3\n";
        let wrong = CentralOptions::parse(text).unwrap_err();
        assert_eq!(wrong.len(), 3, "{wrong:?}");
        assert!(wrong[0].starts_with("role.staff.max_sessions: roles can't"), "{wrong:?}");
        assert!(CentralOptions::parse("<html>").is_err());
    }
}
