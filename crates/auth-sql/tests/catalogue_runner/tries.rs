//! A case's logins on one database.

use std::path::Path;
use std::sync::Arc;

use portico_auth_sql::recipe::{Recipe, RefuseAs, SqlApplication, SqlConfig};
use portico_auth_sql::testing::{TestDatabase, TestDatabaseKind};
use portico_auth_sql::{DatabaseKind, TablePrefix};
use portico_core::Timestamp;
use portico_core::auth::{
    AuthContext, AuthError, Authenticator, BuildContext, Credentials, Decision, DirectoryState,
    ExternalIdentity, HashPool, Realm, Refusal,
};
use portico_core::front::FrontId;
use portico_core::ports::{Clock, SystemClock};

use crate::case::{Case, Try};
use crate::report::Counts;
use crate::tables;

/// Names that nobody has and that break careless statements.
const HOSTILE: [&str; 12] = [
    "' OR 1=1 -- ",
    "\" OR \"\"=\"",
    "x\\",
    "%",
    "_",
    "a%",
    "0",
    "\0",
    "x\0y",
    "{id}",
    "'; DROP TABLE users; -- ",
    "\u{202E}\u{1F600}",
];

/// Makes the tables and tries everything.
pub async fn run(recipe: &Recipe, case: &Case, kind: TestDatabaseKind) -> Result<Counts, String> {
    let db = TestDatabase::create(kind).await;
    tables::make(&db, &recipe.prefix, case).await?;
    let url = least_privileged(&db, recipe).await;
    let application = build(recipe.clone(), case, &url)?;
    application.check().await.map_err(|error| format!("check: {}", error.full_text()))?;
    let mut counts = Counts::default();
    let mut wrong = Vec::new();
    for (number, attempt) in case.tries.iter().enumerate() {
        if !attempt.is_on(kind.name()) {
            continue;
        }
        match judge(&application, attempt).await {
            Ok(()) => counts.add(&attempt.expect),
            Err(what) => wrong.push(format!("try {} (`{}`): {what}", number + 1, attempt.login)),
        }
    }
    if let Err(what) = hostile(&application, case, &mut counts).await {
        wrong.push(what);
    }
    wrong.extend(gaps(recipe, case));
    if kind == TestDatabaseKind::Sqlite && wrong.is_empty() {
        wrong.extend(unproved_schemes(recipe, case, &url).await);
    }
    if wrong.is_empty() { Ok(counts) } else { Err(wrong.join("\n")) }
}

/// A user who may read what the recipe says that it reads, and nothing else.
async fn least_privileged(db: &TestDatabase, recipe: &Recipe) -> String {
    let kind = match db.kind() {
        TestDatabaseKind::Sqlite => return db.url(),
        TestDatabaseKind::Mariadb => DatabaseKind::Mysql,
        TestDatabaseKind::Postgres => DatabaseKind::Postgres,
    };
    let url = db.restricted_user(&[]).await;
    let account =
        url.split_once("://").and_then(|(_, rest)| rest.split_once(':')).map_or("", |(user, _)| user);
    let user = if kind == DatabaseKind::Mysql { format!("{account}@%") } else { account.to_owned() };
    let prefix = TablePrefix::new(&recipe.prefix).expect("a checked prefix");
    for grant in recipe.grants(&prefix, db.name(), &user, kind) {
        // A table that not every version has may be missing here.
        let _ = db.try_execute(&[grant]).await;
    }
    url
}

/// The authenticator, through its configuration.
pub fn build(recipe: Recipe, case: &Case, url: &str) -> Result<SqlApplication, String> {
    let mut section = case.authenticator.clone();
    section.insert("app".to_owned(), recipe.id.clone().into());
    section.insert("database_url".to_owned(), url.into());
    let config: SqlConfig = section.try_into().map_err(|error| format!("[authenticator]: {error}"))?;
    let pool = HashPool::new(2, 256).map_err(|error| error.to_string())?;
    let realm = Realm::new("catalogue").map_err(|error| error.to_string())?;
    let cx = BuildContext::new("catalogue", realm, pool, Arc::new(SystemClock));
    SqlApplication::of_recipe(recipe, &config, &cx).map_err(|error| error.to_string())
}

async fn login(application: &SqlApplication, name: &str, password: &str) -> Result<Decision, AuthError> {
    let front = FrontId::new("catalogue").expect("a good id");
    let cx = AuthContext::new(&front, SystemClock.now());
    application.authenticate(&Credentials::password(name, password), &cx).await
}

