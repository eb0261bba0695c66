//! Coming in by the other application's own session: laws 20 to 24.

use std::fmt::Write as _;

use portico_core::auth::{CredentialKind, Credentials, Decision, Refusal, SecretCookies};
use secrecy::ExposeSecret;

use crate::fixture::Condition;
use crate::people::Person;
use crate::stage::Stage;
use crate::verdict::{Answer, LawResult, Violation, demand, in_words};

/// Values shorter than this are user ids and flags: changing them is no forgery of a session.
const SHORTEST_ID: usize = 8;

/// Why these laws don't apply, if sessions aren't taken.
async fn not_taken(stage: &Stage<'_>) -> Result<Option<Answer>, Violation> {
    let instance = stage.instance(Condition::Healthy).await?;
    let taken = instance.capabilities().takes(CredentialKind::ExternalSession);
    Ok((!taken).then(|| Answer::NotApplicable("sessions of the other system aren't taken".into())))
}

async fn cookies_of(stage: &Stage<'_>, person: Person) -> Result<SecretCookies, Violation> {
    match stage.credentials(person, CredentialKind::ExternalSession).await? {
        Credentials::ExternalSession { cookies } => Ok(cookies),
        _ => Err(Violation::new("the fixture gave no cookies")),
    }
}

/// Law 20: a live session says of a person what the password says, to the letter.
pub(super) async fn session_says_what_the_password_says(stage: &Stage<'_>) -> LawResult {
    if let Some(answer) = not_taken(stage).await? {
        return Ok(answer);
    }
    let instance = stage.instance(Condition::Healthy).await?;
    if !instance.capabilities().takes(CredentialKind::Password) {
        return Ok(Answer::NotApplicable(
            "passwords aren't taken, so there is nothing to compare with".into(),
        ));
    }
    for person in [Person::Alice, Person::Grace] {
        let by_password = stage.enter(&*instance, person.login(), person).await?;
        let credentials = stage.credentials(person, CredentialKind::ExternalSession).await?;
        let answer = instance.authenticate(&credentials, &stage.cx()).await;
        let by_session = answer.as_ref().ok().and_then(Decision::identity);
        demand!(
            by_session == Some(&by_password),
            "{person}'s session must say what the password says; it was {}, with another identity or none",
            in_words(&answer)
        );
    }
    Ok(Answer::Holds)
}

/// Law 21: cookies that prove nobody are `UnknownSubject`, so that the next member of a chain is asked: a guest's, an
/// expired session's, another installation's, forged, cut off, doubled, mixed with another person's, empty and hostile.
pub(super) async fn worthless_cookies_prove_nobody(stage: &Stage<'_>) -> LawResult {
    if let Some(answer) = not_taken(stage).await? {
        return Ok(answer);
    }
    let instance = stage.instance(Condition::Healthy).await?;
    let alice = cookies_of(stage, Person::Alice).await?;
    let mut worthless = stage.installation.worthless_sessions().await?;
    demand!(
        !worthless.is_empty(),
        "the fixture must give cookies of a guest, of an expired session and of another installation"
    );
    worthless.extend(spoilt(&alice).into_iter().map(|(what, cookies)| (what.to_owned(), cookies)));
    for (what, cookies) in worthless {
        let credentials = Credentials::ExternalSession { cookies };
        let answer = instance.authenticate(&credentials, &stage.cx()).await;
        demand!(
            answer.as_ref().ok().and_then(Decision::refusal) == Some(&Refusal::UnknownSubject),
            "cookies that prove nobody ({what}) must be refused as unknown-subject, were {}",
            in_words(&answer)
        );
    }
    // The good ones are good all the same.
    let answer = instance.authenticate(&Credentials::ExternalSession { cookies: alice }, &stage.cx()).await;
    demand!(
        answer.as_ref().is_ok_and(|decision| decision.identity().is_some()),
        "Alice's own cookies must let her in, were {}",
        in_words(&answer)
    );
    Ok(Answer::Holds)
}

/// The cookies with every session id in them spoilt in one way.
fn spoilt(good: &SecretCookies) -> Vec<(&'static str, SecretCookies)> {
    let with = |what, spoil: &dyn Fn(&str) -> String| {
        let cookies = good.names().map(|name| {
            let value = good.get(name).map(|value| value.expose_secret().to_owned()).unwrap_or_default();
            let value = if value.len() < SHORTEST_ID { value } else { spoil(&value) };
            (name.to_owned(), value)
        });
        (what, cookies.collect())
    };
    let last = |value: &str, new: fn(char) -> char| -> String {
        let mut all: Vec<char> = value.chars().collect();
        if let Some(last) = all.last_mut() {
            *last = new(*last);
        }
        all.into_iter().collect()
    };
    vec![
        with("empty", &|_| String::new()),
        with("cut off by one character", &|value| value.chars().take(value.chars().count() - 1).collect()),
        with("cut in half", &|value| value.chars().take(value.chars().count() / 2).collect()),
        with("one character longer", &|value| format!("{value}0")),
        with("the last character another", &|value| last(value, |c| if c == '1' { '2' } else { '1' })),
        with("backwards", &|value| value.chars().rev().collect()),
        with("doubled", &|value| format!("{value}{value}")),
        with("two values in one", &|value| format!("{value}, {value}")),
        with("two cookies in one", &|value| format!("{value}; {value}")),
        with("a NUL behind it", &|value| format!("{value}\0")),
        with("white space around it", &|value| format!(" {value} ")),
        with("HTML behind it", &|value| format!("{value}<script>alert(1)</script>")),
        with("SQL behind it", &|value| format!("{value}' OR '1'='1")),
        with("a wildcard", &|_| "%".to_owned()),
        with("percent-encoded bytes that are no text", &|value| format!("{value}%FF%00")),
        with("full-width digits", &|_| "\u{FF11}".repeat(32)),
        with("a character that is no text elsewhere", &|value| format!("\u{FFFD}{value}")),
        with("very long", &|value| value.repeat(500)),
    ]
}

