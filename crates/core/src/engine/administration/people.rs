use std::collections::HashMap;

use crate::account::{Account, AccountLife, fold_login};
use crate::engine::{Engine, EngineError};
use crate::front::FrontId;
use crate::group::Membership;
use crate::ports::{AccountFilter, SessionRecord};
use crate::{AccountId, CommunityId};

/// Most accounts that one call of the store is asked about.
const AT_ONCE: usize = 1000;

/// Everything about a person that administrators see: never what they write.
#[derive(Debug, Clone)]
pub struct PersonCard {
    /// The person.
    pub person: Listed,
    /// Their sessions.
    pub sessions: Vec<SessionRecord>,
    /// Their groups.
    pub groups: Vec<Membership>,
    /// The roles that administrators have given them, and where.
    pub roles: Vec<(CommunityId, String)>,
}

/// A person in the list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The account.
    pub account: Account,
    /// The fronts they have entered.
    pub fronts: Vec<(CommunityId, FrontId)>,
    /// Whether it may be used, and when it last was.
    pub life: AccountLife,
    /// Whether they are online anywhere.
    pub online: bool,
}

impl Engine {
    /// People who have entered, by id. The login that is asked for is the beginning of one.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn accounts(&self, mut filter: AccountFilter) -> Result<Vec<Listed>, EngineError> {
        filter.login = filter.login.map(|login| fold_login(&login)).filter(|login| !login.is_empty());
        let unheard = |text: &Option<String>| text.as_ref().is_some_and(|text| text.contains('\0'));
        if unheard(&filter.login) || unheard(&filter.role) {
            return Ok(Vec::new());
        }
        let accounts = self.store.find_accounts(&filter).await?;
        self.list(accounts).await
    }

    /// What the list says of people beside their accounts, read for many at a time.
    async fn list(&self, accounts: Vec<Account>) -> Result<Vec<Listed>, EngineError> {
        let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
        let mut fronts: HashMap<AccountId, Vec<(CommunityId, FrontId)>> = HashMap::with_capacity(ids.len());
        let mut lives: HashMap<AccountId, AccountLife> = HashMap::with_capacity(ids.len());
        for some in ids.chunks(AT_ONCE) {
            for (person, community, front) in self.store.entered(some).await? {
                fronts.entry(person).or_default().push((community, front));
            }
            lives.extend(self.store.account_lives(some).await?);
        }
        let listed = |account: Account| {
            let fronts = fronts.remove(&account.id).unwrap_or_default();
            let life = lives.remove(&account.id).unwrap_or_default();
            let online = self.is_online(account.id, &fronts);
            Listed { account, fronts, life, online }
        };
        Ok(accounts.into_iter().map(listed).collect())
    }

    /// A person as the list has them.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn listed(&self, account: Account) -> Result<Listed, EngineError> {
        self.list(vec![account]).await?.pop().ok_or(EngineError::NotFound)
    }

    /// Everything about a person that administrators see.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn person_card(&self, id: AccountId) -> Result<PersonCard, EngineError> {
        let person = self.listed(self.any_account(id).await?).await?;
        let sessions = self.store.sessions_of(id, self.clock.now()).await?;
        let mut communities: Vec<&CommunityId> =
            person.fronts.iter().map(|(community, _)| community).collect();
        communities.sort_unstable();
        communities.dedup();
        let (mut groups, mut roles) = (Vec::new(), Vec::new());
        for community in communities {
            groups.extend(self.store.groups_of(community, id).await?);
            let theirs = self.store.granted_roles(community, id).await?;
            roles.extend(theirs.into_iter().map(|role| (community.clone(), role)));
        }
        Ok(PersonCard { person, sessions, groups, roles })
    }

    /// The sessions of somebody that have not expired, newest first.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn sessions_of(&self, id: AccountId) -> Result<Vec<SessionRecord>, EngineError> {
        self.any_account(id).await?;
        Ok(self.store.sessions_of(id, self.clock.now()).await?)
    }

    /// Where a session that is here was last seen from, and on which device.
    pub fn whereabouts(&self, session: &SessionRecord) -> (Option<std::net::IpAddr>, Option<String>) {
        let live = self.sessions.find(&session.token_hash);
        live.map_or((None, None), |live| (live.address(), live.device().map(|device| device.to_string())))
    }

    fn is_online(&self, account: AccountId, fronts: &[(CommunityId, FrontId)]) -> bool {
        fronts.iter().any(|(community, _)| self.is_present(community, account))
    }
}
