//! The demonstration forum.

use portico_auth_phorum::demo::{Browser, DemoForum, DemoHash, DemoMember, DemoState, TABLE_PREFIX, seed};
use portico_auth_phorum::{Phorum, PhorumConfig};
use portico_core::auth::{Adapter, Authenticator, HashPool, Refusal, SubjectId, WantedTopics};
use secrecy::SecretString;
use serde_json::json;

use crate::support::{PASSWORD, come, context, enter, refusal};

fn member(login: &str, hash: DemoHash, state: DemoState, groups: &[&str]) -> DemoMember {
    DemoMember {
        login: login.to_owned(),
        password: SecretString::from(PASSWORD),
        hash,
        state,
        groups: groups.iter().map(|&group| group.to_owned()).collect(),
    }
}

async fn phorum_at(path: &std::path::Path) -> Phorum {
    let keys = json!({"database_url": format!("sqlite:{}", path.display()), "table_prefix": TABLE_PREFIX, "cookies": true});
    let config: PhorumConfig = serde_json::from_value(keys).unwrap();
    config.build(&context(HashPool::new(2, 16).unwrap())).await.unwrap()
}

#[tokio::test]
async fn the_members_of_the_demonstration_enter_as_their_state_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phorum.db");
    let members = [
        member("rosa", DemoHash::Bcrypt, DemoState::Active, &["Gardeners", "Readers"]),
        member("olaf", DemoHash::Md5, DemoState::Active, &["Gardeners"]),
        member("ines", DemoHash::Bcrypt, DemoState::Inactive, &[]),
        member("bert", DemoHash::Md5, DemoState::Banned, &[]),
    ];
    seed(&path, &members).await.unwrap();
    let phorum = phorum_at(&path).await;
    phorum.check().await.unwrap();
    assert!(phorum.fingerprint().await.unwrap().is_some());

    let rosa = enter(&phorum, "Rosa").await;
    assert_eq!((rosa.login.as_str(), rosa.restrictions.write.is_none()), ("rosa", true));
    let names: Vec<_> = rosa.groups.unwrap().into_iter().map(|group| group.name).collect();
    assert_eq!(names, ["Gardeners", "Readers"]);
    let olaf = enter(&phorum, "olaf").await;
    assert_eq!(olaf.groups.unwrap()[0].id, "1", "the group of both is one");
    assert_eq!(refusal(&phorum, "ines", PASSWORD).await, Refusal::Disabled);
    assert!(enter(&phorum, "bert").await.restrictions.write.is_some());
    assert_eq!(refusal(&phorum, "rosa", "wrong").await, Refusal::BadSecret);
}

#[tokio::test]
async fn a_forum_is_not_seeded_twice_nor_with_two_members_of_one_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phorum.db");
    let twins = [
        member("rosa", DemoHash::Md5, DemoState::Active, &[]),
        member("Rosa", DemoHash::Md5, DemoState::Active, &[]),
    ];
    assert!(seed(&path, &twins).await.is_err());
    seed(&path, &twins[..1]).await.unwrap();
    assert!(seed(&path, &twins[..1]).await.is_err());
    enter(&phorum_at(&path).await, "rosa").await;
}

#[tokio::test]
async fn what_happens_at_the_forum_is_seen_here() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("phorum.db");
    let members = ["alice", "bob"].map(|login| member(login, DemoHash::Md5, DemoState::Active, &[]));
    seed(&path, &members).await.unwrap();
    let (forum, browser) = (DemoForum::at(&path), Browser::default());
    let phorum = phorum_at(&path).await;
    phorum.check().await.unwrap();
    let word = async |cookies: &[(String, String)]| {
        let cookies: Vec<(&str, &str)> =
            cookies.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = come(&phorum, &cookies).await.unwrap();
        answer.identity().map_or_else(
            || answer.refusal().unwrap().as_str().to_owned(),
            |who| format!("{}{}", who.login, if who.restrictions.write.is_some() { " reads" } else { "" }),
        )
    };
    let session = forum.session("alice", &browser).await.unwrap();
    assert_eq!(word(&session).await, "alice");
    let remembered = forum.remembered("alice", &browser).await.unwrap();
    assert_eq!((remembered.len(), word(&remembered).await), (1, "alice".to_owned()));
    assert_eq!(word(&forum.guest_session(&browser).await.unwrap()).await, "unknown-subject");
    forum.ban("alice", "spam").await.unwrap();
    assert_eq!(word(&session).await, "alice reads");
    forum.unban("alice").await.unwrap();
    forum.set_active("alice", false).await.unwrap();
    assert_eq!(word(&session).await, "disabled");
    forum.set_active("alice", true).await.unwrap();
    forum.rename("alice", "alicia").await.unwrap();
    assert_eq!(word(&session).await, "alicia");
    forum.join("alicia", "Gardeners", true).await.unwrap();
    forum.message("bob", "alicia", "hi").await.unwrap();
    let id = forum.user_id("alicia").await.unwrap();
    let subject = [SubjectId::new(id.to_string()).unwrap()];
    let groups =
        phorum.directory().unwrap().lookup(&subject).await.unwrap().remove(0).identity.groups.unwrap();
    assert!(groups.iter().any(|group| group.name == "Gardeners" && group.leader), "{groups:?}");
    assert_eq!(phorum.inbox().unwrap().unread(&subject).await.unwrap()[0].1, 1);
    forum.read_messages("alicia").await.unwrap();
    assert_eq!(phorum.inbox().unwrap().unread(&subject).await.unwrap()[0].1, 0);
    forum.leave("alicia", "Gardeners").await.unwrap();
    forum.ban_address("127.0.0.").await.unwrap();
    let here = [(subject[0].clone(), vec![browser.address])];
    assert_eq!(phorum.directory().unwrap().address_bans(&here).await.unwrap().len(), 1);
    forum.unban_address("127.0.0.").await.unwrap();
    assert_eq!(phorum.directory().unwrap().address_bans(&here).await.unwrap().len(), 0);
    forum.change_password("alicia", &SecretString::from("new one")).await.unwrap();
    assert_eq!(word(&session).await, "unknown-subject");
    let open = forum.add_forum("Open", true).await.unwrap();
    let inner = forum.add_forum("Inner", false).await.unwrap();
    let topic = forum.add_topic(open, "bob", "Hello").await.unwrap();
    forum.add_topic(inner, "bob", "secret").await.unwrap();
    let forums = vec![open.to_string(), inner.to_string()];
    let wanted = WantedTopics { forums, readable_by: None, after: Some(0), limit: 9 };
    let topics = phorum.news().unwrap().topics(&wanted).await.unwrap();
    assert_eq!(topics.iter().map(|topic| topic.id).collect::<Vec<_>>(), [u64::try_from(topic).unwrap()]);
    forum.close(true).await.unwrap();
    assert_eq!(word(&forum.session("bob", &browser).await.unwrap()).await, "not-permitted");
    forum.delete("alicia").await.unwrap();
    assert!(phorum.directory().unwrap().lookup(&subject).await.unwrap().is_empty());
    assert!(forum.session("alicia", &browser).await.is_err());
}
