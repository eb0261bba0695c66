//! Recipes as strangers write them, and what the engine does where a table is not as it should be.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::sync::Arc;

use portico_auth_sql::recipe::{Catalogue, Recipe, SqlApplication, SqlConfig};
use portico_auth_sql::testing::TestDatabase;
use portico_auth_sql::{DatabaseKind, TablePrefix, for_each_database};
use portico_core::auth::{
    AuthContext, AuthError, Authenticator, BuildContext, Credentials, Decision, HashPool, Realm, Refusal,
    SubjectId,
};
use portico_core::front::FrontId;
use portico_core::ports::{Clock, SystemClock};
use serde_json::json;

const MEMBERS: &str = r#"id = "members"
name = "Members"
category = "other"
versions = "all"
confidence = "high"
source = "this test"
databases = ["mysql", "postgres", "sqlite"]
prefix = "m_"

[[person]]
table = "people"
id = "id"
login = [{ column = "name", compare = "ignore-case" }]
password = "password"
salt = "salt"
schemes = ["md5(md5(p).salt)"]
optional = ["nick"]
no_password = ["!"]

[[person.refuse]]
as = "banned"
rows = { table = "bans", match = { person = "{id}" }, optional = true }

[person.identity]
display_name = "nick"
email = "email"
"#;

fn mistakes(text: &str) -> String {
    Recipe::parse("members.toml", text).expect_err("a recipe with mistakes was taken").to_string()
}

fn application(recipe: &str, url: &str) -> SqlApplication {
    let recipe = Recipe::parse("members.toml", recipe).unwrap_or_else(|error| panic!("{error}"));
    let config: SqlConfig = serde_json::from_value(json!({ "app": "members", "database_url": url })).unwrap();
    let pool = HashPool::new(1, 8).unwrap();
    let cx = BuildContext::new("members", Realm::new("members").unwrap(), pool, Arc::new(SystemClock));
    SqlApplication::of_recipe(recipe, &config, &cx).unwrap()
}

async fn login(application: &SqlApplication, name: &str, password: &str) -> Result<Decision, AuthError> {
    let front = FrontId::new("front").unwrap();
    let cx = AuthContext::new(&front, SystemClock.now());
    application.authenticate(&Credentials::password(name, password), &cx).await
}

async fn members(db: &TestDatabase) {
    db.execute(
        "CREATE TABLE m_people (id int PRIMARY KEY, name varchar(40), password varchar(40), salt varchar(8), email varchar(80));\
         INSERT INTO m_people VALUES (1, 'alice', '', 'abc', 'alice@example.org')",
    )
    .await;
    let made = md5_md5("Wren-71", "abc");
    db.execute(&format!("UPDATE m_people SET password = '{made}'")).await;
}

fn md5_md5(password: &str, salt: &str) -> String {
    use portico_passwords::{Scheme, Subject, testing};
    let scheme: Scheme = "md5(md5(p).salt)".parse().unwrap();
    testing::stored(&scheme, password.as_bytes(), &Subject { salt: Some(salt), ..Subject::default() })
        .unwrap()
}

#[test]
fn a_mistake_in_the_form_is_told_with_file_line_key_and_what_would_be_right() {
    let unknown = mistakes(&MEMBERS.replace("password = \"password\"", "pasword = \"password\""));
    assert!(unknown.starts_with("members.toml, line 14: person[0]"), "{unknown}");
    assert!(unknown.contains("unknown field `pasword`") && unknown.contains("`password`"), "{unknown}");
    let compare = mistakes(&MEMBERS.replace("\"ignore-case\"", "\"fuzzy\""));
    assert!(compare.contains("line 13") && compare.contains("login[0].compare"), "{compare}");
    assert!(compare.contains("`exact`") && compare.contains("`ignore-case`"), "{compare}");
    let category = mistakes(&MEMBERS.replace("\"other\"", "\"misc\""));
    assert!(category.contains("line 3: category") && category.contains("`wiki`"), "{category}");
    let syntax = mistakes(&MEMBERS.replace("[[person]]", "[[person]"));
    assert!(syntax.starts_with("members.toml, line 10: "), "{syntax}");
}

#[test]
fn all_mistakes_in_the_meaning_are_told_at_once() {
    let text = MEMBERS
        .replace("salt = \"salt\"\n", "")
        .replace("table = \"people\"", "table = \"people; DROP TABLE x\"")
        .replace("id = \"id\"", "id = \"other.id\"")
        .replace("{id}", "{ident}")
        .replace("email = \"email\"", "email = \"e`mail\"\nprofile = \"{base_url}/{id}\"");
    let all = mistakes(&text);
    for part in [
        "`people; DROP TABLE x` can't be a table",
        "alias is that of no joined table",
        "`md5(md5(p).salt)` needs the salt's column: `salt`",
        "unknown placeholder `{ident}`",
        "`e`mail` can't be a column",
        "{base_url} needs `base_url = true`",
    ] {
        assert!(all.contains(part), "{part} is missing in:\n{all}");
    }
    assert!(all.lines().all(|line| line.starts_with("members.toml, line ")), "{all}");
    let schemes = mistakes(&MEMBERS.replace("md5(md5(p).salt)", "md6"));
    assert!(schemes.contains("person[0].schemes[0]") && schemes.contains("bcrypt"), "{schemes}");
    let id = mistakes(&MEMBERS.replace("id = \"members\"", "id = \"people\""));
    assert!(id.contains("line 1: id: it is `people`, the file is `members.toml`"), "{id}");
}

