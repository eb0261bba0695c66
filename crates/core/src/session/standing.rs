use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::auth::{
    DirectoryEntry, DirectoryState, ExternalGroup, ExternalIdentity, Realm, Refusal, Restrictions, SubjectId,
};

/// How the person of a session proved who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Proof {
    /// Name and password.
    Password,
    /// The other application's own session.
    ExternalSession,
    /// A ticket that the other application signed.
    HandOver,
    /// SPNEGO.
    Negotiate,
    /// A name asserted by a trusted proxy.
    TrustedName,
    /// A name that nobody vouched for.
    ClaimedName,
    /// A token of another system.
    Bearer,
    /// Nothing: a guest.
    Guest,
}

impl Proof {
    /// Whether it proves anything.
    pub fn proves(self) -> bool {
        !matches!(self, Self::ClaimedName | Self::Guest)
    }

    /// Whether a changed password ends what it opened. Whoever signed on to Windows with the new password is there again
    /// without typing, and a name that others assert never rested on one: such sessions end with the account.
    pub fn rests_on_secret(self) -> bool {
        !matches!(self, Self::Negotiate | Self::TrustedName | Self::ClaimedName)
    }

    /// The word of `GET session`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::ExternalSession => "external-session",
            Self::HandOver => "hand-over",
            Self::Negotiate => "negotiate",
            Self::TrustedName => "trusted-name",
            Self::ClaimedName => "claimed-name",
            Self::Bearer => "bearer",
            Self::Guest => "guest",
        }
    }
}

/// What a session rests on: who its person is over there, and how that was proved. Kept with the session, and compared
/// with what the [`Directory`](crate::auth::Directory) says while the session lives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The authenticator that let the person in.
    pub authenticator: String,
    /// Where the person comes from.
    pub realm: Realm,
    /// The person's key there.
    pub subject: SubjectId,
    /// How it was proved.
    pub proof: Proof,
    /// The person's groups there, as last heard; `None` = it did not say.
    pub groups: Option<Vec<ExternalGroup>>,
    /// [`ExternalIdentity::secret_stamp`] at the login.
    pub secret_stamp: Option<String>,
    /// What the person may not do, as last heard.
    pub restrictions: Restrictions,
    /// What the other application's own session did not let the person do: of that the directory knows nothing, so it
    /// holds as long as this session does.
    #[serde(default)]
    pub lent: Restrictions,
}

impl Standing {
    /// The standing of somebody whom `authenticator` has just let in.
    pub fn of(authenticator: &str, realm: &Realm, proof: Proof, identity: &ExternalIdentity) -> Self {
        Self {
            authenticator: authenticator.to_owned(),
            realm: realm.clone(),
            subject: identity.subject.clone(),
            proof,
            groups: identity.groups.clone(),
            secret_stamp: identity.secret_stamp.clone().filter(|_| proof.rests_on_secret()),
            restrictions: identity.restrictions.clone(),
            lent: match proof {
                Proof::ExternalSession => identity.restrictions.clone(),
                _ => Restrictions::default(),
            },
        }
    }

    /// The groups, none if it wasn't said.
    pub fn groups(&self) -> &[ExternalGroup] {
        self.groups.as_deref().unwrap_or_default()
    }

    /// The standing from now on, after the directory has said this about the person, and its bans of addresses that
    /// about the address they are at.
    ///
    /// # Errors
    /// [`Ending`]: the session ends.
    pub fn after(
        &self,
        entry: Option<&DirectoryEntry>,
        address: Option<&DirectoryState>,
    ) -> Result<Self, Ending> {
        let Some(entry) = entry else { return Err(Ending::Gone) };
        let mut restrictions = match &entry.state {
            // What only stops a login: whoever makes wrong guesses at somebody's name must not throw them out.
            DirectoryState::Refused(Refusal::Locked { .. } | Refusal::ExpiredPassword) => {
                self.restrictions.clone()
            }
            DirectoryState::Refused(refusal) => return Err(Ending::of(refusal)),
            DirectoryState::Active(restrictions) => restrictions.clone(),
        };
        match address {
            Some(DirectoryState::Refused(refusal)) => return Err(Ending::of(refusal)),
            Some(DirectoryState::Active(more)) => {
                restrictions.write = restrictions.write.or_else(|| more.write.clone());
            }
            None => {}
        }
        restrictions.write = restrictions.write.or_else(|| self.lent.write.clone());
        let identity = &entry.identity;
        // Where either side can't tell, nothing has changed as far as anybody knows.
        if let (Some(then), Some(now)) = (&self.secret_stamp, &identity.secret_stamp)
            && then != now
        {
            return Err(Ending::SecretChanged);
        }
        Ok(Self {
            groups: identity.groups.clone().or_else(|| self.groups.clone()),
            restrictions,
            ..self.clone()
        })
    }
}

