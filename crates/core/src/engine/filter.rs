//! Unwanted words.

use std::sync::{Arc, PoisonError};

use crate::engine::{Engine, EngineError};
use crate::front::{Front, FrontId, WordFilterAction};
use crate::moderation::WordFilter;

impl Engine {
    /// A text as it may be shown to others at a front: unwanted words are masked, or the text is refused, as the front's
    /// option `word_filter_action` says.
    ///
    /// # Errors
    /// [`EngineError::UnwantedWord`]
    pub fn filtered(&self, front: &Front, text: &str) -> Result<String, EngineError> {
        let Some(filter) = self.word_filter_of(&front.id) else { return Ok(text.to_owned()) };
        match front.options.word_filter_action {
            WordFilterAction::Mask => Ok(filter.mask(text)),
            WordFilterAction::Refuse => match filter.first_match(text) {
                Some(word) => Err(EngineError::UnwantedWord(word.to_owned())),
                None => Ok(text.to_owned()),
            },
        }
    }

    /// The same of a text that may be missing.
    ///
    /// # Errors
    /// [`EngineError::UnwantedWord`]
    pub(super) fn filtered_if_any(
        &self,
        front: &Front,
        text: Option<String>,
    ) -> Result<Option<String>, EngineError> {
        text.map(|text| self.filtered(front, &text)).transpose()
    }

    /// The unwanted word in a text that can't be masked because others rely on every character of it, such as a login.
    pub(super) fn unwanted_in(&self, front: &Front, text: &str) -> Option<String> {
        self.word_filter_of(&front.id)?.first_match(text).map(str::to_owned)
    }

    /// Puts the words in force that are unwanted at a front; `None` = none.
    pub fn set_word_filter(&self, front: &FrontId, filter: Option<WordFilter>) {
        let mut filters = self.word_filters.write().unwrap_or_else(PoisonError::into_inner);
        match filter.filter(|filter| !filter.is_empty()) {
            Some(filter) => _ = filters.insert(front.clone(), Arc::new(filter)),
            None => _ = filters.remove(front),
        }
    }

    fn word_filter_of(&self, front: &FrontId) -> Option<Arc<WordFilter>> {
        self.word_filters.read().unwrap_or_else(PoisonError::into_inner).get(front).cloned()
    }
}
