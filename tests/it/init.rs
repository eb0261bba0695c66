//! `portico init`: from an installed application to a front that lets its people in.

use std::path::Path;

use tempfile::TempDir;

use crate::support::applications::{APPLICATIONS, Application};
use crate::support::server::NATIVE;
use crate::support::{Database, Outcome, builder, portico};

const OWN: &str =
    "[[front]]\npath = \"/own/\"\nauthenticators = [\"native\"]\n[front.options]\nunknown_names = \"form\"\n";

fn application(id: &str) -> Application {
    APPLICATIONS.into_iter().find(|application| application.id == id).expect("an application of the tests")
}

/// Installs every application that runs on this database, lets `init` find it, starts the server and lets somebody in.
pub(crate) async fn an_installed_application_leads_to_a_front_that_lets_its_people_in(database: Database) {
    let mut tried = 0;
    for application in APPLICATIONS.into_iter().filter(|application| application.runs_on(database)) {
        let folder = tempfile::tempdir().unwrap();
        let installed = application.install(database, folder.path()).await;
        let mut server = builder(database).sections(&format!("{NATIVE}{OWN}")).prepare().await;
        let before = std::fs::read_to_string(server.config()).unwrap();

        let mut arguments = vec!["--from".to_owned(), folder.path().display().to_string()];
        for setting in &installed.settings {
            arguments.extend(["--set".to_owned(), setting.clone()]);
        }
        if let Some(address) = &installed.address {
            arguments.extend(["--database-url".to_owned(), address.clone()]);
        }
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let outcome = server.call("init", &arguments).run().await;
        let said = outcome.expect(0);
        assert!(said.contains(&format!("authenticator {}", application.id)), "{said}");
        assert!(said.contains("portico login-test") && said.contains("portico serve"), "{said}");

        let after = std::fs::read_to_string(server.config()).unwrap();
        let added = after.strip_prefix(before.trim_end()).expect("what was there stays");
        assert!(
            !added.contains("database_url = \"mysql") && !added.contains("database_url = \"postgres"),
            "{added}"
        );
        server.sections.push_str(added);
        server.start().await;
        let entered = server.log_in("/im/", &installed.login, &installed.password).await;
        assert_eq!(entered.status, 201, "{}: {}", application.id, entered.text());
        let refused = server.log_in("/im/", &installed.login, "not the password").await;
        assert_eq!(refused.status, 401, "{}: {}", application.id, refused.text());
        server.terminate().await;
        tried += 1;
    }
    assert!(tried >= 6, "{tried}");
}

/// An account that has no more than the proposed rights can be asked all that a login asks. Files have no accounts.
pub(crate) async fn the_proposed_account_may_only_read_and_is_enough(database: Database) {
    let folder = tempfile::tempdir().unwrap();
    let installed = application("joomla").install(database, folder.path()).await;
    let server = builder(database).sections(&format!("{NATIVE}{OWN}")).prepare().await;
    let from = folder.path().display().to_string();
    let address = installed.address.iter().flat_map(|address| ["--database-url", address]);
    let arguments: Vec<&str> = ["--from", &from].into_iter().chain(address).collect();
    let outcome = server.call("init", &arguments).run().await;
    let said = outcome.expect(0);
    if database == Database::Sqlite {
        assert!(!said.contains("GRANT") && !said.contains("account"), "{said}");
        return;
    }
    let statements: Vec<&str> =
        said.lines().filter(|line| line.starts_with("  ") && line.ends_with(';')).collect();
    assert!(statements.iter().filter(|line| line.contains("GRANT SELECT (")).count() > 1, "{said}");
    for statement in statements.iter().map(|line| line.trim_start()) {
        assert!(statement.starts_with("CREATE ") || statement.starts_with("GRANT "), "{statement}");
        assert!(
            !["INSERT", "UPDATE", "DELETE", "ALL "].iter().any(|right| statement.contains(right)),
            "{statement}"
        );
    }
    let address =
        said.lines().find(|line| line.contains("://portico_joomla:")).expect("the account's address").trim();

    installed.execute(&statements.join("\n").replace("'localhost'", "'%'")).await;
    std::fs::write(server.file("joomla.database-url"), format!("{address}\n")).unwrap();
    server.call("check", &[]).run().await.expect(0);
    let call = server.call("login-test", &["--authenticator", "joomla", "--login", &installed.login]);
    let accepted = call.input(format!("{}\n", installed.password)).run().await.json(0);
    assert_eq!(accepted["decision"], "accepted");
    installed.forget_account("portico_joomla").await;
}