/// Law 22: the session of somebody who is banned, disabled, pending or whose password has expired is refused with the
/// reason that the right password is refused with: it proves who it is.
pub(super) async fn session_is_told_the_state_that_the_password_is_told(stage: &Stage<'_>) -> LawResult {
    if let Some(answer) = not_taken(stage).await? {
        return Ok(answer);
    }
    // A lock keeps guesses out, not sessions: Dave is left aside.
    let people = [Person::Bob, Person::Carol, Person::Paula, Person::Victor];
    let present: Vec<Person> = people.into_iter().filter(|&person| stage.has(person)).collect();
    if present.is_empty() {
        return Ok(Answer::NotApplicable(stage.notes().join("; ")));
    }
    let instance = stage.instance(Condition::Healthy).await?;
    for person in present {
        let credentials = stage.credentials(person, CredentialKind::ExternalSession).await?;
        let answer = instance.authenticate(&credentials, &stage.cx()).await;
        let told = answer.as_ref().ok().and_then(Decision::refusal);
        demand!(
            told.is_some_and(|refusal| person.is_refused_with(refusal)),
            "{person}'s session must be told {person}'s state, was {}",
            in_words(&answer)
        );
        if instance.capabilities().takes(CredentialKind::Password) {
            let what = format!("{person} with the right password");
            let by_password = stage.be_refused(&*instance, person.login(), person.password(), &what).await?;
            demand!(
                told == Some(&by_password),
                "{person}'s session was {}, the password was refused: {}",
                in_words(&answer),
                by_password.as_str()
            );
        }
    }
    Ok(Answer::Holds)
}

/// Law 23: a session that was ended over there is worth nothing at once, also to an instance that has seen it live; another
/// person's goes on.
pub(super) async fn ended_session_is_worth_nothing(stage: &Stage<'_>) -> LawResult {
    if let Some(answer) = not_taken(stage).await? {
        return Ok(answer);
    }
    let instance = stage.instance(Condition::Healthy).await?;
    let alice = stage.credentials(Person::Alice, CredentialKind::ExternalSession).await?;
    let grace = stage.credentials(Person::Grace, CredentialKind::ExternalSession).await?;
    for credentials in [&alice, &grace, &alice] {
        let answer = instance.authenticate(credentials, &stage.cx()).await;
        demand!(
            answer.as_ref().is_ok_and(|decision| decision.identity().is_some()),
            "a live session must let in as often as it comes, was {}",
            in_words(&answer)
        );
    }
    stage.installation.end_session(Person::Alice).await?;
    let answer = instance.authenticate(&alice, &stage.cx()).await;
    demand!(
        answer.as_ref().ok().and_then(Decision::refusal) == Some(&Refusal::UnknownSubject),
        "a session that was ended over there must be refused as unknown-subject, was {}",
        in_words(&answer)
    );
    let answer = instance.authenticate(&grace, &stage.cx()).await;
    demand!(
        answer.as_ref().is_ok_and(|decision| decision.identity().is_some()),
        "Grace's session goes on when Alice's is ended, was {}",
        in_words(&answer)
    );
    Ok(Answer::Holds)
}

/// Law 24: while the other system doesn't answer, a session is `Unavailable`, never refused: nobody may be taken for a
/// guest because a database is down. And no answer shows a cookie's value.
pub(super) async fn outage_is_no_answer_to_a_session(stage: &Stage<'_>) -> LawResult {
    if let Some(answer) = not_taken(stage).await? {
        return Ok(answer);
    }
    let credentials = stage.credentials(Person::Alice, CredentialKind::ExternalSession).await?;
    let mut seen = String::new();
    for condition in [Condition::Unreachable, Condition::Hanging] {
        if let Some(reason) = stage.lacks_condition(condition) {
            stage.note(format!("without {condition:?}: {reason}"));
            continue;
        }
        let instance = stage.instance(condition).await?;
        let answer = instance.authenticate(&credentials, &stage.cx()).await;
        let _ = writeln!(seen, "{instance:?} {answer:?}");
        demand!(
            answer.as_ref().is_err_and(|error| error.as_str() == "unavailable"),
            "while the other system is {condition:?}, a session must be unavailable, was {}",
            in_words(&answer)
        );
        let _ = writeln!(seen, "{}", answer.err().map(|error| error.full_text()).unwrap_or_default());
    }
    if let Credentials::ExternalSession { cookies } = &credentials {
        for value in cookies.names().filter_map(|name| cookies.get(name)) {
            let value = value.expose_secret();
            demand!(
                value.len() < SHORTEST_ID || !seen.contains(value),
                "a cookie's value shows in an answer"
            );
        }
    }
    Ok(Answer::Holds)
}
