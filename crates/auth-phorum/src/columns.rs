//! Every table and column that is ever read, by version: the grants are made of them.

use portico_auth_sql::{DatabaseKind, Dialect, InvalidPrefix, TablePrefix};

use crate::forum::{BAN_COLUMNS, MESSAGE_COLUMNS, SETTING_COLUMNS};
use crate::schema::{SESSION_COLUMNS, SESSION_COLUMNS_5_1};
use crate::{group, user};

/// Why no grants can be listed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantsError {
    /// A version that Portico doesn't know.
    #[error("Phorum {0:?} is unknown; expected 5.0, 5.1, 5.2 or 6.0")]
    Version(String),
    /// The prefix is wrong.
    #[error("{0} (without the final underscore, which Phorum adds itself)")]
    Prefix(#[from] InvalidPrefix),
}

/// The columns of `users` that a version has.
fn of_users(version: &str) -> Option<Vec<&'static str>> {
    let mut columns = user::COLUMNS.to_vec();
    match version.get(..3)? {
        "5.0" => {}
        "5.1" => {
            columns.extend(["user_language", "tz_offset", "is_dst"]);
            columns.extend(SESSION_COLUMNS_5_1);
        }
        "5.2" | "6.0" => {
            columns.extend(user::LATER_COLUMNS);
            columns.extend(SESSION_COLUMNS);
        }
        _ => return None,
    }
    Some(columns)
}

/// The statements, without `;`, that let `user` read all that Portico ever reads of a Phorum, and nothing else: `SELECT`
/// on named columns of the tables of this `version` (`5.0`, `5.1`, `5.2`, `6.0`). `prefix` is without its final underscore.
///
/// On MySQL and MariaDB `user` is a name at `localhost`, or `name@host`. SQLite has no users: there is nothing to grant.
///
/// # Errors
/// [`GrantsError`]: an unknown version, or a prefix with other characters than letters, digits and `_`.
pub fn grants(
    version: &str,
    prefix: &str,
    database: &str,
    user: &str,
    kind: DatabaseKind,
) -> Result<Vec<String>, GrantsError> {
    let users = of_users(version).ok_or_else(|| GrantsError::Version(version.to_owned()))?;
    let prefix = TablePrefix::new(&format!("{prefix}_"))?;
    let mut posts =
        vec!["message_id", "forum_id", "thread", "parent_id", "author", "subject", "status", "datestamp"];
    if !version.starts_with("5.0") && !version.starts_with("5.1") {
        posts.push("moved");
    }
    let tables: Vec<(&str, Vec<&str>)> = vec![
        ("users", users),
        ("settings", SETTING_COLUMNS.to_vec()),
        ("groups", group::COLUMNS.to_vec()),
        ("user_group_xref", group::MEMBER_COLUMNS.to_vec()),
        ("banlists", BAN_COLUMNS.to_vec()),
        ("pm_xref", MESSAGE_COLUMNS.to_vec()),
        ("forums", vec!["forum_id", "name", "active", "folder_flag", "pub_perms", "reg_perms"]),
        ("forum_group_xref", vec!["forum_id", "group_id", "permission"]),
        ("messages", posts),
    ];
    let dialect = Dialect::of(kind);
    let statement = |(table, columns): (&str, Vec<&str>)| {
        let columns: Vec<String> = columns.iter().map(|column| dialect.identifier(column)).collect();
        let (columns, table) = (columns.join(", "), dialect.table(&prefix, table));
        match kind {
            DatabaseKind::Sqlite => None,
            DatabaseKind::Postgres => {
                Some(format!("GRANT SELECT ({columns}) ON {table} TO {}", dialect.identifier(user)))
            }
            DatabaseKind::Mysql => {
                let (name, host) = user.rsplit_once('@').unwrap_or((user, "localhost"));
                let quote = |text: &str| {
                    format!("'{}'", text.trim_matches('\'').replace('\\', "\\\\").replace('\'', "''"))
                };
                let database = dialect.identifier(database);
                Some(format!(
                    "GRANT SELECT ({columns}) ON {database}.{table} TO {}@{}",
                    quote(name),
                    quote(host)
                ))
            }
        }
    };
    Ok(tables.into_iter().filter_map(statement).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grants_name_columns_and_quote_names() {
        let mysql = grants("6.0", "phorum", "forum", "portico", DatabaseKind::Mysql).unwrap();
        assert!(mysql[0].starts_with("GRANT SELECT (`user_id`, `username`, `password`"), "{}", mysql[0]);
        assert!(mysql[0].ends_with("ON `forum`.`phorum_users` TO 'portico'@'localhost'"), "{}", mysql[0]);
        let postgres = grants("5.1", "b", "forum", "po\"rtico", DatabaseKind::Postgres).unwrap();
        assert!(postgres[0].contains("\"cookie_sessid_lt\"") && postgres[0].ends_with("\"po\"\"rtico\""));
        assert!(grants("5.2.23", "b", "f", "u", DatabaseKind::Sqlite).unwrap().is_empty());
    }

    #[test]
    fn an_unknown_version_or_a_hostile_prefix_is_refused() {
        assert!(matches!(grants("3.4", "p", "f", "u", DatabaseKind::Mysql), Err(GrantsError::Version(_))));
        assert!(matches!(grants("6.0", "p`", "f", "u", DatabaseKind::Mysql), Err(GrantsError::Prefix(_))));
    }
}
