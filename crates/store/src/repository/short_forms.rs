//! What is kept of a message in one column, so that its readers need no look into other tables.

use portico_core::AccountId;
use portico_core::files::AttachedFile;
use portico_core::messaging::{Mentions, Reaction};

use crate::failure::{Failure, Sql};

/// Everybody in the room.
const EVERYBODY: &str = "*";

/// Ids with spaces between them, and `*` for everybody; nothing for nobody.
pub(super) fn mentions_text(mentions: &Mentions) -> Option<String> {
    if mentions.is_empty() {
        return None;
    }
    let all = mentions.all.then(|| EVERYBODY.to_owned());
    let people = mentions.accounts.iter().map(ToString::to_string);
    Some(all.into_iter().chain(people).collect::<Vec<_>>().join(" "))
}

pub(super) fn mentions_of(text: Option<&str>) -> Sql<Mentions> {
    let mut mentions = Mentions::default();
    for word in text.unwrap_or_default().split_ascii_whitespace() {
        if word == EVERYBODY {
            mentions.all = true;
        } else {
            mentions.accounts.push(account(word)?);
        }
    }
    Ok(mentions)
}

/// A line for each: emoji, number, ids of the first people.
pub(super) fn reactions_text(reactions: &[Reaction]) -> Option<String> {
    let line = |one: &Reaction| {
        let people: String = one.accounts.iter().map(|person| format!(" {person}")).collect();
        format!("{} {}{people}", one.emoji, one.count)
    };
    (!reactions.is_empty()).then(|| reactions.iter().map(line).collect::<Vec<_>>().join("\n"))
}

pub(super) fn reactions_of(text: Option<&str>) -> Sql<Vec<Reaction>> {
    let lines = text.unwrap_or_default().lines();
    lines
        .map(|line| {
            let mut words = line.split(' ');
            let (emoji, count) = (words.next(), words.next().and_then(|count| count.parse().ok()));
            let (Some(emoji), Some(count)) = (emoji, count) else {
                return Err(Failure::broken("a message's reactions can't be read"));
            };
            let accounts = words.map(account).collect::<Sql<_>>()?;
            Ok(Reaction { emoji: emoji.to_owned(), count, accounts })
        })
        .collect()
}

/// A JSON list; nothing for no files.
pub(super) fn files_text(files: &[AttachedFile]) -> Option<String> {
    (!files.is_empty()).then(|| serde_json::to_string(files).ok()).flatten()
}

pub(super) fn files_of(text: Option<&str>) -> Sql<Vec<AttachedFile>> {
    match text {
        None => Ok(Vec::new()),
        Some(text) => {
            serde_json::from_str(text).map_err(|_| Failure::broken("the files of a message can't be read"))
        }
    }
}

fn account(text: &str) -> Sql<AccountId> {
    text.parse().map_err(|_| Failure::broken("a message names an account that can't be one"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_core::Timestamp;

    #[test]
    fn what_is_written_is_read_again() {
        let people =
            [AccountId::generate(Timestamp::from_secs(1)), AccountId::generate(Timestamp::from_secs(2))];
        let mentions = Mentions { accounts: people.to_vec(), all: true };
        assert_eq!(mentions_of(mentions_text(&mentions).as_deref()).unwrap(), mentions);
        assert_eq!(mentions_text(&Mentions::default()), None);
        let reaction = |emoji: &str, count, accounts: &[AccountId]| Reaction {
            emoji: emoji.into(),
            count,
            accounts: accounts.to_vec(),
        };
        let reactions = [reaction("👍", 2, &people), reaction("👩‍👩‍👧", 1, &people[..1]), reaction("1️⃣", 7, &[])];
        assert_eq!(reactions_of(reactions_text(&reactions).as_deref()).unwrap(), reactions);
        assert!(reactions_of(Some("👍")).is_err() && mentions_of(Some("bob")).is_err());
    }
}
