//! Roles of people, and what holds at fronts, changed while people are here.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, PoisonError};

use crate::account::Account;
use crate::administration::{Actor, Change, Right, Rights, RoleGrant};
use crate::auth::Realm;
use crate::engine::{Engine, EngineError, Visitor};
use crate::front::{Front, FrontId, OwnRoles, Through};
use crate::messaging::Notice;
use crate::ports::{SessionRecord, Store, StoreResult};
use crate::session::{Ending, LiveSession};
use crate::{AccountId, CommunityId};

/// The roles that administrators have given, by account.
pub(super) type GrantedRoles = HashMap<(CommunityId, AccountId), Arc<[String]>>;

/// Those that the store knows.
pub(super) async fn granted(store: &dyn Store) -> StoreResult<GrantedRoles> {
    let mut roles: HashMap<(CommunityId, AccountId), Vec<String>> = HashMap::new();
    for (community, account, role) in store.all_granted_roles().await? {
        roles.entry((community, account)).or_default().push(role);
    }
    Ok(roles.into_iter().map(|(key, roles)| (key, roles.into())).collect())
}

impl Engine {
    /// Gives a role to a member of a community; durable on return, and in force at once for their sessions. `false` when
    /// they had it. `mine` are the rights of whoever gives it.
    ///
    /// # Errors
    /// [`EngineError::NotFound`] for somebody who is no member; [`EngineError::Unacceptable`] for a role that no front of
    /// the community knows; [`EngineError::NotPermitted`] for one that opens what is not among `mine`.
    pub async fn grant_role(
        &self,
        by: &Actor,
        mine: &Rights,
        community: &CommunityId,
        account: AccountId,
        role: &str,
    ) -> Result<bool, EngineError> {
        let known = self.known_roles(community);
        if !known.contains(role) {
            let known = known.into_iter().collect::<Vec<_>>().join(", ");
            return Err(EngineError::Unacceptable(format!("there is no role `{role}` (there are: {known})")));
        }
        self.check_role(mine, community, role)?;
        self.member_of(community, account).await?.ok_or(EngineError::NotFound)?;
        let grant = self.role_grant(community, account, role);
        let mut line = self.audit_entry(by, "role-given").on("account", account);
        line.community = Some(community.clone());
        let fresh = self.store.administer(&Change::GrantRole(grant), line).await?;
        self.roles_changed(community, account).await?;
        Ok(fresh.is_some())
    }

    /// Takes a role from a member; durable on return, and in force at once. `false` when no administrator had given it.
    /// `mine` are the rights of whoever takes it.
    ///
    /// # Errors
    /// [`EngineError::NotPermitted`] for one that opens what is not among `mine`.
    pub async fn withdraw_role(
        &self,
        by: &Actor,
        mine: &Rights,
        community: &CommunityId,
        account: AccountId,
        role: &str,
    ) -> Result<bool, EngineError> {
        self.check_role(mine, community, role)?;
        let grant = self.role_grant(community, account, role);
        let mut line = self.audit_entry(by, "role-taken").on("account", account);
        line.community = Some(community.clone());
        let had = self.store.administer(&Change::WithdrawRole(grant), line).await?;
        self.roles_changed(community, account).await?;
        Ok(had.is_some())
    }

    /// Nobody gives or takes by a role what they could not give or take by a right.
    fn check_role(&self, mine: &Rights, community: &CommunityId, role: &str) -> Result<(), EngineError> {
        let here = self.fronts.iter().filter(|front| front.community == *community);
        let moderates =
            here.into_iter().any(|front| front.role_book.get(role).is_some_and(|role| role.keeps_order()));
        if !moderates || mine.has(Right::Moderation) {
            return Ok(());
        }
        Err(EngineError::NotPermitted(format!(
            "the role `{role}` decides over reports or hears of them: giving and taking it needs the right `{}`",
            Right::Moderation
        )))
    }