#[test]
fn a_config_that_can_find_nothing_is_told_with_its_key() {
    let config =
        "[config]\nfile = \"../../etc/../passwd\"\nformat = \"php\"\nhost = \"no such form\"\n\n[[person]]";
    let all = mistakes(&MEMBERS.replace("[[person]]\n", &format!("{config}\n")));
    for key in ["config.file", "config.host", "config.database"] {
        assert!(all.contains(&format!("{key}: ")), "{key} is missing in:\n{all}");
    }
    assert!(all.contains("line 11: config.file"), "{all}");
}

#[test]
fn hostile_recipes_are_refused() {
    for (from, to) in [
        ("\"people\"", "\"people` AS t; DROP TABLE x -- \""),
        ("\"name\"", "\"na\\\"me\""),
        ("\"name\"", "\"\""),
        ("\"email\"", "\"a\\u0000b\""),
        ("prefix = \"m_\"", "prefix = \"m`\""),
        ("\"bans\"", "\"=\""),
        ("\"bans\"", "\"schema.bans\""),
    ] {
        let text = MEMBERS.replace(from, to);
        assert_ne!(text, MEMBERS);
        assert!(Recipe::parse("members.toml", &text).is_err(), "{to}");
    }
    for nonsense in ["", "\0", "[[[[", "person = 1", "id = 1"] {
        assert!(Recipe::parse("members.toml", nonsense).is_err(), "{nonsense:?}");
    }
}

#[test]
fn a_recipe_of_ones_own_goes_before_that_of_the_build() {
    let folder = tempfile::tempdir().unwrap();
    let own = MEMBERS.replace("\"members\"", "\"joomla\"").replace("\"Members\"", "\"Our Joomla\"");
    std::fs::write(folder.path().join("joomla.toml"), own).unwrap();
    std::fs::write(folder.path().join("members.toml"), MEMBERS).unwrap();
    let catalogue = Catalogue::with_folder(folder.path()).unwrap();
    assert_eq!(catalogue.get("joomla").unwrap().name, "Our Joomla");
    assert_eq!(catalogue.get("members").unwrap().name, "Members");
    assert!(catalogue.get("wordpress").is_some());
    assert_eq!(Catalogue::bundled().suggestions("jomla").first(), Some(&"joomla"));
    std::fs::write(folder.path().join("broken.toml"), "id = 1").unwrap();
    let error = Catalogue::with_folder(folder.path()).unwrap_err().to_string();
    assert!(error.contains("broken.toml, line 1"), "{error}");
}

#[test]
fn grants_are_for_reading_the_named_columns_only() {
    let recipe = Recipe::parse("members.toml", MEMBERS).unwrap();
    let prefix = TablePrefix::new("m_").unwrap();
    let mysql = recipe.grants(&prefix, "club", "reader@%", DatabaseKind::Mysql);
    assert!(
        mysql.contains(
            &"GRANT SELECT (`email`, `id`, `name`, `password`, `salt`) ON `club`.`m_people` TO 'reader'@'%'"
                .to_owned()
        ),
        "{mysql:?}"
    );
    assert!(
        mysql.contains(&"GRANT SELECT (`nick`) ON `club`.`m_people` TO 'reader'@'%'".to_owned()),
        "{mysql:?}"
    );
    let hostile = recipe.grants(&prefix, "c`lub", "o'brien", DatabaseKind::Mysql);
    assert!(
        hostile.iter().all(|grant| grant.contains("`c``lub`") && grant.ends_with("'o''brien'@'localhost'"))
    );
    let postgres = recipe.grants(&prefix, "club", "reader", DatabaseKind::Postgres);
    assert!(
        postgres.contains(&"GRANT SELECT (\"person\") ON \"m_bans\" TO \"reader\"".to_owned()),
        "{postgres:?}"
    );
    assert!(recipe.grants(&prefix, "club", "reader", DatabaseKind::Sqlite).is_empty());
}

for_each_database!(
    a_missing_optional_column_is_empty_and_a_missing_optional_table_has_no_rows,
    two_rows_for_one_name_let_nobody_in,
    an_unknown_hash_format_names_family_and_application,
    a_missing_column_is_named_with_the_recipes_key,
    names_that_break_statements_match_nobody,
    a_password_that_is_changed_over_there_changes_the_stamp
);

async fn a_missing_optional_column_is_empty_and_a_missing_optional_table_has_no_rows(db: TestDatabase) {
    members(&db).await;
    let application = application(MEMBERS, &db.url());
    application.check().await.unwrap();
    let decision = login(&application, "Alice", "Wren-71").await.unwrap();
    assert_eq!(decision.identity().expect("accepted").shown_name(), "alice");
    db.execute("CREATE TABLE m_bans (person int); INSERT INTO m_bans VALUES (1)").await;
    let refused = login(&application, "Alice", "Wren-71").await.unwrap();
    assert!(matches!(refused.refusal(), Some(Refusal::Banned { .. })), "{refused:?}");
    assert_eq!(login(&application, "Alice", "wrong").await.unwrap().refusal(), Some(&Refusal::BadSecret));
}