/// Why a session was ended for its person.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// They were banned over there.
    Banned {
        /// The reason that is shown to the banned.
        reason: Option<String>,
        /// When it ends; `None` = not known.
        until: Option<Timestamp>,
    },
    /// Their account over there isn't active any more.
    Disabled,
    /// There is no such person over there any more.
    Gone,
    /// Their password over there was changed.
    SecretChanged,
    /// They may not enter this front any more.
    NotPermitted,
    /// A moderator or an administrator ended it.
    Kicked {
        /// The reason that is shown to them.
        reason: Option<String>,
    },
    /// Their account here was locked.
    Locked {
        /// Why.
        reason: Option<String>,
        /// When it ends by itself, if it does.
        until: Option<Timestamp>,
    },
    /// They logged out from another of their sessions.
    LoggedOut,
    /// Their newest session took its place: they may have no more at a time.
    Replaced,
}

impl Ending {
    /// What a refusal at the login means to a session.
    pub fn of(refusal: &Refusal) -> Self {
        match refusal {
            Refusal::Banned { reason, until } => Self::Banned { reason: reason.clone(), until: *until },
            Refusal::UnknownSubject => Self::Gone,
            Refusal::ExpiredPassword | Refusal::BadSecret => Self::SecretChanged,
            Refusal::NotPermitted => Self::NotPermitted,
            Refusal::Disabled | Refusal::Pending | Refusal::Locked { .. } => Self::Disabled,
        }
    }

