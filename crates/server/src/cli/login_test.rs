use std::io::{BufRead, IsTerminal, Read};
use std::net::IpAddr;
use std::sync::Arc;

use clap::Args;
use portico_core::auth::{
    AuthContext, AuthError, Authenticator, Credentials, Decision, Explanation, ExternalIdentity, Guarded,
    NoObserver, SecretCookies,
};
use portico_core::front::FrontId;
use portico_core::ports::{Clock, SystemClock};
use portico_store::{OpenOptions, SqlStore};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::PorticoServer;
use crate::assembly::Surroundings;
use crate::cli::{ConfigArgs, EXIT_ERROR, EXIT_NO, EXIT_OK, EXIT_USAGE, answer, complain};
use crate::serve::{hash_pool, store_url};

/// Longest line of input, in bytes.
const MAX_LINE: u64 = 64 * 1024;

/// `portico login-test`: the password is read from standard input, one line.
#[derive(Debug, Args)]
pub(super) struct LoginTestArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Which `[authenticator.NAME]`.
    #[arg(long, value_name = "NAME")]
    authenticator: String,
    /// The login name.
    #[arg(long, required_unless_present_any = ["batch", "cookie"], conflicts_with = "batch")]
    login: Option<String>,
    /// The visitor's address; without it address bans are not tested.
    #[arg(long, value_name = "ADDR", conflicts_with = "batch")]
    ip: Option<IpAddr>,
    /// The visitor's browser.
    #[arg(long, value_name = "TEXT", conflicts_with = "batch")]
    user_agent: Option<String>,
    /// A cookie of the other application; no password is read then.
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "batch")]
    cookie: Vec<String>,
    /// Read one JSON object a line, `{"login","password"?,"ip"?,"user_agent"?,"cookies"?}`, and answer each with a line.
    #[arg(long)]
    batch: bool,
    /// Tell the steps on the way to the other system first, to standard error.
    #[arg(long, conflicts_with = "batch")]
    explain: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BatchLine {
    login: Option<String>,
    password: Option<String>,
    ip: Option<IpAddr>,
    user_agent: Option<String>,
    cookies: Option<std::collections::BTreeMap<String, String>>,
}

struct Trial {
    credentials: Credentials,
    ip: Option<IpAddr>,
    user_agent: Option<String>,
}

pub(super) async fn run(server: PorticoServer, args: &LoginTestArgs) -> u8 {
    let authenticator = match build(server, args).await {
        Ok(authenticator) => authenticator,
        Err(error) => {
            complain(&error);
            answer(&json!({ "decision": "error", "reason": "misconfigured" }).to_string());
            return EXIT_ERROR;
        }
    };
    if args.batch {
        return batch(&authenticator).await;
    }
    let trial = match single_trial(args) {
        Ok(trial) => trial,
        Err(Invalid::Usage(message)) => {
            complain(&message);
            return EXIT_USAGE;
        }
        Err(Invalid::Input(message)) => {
            complain(&message);
            answer(&invalid_input().to_string());
            return EXIT_ERROR;
        }
    };
    if args.explain {
        let Explanation { passed, failed } = authenticator.explain().await;
        for step in passed {
            complain(&step);
        }
        if let Some(error) = failed {
            complain(&error.full_text());
        }
    }
    let (result, status) = attempt(&authenticator, &trial).await;
    answer(&result.to_string());
    status
}

async fn build(server: PorticoServer, args: &LoginTestArgs) -> anyhow::Result<Guarded> {
    let config = args.config.load()?;
    let Some(section) = config.authenticator.get(&args.authenticator) else {
        let known = config.authenticator.keys().cloned().collect::<Vec<_>>().join(", ");
        anyhow::bail!("there is no [authenticator.{}] (there are: {known})", args.authenticator);
    };
    let mut registry = server;
    // Only native accounts need Portico's own database.
    let registry = if section.kind == portico_core::auth::Realm::NATIVE {
        let store = SqlStore::open_read_only(&store_url(&config), &OpenOptions::default()).await?;
        registry.registry_with(Arc::new(store))
    } else {
        std::mem::take(&mut registry.registry)
    };
    let surroundings = Surroundings {
        hash_pool: hash_pool(&config)?,
        clock: Arc::new(SystemClock),
        observer: Arc::new(NoObserver),
    };
    Ok(config.build_authenticator(&args.authenticator, section, &registry, &surroundings).await?)
}

enum Invalid {
    Usage(String),
    Input(String),
}

fn single_trial(args: &LoginTestArgs) -> Result<Trial, Invalid> {
    let credentials = if args.cookie.is_empty() {
        let login = args.login.clone().unwrap_or_default();
        Credentials::password(login, read_password()?)
    } else {
        let cookies: Result<SecretCookies, Invalid> = args
            .cookie
            .iter()
            .map(|cookie| {
                let pair = cookie.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
                pair.ok_or_else(|| Invalid::Usage("--cookie must be NAME=VALUE".into()))
            })
            .collect();
        Credentials::ExternalSession { cookies: cookies? }
    };
    Ok(Trial { credentials, ip: args.ip, user_agent: args.user_agent.clone() })
}

