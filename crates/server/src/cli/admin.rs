use std::io::{BufRead, IsTerminal};
use std::sync::Arc;

use awc::http::Method;
use clap::{Args, Subcommand};
use portico_auth_native::{AccountError, NativeAccounts, NativeConfig};
use portico_core::account::fold_login;
use portico_core::administration::{Actor, AuditEntry, Change};
use portico_core::auth::{Options, RegistrationForm};
use portico_core::ports::{AdministrationStore, Clock, NativeState, NativeUsers, StoreError, SystemClock};
use portico_store::{OpenError, OpenOptions, SqlStore};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli::administration::{self, Administration};
use crate::cli::running::Running;
use crate::cli::{ConfigArgs, EXIT_CONFIG, EXIT_ERROR, EXIT_NO, EXIT_OK, answer, complain};
use crate::config::Config;
use crate::serve::{hash_pool, store_url};

/// `portico admin`
#[derive(Debug, Subcommand)]
pub(super) enum AdminCommand {
    /// Portico's own accounts, with or without a running server.
    #[command(flatten)]
    Native(NativeCommand),
    /// Everything else is asked of the running server.
    #[command(flatten)]
    Running(Administration),
}

/// Portico's own accounts.
#[derive(Debug, Subcommand)]
pub(super) enum NativeCommand {
    /// Make an administrator. The password is asked for, or read from standard input.
    Create(CreateArgs),
    /// List Portico's own accounts.
    List(ListArgs),
    /// Approve an account that waits for it.
    Approve(ApproveArgs),
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The login name.
    #[arg(long)]
    login: String,
    /// The name to show.
    #[arg(long)]
    display_name: Option<String>,
    /// Make an ordinary account instead.
    #[arg(long)]
    ordinary: bool,
}

#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// Only those that wait for approval.
    #[arg(long)]
    pending: bool,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(super) struct ApproveArgs {
    #[command(flatten)]
    config: ConfigArgs,
    /// The login name.
    #[arg(long)]
    login: String,
}

/// What the command line wants done, by itself or by the running server.
#[derive(Serialize, Deserialize)]
#[serde(tag = "task", rename_all = "kebab-case", deny_unknown_fields)]
pub enum AdminTask {
    /// Make an account.
    Create {
        /// The login name.
        login: String,
        /// The password; it travels over the loopback only.
        password: String,
        /// The name to show.
        display_name: Option<String>,
        /// Whether it is an administrator.
        administrator: bool,
    },
    /// Let a waiting account in.
    Approve {
        /// The login name.
        login: String,
    },
}

impl AdminTask {
    /// Does it, with its line of the audit log in the same change. The answer is `{"done": "…"}` or `{"refused": "…"}`.
    pub async fn execute(self, store: &SqlStore, accounts: &NativeAccounts) -> Value {
        let done = match self {
            Self::Create { login, password, display_name, administrator } => {
                let form = RegistrationForm {
                    login,
                    password: SecretString::from(password),
                    display_name,
                    email: None,
                };
                create(store, accounts, &form, administrator).await
            }
            Self::Approve { login } => approve(store, &login).await,
        };
        match done {
            Ok(done) => json!({ "done": done }),
            Err(refused) => json!({ "refused": refused }),
        }
    }
}

fn line(action: &str, login: &str) -> AuditEntry {
    AuditEntry::new(SystemClock.now(), &Actor::command_line(), action).on("native-account", login)
}

