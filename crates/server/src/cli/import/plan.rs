//! What is made of the old tables: decided before anything is written, so that a dry run tells all of it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use portico_auth_native::{acceptable_address, acceptable_name, lookup_key};
use portico_core::account::fold_login;
use portico_core::administration::BanSubject;
use portico_core::group::GroupKind;
use portico_core::messaging::MAX_TEXT_BYTES;
use portico_core::ports::NativeState;
use serde::Serialize;

use super::tables::{ADMINISTRATOR, OldBan, OldContact, OldMessage, OldTables, OldUser};

/// Everything that will be written, by the old ids. No `Debug`, as of [`Person`].
#[derive(Default)]
pub(super) struct Plan {
    pub(super) people: Vec<Person>,
    pub(super) relations: Vec<Relation>,
    pub(super) groups: Vec<Group>,
    pub(super) messages: Vec<Message>,
    pub(super) bans: Vec<BanSubject>,
    pub(super) report: Report,
}

/// Somebody who gets an account. No `Debug`: a password's hash has no place in a log.
#[derive(Clone)]
pub(super) struct Person {
    pub(super) old: i64,
    pub(super) login: String,
    pub(super) display_name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) state: NativeState,
    /// 40 hexadecimal digits.
    pub(super) sha1: Option<String>,
    pub(super) role: Option<i64>,
}

/// What one person has with another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Relation {
    pub(super) owner: i64,
    pub(super) other: i64,
    pub(super) kind: RelationKind,
    pub(super) favourite: bool,
    pub(super) hidden: bool,
    pub(super) nickname: Option<String>,
    pub(super) group: Option<String>,
}

/// How far they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RelationKind {
    /// The owner has asked, with these words.
    Asked(Option<String>),
    /// They are contacts.
    Accepted,
    /// The other has refused the owner.
    RefusedByOther,
    /// Nothing, but what the owner has set for the other.
    Nothing,
}

/// A group with its people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) old: i64,
    pub(super) name: String,
    pub(super) kind: GroupKind,
    pub(super) members: Vec<i64>,
}

/// A message that was not delivered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    pub(super) old: i64,
    pub(super) author: i64,
    pub(super) to: i64,
    pub(super) text: String,
}

/// What becomes of everything, in numbers, and what does not come over, with the reason.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Report {
    pub(super) people: usize,
    /// Those of them who wait or are locked: they are nowhere until they have been let in and come.
    pub(super) shut: usize,
    pub(super) relations: usize,
    pub(super) groups: usize,
    pub(super) messages: usize,
    pub(super) bans: usize,
    /// Reason → how many.
    pub(super) left_out: BTreeMap<&'static str, usize>,
}

impl Report {
    fn leave_out(&mut self, why: &'static str) {
        *self.left_out.entry(why).or_default() += 1;
    }
}

impl Plan {
    pub(super) fn of(old: &OldTables) -> Self {
        let mut plan = Self::default();
        plan.people(&old.users);
        let known: BTreeSet<i64> = plan.people.iter().map(|person| person.old).collect();
        plan.relations(&old.contacts, &known);
        plan.groups(old, &known);
        for message in &old.messages {
            match text_of(message, &known) {
                Ok(text) => plan.messages.push(Message {
                    old: message.id,
                    author: message.author,
                    to: message.to,
                    text,
                }),
                Err(why) => plan.report.leave_out(why),
            }
        }
        for ban in &old.bans {
            match ban_of(ban) {
                Ok(subject) if plan.bans.contains(&subject) => plan.report.leave_out("ban: twice"),
                Ok(subject) => plan.bans.push(subject),
                Err(why) => plan.report.leave_out(why),
            }
        }
        plan.report.people = plan.people.len();
        let shut = plan.people.iter().filter(|person| person.state != NativeState::Active);
        plan.report.shut = shut.count();
        plan.report.relations = plan.relations.len();
        plan.report.groups = plan.groups.len();
        plan.report.messages = plan.messages.len();
        plan.report.bans = plan.bans.len();
        plan
    }

