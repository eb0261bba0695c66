use std::net::IpAddr;
use std::sync::Arc;

use tokio::time::Instant;

use crate::AccountId;
use crate::account::{Account, LinkDecision, Profile, decide_link, fold_login};
use crate::auth::{
    Attempt, AuthContext, Challenge, CredentialKind, Credentials, Decision, ExternalIdentity, Guarded,
    Refusal,
};
use crate::engine::administration::Waiting;
use crate::engine::life::must_wait;
use crate::engine::names::{ProvenPerson, admit};
use crate::engine::{Engine, EntryError, Visitor};
use crate::front::Front;
use crate::ports::{NewAccount, StoreError};
use crate::session::{Proof, Standing, Token};

/// Where a login comes from.
#[derive(Debug, Clone, Default)]
pub struct LoginOrigin {
    /// The person's address.
    pub peer: Option<IpAddr>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
    /// The `X-Forwarded-For` header.
    pub forwarded_for: Option<String>,
    /// What the device was given when somebody logged in there before.
    pub known_device: Option<String>,
    /// The id in the device's cookie.
    pub device: Option<String>,
    /// The person that this login must be, because the network has proven who sits there.
    pub bound_to: Option<ProvenPerson>,
}

/// A successful login.
#[derive(Debug)]
pub struct Login {
    /// The new session's token.
    pub token: Token,
    /// The session at its front.
    pub visitor: Visitor,
    /// The person.
    pub account: Account,
    /// Where to begin listening.
    pub cursor: String,
    /// The last leg of an exchange, to be sent along (mutual authentication).
    pub reply: Option<Challenge>,
    /// What the device is to be known by from now on, if it wasn't known before.
    pub known_device: Option<String>,
}

/// Somebody who may have a session.
pub(super) struct Entered {
    account: Account,
    standing: Standing,
    reply: Option<Challenge>,
    known_device: Option<String>,
}

/// How often a first login is tried again when a parallel one was faster.
const LINK_TRIES: u32 = 5;

impl Engine {
    /// Lets a person in at a front: authenticates, links the identity to an account, opens a session. The session
    /// `earlier`, which the same browser had before, ends with a success and makes room for the new one.
    ///
    /// # Errors
    /// [`EntryError`]. Refusals for an unknown name and a wrong secret differ in nothing that a stranger could see.
    pub async fn log_in(
        &self,
        front: &Arc<Front>,
        credentials: &Credentials,
        origin: &LoginOrigin,
        earlier: Option<&Visitor>,
    ) -> Result<Login, EntryError> {
        self.check_address(front, origin)?;
        if credentials.kind() == CredentialKind::ExternalSession {
            // Nothing that could be guessed, and shown at every page load, by guests of the forum too: not throttled.
            let entered = self.prove_and_link(front, credentials, origin, None).await?;
            return self.begin_session(front, entered, origin, earlier).await;
        }
        let begun = Instant::now();
        let scopes = throttle_scopes(front);
        let attempt = self.throttle.begin(self.tries(&scopes, credentials.claimed_login(), origin)).await?;
        match self.prove_and_link(front, credentials, origin, Some(attempt)).await {
            Ok(entered) => self.begin_session(front, entered, origin, earlier).await,
            Err(error) => {
                if matches!(&error, EntryError::Refused(_) | EntryError::PasswordToChange) {
                    self.until_next_step(begun).await;
                }
                Err(error)
            }
        }
    }

    pub(super) async fn begin_session(
        &self,
        front: &Arc<Front>,
        entered: Entered,
        origin: &LoginOrigin,
        earlier: Option<&Visitor>,
    ) -> Result<Login, EntryError> {
        if let Some(earlier) = earlier {
            self.end_earlier(earlier).await;
        }
        let Entered { account, standing, reply, known_device } = entered;
        let (id, claimed) = (account.id, !standing.proof.proves());
        let login = self.open_session(front, account, standing, origin).await?;
        // Locked, disabled or deleted since it was looked at: then this session was not among those that were ended.
        if !self.still_lives(&login.account).await? {
            self.end_earlier(&login.visitor).await;
            return Err(EntryError::Refused(Refusal::Disabled));
        }
        // Proven since the claim was settled: then this session was not among those that ended with the first proof.
        if claimed && self.store.account(id).await?.is_none_or(|account| account.proven) {
            self.end_earlier(&login.visitor).await;
            return Err(EntryError::Refused(Refusal::NotPermitted));
        }
        if self.settings.log_names {
            let standing = login.visitor.session().standing();
            let (name, by) = (&login.account.profile.login, standing.proof.as_str());
            tracing::info!(front.id = %front.id, login = %name, authenticator = %standing.authenticator, by, "session opened");
        }
        Ok(Login { reply, known_device, ..login })
    }

