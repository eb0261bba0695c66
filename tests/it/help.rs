//! The command line itself: what it says, and its exit statuses.

use crate::support::portico;

const COMMANDS: &str = "\
A self-hosted messenger that people enter with the accounts they already have

Usage: portico [OPTIONS] <COMMAND>

Commands:
  serve       Serve until SIGTERM or Ctrl-C
  demo        Try Portico: three fronts with made-up people, nothing to install
  check       Reach the database and every authenticator; say what works, and what to do about the rest
  login-test  Try a login against one authenticator, exactly as a real one, and print the decision as JSON
  sync        Read a directory now, or tell what reading it would change
  apps        Which applications people can enter from, and all about one of them
  init        Write the configuration for an application or a directory: recognised, named, or asked
  options     Which options there are, what holds at a front or for a person, and why
  reload      Tell the running server to read its configuration again
  import      Carry over what another messenger kept
  admin       Administer: accounts, roles, bans, reports, messages to many, statistics
  help        Print this message or the help of the given subcommand(s)
";

const LAST_WORDS: &str = "\
Try it:      portico demo
Set it up:   portico init --from /var/www/forum   (or write portico.toml, see docs/configuration.md)
Exit status: 0 done, 1 the answer is no, 2 it did not work, 64 wrong usage, 78 unusable configuration
";

pub(crate) async fn help_is_on_standard_output_and_says_where_to_begin() {
    for argument in ["--help", "help"] {
        let outcome = portico([argument]).run().await;
        let text = outcome.expect(0);
        assert!(text.starts_with(COMMANDS), "{text}");
        assert!(text.ends_with(LAST_WORDS), "{text}");
        assert!(outcome.stderr.is_empty());
    }
}

pub(crate) async fn each_command_tells_its_options() {
    let wanted: [(&[&str], &[&str]); 17] = [
        (&["serve"], &["Usage: portico serve [OPTIONS] --config <FILE>", "[env: PORTICO_CONFIG=]"]),
        (
            &["demo"],
            &[
                "--listen <ADDR:PORT>",
                "[default: 127.0.0.1:8080]",
                "--data <DIR>",
                "--json",
                "--allow-public-address",
            ],
        ),
        (&["check"], &["--config <FILE>", "--json"]),
        (
            &["login-test"],
            &[
                "--authenticator <NAME>",
                "--login <LOGIN>",
                "--ip <ADDR>",
                "--user-agent <TEXT>",
                "--cookie <NAME=VALUE>",
                "--batch",
            ],
        ),
        (&["apps"], &["[SEARCH]", "show", "--category <CATEGORY>", "--json", "--recipes <DIR>"]),
        (&["apps", "show"], &["<ID>", "--json"]),
        (
            &["init"],
            &[
                "--from <DIR>",
                "--app <ID>",
                "--database-url <URL>",
                "--table-prefix <PREFIX>",
                "--set <KEY=VALUE>",
                "--name <NAME>",
                "--front <PATH>",
                "--config <FILE>",
                "--force",
                "--dry-run",
            ],
        ),
        (&["sync"], &["--authenticator <NAME>", "--dry-run", "--accept", "--full", "--json"]),
        (&["options"], &["list", "show", "explain"]),
        (&["options", "explain"], &["--front <", "--account <", "--json"]),
        (&["reload"], &["--config <FILE>"]),
        (&["import"], &["intramessenger"]),
        (&["import", "intramessenger"], &["--database-url <URL>", "--dry-run", "--json"]),
        (
            &["admin"],
            &["create", "list", "approve", "audit", "ban", "mute", "reports", "message", "statistics"],
        ),
        (&["admin", "create"], &["--login <LOGIN>", "--display-name <", "--ordinary"]),
        (&["admin", "list"], &["--pending", "--json"]),
        (&["admin", "message"], &["--json"]),
    ];
    for (command, texts) in wanted {
        let outcome = portico(command.iter().copied().chain(["--help"])).run().await;
        let help = outcome.expect(0);
        for text in texts {
            assert!(help.contains(text), "{text} is missing in {help}");
        }
        for option in ["--log <FILTER>", "--log-format <FORMAT>", "[env: PORTICO_LOG=]"] {
            assert!(help.contains(option), "{option} is missing in {help}");
        }
    }
}

pub(crate) async fn wrong_usage_is_a_64_on_standard_error() {
    let wrong: [&[&str]; 9] = [
        &[],
        &["bogus"],
        &["serve"],
        &["serve", "--config"],
        &["serve", "--config", "x", "extra"],
        &["check", "--colour"],
        &["demo", "--listen", "nonsense"],
        &["admin"],
        &["--log-format", "poetry", "demo"],
    ];
    for arguments in wrong {
        let outcome = portico(arguments).run().await;
        assert_eq!(outcome.status, Some(64), "{arguments:?}: {}", outcome.stderr);
        assert!(outcome.stdout.is_empty() && !outcome.stderr.is_empty(), "{arguments:?}");
    }
}

pub(crate) async fn the_version_is_told() {
    let outcome = portico(["--version"]).run().await;
    assert_eq!(outcome.expect(0), "portico 0.1.0\n");
}
