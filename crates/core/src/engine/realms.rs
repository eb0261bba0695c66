use std::sync::PoisonError;

use crate::auth::{AuthError, Authenticator, Guarded, Realm};
use crate::engine::{Engine, EntryError};
use crate::ports::RealmClaim;

/// A realm's database is another installation's than before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the accounts of realm `{realm}` belong to another installation (it was `{known}`, now it is `{found}`): \
     point authenticator `{authenticator}` at the old database again, or give it another `realm`"
)]
pub struct RealmConflict {
    realm: Realm,
    authenticator: String,
    known: String,
    found: String,
}

impl Engine {
    /// Proves that a realm is still the installation that its accounts came from. Once proven it is believed until the
    /// next start.
    ///
    /// # Errors
    /// [`EntryError::Unanswered`] with [`AuthError::Misconfigured`] when it is another one.
    pub async fn prove_realm(&self, authenticator: &Guarded) -> Result<(), EntryError> {
        let realm = authenticator.realm();
        // Two authenticators may share a realm, and must then be the same installation: each is asked.
        let key = (realm.clone(), authenticator.name().to_owned());
        if self.proven_realms.lock().unwrap_or_else(PoisonError::into_inner).contains(&key) {
            return Ok(());
        }
        if let Some(found) = authenticator.fingerprint().await?
            && let RealmClaim::OwnedBy(known) = self.store.claim_realm(realm, &found).await?
        {
            let authenticator = authenticator.name().to_owned();
            let conflict = RealmConflict { realm: realm.clone(), authenticator, known, found };
            return Err(AuthError::Misconfigured {
                what: conflict.to_string(),
                source: Some(conflict.into()),
            }
            .into());
        }
        self.proven_realms.lock().unwrap_or_else(PoisonError::into_inner).push(key);
        Ok(())
    }
}
