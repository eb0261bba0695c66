//! The ban list. It stops nobody from logging in; it stops writing: posts and private messages.

use std::net::IpAddr;

use portico_core::auth::{Restriction, Restrictions};
use regex::bytes::Regex;

use crate::input::trim;
use crate::pattern;

/// What a ban looks at; the numbers are those of the column `type`. 4 (bad words) and 6 (spam words) look at texts
/// and ban nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Target {
    /// 1: the visitor's address.
    Address,
    /// 2: the user name.
    Name,
    /// 3: the e-mail address.
    Email,
    /// 5: the user id.
    Member,
}

impl Target {
    pub(crate) fn of(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::Address),
            2 => Some(Self::Name),
            3 => Some(Self::Email),
            5 => Some(Self::Member),
            _ => None,
        }
    }

    /// What the person is told.
    fn reason(self) -> &'static str {
        match self {
            Self::Address => "Your address is on the forum's ban list: you may read but not write.",
            Self::Name => "Your user name is on the forum's ban list: you may read but not write.",
            Self::Email => "Your e-mail address is on the forum's ban list: you may read but not write.",
            Self::Member => "Your account is on the forum's ban list: you may read but not write.",
        }
    }
}

/// A row of the ban list that applies everywhere (`forum_id` 0).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BanRow {
    /// What it looks at.
    pub(crate) target: Target,
    /// Whether `text` is a regular expression.
    pub(crate) pcre: bool,
    /// The column `string`.
    pub(crate) text: String,
}

/// The ban list, ready to be asked.
#[derive(Debug, Default)]
pub(crate) struct BanList {
    bans: Vec<(Target, Test)>,
    unusable: usize,
}

#[derive(Debug)]
enum Test {
    /// A regular expression found in the value; `None` = it never matches.
    Expression(Option<Regex>),
    /// Found anywhere in the value, whatever the case of ASCII letters.
    Contains(String),
    /// The same number, or the same text.
    Equals(String),
}

/// The person that is looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Suspect<'a> {
    pub(crate) user_id: i64,
    pub(crate) name: &'a str,
    pub(crate) email: &'a str,
    /// `None` = not known, bans of addresses are not tested.
    pub(crate) address: Option<IpAddr>,
}

impl BanList {
    /// Compiles the rows: some work, for many expressions much; not for a reactor thread.
    pub(crate) fn compile(rows: &[BanRow]) -> Self {
        let mut list = Self::default();
        for row in rows.iter().filter(|row| !is_empty(&row.text)) {
            let test = match (row.pcre, row.target) {
                (true, _) => Test::Expression(pattern::compile(&row.text)),
                (false, Target::Member) => Test::Equals(row.text.clone()),
                (false, _) => Test::Contains(row.text.clone()),
            };
            list.unusable += usize::from(matches!(test, Test::Expression(None)));
            list.bans.push((row.target, test));
        }
        list
    }

    /// How many rows hold an expression that never matches here.
    pub(crate) fn unusable(&self) -> usize {
        self.unusable
    }

    /// The first ban that hits the person, in the order in which Phorum asks before a post: name, e-mail address,
    /// user id, address.
    pub(crate) fn hit(&self, who: Suspect<'_>) -> Option<Target> {
        let address = who.address.map(|address| address.to_canonical().to_string()).unwrap_or_default();
        let values = [
            (Target::Name, who.name),
            (Target::Email, who.email),
            (Target::Member, &who.user_id.to_string()),
            (Target::Address, &address),
        ];
        values
            .into_iter()
            .find(|(target, value)| self.bans_value(*target, trim(value)))
            .map(|(target, _)| target)
    }

    /// Whether addresses are on the list at all.
    pub(crate) fn has_addresses(&self) -> bool {
        self.bans.iter().any(|(target, _)| *target == Target::Address)
    }

    /// What somebody at this address may not do, whoever it is.
    pub(crate) fn restriction_at(&self, address: IpAddr) -> Option<Restriction> {
        let address = address.to_canonical().to_string();
        self.bans_value(Target::Address, &address).then(|| Restriction::new(Target::Address.reason()))
    }

    /// What the person may not do.
    pub(crate) fn restrictions(&self, who: Suspect<'_>) -> Restrictions {
        Restrictions { write: self.hit(who).map(|target| Restriction::new(target.reason())) }
    }

    fn bans_value(&self, target: Target, value: &str) -> bool {
        !is_empty(value) && self.bans.iter().any(|(of, test)| *of == target && test.hits(value))
    }
}

impl Test {
    fn hits(&self, value: &str) -> bool {
        match self {
            Self::Expression(expression) => {
                expression.as_ref().is_some_and(|regex| regex.is_match(value.as_bytes()))
            }
            Self::Contains(text) => contains(value.as_bytes(), text.as_bytes()),
            Self::Equals(text) => equals(value, text),
        }
    }
}

