//! Applications are found by their configuration files, whatever those are written in.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;

use portico_auth_sql::DatabaseKind;
use portico_auth_sql::find::{FindError, Found, Links, Seeker, Values};
use portico_auth_sql::recipe::{AppConfig, ConfigFormat};
use secrecy::ExposeSecret;

fn value(format: ConfigFormat, text: &str, key: &str) -> Option<String> {
    Values::parse("file", text.as_bytes(), format).unwrap().get(key).unwrap()
}

fn error(format: ConfigFormat, text: &str, key: &str) -> String {
    let values = Values::parse("file", text.as_bytes(), format);
    values.and_then(|values| values.get(key)).unwrap_err().to_string()
}

#[test]
fn ini_files_have_sections_quotes_and_comments() {
    let text = "; comment = no\n<?php /* #?ini charset=\"utf-8\"?\nglobal = g\n[Database]\nServer=localhost\n\
                Password = \"p;w#d\" ; said to nobody\nUser : u\nPlain=p;w ; c\nEmpty=\n[production : base]\ndb.host = h\n";
    for (key, expected) in [
        ("global", "g"),
        ("Database.Server", "localhost"),
        ("Database.Password", "p;w#d"),
        ("Database.User", "u"),
        ("Database.Plain", "p;w"),
        ("Database.Empty", ""),
        ("production.db.host", "h"),
    ] {
        assert_eq!(value(ConfigFormat::Ini, text, key).as_deref(), Some(expected), "{key}");
    }
    assert_eq!(value(ConfigFormat::Ini, text, "comment"), None);
}

#[test]
fn environment_files_have_quotes_and_names_of_other_values() {
    let text = "# A=comment\nexport A=plain value # comment\nB='single $A'\nC=\"x\\n\\\"$A\\\" ${A}!\"\nD=a#b\nE=\nF=\"two\nlines\"\n\
                G=$UNKNOWN\nH=5$\nbad line\nI=\"open";
    for (key, expected) in [
        ("A", "plain value"),
        ("B", "single $A"),
        ("C", "x\n\"plain value\" plain value!"),
        ("D", "a#b"),
        ("E", ""),
        ("F", "two\nlines"),
        ("H", "5$"),
    ] {
        assert_eq!(value(ConfigFormat::Env, text, key).as_deref(), Some(expected), "{key}");
    }
    assert!(
        error(ConfigFormat::Env, text, "G")
            .starts_with("file, line 9: the value of `G` is taken from another")
    );
    assert!(error(ConfigFormat::Env, text, "I").contains("line 12"));
}

#[test]
fn properties_are_those_of_java() {
    let text = "# c\n! c\nspring.datasource.url = jdbc:mysql://h/d\nuser:u\npassword p\\u0041\\tb\nlong = a\\\n   b\n\
                esc\\=aped = v\npw=${PW}\n";
    for (key, expected) in [
        ("spring.datasource.url", "jdbc:mysql://h/d"),
        ("user", "u"),
        ("password", "pA\tb"),
        ("long", "ab"),
        ("esc=aped", "v"),
    ] {
        assert_eq!(value(ConfigFormat::Properties, text, key).as_deref(), Some(expected), "{key}");
    }
    assert!(error(ConfigFormat::Properties, text, "pw").contains("line 9"));
}

#[test]
fn nested_formats_have_ways_to_their_values() {
    let json = r#"{"db": {"host": "h", "port": 3306, "ssl": false, "on": true}, "hosts": ["a", "b"]}"#;
    let yaml = "default: &default\n  adapter: mysql2\n  host: h\nproduction:\n  <<: *default\n  database: 'd'\n  \
                password: <%= ENV[\"PW\"] %>\nlist:\n  - a: 1\n";
    let toml = "[db]\nhost = 'h'\nport = 3306\n";
    for (format, text, key, expected) in [
        (ConfigFormat::Json, json, "db.host", "h"),
        (ConfigFormat::Json, json, "db.port", "3306"),
        (ConfigFormat::Json, json, "db.on", "1"),
        (ConfigFormat::Json, json, "hosts.1", "b"),
        (ConfigFormat::Yaml, yaml, "production.database", "d"),
        (ConfigFormat::Yaml, yaml, "production.host", "h"),
        (ConfigFormat::Yaml, yaml, "list.0.a", "1"),
        (ConfigFormat::Toml, toml, "db.port", "3306"),
    ] {
        assert_eq!(value(format, text, key).as_deref(), Some(expected), "{key}");
    }
    assert_eq!(value(ConfigFormat::Json, json, "db.ssl"), None);
    assert!(error(ConfigFormat::Yaml, yaml, "production.password").contains("template"));
}