/// A folder with this configuration file, and one for Portico's own.
fn folders(name: &str, text: &str) -> (TempDir, TempDir, String) {
    let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = from.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
    let config = to.path().join("portico.toml").display().to_string();
    (from, to, config)
}

const WP: &str = "<?php\ndefine( 'DB_NAME', 'site' );\ndefine( 'DB_USER', 'wp' );\ndefine( 'DB_PASSWORD', 'the-very-secret' );\n\
                  define( 'DB_HOST', '127.0.0.1:1' );\ndefine( 'WP_HOME', 'https://blog.example.org/' );\n$table_prefix = 'blog_';\n";

async fn init(from: &Path, config: &str, more: &[&str]) -> Outcome {
    let from = from.display().to_string();
    portico(["init", "--from", &from, "--config", config].iter().chain(more)).run().await
}

pub(crate) async fn a_new_file_has_no_secret_and_the_secret_is_its_owners_alone() {
    let (from, to, config) = folders("wp-config.php", WP);
    let outcome = init(from.path(), &config, &[]).await;
    // Nobody listens there: the check says so, and what was written stays.
    let said = outcome.expect(1).to_owned();
    assert!(said.contains("unavailable") && said.contains("127.0.0.1:1"), "{said}");
    assert!(said.contains("GRANT SELECT (") && said.contains("`site`.`blog_users`"), "{said}");
    assert!(!said.contains("the-very-secret") && !outcome.stderr.contains("the-very-secret"), "{said}");
    let text = std::fs::read_to_string(&config).unwrap();
    for part in [
        "[server]\n",
        "[authenticator.wordpress]\nkind = \"sql\"\napp = \"wordpress\"\n",
        "database_url_file = \"wordpress.database-url\"",
        "table_prefix = \"blog_\"",
        "base_url = \"https://blog.example.org\"",
        "[[front]]\npath = \"/im/\"\n",
        "authenticators = [\"wordpress\"]",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(!text.contains("the-very-secret"), "{text}");
    let secret = to.path().join("wordpress.database-url");
    let address = std::fs::read_to_string(&secret).unwrap();
    assert_eq!(address, "mysql://wp:the-very-secret@127.0.0.1:1/site\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

pub(crate) async fn a_dry_run_writes_nothing_and_shows_no_secret() {
    let (from, to, config) = folders("wp-config.php", WP);
    let outcome = init(
        from.path(),
        &config,
        &["--dry-run", "--name", "blog", "--front", "/talk/", "--title", "Our \"talk\""],
    )
    .await;
    let said = outcome.expect(0);
    for part in ["[authenticator.blog]", "path = \"/talk/\"", "blog.database-url", "GRANT SELECT ("] {
        assert!(said.contains(part), "{part} is missing in {said}");
    }
    assert!(!said.contains("the-very-secret"), "{said}");
    assert_eq!(std::fs::read_dir(to.path()).unwrap().count(), 0);
}

pub(crate) async fn what_is_there_stays_and_is_replaced_only_by_force() {
    let (from, to, config) = folders("wp-config.php", WP);
    let mine = "# my own words\n[server]\nlisten = \"127.0.0.1:7000\" # mine\n\n[authenticator.native]\nkind = \"native\"\n\n\
                [[front]]\npath = \"/im/\"\nauthenticators = [\"native\"]";
    std::fs::write(&config, mine).unwrap();
    init(from.path(), &config, &[]).await.expect(1);
    let text = std::fs::read_to_string(&config).unwrap();
    assert!(text.starts_with(mine) && text.contains("path = \"/im-wordpress/\""), "{text}");

    let again = init(from.path(), &config, &[]).await;
    again.expect(2);
    again.says(&["[authenticator.wordpress]", "--name", "--force"]);
    let taken = init(from.path(), &config, &["--name", "blog", "--front", "/im/"]).await;
    taken.expect(2);
    taken.says(&["/im/", "--front"]);
    assert_eq!(std::fs::read_to_string(&config).unwrap(), text, "nothing was written");
    assert!(!to.path().join("blog.database-url").exists());

    init(from.path(), &config, &["--force", "--title", "Another title"]).await.expect(1);
    let replaced = std::fs::read_to_string(&config).unwrap();
    assert!(replaced.starts_with("# my own words") && replaced.contains("# mine"), "{replaced}");
    assert_eq!(replaced.matches("[authenticator.wordpress]").count(), 1, "{replaced}");
    assert_eq!(replaced.matches("[[front]]").count(), 2, "{replaced}");
    assert!(replaced.contains("Another title"), "{replaced}");
}

pub(crate) async fn a_file_that_is_no_configuration_is_left_alone() {
    let (from, _to, config) = folders("wp-config.php", WP);
    for wrong in ["this is [no toml", "[server]\nlissten = 1\n"] {
        std::fs::write(&config, wrong).unwrap();
        let outcome = init(from.path(), &config, &[]).await;
        outcome.expect(78);
        outcome.says(&["portico.toml"]);
        assert_eq!(std::fs::read_to_string(&config).unwrap(), wrong);
    }
}

pub(crate) async fn several_applications_in_one_folder_are_asked_about() {
    let (from, _to, config) = folders("wp-config.php", WP);
    let forum = "<?php $dbms = 'mysqli'; $dbhost = 'h'; $dbname = 'f'; $dbuser = 'u'; $dbpasswd = 'p'; @define('PHPBB_INSTALLED', true);";
    std::fs::write(from.path().join("config.php"), forum).unwrap();
    let outcome = init(from.path(), &config, &[]).await;
    outcome.expect(64);
    outcome.says(&["--app", "wordpress", "phpbb", "wp-config.php"]);
    let chosen = init(from.path(), &config, &["--app", "phpbb", "--dry-run"]).await;
    let said = chosen.expect(0);
    assert!(said.contains("config_php = ") && !said.contains("database_url_file"), "{said}");
}

pub(crate) async fn what_is_not_recognised_is_told_with_what_to_do() {
    let (from, _to, config) = folders("index.php", "<?php\n");
    let outcome = init(from.path(), &config, &[]).await;
    outcome.expect(64);
    outcome.says(&["portico apps", "--app"]);
    let outcome = init(from.path(), &config, &["--app", "wordpres"]).await;
    outcome.expect(64);
    outcome.says(&["`wordpres`", "wordpress"]);
    init(Path::new("/nowhere/at/all"), &config, &[]).await.expect(64);
    let (from, _to, config) = folders("wp-config.php", &WP.replace("'the-very-secret'", "getenv('PW')"));
    let outcome = init(from.path(), &config, &[]).await;
    outcome.expect(2);
    outcome.says(&["wp-config.php, line 4", "`DB_PASSWORD`", "--database-url"]);
    assert!(!Path::new(&config).exists());
}

pub(crate) async fn an_application_can_be_named_without_its_folder() {
    let (_, to, config) = folders("x", "");
    let run = |more: Vec<String>| {
        let config = config.clone();
        async move {
            portico(["init".to_owned(), "--config".to_owned(), config].into_iter().chain(more)).run().await
        }
    };
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    for (arguments, says) in [
        ("--app joomla", "--database-url"),
        ("--app joomla --database-url oracle://h/d", "scheme"),
        ("--app joomla --database-url mysql://h/d --table-prefix a;b", "--table-prefix"),
        ("--app joomla --database-url mysql://h/d --set colour=red", "no such key"),
        ("--app joomla --database-url mysql://h/d --set colour", "KEY=VALUE"),
        ("--app joomla --database-url mysql://h/d --front talk", "--front"),
        ("--app joomla --database-url mysql://h/d --name a.b", "--name"),
        ("", "--from"),
    ] {
        let outcome = run(words(arguments).into_iter().filter(|word| !word.is_empty()).collect()).await;
        outcome.expect(64);
        outcome.says(&[says]);
        assert!(!Path::new(&config).exists(), "{arguments}");
    }
    let good = "--app joomla --database-url mysql://u:the-very-secret@127.0.0.1:1/d --table-prefix j_ --set base_url=https://x.example.org";
    run(words(good)).await.expect(1);
    let text = std::fs::read_to_string(&config).unwrap();
    assert!(text.contains("table_prefix = \"j_\""), "{text}");
    let secret = std::fs::read_to_string(to.path().join("joomla.database-url")).unwrap();
    assert_eq!(secret, "mysql://u:the-very-secret@127.0.0.1:1/d\n");

    let piped = portico(["init", "--app", "mybb", "--database-url", "-", "--config", &config]);
    piped.input("postgres://u:the-very-secret@127.0.0.1:1/d\n").run().await.expect(1);
    assert!(to.path().join("mybb.database-url").exists());
}

pub(crate) async fn accounts_of_ones_own_need_no_application() {
    let (_, to, config) = folders("x", "");
    let outcome = portico(["init", "--app", "native", "--config", &config]).run().await;
    let said = outcome.expect(0);
    assert!(said.contains("portico admin create"), "{said}");
    let text = std::fs::read_to_string(&config).unwrap();
    assert!(text.contains("unknown_names = \"form-approval\""), "{text}");
    assert_eq!(std::fs::read_dir(to.path()).unwrap().count(), 1);
}
