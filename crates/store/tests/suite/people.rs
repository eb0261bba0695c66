use portico_core::account::Profile;
use portico_core::ports::NewAccount;

use crate::port_tests;
use crate::world::{
    NOW, World, assert_conflict, assert_inconsistent, at, front, main_community, new_account, profile, realm,
    session_of, subject,
};

port_tests![
    a_subject_links_to_one_account,
    parallel_first_logins_make_one_account,
    subjects_are_compared_as_bytes,
    a_subject_of_255_bytes_is_found,
    what_is_shown_of_a_person_is_kept_unchanged,
    a_profile_is_refreshed,
    a_reused_subject_leaves_a_tombstone,
    a_subject_can_be_reused_again_and_again,
    a_replacement_that_fails_changes_nothing,
    the_first_proof_ends_the_sessions_of_claims,
];

async fn a_subject_links_to_one_account(world: &World) {
    let new = NewAccount { registered_at: Some(at(-9)), ..new_account("forum", "7", "Alice") };
    let made = world.store.create_account(new.clone()).await.unwrap();
    assert_eq!((made.id, made.profile.clone(), made.created_at), (new.id, profile("Alice"), NOW));
    let found = world.store.identity(&realm("forum"), &subject("7")).await.unwrap().unwrap();
    assert_eq!(found.account, made);
    assert_eq!(found.registered_at, Some(at(-9)));
    assert_conflict(world.store.create_account(new_account("forum", "7", "Alice")).await);
    assert_eq!(world.store.identity(&realm("forum"), &subject("8")).await.unwrap(), None);
    assert_eq!(world.store.identity(&realm("other"), &subject("7")).await.unwrap(), None);
}

async fn parallel_first_logins_make_one_account(world: &World) {
    let logins = (0..24).map(|_| {
        let store = world.store.clone();
        tokio::spawn(async move { store.create_account(new_account("forum", "7", "Alice")).await })
    });
    let mut made = Vec::new();
    for outcome in futures_util::future::join_all(logins).await {
        match outcome.unwrap() {
            Ok(account) => made.push(account.id),
            conflict => assert_conflict(conflict),
        }
    }
    assert_eq!(made.len(), 1);
    let found = world.store.identity(&realm("forum"), &subject("7")).await.unwrap().unwrap();
    assert_eq!(found.account.id, made[0]);
}

async fn subjects_are_compared_as_bytes(world: &World) {
    // Case, a space at the end, an accent, the same accent decomposed, and full width are all different bytes.
    let subjects = ["a", "a ", "A", "á", "a\u{301}", "ａ", "ß", "ss", "'; DROP TABLE accounts; --", "%"];
    let mut made = Vec::new();
    for id in subjects {
        made.push(world.store.create_account(new_account("forum", id, "same")).await.unwrap().id);
    }
    for (id, account) in subjects.into_iter().zip(made) {
        let found = world.store.identity(&realm("forum"), &subject(id)).await.unwrap().unwrap();
        assert_eq!((found.account.id, found.account.subject.as_str()), (account, id));
    }
    world.store.create_account(new_account("Forum", "a", "same")).await.unwrap();
}

async fn a_subject_of_255_bytes_is_found(world: &World) {
    let longest = "\u{1F600}".repeat(63) + "abc";
    let longest_realm = "r".repeat(64);
    let made = world.store.create_account(new_account(&longest_realm, &longest, "x")).await.unwrap();
    let found = world.store.identity(&realm(&longest_realm), &subject(&longest)).await.unwrap().unwrap();
    assert_eq!(found.account, made);
}

async fn what_is_shown_of_a_person_is_kept_unchanged(world: &World) {
    let shown = Profile {
        login: "Ünï\u{1F9D1}\u{200D}\u{1F680} ".to_owned(),
        display_name: "\u{1F600}".repeat(255),
        email: Some("a@example.org".to_owned()),
        avatar: Some(format!("https://example.org/{}", "x".repeat(1980))),
        profile_url: Some("https://example.org/?a=1&b='".to_owned()),
        colour: Some("#AA00ff".to_owned()),
        language: Some("de_x_sie".to_owned()),
        timezone: Some("America/Argentina/Buenos_Aires".to_owned()),
    };
    let new = NewAccount { profile: shown.clone(), ..new_account("forum", "7", "") };
    let id = world.store.create_account(new).await.unwrap().id;
    world.store.enter_front(id, &main_community(), &front("im"), NOW).await.unwrap();
    let member = world.store.member(&main_community(), id).await.unwrap().unwrap();
    assert_eq!(member.account.profile, shown);
}

