//! The old roles as `[role.NAME]` sections.

use std::collections::BTreeMap;

use super::old_options::quoted;
use super::tables::OldRole;

/// What a module of the old roles is today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Module {
    /// Granted or refused.
    Flag(&'static str),
    /// Granted means off.
    Unless(&'static str),
    /// A number; 0 is no limit.
    Limit(&'static str),
    /// A number.
    Number(&'static str),
    /// A number of kilobytes.
    Kilobytes(&'static str),
    /// A number of megabytes.
    Megabytes(&'static str),
}

/// The modules that have an option today, by number.
const MODULES: &[(i64, Module)] = &[
    (1, Module::Flag("contact_nicknames")),
    (2, Module::Flag("change_profile")),
    (5, Module::Flag("conferences")),
    (7, Module::Flag("hide_from_contacts")),
    (8, Module::Flag("offline_messages")),
    (15, Module::Limit("max_sessions_per_address")),
    (16, Module::Limit("max_contacts")),
    (19, Module::Flag("invisible")),
    (30, Module::Flag("manage_contacts")),
    (40, Module::Flag("join_groups")),
    (60, Module::Flag("shoutbox")),
    (62, Module::Limit("shouts_per_day")),
    (63, Module::Limit("shouts_per_week")),
    (64, Module::Flag("shout_approval")),
    (65, Module::Number("shout_queue_person")),
    (66, Module::Number("shout_mute_after_rejections")),
    (67, Module::Flag("shout_votes")),
    (68, Module::Limit("shout_votes_per_day")),
    (69, Module::Limit("shout_votes_per_week")),
    (71, Module::Number("shout_mute_after_votes")),
    (82, Module::Flag("attachments")),
    (84, Module::Kilobytes("max_attachment")),
    (86, Module::Megabytes("attachment_space")),
    (87, Module::Limit("attachments_per_week")),
    (100, Module::Flag("receive_alerts")),
    (101, Module::Flag("alert_administrators")),
    (102, Module::Flag("alert_group")),
    (103, Module::Flag("alert_everybody")),
    (105, Module::Unless("reachable")),
];

/// The sections of all roles, how many of their permissions have no counterpart, and the name of each role by its old id.
pub(super) fn sections(roles: &[OldRole]) -> (String, usize, BTreeMap<i64, String>) {
    let (mut toml, mut without, mut names) = (String::new(), 0, BTreeMap::new());
    for role in roles {
        let name = unused(&slug(&role.name), &names);
        toml.push_str(&format!(
            "\n# {}{}\n[role.{name}]\n",
            one_line(&role.name),
            if role.is_default { " (for everybody without another)" } else { "" }
        ));
        for &(module, state, value) in &role.modules {
            let known = MODULES.iter().find(|(number, _)| *number == module);
            match known.and_then(|(_, module)| module.line(state, value)) {
                Some(line) => toml.push_str(&format!("{line}\n")),
                None => without += 1,
            }
        }
        names.insert(role.id, name);
    }
    (toml, without, names)
}

/// The grants of the people who had a role of their own, as values of a front's `roles`.
pub(super) fn grants(people: &[(String, String)]) -> String {
    let grants: Vec<String> = people
        .iter()
        .map(|(login, role)| format!("    {{ login = {}, role = {} }},", quoted(login), quoted(role)))
        .collect();
    if grants.is_empty() { String::new() } else { format!("roles = [\n{}\n]\n", grants.join("\n")) }
}

impl Module {
    fn line(self, state: i64, value: i64) -> Option<String> {
        let granted = match state {
            1 => false,
            2 => true,
            3 => return self.number(value),
            _ => return None,
        };
        match self {
            Self::Flag(key) => Some(format!("{key} = {granted}")),
            Self::Unless(key) => Some(format!("{key} = {}", !granted)),
            _ => None,
        }
    }

    fn number(self, value: i64) -> Option<String> {
        let value = u64::try_from(value).ok()?;
        match self {
            Self::Limit(key) if value == 0 => Some(format!("{key} = \"unlimited\"")),
            Self::Limit(key) | Self::Number(key) => Some(format!("{key} = {value}")),
            Self::Kilobytes(key) if value > 0 => Some(format!("{key} = \"{value}KB\"")),
            Self::Megabytes(key) if value > 0 => Some(format!("{key} = \"{value}MB\"")),
            _ => None,
        }
    }
}

/// A name that can stand in a section's head without quotes.
fn slug(name: &str) -> String {
    let slug: String =
        name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let slug = slug.trim_matches('-').to_owned();
    if slug.is_empty() { "role".to_owned() } else { slug }
}

fn unused(name: &str, names: &BTreeMap<i64, String>) -> String {
    let taken = |name: &str| names.values().any(|known| known == name);
    if !taken(name) {
        return name.to_owned();
    }
    (2..).map(|n| format!("{name}-{n}")).find(|name| !taken(name)).unwrap_or_else(|| name.to_owned())
}

fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_core::front::OPTIONS;

    #[test]
    fn every_module_is_an_option_that_roles_can_override() {
        for (number, module) in MODULES {
            let (Module::Flag(key)
            | Module::Unless(key)
            | Module::Limit(key)
            | Module::Number(key)
            | Module::Kilobytes(key)
            | Module::Megabytes(key)) = *module;
            let option = OPTIONS.iter().find(|option| option.name == key);
            assert!(option.is_some_and(|option| option.by_role), "{number}: {key}");
        }
    }

    #[test]
    fn a_role_says_what_it_said() {
        let role = |id, name: &str, modules: &[(i64, i64, i64)]| OldRole {
            id,
            name: name.into(),
            is_default: id == 1,
            modules: modules.to_vec(),
        };
        let (toml, without, names) = sections(&[
            role(1, "Others\n", &[(5, 1, 0), (16, 3, 3), (105, 2, 0), (12, 2, 0)]),
            role(2, "others", &[(16, 3, 0), (84, 3, 512)]),
        ]);
        let parsed: toml::Table = toml.parse().unwrap();
        assert_eq!(parsed["role"]["others"]["conferences"].as_bool(), Some(false));
        assert_eq!(parsed["role"]["others"]["max_contacts"].as_integer(), Some(3));
        assert_eq!(parsed["role"]["others"]["reachable"].as_bool(), Some(false));
        assert_eq!(parsed["role"]["others-2"]["max_contacts"].as_str(), Some("unlimited"));
        assert_eq!(parsed["role"]["others-2"]["max_attachment"].as_str(), Some("512KB"));
        assert_eq!((without, names[&2].as_str()), (1, "others-2"));
        let grants = grants(&[("ann \"a\"".into(), "others".into())]);
        assert_eq!(grants.parse::<toml::Table>().unwrap()["roles"][0]["login"].as_str(), Some("ann \"a\""));
    }
}
