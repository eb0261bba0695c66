use serde::Serialize;

use crate::Timestamp;
use crate::messaging::{MAX_TEXT_BYTES, Sequence, TextRefusal};

/// A text that was begun and not sent, on whichever device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Draft {
    /// The text.
    pub text: String,
    /// The message it answers.
    pub reply_to: Option<Sequence>,
    /// When it was saved.
    pub saved_at: Timestamp,
}

/// Whether a text can be kept as a draft; an empty one means that there is none.
///
/// # Errors
/// [`TextRefusal`]
pub fn check_draft(text: &str) -> Result<(), TextRefusal> {
    if text.len() > MAX_TEXT_BYTES {
        return Err(TextRefusal::TooLong);
    }
    if text.contains('\0') { Err(TextRefusal::Nul) } else { Ok(()) }
}