    async fn prove_and_link(
        &self,
        front: &Arc<Front>,
        credentials: &Credentials,
        origin: &LoginOrigin,
        attempt: Option<Attempt>,
    ) -> Result<Entered, EntryError> {
        let attempt = Counted(attempt);
        if let Err(refused) = admit(front, credentials) {
            attempt.unanswered();
            return Err(refused);
        }
        let page = self.page_origin(front);
        let cx = context(front, origin, self.clock.now()).with_page(page.as_deref());
        let outcome = match front.chain.authenticate(credentials, &cx).await {
            Ok(outcome) => outcome,
            Err(error) => {
                attempt.unanswered();
                return Err(error.into());
            }
        };
        let (identity, by, reply) = match (outcome.decision, outcome.decided_by) {
            (Decision::Accepted { identity, reply }, Some(by)) => (identity, by, reply),
            (Decision::Refused(Refusal::UnknownSubject), _)
                if front.options.unknown_names.creates_at_login() =>
            {
                match self.create_at_login(front, credentials, &cx).await {
                    Ok((identity, by)) => (identity, by, None),
                    Err(error) => {
                        // Making accounts is counted by itself; only a guess that missed counts here.
                        let missed =
                            matches!(&error, EntryError::Refused(refusal) if refusal.is_failed_guess());
                        if !missed {
                            attempt.unanswered();
                        }
                        return Err(error);
                    }
                }
            }
            (Decision::Refused(refusal), by) => {
                if !refusal.is_failed_guess() {
                    attempt.succeeded();
                }
                return Err(EntryError::refused(refusal, by.as_deref()));
            }
            (Decision::Continue(challenge), _) => {
                attempt.unanswered();
                return Err(EntryError::Challenge(challenge));
            }
            (Decision::Accepted { .. }, None) => return Err(EntryError::Refused(Refusal::NotPermitted)),
        };
        attempt.succeeded();
        self.check_person(front, by.realm(), &identity.login, origin)?;
        self.settle_name(&by, &identity, credentials.kind().proves(), origin).await?;
        let entered = self.settle(front, &by, &identity, proof_by(credentials)).await?;
        let known_device = match credentials {
            Credentials::Password { login, .. } => self.new_device(&by, login, origin)?,
            _ => None,
        };
        Ok(Entered { reply, known_device, ..entered })
    }

    /// Lets in somebody who has proved who they are: the front's own conditions, the account, the groups.
    pub(super) async fn settle(
        &self,
        front: &Front,
        by: &Guarded,
        identity: &ExternalIdentity,
        proof: Proof,
    ) -> Result<Entered, EntryError> {
        let standing = Standing::of(by.name(), by.realm(), proof, identity);
        if !front.admits(&standing) {
            return Err(EntryError::Refused(Refusal::NotPermitted));
        }
        self.prove_realm(by).await?;
        let account = self.link(front, by, identity, &standing).await?;
        let place = (&front.community, account.id);
        if let Some(groups) = &standing.groups {
            self.mirror(place, by.name(), by.realm(), groups).await?;
        }
        self.seat_for_news(front, account.id).await?;
        Ok(Entered { account, standing, reply: None, known_device: None })
    }

    /// The account of an identity that has proved itself, refreshed, and a member of the front's community.
    async fn link(
        &self,
        front: &Front,
        by: &Guarded,
        identity: &ExternalIdentity,
        standing: &Standing,
    ) -> Result<Account, EntryError> {
        let profile = Profile::of(identity);
        let pending = must_wait(front, by, identity);
        let mut tries = 0;
        let (account, changed) = loop {
            tries += 1;
            match self.find_or_make(front, by, identity, &profile, standing, pending).await {
                Err(EntryError::Store(StoreError::Conflict(_))) if tries < LINK_TRIES => {}
                other => break other?,
            }
        };
        if self.most_accounts(front, by, identity, Some(account.id)).is_some()
            && !self.has_entered(front, account.id).await?
        {
            // Decided below, under the store's lock; before it nothing is to be done for somebody who can't stay.
            self.check_room_for_newcomer(front).await?;
        }
        let own = self.own_roles(&front.community, &account);
        self.let_live(&account, &front.life_rules_for(standing, &own)).await?;
        self.hear_of(account.id, identity, Some(standing.proof.proves())).await?;
        let now = self.clock.now();
        let most = self.most_accounts(front, by, identity, Some(account.id));
        let newcomer = self.enter_within(front, account.id, most, now).await?;
        if newcomer {
            self.befriend(front, &account).await?;
            self.seat_in_default_groups(front, account.id).await?;
        }
        if changed || newcomer {
            self.tell_of_person(&front.community, account.id).await?;
        }
        Ok(account)
    }

