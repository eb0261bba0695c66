use std::sync::Arc;

use crate::account::Account;
use crate::auth::{Challenge, Credentials, Decision, ExternalIdentity, Guarded, Realm, Refusal, SubjectId};
use crate::engine::enter::{context, throttle_scopes};
use crate::engine::{Engine, EntryError, LoginOrigin};
use crate::front::{Front, Username};

/// Somebody whom the network has proven to sit there: by a Kerberos ticket, or by the word of a trusted proxy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProvenPerson {
    realm: Realm,
    subject: SubjectId,
    /// The last leg of the exchange that proved it.
    pub reply: Option<Challenge>,
}

impl Engine {
    /// Who these credentials prove that somebody is, without letting them in: what a password typed at a front with
    /// forced names is compared with.
    ///
    /// # Errors
    /// [`EntryError`]
    pub async fn prove(
        &self,
        front: &Arc<Front>,
        credentials: &Credentials,
        origin: &LoginOrigin,
    ) -> Result<ProvenPerson, EntryError> {
        admit(front, credentials)?;
        let scopes = throttle_scopes(front);
        let attempt = self.throttle.begin(self.tries(&scopes, credentials.claimed_login(), origin)).await?;
        let cx = context(front, origin, self.clock.now());
        let outcome = match front.chain.authenticate(credentials, &cx).await {
            Ok(outcome) => outcome,
            Err(error) => {
                attempt.unanswered();
                return Err(error.into());
            }
        };
        match (outcome.decision, outcome.decided_by) {
            (Decision::Accepted { identity, reply }, Some(by)) => {
                attempt.unanswered();
                Ok(ProvenPerson { realm: by.realm().clone(), subject: identity.subject, reply })
            }
            (Decision::Continue(challenge), _) => {
                attempt.unanswered();
                Err(EntryError::Challenge(challenge))
            }
            (Decision::Refused(refusal), _) => {
                if !refusal.is_failed_guess() {
                    attempt.unanswered();
                }
                Err(EntryError::Refused(refusal))
            }
            (Decision::Accepted { .. }, None) => Err(EntryError::Refused(Refusal::NotPermitted)),
        }
    }

    /// Whether an identity may enter under its name: it is the one that the network has proven, and a claim is not about
    /// somebody who has ever proved themselves.
    pub(super) async fn settle_name(
        &self,
        by: &Guarded,
        identity: &ExternalIdentity,
        proves: bool,
        origin: &LoginOrigin,
    ) -> Result<(), EntryError> {
        if let Some(proven) = &origin.bound_to
            && (proven.realm != *by.realm() || proven.subject != identity.subject)
        {
            tracing::warn!(
                auth.name = by.name(),
                "a password was given for another person than the one that the network has proven; refused"
            );
            return Err(EntryError::Refused(Refusal::NotPermitted));
        }
        if !proves {
            let known = self.store.identity(by.realm(), &identity.subject).await?;
            if let Some(account) = known.map(|stored| stored.account).filter(|account| account.proven) {
                let person = self.store.directory_person(account.id).await?;
                if !person.is_some_and(|person| person.listed_only) {
                    return Err(EntryError::Refused(Refusal::NotPermitted));
                }
                // Only a directory has told of them: nobody has proved to be them yet.
                self.store.arrive(account.id, false).await?;
                self.forget_people(&[account.id]);
            }
        }
        Ok(())
    }

    /// Once somebody has proved to be the person, whoever only claimed to be has no business here any more. Whether it
    /// was the first proof.
    pub(super) async fn settle_proof(&self, account: &mut Account, proven: bool) -> Result<bool, EntryError> {
        if account.proven {
            // The account was proven between the look in `settle_name` and now.
            return if proven { Ok(false) } else { Err(EntryError::Refused(Refusal::NotPermitted)) };
        }
        if proven {
            self.store.mark_proven(account.id).await?;
            self.sessions.remove_all_of(account.id);
            account.proven = true;
        }
        Ok(proven)
    }
}

/// Refuses credentials that the front doesn't take, whatever its authenticators say.
pub(super) fn admit(front: &Front, credentials: &Credentials) -> Result<(), EntryError> {
    if front.options.entrance.takes(credentials.kind()) {
        return Ok(());
    }
    if front.options.entrance.username == Username::Forced {
        tracing::info!(front.id = %front.id, kind = credentials.kind().as_str(), "refused: names are forced here");
    }
    Err(EntryError::Refused(Refusal::NotPermitted))
}