#[test]
fn xml_has_texts_and_attributes() {
    let xml = "<?xml version=\"1.0\"?><config><global><connection active=\"1\"><host><![CDATA[h]]></host>\
               <password><!-- c -->p&amp;w</password></connection><connection><host>second</host></connection></global></config>";
    for (key, expected) in [
        ("config/global/connection/host", "h"),
        ("config/global/connection/password", "p&w"),
        ("config/global/connection/@active", "1"),
    ] {
        assert_eq!(value(ConfigFormat::Xml, xml, key).as_deref(), Some(expected), "{key}");
    }
}

#[test]
fn a_file_that_is_written_otherwise_is_named_with_its_line_and_shows_nothing() {
    for (format, text) in [
        (ConfigFormat::Json, "{\n\"password\": s3cret}"),
        (ConfigFormat::Yaml, "a: b\nc: [s3cret"),
        (ConfigFormat::Toml, "a = 1\npassword = s3cret"),
        (ConfigFormat::Xml, "<a>\n<s3cret></a>"),
    ] {
        let error = error(format, text, "a");
        assert!(error.starts_with("file, line ") && !error.contains("s3cret"), "{error}");
    }
}

#[test]
fn documents_that_unfold_without_end_are_refused() {
    let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    let mut entities = String::new();
    for level in 1..12 {
        let above = level - 1;
        yaml.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{above}"); 10].join(", ")));
        entities.push_str(&format!("<!ENTITY e{level} \"{}\">", format!("&e{above};").repeat(10)));
    }
    let xml = format!("<!DOCTYPE a [<!ENTITY e0 \"xxxxxxxxxx\">{entities}]><a>&e11;</a>");
    assert!(Values::parse("f", yaml.as_bytes(), ConfigFormat::Yaml).is_err());
    assert!(Values::parse("f", xml.as_bytes(), ConfigFormat::Xml).is_err());
    let grows = (1..30)
        .fold(String::from("A0=xxxxxxxxxx\n"), |text, n| format!("{text}A{n}=$A{0}$A{0}$A{0}\n", n - 1));
    assert!(Values::parse("f", grows.as_bytes(), ConfigFormat::Env).unwrap().get("A29").is_err());
}

fn config(text: &str) -> AppConfig {
    toml::from_str(text).unwrap()
}

const WORDPRESS: &str = "file = ['wp-config.php', '../wp-config.php']\nformat = 'php'\nmarkers = 'wp-settings.php'\nhost = 'DB_HOST'\n\
                         database = 'DB_NAME'\nuser = 'DB_USER'\npassword = 'DB_PASSWORD'\nprefix = '$table_prefix'\n";

const WP_CONFIG: &str = "<?php\ndefine( 'DB_NAME', 'site' );\ndefine( 'DB_USER', 'wp' );\ndefine( 'DB_PASSWORD', 's3cret' );\n\
                         define( 'DB_HOST', 'db:3307' );\n$table_prefix = 'wp_';\nrequire_once ABSPATH . 'wp-settings.php';\n";

fn look(folder: &Path, config_text: &str, usual: DatabaseKind) -> Option<Found> {
    Seeker::new(folder, Links::StayInside).unwrap().look(&config(config_text), usual)
}

