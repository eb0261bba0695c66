//! The demonstration board is one that the adapter understands.

use std::sync::Arc;

use portico_auth_phpbb::PhpbbConfig;
use portico_auth_phpbb::demo::{Browser, DemoForum, DemoMember, HashFamily, MemberState, seed};
use portico_core::Timestamp;
use portico_core::auth::{
    Adapter, AuthContext, Authenticator, BuildContext, Credentials, Decision, HashPool, Realm, SubjectId,
    WantedTopics,
};
use portico_core::front::FrontId;
use portico_core::ports::{Clock, SystemClock};
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

#[tokio::test]
async fn what_happens_at_the_board_is_seen_here() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phpbb.db");
    let members = ["Alice", "Bob"].map(|login| member(login, HashFamily::Md5, MemberState::Active, &[]));
    seed(&path, &members).await.unwrap();
    let forum = DemoForum::at(&path);
    let cx = BuildContext::new(
        "demo",
        Realm::new("demo").unwrap(),
        HashPool::new(1, 8).unwrap(),
        Arc::new(SystemClock),
    );
    let options = serde_json::json!({"database_url": format!("sqlite://{}", path.display()), "url": "https://f.example"});
    let config: PhpbbConfig = serde_json::from_value(options).unwrap();
    let phpbb = config.build(&cx).await.unwrap();
    phpbb.check().await.unwrap();
    let (front, browser) = (FrontId::new("im").unwrap(), Browser::default());
    let come = async |cookies: Vec<(String, String)>| {
        let cx = AuthContext::new(&front, SystemClock.now())
            .with_peer(Some(browser.address))
            .with_user_agent(Some(&browser.user_agent));
        let credentials = Credentials::ExternalSession { cookies: cookies.into_iter().collect() };
        match phpbb.authenticate(&credentials, &cx).await.unwrap() {
            Decision::Accepted { identity, .. } => identity.login,
            Decision::Refused(refusal) => refusal.as_str().to_owned(),
            Decision::Continue(_) => "continue".to_owned(),
        }
    };
    let session = forum.session("Alice", &browser).await.unwrap();
    assert_eq!(come(session.clone()).await, "Alice");
    assert_eq!(come(forum.remembered("bob", &browser).await.unwrap()).await, "Bob");
    assert_eq!(come(forum.guest_session(&browser).await.unwrap()).await, "unknown-subject");
    forum.ban("Alice", "spam").await.unwrap();
    assert_eq!(come(session.clone()).await, "banned");
    forum.unban("Alice").await.unwrap();
    forum.ban_address("127.0.0.*").await.unwrap();
    assert_eq!(come(session.clone()).await, "banned");
    forum.unban_address("127.0.0.*").await.unwrap();
    forum.set_active("Alice", false).await.unwrap();
    assert_eq!(come(session.clone()).await, "disabled");
    forum.set_active("Alice", true).await.unwrap();
    forum.rename("Alice", "Alicia").await.unwrap();
    assert_eq!(come(session.clone()).await, "Alicia");
    forum.join("Alicia", "Chess & Go", true).await.unwrap();
    forum.message("Bob", "Alicia", "hi").await.unwrap();
    let subject = SubjectId::new(forum.user_id("alicia").await.unwrap().to_string()).unwrap();
    let entry = phpbb.directory().unwrap().lookup(std::slice::from_ref(&subject)).await.unwrap().remove(0);
    let stamp = entry.identity.secret_stamp.clone();
    let groups = entry.identity.groups.unwrap();
    assert!(groups.iter().any(|group| group.name == "Chess & Go" && group.leader), "{groups:?}");
    assert_eq!(phpbb.inbox().unwrap().unread(std::slice::from_ref(&subject)).await.unwrap()[0].1, 1);
    forum.read_messages("Alicia").await.unwrap();
    assert_eq!(phpbb.inbox().unwrap().unread(std::slice::from_ref(&subject)).await.unwrap()[0].1, 0);
    forum.leave("Alicia", "Chess & Go").await.unwrap();
    forum.change_password("Alicia", &"new one".to_owned().into()).await.unwrap();
    assert_eq!(come(session).await, "unknown-subject");
    let entry = phpbb.directory().unwrap().lookup(std::slice::from_ref(&subject)).await.unwrap().remove(0);
    assert_ne!(entry.identity.secret_stamp, stamp);
    let (public, inner) =
        (forum.add_forum("Open", true).await.unwrap(), forum.add_forum("Inner", false).await.unwrap());
    let topic = forum.add_topic(public, "Bob", "Hello & welcome").await.unwrap();
    forum.add_topic(inner, "Bob", "secret").await.unwrap();
    let forums = vec![public.to_string(), inner.to_string()];
    let wanted = WantedTopics { forums, readable_by: None, after: Some(0), limit: 9 };
    let topics = phpbb.news().unwrap().topics(&wanted).await.unwrap();
    assert_eq!(topics.iter().map(|topic| topic.id).collect::<Vec<_>>(), [u64::try_from(topic).unwrap()]);
    forum.delete("Alicia").await.unwrap();
    assert!(phpbb.directory().unwrap().lookup(&[subject]).await.unwrap().is_empty());
    assert!(forum.session("Alicia", &browser).await.unwrap_err().to_string().contains("Alicia"));
}
