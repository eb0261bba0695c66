//! Values of PHP configuration files by the keys that recipes use.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use portico_auth_sql::php_config::{PhpConfig, check_key};

fn value(text: &str, key: &str) -> Option<String> {
    PhpConfig::parse("config.php", text.as_bytes()).value(key).unwrap()
}

fn error(text: &str, key: &str) -> String {
    PhpConfig::parse("config.php", text.as_bytes()).value(key).unwrap_err().to_string()
}

#[test]
fn a_class_of_properties_is_read() {
    let joomla = "<?php\nclass JConfig {\n  public $host = 'db';\n  public $password = 'pa\\'ss';\n  var $dbprefix = \"jos_\";\n\
                  public ?string $db = 'site', $other;\n  public int $port = 3307;\n  const DRIVER = 'mysqli';\n\
                  public $mail = getenv('M');\n  public function f($x = 1) { $host = 'x'; if ($x) { return 2; } }\n\
                  public static $last = 'l';\n}\n$after = 'a';";
    for (key, expected) in [
        ("JConfig.host", "db"),
        ("$host", "db"),
        ("$password", "pa'ss"),
        ("$dbprefix", "jos_"),
        ("JConfig.port", "3307"),
        ("JConfig.DRIVER", "mysqli"),
        ("$last", "l"),
        ("$after", "a"),
    ] {
        assert_eq!(value(joomla, key).as_deref(), Some(expected), "{key}");
    }
    assert!(
        error(joomla, "$mail").contains("line 9") && error(joomla, "$mail").contains("`$mail` is computed")
    );
    assert_eq!(value(joomla, "Other.host"), None);
}

#[test]
fn arrays_in_classes_have_their_paths() {
    let cake = "<?php final class DATABASE_CONFIG extends X { var $default = array('host' => 'h', 'login' => 'u'); }";
    assert_eq!(value(cake, "DATABASE_CONFIG.default.host").as_deref(), Some("h"));
    assert_eq!(value(cake, "$default['login']").as_deref(), Some("u"));
}

#[test]
fn a_variable_outranks_a_property_of_its_name() {
    assert_eq!(value("<?php class A { public $a = 'in'; } $a = 'out';", "$a").as_deref(), Some("out"));
}

#[test]
fn properties_of_objects_are_read() {
    let moodle = "<?php  // Moodle configuration file\nunset($CFG);\nglobal $CFG;\n$CFG = new stdClass();\n\
                  $CFG->dbtype    = 'mariadb';\n$CFG->dboptions = array ('dbport' => 3307, 'dbsocket' => '');\n\
                  $CFG->prefix = 'mdl_';\n$CFG->phpunit_prefix->x = 'deep';\nrequire_once(__DIR__ . '/lib/setup.php');";
    assert_eq!(value(moodle, "$CFG->dbtype").as_deref(), Some("mariadb"));
    assert_eq!(value(moodle, "$CFG->dboptions['dbport']").as_deref(), Some("3307"));
    assert_eq!(value(moodle, "$CFG->dboptions['dbsocket']").as_deref(), Some(""));
    assert_eq!(value(moodle, "$CFG->phpunit_prefix->x").as_deref(), Some("deep"));
    assert_eq!(value(moodle, "$CFG->absent"), None);
    assert_eq!(
        value("<?php $a = (object)['x' => 1]; $b->run('x'); $b->y = 'z';", "$b->y").as_deref(),
        Some("z")
    );
}

#[test]
fn returned_arrays_and_nests_are_read() {
    let typo3 =
        "<?php\nreturn [\n 'DB' => ['Connections' => ['Default' => ['dbname' => 'd', 'port' => 3306]]],\n];";
    assert_eq!(value(typo3, "return.DB.Connections.Default.dbname").as_deref(), Some("d"));
    let drupal = "<?php\n/**\n * @code\n * $databases['default']['default'] = ['database' => 'example'];\n */\n\
                  $databases = [];\n$databases['default']['default'] = array (\n  'database' => 'site',\n  'prefix' => '',\n);\n\
                  if (file_exists($app_root . '/x.php')) {\n  include $app_root . '/x.php';\n}\n";
    assert_eq!(value(drupal, "$databases['default']['default']['database']").as_deref(), Some("site"));
    assert_eq!(value(drupal, "$databases[\"default\"][\"default\"][\"prefix\"]").as_deref(), Some(""));
    assert_eq!(value(drupal, "$databases['default']['default']['prefix']['default']"), None);
}

