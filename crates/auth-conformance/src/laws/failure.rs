//! When the other system can't answer: laws 9, 10 and 11.

use std::time::Duration;

use portico_core::auth::{AuthError, Decision};

use crate::fixture::Condition;
use crate::people::{NOBODY, Person, UNREADABLE_HASH};
use crate::stage::{DEADLINE, Stage};
use crate::verdict::{Answer, LawResult, Violation, demand, in_words};

/// What a loaded machine may add to a deadline.
const GRACE: Duration = Duration::from_secs(2);

/// Law 9: while the other system refuses connections or hangs, every login and every check is `Unavailable` within
/// the deadline, and never a refusal; nor does the directory, cut off, say that people don't exist.
pub(super) async fn outage_is_unavailable_and_never_a_refusal(stage: &Stage<'_>) -> LawResult {
    let mut tried = false;
    for condition in [Condition::Unreachable, Condition::Hanging] {
        if let Some(reason) = stage.lacks_condition(condition) {
            stage.note(format!("without {condition:?}: {reason}"));
            continue;
        }
        tried = true;
        let instance = stage.instance(condition).await?;
        let logins = [
            (Person::Alice.login(), Person::Alice.password()),
            (Person::Alice.login(), Person::Alice.wrong_password()),
            (NOBODY, Person::Alice.password()),
        ];
        // While it hangs, each takes a whole time-out: two show as much as three.
        let most = if condition == Condition::Hanging { 2 } else { logins.len() };
        for (login, password) in logins.into_iter().rev().take(most) {
            let begun = tokio::time::Instant::now();
            let answer = stage.try_password(&*instance, login, password).await;
            let took = begun.elapsed();
            demand!(
                matches!(answer, Err(AuthError::Unavailable { .. })),
                "{condition:?}: a login must be unavailable, was {}",
                in_words(&answer)
            );
            demand!(
                took < DEADLINE + GRACE,
                "{condition:?}: a login took {took:?}, the time-out is {DEADLINE:?}"
            );
        }
        let checked = instance.check().await;
        demand!(
            matches!(checked, Err(AuthError::Unavailable { .. })),
            "{condition:?}: the check must be unavailable, was {}",
            checked.as_ref().map_or_else(AuthError::full_text, |()| "content".to_owned())
        );
    }
    if stage.lacks_condition(Condition::Unreachable).is_none() {
        directory_admits_the_outage(stage).await?;
    }
    Ok(if tried { Answer::Holds } else { Answer::NotApplicable(stage.notes().join("; ")) })
}

/// Whoever is missing in the directory's answer doesn't exist: an outage must not be such an answer.
async fn directory_admits_the_outage(stage: &Stage<'_>) -> Result<(), Violation> {
    let healthy = stage.instance(Condition::Healthy).await?;
    if healthy.directory().is_none() {
        return Ok(());
    }
    let alice = stage.enter(&*healthy, Person::Alice.login(), Person::Alice).await?;
    let unreachable = stage.instance(Condition::Unreachable).await?;
    let Some(directory) = unreachable.directory() else {
        return Err(Violation::new("the directory is gone while the other system is unreachable"));
    };
    let found = directory.lookup(&[alice.subject]).await;
    demand!(
        matches!(found, Err(AuthError::Unavailable { .. })),
        "Unreachable: a lookup must be unavailable, was {}",
        match &found {
            Ok(people) => format!("an answer with {} people", people.len()),
            Err(error) => error.full_text(),
        }
    );
    Ok(())
}

/// Law 10: when the other system refuses the service account, or has not the tables it should, `check` says
/// `Misconfigured`, and a login is no refusal either.
pub(super) async fn wrong_service_account_is_misconfigured(stage: &Stage<'_>) -> LawResult {
    if let Some(reason) = stage.lacks_condition(Condition::WrongServiceAccount) {
        return Ok(Answer::NotApplicable(reason.to_owned()));
    }
    let instance = stage.instance(Condition::WrongServiceAccount).await?;
    let checked = instance.check().await;
    demand!(
        matches!(checked, Err(AuthError::Misconfigured { .. })),
        "the check must be misconfigured, was {}",
        checked.as_ref().map_or_else(AuthError::full_text, |()| "content".to_owned())
    );
    for password in [Person::Alice.password(), Person::Alice.wrong_password()] {
        let answer = stage.try_password(&*instance, Person::Alice.login(), password).await;
        demand!(answer.is_err(), "a login must be no answer at all, was {}", in_words(&answer));
    }
    Ok(Answer::Holds)
}

/// Law 11: a stored password of an unknown format is `Inconsistent`. It is never compared as plain text: whoever read
/// the table would otherwise know the passwords.
pub(super) async fn unknown_hash_format_is_inconsistent(stage: &Stage<'_>) -> LawResult {
    let erin = Person::Erin;
    if !stage.has(erin) {
        return Ok(Answer::NotApplicable(stage.notes().join("; ")));
    }
    let instance = stage.instance(Condition::Healthy).await?;
    for password in [UNREADABLE_HASH, erin.password(), erin.wrong_password()] {
        let answer = stage.try_password(&*instance, erin.login(), password).await;
        demand!(
            !matches!(answer, Ok(Decision::Accepted { .. })),
            "{erin}, whose stored password can't be read, was {}",
            in_words(&answer)
        );
        demand!(
            matches!(answer, Err(AuthError::Inconsistent { .. })),
            "a stored password of an unknown format must be inconsistent, was {}",
            in_words(&answer)
        );
    }
    Ok(Answer::Holds)
}