async fn two_rows_for_one_name_let_nobody_in(db: TestDatabase) {
    members(&db).await;
    db.execute("INSERT INTO m_people SELECT 2, 'ALICE', password, salt, email FROM m_people").await;
    let application = application(MEMBERS, &db.url());
    let error = login(&application, "alice", "Wren-71").await.unwrap_err();
    assert!(matches!(error, AuthError::Inconsistent { .. }), "{error}");
    let text = error.to_string();
    assert!(text.contains("Members") && text.contains("`name`") && text.contains("`people`"), "{text}");
}

async fn an_unknown_hash_format_names_family_and_application(db: TestDatabase) {
    members(&db).await;
    db.execute("UPDATE m_people SET password = '$argon9$abc'").await;
    let application = application(MEMBERS, &db.url());
    for password in ["$argon9$abc", "Wren-71"] {
        let error = login(&application, "alice", password).await.unwrap_err();
        let text = error.to_string();
        assert!(matches!(error, AuthError::Inconsistent { .. }), "{text}");
        assert!(
            text.contains("Members: person 1") && text.contains("`$argon9$…`") && !text.contains("abc"),
            "{text}"
        );
    }
    for nobodys in ["!locked", ""] {
        db.execute(&format!("UPDATE m_people SET password = '{nobodys}'")).await;
        assert_eq!(login(&application, "alice", nobodys).await.unwrap().refusal(), Some(&Refusal::BadSecret));
    }
}

async fn a_missing_column_is_named_with_the_recipes_key(db: TestDatabase) {
    members(&db).await;
    let missing = application(&MEMBERS.replace("salt = \"salt\"", "salt = \"pepper\""), &db.url());
    for error in [missing.check().await.unwrap_err(), login(&missing, "alice", "x").await.unwrap_err()] {
        let text = error.to_string();
        assert!(matches!(error, AuthError::Misconfigured { .. }), "{text}");
        assert!(
            text.contains("`pepper`") && text.contains("`person[0].salt`") && text.contains("m_people"),
            "{text}"
        );
    }
    let missing = application(&MEMBERS.replace("\"people\"", "\"folk\""), &db.url());
    let text = missing.check().await.unwrap_err().to_string();
    assert!(text.contains("m_folk") && text.contains("recipe `members`"), "{text}");
}

async fn names_that_break_statements_match_nobody(db: TestDatabase) {
    members(&db).await;
    let application = application(MEMBERS, &db.url());
    let long = "x".repeat(10_000);
    for name in
        ["\0", "alice\0", "' OR 1=1 -- ", "\\", "al\\ice", "%", "a%", "_____", "\"", "`", long.as_str()]
    {
        let refusal = login(&application, name, "Wren-71").await.unwrap();
        assert_eq!(refusal.refusal(), Some(&Refusal::UnknownSubject), "{}", name.escape_debug());
    }
}

async fn a_password_that_is_changed_over_there_changes_the_stamp(db: TestDatabase) {
    members(&db).await;
    db.execute("INSERT INTO m_people SELECT 2, 'bob', password, salt, email FROM m_people").await;
    let application = application(MEMBERS, &db.url());
    let subjects = ["1", "2"].map(|id| SubjectId::new(id).unwrap());
    let stamps = || async {
        let found = application.directory().unwrap().lookup(&subjects).await.unwrap();
        let mut stamps: Vec<_> =
            found.into_iter().map(|entry| (entry.identity.subject, entry.identity.secret_stamp)).collect();
        stamps.sort();
        stamps.into_iter().map(|(_, stamp)| stamp.expect("a stamp")).collect::<Vec<_>>()
    };
    let before = stamps().await;
    assert_eq!(before[0].len(), 32);
    assert_ne!(before[0], before[1], "the same password of two people is no stamp to compare them by");
    let at_login = login(&application, "alice", "Wren-71").await.unwrap();
    assert_eq!(at_login.identity().unwrap().secret_stamp.as_ref(), Some(&before[0]));
    db.execute("UPDATE m_people SET name = 'alicia', email = 'new@example.org' WHERE id = 1").await;
    assert_eq!(stamps().await, before, "nothing of this is the password");
    db.execute(&format!("UPDATE m_people SET password = '{}' WHERE id = 1", md5_md5("Heron-28", "abc")))
        .await;
    let after = stamps().await;
    assert!(after[0] != before[0] && after[1] == before[1], "{before:?} {after:?}");
    db.execute("UPDATE m_people SET salt = 'xyz' WHERE id = 1").await;
    let salted = stamps().await;
    assert!(!before.contains(&salted[0]) && salted[0] != after[0], "the salt belongs to the password");
    db.execute("UPDATE m_people SET password = NULL WHERE id = 1").await;
    assert_ne!(stamps().await[0], salted[0], "it was taken away");
}
