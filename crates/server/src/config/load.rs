use std::path::Path;

use serde_json::Value;

use crate::config::{Config, ConfigError, environment, fixed, options, secrets};

impl Config {
    /// Reads the file at `path`, overridden by the environment, with the secrets that stand in files of their own.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn load(
        path: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| ConfigError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(&text, path, environment)
    }

    /// The same from a text that stands for the file at `path`.
    ///
    /// # Errors
    /// [`ConfigError`]
    pub fn parse(
        text: &str,
        path: &Path,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| ConfigError::Syntax {
            path: path.to_owned(),
            message: error.to_string().trim_end().to_owned(),
        })?;
        let mut root = serde_json::to_value(table)
            .map_err(|error| ConfigError::Syntax { path: path.to_owned(), message: error.to_string() })?;
        environment::apply(&mut root, environment)?;
        let base_dir =
            path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        secrets::read_files(&mut root, base_dir, path)?;
        let mistakes = options::mistakes(&root, path);
        if !mistakes.is_empty() {
            return Err(ConfigError::Several(mistakes));
        }
        let fixed = fixed::digests(&root);
        let mut config: Self = typed(root, path)?;
        config.base_dir = base_dir.to_owned();
        config.path = path.to_owned();
        config.fixed = fixed;
        Ok(config)
    }
}

fn typed(root: Value, path: &Path) -> Result<Config, ConfigError> {
    serde_path_to_error::deserialize(root).map_err(|error| {
        let key = error.path().to_string();
        ConfigError::Key { path: path.to_owned(), key, message: error.into_inner().to_string() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    const SAMPLE: &str = r#"
        [server]
        listen = "127.0.0.1:9000"
        [authenticator.forum]
        kind = "phpbb"
        database_url = "sqlite://forum.db"
        [[front]]
        path = "/im-phpbb/"
        authenticators = ["forum"]
        mode = "open-community"
        [front.options]
        max_contacts = 3
    "#;

    fn parse(text: &str, environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::parse(text, Path::new("portico.toml"), environment)
    }

    #[test]
    fn an_unknown_key_names_the_file_the_key_and_the_alternatives() {
        let error = parse("[server]\nlissten = \"x\"", &[]).unwrap_err().to_string();
        assert!(error.starts_with("portico.toml: server"), "{error}");
        assert!(error.contains("unknown field `lissten`") && error.contains("`listen`"), "{error}");
    }

    #[test]
    fn a_syntax_error_says_the_line() {
        let error = parse("[server\nlisten=1", &[]).unwrap_err().to_string();
        assert!(error.contains("line 1"), "{error}");
    }

    #[test]
    fn the_environment_overrides_the_file() {
        let config = parse(
            SAMPLE,
            &[
                ("PORTICO_SERVER__LISTEN", "127.0.0.1:7000"),
                ("PORTICO_FRONT__IM_PHPBB__MODE", "normal"),
                ("PORTICO_FRONT__IM_PHPBB__OPTIONS__MAX_CONTACTS", "20"),
                ("PORTICO_AUTHENTICATOR__FORUM__TABLE_PREFIX", "x_"),
                ("PORTICO_AUTHENTICATOR__FORUM__LABEL", "12"),
                ("PORTICO_BIN", "not a key"),
            ],
        )
        .unwrap();
        assert_eq!(config.server.listen.port(), 7000);
        assert_eq!(config.front[0].mode, portico_core::policy::Mode::Normal);
        assert_eq!(config.front[0].options.max_contacts, Some(portico_core::front::Limit::AtMost(20)));
        assert_eq!(config.authenticator["forum"].options["table_prefix"], "x_");
        assert_eq!(config.authenticator["forum"].label.as_deref(), Some("12"));
    }

    #[test]
    fn an_environment_variable_for_no_key_is_an_error() {
        for name in
            ["PORTICO_FRONT__NOWHERE__MODE", "PORTICO_AUTHENTICATOR__NOBODY__KIND", "PORTICO_SERVER__"]
        {
            assert!(matches!(parse(SAMPLE, &[(name, "x")]), Err(ConfigError::Environment { .. })), "{name}");
        }
        assert!(parse(SAMPLE, &[("PORTICO_SERVER__LISSTEN", "x")]).is_err());
    }

    #[test]
    fn every_example_is_understood() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples");
        let mut examples = 0;
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let text = std::fs::read_to_string(&path).unwrap();
                Config::parse(&text, &path, []).unwrap_or_else(|error| panic!("{error}"));
                examples += 1;
            }
        }
        assert!(examples >= 3, "{examples}");
    }

    #[test]
    fn secrets_may_stand_in_files_of_their_own() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("dsn"), "sqlite://secret.db\n").unwrap();
        let path = folder.path().join("portico.toml");
        let config = Config::parse("[server]\ndatabase_url_file = \"dsn\"", &path, []).unwrap();
        assert_eq!(config.server.database_url.expose_secret(), "sqlite://secret.db");
        let both = "[server]\ndatabase_url_file = \"dsn\"\ndatabase_url = \"sqlite://x\"";
        let error = Config::parse(both, &path, []).unwrap_err().to_string();
        assert!(error.contains("database_url_file") && error.contains("not both"), "{error}");
    }
}
