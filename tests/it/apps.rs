//! `portico apps`: which applications there are.

use crate::support::portico;

pub(crate) async fn the_list_can_be_searched_and_is_json_for_programs() {
    let all = portico(["apps", "--json"]).run().await.json(0);
    let all = all.as_array().unwrap();
    assert!(all.len() > 100, "{}", all.len());
    let ids: Vec<&str> = all.iter().map(|app| app["id"].as_str().unwrap()).collect();
    for id in ["native", "phpbb", "phorum", "ldap-windows", "wordpress", "mediawiki"] {
        assert!(ids.contains(&id), "{id}");
    }
    assert!(ids.is_sorted(), "{ids:?}");
    for app in all {
        for key in ["id", "name", "kind", "versions", "category", "confidence"] {
            assert!(app[key].as_str().is_some_and(|text| !text.is_empty()), "{key} of {app}");
        }
        assert!(!app["databases"].as_array().unwrap().is_empty(), "{app}");
    }

    let text = portico(["apps", "WORDpress"]).run().await;
    let text = text.expect(0);
    assert!(
        text.starts_with("ID ") && text.contains("\nwordpress ") && !text.contains("\njoomla "),
        "{text}"
    );
    let forums = portico(["apps", "--category", "forum"]).run().await;
    let forums = forums.expect(0);
    assert!(
        forums.contains("\nphpbb ") && forums.contains("\nphorum ") && !forums.contains("\nwordpress "),
        "{forums}"
    );
    let found_by_alias = portico(["apps", "active-directory"]).run().await;
    assert!(found_by_alias.expect(0).contains("\nldap-windows "));
    portico(["apps", "no such application"]).run().await.expect(1);
    let wrong = portico(["apps", "--category", "froum"]).run().await;
    wrong.expect(64);
    wrong.says(&["`froum`", "forum", "wiki"]);
}

pub(crate) async fn one_application_is_told_whole() {
    let text = portico(["apps", "show", "wordpress"]).run().await;
    let text = text.expect(0);
    for part in [
        "WordPress",
        "confidence",
        "Login by",
        "Passwords",
        "Keys of the authenticator",
        "Example",
        "app = \"wordpress\"",
        "Grants (mysql)",
        "GRANT SELECT (",
        "wp-config.php",
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(!text.contains("UPDATE") && !text.contains("INSERT"), "{text}");
    for id in ["native", "phpbb", "phpbb3", "phorum", "ldap-windows"] {
        let text = portico(["apps", "show", id]).run().await;
        assert!(text.expect(0).contains("kind = "), "{id}");
    }
}

pub(crate) async fn everything_that_is_listed_can_be_shown() {
    let all = portico(["apps", "--json"]).run().await.json(0);
    for app in all.as_array().unwrap() {
        let id = app["id"].as_str().unwrap();
        let facts = portico(["apps", "show", id, "--json"]).run().await.json(0);
        for key in ["id", "name", "versions", "category", "confidence"] {
            assert_eq!(facts[key], app[key], "{key} of {id}");
        }
        assert!(facts["example"].as_str().unwrap().contains("[authenticator."), "{id}");
        if facts["kind"] == "sql" {
            assert!(!facts["login_by"].as_array().unwrap().is_empty(), "{id}");
            assert!(!facts["schemes"].as_array().unwrap().is_empty(), "{id}");
        }
    }
}

pub(crate) async fn an_unknown_application_is_a_64_with_similar_ones() {
    for (id, similar) in [("wordpres", "wordpress"), ("Joomla!", "joomla"), ("phpbb5", "phpbb")] {
        let outcome = portico(["apps", "show", id]).run().await;
        outcome.expect(64);
        outcome.says(&[id, similar]);
    }
    let nothing = portico(["apps", "show", "qqqqqqqqqqqq"]).run().await;
    nothing.expect(64);
    nothing.says(&["portico apps"]);
}

pub(crate) async fn the_page_of_the_manual_is_what_the_catalogue_says() {
    let page = portico(["apps", "--markdown"]).run().await;
    let kept = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/applications.md");
    let kept = std::fs::read_to_string(kept).unwrap();
    assert!(page.expect(0) == kept, "docs/applications.md is stale: run cargo xtask gen");
}

pub(crate) async fn recipes_of_ones_own_are_listed_and_their_mistakes_told() {
    let folder = tempfile::tempdir().unwrap();
    let recipe = "id = \"club\"\nname = \"The club\"\ncategory = \"other\"\nversions = \"ours\"\nconfidence = \"high\"\n\
                  source = \"us\"\ndatabases = [\"mysql\"]\n[[person]]\ntable = \"members\"\nid = \"no\"\n\
                  login = [{ column = \"nick\", compare = \"exact\" }]\npassword = \"pw\"\nschemes = [\"bcrypt\"]\n";
    std::fs::write(folder.path().join("club.toml"), recipe).unwrap();
    let at = folder.path().display().to_string();
    let list = portico(["apps", "club", "--recipes", &at]).run().await;
    assert!(list.expect(0).contains("\nclub "));
    std::fs::write(folder.path().join("club.toml"), recipe.replace("bcrypt", "bcrip")).unwrap();
    let wrong = portico(["apps", "--recipes", &at]).run().await;
    wrong.expect(78);
    wrong.says(&["club.toml", "line 13", "bcrip"]);
}
