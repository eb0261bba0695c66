//! The configuration: law 16.

use serde_json::Value;

use crate::fixture::Condition;
use crate::stage::{SECTION, Stage};
use crate::verdict::{Answer, LawResult, demand};

const NO_SUCH_KEY: &str = "no_such_key_at_all";

/// Law 16: an unknown key is an error that names its path: a misspelt key must not be a key that does nothing.
pub(super) async fn unknown_key_is_named_with_its_path(stage: &Stage<'_>) -> LawResult {
    let mut options = stage.installation.options(Condition::Healthy).await?;
    options.insert(NO_SUCH_KEY.to_owned(), Value::from("x"));
    let path = format!("{SECTION}.{NO_SUCH_KEY}");
    match stage.build(options, Condition::Healthy).await {
        Ok(_) => demand!(false, "an instance was built although `{path}` is no key of it"),
        Err(error) => {
            let text = error.to_string();
            demand!(text.contains(&path), "the error doesn't name the path `{path}`: {text}");
        }
    }
    Ok(Answer::Holds)
}
