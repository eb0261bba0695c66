//! What strangers type: law 12.

use portico_core::auth::SubjectId;

use crate::fixture::Condition;
use crate::people::Person;
use crate::stage::Stage;
use crate::verdict::{Answer, LawResult, Violation, demand};

/// Logins made to break queries, filters, paths, templates and screens; none is a name of anybody.
pub(crate) fn hostile_logins() -> Vec<String> {
    let mut logins: Vec<String> = [
        // LDAP filters and DNs (RFC 4515, RFC 4514)
        "*",
        "*)(uid=*",
        "*)(|(uid=*))",
        "alice)(|(objectClass=*",
        "cn=alice,dc=example,dc=org",
        "\\2a",
        // SQL
        "' OR 1=1 -- ",
        "' OR '1'='1",
        "\" OR \"\"=\"",
        "alice' -- ",
        "alice'/*",
        "alice\\",
        "x' UNION SELECT * FROM users -- ",
        "'; DROP TABLE users; -- ",
        "%",
        "a%e",
        "_____",
        "0",
        "1e1",
        // C strings, lines, paths, templates
        "\0",
        "bob\0alice",
        "alice\r\nX-Evil: 1",
        "../alice",
        "${jndi:ldap://192.0.2.1/a}",
        "{{7*7}}",
        "<script>alert(1)</script>",
        "%61lice",
        // Unicode: right-to-left override, a four-byte character at which old MySQL cut, another letter for loose
        // collations, an unpaired mark, a non-character
        "\u{202E}ecila",
        "alice\u{1F600}",
        "alic\u{E9}",
        "\u{301}\u{301}",
        "\u{FFFF}",
    ]
    .map(str::to_owned)
    .into();
    logins.push("a".repeat(10_000));
    logins.push("\u{1F600}".repeat(200));
    logins.push(format!("alice{}", " x".repeat(300)));
    logins
}

/// Law 12: hostile logins are refused, match nobody and raise no error; nor does the directory take a hostile subject
/// for somebody's.
pub(super) async fn hostile_logins_match_nobody(stage: &Stage<'_>) -> LawResult {
    let instance = stage.instance(Condition::Healthy).await?;
    let alice = Person::Alice;
    let hers = stage.installation.spellings_of_alice();
    for login in hostile_logins().into_iter().filter(|login| !hers.contains(login)) {
        let shown: String = login.escape_debug().take(60).collect();
        stage.be_refused(&*instance, &login, alice.password(), &format!("the login `{shown}`")).await?;
    }
    let Some(directory) = instance.directory() else {
        return Ok(Answer::Holds);
    };
    let real = stage.enter(&*instance, alice.login(), alice).await?.subject;
    for subject in hostile_subjects(real.as_str()) {
        let shown = subject.clone();
        let subject = SubjectId::new(subject).map_err(|error| Violation::new(error.to_string()))?;
        let found = directory.lookup(&[subject]).await;
        match found {
            Ok(found) => {
                demand!(found.is_empty(), "the subject `{shown}` was found in the directory, as somebody")
            }
            Err(error) => demand!(false, "looking up `{shown}` raised an error: {}", error.full_text()),
        }
    }
    Ok(Answer::Holds)
}

/// Subjects that a loose comparison would take for `real`, or for everybody's.
fn hostile_subjects(real: &str) -> Vec<String> {
    let candidates = [
        format!("{real}abc"),
        format!("0{real}"),
        format!("{real} "),
        format!(" {real}"),
        format!("{real}.0"),
        format!("{real}' OR '1'='1"),
        format!("{real},{real}"),
        real.to_uppercase(),
        real.replace('-', ""),
        "' OR 1=1 -- ".to_owned(),
        "*".to_owned(),
        "-1".to_owned(),
        "99999999999999999999999999".to_owned(),
        Person::Alice.login().to_owned(),
    ];
    candidates.into_iter().filter(|candidate| candidate != real).collect()
}
