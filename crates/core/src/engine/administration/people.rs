use crate::account::{Account, fold_login};
use crate::auth::Realm;
use crate::engine::{Engine, EngineError};
use crate::front::FrontId;
use crate::group::Membership;
use crate::ports::{AccountFilter, SessionRecord};
use crate::{AccountId, CommunityId};

/// Everything about a person that administrators see: never what they write.
#[derive(Debug, Clone)]
pub struct PersonCard {
    /// The account.
    pub account: Account,
    /// The fronts they have entered.
    pub fronts: Vec<(CommunityId, FrontId)>,
    /// Their sessions.
    pub sessions: Vec<SessionRecord>,
    /// Their groups.
    pub groups: Vec<Membership>,
    /// Whether they are online anywhere.
    pub online: bool,
}

/// A person in the list.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The account.
    pub account: Account,
    /// The fronts they have entered.
    pub fronts: Vec<(CommunityId, FrontId)>,
    /// Whether they are online anywhere.
    pub online: bool,
}

impl Engine {
    /// People who have entered, by id, beginning after `after`. `login` is the beginning of a login.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn accounts(
        &self,
        login: Option<&str>,
        realm: Option<Realm>,
        front: Option<FrontId>,
        after: Option<AccountId>,
        limit: usize,
    ) -> Result<Vec<Listed>, EngineError> {
        let login = login.map(fold_login).filter(|login| !login.is_empty());
        if login.as_ref().is_some_and(|login| login.contains('\0')) {
            return Ok(Vec::new());
        }
        let mut listed = Vec::new();
        for account in self.store.find_accounts(&AccountFilter { login, realm, front, after, limit }).await? {
            let fronts = self.store.entered(account.id).await?;
            let online = self.is_online(account.id, &fronts);
            listed.push(Listed { account, fronts, online });
        }
        Ok(listed)
    }

    /// Everything about a person that administrators see.
    ///
    /// # Errors
    /// [`EngineError::NotFound`]
    pub async fn person_card(&self, id: AccountId) -> Result<PersonCard, EngineError> {
        let account = self.any_account(id).await?;
        let fronts = self.store.entered(id).await?;
        let sessions = self.store.sessions_of(id, self.clock.now()).await?;
        let mut communities: Vec<&CommunityId> = fronts.iter().map(|(community, _)| community).collect();
        communities.sort_unstable();
        communities.dedup();
        let mut groups = Vec::new();
        for community in communities {
            groups.extend(self.store.groups_of(community, id).await?);
        }
        let online = self.is_online(id, &fronts);
        Ok(PersonCard { account, fronts, sessions, groups, online })
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