    fn people(&mut self, users: &[OldUser]) {
        let mut logins = BTreeSet::new();
        let mut usernames = BTreeMap::new();
        for user in users {
            if let Some(key) = lookup_key(&user.username) {
                usernames.entry(key).or_insert(user.id);
            }
        }
        for user in users {
            let state = match user.status {
                1 | 3 => NativeState::Active,
                2 => NativeState::Pending,
                4 => NativeState::Disabled,
                9 => {
                    self.report.leave_out("account: had left");
                    continue;
                }
                _ => {
                    self.report.leave_out("account: in a state that is not known");
                    continue;
                }
            };
            // As it was typed, unless that is what somebody else logs in with.
            let names = [&user.nickname, &user.username];
            let possible: Vec<(&String, String)> =
                names.into_iter().filter_map(|name| Some((name, lookup_key(name)?))).collect();
            if possible.is_empty() {
                self.report.leave_out("account: without a name that somebody could log in with");
                continue;
            }
            let mut free = possible.into_iter().filter(|(_, key)| {
                usernames.get(key).is_none_or(|id| *id == user.id) && !logins.contains(key)
            });
            let Some((login, key)) = free.next() else {
                self.report.leave_out("account: a name that another one has, but for its case");
                continue;
            };
            logins.insert(key);
            let shown = Some(user.name.as_str()).filter(|name| *name != "HIDDEN" && *name != login.as_str());
            let display_name = acceptable_name(shown).unwrap_or_else(|_| {
                self.report.leave_out("name to show: against the rules, so that the login is shown");
                None
            });
            let email = acceptable_address(Some(&user.email)).unwrap_or_else(|_| {
                self.report.leave_out("e-mail address: none that could be one");
                None
            });
            let sha1 = Some(user.password.to_ascii_lowercase())
                .filter(|hash| hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
            self.people.push(Person {
                old: user.id,
                login: login.clone(),
                display_name,
                email,
                state,
                sha1,
                role: user.role,
            });
        }
    }

    /// The old rows are one-sided, and anybody could make one that said "accepted": a contact is what both want.
    fn relations(&mut self, rows: &[OldContact], known: &BTreeSet<i64>) {
        let mut seen = BTreeSet::new();
        let wants: BTreeSet<(i64, i64)> = rows
            .iter()
            .filter(|row| matches!(row.status, 0 | 1 | 2 | 5))
            .map(|row| (row.owner, row.other))
            .collect();
        let refused: BTreeSet<(i64, i64)> =
            rows.iter().filter(|row| row.status == -1).map(|row| (row.owner, row.other)).collect();
        for row in rows {
            if row.owner == row.other || !known.contains(&row.owner) || !known.contains(&row.other) {
                self.report.leave_out("contact: of an account that does not come over");
                continue;
            }
            // Of two rows of the same the refusal holds.
            if row.status != -1 && refused.contains(&(row.owner, row.other)) {
                self.report.leave_out("contact: refused as well");
                continue;
            }
            if !seen.insert((row.owner, row.other)) {
                self.report.leave_out("contact: twice");
                continue;
            }
            let text = Some(row.text.clone()).filter(|text| !text.is_empty());
            let back = (row.other, row.owner);
            let kind = match row.status {
                -1 => RelationKind::RefusedByOther,
                _ if refused.contains(&back) => {
                    self.report.leave_out("contact: refused by its owner");
                    continue;
                }
                0 => RelationKind::Asked(text.clone()),
                1 | 2 | 5 if wants.contains(&back) => RelationKind::Accepted,
                1 | 2 => {
                    self.report.leave_out("contact: of one side alone, which becomes a request");
                    RelationKind::Asked(None)
                }
                5 => RelationKind::Nothing,
                _ => {
                    self.report.leave_out("contact: in a state that is not known");
                    continue;
                }
            };
            let accepted = kind == RelationKind::Accepted;
            self.relations.push(Relation {
                owner: row.owner,
                other: row.other,
                favourite: row.status == 2,
                hidden: row.status == 5,
                nickname: text.filter(|_| accepted),
                group: Some(row.group.clone()).filter(|group| accepted && !group.is_empty()),
                kind,
            });
        }
    }

    fn groups(&mut self, old: &OldTables, known: &BTreeSet<i64>) {
        let mut names = BTreeSet::new();
        for group in &old.groups {
            let kind = match group.kind {
                0 => GroupKind::Public,
                1 => GroupKind::Official,
                _ => GroupKind::Private,
            };
            let mut members = BTreeSet::new();
            for part in old.memberships.iter().filter(|part| part.group == group.id) {
                // Who asks to leave is still in; who asks to come in, or was refused, is not.
                match part.pending {
                    0 | -1 if known.contains(&part.user) => _ = members.insert(part.user),
                    0 | -1 => self.report.leave_out("membership: of an account that does not come over"),
                    _ => self.report.leave_out("membership: asked for or refused; to be asked for again"),
                }
            }
            if group.name.is_empty() || members.is_empty() {
                self.report.leave_out("group: without a name or a member");
                continue;
            }
            if !names.insert(fold_login(&group.name)) {
                self.report.leave_out("group: a name that another one has, but for its case");
                continue;
            }
            self.groups.push(Group {
                old: group.id,
                name: group.name.clone(),
                kind,
                members: members.into_iter().collect(),
            });
        }
    }
}

/// The text of a message between two people who come over.
fn text_of(message: &OldMessage, known: &BTreeSet<i64>) -> Result<String, &'static str> {
    if message.conference != 0 {
        return Err("message: of a conference, which ended with its server");
    }
    if message.author == ADMINISTRATOR {
        return Err("message: of an administrator");
    }
    if message.author == message.to || !known.contains(&message.author) || !known.contains(&message.to) {
        return Err("message: of an account that does not come over");
    }
    if message.encoding != "64" {
        return Err("message: encrypted by the old client");
    }
    let bytes = decoded(&message.text).ok_or("message: can't be decoded")?;
    let text = words(&bytes);
    if text.trim().is_empty() || text.len() > MAX_TEXT_BYTES {
        return Err("message: empty or too long");
    }
    Ok(text)
}