fn read_password() -> Result<String, Invalid> {
    if std::io::stdin().is_terminal() {
        return rpassword::prompt_password("Password: ").map_err(|error| Invalid::Input(error.to_string()));
    }
    let mut bytes = Vec::new();
    let mut input = std::io::stdin().lock().take(MAX_LINE);
    input
        .read_until(b'\n', &mut bytes)
        .map_err(|error| Invalid::Input(format!("standard input: {error}")))?;
    line_of(bytes).ok_or_else(|| Invalid::Input("the password is not valid UTF-8".into()))
}

/// A line without its line end.
fn line_of(mut bytes: Vec<u8>) -> Option<String> {
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
        if bytes.last() == Some(&b'\r') {
            bytes.pop();
        }
    }
    String::from_utf8(bytes).ok()
}

async fn batch(authenticator: &Guarded) -> u8 {
    let mut input = std::io::stdin().lock();
    loop {
        let mut bytes = Vec::new();
        match input.by_ref().take(MAX_LINE).read_until(b'\n', &mut bytes) {
            Ok(0) => return EXIT_OK,
            Ok(_) => {}
            Err(error) => {
                complain(&format!("standard input: {error}"));
                return EXIT_ERROR;
            }
        }
        let too_long =
            !bytes.ends_with(b"\n") && u64::try_from(bytes.len()).is_ok_and(|length| length == MAX_LINE);
        if too_long {
            let _ = input.skip_until(b'\n');
        }
        let trial = if too_long { None } else { line_of(bytes).as_deref().and_then(batch_trial) };
        let result = match trial {
            Some(trial) => attempt(authenticator, &trial).await.0,
            None => invalid_input(),
        };
        answer(&result.to_string());
    }
}

fn batch_trial(line: &str) -> Option<Trial> {
    let line: BatchLine = serde_json::from_str(line).ok()?;
    let credentials = match (line.login, line.password, line.cookies) {
        (Some(login), Some(password), None) => Credentials::password(login, password),
        (_, None, Some(cookies)) => Credentials::ExternalSession { cookies: cookies.into_iter().collect() },
        _ => return None,
    };
    Some(Trial { credentials, ip: line.ip, user_agent: line.user_agent })
}

async fn attempt(authenticator: &Guarded, trial: &Trial) -> (Value, u8) {
    // The adapters don't decide by the front; this one exists only here.
    let Ok(front) = FrontId::new("login-test") else { return (invalid_input(), EXIT_ERROR) };
    let cx = AuthContext::new(&front, SystemClock.now())
        .with_peer(trial.ip)
        .with_user_agent(trial.user_agent.as_deref());
    match authenticator.authenticate(&trial.credentials, &cx).await {
        Ok(Decision::Accepted { identity, .. }) => {
            (json!({ "decision": "accepted", "identity": identity_json(&identity) }), EXIT_OK)
        }
        Ok(Decision::Continue(_)) => {
            (json!({ "decision": "refused", "reason": "challenge-required" }), EXIT_NO)
        }
        Ok(Decision::Refused(refusal)) => {
            (json!({ "decision": "refused", "reason": refusal.as_str() }), EXIT_NO)
        }
        Err(error) => (json!({ "decision": "error", "reason": reason_of(&error) }), EXIT_ERROR),
    }
}

fn reason_of(error: &AuthError) -> &'static str {
    error.as_str()
}

fn invalid_input() -> Value {
    json!({ "decision": "error", "reason": "invalid-input" })
}

fn identity_json(identity: &ExternalIdentity) -> Value {
    let groups = identity.groups.as_ref().map(|groups| {
        let entry = |group: &portico_core::auth::ExternalGroup| {
            json!({ "id": group.id, "name": group.name, "leader": group.leader })
        };
        groups.iter().map(entry).collect::<Vec<_>>()
    });
    let write = identity
        .restrictions
        .write
        .as_ref()
        .map(|write| json!({ "reason": write.reason, "until": write.until() }));
    json!({
        "subject": identity.subject,
        "login": identity.login,
        "display_name": identity.shown_name(),
        "email": identity.email.as_ref().map(|email| &email.address),
        "email_verified": identity.email.as_ref().map(|email| email.verified),
        "groups": groups,
        "restrictions": { "write": write },
        "avatar": identity.avatar,
        "profile_url": identity.profile_url,
        "language": identity.language,
        "timezone": identity.timezone,
        "registered_at": identity.registered_at,
        "staff": identity.staff,
        "details": identity.details,
        "photo": identity.photo,
    })
}
