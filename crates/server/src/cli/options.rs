//! `portico options`: which options there are, what holds at a front, and why.

use std::fmt::Write as _;
use std::sync::Arc;

use clap::{Args, Subcommand};
use portico_core::account::fold_login;
use portico_core::auth::ExternalIdentity;
use portico_core::auth::{Authenticator, NoObserver, Realm, SubjectId};
use portico_core::front::{Explanation, Front, FrontId, Layer, OPTIONS, OptionInfo, OwnRoles, Through};
use portico_core::ports::{RoleStore, Store, SystemClock};
use portico_core::session::{Proof, Standing};
use portico_store::{OpenOptions, SqlStore};
use serde_json::{Value, json};

use crate::PorticoServer;
use crate::assembly::Surroundings;
use crate::central::{self, Tags};
use crate::cli::{ConfigArgs, EXIT_CONFIG, EXIT_ERROR, EXIT_NO, EXIT_OK, answer, complain};
use crate::config::Config;
use crate::serve::{hash_pool, store_url};

/// `portico options`
#[derive(Debug, Subcommand)]
pub(super) enum OptionsCommand {
    /// All options: what can be written, the default, and whether a role can override it.
    List(ListArgs),
    /// What holds at a front, and where it is set.
    Show(ShowArgs),
    /// What holds for a person at a front, and why.
    Explain(ExplainArgs),
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
    /// Print the list as a page of the manual.
    #[arg(long, hide = true)]
    markdown: bool,
}

#[derive(Debug, Args)]
pub(super) struct ShowArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The front's id.
    #[arg(long, value_name = "ID")]
    front: String,
    /// Only this option.
    #[arg(long, value_name = "NAME")]
    option: Option<String>,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    #[command(flatten)]
    show: ShowArgs,
    /// The person's login.
    #[arg(long, value_name = "LOGIN")]
    account: String,
    /// Where the person comes from, when several have the login: the name of the authenticator.
    #[arg(long, value_name = "NAME")]
    authenticator: Option<String>,
}

pub(super) async fn run(server: PorticoServer, command: OptionsCommand) -> u8 {
    let (show, who) = match command {
        OptionsCommand::List(args) => {
            list(&args);
            return EXIT_OK;
        }
        OptionsCommand::Show(args) => (args, None),
        OptionsCommand::Explain(args) => (args.show, Some((args.account, args.authenticator))),
    };
    if let Some(name) = &show.option
        && OptionInfo::named(name).is_none()
    {
        complain(&format!("there is no option `{name}`; `portico options list` names them all"));
        return EXIT_NO;
    }
    let mut config = match show.config.load() {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return EXIT_CONFIG;
        }
    };
    // Reading only: nothing is kept.
    if let Err(wrong) = central::load(&mut config, &Default::default(), &mut Tags::new()).await {
        complain(&wrong.join("\n"));
        return EXIT_CONFIG;
    }
    let outcome = explain(server, &config, &show, who.as_ref()).await;
    match outcome {
        Ok((explained, notes)) => {
            if show.json {
                answer(&json!({ "options": explained, "notes": notes }).to_string());
            } else {
                answer(as_text(&explained, &notes).trim_end());
            }
            EXIT_OK
        }
        Err(error) => {
            complain(&error);
            EXIT_ERROR
        }
    }
}

type Explained = (Vec<Explanation>, Vec<String>);

async fn explain(
    server: PorticoServer,
    config: &Config,
    show: &ShowArgs,
    who: Option<&(String, Option<String>)>,
) -> anyhow::Result<Explained> {
    let store = SqlStore::open_read_only(&store_url(config), &OpenOptions::default()).await;
    let users: Arc<dyn portico_core::ports::NativeUsers> = match &store {
        Ok(store) => Arc::new(store.clone()),
        Err(_) => super::check::no_users(),
    };
    let surroundings = Surroundings {
        hash_pool: hash_pool(config)?,
        clock: Arc::new(SystemClock),
        observer: Arc::new(NoObserver),
    };
    let authenticators = config.build_authenticators(&server.registry_with(users), &surroundings).await?;
    let fronts = config.build_fronts(&authenticators)?;
    let id = FrontId::new(&show.front).ok().and_then(|id| fronts.get(&id));
    let front = id.ok_or_else(|| {
        let known = fronts.iter().map(|front| front.id.to_string()).collect::<Vec<_>>().join(", ");
        anyhow::anyhow!("there is no front `{}` (there are: {known})", show.front)
    })?;
    let name = show.option.as_deref();
    let Some((login, authenticator)) = who else { return Ok((front.explain_itself(name), Vec::new())) };
    let mut notes = Vec::new();
    if let Err(error) = &store {
        notes.push(format!("Portico's database can't be read, so nothing is known of the account: {error}"));
    }
    let person = person(&front, store.ok().as_ref(), login, authenticator.as_deref(), &mut notes).await?;
    let roles: Vec<String> =
        front.roles_of(&person.0, &person.1).iter().map(|held| held.role.name.clone()).collect();
    notes.insert(0, format!("roles: {}", if roles.is_empty() { "none".into() } else { roles.join(", ") }));
    Ok((front.explain(&person.0, &person.1, name), notes))
}

