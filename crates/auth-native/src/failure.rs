use portico_core::auth::AuthError;
use portico_core::ports::StoreError;

/// What an error of the store is to an authenticator.
pub(crate) fn store_failed(error: StoreError) -> AuthError {
    match error {
        StoreError::Unavailable(_) => {
            AuthError::unavailable("Portico's own accounts can't be read now", error)
        }
        StoreError::Conflict(what) | StoreError::Inconsistent(what) => AuthError::Inconsistent { what },
        other => AuthError::unavailable("Portico's own accounts can't be read now", other),
    }
}
