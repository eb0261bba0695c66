//! What must never be seen: law 15.

use std::fmt::Write as _;

use portico_core::auth::{CredentialKind, Credentials};
use secrecy::ExposeSecret;

use crate::fixture::Condition;
use crate::listener::Listening;
use crate::people::{NOBODY, Person, UNREADABLE_HASH};
use crate::stage::Stage;
use crate::verdict::{Answer, LawResult, demand};

/// Law 15: a secret shows in no `Debug` of the instance, the credentials or the answers, in no error with its causes,
/// and in no trace of any level, whatever the state of the other system.
pub(super) async fn secrets_show_nowhere(stage: &Stage<'_>) -> LawResult {
    let mut secrets = stage.installation.secrets();
    secrets.push(UNREADABLE_HASH.to_owned());
    secrets
        .extend(Person::ALL.iter().flat_map(|who| [who.password(), who.wrong_password()]).map(str::to_owned));

    let listening = Listening::begin();
    tracing::trace!("the suite listens");
    demand!(
        listening.heard().contains("the suite listens"),
        "another tracing subscriber is in place; the suite's main must be the first to set one"
    );
    let mut seen = String::new();
    let conditions =
        [Condition::Healthy, Condition::Unreachable, Condition::Hanging, Condition::WrongServiceAccount];
    for condition in conditions {
        if stage.lacks_condition(condition).is_none() {
            look_at_everything(stage, condition, &mut seen, &mut secrets).await?;
        }
    }
    let heard = listening.heard();
    drop(listening);
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        for (place, text) in [("a Debug or error", &seen), ("a trace", &heard)] {
            if let Some(line) = text.lines().find(|line| shows(line, secret)) {
                let place = format!("{place}: `{}`", line.chars().take(80).collect::<String>());
                demand!(false, "a secret ({}) shows in {place}", masked(secret));
            }
        }
    }
    Ok(Answer::Holds)
}

/// Logs everybody in, rightly and wrongly, and writes down all that can be printed of it.
async fn look_at_everything(
    stage: &Stage<'_>,
    condition: Condition,
    seen: &mut String,
    secrets: &mut Vec<String>,
) -> Result<(), crate::verdict::Violation> {
    let instance = stage.instance(condition).await?;
    let _ = writeln!(seen, "{instance:?}\n{instance:#?}");
    let mut attempts = Vec::new();
    for person in Person::ALL {
        for password in [person.password(), person.wrong_password()] {
            attempts.push(Credentials::password(person.login(), password));
        }
    }
    attempts.push(Credentials::password(NOBODY, Person::Alice.password()));
    attempts.push(Credentials::password("alice' -- ", Person::Alice.password()));
    attempts.push(Credentials::password(Person::Erin.login(), UNREADABLE_HASH));
    for kind in instance.capabilities().credentials {
        if kind != CredentialKind::Password && condition == Condition::Healthy {
            let credentials = stage.credentials(Person::Alice, kind).await?;
            secrets.extend(secrets_in(&credentials));
            attempts.push(credentials);
        }
    }
    // A hanging system takes a whole time-out for each attempt; two show what there is to see.
    let most = if condition == Condition::Hanging { 2 } else { attempts.len() };
    for credentials in attempts.iter().take(most) {
        let answer = instance.authenticate(credentials, &stage.cx()).await;
        let _ = writeln!(seen, "{credentials:?}\n{answer:?}");
        if let Err(error) = &answer {
            let _ = writeln!(seen, "{error}\n{}", error.full_text());
        }
        if let (Some(directory), Some(identity)) =
            (instance.directory(), answer.as_ref().ok().and_then(|decision| decision.identity()))
        {
            let _ = writeln!(seen, "{:?}", directory.lookup(std::slice::from_ref(&identity.subject)).await);
        }
    }
    let _ = writeln!(seen, "{:?}\n{:?}", instance.check().await, instance.fingerprint().await);
    Ok(())
}

fn secrets_in(credentials: &Credentials) -> Vec<String> {
    match credentials {
        Credentials::Password { password, .. } => vec![password.expose_secret().to_owned()],
        // A short value (a user id, a flag) is no secret and occurs everywhere.
        Credentials::ExternalSession { cookies } => cookies
            .names()
            .filter_map(|name| cookies.get(name))
            .map(|value| value.expose_secret().to_owned())
            .filter(|value| value.len() >= 8)
            .collect(),
        Credentials::Bearer { token } => vec![token.expose_secret().to_owned()],
        _ => Vec::new(),
    }
}

/// Whether `line` shows `secret` as it is, as hexadecimal digits, or as a list of byte values.
fn shows(line: &str, secret: &str) -> bool {
    let hex: String = secret.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let list = secret.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
    line.contains(secret) || line.to_lowercase().contains(&hex) || (secret.len() > 3 && line.contains(&list))
}

/// Enough of a secret to find the leak, and no more.
fn masked(secret: &str) -> String {
    let shown: String = secret.chars().take(4).collect();
    format!("`{shown}…`, {} bytes", secret.len())
}

#[cfg(test)]
mod tests {
    use super::shows;

    #[test]
    fn a_secret_is_found_in_every_dress() {
        assert!(shows("password=abcd", "abcd"));
        assert!(shows("bytes: [97, 98, 99, 100]", "abcd"));
        assert!(shows("0x61626364", "abcd"));
        assert!(!shows("password=[REDACTED]", "abcd"));
    }
}
