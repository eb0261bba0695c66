//! The demonstration board is one that the adapter understands.

use std::sync::Arc;

use portico_auth_phpbb::PhpbbConfig;
use portico_auth_phpbb::demo::{DemoMember, HashFamily, MemberState, seed};
use portico_core::Timestamp;
use portico_core::auth::{
    Adapter, AuthContext, Authenticator, BuildContext, Credentials, Decision, HashPool, Realm,
};
use portico_core::front::FrontId;
use portico_core::testing::MockClock;

fn member(login: &str, hash: HashFamily, state: MemberState, groups: &[&str]) -> DemoMember {
    let groups = groups.iter().map(|name| (*name).to_owned()).collect();
    DemoMember { login: login.into(), password: format!("pass & <{login}>").into(), hash, state, groups }
}

#[tokio::test]
async fn its_members_are_answered_as_they_were_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phpbb.db");
    let banned = MemberState::Banned { reason: "sells <watches>".into() };
    let members = [
        member("Alice", HashFamily::Argon2id, MemberState::Active, &["ADMINISTRATORS", "Chess & Go"]),
        member("Bob", HashFamily::Bcrypt, MemberState::Active, &["Chess & Go"]),
        member("Carol", HashFamily::Phpass, MemberState::Active, &[]),
        member("Élodie", HashFamily::Md5, MemberState::Active, &[]),
        member("Ivan", HashFamily::Bcrypt, MemberState::Inactive, &[]),
        member("Mallory", HashFamily::Phpass, banned, &[]),
    ];
    seed(&path, &members).await.unwrap();

    let clock = Arc::new(MockClock::new(Timestamp::from_secs(1_795_305_600)));
    let pool = HashPool::new(1, 8).unwrap();
    let cx = BuildContext::new("demo", Realm::new("demo").unwrap(), pool, clock);
    let options = serde_json::json!({"database_url": format!("sqlite://{}", path.display())});
    let config: PhpbbConfig = serde_json::from_value(options).unwrap();
    let phpbb = config.build(&cx).await.unwrap();
    phpbb.check().await.unwrap();
    let front = FrontId::new("im").unwrap();
    let cx = AuthContext::new(&front, Timestamp::from_secs(1_795_305_600));
    for person in &members {
        let credentials = |password: &str| Credentials::password(&person.login, password);
        let right =
            phpbb.authenticate(&credentials(&format!("pass & <{}>", person.login)), &cx).await.unwrap();
        let expected = match person.login.as_str() {
            "Ivan" => "disabled",
            "Mallory" => "banned",
            _ => "accepted",
        };
        assert_eq!(
            right.refusal().map_or("accepted", |refusal| refusal.as_str()),
            expected,
            "{}",
            person.login
        );
        let wrong = phpbb.authenticate(&credentials("pass"), &cx).await.unwrap();
        assert_eq!(
            wrong.refusal().map(portico_core::auth::Refusal::as_str),
            Some("bad-secret"),
            "{}",
            person.login
        );
        if let Decision::Accepted { identity, .. } = right {
            assert_eq!(identity.login, person.login);
            let names: Vec<String> = identity.groups.unwrap().into_iter().map(|group| group.name).collect();
            assert!(person.groups.iter().all(|name| names.contains(name)), "{names:?}");
            assert_eq!(identity.staff.administrator, person.login == "Alice");
        }
    }
}

#[tokio::test]
async fn a_file_that_holds_a_board_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phpbb.db");
    seed(&path, &[]).await.unwrap();
    assert!(seed(&path, &[]).await.is_err());
}