#[test]
fn an_application_is_recognised_and_its_address_is_made() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wp-config.php"), WP_CONFIG).unwrap();
    let found = look(folder.path(), WORDPRESS, DatabaseKind::Mysql).unwrap();
    assert!(found.distinctive);
    let settings = found.settings.unwrap();
    assert_eq!(settings.database_url.expose_secret(), "mysql://wp:s3cret@db:3307/site");
    assert_eq!(settings.prefix.as_deref(), Some("wp_"));
    assert!(!format!("{settings:?}").contains("s3cret"));
}

#[test]
fn a_file_beside_the_folder_is_found_too() {
    let folder = tempfile::tempdir().unwrap();
    let web = folder.path().join("web");
    std::fs::create_dir(&web).unwrap();
    std::fs::write(folder.path().join("wp-config.php"), WP_CONFIG).unwrap();
    assert!(look(&web, WORDPRESS, DatabaseKind::Mysql).unwrap().settings.is_ok());
}

#[test]
fn another_applications_file_of_the_same_name_is_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wp-config.php"), "<?php $dbname = 'x';").unwrap();
    assert!(look(folder.path(), WORDPRESS, DatabaseKind::Mysql).is_none(), "no marker");
    let unmarked = WORDPRESS.replace("markers", "#");
    assert!(look(folder.path(), &unmarked, DatabaseKind::Mysql).is_none(), "no name of a database");
    let marked = format!("{unmarked}marker_files = 'wp-login.php'\n");
    assert!(look(folder.path(), &marked, DatabaseKind::Mysql).is_none(), "no marker file");
    std::fs::write(folder.path().join("wp-login.php"), "").unwrap();
    let found = look(folder.path(), &marked, DatabaseKind::Mysql).unwrap();
    let error = found.settings.unwrap_err().to_string();
    assert!(error.contains("wp-config.php") && error.contains("`DB_NAME`"), "{error}");
}

#[test]
fn a_password_that_php_computes_is_an_error_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let computed = WP_CONFIG.replace("'s3cret'", "getenv('PW')");
    std::fs::write(folder.path().join("wp-config.php"), computed).unwrap();
    let error = look(folder.path(), WORDPRESS, DatabaseKind::Mysql).unwrap().settings.unwrap_err();
    assert!(matches!(error, FindError::Php(_)) && error.to_string().contains("line 4"), "{error}");
}

#[test]
fn the_kind_of_database_is_what_the_file_says() {
    let folder = tempfile::tempdir().unwrap();
    let text =
        "file = 'c.php'\nformat = 'php'\ndatabase = '$d'\ntype = ['$type']\nsqlite = '{$dir}/{$d}.sqlite'\n";
    let kind = |php: &str| {
        std::fs::write(folder.path().join("c.php"), php).unwrap();
        look(folder.path(), text, DatabaseKind::Mysql).unwrap().settings
    };
    assert_eq!(kind("<?php $d = 'd';").unwrap().kind, DatabaseKind::Mysql);
    assert_eq!(kind("<?php $d = 'd'; $type = 'pgsql';").unwrap().kind, DatabaseKind::Postgres);
    let sqlite = kind("<?php $d = 'd'; $type = 'sqlite'; $dir = 'data';").unwrap();
    let file = folder.path().canonicalize().unwrap().join("data/d.sqlite");
    assert_eq!(sqlite.database, file.display().to_string());
    let error = kind("<?php $d = 'd'; $type = 'oci8';").unwrap_err().to_string();
    assert!(error.contains("`$type`") && error.contains("MySQL"), "{error}");
}

#[test]
fn a_star_stands_for_any_part_of_a_name_and_a_list_for_alternatives() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("conf")).unwrap();
    std::fs::write(folder.path().join("conf/a.ini"), "[other]\nx=1\n").unwrap();
    std::fs::write(folder.path().join("conf/b.ini"), "[db]\nname=d\nhost2=h\n").unwrap();
    let text = "file = 'conf/*.ini'\nformat = 'ini'\ndatabase = 'db.name'\nhost = ['db.host', 'db.host2']\ntype = '=pgsql'\n";
    let settings = look(folder.path(), text, DatabaseKind::Mysql).unwrap().settings.unwrap();
    assert_eq!(settings.database_url.expose_secret(), "postgres://h/d");
    let in_folders = text.replace("conf/*.ini", "c*f/b.ini");
    assert!(look(folder.path(), &in_folders, DatabaseKind::Mysql).is_some());
}

