//! A typed password against the stored value.

use std::sync::{Mutex, PoisonError};

use portico_core::auth::AuthError;
use portico_passwords::{ParseError, Scheme, StoredHash, Subject, decoy, recognise};
use zeroize::Zeroizing;

use super::SqlApplication;
use super::find::forms;
use super::record::Record;
use super::value::{digits, filled};

/// Schemes that are remembered of the rows that were seen.
const SCHEMES: usize = 16;

/// What unknown names are checked against: the scheme that most rows were seen with.
#[derive(Debug)]
pub(super) struct Decoys {
    first: StoredHash,
    seen: Mutex<Vec<(Scheme, StoredHash, u64)>>,
}

impl Decoys {
    /// Before any row was seen: the recipe's newest scheme.
    pub(super) fn new(scheme: Option<&Scheme>) -> Self {
        Self { first: decoy(scheme.cloned().unwrap_or(Scheme::Bcrypt)), seen: Mutex::default() }
    }

    /// Counts a row's scheme.
    pub(super) fn see(&self, hash: &StoredHash) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, count)) = seen.iter_mut().find(|(scheme, ..)| *scheme == hash.scheme()) {
            *count = count.saturating_add(1);
        } else if seen.len() < SCHEMES {
            seen.push((hash.scheme(), hash.decoy(), 1));
        }
    }

    /// A hash that costs what the usual one costs and matches nobody.
    pub(super) fn usual(&self) -> StoredHash {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let most = seen.iter().max_by_key(|(_, _, count)| *count);
        most.map_or_else(|| self.first.decoy(), |(_, decoy, _)| decoy.clone())
    }
}

/// What a row says of its owner's password.
pub(super) struct Stored {
    hash: StoredHash,
    login: String,
    salt: Option<Zeroizing<String>>,
    email: Option<String>,
    rounds: Option<u32>,
}

impl SqlApplication {
    /// Whether the password is this person's. Nobody's password costs the same.
    pub(super) async fn verify(
        &self,
        record: Option<&Record<'_>>,
        typed: &str,
        site_key: Option<Zeroizing<String>>,
    ) -> Result<bool, AuthError> {
        let stored = record.map(|record| self.stored(record)).transpose()?.flatten();
        let person =
            record.map(|record| &record.prepared.person).or(self.people.first().map(|first| &first.person));
        let (first, also) = person
            .map_or((&[][..], &[][..]), |person| (&person.password_text[..], &person.password_also[..]));
        let forms = forms(first, also, typed);
        let raw = Zeroizing::new(typed.as_bytes().to_vec());
        let id = record.map(|record| record.id.clone()).unwrap_or_else(|| "0".to_owned());
        let stored = stored.unwrap_or_else(|| Stored {
            hash: self.decoys.usual(),
            login: "nobody".to_owned(),
            // A formula computes nothing without the fields that it needs.
            salt: Some(Zeroizing::new("0123456789abcdef".to_owned())),
            email: Some("nobody@example.org".to_owned()),
            rounds: Some(1000),
        });
        let check = move || {
            let subject = Subject {
                login: &stored.login,
                salt: stored.salt.as_ref().map(|salt| salt.as_str()),
                site_key: site_key.as_ref().map(|key| key.as_str()),
                id: Some(&id),
                email: stored.email.as_deref(),
                rounds: stored.rounds,
                typed: Some(&raw),
            };
            forms.iter().any(|form| !form.is_empty() && stored.hash.verify(form.as_bytes(), &subject))
        };
        Ok(self.hash_pool.run(check).await?)
    }

    /// A row's stored password; `None` when it has none, or one that nobody can have.
    pub(super) fn stored(&self, record: &Record<'_>) -> Result<Option<Stored>, AuthError> {
        let prepared = record.prepared;
        let person = &prepared.person;
        let mut value = None;
        for column in &person.password {
            let stored = match person.binary.contains(column) {
                true => digits(&record.row, column)?,
                false => filled(&record.row, column)?,
            };
            value = value.or(stored);
        }
        let Some(value) = value.map(Zeroizing::new) else { return Ok(None) };
        let named = |what: String| {
            let (kind, id) = (prepared.kind(), &record.id);
            AuthError::inconsistent(format!("{}: {kind} {id}: {what}", self.recipe.name))
        };
        let mut salt = match &person.salt {
            Some(column) => record.stored(column)?.map(Zeroizing::new),
            None => None,
        };
        let mut password = value;
        if let Some(hook) = prepared.hook {
            let unpacked = hook.unpack(&password).map_err(named)?;
            password = unpacked.password;
            salt = unpacked.salt.or(salt);
        }
        if password.is_empty()
            || person.no_password.iter().any(|prefix| password.starts_with(prefix.as_str()))
        {
            return Ok(None);
        }
        let chosen = match &person.select {
            Some(select) => record.stored(&select.column)?.and_then(|value| prepared.select.get(&value)),
            None => None,
        };
        let hash = match recognise(&password, chosen.unwrap_or(&prepared.schemes)) {
            Ok(hash) => hash,
            Err(ParseError::Empty) => return Ok(None),
            Err(error) => return Err(named(error.to_string())),
        };
        self.decoys.see(&hash);
        let login = person.formula_login.as_deref().unwrap_or_else(|| person.name_column());
        let rounds = match &person.rounds {
            Some(column) => record.stored(column)?.and_then(|text| text.trim().parse().ok()),
            None => None,
        };
        let email = match &person.identity.email {
            Some(column) => record.stored(column)?,
            None => None,
        };
        let login = record.stored(login)?.unwrap_or_default();
        Ok(Some(Stored { hash, login, salt, email, rounds }))
    }
}