    /// The account, and whether what is shown of it has changed.
    async fn find_or_make(
        &self,
        front: &Front,
        by: &Guarded,
        identity: &ExternalIdentity,
        profile: &Profile,
        standing: &Standing,
        pending: bool,
    ) -> Result<(Account, bool), EntryError> {
        let proven = standing.proof.proves();
        let known = self.store.identity(by.realm(), &identity.subject).await?;
        let folded = fold_login(&profile.login);
        let elsewhere = self.store.login_taken_elsewhere(&front.community, &folded, by.realm()).await?;
        let link = known.as_ref().map(|stored| (stored.account.id, stored.registered_at));
        let replaces = match decide_link(link, identity.registered_at, elsewhere, front.link_policy) {
            LinkDecision::Refuse(conflict) => return Err(conflict.into()),
            LinkDecision::Create => None,
            LinkDecision::Replace(old) => Some(old),
            LinkDecision::Existing(id) => {
                let mut account = known.map(|stored| stored.account).ok_or_else(|| gone(id))?;
                let first_proof = self.settle_proof(&mut account, proven).await?;
                let changed = account.profile != *profile;
                if changed {
                    self.store.refresh_profile(id, profile).await?;
                    account.profile = profile.clone();
                }
                return Ok((account, changed || first_proof));
            }
        };
        if self.most_accounts(front, by, identity, None).is_some() {
            self.check_room_for_newcomer(front).await?;
        }
        let now = self.clock.now();
        let new = NewAccount {
            id: AccountId::generate(now),
            realm: by.realm().clone(),
            subject: identity.subject.clone(),
            registered_at: identity.registered_at,
            profile: profile.clone(),
            proven,
            pending,
            replaces,
            created_at: now,
        };
        let account = self.store.create_account(new).await?;
        self.desk.counters.new_account(&front.id, now);
        if pending {
            self.tell_that_one_waits(front, Waiting::Account).await;
        }
        if let Some(old) = replaces {
            // Whoever had this id before has no business here any more; their sessions went with the link.
            self.sessions.remove_all_of(old);
        }
        Ok((account, true))
    }

    /// One browser, one session: the token it had before dies with the new login.
    async fn end_earlier(&self, earlier: &Visitor) {
        if let Err(error) = self.log_out(earlier).await {
            tracing::warn!(%error, "the session before this login could not be ended");
        }
    }

    pub(super) async fn until_next_step(&self, begun: Instant) {
        let step = self.settings.refusal_step;
        if step.is_zero() {
            return;
        }
        let steps = begun.elapsed().as_nanos() / step.as_nanos() + 1;
        tokio::time::sleep_until(begun + step.saturating_mul(u32::try_from(steps).unwrap_or(1))).await;
    }
}

/// The attempt that the throttle counts, if it counts this one.
struct Counted(Option<Attempt>);

impl Counted {
    fn succeeded(self) {
        if let Some(attempt) = self.0 {
            attempt.succeeded();
        }
    }

    fn unanswered(self) {
        if let Some(attempt) = self.0 {
            attempt.unanswered();
        }
    }
}

fn proof_by(credentials: &Credentials) -> Proof {
    match credentials {
        Credentials::Password { .. } => Proof::Password,
        Credentials::ExternalSession { .. } => Proof::ExternalSession,
        Credentials::Negotiate { .. } => Proof::Negotiate,
        Credentials::TrustedName { .. } => Proof::TrustedName,
        Credentials::ClaimedName { .. } => Proof::ClaimedName,
        Credentials::Bearer { .. } => Proof::Bearer,
    }
}

pub(super) fn context<'a>(
    front: &'a Front,
    origin: &'a LoginOrigin,
    now: crate::Timestamp,
) -> AuthContext<'a> {
    AuthContext::new(&front.id, now)
        .with_peer(origin.peer)
        .with_user_agent(origin.user_agent.as_deref())
        .with_forwarded_for(origin.forwarded_for.as_deref())
}

/// Fronts over the same authenticator share their failures, whatever else is in their chains.
pub(super) fn throttle_scopes(front: &Front) -> Vec<&str> {
    let mut scopes: Vec<&str> = front.chain.members().iter().map(|member| member.realm().as_str()).collect();
    // Two members may share a realm; a guess counts there once.
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}

fn gone(id: AccountId) -> EntryError {
    EntryError::Store(StoreError::Inconsistent(format!("account {id} vanished")))
}
