//! The options of a front: one typed table, from which everything else about them is made.
//!
//! An option is one row of `table.rs`: its name, kind, default, whether a role can override it, its range, and a sentence
//! about it. The structs, their reading and showing, `portico options` and the documentation are made from the rows.

mod kinds;
mod layers;
mod span;
mod table;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

pub use kinds::{
    ContactRating, FilePath, Limit, OptionKind, Period, Size, Span, Text, Texts, WebAddress, WordFilterAction,
};
pub(super) use layers::explain;
pub use layers::{Explanation, Layer, OptionLayers, Through};
pub use span::{SPAN_FORM, parse_span, span_text};
pub use table::{FrontOptions, OPTIONS, OptionOverrides};

/// What is known of an option.
#[derive(Debug, Clone, Copy)]
pub struct OptionInfo {
    /// What it is about: `sessions`, `messages`.
    pub section: &'static str,
    /// Its name in the configuration.
    pub name: &'static str,
    /// What can be written.
    pub form: &'static str,
    /// What it is when nothing is configured, as it is written.
    pub default: fn() -> Value,
    /// What is allowed of what can be written, for people; nothing when all is.
    pub range: fn() -> Option<String>,
    /// What it does.
    pub doc: &'static str,
    /// Whether a role can override it.
    pub by_role: bool,
    /// Whether people's clients are told (`options` of `GET session`).
    pub told: bool,
}

impl OptionInfo {
    /// The option of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        OPTIONS.iter().find(|option| option.name == name)
    }
}

/// A key of a section with options that can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {message}")]
pub struct OptionError {
    /// The key.
    pub key: String,
    /// What is wrong, and what is allowed.
    pub message: String,
}

/// Where options are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionPlace {
    /// In a front's section: all options.
    Front,
    /// In a role: those that roles can override.
    Role,
}

impl OptionOverrides {
    /// The options that a section sets.
    ///
    /// # Errors
    /// Every key that is unknown, that a role can't set, or whose value can't be used.
    pub fn read(section: &Map<String, Value>, place: OptionPlace) -> Result<Self, Vec<OptionError>> {
        let mut overrides = Self::default();
        let mut wrong = Vec::new();
        for (key, value) in section {
            let outcome = match OptionInfo::named(key) {
                None => Err(unknown(key)),
                Some(option) if place == OptionPlace::Role && !option.by_role => {
                    Err("roles can't override this option; set it in the front's options".into())
                }
                Some(_) => overrides.set(key, value),
            };
            if let Err(message) = outcome {
                wrong.push(OptionError { key: key.clone(), message });
            }
        }
        if wrong.is_empty() { Ok(overrides) } else { Err(wrong) }
    }

    /// The options that are set, by name, as they are written.
    pub fn written(&self) -> impl Iterator<Item = (&'static str, Value)> {
        OPTIONS.iter().filter_map(|option| Some((option.name, self.get(option.name)?)))
    }
}

impl<'de> Deserialize<'de> for OptionOverrides {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let section = Map::deserialize(deserializer)?;
        Self::read(&section, OptionPlace::Front).map_err(|wrong| {
            let lines: Vec<String> = wrong.iter().map(ToString::to_string).collect();
            D::Error::custom(lines.join("; "))
        })
    }
}

impl Serialize for OptionOverrides {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.written())
    }
}

fn unknown(key: &str) -> String {
    let nearest = OPTIONS.iter().map(|option| (distance(key, option.name), option.name)).min();
    match nearest {
        Some((steps, name)) if steps <= 2.max(key.len() / 4) => {
            format!("unknown option; did you mean `{name}`? (`portico options list` names them all)")
        }
        _ => "unknown option; `portico options list` names them all".into(),
    }
}

/// How many letters must be added, removed or changed to make `b` of `a`.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, other) in b.iter().enumerate() {
            let (above, left) = (row[j + 1], row[j]);
            row[j + 1] = (diagonal + usize::from(letter != *other)).min(above + 1).min(left + 1);
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// Reads a value of an option, within its range.
fn read_within<K: OptionKind>(value: &Value, range: Option<(u64, u64)>) -> Result<K, String> {
    let kind = K::read(value)?;
    match (kind.measure(), range) {
        (Some(measure), Some((low, high))) if !(low..=high).contains(&measure) => {
            Err(format!("expected {}, not {value}", range_text::<K>(low, high)))
        }
        _ => Ok(kind),
    }
}

