use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::auth::CredentialKind;

/// Which credentials a front takes, and whether people choose the name they enter under.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Entrance {
    /// The kinds of credentials that are taken here; `None` = all that the authenticators take, except claimed names,
    /// and except passwords where the name is forced.
    pub methods: Option<BTreeSet<CredentialKind>>,
    /// Whether the name may be chosen.
    pub username: Username,
}

/// Whether people type the name they enter under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Username {
    /// They type it.
    #[default]
    Free,
    /// It is the name of their Windows session, proven by the network. Where the front also takes passwords, a password
    /// under another name than a proven one is refused.
    Forced,
}

impl Username {
    /// The word of the configuration and of `GET front`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Forced => "forced",
        }
    }
}

impl Entrance {
    /// Takes these kinds only.
    #[must_use]
    pub fn only(mut self, methods: impl IntoIterator<Item = CredentialKind>) -> Self {
        self.methods = Some(methods.into_iter().collect());
        self
    }

    /// The same with names chosen so.
    #[must_use]
    pub fn with_username(mut self, username: Username) -> Self {
        self.username = username;
        self
    }

    /// Whether credentials of this kind are taken, if the authenticators take them.
    pub fn takes(&self, kind: CredentialKind) -> bool {
        match &self.methods {
            Some(methods) => methods.contains(&kind),
            None => match kind {
                CredentialKind::ClaimedName => false,
                CredentialKind::Password => self.username == Username::Free,
                _ => true,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_must_be_asked_for_and_so_must_passwords_under_forced_names() {
        let usual = Entrance::default();
        let forced = Entrance::default().with_username(Username::Forced);
        for (kind, by_default, where_forced) in [
            (CredentialKind::Password, true, false),
            (CredentialKind::ExternalSession, true, true),
            (CredentialKind::Negotiate, true, true),
            (CredentialKind::TrustedName, true, true),
            (CredentialKind::ClaimedName, false, false),
        ] {
            assert_eq!((usual.takes(kind), forced.takes(kind)), (by_default, where_forced), "{kind:?}");
        }
        let both = forced.only([CredentialKind::Negotiate, CredentialKind::Password]);
        assert!(both.takes(CredentialKind::Password) && !both.takes(CredentialKind::TrustedName));
    }
}