#[test]
fn globals_are_variables() {
    assert_eq!(value("<?php $GLOBALS['DBHOST'] = 'h';", "$DBHOST").as_deref(), Some("h"));
    assert_eq!(value("<?php $GLOBALS['DBHOST'] = 'h';", "$GLOBALS['DBHOST']").as_deref(), Some("h"));
    assert_eq!(value("<?php $DBHOST = 'h';", "$GLOBALS['DBHOST']").as_deref(), Some("h"));
}

#[test]
fn names_of_what_was_assigned_before_are_followed() {
    let text = "<?php define('DB_HOST', 'h'); $base = 'site'; $db = ['host' => DB_HOST, 'name' => $base . '_db'];\n\
                $copy = $base; $later = $unknown; $call = $base->x; $element = $db['host'];";
    assert_eq!(value(text, "$db['host']").as_deref(), Some("h"));
    assert_eq!(value(text, "$db['name']").as_deref(), Some("site_db"));
    assert_eq!(value(text, "$copy").as_deref(), Some("site"));
    for computed in ["$later", "$call", "$element"] {
        assert!(error(text, computed).contains("another variable"), "{computed}");
    }
}

#[test]
fn a_definition_that_only_asks_whether_it_is_there_counts() {
    for text in [
        "<?php defined('DB') or define('DB', 'd');",
        "<?php defined('DB') || define('DB', 'd');",
        "<?php if (!defined('DB')) define('DB', 'd');",
        "<?php if ( ! defined( 'DB' ) ) { define( 'DB', 'd' ); }",
        "<?php define('DB', 'd'); if (!defined('DB')) { define('DB', 'other'); }",
    ] {
        assert_eq!(value(text, "DB").as_deref(), Some("d"), "{text}");
        let after = format!("{text} $after = 'a';");
        assert_eq!(value(&after, "$after").as_deref(), Some("a"), "{text}");
    }
    for text in
        ["<?php if (!defined('OTHER')) { define('DB', 'd'); }", "<?php if ($x) { define('DB', 'd'); }"]
    {
        let config = PhpConfig::parse("config.php", text.as_bytes());
        assert!(config.value("DB").is_err(), "{text}");
    }
}

#[test]
fn booleans_are_nothing_or_one() {
    assert_eq!(value("<?php $a = false; $b = true;", "$a"), None);
    assert_eq!(value("<?php $a = false; $b = true;", "$b").as_deref(), Some("1"));
}

#[test]
fn what_is_no_key_is_told() {
    for key in [
        "",
        "$",
        "$a[",
        "$a[x]",
        "$a['b",
        "a b",
        "return",
        "return.",
        "$a->",
        "$a..b",
        "'x'",
        "$GLOBALS[''] ",
    ] {
        assert!(check_key(key).is_err(), "{key}");
    }
    for key in [
        "$a",
        "$a['b c']",
        "$a[\"b\"][0]",
        "$a->b->c",
        "$a->b['c']",
        "NAME",
        "A.b",
        "return.a.b.0",
        "$GLOBALS['x']",
    ] {
        check_key(key).unwrap();
    }
}

proptest::proptest! {
    #[test]
    fn any_file_and_any_key_are_read_without_a_panic(
        text in "(\\$[ab]|class |A|const|define\\('K',|defined\\('K'\\)|or | =|\\['k'\\]|->p|new stdClass|\\{|\\}|\\(|\\)|;|'v'|if|!|,|\\.|array|return| ){0,40}",
        key in "(\\$[ab]|A|K|return|\\['k'\\]|->p|\\.p|\\.){0,6}",
    ) {
        let config = PhpConfig::parse("config.php", format!("<?php {text}").as_bytes());
        let _ = config.value(&key);
        let _ = config.value("$a['k']");
    }
}