    /// Whether somebody of this realm decides over reports, or hears of them, by a role: one that an administrator has given
    /// to the account, one that the login has, or one of a session of theirs. `account` is theirs, if they have ever entered.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn keeps_order(
        &self,
        realm: &Realm,
        login: &str,
        account: Option<AccountId>,
    ) -> Result<bool, EngineError> {
        let sessions = match account {
            Some(account) => self.store.sessions_of(account, self.clock.now()).await?,
            None => Vec::new(),
        };
        Ok(self.fronts.iter().any(|front| {
            let takes = front.chain.members().iter().any(|member| member.realm() == realm);
            let granted = account.map(|account| self.granted_to(&front.community, account));
            let own = OwnRoles { login: login.to_owned(), granted: granted.unwrap_or_default() };
            let here = sessions.iter().filter(|session| session.front == front.id);
            let mut held = here.flat_map(|session| front.roles_of(&session.standing, &own));
            takes
                && (front.roles_by_name(realm, &own).iter().any(|role| role.keeps_order())
                    || held.any(|held| held.through != Through::DefaultRole && held.role.keeps_order()))
        }))
    }

    fn granted_to(&self, community: &CommunityId, account: AccountId) -> Vec<String> {
        let roles = self.roles.read().unwrap_or_else(PoisonError::into_inner);
        roles.get(&(community.clone(), account)).map(|roles| roles.to_vec()).unwrap_or_default()
    }

    fn role_grant(&self, community: &CommunityId, account: AccountId, role: &str) -> RoleGrant {
        RoleGrant { community: community.clone(), account, role: role.to_owned(), now: self.clock.now() }
    }

    /// The roles that administrators have given to a member.
    ///
    /// # Errors
    /// When the store does not answer.
    pub async fn granted_roles(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> StoreResult<Vec<String>> {
        self.store.granted_roles(community, account).await
    }

    /// The roles that can be given in a community.
    pub fn known_roles(&self, community: &CommunityId) -> BTreeSet<String> {
        let fronts = self.fronts.iter().filter(|front| front.community == *community);
        fronts.flat_map(|front| front.role_book.keys().cloned().collect::<Vec<_>>()).collect()
    }

    async fn roles_changed(&self, community: &CommunityId, account: AccountId) -> Result<(), EngineError> {
        let granted = self.store.granted_roles(community, account).await?;
        let key = (community.clone(), account);
        {
            let mut roles = self.roles.write().unwrap_or_else(PoisonError::into_inner);
            if granted.is_empty() {
                roles.remove(&key)
            } else {
                roles.insert(key, granted.into())
            };
        }
        self.refresh_roles(community, account).await?;
        self.mailboxes.push(community, [account], &Notice::Standing);
        Ok(())
    }

    /// Looks again what the roles of somebody follow from, for all of their sessions.
    pub(super) async fn refresh_roles(
        &self,
        community: &CommunityId,
        account: AccountId,
    ) -> Result<(), EngineError> {
        let Some(member) = self.member_of(community, account).await? else { return Ok(()) };
        let own = self.own_roles(community, &member.account);
        for session in self.sessions.all() {
            if session.account() == account && session.community() == community {
                session.owns(own.clone());
            }
        }
        Ok(())
    }

    /// What somebody's roles follow from, besides their standing.
    pub(super) fn own_roles(&self, community: &CommunityId, account: &Account) -> OwnRoles {
        let granted = self.granted_to(community, account.id);
        OwnRoles { login: account.profile.login.clone(), granted }
    }

    /// Somebody has left for good: the roles that they were given went with them.
    pub(super) fn forget_granted(&self, account: AccountId) {
        let mut roles = self.roles.write().unwrap_or_else(PoisonError::into_inner);
        roles.retain(|(_, person), _| *person != account);
    }

    /// Brings a session of this account into memory, with the roles of its person. `None` when it ended meanwhile.
    pub(super) fn bring_in(&self, record: SessionRecord, account: &Account) -> Option<Arc<LiveSession>> {
        let session = LiveSession::new(record);
        session.owns(self.own_roles(session.community(), account));
        let session = self.sessions.insert(session)?;
        // A role that was given before the session was there to be told.
        session.owns(self.own_roles(session.community(), account));
        Some(session)
    }

    /// The visitor at the front as it is now: what holds there may have changed since the request or stream began.
    pub(super) fn up_to_date(&self, visitor: &Visitor) -> Visitor {
        let front = self.fronts.get(&visitor.front.id).unwrap_or_else(|| Arc::clone(&visitor.front));
        Visitor { session: Arc::clone(&visitor.session), front }
    }

    /// Closes a front for maintenance, with a text that its visitors read, or opens it again; until its options are read
    /// again, or the server is started again. `false` when there is no such front.
    pub async fn set_maintenance(&self, front: &FrontId, text: Option<String>) -> bool {
        let Some(front) = self.fronts.get(front) else { return false };
        let mut changed = Front::clone(&front);
        changed.options.maintenance = text.filter(|text| !text.trim().is_empty());
        self.replace_fronts(&[Arc::new(changed)]).await;
        true
    }

    /// Replaces what holds at fronts by what holds at those with the same id, host, path and community; nothing is changed
    /// of where they are. People who are there are told to look at their session again; who is not admitted any more goes.
    pub async fn replace_fronts(&self, fronts: &[Arc<Front>]) {
        self.fronts.replace(fronts);
        let mut told: BTreeSet<(CommunityId, AccountId)> = BTreeSet::new();
        for session in self.sessions.all() {
            let Some(front) = self.fronts.get(session.front()) else { continue };
            if !fronts.iter().any(|replaced| Arc::ptr_eq(replaced, &front)) {
                continue;
            }
            if !front.admits(&session.standing()) {
                if let Err(error) = self.end_session(&session, Ending::NotPermitted).await {
                    tracing::warn!(%error, "the end of a session could not be written");
                }
                continue;
            }
            if told.insert((session.community().clone(), session.account())) {
                self.mailboxes.push(session.community(), [session.account()], &Notice::Standing);
            }
        }
    }
}