fn range_text<K: OptionKind>(low: u64, high: u64) -> String {
    format!("{} to {}", K::bound(low), K::bound(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeSet;
    use std::time::Duration;

    fn read(section: &Value, place: OptionPlace) -> Result<OptionOverrides, Vec<OptionError>> {
        OptionOverrides::read(section.as_object().unwrap(), place)
    }

    #[test]
    fn every_option_has_a_name_of_its_own_a_sentence_and_a_default_that_can_be_written() {
        let names: BTreeSet<&str> = OPTIONS.iter().map(|option| option.name).collect();
        assert_eq!(names.len(), OPTIONS.len());
        for option in OPTIONS {
            assert!(
                option.doc.ends_with('.') && !option.doc.starts_with(' '),
                "{}: {}",
                option.name,
                option.doc
            );
            let section = json!({ option.name: (option.default)() });
            let overrides = read(&section, OptionPlace::Front).unwrap_or_else(|wrong| panic!("{wrong:?}"));
            assert_eq!(serde_json::to_value(&overrides).unwrap(), section);
            assert_eq!(FrontOptions::default().with(&overrides), FrontOptions::default(), "{}", option.name);
            assert_eq!(FrontOptions::default().get(option.name), Some((option.default)()), "{}", option.name);
        }
    }

    #[test]
    fn what_is_set_holds_instead_of_what_held_before() {
        let section = json!({
            "max_contacts": 3, "session_lifetime": "12h", "message_retention": "90d", "max_attachment": "5MB",
            "welcome": "Hello", "contact_rating": "public", "auto_contacts": ["helpdesk"], "undelivered_validity": "never",
        });
        let options = FrontOptions::default().with(&read(&section, OptionPlace::Front).unwrap());
        assert_eq!(options.max_contacts, Some(3));
        assert_eq!(options.session_lifetime, Duration::from_secs(12 * 3600));
        assert_eq!(options.message_retention, Some(Duration::from_secs(90 * 86_400)));
        assert_eq!(options.undelivered_validity, None);
        assert_eq!(options.max_attachment, 5 << 20);
        assert_eq!(options.welcome.as_deref(), Some("Hello"));
        assert_eq!(options.contact_rating, ContactRating::Public);
        assert_eq!(options.auto_contacts, ["helpdesk"]);
        let back = json!({ "max_contacts": "unlimited", "welcome": "" });
        let options = options.with(&read(&back, OptionPlace::Front).unwrap());
        assert_eq!((options.max_contacts, options.welcome), (None, None));
    }

    #[test]
    fn clients_are_told_plain_numbers() {
        let told = FrontOptions::default().told();
        assert_eq!(told["edit_window"], json!(900));
        assert_eq!(told["max_attachment"], json!(20 << 20));
        assert_eq!((&told["max_contacts"], &told["message_retention"]), (&Value::Null, &Value::Null));
        assert_eq!(told["contact_rating"], json!("off"));
        assert!(!told.contains_key("word_filter") && !told.contains_key("rank"));
    }

    #[test]
    fn everything_that_is_wrong_with_a_section_is_told_at_once_with_what_is_allowed() {
        let section = json!({
            "max_contact": 3, "nonsense": 1, "max_contacts": -1, "session_lifetime": "soon", "session_lifetime_x": 1,
            "max_conference_members": 1, "contact_rating": "maybe", "moved_to": "javascript:alert(1)", "edit_window": "1 week",
        });
        let wrong = read(&section, OptionPlace::Front).unwrap_err();
        assert_eq!(wrong.len(), 9, "{wrong:?}");
        let message = |key: &str| wrong.iter().find(|error| error.key == key).unwrap().message.clone();
        assert!(message("max_contact").contains("did you mean `max_contacts`"));
        assert!(
            message("nonsense").contains("options list") && !message("nonsense").contains("did you mean")
        );
        assert!(message("max_contacts").contains("unlimited"));
        assert!(message("session_lifetime").contains("30d"));
        assert!(message("max_conference_members").contains("2 to"));
        assert!(message("contact_rating").contains("private"));
        assert!(message("moved_to").contains("https://"));
    }

    #[test]
    fn a_role_sets_what_roles_can_override_and_nothing_else() {
        assert!(read(&json!({ "max_contacts": 5, "moderator": true }), OptionPlace::Role).is_ok());
        let wrong = read(&json!({ "max_sessions": 5, "welcome": "x" }), OptionPlace::Role).unwrap_err();
        assert_eq!(wrong.len(), 2);
        assert!(wrong[0].message.contains("roles can't"));
    }

    #[test]
    fn the_page_about_the_predecessor_names_options_that_there_are() {
        let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/predecessor.md");
        let page = std::fs::read_to_string(page).unwrap();
        let names: Vec<&str> = page
            .split("`options.")
            .skip(1)
            .filter_map(|rest| rest.split(|c: char| !c.is_ascii_lowercase() && c != '_').next())
            .filter(|name| !name.is_empty())
            .collect();
        assert!(names.len() > 50, "{names:?}");
        for name in names {
            assert!(OPTIONS.iter().any(|option| option.name == name), "there is no option `{name}`");
        }
    }
}
