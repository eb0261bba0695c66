//! What somebody has chosen for themselves.

use std::collections::HashMap;

use crate::account::{Preferences, PreferencesChange};
use crate::engine::{Engine, EngineError, Visitor};
use crate::ports::StoreResult;
use crate::{AccountId, CommunityId};

/// Most people that one call of the store is asked about.
const AT_ONCE: usize = 1000;

impl Engine {
    /// What the visitor has chosen.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn preferences(&self, visitor: &Visitor) -> Result<Preferences, EngineError> {
        self.members_only(visitor)?;
        let (community, account) = (visitor.community(), visitor.account());
        let kept = self.preferences_of(community, account).await?;
        let offline_messages = self.presence_record(community, account).await?.offline_choice;
        Ok(Preferences { offline_messages, ..kept })
    }

    /// Changes what the visitor has chosen; everything as it is then.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn change_preferences(
        &self,
        visitor: &Visitor,
        change: PreferencesChange,
    ) -> Result<Preferences, EngineError> {
        self.members_only(visitor)?;
        let (community, account) = (visitor.community(), visitor.account());
        // That choice is kept with the presence, whose rules it is for.
        if let Some(choice) = change.offline_messages {
            self.choose_offline(visitor, choice).await?;
        }
        self.store.put_preferences(community, account, &change.words()).await?;
        self.preferences.forget([&(community.clone(), account)]);
        self.preferences(visitor).await
    }

    /// What somebody has chosen, but for the messages that they take while offline, from memory where it is known.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn preferences_of(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> StoreResult<Preferences> {
        let mut found = self.preferences_of_many(community, [account]).await?;
        Ok(found.remove(&account).unwrap_or_default())
    }

    /// The same of several people.
    pub(super) async fn preferences_of_many(
        &self,
        community: &CommunityId,
        people: impl IntoIterator<Item = AccountId>,
    ) -> StoreResult<HashMap<AccountId, Preferences>> {
        let load = |keys: Vec<(CommunityId, AccountId)>| async move {
            let people: Vec<AccountId> = keys.iter().map(|(_, person)| *person).collect();
            let mut kept: HashMap<AccountId, Vec<(String, String)>> = HashMap::new();
            for some in people.chunks(AT_ONCE) {
                for (person, name, value) in self.store.preferences(community, some).await? {
                    kept.entry(person).or_default().push((name, value));
                }
            }
            let chosen = |words: Vec<(String, String)>| {
                Preferences::of(words.iter().map(|(name, value)| (name.as_str(), value.as_str())))
            };
            Ok(kept.into_iter().map(|(who, words)| ((community.clone(), who), chosen(words))).collect())
        };
        let keys = people.into_iter().map(|person| (community.clone(), person));
        let found = self.preferences.get_many(keys, load).await?;
        Ok(found.into_iter().map(|((_, person), chosen)| (person, chosen)).collect())
    }
}
