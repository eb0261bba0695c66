//! Kinds of authenticators that have code of their own instead of a recipe.

use portico_auth_sql::recipe::{AppConfig, Category, Confidence, ConfigFormat};

/// An adapter with code of its own.
#[derive(Debug)]
pub(in crate::cli) struct OwnKind {
    /// The word of `kind = "…"`.
    pub(in crate::cli) id: &'static str,
    pub(in crate::cli) name: &'static str,
    pub(in crate::cli) category: Category,
    pub(in crate::cli) versions: &'static str,
    pub(in crate::cli) confidence: Confidence,
    /// Where its people are.
    pub(in crate::cli) databases: &'static [&'static str],
    /// Other words that people look for.
    pub(in crate::cli) aliases: &'static [&'static str],
    /// What a person must know.
    pub(in crate::cli) notes: &'static [&'static str],
    /// The section of the configuration.
    pub(in crate::cli) example: &'static str,
    /// The tables that it reads, with `*` for the prefix.
    pub(in crate::cli) tables: &'static [&'static str],
    /// The usual prefix of its tables.
    pub(in crate::cli) prefix: &'static str,
    /// Its manual, from the folder `docs`.
    pub(in crate::cli) manual: &'static str,
}

/// All of them.
pub(in crate::cli) static KINDS: [OwnKind; 4] = [
    OwnKind {
        id: "native",
        name: "Portico's own accounts",
        category: Category::Other,
        versions: "this one",
        confidence: Confidence::High,
        databases: &["Portico's own"],
        aliases: &["portico"],
        notes: &["Accounts are made by a form, by the first login, or by `portico admin create`."],
        example: "[authenticator.native]\nkind = \"native\"\n",
        tables: &[],
        prefix: "",
        manual: "../crates/auth-native/README.md",
    },
    OwnKind {
        id: "phpbb",
        name: "phpBB",
        category: Category::Forum,
        versions: "2.0 to 3.3; 4.0 in its present state of development",
        confidence: Confidence::High,
        databases: &["mysql", "postgres", "sqlite"],
        aliases: &["phpbb2", "phpbb3", "phpbb4"],
        notes: &["The board's own `config.php` can be named instead of `database_url`."],
        example: "[authenticator.forum]\nkind = \"phpbb\"\nconfig_php = \"/var/www/forum/config.php\"\n",
        tables: &["*config", "*users", "*groups", "*user_group", "*banlist", "*login_attempts"],
        prefix: "phpbb_",
        manual: "../crates/auth-phpbb/README.md",
    },
    OwnKind {
        id: "phorum",
        name: "Phorum",
        category: Category::Forum,
        versions: "5.0 to 6.0",
        confidence: Confidence::High,
        databases: &["mysql", "postgres"],
        aliases: &["phorum5", "phorum6"],
        notes: &["The forum's own `include/db/config.php` can be named instead of `database_url`."],
        example: "[authenticator.forum]\nkind = \"phorum\"\nconfig_php = \"/var/www/phorum/include/db/config.php\"\n",
        tables: &["*_users", "*_settings", "*_groups", "*_user_group_xref", "*_banlists", "*_pm_xref"],
        prefix: "phorum",
        manual: "../crates/auth-phorum/README.md",
    },
    OwnKind {
        id: "ldap-windows",
        name: "LDAP, Active Directory and Windows domains",
        category: Category::Directory,
        versions: "LDAP 3; Active Directory, Samba 4, OpenLDAP",
        confidence: Confidence::High,
        databases: &["a directory"],
        aliases: &["ldap", "active-directory", "windows", "samba", "openldap"],
        notes: &["The directory checks the passwords itself."],
        example: "[authenticator.intranet]\nkind = \"ldap-windows\"\nurl = \"ldaps://dc1.example.org\"\n",
        tables: &[],
        prefix: "",
        manual: "configuration.md",
    },
];

impl OwnKind {
    /// How the application is recognised in its folder; nothing for those that have none.
    pub(in crate::cli) fn config(&self) -> Option<AppConfig> {
        let one = |text: &str| vec![text.to_owned()];
        let (file, marker, host, keys) = match self.id {
            "phpbb" => (
                "config.php",
                "PHPBB_INSTALLED",
                "$dbhost",
                ["$dbport", "$dbname", "$dbuser", "$dbpasswd", "$table_prefix", "$dbms"],
            ),
            "phorum" => (
                "include/db/config.php",
                "DBCONFIG",
                "$PHORUM['DBCONFIG']['server']",
                [
                    "$PHORUM['DBCONFIG']['port']",
                    "$PHORUM['DBCONFIG']['name']",
                    "$PHORUM['DBCONFIG']['user']",
                    "$PHORUM['DBCONFIG']['password']",
                    "$PHORUM['DBCONFIG']['table_prefix']",
                    "$PHORUM['DBCONFIG']['type']",
                ],
            ),
            _ => return None,
        };
        let [port, database, user, password, prefix, database_type] = keys.map(one);
        Some(AppConfig {
            file: one(file),
            format: ConfigFormat::Php,
            markers: one(marker),
            marker_files: Vec::new(),
            unless_markers: Vec::new(),
            unless_files: Vec::new(),
            host: one(host),
            port,
            socket: Vec::new(),
            database,
            user,
            password,
            prefix,
            database_type,
            url: Vec::new(),
            // phpBB names the file where others name the server.
            sqlite: if self.id == "phpbb" { one("{$dbhost}") } else { Vec::new() },
            charset: Vec::new(),
            site_key: Vec::new(),
            base_url: Vec::new(),
        })
    }

    /// The tables with a prefix.
    pub(in crate::cli) fn tables_with(&self, prefix: &str) -> Vec<String> {
        self.tables.iter().map(|table| table.replacen('*', prefix, 1)).collect()
    }
}