/// One login: what it must be, and what must be true around it.
async fn judge(application: &SqlApplication, attempt: &Try) -> Result<(), String> {
    let answer = login(application, &attempt.login, &attempt.password).await;
    let seen = match &answer {
        Ok(Decision::Accepted { .. }) => "accepted".to_owned(),
        Ok(Decision::Refused(refusal)) => refusal.as_str().to_owned(),
        Ok(Decision::Continue(_)) => "challenge-required".to_owned(),
        Err(error) => error.as_str().to_owned(),
    };
    if seen != attempt.expect {
        let why = answer.as_ref().err().map_or_else(String::new, |error| format!(" ({})", error.full_text()));
        return Err(format!("expected {}, was {seen}{why}", attempt.expect));
    }
    match answer {
        Ok(Decision::Accepted { identity, .. }) => accepted(application, attempt, &identity).await,
        Ok(Decision::Refused(refusal)) => refused(application, attempt, &refusal).await,
        Ok(Decision::Continue(_)) => Ok(()),
        Err(error) => {
            let text = error.full_text();
            let wanted = attempt.error.as_deref().unwrap_or_default();
            if text.contains(wanted) { Ok(()) } else { Err(format!("the error has no `{wanted}`: {text}")) }
        }
    }
}

async fn accepted(
    application: &SqlApplication,
    attempt: &Try,
    identity: &ExternalIdentity,
) -> Result<(), String> {
    compare(attempt, identity)?;
    if identity.secret_stamp.as_ref().is_none_or(|stamp| stamp.len() != 32) {
        return Err("the identity has no stamp of the password".to_owned());
    }
    // A character more is a wrong password, unless the application itself cuts it off.
    let other = format!("Wrong-{}", attempt.password);
    match login(application, &attempt.login, &other).await {
        Ok(Decision::Refused(Refusal::BadSecret)) => {}
        other => return Err(format!("with a wrong password: {other:?}")),
    }
    let directory = application.directory().ok_or("there is no directory")?;
    let subjects = std::slice::from_ref(&identity.subject);
    let found = directory.lookup(subjects).await.map_err(|error| format!("lookup: {}", error.full_text()))?;
    match found.as_slice() {
        [entry] if entry.identity == *identity && matches!(entry.state, DirectoryState::Active(_)) => {}
        other => return Err(format!("the directory says {other:?}, the login {identity:?}")),
    }
    if let Some(wanted) = attempt.unread {
        let inbox = application.inbox().ok_or("the recipe has no inbox")?;
        let unread = inbox.unread(subjects).await.map_err(|error| format!("inbox: {}", error.full_text()))?;
        let number = unread.first().map(|(_, number)| *number);
        if number != Some(wanted) {
            return Err(format!("unread: expected {wanted}, was {number:?}"));
        }
    }
    Ok(())
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, wanted: Option<&T>, seen: &T) -> Result<(), String> {
    match wanted {
        Some(wanted) if wanted != seen => Err(format!("{what}: expected {wanted:?}, was {seen:?}")),
        _ => Ok(()),
    }
}

/// A text; an empty one stands for nothing.
fn same_text(what: &str, wanted: Option<&String>, seen: Option<&str>) -> Result<(), String> {
    same(what, wanted.map(String::as_str).as_ref(), &seen.unwrap_or_default())
}

fn compare(attempt: &Try, identity: &ExternalIdentity) -> Result<(), String> {
    same_text("subject", attempt.subject.as_ref(), Some(identity.subject.as_str()))?;
    same_text("name", attempt.name.as_ref(), Some(&identity.login))?;
    same_text("display_name", attempt.display_name.as_ref(), Some(identity.shown_name()))?;
    let address = identity.email.as_ref().map(|email| email.address.as_str());
    same_text("email", attempt.email.as_ref(), address)?;
    let verified = identity.email.as_ref().is_some_and(|email| email.verified);
    same("email_verified", attempt.email_verified.as_ref(), &verified)?;
    let groups = |leaders: bool| {
        let all = identity.groups.iter().flatten().filter(|group| group.leader || !leaders);
        let mut names: Vec<String> = all.map(|group| group.name.clone()).collect();
        names.sort();
        names
    };
    let sorted = |list: &Option<Vec<String>>| {
        let mut list = list.clone();
        list.iter_mut().for_each(|list| list.sort());
        list
    };
    same("groups", sorted(&attempt.groups).as_ref(), &groups(false))?;
    same("leads", sorted(&attempt.leads).as_ref(), &groups(true))?;
    same("administrator", attempt.administrator.as_ref(), &identity.staff.administrator)?;
    same("moderator", attempt.moderator.as_ref(), &identity.staff.moderator)?;
    same_text("avatar", attempt.avatar.as_ref(), identity.avatar.as_deref())?;
    same_text("profile", attempt.profile.as_ref(), identity.profile_url.as_deref())?;
    same_text("language", attempt.language.as_ref(), identity.language.as_deref())?;
    same_text("timezone", attempt.timezone.as_ref(), identity.timezone.as_deref())?;
    let registered = identity.registered_at.map(|time| time.to_string());
    same_text("registered_at", attempt.registered_at.as_ref(), registered.as_deref())?;
    let restriction = identity.restrictions.write.as_ref();
    same("may_write", attempt.may_write.as_ref(), &restriction.is_none())?;
    if let Some(restriction) = restriction {
        same_text("reason", attempt.reason.as_ref(), Some(&restriction.reason))?;
        let until = restriction.until().map(|time| time.to_string());
        same_text("until", attempt.until.as_ref(), until.as_deref())?;
    }
    Ok(())
}

