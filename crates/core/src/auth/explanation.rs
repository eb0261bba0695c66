use crate::auth::AuthError;

/// What a look at another system showed, step by step, for an administrator's eyes.
#[derive(Debug, Default)]
pub struct Explanation {
    /// The steps that worked, in order, a sentence each.
    pub passed: Vec<String>,
    /// The step that didn't, and what to do about it.
    pub failed: Option<AuthError>,
}