/// What PHP's `empty()` says of a text.
fn is_empty(text: &str) -> bool {
    text.is_empty() || text == "0"
}

/// PHP's `stristr()`: bytes, and only ASCII letters have two cases.
fn contains(value: &[u8], text: &[u8]) -> bool {
    value.windows(text.len()).any(|part| part.eq_ignore_ascii_case(text))
}

/// PHP's `==` of two texts: as numbers where both are numbers.
fn equals(value: &str, text: &str) -> bool {
    let number = |text: &str| trim(text).parse::<i64>().ok();
    match (number(value), number(text)) {
        (Some(one), Some(other)) => one == other,
        _ => value == text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOB: Suspect<'_> = Suspect { user_id: 15, name: "Bobby", email: "bob@mail.example", address: None };

    fn hit(target: Target, pcre: bool, text: &str, who: Suspect<'_>) -> bool {
        BanList::compile(&[BanRow { target, pcre, text: text.to_owned() }]).hit(who) == Some(target)
    }

    #[test]
    fn a_plain_ban_is_found_anywhere_in_the_value_whatever_the_case() {
        assert!(hit(Target::Name, false, "bob", BOB), "`bob` bans Bobby");
        assert!(hit(Target::Email, false, "@MAIL.example", BOB));
        assert!(!hit(Target::Name, false, "bobbyx", BOB));
        assert!(!hit(Target::Name, false, "b.b", BOB), "no wildcards");
    }

    #[test]
    fn an_expression_stands_between_word_boundaries_whatever_the_case() {
        assert!(!hit(Target::Name, true, "bob", BOB));
        assert!(hit(Target::Name, true, "BOB.*", BOB));
        assert!(hit(Target::Email, true, ".*@mail\\.example", BOB));
    }

    #[test]
    fn a_broken_expression_never_matches_and_is_counted() {
        let row = |text: &str| BanRow { target: Target::Name, pcre: true, text: text.to_owned() };
        let list = BanList::compile(&[row("("), row("a/b"), row("bobby")]);
        assert_eq!(list.unusable(), 2);
        assert_eq!(list.hit(BOB), Some(Target::Name), "the others still count");
        assert_eq!(BanList::compile(&[row("(")]).hit(BOB), None);
    }

    #[test]
    fn a_ban_by_id_is_equality() {
        assert!(hit(Target::Member, false, "15", BOB));
        assert!(hit(Target::Member, false, " 015 ", BOB), "compared as numbers, as PHP does");
        assert!(!hit(Target::Member, false, "5", BOB));
        assert!(!hit(Target::Member, false, "1", BOB));
        assert!(hit(Target::Member, true, "1.", BOB), "an expression is one here too");
    }

    #[test]
    fn without_an_address_bans_of_addresses_are_not_tested() {
        let at = |address: &str| Suspect { address: Some(address.parse().unwrap()), ..BOB };
        assert!(!hit(Target::Address, false, "10.0.0.", BOB));
        assert!(hit(Target::Address, false, "10.0.0.", at("10.0.0.7")));
        assert!(hit(Target::Address, true, "10\\.0\\.0\\.\\d+", at("::ffff:10.0.0.7")), "IPv4 inside IPv6");
        assert!(hit(Target::Address, false, "2001:db8:", at("2001:db8::7")));
        assert!(!hit(Target::Address, false, "10.0.0.", at("192.0.2.1")));
    }

    #[test]
    fn a_ban_looks_only_at_what_it_is_for() {
        assert!(!hit(Target::Email, false, "bobby", BOB));
        assert_eq!([4, 6, 7, 0].map(Target::of), [None; 4], "word lists ban nobody");
        assert_eq!([1, 2, 3, 5].map(|n| Target::of(n).is_some()), [true; 4]);
    }

    #[test]
    fn empty_texts_and_values_are_skipped() {
        assert!(!hit(Target::Name, true, "", BOB));
        assert!(!hit(Target::Name, false, "0", Suspect { name: "a0", ..BOB }), "PHP takes \"0\" for empty");
        assert!(!hit(Target::Email, true, ".*", Suspect { email: "  ", ..BOB }));
    }

    #[test]
    fn the_restriction_says_why() {
        let list = BanList::compile(&[BanRow { target: Target::Member, pcre: false, text: "15".to_owned() }]);
        let restriction = list.restrictions(BOB).write.unwrap();
        assert!(restriction.reason.contains("account is on the forum's ban list"), "{}", restriction.reason);
        assert_eq!(restriction.until_millis, None);
        assert_eq!(list.restrictions(Suspect { user_id: 16, ..BOB }), Restrictions::default());
    }
}
