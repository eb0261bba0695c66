//! A person's row.

use portico_core::auth::AuthError;

use super::prepared::Prepared;
use super::value::{filled, text};
use crate::Row;
use crate::recipe::pattern::Fill;
use crate::recipe::person::StoredText;
use crate::recipe::text::unescape;

/// A person's row, and what the recipe says of it.
#[derive(Debug, Clone)]
pub(super) struct Record<'a> {
    pub(super) prepared: &'a Prepared,
    pub(super) row: Row,
    /// The stable id.
    pub(super) id: String,
}

impl<'a> Record<'a> {
    pub(super) fn new(prepared: &'a Prepared, row: Row) -> Result<Self, AuthError> {
        let column = &prepared.person.id;
        let id = filled(&row, column)?
            .ok_or_else(|| AuthError::inconsistent(format!("a row has an empty id (column `{column}`)")))?;
        Ok(Self { prepared, row, id })
    }

    /// A column as the application shows it.
    pub(super) fn shown(&self, column: &str) -> Result<Option<String>, AuthError> {
        let stored = filled(&self.row, column)?;
        Ok(match self.prepared.person.stored_text {
            Some(StoredText::Html) => stored.map(|text| unescape(&text)),
            None => stored,
        })
    }

    /// A column as stored; nothing when it is empty.
    pub(super) fn stored(&self, column: &str) -> Result<Option<String>, AuthError> {
        text(&self.row, column)
    }
}

impl Fill for Record<'_> {
    fn id(&self) -> Option<String> {
        Some(self.id.clone())
    }

    fn login(&self) -> Option<String> {
        self.column(self.prepared.person.name_column())
    }

    fn email(&self) -> Option<String> {
        self.column(self.prepared.person.identity.email.as_deref()?)
    }

    fn column(&self, name: &str) -> Option<String> {
        // Every column of a pattern is selected.
        filled(&self.row, name).ok().flatten()
    }
}