#[cfg(unix)]
#[test]
fn links_that_lead_out_and_pipes_are_not_read() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let target = elsewhere.path().join("config.php");
    std::fs::write(&target, WP_CONFIG).unwrap();
    std::os::unix::fs::symlink(&target, folder.path().join("wp-config.php")).unwrap();
    let mut seeker = Seeker::new(folder.path(), Links::StayInside).unwrap();
    assert!(seeker.look(&config(WORDPRESS), DatabaseKind::Mysql).is_none());
    assert!(matches!(seeker.trouble.as_slice(), [FindError::LinkLeadsOut { .. }]), "{:?}", seeker.trouble);
    let mut following = Seeker::new(folder.path(), Links::Follow).unwrap();
    assert!(following.look(&config(WORDPRESS), DatabaseKind::Mysql).is_some());

    let inside = tempfile::tempdir().unwrap();
    std::fs::create_dir(inside.path().join("wp-config.php")).unwrap();
    let mut seeker = Seeker::new(inside.path(), Links::StayInside).unwrap();
    assert!(seeker.look(&config(WORDPRESS), DatabaseKind::Mysql).is_none());
    assert!(matches!(seeker.trouble.as_slice(), [FindError::Unsuitable { .. }]), "{:?}", seeker.trouble);
}

#[test]
fn a_huge_file_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("wp-config.php"), format!("{WP_CONFIG}{}", " ".repeat(1 << 20)))
        .unwrap();
    let mut seeker = Seeker::new(folder.path(), Links::StayInside).unwrap();
    assert!(seeker.look(&config(WORDPRESS), DatabaseKind::Mysql).is_none());
    assert!(seeker.trouble[0].to_string().contains("1 MiB"));
}

#[test]
fn what_is_no_folder_is_said() {
    let file = tempfile::NamedTempFile::new().unwrap();
    assert!(matches!(Seeker::new(file.path(), Links::Follow), Err(FindError::NoFolder(_))));
    assert!(matches!(Seeker::new(Path::new("/nowhere"), Links::Follow), Err(FindError::Unreadable { .. })));
}

const FORMATS: [ConfigFormat; 8] = [
    ConfigFormat::Php,
    ConfigFormat::Ini,
    ConfigFormat::Env,
    ConfigFormat::Json,
    ConfigFormat::Yaml,
    ConfigFormat::Xml,
    ConfigFormat::Toml,
    ConfigFormat::Properties,
];

proptest::proptest! {
    #[test]
    fn any_bytes_in_any_format_are_read_or_refused(bytes in proptest::collection::vec(0u8.., 0..200)) {
        for format in FORMATS {
            let _ = Values::parse("f", &bytes, format).map(|values| values.get("a").is_ok());
        }
    }

    #[test]
    fn anything_that_looks_like_a_configuration_is_read_or_refused(
        text in "(A=|B: |\\$A|\\$\\{|\\}|\"|'|\\\\|\n|#|\\[s\\]|<a|>|</a>|&amp;|- |&x |\\*x|é| ){0,40}",
    ) {
        for format in FORMATS {
            let _ = Values::parse("f", text.as_bytes(), format).map(|values| values.get("A").is_ok());
        }
    }

    #[test]
    fn what_is_quoted_in_an_environment_file_comes_back(text in "[^\\x00\\r]{0,40}") {
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$");
        let file = format!("A=\"{escaped}\"\nB=after\n");
        proptest::prop_assume!(!text.contains(char::REPLACEMENT_CHARACTER));
        proptest::prop_assert_eq!(value(ConfigFormat::Env, &file, "A"), Some(text));
        proptest::prop_assert_eq!(value(ConfigFormat::Env, &file, "B"), Some("after".to_owned()));
    }
}

