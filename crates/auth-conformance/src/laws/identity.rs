//! Who it is: laws 1, 6 and 7.

use portico_core::auth::CredentialKind;

use crate::fixture::Condition;
use crate::people::{ALICE_RENAMED, Person};
use crate::stage::Stage;
use crate::verdict::{Answer, LawResult, demand, in_words};

/// Law 1: good credentials of every declared kind are accepted, all kinds say the same person, and `check` finds
/// nothing wrong.
pub(super) async fn good_credentials_are_accepted(stage: &Stage<'_>) -> LawResult {
    let instance = stage.instance(Condition::Healthy).await?;
    let kinds = instance.capabilities().credentials;
    demand!(!kinds.is_empty(), "the instance declares no kind of credentials at all");
    if let Err(error) = instance.check().await {
        demand!(false, "check found a healthy system wanting: {}", error.full_text());
    }
    if kinds.contains(&CredentialKind::ExternalSession) {
        demand!(
            !instance.capabilities().cookies.is_empty(),
            "external sessions are declared, but no cookie is named"
        );
    }
    for person in [Person::Alice, Person::Grace] {
        let mut first = None;
        for &kind in &kinds {
            let credentials = stage.credentials(person, kind).await?;
            let answer = instance.authenticate(&credentials, &stage.cx()).await;
            let subject =
                answer.as_ref().ok().and_then(|decision| decision.identity()).map(|who| who.subject.clone());
            let kind = kind.as_str();
            demand!(
                subject.is_some(),
                "{person} with good credentials of kind `{kind}` was not accepted but {}",
                in_words(&answer)
            );
            let first = first.get_or_insert_with(|| subject.clone());
            demand!(*first == subject, "{person} is another subject with credentials of kind `{kind}`");
        }
    }
    Ok(Answer::Holds)
}

/// Law 6: a person's subject is the same over every spelling of the login, over repeated logins, and after a rename,
/// when the old name no longer enters.
pub(super) async fn one_person_keeps_one_subject(stage: &Stage<'_>) -> LawResult {
    let instance = stage.instance(Condition::Healthy).await?;
    let alice = Person::Alice;
    let subject = stage.enter(&*instance, alice.login(), alice).await?.subject;
    let again = stage.enter(&*instance, alice.login(), alice).await?.subject;
    demand!(again == subject, "the second login gave subject `{again}`, the first `{subject}`");
    for spelling in stage.installation.spellings_of_alice() {
        let spelled = stage.enter(&*instance, &spelling, alice).await?.subject;
        demand!(
            spelled == subject,
            "as `{}` {alice} is subject `{spelled}`, as `{}` she is `{subject}`",
            spelling.escape_debug(),
            alice.login()
        );
    }
    if let Some(reason) = stage.lacks_rename() {
        stage.note(format!("without a rename: {reason}"));
        return Ok(Answer::Holds);
    }
    stage.installation.rename(alice, ALICE_RENAMED).await?;
    let renamed = stage.enter(&*instance, ALICE_RENAMED, alice).await?.subject;
    demand!(
        renamed == subject,
        "after a rename {alice} is subject `{renamed}`, before it she was `{subject}`"
    );
    stage.be_refused(&*instance, alice.login(), alice.password(), "the name given up by a rename").await?;
    Ok(Answer::Holds)
}

/// Law 7: two people have two subjects; each of 1 to 255 bytes.
pub(super) async fn two_people_have_two_subjects(stage: &Stage<'_>) -> LawResult {
    let instance = stage.instance(Condition::Healthy).await?;
    let alice = stage.enter(&*instance, Person::Alice.login(), Person::Alice).await?.subject;
    let grace = stage.enter(&*instance, Person::Grace.login(), Person::Grace).await?.subject;
    demand!(alice != grace, "Alice and Grace are both subject `{alice}`");
    for subject in [alice, grace] {
        let length = subject.as_str().len();
        demand!((1..=255).contains(&length), "a subject has {length} bytes, must be 1 to 255");
    }
    Ok(Answer::Holds)
}