/// Base64 with `|` for `+`, and without its padding.
fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let plain: Vec<u8> = text
        .iter()
        .filter(|byte| !byte.is_ascii_whitespace())
        .map(|&byte| if byte == b'|' { b'+' } else { byte })
        .collect();
    GeneralPurpose::new(&STANDARD, config).decode(plain).ok()
}

/// What the old clients wrote: ISO-8859-1, in the mapping of windows-1252's printable part as far as it is the same.
fn words(bytes: &[u8]) -> String {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    text.replace('\0', "")
}

/// Whom a ban is about.
fn ban_of(ban: &OldBan) -> Result<BanSubject, &'static str> {
    match (ban.kind.as_str(), ban.value.trim()) {
        (_, "") => Err("ban: empty"),
        ("U", value) => BanSubject::name(&glob(value), None)
            .map_err(|_| "ban: a pattern of names that would ban everybody"),
        ("I", value) => {
            let network = network(value).ok_or("ban: an address pattern that is no network")?;
            BanSubject::address(&network).map_err(|_| "ban: a network that is too large")
        }
        _ => Err("ban: of a computer, which the client named itself"),
    }
}

/// A pattern of `LIKE` with today's signs.
fn glob(like: &str) -> String {
    like.chars()
        .map(|c| match c {
            '%' => '*',
            '_' => '?',
            other => other,
        })
        .collect()
}

/// A pattern of addresses as a network: whole numbers before a `%`.
fn network(like: &str) -> Option<String> {
    let Some(start) = like.strip_suffix('%') else {
        return like.parse::<std::net::IpAddr>().ok().map(|address| address.to_string());
    };
    let parts: Vec<&str> = start.strip_suffix('.')?.split('.').collect();
    if parts.len() > 3 || parts.iter().any(|part| part.parse::<u8>().is_err()) {
        return None;
    }
    let mut address: Vec<&str> = parts.clone();
    address.resize(4, "0");
    Some(format!("{}/{}", address.join("."), parts.len() * 8))
}

#[cfg(test)]
mod tests;