async fn refused(application: &SqlApplication, attempt: &Try, refusal: &Refusal) -> Result<(), String> {
    let (reason, until): (Option<&str>, Option<Timestamp>) = match refusal {
        Refusal::Banned { reason, until } => (reason.as_deref(), *until),
        Refusal::Locked { until } => (None, *until),
        _ => (None, None),
    };
    same_text("reason", attempt.reason.as_ref(), reason)?;
    same_text("until", attempt.until.as_ref(), until.map(|time| time.to_string()).as_deref())?;
    if refusal.is_failed_guess() {
        return Ok(());
    }
    // What state an account is in is nobody's business who doesn't know the password.
    match login(application, &attempt.login, &format!("Wrong-{}", attempt.password)).await {
        Ok(Decision::Refused(Refusal::BadSecret)) => Ok(()),
        other => Err(format!("with a wrong password the state of the account is told: {other:?}")),
    }
}

async fn hostile(application: &SqlApplication, case: &Case, counts: &mut Counts) -> Result<(), String> {
    let good = case.tries.iter().find(|attempt| attempt.expect == "accepted");
    let password = good.map_or("Wren-71", |attempt| attempt.password.as_str());
    let long = "x".repeat(10_000);
    for name in HOSTILE.into_iter().chain([long.as_str()]) {
        match login(application, name, password).await {
            Ok(Decision::Refused(_)) => counts.hostile += 1,
            other => {
                let shown: String = name.escape_debug().take(40).collect();
                return Err(format!("the hostile name `{shown}` was not refused: {other:?}"));
            }
        }
    }
    Ok(())
}

/// What a case must try and doesn't.
fn gaps(recipe: &Recipe, case: &Case) -> Vec<String> {
    let tried = |expect: &str| case.tries.iter().any(|attempt| attempt.expect == expect);
    let mut wanted = vec!["accepted", "bad-secret", "unknown-subject"];
    for refuse in recipe.people.iter().flat_map(|person| &person.refuse) {
        wanted.push(match refuse.answer {
            RefuseAs::Disabled => "disabled",
            RefuseAs::Banned => "banned",
            RefuseAs::Pending => "pending",
            RefuseAs::Locked => "locked",
            RefuseAs::ExpiredPassword => "expired-password",
            RefuseAs::NotPermitted => "not-permitted",
            RefuseAs::UnknownSubject => "unknown-subject",
        });
    }
    wanted.sort_unstable();
    wanted.dedup();
    wanted.retain(|expect| !tried(expect));
    wanted.into_iter().map(|expect| format!("no try expects `{expect}`")).collect()
}

/// Every scheme must let somebody in all by itself.
async fn unproved_schemes(recipe: &Recipe, case: &Case, url: &str) -> Vec<String> {
    let mut unproved = Vec::new();
    for at in 0..recipe.people.len() {
        let person = &recipe.people[at];
        for word in &person.schemes {
            let mut only = recipe.clone();
            only.people[at].schemes = vec![word.clone()];
            only.people[at].select = None;
            if !proved(&only, case, url, at).await {
                unproved.push(format!("no try is accepted by the scheme `{word}` of person[{at}] alone"));
            }
        }
        for (value, words) in person.select.iter().flat_map(|select| &select.schemes) {
            for word in words {
                let mut only = recipe.clone();
                only.people[at].schemes = Vec::new();
                let select = only.people[at].select.as_mut().expect("it is there");
                select.schemes.retain(|known, _| known == value);
                select.schemes.values_mut().for_each(|list| *list = vec![word.clone()]);
                if !proved(&only, case, url, at).await {
                    unproved.push(format!(
                        "no try is accepted by the scheme `{word}` of person[{at}] for `{value}`"
                    ));
                }
            }
        }
    }
    unproved
}

async fn proved(recipe: &Recipe, case: &Case, url: &str, person: usize) -> bool {
    let Ok(application) = build(recipe.clone(), case, url) else { return false };
    let kind = recipe.people.get(person).and_then(|person| person.kind.clone());
    for attempt in case.tries.iter().filter(|attempt| attempt.expect == "accepted" && attempt.is_on("sqlite"))
    {
        if let Ok(Decision::Accepted { identity, .. }) =
            login(&application, &attempt.login, &attempt.password).await
        {
            let subject = identity.subject.as_str();
            let of_kind = recipe.people.len() == 1
                || kind.as_ref().is_some_and(|kind| subject.starts_with(&format!("{kind}:")));
            if of_kind {
                return true;
            }
        }
    }
    false
}

/// The folder with `recipes` and `tests/catalogue`.
pub fn root() -> std::path::PathBuf {
    std::env::var_os("PORTICO_CATALOGUE")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).to_owned(), Into::into)
}
