//! The demonstration forum.

use portico_auth_phorum::demo::{DemoHash, DemoMember, DemoState, TABLE_PREFIX, seed};
use portico_auth_phorum::{Phorum, PhorumConfig};
use portico_core::auth::{Adapter, Authenticator, HashPool, Refusal};
use secrecy::SecretString;
use serde_json::json;

use crate::support::{PASSWORD, context, enter, refusal};

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
    let keys = json!({"database_url": format!("sqlite:{}", path.display()), "table_prefix": TABLE_PREFIX});
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
