use serde::{Deserialize, Serialize};

use crate::{AccountId, Timestamp};

/// What to do when an identity arrives that conflicts with a known one. Nothing is ever merged silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LinkPolicy {
    /// The login is also that of a person from another realm in this community.
    pub same_login: SameLogin,
    /// The subject is known, but was registered at another time over there.
    pub reused_subject: ReusedSubject,
}

/// Two people with one login in two realms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SameLogin {
    /// They are two accounts, told apart by the realm's label.
    #[default]
    Separate,
    /// The newcomer is refused.
    Refuse,
}

/// A subject that was given to somebody else over there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReusedSubject {
    /// The old account becomes a tombstone and the newcomer gets a new one.
    #[default]
    NewAccount,
    /// The newcomer is refused until an administrator has looked.
    Refuse,
}

/// What linking an identity comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkDecision {
    /// It is this account.
    Existing(AccountId),
    /// A new account is made.
    Create,
    /// A new account is made, and this one, whose subject was reused, becomes a tombstone.
    Replace(AccountId),
    /// Nobody enters.
    Refuse(LinkConflict),
}

/// Why an identity was not linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkConflict {
    /// See [`SameLogin::Refuse`].
    #[error("another realm's person has this login already, and this front keeps logins unique")]
    SameLogin,
    /// See [`ReusedSubject::Refuse`].
    #[error("the person's id was somebody else's before; an administrator must look at it")]
    ReusedSubject,
}

/// Decides what an identity that has just proved itself is linked to.
///
/// `known`: the account of `(realm, subject)` and its registration time over there; `registered_at`: that time now;
/// `login_elsewhere`: whether a person of another realm in this community has the same login.
pub fn decide_link(
    known: Option<(AccountId, Option<Timestamp>)>,
    registered_at: Option<Timestamp>,
    login_elsewhere: bool,
    policy: LinkPolicy,
) -> LinkDecision {
    let newcomer = |decision| match policy.same_login {
        SameLogin::Refuse if login_elsewhere => LinkDecision::Refuse(LinkConflict::SameLogin),
        SameLogin::Refuse | SameLogin::Separate => decision,
    };
    match known {
        None => newcomer(LinkDecision::Create),
        Some((account, registered_before)) => match (registered_before, registered_at) {
            (Some(then), Some(now)) if then != now => match policy.reused_subject {
                ReusedSubject::NewAccount => newcomer(LinkDecision::Replace(account)),
                ReusedSubject::Refuse => LinkDecision::Refuse(LinkConflict::ReusedSubject),
            },
            // A source that doesn't say when somebody registered can't tell; it never separates a person from
            // their account.
            _ => LinkDecision::Existing(account),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const THEN: Option<Timestamp> = Some(Timestamp::from_secs(1));
    const NOW: Option<Timestamp> = Some(Timestamp::from_secs(2));

    #[test]
    fn linking_follows_the_policy_in_every_case() {
        let id = AccountId::generate(Timestamp::from_secs(1));
        let default = LinkPolicy::default();
        let strict = LinkPolicy { same_login: SameLogin::Refuse, reused_subject: ReusedSubject::Refuse };
        let cases = [
            (None, NOW, false, default, LinkDecision::Create),
            (None, NOW, true, default, LinkDecision::Create),
            (None, NOW, true, strict, LinkDecision::Refuse(LinkConflict::SameLogin)),
            (Some((id, THEN)), THEN, true, strict, LinkDecision::Existing(id)),
            (Some((id, None)), NOW, false, strict, LinkDecision::Existing(id)),
            (Some((id, THEN)), None, false, strict, LinkDecision::Existing(id)),
            (Some((id, THEN)), NOW, false, default, LinkDecision::Replace(id)),
            (Some((id, THEN)), NOW, false, strict, LinkDecision::Refuse(LinkConflict::ReusedSubject)),
        ];
        for (number, (known, registered, elsewhere, policy, wanted)) in cases.into_iter().enumerate() {
            assert_eq!(decide_link(known, registered, elsewhere, policy), wanted, "case {number}");
        }
    }
}
