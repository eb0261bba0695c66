//! Looking people up: law 17.

use portico_core::auth::{Directory, DirectoryEntry, DirectoryState, SubjectId};

use crate::fixture::Condition;
use crate::people::Person;
use crate::stage::Stage;
use crate::verdict::{Answer, LawResult, Violation, demand};

/// Law 17: what the directory says of a subject is what the login says of that person: the same identity, active with
/// the same restrictions. Subjects that nobody has are missing in the answer, and the people asked for may be many.
pub(super) async fn directory_agrees_with_login(stage: &Stage<'_>) -> LawResult {
    let instance = stage.instance(Condition::Healthy).await?;
    let Some(directory) = instance.directory() else {
        return Err(Violation::new(
            "there is no directory; if the application can't look people up, declare that this law doesn't apply",
        ));
    };
    let alice = stage.enter(&*instance, Person::Alice.login(), Person::Alice).await?;
    let grace = stage.enter(&*instance, Person::Grace.login(), Person::Grace).await?;
    let nobody = nobody()?;
    let asked = [grace.subject.clone(), nobody.clone(), alice.subject.clone()];
    let found = look_up(directory, &asked).await?;
    demand!(
        found.len() == 2,
        "asked for Grace, nobody and Alice, the directory found {} people",
        found.len()
    );
    for identity in [alice, grace] {
        let subject = &identity.subject;
        let Some(entry) = found.iter().find(|entry| entry.identity.subject == *subject) else {
            return Err(Violation::new(format!(
                "the directory doesn't find `{subject}`, who has just logged in"
            )));
        };
        demand!(
            entry.identity == identity,
            "the directory says {:?}, the login said {identity:?}",
            entry.identity
        );
        demand!(
            entry.state == DirectoryState::Active(identity.restrictions.clone()),
            "`{subject}` has just logged in, the directory says {:?}",
            entry.state
        );
    }
    demand!(look_up(directory, &[]).await?.is_empty(), "asked for nobody, the directory found somebody");
    Ok(Answer::Holds)
}

async fn look_up(
    directory: &dyn Directory,
    subjects: &[SubjectId],
) -> Result<Vec<DirectoryEntry>, Violation> {
    directory
        .lookup(subjects)
        .await
        .map_err(|error| Violation::new(format!("the lookup failed: {}", error.full_text())))
}

fn nobody() -> Result<SubjectId, Violation> {
    SubjectId::new("987654321").map_err(|error| Violation::new(error.to_string()))
}
