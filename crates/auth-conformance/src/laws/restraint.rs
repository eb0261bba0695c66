//! What an adapter does not do: laws 18 and 19.

use portico_core::auth::{Authenticator, CredentialKind, Credentials};

use super::hostile::hostile_logins;
use crate::fixture::Condition;
use crate::people::{NOBODY, Person};
use crate::stage::Stage;
use crate::verdict::{Answer, LawResult, demand};

/// How often each of two logins is counted.
const ROUNDS: u64 = 3;

/// Law 18: whatever people do, the other system's data stay as they were.
pub(super) async fn the_other_system_is_read_only(stage: &Stage<'_>) -> LawResult {
    let instance = stage.instance(Condition::Healthy).await?;
    // Making them may write over there: a session is a row.
    let mut others = Vec::new();
    for kind in instance.capabilities().credentials {
        if kind != CredentialKind::Password {
            others.push(stage.credentials(Person::Alice, kind).await?);
        }
    }
    let before = stage.installation.snapshot().await?;
    let _ = (instance.check().await, instance.fingerprint().await);
    let mut subjects = Vec::new();
    for person in Person::ALL {
        for password in [person.password(), person.wrong_password(), ""] {
            let answer = stage.try_password(&*instance, person.login(), password).await;
            subjects
                .extend(answer.ok().and_then(|decision| decision.identity().map(|who| who.subject.clone())));
        }
    }
    for login in hostile_logins() {
        let _ = stage.try_password(&*instance, &login, Person::Alice.password()).await;
    }
    for credentials in &others {
        let _ = instance.authenticate(credentials, &stage.cx()).await;
    }
    if let Some(directory) = instance.directory() {
        let _ = directory.lookup(&subjects).await;
    }
    if let Some(inbox) = instance.inbox() {
        let _ = inbox.unread(&subjects).await;
    }
    drop(instance);
    let after = stage.installation.snapshot().await?;
    demand!(before == after, "the other system's data changed; {}", first_difference(&before, &after));
    Ok(Answer::Holds)
}

/// Law 19: an unknown login costs what a wrong password costs, in hashes and in queries; counted instead of timed, so
/// that the law can't be broken by a busy machine nor held by a slow one.
pub(super) async fn unknown_login_costs_what_a_wrong_password_costs(stage: &Stage<'_>) -> LawResult {
    let instance = stage.instance(Condition::Healthy).await?;
    if !instance.capabilities().takes(CredentialKind::Password) {
        return Ok(Answer::NotApplicable("passwords aren't taken".into()));
    }
    // The first login opens connections and reads what is kept.
    work_of(stage, &*instance, Person::Alice.login()).await;
    let wrong = work_of(stage, &*instance, Person::Alice.login()).await;
    let unknown = work_of(stage, &*instance, NOBODY).await;
    demand!(
        wrong.hashes == unknown.hashes,
        "{ROUNDS} wrong passwords cost {} hashes, {ROUNDS} unknown logins {}",
        wrong.hashes,
        unknown.hashes
    );
    demand!(
        wrong.queries == unknown.queries,
        "{ROUNDS} wrong passwords cost {:?} queries, {ROUNDS} unknown logins {:?}",
        wrong.queries,
        unknown.queries
    );
    if wrong.hashes == 0 {
        stage.note("no hash is computed here: the other system compares passwords");
    }
    if wrong.queries.is_none() {
        stage.note("queries can't be counted here");
    }
    Ok(Answer::Holds)
}

struct Work {
    hashes: u64,
    queries: Option<u64>,
}

/// What [`ROUNDS`] logins with a wrong password cost.
async fn work_of(stage: &Stage<'_>, instance: &dyn Authenticator, login: &str) -> Work {
    let (hashes, queries) = (stage.hashes(), stage.installation.queries().await);
    for _ in 0..ROUNDS {
        let credentials = Credentials::password(login, Person::Alice.wrong_password());
        let _ = instance.authenticate(&credentials, &stage.cx()).await;
    }
    let asked = stage.installation.queries().await;
    let queries = queries.zip(asked).map(|(before, after)| after.saturating_sub(before));
    Work { hashes: stage.hashes() - hashes, queries }
}

/// The first line that is another.
fn first_difference(before: &str, after: &str) -> String {
    let difference = before.lines().zip(after.lines()).find(|(before, after)| before != after);
    match difference {
        Some((before, after)) => {
            let short = |line: &str| line.chars().take(200).collect::<String>();
            format!("before: `{}`, after: `{}`", short(before), short(after))
        }
        None => format!("{} lines before, {} after", before.lines().count(), after.lines().count()),
    }
}
