//! How people are turned away: laws 2, 3, 4, 5 and 8.

use std::net::Ipv4Addr;

use portico_core::auth::{CredentialKind, Credentials, Decision, ExchangeId, Refusal, TrustSource};

use crate::fixture::Condition;
use crate::people::{NOBODY, Person};
use crate::stage::Stage;
use crate::verdict::{Answer, LawResult, Violation, demand, in_words};

/// Law 2: a wrong password is `BadSecret`: another person's, one with a character more, less or in the other case.
pub(super) async fn wrong_password_is_a_bad_secret(stage: &Stage<'_>) -> LawResult {
    let instance = stage.instance(Condition::Healthy).await?;
    if !instance.capabilities().takes(CredentialKind::Password) {
        return Ok(Answer::NotApplicable("passwords aren't taken".into()));
    }
    let right = Person::Alice.password();
    let guesses = [
        Person::Alice.wrong_password().to_owned(),
        Person::Grace.password().to_owned(),
        format!("{right}x"),
        right.chars().skip(1).collect(),
        right.chars().take(right.len() - 1).collect(),
        right.to_lowercase(),
        right.to_uppercase(),
    ];
    for guess in guesses {
        let answer = stage.try_password(&*instance, Person::Alice.login(), &guess).await;
        let refusal = answer.as_ref().ok().and_then(Decision::refusal);
        demand!(
            refusal == Some(&Refusal::BadSecret),
            "a wrong password must be refused as bad-secret, was {}",
            in_words(&answer)
        );
    }
    Ok(Answer::Holds)
}

/// Law 3: an unknown login is `UnknownSubject`, whatever the password, and belongs to the refusals that look the same
/// from outside as a wrong password.
pub(super) async fn unknown_login_looks_like_wrong_password(stage: &Stage<'_>) -> LawResult {
    let instance = stage.instance(Condition::Healthy).await?;
    if !instance.capabilities().takes(CredentialKind::Password) {
        return Ok(Answer::NotApplicable("passwords aren't taken".into()));
    }
    for password in [Person::Alice.password(), Person::Alice.wrong_password()] {
        let unknown = stage.be_refused(&*instance, NOBODY, password, "an unknown login").await?;
        demand!(
            unknown == Refusal::UnknownSubject,
            "an unknown login must be refused as unknown-subject, was {}",
            unknown.as_str()
        );
        demand!(unknown.is_failed_guess(), "an unknown login must look like a wrong password");
    }
    Ok(Answer::Holds)
}

/// Law 4: an undeclared kind of credentials is `NotPermitted`, without a look at the other system: the answer is the
/// same while that is down.
pub(super) async fn undeclared_kind_is_refused_unasked(stage: &Stage<'_>) -> LawResult {
    let healthy = stage.instance(Condition::Healthy).await?;
    let declared = healthy.capabilities().credentials;
    let undeclared: Vec<Credentials> = one_of_each_kind()
        .into_iter()
        .filter(|credentials| !declared.contains(&credentials.kind()))
        .collect();
    let before = stage.installation.queries().await;
    let mut instances = vec![healthy];
    match a_broken_condition(stage) {
        Some(condition) => instances.push(stage.instance(condition).await?),
        None => stage.note("not proved by an outage: the system has none"),
    }
    for instance in instances {
        for credentials in &undeclared {
            let answer = instance.authenticate(credentials, &stage.cx()).await;
            let kind = credentials.kind().as_str();
            demand!(
                answer.as_ref().ok().and_then(Decision::refusal) == Some(&Refusal::NotPermitted),
                "credentials of the undeclared kind `{kind}` must be refused as not-permitted, were {}",
                in_words(&answer)
            );
        }
    }
    untouched(before, stage.installation.queries().await)
}