async fn create(
    store: &SqlStore,
    accounts: &NativeAccounts,
    form: &RegistrationForm,
    administrator: bool,
) -> Result<String, String> {
    let new = accounts.new_account(form, administrator, SystemClock.now()).await;
    let new = new.map_err(|error| error.to_string())?;
    let (login, line) = (new.login.clone(), line("account-made", &form.login));
    match store.administer(&Change::MakeNative(new), line).await {
        Ok(_) => {
            let kind = if administrator { "administrator" } else { "account" };
            Ok(format!("{kind} `{login}` is ready"))
        }
        // Somebody was faster.
        Err(StoreError::Conflict(_)) => Err(AccountError::NameTaken.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

async fn approve(store: &SqlStore, login: &str) -> Result<String, String> {
    let user = store.find(&fold_login(login)).await.map_err(|error| error.to_string())?;
    let user = user.ok_or_else(|| format!("nobody has the login `{login}`"))?;
    if user.state != NativeState::Pending {
        return Err(format!("`{}` does not wait for approval: it is {}", user.login, user.state.as_str()));
    }
    let change = Change::SetNativeState(user.id, NativeState::Active);
    let done = store.administer(&change, line("account-approved", login)).await;
    done.map_err(|error| error.to_string())?;
    Ok(format!("`{}` may enter now", user.login))
}

impl Config {
    /// The rules of native accounts: those of the first authenticator of kind `native`, or the defaults.
    ///
    /// # Errors
    /// What is wrong with them, and where.
    pub(crate) fn native(&self) -> Result<NativeConfig, String> {
        let section = self.authenticator.iter().find(|(_, section)| section.kind == "native");
        let Some((name, section)) = section else { return Ok(NativeConfig::default()) };
        let path = format!("authenticator.{name}");
        let options = Options::new(path.as_str(), section.options.clone());
        let mut native: NativeConfig = options.parse().map_err(|error| error.to_string())?;
        native.validate().map_err(|error| format!("{path}.{error}"))?;
        native.read_files(&self.base_dir).map_err(|error| format!("{path}.{error}"))?;
        Ok(native)
    }
}

/// Does what `portico admin …` says.
pub(super) async fn run(command: AdminCommand) -> u8 {
    match command {
        AdminCommand::Native(command) => run_native(command).await,
        AdminCommand::Running(call) => administration::run(call).await,
    }
}

async fn run_native(command: NativeCommand) -> u8 {
    let config = match &command {
        NativeCommand::Create(args) => args.config.load(),
        NativeCommand::List(args) => args.config.load(),
        NativeCommand::Approve(args) => args.config.load(),
    };
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            complain(&error);
            return EXIT_CONFIG;
        }
    };
    let result = match command {
        NativeCommand::Create(args) => match read_new_password() {
            Ok(password) => {
                let CreateArgs { login, display_name, ordinary, .. } = args;
                perform(
                    &config,
                    AdminTask::Create { login, password, display_name, administrator: !ordinary },
                )
                .await
            }
            Err(error) => Err(error),
        },
        NativeCommand::Approve(args) => perform(&config, AdminTask::Approve { login: args.login }).await,
        NativeCommand::List(args) => return list(&config, &args).await,
    };
    match result {
        Ok(Ok(done)) => {
            answer(&done);
            EXIT_OK
        }
        Ok(Err(refused)) => {
            complain(&refused);
            EXIT_NO
        }
        Err(error) => {
            complain(&error);
            EXIT_ERROR
        }
    }
}

/// Does a task here when no server owns the database, else asks the server that does.
async fn perform(config: &Config, task: AdminTask) -> anyhow::Result<Result<String, String>> {
    let url = store_url(config);
    let native = config.native().map_err(anyhow::Error::msg)?;
    let value = match SqlStore::open(&url, &OpenOptions::default()).await {
        Ok(store) => {
            let accounts = NativeAccounts::new(Arc::new(store.clone()), hash_pool(config)?, native);
            let value = task.execute(&store, &accounts).await;
            store.close().await;
            value
        }
        Err(OpenError::InUse { .. }) => ask_server(config, &task).await?,
        Err(error) => return Err(error.into()),
    };
    let text = |key: &str| value[key].as_str().map(str::to_owned);
    match (text("done"), text("refused")) {
        (Some(done), _) => Ok(Ok(done)),
        (None, Some(refused)) => Ok(Err(refused)),
        (None, None) => anyhow::bail!("the server's answer can't be understood"),
    }
}

async fn ask_server(config: &Config, task: &AdminTask) -> anyhow::Result<Value> {
    let server = Running::of(config).await?;
    let sent = server.request(Method::POST, "/control/admin").send_json(task).await;
    let mut response = sent.map_err(|error| server.silent(&error))?;
    if !response.status().is_success() {
        return Err(server.strange(response.status()));
    }
    response.json().await.map_err(|error| anyhow::anyhow!("the server's answer can't be understood: {error}"))
}

async fn list(config: &Config, args: &ListArgs) -> u8 {
    let users = match SqlStore::open_read_only(&store_url(config), &OpenOptions::default()).await {
        Ok(store) => store.list().await.map_err(anyhow::Error::from),
        Err(error) => Err(error.into()),
    };
    let users = match users {
        Ok(users) => users,
        Err(error) => {
            complain(&error);
            return EXIT_ERROR;
        }
    };
    let shown: Vec<_> =
        users.iter().filter(|user| !args.pending || user.state == NativeState::Pending).collect();
    if args.json {
        let rows: Vec<Value> = shown
            .iter()
            .map(|user| {
                json!({ "login": user.login, "state": user.state.as_str(), "administrator": user.administrator,
                        "created_at": user.created_at })
            })
            .collect();
        answer(&Value::Array(rows).to_string());
    } else {
        for user in shown {
            let role = if user.administrator { "administrator" } else { "" };
            answer(format!("{:32}  {:8}  {role}", user.login, user.state.as_str()).trim_end());
        }
    }
    EXIT_OK
}

/// Asks twice at a terminal; else reads one line.
fn read_new_password() -> anyhow::Result<String> {
    if std::io::stdin().is_terminal() {
        let first = rpassword::prompt_password("Password: ")?;
        let second = rpassword::prompt_password("Again: ")?;
        anyhow::ensure!(first == second, "the passwords differ; nothing was made");
        return Ok(first);
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

// The password must not reach a log.
impl std::fmt::Debug for AdminTask {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AdminTask")
    }
}
