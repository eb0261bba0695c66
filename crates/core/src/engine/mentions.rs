//! Who is named in a text.

use std::collections::HashMap;

use crate::AccountId;
use crate::account::Member;
use crate::engine::{Engine, EngineError, Visitor};
use crate::messaging::{Conversation, Mentions, names_in, resolve};

/// Up to how many members of a conversation are read to find the names of a text among them. In a larger one a name is
/// looked up as a login.
const READ_WHOLE: usize = 500;

impl Engine {
    /// Who of a conversation's members is named in a text. `@all` counts in rooms, from their managers.
    pub(super) async fn mentions_in(
        &self,
        visitor: &Visitor,
        conversation: &Conversation,
        text: &str,
    ) -> Result<Mentions, EngineError> {
        let names = names_in(text);
        if names.is_empty() {
            return Ok(Mentions::default());
        }
        let members = &conversation.members;
        let people: Vec<Member> = if members.len() <= READ_WHOLE {
            self.known_members(visitor, members).await?
        } else {
            let mut found = HashMap::new();
            for spelling in names.iter().flat_map(crate::messaging::NamedInText::spellings) {
                for member in self.store.members_by_login(visitor.community(), spelling).await? {
                    found.insert(member.account.id, member);
                }
            }
            found.into_values().filter(|member| conversation.has(member.account.id)).collect()
        };
        let mut mentions = resolve(&names, people.iter().map(|member| &member.account));
        if let Some(group) = conversation.group
            && names.iter().any(crate::messaging::NamedInText::is_everybody)
        {
            mentions.all = self.manages(visitor, group).await?;
        }
        Ok(mentions)
    }

    /// Members from memory where they are there, the others in one query.
    async fn known_members(
        &self,
        visitor: &Visitor,
        people: &[AccountId],
    ) -> Result<Vec<Member>, EngineError> {
        let known = |person: &AccountId| self.members.peek(&(visitor.community().clone(), *person));
        let (mut found, mut unknown): (Vec<Member>, Vec<AccountId>) = (Vec::new(), Vec::new());
        for person in people {
            match known(person) {
                Some(member) => found.extend(member.as_deref().cloned()),
                None => unknown.push(*person),
            }
        }
        if !unknown.is_empty() {
            found.extend(self.store.members(visitor.community(), &unknown).await?);
        }
        Ok(found)
    }
}