#[test]
fn every_recipe_of_the_catalogue_names_files_and_values_that_can_be_read() {
    let catalogue = portico_auth_sql::recipe::Catalogue::bundled();
    let mut wrong = Vec::new();
    for recipe in catalogue.iter() {
        for config in &recipe.config {
            let mistakes = portico_auth_sql::find::config_mistakes(config);
            wrong.extend(
                mistakes.iter().map(|mistake| format!("{}: {}: {}", recipe.id, mistake.key, mistake.what)),
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Applications whose settings look alike are told apart by what only one of them has.
#[test]
fn applications_that_are_configured_alike_are_told_apart() {
    const STORE: &str = "define('DB_SERVER', 'db'); define('DB_SERVER_USERNAME', 'u'); define('DB_SERVER_PASSWORD', 'p');\
                         define('DB_DATABASE', 'd');";
    const NUKE: &str =
        "$dbhost = 'db'; $dbuname = 'u'; $dbpass = 'p'; $dbname = 'd'; $prefix = 'n'; $user_prefix = 'n';";
    const MAMBO: &str = "$mosConfig_absolute_path = '/'; $mosConfig_host = 'db'; $mosConfig_db = 'd';";
    const TYPO: &str = "$GLOBALS['TL_CONFIG']['dbHost'] = 'db'; $GLOBALS['TL_CONFIG']['dbDatabase'] = 'd';";
    const KIMAI: &str = "$server_hostname = 'db'; $server_database = 'd'; $password_salt = 's';";
    let alike = [
        ["oscommerce", "oscmax", "zencart", "tomatocart"].as_slice(),
        &["phpnuke", "pragmamx"],
        &["mambo", "joomla"],
        &["contao", "typolight"],
        &["kimai09", "kimai1"],
        &["ezpublish", "ibexa"],
    ];
    let osc = "includes/configure.php";
    let zen = format!("{STORE} define('SQL_CACHE_METHOD', 'none');");
    let mx = format!("{NUKE} $mxConf = [];");
    let symfony5 = "vendor/symfony/security-core/User/User.php";
    let symfony7 = "vendor/symfony/security-http/Attribute/IsGranted.php";
    let ibexa = "vendor/ibexa/core/composer.json";
    for (group, file, text, beside, only) in [
        (0, osc, STORE, ["product_info.php"].as_slice(), "oscommerce"),
        (0, osc, STORE, &["product_info.php", "includes/functions/affiliate_functions.php"], "oscmax"),
        (0, osc, &*zen, &[], "zencart"),
        (0, osc, STORE, &["includes/classes/toc_pdf.php"], "tomatocart"),
        (1, "config.php", NUKE, &[], "phpnuke"),
        (1, "config.php", &*mx, &[], "pragmamx"),
        (2, "configuration.php", MAMBO, &[], "mambo"),
        (2, "configuration.php", MAMBO, &["includes/joomla.php"], "joomla"),
        (3, "system/config/localconfig.php", TYPO, &["contao/index.php"], "contao"),
        (3, "system/config/localconfig.php", TYPO, &["typolight/index.php"], "typolight"),
        (4, "includes/autoconf.php", KIMAI, &["libraries/Kimai/Config.php"], "kimai1"),
        (5, ".env", "DATABASE_URL=mysql://u:p@db/d", &[ibexa, symfony5], "ezpublish"),
        (5, ".env", "DATABASE_URL=mysql://u:p@db/d", &[ibexa, symfony7], "ibexa"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let text = if file == ".env" { text.to_owned() } else { format!("<?php {text}") };
        for (path, text) in beside.iter().map(|path| (*path, "")).chain([(file, text.as_str())]) {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let catalogue = portico_auth_sql::recipe::Catalogue::bundled();
        let mut seeker = Seeker::new(folder.path(), Links::StayInside).unwrap();
        let mut recognised = alike[group].to_vec();
        recognised.retain(|id| {
            let recipe = catalogue.get(id).unwrap();
            recipe.config.iter().any(|config| seeker.look(config, recipe.databases[0]).is_some())
        });
        assert_eq!(recognised, [only], "{file} with {beside:?}");
    }
}