async fn a_profile_is_refreshed(world: &World) {
    let alice = world.person("alice").await;
    let renamed = Profile { email: Some("new@example.org".to_owned()), ..profile("Alicia") };
    world.store.refresh_profile(alice, &renamed).await.unwrap();
    world.store.refresh_profile(alice, &renamed).await.unwrap();
    let member = world.store.member(&main_community(), alice).await.unwrap().unwrap();
    assert_eq!(member.account.profile, renamed);
    assert_eq!(world.store.members_by_login(&main_community(), "alicia").await.unwrap(), [member]);
    assert_eq!(world.store.members_by_login(&main_community(), "alice").await.unwrap(), []);
    let nobody = new_account("forum", "x", "x").id;
    assert_inconsistent(world.store.refresh_profile(nobody, &renamed).await);
}

async fn a_reused_subject_leaves_a_tombstone(world: &World) {
    let old = world.person("alice").await;
    let newcomer = NewAccount { replaces: Some(old), ..new_account("forum", "alice", "Alice") };
    let newcomer = world.store.create_account(newcomer).await.unwrap();
    world.store.enter_front(newcomer.id, &main_community(), &front("im"), NOW).await.unwrap();

    let linked = world.store.identity(&realm("forum"), &subject("alice")).await.unwrap().unwrap();
    assert_eq!(linked.account, newcomer);
    let found = world.store.members_by_login(&main_community(), "alice").await.unwrap();
    assert_eq!(found.iter().map(|member| member.account.id).collect::<Vec<_>>(), [newcomer.id]);
    let roster = world.store.roster(&main_community(), None, 10).await.unwrap();
    assert_eq!(roster.members.iter().map(|member| member.account.id).collect::<Vec<_>>(), [newcomer.id]);
    // What the old one wrote still has an author.
    let author = world.store.member(&main_community(), old).await.unwrap().unwrap();
    assert_eq!(author.account.profile.login, "alice");
}

async fn a_subject_can_be_reused_again_and_again(world: &World) {
    let mut last = world.person("7").await;
    for number in 0..3 {
        let new = NewAccount { replaces: Some(last), ..new_account("forum", "7", &format!("owner{number}")) };
        last = world.store.create_account(new).await.unwrap().id;
    }
    let linked = world.store.identity(&realm("forum"), &subject("7")).await.unwrap().unwrap();
    assert_eq!((linked.account.id, linked.account.profile.login.as_str()), (last, "owner2"));
}

async fn a_replacement_that_fails_changes_nothing(world: &World) {
    let old = world.person("alice").await;
    let bob = world.person("bob").await;
    // The id is taken, so the account can't be made; the tombstone must not stay.
    let impossible = NewAccount { id: bob, replaces: Some(old), ..new_account("forum", "alice", "Alice") };
    assert_conflict(world.store.create_account(impossible).await);
    let linked = world.store.identity(&realm("forum"), &subject("alice")).await.unwrap().unwrap();
    assert_eq!(linked.account.id, old);
    assert_eq!(world.store.roster(&main_community(), None, 10).await.unwrap().members.len(), 2);
}

async fn the_first_proof_ends_the_sessions_of_claims(world: &World) {
    let claimed = NewAccount { proven: false, ..new_account("forum", "7", "Alice") };
    let alice = world.store.create_account(claimed).await.unwrap();
    assert!(!alice.proven);
    let bob = world.person("bob").await;
    for (account, token) in [(alice.id, 1), (alice.id, 2), (bob, 3)] {
        world.store.create_session(&session_of(account, token)).await.unwrap();
    }
    let has = async |token: u8| world.store.session_by_token(&[token; 32]).await.unwrap().is_some();
    world.store.mark_proven(alice.id).await.unwrap();
    let linked = world.store.identity(&realm("forum"), &subject("7")).await.unwrap().unwrap();
    assert!(linked.account.proven);
    assert_eq!((has(1).await, has(2).await, has(3).await), (false, false, true));
    // Every later proof leaves the sessions alone.
    world.store.create_session(&session_of(alice.id, 4)).await.unwrap();
    world.store.mark_proven(alice.id).await.unwrap();
    assert!(has(4).await);
    world.store.mark_proven(new_account("forum", "x", "x").id).await.unwrap();
}