/// What is known of somebody: where they come from, their groups there, and the roles that administrators gave them.
async fn person(
    front: &Front,
    store: Option<&SqlStore>,
    login: &str,
    authenticator: Option<&str>,
    notes: &mut Vec<String>,
) -> anyhow::Result<(Standing, OwnRoles)> {
    let members = front.chain.members();
    let asked = match authenticator {
        None => None,
        Some(name) => Some(members.iter().find(|member| member.name() == name).ok_or_else(|| {
            anyhow::anyhow!("`{name}` is not one of the authenticators of the front `{}`", front.id)
        })?),
    };
    let mut known = match store {
        Some(store) => store.members_by_login(&front.community, &fold_login(login)).await?,
        None => Vec::new(),
    };
    known.retain(|member| match asked {
        Some(asked) => *asked.realm() == member.account.realm,
        None => members.iter().any(|one| *one.realm() == member.account.realm),
    });
    if known.len() > 1 {
        let realms: Vec<String> = known.iter().map(|member| member.account.realm.to_string()).collect();
        anyhow::bail!(
            "several people have the login `{login}` (realms {}): add --authenticator",
            realms.join(", ")
        );
    }
    let (realm, subject, granted) = match known.pop() {
        Some(member) => {
            let account = member.account;
            let granted = match store {
                Some(store) => store.granted_roles(&front.community, account.id).await?,
                None => Vec::new(),
            };
            (account.realm, account.subject, granted)
        }
        None => {
            notes
                .push(format!("nobody with the login `{login}` has entered yet: their groups are not known"));
            let realm = asked.or(members.first()).map(|member| member.realm().clone());
            let realm = realm.map_or_else(|| Realm::new(Realm::OWN), Ok)?;
            (realm, SubjectId::new("unknown")?, Vec::new())
        }
    };
    let mut identity = ExternalIdentity::new(subject.clone(), login);
    let by = members.iter().find(|member| *member.realm() == realm);
    if let Some(directory) = by.and_then(|member| member.directory()) {
        match directory.lookup(std::slice::from_ref(&subject)).await {
            Ok(entries) => {
                identity.groups = entries.into_iter().next().and_then(|entry| entry.identity.groups)
            }
            Err(error) => notes.push(format!("their groups can't be asked for: {}", error.full_text())),
        }
    }
    let name = by.map(|member| member.name().to_owned()).unwrap_or_default();
    let standing = Standing::of(&name, &realm, Proof::Password, &identity);
    Ok((standing, OwnRoles { login: login.to_owned(), granted }))
}

fn as_text(explained: &[Explanation], notes: &[String]) -> String {
    let mut text = String::new();
    for note in notes {
        let _ = writeln!(text, "{note}");
    }
    for explanation in explained {
        let by = explanation.said.first().map(|(layer, _)| layer_text(layer)).unwrap_or_default();
        let _ = writeln!(text, "{} = {}  ({by})", explanation.option, explanation.value);
        for (layer, value) in explanation.said.iter().skip(1) {
            let _ = writeln!(text, "    {}: {value}", layer_text(layer));
        }
    }
    text
}

fn layer_text(layer: &Layer) -> String {
    match layer {
        Layer::Role { role, through } => {
            let through = match through {
                Through::Administrator => "given by an administrator".into(),
                Through::Login { login } => format!("given to the login `{login}`"),
                Through::Group { group } => format!("through the group `{group}`"),
                Through::DefaultRole => "the front's default role".into(),
            };
            format!("role `{role}`, {through}")
        }
        Layer::Front => "the front".into(),
        Layer::Central { url } => url.clone(),
        Layer::Default => "default".into(),
    }
}

fn list(args: &ListArgs) {
    if args.json {
        let rows: Vec<Value> = OPTIONS
            .iter()
            .map(|option| {
                json!({ "section": option.section, "name": option.name, "form": option.form, "range": (option.range)(),
                        "default": (option.default)(), "by_role": option.by_role, "doc": option.doc })
            })
            .collect();
        return answer(&Value::Array(rows).to_string());
    }
    if args.markdown {
        return answer(markdown().trim_end());
    }
    for option in OPTIONS {
        let role = if option.by_role { "  (roles too)" } else { "" };
        answer(&format!(
            "{} = {}{role}\n    {} {}",
            option.name,
            (option.default)(),
            option.doc,
            form(option)
        ));
    }
}

fn form(option: &OptionInfo) -> String {
    match (option.range)() {
        Some(range) => format!("{}; {range}.", capital(option.form)),
        None => format!("{}.", capital(option.form)),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The page `docs/options.md`.
fn markdown() -> String {
    let mut page = String::from(
        "# Options\n\nMade by `cargo xtask gen` from the table of options; `portico options list` says the same.\n\n\
         An option is set in `[front.options]`, on a [central server](configuration.md#options-from-a-central-server), or, \
         where the column says so, in a [role](configuration.md#roles). `portico options explain` tells what holds for a \
         person, and why.\n",
    );
    let mut section = "";
    for option in OPTIONS {
        if option.section != section {
            section = option.section;
            let _ = write!(
                page,
                "\n## {}\n\n| option | default | roles | meaning | what can be written |\n|---|---|---|---|---|\n",
                capital(section)
            );
        }
        let role = if option.by_role { "yes" } else { "" };
        let _ = writeln!(
            page,
            "| `{}` | `{}` | {role} | {} | {} |",
            option.name,
            (option.default)(),
            option.doc,
            form(option).replace('|', "\\|")
        );
    }
    page
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_the_manual_is_up_to_date() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/options.md");
        let page = std::fs::read_to_string(path).unwrap().replace('\r', "");
        assert_eq!(page.trim_end(), markdown().trim_end(), "run `cargo xtask gen`");
    }
}
