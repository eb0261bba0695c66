//! A database account that may only read: proposed, never made by Portico.

use std::fmt::Write;

use portico_auth_sql::DatabaseKind;
use secrecy::{ExposeSecret, SecretString};

use super::InitError;
use super::plan::{Database, Plan};
use super::source::Source;
use crate::cli::apps::App;

/// The statements for an account of Portico's own, and its address.
#[derive(Debug)]
pub(super) struct Proposal {
    user: String,
    password: SecretString,
    /// With `{password}` for the password.
    statements: Vec<String>,
    address: SecretString,
    /// The application's own configuration file, where that is what the authenticator reads now.
    reads_own_file: bool,
}

impl Proposal {
    /// The proposal for this application; none where the database has no accounts.
    pub(super) fn of(source: &Source<'_>, plan: &Plan) -> Result<Option<Self>, InitError> {
        let Some(database) = plan.database.as_ref().filter(|database| database.kind != DatabaseKind::Sqlite)
        else {
            return Ok(None);
        };
        // Old servers take 16 letters.
        let name: String = plan.name.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        let user = format!("portico_{name}");
        let password = random_password().map_err(InitError::Failed)?;
        let local = is_local(database.url.expose_secret());
        let account = match database.kind {
            DatabaseKind::Mysql => format!("{user}@{}", if local { "localhost" } else { "%" }),
            _ => user.clone(),
        };
        let mut statements = Vec::new();
        match database.kind {
            DatabaseKind::Mysql => {
                let (name, host) = account.split_once('@').unwrap_or((&user, "localhost"));
                statements.push(format!("CREATE USER '{name}'@'{host}' IDENTIFIED BY '{{password}}'"));
            }
            _ => {
                statements.push(format!("CREATE ROLE \"{user}\" LOGIN PASSWORD '{{password}}'"));
                statements.push(format!("GRANT USAGE ON SCHEMA public TO \"{user}\""));
            }
        }
        statements.extend(grants(source.app, database, &account));
        let address =
            SecretString::from(with_account(database.url.expose_secret(), &user, password.expose_secret()));
        let reads_own_file = !plan.secrets.iter().any(|(key, _, _)| *key == "database_url");
        Ok(Some(Self { user, password, statements, address, reads_own_file }))
    }

    fn sql(&self, password: &str) -> String {
        self.statements.iter().fold(String::new(), |mut text, statement| {
            let _ = writeln!(text, "  {};", statement.replace("{password}", password));
            text
        })
    }

    /// Without the password.
    pub(super) fn preview(&self) -> String {
        format!("\n# Portico needs no more than this account, {}:\n{}", self.user, self.sql("…"))
    }

    /// The statements, and where the new address goes.
    pub(super) fn text(&self, plan: &Plan) -> String {
        let now = "Portico now uses the application's own database account, which may also write. Better give it one that may \
                   only read what a login needs. As administrator of the database:";
        let file = format!("{}.database-url", plan.name);
        let then = if self.reads_own_file {
            format!(
                "Then replace `config_php` by database_url_file = \"{file}\" (and table_prefix), and write this line into {file} (for \
                 Portico's user alone, mode 600):"
            )
        } else {
            format!("Then replace the line in {file} by:")
        };
        let missing = "A statement that names a column which your version doesn't have fails; leave it out.";
        format!(
            "\n{now}\n\n{}\n{missing} {then}\n\n  {}\n",
            self.sql(self.password.expose_secret()),
            self.address.expose_secret()
        )
    }
}

fn grants(app: App<'_>, database: &Database, account: &str) -> Vec<String> {
    match app {
        App::Recipe(recipe) => recipe.grants(&database.prefix, &database.name, account, database.kind),
        App::Own(kind) => {
            let tables = kind.tables_with(database.prefix.as_str());
            let (user, host) = account.split_once('@').unwrap_or((account, "localhost"));
            tables
                .iter()
                .map(|table| match database.kind {
                    DatabaseKind::Mysql => {
                        let name = database.name.replace('`', "``");
                        format!("GRANT SELECT ON `{name}`.`{table}` TO '{user}'@'{host}'")
                    }
                    _ => format!("GRANT SELECT ON \"{table}\" TO \"{user}\""),
                })
                .collect()
        }
    }
}

/// Whether the server is on this computer.
fn is_local(url: &str) -> bool {
    let authority = url.split_once("://").map_or("", |(_, rest)| rest).split('/').next().unwrap_or_default();
    let server = authority.rsplit('@').next().unwrap_or_default();
    let host = server.strip_prefix('[').and_then(|v6| v6.split(']').next());
    let host = host.unwrap_or_else(|| server.split(':').next().unwrap_or_default());
    url.contains("socket=")
        || matches!(host, "" | "localhost" | "127.0.0.1" | "::1")
        || host.starts_with("%2F")
}

/// The address for another account.
fn with_account(url: &str, user: &str, password: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("mysql", url));
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let server = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{user}:{password}@{server}/{path}")
}

/// 24 letters and digits: 120 bits.
fn random_password() -> Result<SecretString, String> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut bytes = [0_u8; 24];
    getrandom::fill(&mut bytes).map_err(|error| format!("no random bytes: {error}"))?;
    let text: String = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    Ok(SecretString::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_gets_another_account() {
        assert_eq!(
            with_account("mysql://u:p@h:3306/d?socket=/s", "r", "x"),
            "mysql://r:x@h:3306/d?socket=/s"
        );
        assert_eq!(with_account("postgres://h/d", "r", "x"), "postgres://r:x@h/d");
    }

    #[test]
    fn this_computer_has_several_names() {
        for url in [
            "mysql://u:p@localhost/d",
            "mysql://127.0.0.1:3306/d",
            "mysql://u@[::1]:1/d",
            "mysql://u@h/d?socket=/s",
        ] {
            assert!(is_local(url), "{url}");
        }
        assert!(!is_local("mysql://u:p@db.example.org/d"));
    }
}