    /// The word of the API.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Banned { .. } => "banned",
            Self::Disabled => "disabled",
            Self::Gone => "gone",
            Self::SecretChanged => "password-changed",
            Self::NotPermitted => "not-permitted",
            Self::Kicked { .. } => "kicked",
            Self::Locked { .. } => "locked",
            Self::LoggedOut => "logged-out",
            Self::Replaced => "replaced",
        }
    }

    /// A sentence for the person.
    pub fn sentence(&self) -> String {
        match self {
            Self::Banned { reason: Some(reason), .. } => format!("You were banned: {reason}"),
            Self::Banned { reason: None, .. } => "You were banned.".into(),
            Self::Disabled => "Your account is not active any more.".into(),
            Self::Gone => "Your account does not exist any more.".into(),
            Self::SecretChanged => "Your password was changed. Log in again.".into(),
            Self::NotPermitted => "You may not be here any more.".into(),
            Self::Kicked { reason: Some(reason) } => format!("Your session was ended: {reason}"),
            Self::Replaced => "You logged in elsewhere, and may be in so many places at a time.".into(),
            Self::Kicked { reason: None } => "Your session was ended by an administrator.".into(),
            Self::Locked { reason: Some(reason), .. } => format!("Your account was locked: {reason}"),
            Self::Locked { reason: None, .. } => "Your account was locked.".into(),
            Self::LoggedOut => "You logged out here from another device.".into(),
        }
    }

    /// When it is over, if known.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Banned { until, .. } | Self::Locked { until, .. } => *until,
            Self::Disabled
            | Self::Gone
            | Self::SecretChanged
            | Self::NotPermitted
            | Self::Kicked { .. }
            | Self::LoggedOut
            | Self::Replaced => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Restriction;

    fn identity(stamp: Option<&str>) -> ExternalIdentity {
        let mut identity = ExternalIdentity::new(SubjectId::new("42").unwrap(), "alice");
        identity.secret_stamp = stamp.map(str::to_owned);
        identity
    }

    fn standing(stamp: Option<&str>) -> Standing {
        Standing::of("forum", &Realm::new("forum").unwrap(), Proof::Password, &identity(stamp))
    }

    fn entry(stamp: Option<&str>, state: DirectoryState) -> DirectoryEntry {
        DirectoryEntry { identity: identity(stamp), state }
    }

    fn active() -> DirectoryState {
        DirectoryState::Active(Restrictions::default())
    }

    fn muted(why: &str) -> DirectoryState {
        DirectoryState::Active(Restrictions { write: Some(Restriction::new(why)) })
    }

    #[test]
    fn what_the_directory_says_decides_over_the_session_row_by_row() {
        let banned = Refusal::Banned { reason: Some("spam".into()), until: None };
        let refused = |refusal: &Refusal| DirectoryState::Refused(refusal.clone());
        type Row = (&'static str, Option<DirectoryEntry>, Option<DirectoryState>, Result<(), &'static str>);
        let table: [Row; 11] = [
            ("as before", Some(entry(Some("a"), active())), None, Ok(())),
            ("gone", None, None, Err("gone")),
            ("banned", Some(entry(Some("a"), refused(&banned))), None, Err("banned")),
            ("disabled", Some(entry(Some("a"), refused(&Refusal::Disabled))), None, Err("disabled")),
            (
                "locked out over there",
                Some(entry(Some("a"), refused(&Refusal::Locked { until: None }))),
                None,
                Ok(()),
            ),
            ("must change it", Some(entry(Some("a"), refused(&Refusal::ExpiredPassword))), None, Ok(())),
            ("another password", Some(entry(Some("b"), active())), None, Err("password-changed")),
            ("password not told", Some(entry(None, active())), None, Ok(())),
            ("address banned", Some(entry(Some("a"), active())), Some(refused(&banned)), Err("banned")),
            ("address muted", Some(entry(Some("a"), active())), Some(muted("x")), Ok(())),
            ("muted", Some(entry(Some("a"), muted("x"))), None, Ok(())),
        ];
        for (what, entry, address, wanted) in table {
            let after = standing(Some("a")).after(entry.as_ref(), address.as_ref());
            assert_eq!(after.as_ref().map(drop).map_err(Ending::as_str), wanted, "{what}");
            let is_muted = after.is_ok_and(|standing| standing.restrictions.write.is_some());
            assert_eq!(is_muted, what.contains("muted"), "{what}");
        }
    }

    #[test]
    fn what_a_lent_session_may_not_do_it_may_not_do_until_it_ends() {
        let mut reader = identity(None);
        reader.restrictions.write = Some(Restriction::new("read only until the password is typed"));
        let realm = Realm::new("forum").unwrap();
        for (proof, stays) in [(Proof::ExternalSession, true), (Proof::Password, false)] {
            let before = Standing::of("forum", &realm, proof, &reader);
            let after = before.after(Some(&entry(None, active())), None).unwrap();
            assert_eq!(after.restrictions.write.is_some(), stays, "{proof:?}");
        }
    }

    #[test]
    fn a_login_without_a_stamp_outlives_every_change_of_password() {
        assert!(standing(None).after(Some(&entry(Some("b"), active())), None).is_ok());
    }

    #[test]
    fn a_session_that_windows_opened_outlives_a_change_of_password() {
        let realm = Realm::new("domain").unwrap();
        for (proof, stays) in [(Proof::Negotiate, true), (Proof::TrustedName, true), (Proof::Password, false)]
        {
            let before = Standing::of("domain", &realm, proof, &identity(Some("a")));
            let after = before.after(Some(&entry(Some("b"), active())), None);
            assert_eq!(after.is_ok(), stays, "{proof:?}");
        }
    }

    #[test]
    fn groups_that_are_not_told_stay_as_they_were() {
        let mut before = standing(None);
        let team = ExternalGroup { id: "7".into(), name: "Team".into(), leader: false, built_in: false };
        before.groups = Some(vec![team]);
        let after = before.after(Some(&entry(None, active())), None).unwrap();
        assert_eq!(after.groups().len(), 1);
        let mut none = entry(None, active());
        none.identity.groups = Some(Vec::new());
        assert_eq!(before.after(Some(&none), None).unwrap().groups().len(), 0);
    }
}
