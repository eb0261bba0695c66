//! A `[[person]]` made ready: schemes and patterns read, columns listed.

use std::collections::BTreeMap;

use portico_passwords::{Scheme, UnknownScheme};

use crate::recipe::columns;
use crate::recipe::condition::{Condition, TimeColumn};
use crate::recipe::hook::{self, Hook, Source};
use crate::recipe::pattern::Pattern;
use crate::recipe::person::Person;
use crate::recipe::rule::{RefuseAs, RelatedRows, Rule};
use crate::{Dialect, TablePrefix};

/// A table of people, ready for logins.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) person: Person,
    /// Every column that is read of a row, once.
    pub(super) columns: Vec<String>,
    pub(super) schemes: Vec<Scheme>,
    pub(super) select: BTreeMap<String, Vec<Scheme>>,
    pub(super) hook: Option<&'static dyn Hook>,
    /// What stands in place of the table.
    pub(super) source: Option<String>,
    pub(super) refuse: Vec<(RefuseAs, bool, ReadyRule)>,
    pub(super) write_ban: Option<ReadyRule>,
    pub(super) avatar: Option<Pattern>,
    pub(super) profile: Option<Pattern>,
    pub(super) member: Pattern,
    pub(super) inbox: Pattern,
    /// Whether the subject has the kind in front.
    pub(super) named: bool,
}

/// A rule with its patterns read.
#[derive(Debug)]
pub(super) struct ReadyRule {
    pub(super) when: Vec<Condition>,
    pub(super) until: Option<TimeColumn>,
    pub(super) reason: Option<String>,
    pub(super) rows: Option<ReadyRows>,
}

/// Related rows, ready.
#[derive(Debug)]
pub(super) struct ReadyRows {
    pub(super) rows: RelatedRows,
    pub(super) matches: Vec<(String, Pattern)>,
    pub(super) columns: Vec<String>,
}

impl ReadyRule {
    fn new(rule: Rule) -> Result<Self, String> {
        let rows = match rule.rows {
            None => None,
            Some(rows) => {
                let columns =
                    columns::of_rows(&rows, &rule.when, rule.until.as_ref(), rule.reason.as_ref(), "");
                let matches = rows.matches.iter().map(|(column, value)| {
                    Pattern::parse(&value.as_text()).map(|pattern| (column.clone(), pattern))
                });
                Some(ReadyRows {
                    matches: matches.collect::<Result<_, _>>()?,
                    columns: distinct(columns.into_iter().map(|named| named.column)),
                    rows,
                })
            }
        };
        Ok(Self { when: rule.when, until: rule.until, reason: rule.reason, rows })
    }
}

fn distinct(columns: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for column in columns {
        if !all.contains(&column) {
            all.push(column);
        }
    }
    all
}

fn schemes(words: &[String]) -> Result<Vec<Scheme>, UnknownScheme> {
    let lists: Result<Vec<_>, _> = words.iter().map(|word| Scheme::list(word)).collect();
    lists.map(|lists| lists.concat())
}

impl Prepared {
    /// Makes a checked person ready; an error is a recipe that was not checked.
    pub(super) fn new(
        person: &Person,
        several: bool,
        dialect: Dialect,
        prefix: &TablePrefix,
    ) -> Result<Self, String> {
        let pattern = |text: Option<&String>| text.map(|text| Pattern::parse(text)).transpose();
        let or_id = |text: Option<&String>| Pattern::parse(text.map_or("{id}", String::as_str));
        let bad_scheme = |error: UnknownScheme| error.to_string();
        let mut select = BTreeMap::new();
        for (value, words) in person.select.iter().flat_map(|select| &select.schemes) {
            select.insert(value.clone(), schemes(words).map_err(bad_scheme)?);
        }
        let hook = person.hook.as_deref().and_then(hook::find);
        let refuse = person
            .refuse
            .iter()
            .map(|refuse| ReadyRule::new(refuse.rule()).map(|rule| (refuse.answer, refuse.unless, rule)));
        Ok(Self {
            columns: distinct(columns::of_person(person, "").into_iter().map(|named| named.column)),
            schemes: schemes(&person.schemes).map_err(bad_scheme)?,
            select,
            hook,
            source: hook.and_then(Hook::source).map(|source: &dyn Source| source.select(dialect, prefix)),
            refuse: refuse.collect::<Result<_, _>>()?,
            write_ban: person.write_ban.clone().map(ReadyRule::new).transpose()?,
            avatar: pattern(person.identity.avatar.as_ref())?,
            profile: pattern(person.identity.profile.as_ref())?,
            member: or_id(person.groups.as_ref().and_then(|groups| groups.members.as_ref()?.value.as_ref()))?,
            inbox: or_id(person.inbox.as_ref().and_then(|inbox| inbox.count.as_ref()?.value.as_ref()))?,
            named: several && person.kind.is_some(),
            person: person.clone(),
        })
    }

    /// What these people are, for texts.
    pub(super) fn kind(&self) -> &str {
        self.person.kind.as_deref().unwrap_or("person")
    }

    /// The subject of an id.
    pub(super) fn subject(&self, id: &str) -> String {
        match &self.person.kind {
            Some(kind) if self.named => format!("{kind}:{id}"),
            _ => id.to_owned(),
        }
    }

    /// The id in a subject, if it is one of these people's.
    pub(super) fn id_in<'s>(&self, subject: &'s str) -> Option<&'s str> {
        match &self.person.kind {
            Some(kind) if self.named => subject.strip_prefix(kind.as_str())?.strip_prefix(':'),
            _ => Some(subject),
        }
    }
}
