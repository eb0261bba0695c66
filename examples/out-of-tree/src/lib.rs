//! `kind = "club"`: the members of a club enter with the passwords in the club's own list.
//!
//! The tutorial `docs/write-an-authenticator.md` explains this file piece by piece.

use std::io::ErrorKind;
use std::path::PathBuf;

use argon2::Argon2;
use argon2::password_hash::{PasswordVerifier, phc::PasswordHash};
use portico_core::async_trait;
use portico_core::auth::{
    Adapter, AuthContext, AuthError, Authenticator, BoxError, BuildContext, Capabilities, CredentialKind,
    Credentials, Decision, ExternalIdentity, HashPool, Refusal, SubjectId,
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

// --- the configuration -----------------------------------------------------------------------------------------

/// `[authenticator.NAME]` with `kind = "club"`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClubConfig {
    /// The list of members, a JSON file.
    members: PathBuf,
}

impl Adapter for ClubConfig {
    const KIND: &'static str = "club";
    type Authenticator = Club;

    async fn build(self, cx: &BuildContext) -> Result<Club, BoxError> {
        Ok(Club { list: cx.resolve(self.members), hash_pool: cx.hash_pool.clone() })
    }
}

// --- the other system ------------------------------------------------------------------------------------------

/// A configured instance.
#[derive(Debug)]
pub struct Club {
    list: PathBuf,
    hash_pool: HashPool,
}

/// One entry of the club's list.
#[derive(Debug, Deserialize)]
struct Member {
    /// Never given to anybody else, even after the member has left.
    number: u32,
    login: String,
    name: String,
    /// argon2id, as a PHC string.
    password: SecretString,
    active: bool,
}

impl Club {
    async fn members(&self) -> Result<Vec<Member>, AuthError> {
        let list = self.list.display();
        let text = tokio::fs::read(&self.list).await.map_err(|error| match error.kind() {
            ErrorKind::PermissionDenied => AuthError::misconfigured(format!("may not read {list}: {error}")),
            _ => AuthError::unavailable(format!("can't read {list}"), error),
        })?;
        // The error of serde_json quotes what it found, and that may be a hash.
        let wrong = |error: serde_json::Error| {
            AuthError::misconfigured(format!("{list} is no list of members (line {})", error.line()))
        };
        serde_json::from_slice(&text).map_err(wrong)
    }
}

// --- the answer ------------------------------------------------------------------------------------------------

#[async_trait]
impl Authenticator for Club {
    fn capabilities(&self) -> Capabilities {
        Capabilities::new([CredentialKind::Password])
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        _: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        let Credentials::Password { login, password } = credentials else {
            return Ok(Decision::Refused(Refusal::NotPermitted));
        };
        let members = self.members().await?;
        let member = members.into_iter().find(|member| member.login.eq_ignore_ascii_case(login.trim()));
        let stored = member.as_ref().map_or(DECOY, |member| member.password.expose_secret());
        if PasswordHash::new(stored).is_err() {
            return Err(AuthError::inconsistent("a member's password is no PHC string"));
        }
        let right = self
            .hash_pool
            .run({
                let (stored, password) = (stored.to_owned(), password.clone());
                move || fits(&stored, password.expose_secret())
            })
            .await?;
        Ok(match member {
            None => Decision::Refused(Refusal::UnknownSubject),
            Some(_) if !right => Decision::Refused(Refusal::BadSecret),
            Some(member) if !member.active => Decision::Refused(Refusal::Disabled),
            Some(member) => Decision::accepted(member.identity()?),
        })
    }

    async fn check(&self) -> Result<(), AuthError> {
        self.members().await.map(drop)
    }
}

impl Member {
    fn identity(self) -> Result<ExternalIdentity, AuthError> {
        let subject = SubjectId::new(self.number.to_string())
            .map_err(|error| AuthError::inconsistent(error.to_string()))?;
        let mut identity = ExternalIdentity::new(subject, self.login);
        identity.display_name = Some(self.name);
        Ok(identity)
    }
}

/// What an unknown login is checked against, so that it costs what a wrong password costs. Its password is not known
/// to anybody, and it wouldn't help.
const DECOY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$Y2x1YmRlY295c2FsdA$2sFMmKEgnkBk1XbIV1ygVq8kGuUxGwCpxBXeeYQLrqY";

fn fits(stored: &str, password: &str) -> bool {
    PasswordHash::new(stored)
        .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}
