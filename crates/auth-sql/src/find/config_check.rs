//! What can be wrong with a `[config]` beyond its types.

use crate::php_config;
use crate::recipe::{AppConfig, ConfigFormat};

/// A mistake in a `[config]`: which key, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigMistake {
    /// The key: `host`.
    pub key: &'static str,
    /// What is wrong, and what would be right.
    pub what: String,
}

/// Everything that is wrong with a `[config]`.
pub fn config_mistakes(config: &AppConfig) -> Vec<ConfigMistake> {
    let mut mistakes = Vec::new();
    let mut say = |key, what: &str| mistakes.push(ConfigMistake { key, what: what.to_owned() });
    if config.file.is_empty() {
        say("file", "expected at least one path from the application's folder");
    }
    for what in config.file.iter().filter_map(|path| wrong_path(path)) {
        say("file", what);
    }
    for (key, files) in [("marker_files", &config.marker_files), ("unless_files", &config.unless_files)] {
        if files.iter().any(|path| path.contains('*') || wrong_path(path).is_some()) {
            say(key, "expected paths from the application's folder, without `*`");
        }
    }
    for (key, texts) in [("markers", &config.markers), ("unless_markers", &config.unless_markers)] {
        if texts.iter().any(String::is_empty) {
            say(key, "an empty text occurs everywhere");
        }
    }
    if config.database.is_empty() && config.url.is_empty() && config.sqlite.is_empty() {
        say("database", "expected `database`, `url` or `sqlite`: without one of them nothing can be found");
    }
    for (key, names) in names(config) {
        for name in names.iter().filter(|name| !name.starts_with('=')) {
            if let Err(what) = check_name(config.format, name) {
                say(key, &what);
            }
        }
    }
    mistakes
}

/// The keys that name values of the file.
fn names(config: &AppConfig) -> [(&'static str, &[String]); 12] {
    [
        ("host", &config.host),
        ("port", &config.port),
        ("socket", &config.socket),
        ("database", &config.database),
        ("user", &config.user),
        ("password", &config.password),
        ("prefix", &config.prefix),
        ("type", &config.database_type),
        ("url", &config.url),
        ("charset", &config.charset),
        ("site_key", &config.site_key),
        ("base_url", &config.base_url),
    ]
}

fn check_name(format: ConfigFormat, name: &str) -> Result<(), String> {
    match format {
        ConfigFormat::Php => php_config::check_key(name),
        _ if name.is_empty() => Err("expected the name of a value".to_owned()),
        _ => Ok(()),
    }
}

fn wrong_path(path: &str) -> Option<&'static str> {
    let mut rest = path;
    while let Some(inner) = rest.strip_prefix("../") {
        rest = inner;
    }
    if path.starts_with('/') || path.contains('\\') {
        return Some("expected a path from the application's folder, with `/`");
    }
    let plain = rest.split('/').all(|part| !matches!(part, "" | "." | "..") && part.matches('*').count() < 2);
    (!plain).then_some(
        "expected names between the `/`, each with one `*` at most; `../` belongs to the beginning",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(rest: &str) -> AppConfig {
        toml::from_str(&format!("format = \"php\"\n{rest}")).unwrap()
    }

    #[test]
    fn mistakes_name_their_key() {
        for (text, key) in [
            ("file = []\ndatabase = \"$d\"", "file"),
            ("file = \"/etc/passwd\"\ndatabase = \"$d\"", "file"),
            ("file = \"a/../b\"\ndatabase = \"$d\"", "file"),
            ("file = \"..\"\ndatabase = \"$d\"", "file"),
            ("file = \"a**b\"\ndatabase = \"$d\"", "file"),
            ("file = \"a\"", "database"),
            ("file = \"a\"\ndatabase = \"$d\"\nhost = \"not a key\"", "host"),
            ("file = \"a\"\ndatabase = \"$d\"\nmarkers = \"\"", "markers"),
            ("file = \"a\"\ndatabase = \"$d\"\nmarker_files = \"x*\"", "marker_files"),
            ("file = \"a\"\ndatabase = \"$d\"\nunless_files = \"/x\"", "unless_files"),
            ("file = \"a\"\ndatabase = \"$d\"\nunless_markers = \"\"", "unless_markers"),
        ] {
            let mistakes = config_mistakes(&config(text));
            assert_eq!(mistakes.iter().map(|mistake| mistake.key).collect::<Vec<_>>(), [key], "{text}");
        }
        for fine in ["../wp-config.php", "conf/*.ini", "sites/*/settings.php", ".env"] {
            let config = config(&format!("file = \"{fine}\"\ndatabase = [\"$d['a']->b\", \"A_B\", \"C.d\"]"));
            assert_eq!(config_mistakes(&config), [], "{fine}");
        }
    }
}
