//! PHP configuration files as administrators write them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use portico_auth_sql::php_config::PhpConfig;

fn php(text: &str) -> PhpConfig {
    PhpConfig::parse("config.php", text.as_bytes())
}

fn text(config: &str, path: &[&str]) -> Option<String> {
    php(config).text(path).unwrap()
}

fn error(config: &str, path: &[&str]) -> String {
    php(config).text(path).unwrap_err().to_string()
}

#[test]
fn a_phpbb_3_configuration_is_read() {
    let config = php(r"<?php
// phpBB 3.3.x auto-generated configuration file
// Do not change anything in this file!
$dbms = 'phpbb\\db\\driver\\mysqli';
$dbhost = 'localhost';
$dbport = '';
$dbname = 'forum';
$dbuser = 'forum';
$dbpasswd = 'it\'s $ecret \n';
$table_prefix = 'phpbb_';
$phpbb_adm_relative_path = 'adm/';
$acm_type = 'phpbb\\cache\\driver\\file';

@define('PHPBB_INSTALLED', true);
@define('PHPBB_ENVIRONMENT', 'production');
// @define('DEBUG_CONTAINER', true);
");
    assert_eq!(config.required_text(&["dbms"]).unwrap(), r"phpbb\db\driver\mysqli");
    assert_eq!(config.required_text(&["dbpasswd"]).unwrap(), r"it's $ecret \n");
    assert_eq!(config.integer(&["dbport"]).unwrap(), None);
    assert_eq!(config.constant("PHPBB_ENVIRONMENT").unwrap().as_deref(), Some("production"));
    assert_eq!(config.constant("DEBUG_CONTAINER").unwrap(), None);
}

#[test]
fn a_phorum_configuration_is_read() {
    let config = php(r#"<?php
if ( ! defined( "PHORUM" ) ) return;
# comment
$PHORUM['DBCONFIG'] = array(
    /* the layer */
    'type'          =>  'mysql',
    'name'          =>  "phorum5",   // the database
    'port'          =>  3307,
    'table_prefix'  =>  'phorum',
    'down_page'     =>  NULL,
    'slave'         =>  array('a', 7 => 'b', 'c'),
    'charset'       =>  'utf8',
);
$PHORUM["DBCONFIG"]["user"] = "forum";
"#);
    let get = |key| config.text(&["PHORUM", "DBCONFIG", key]).unwrap();
    assert_eq!(get("name").as_deref(), Some("phorum5"));
    assert_eq!(get("port").as_deref(), Some("3307"));
    assert_eq!(get("user").as_deref(), Some("forum"));
    assert_eq!(get("down_page"), None);
    assert_eq!(config.text(&["PHORUM", "DBCONFIG", "slave", "8"]).unwrap().as_deref(), Some("c"));
    assert_eq!(config.integer(&["PHORUM", "DBCONFIG", "port"]).unwrap(), Some(3307));
}

#[test]
fn double_quoted_escapes_are_those_of_php() {
    // PHP 8.2: echo "a\n\t\\\$\"\x41\101\u{20ac}\q\e";
    let config = "<?php $a = \"a\\n\\t\\\\\\$\\\"\\x41\\101\\u{20ac}\\q\\e\";";
    assert_eq!(text(config, &["a"]).unwrap(), "a\n\t\\$\"AA\u{20ac}\\q\u{1b}");
}

#[test]
fn single_quotes_know_two_escapes() {
    assert_eq!(text(r"<?php $a = 'x\'y\\z\n';", &["a"]).unwrap(), r"x'y\z\n");
}

#[test]
fn a_dollar_before_a_digit_or_at_the_end_is_itself() {
    assert_eq!(text(r#"<?php $a = "pa$$ 5$ $5 {x}";"#, &["a"]).unwrap(), "pa$$ 5$ $5 {x}");
}

#[test]
fn values_that_php_computes_are_named_with_file_line_and_key() {
    for (value, how) in [
        ("getenv('PW')", "a function call"),
        ("$other", "another variable"),
        ("\"x$y\"", "a string with variables in it"),
        ("\"x{$y['z']}\"", "a string with variables in it"),
        ("'a' . getenv('B')", "a function call"),
        ("'a' . $b", "another variable"),
        ("DB_PASSWORD", "a constant"),
        ("__DIR__ . '/x'", "a constant"),
        ("true ? 'a' : 'b'", "an expression"),
        ("<<<EOT\nx\nEOT", "a string with variables in it"),
        ("(string) 'a'", "an expression"),
        ("$_ENV['DB'] ?? 'x'", "another variable"),
    ] {
        let file = format!("<?php\n\n$dbpasswd = {value};\n$after = 'kept';");
        let error = error(&file, &["dbpasswd"]);
        assert!(
            error.starts_with("config.php, line 3: the value of `$dbpasswd` is computed by PHP"),
            "{value}: {error}"
        );
        assert!(error.contains(how), "{value}: {error}");
        assert_eq!(text(&file, &["after"]).as_deref(), Some("kept"), "{value}");
    }
}

#[test]
fn a_computed_element_spoils_only_itself() {
    let file =
        "<?php $c = ['host' => 'h', 'pw' => getenv('A', 'B'), 'list' => [1, f([2]), 3], 'name' => 'n'];";
    assert_eq!(text(file, &["c", "host"]).as_deref(), Some("h"));
    assert_eq!(text(file, &["c", "name"]).as_deref(), Some("n"));
    assert_eq!(text(file, &["c", "list", "2"]).as_deref(), Some("3"));
    assert!(error(file, &["c", "pw"]).contains("`$c['pw']` is computed by PHP (a function call)"));
}

#[test]
fn assignments_that_may_not_run_are_not_trusted() {
    for file in [
        "<?php if ($x) { $a = 'b'; }",
        "<?php if ($x) $a = 'b';",
        "<?php $a = 'b'; if ($x) { $a = 'c'; }",
        "<?php function f() { $a = 'b'; }",
        "<?php $a = 'b'; $a .= 'c';",
        "<?php $a = 'b'; $a ??= 'c';",
    ] {
        assert!(error(file, &["a"]).contains("computed by PHP"), "{file}");
    }
    assert_eq!(
        text("<?php if ($x) { $a = 'b'; } $a = 'c';", &["a"]).as_deref(),
        Some("c"),
        "the last one always runs"
    );
}

#[test]
fn comments_hide_assignments() {
    let file = "<?php // $a = 'x';\n# $a = 'x';\n/* $a = 'x';\n*/ $b = 'y'; // ?> <?php $c = 'z';";
    assert_eq!(text(file, &["a"]), None);
    assert_eq!(text(file, &["b"]).as_deref(), Some("y"));
    assert_eq!(text(file, &["c"]).as_deref(), Some("z"), "?> ends a comment of one line");
}

#[test]
fn text_outside_of_php_is_skipped() {
    assert_eq!(text("$a = 'x'; <?php $a = 'y' ?> $a = 'z';", &["a"]).as_deref(), Some("y"));
    assert_eq!(text("$a = 'x';", &["a"]), None);
}

#[test]
fn numbers_booleans_and_null_have_their_types() {
    let config = php("<?php $i = -1_000; $o = 010; $h = 0x1F; $t = TRUE; $n = null; $f = 1.5; $s = '42';");
    assert_eq!(config.integer(&["i"]).unwrap(), Some(-1000));
    assert_eq!(config.integer(&["o"]).unwrap(), Some(8));
    assert_eq!(config.integer(&["h"]).unwrap(), Some(31));
    assert_eq!(config.integer(&["s"]).unwrap(), Some(42));
    assert_eq!(config.boolean(&["t"]).unwrap(), Some(true));
    assert_eq!(config.text(&["n"]).unwrap(), None);
    assert_eq!(config.text(&["f"]).unwrap().as_deref(), Some("1.5"));
    assert!(
        config.text(&["t"]).unwrap_err().to_string().contains("`$t` must be a text, found true or false")
    );
    assert!(config.integer(&["f"]).is_err());
}

#[test]
fn literals_may_be_joined() {
    assert_eq!(text("<?php $a = 'x' . \"y\" . 1;", &["a"]).as_deref(), Some("xy1"));
}

#[test]
fn constants_come_from_define_and_const() {
    let config = php("<?php define('DB', 'a'); define(\"DB\", 'b'); const K = 'k'; define('F', f());");
    assert_eq!(config.constant("DB").unwrap().as_deref(), Some("a"), "the first definition counts");
    assert_eq!(config.constant("K").unwrap().as_deref(), Some("k"));
    assert!(
        config.constant("F").unwrap_err().to_string().contains("`F` is computed by PHP (a function call)")
    );
}

#[test]
fn a_returned_array_is_read() {
    let file = "<?php return ['components' => ['db' => ['dsn' => 'mysql:host=h']]];";
    assert_eq!(text(file, &["return", "components", "db", "dsn"]).as_deref(), Some("mysql:host=h"));
}

#[test]
fn a_missing_key_and_a_missing_file_are_named() {
    let missing = php("<?php").required_text(&["PHORUM", "DBCONFIG"]).unwrap_err().to_string();
    assert_eq!(missing, "config.php: `$PHORUM['DBCONFIG']` is not set");
    let unreadable = PhpConfig::read(std::path::Path::new("/nowhere/config.php")).unwrap_err().to_string();
    assert!(unreadable.starts_with("/nowhere/config.php: "));
}

#[test]
fn bytes_that_are_no_utf8_are_an_error_and_never_shown() {
    let config = PhpConfig::parse("config.php", b"<?php $a = 'x\xFF';");
    assert!(config.text(&["a"]).unwrap_err().to_string().contains("no UTF-8"));
}

#[test]
fn debug_shows_no_values() {
    assert!(!format!("{:?}", php("<?php $a = 's3cret'; define('K', 's3cret');")).contains("s3cret"));
}

#[test]
fn deep_nesting_ends() {
    let file = format!("<?php $a = {}1{}; $b = 'c';", "[".repeat(10_000), "]".repeat(10_000));
    let _ = php(&file).text(&["a"]);
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(0u8.., 0..200)) {
        let _ = PhpConfig::parse("f", &bytes);
    }

    #[test]
    fn anything_that_looks_like_php_is_read_without_a_panic(
        words in proptest::collection::vec(
            proptest::sample::select(vec![
                "$a", "=", "'x'", "\"y", "\"", "array(", "[", "]", "(", ")", "=>", ",", ";", ".", "define(", "'K'", "{", "}",
                "if", "<<<X\n", "X", "//", "/*", "*/", "?>", "<?php", "0x", "1", "-", "null", "\\", "\n", "return", "const",
                "$", "'", "\\x", "\\u{", "#", "@", "`",
            ]),
            0..40,
        )
    ) {
        let file = format!("<?php {}", words.concat());
        let config = PhpConfig::parse("f", file.as_bytes());
        let _ = (config.text(&["a"]), config.constant("K"), config.text(&["return", "x"]));
    }

    #[test]
    fn every_text_in_single_quotes_comes_back(text in "[^\\x00]{0,40}") {
        let file = format!("<?php $a = '{}';", text.replace('\\', "\\\\").replace('\'', "\\'"));
        let read = PhpConfig::parse("f", file.as_bytes()).text(&["a"]).unwrap();
        proptest::prop_assert_eq!(read, Some(text));
    }
}