/// Law 5: a blank password is refused without a look at the other system. A directory would take it for an
/// unauthenticated bind (RFC 4513 §5.1.2) and say yes. A password of NULs is not let in either.
pub(super) async fn blank_password_is_refused_unasked(stage: &Stage<'_>) -> LawResult {
    let healthy = stage.instance(Condition::Healthy).await?;
    if !healthy.capabilities().takes(CredentialKind::Password) {
        return Ok(Answer::NotApplicable("passwords aren't taken".into()));
    }
    let logins = [Person::Alice.login(), Person::Erin.login(), NOBODY];
    let before = stage.installation.queries().await;
    let mut instances = vec![healthy.clone()];
    match a_broken_condition(stage) {
        Some(condition) => instances.push(stage.instance(condition).await?),
        None => stage.note("not proved by an outage: the system has none"),
    }
    for instance in instances {
        for password in ["", " ", "\t", "\u{A0}\u{3000}"] {
            for login in logins {
                let refusal = stage.be_refused(&*instance, login, password, "a blank password").await?;
                demand!(refusal.is_failed_guess(), "a blank password was refused as {}", refusal.as_str());
            }
        }
    }
    untouched(before, stage.installation.queries().await)?;
    for password in ["\0", "\0\0\0\0"] {
        stage.be_refused(&*healthy, Person::Alice.login(), password, "a password of NULs").await?;
    }
    Ok(Answer::Holds)
}

/// Law 8: that somebody is banned, disabled, pending or has an expired password is told only with the right password;
/// a wrong one is the same failed guess as anybody's. A lock may be told earlier: a domain tells it before it looks
/// at the password.
pub(super) async fn state_is_told_only_after_the_right_password(stage: &Stage<'_>) -> LawResult {
    let people = [Person::Bob, Person::Carol, Person::Dave, Person::Paula, Person::Victor];
    let present: Vec<Person> = people.into_iter().filter(|&person| stage.has(person)).collect();
    if present.is_empty() {
        return Ok(Answer::NotApplicable(stage.notes().join("; ")));
    }
    let instance = stage.instance(Condition::Healthy).await?;
    for person in present {
        let what = format!("{person} with the right password");
        let told = stage.be_refused(&*instance, person.login(), person.password(), &what).await?;
        demand!(
            person.is_refused_with(&told),
            "{what} was refused as {}, which is not {person}'s part",
            told.as_str()
        );
        let what = format!("{person} with a wrong password");
        let guessed = stage.be_refused(&*instance, person.login(), person.wrong_password(), &what).await?;
        let locked = person == Person::Dave && person.is_refused_with(&guessed);
        demand!(guessed.is_failed_guess() || locked, "{what} was told: {}", guessed.as_str());
    }
    Ok(Answer::Holds)
}

/// A condition in which any look at the other system would be noticed.
fn a_broken_condition(stage: &Stage<'_>) -> Option<Condition> {
    [Condition::Unreachable, Condition::Hanging, Condition::WrongServiceAccount]
        .into_iter()
        .find(|&condition| stage.lacks_condition(condition).is_none())
}

fn untouched(before: Option<u64>, after: Option<u64>) -> LawResult {
    match (before, after) {
        (Some(before), Some(after)) if before != after => {
            Err(Violation::new(format!("the other system was asked {} times", after.saturating_sub(before))))
        }
        _ => Ok(Answer::Holds),
    }
}

/// Credentials of every kind there is, plausible in form.
fn one_of_each_kind() -> Vec<Credentials> {
    vec![
        Credentials::password(Person::Alice.login(), Person::Alice.password()),
        Credentials::ExternalSession {
            cookies: [("sid".to_owned(), "0123456789abcdef".to_owned())].into_iter().collect(),
        },
        Credentials::Negotiate { token: Box::<[u8]>::from(&b"\x60\x06"[..]).into(), exchange: ExchangeId(1) },
        Credentials::TrustedName {
            name: Person::Alice.login().to_owned(),
            asserted_by: TrustSource::Proxy { peer: Ipv4Addr::LOCALHOST.into() },
        },
        Credentials::Bearer { token: "0123456789abcdef".to_owned().into() },
    ]
}
