//! Names that are proven by the network, forced by a front, or only claimed.

use portico_core::auth::{Capabilities, CredentialKind, Credentials, ExchangeId, Refusal, TrustSource};
use portico_core::engine::{Engine, EntryError, Login, LoginOrigin};
use portico_core::front::{Entrance, Front, Username};
use portico_core::policy::Mode;
use portico_core::testing::{FakeAuthenticator, FakePerson};

use crate::town::{Town, at};

/// `free` takes what proves something, `forced` forces names, `strict` forces them and takes no password, `claims` takes
/// claims and passwords.
fn town() -> Town {
    let kinds = [CredentialKind::Password, CredentialKind::TrustedName, CredentialKind::ClaimedName];
    let mut town = Town::new();
    town.fake = FakeAuthenticator::with_capabilities(Capabilities::new(kinds), None);
    for name in ["ann", "ben"] {
        town.fake.add(FakePerson::new(name, name, name));
    }
    let forced = Entrance::default().with_username(Username::Forced);
    let with_password = [CredentialKind::TrustedName, CredentialKind::Password];
    let claims = [CredentialKind::ClaimedName, CredentialKind::Password];
    let takes = |entrance: Entrance| move |front: &mut Front| front.options.entrance = entrance;
    town.with_front("free", Mode::OpenCommunity, |_| {})
        .with_front("forced", Mode::OpenCommunity, takes(forced.clone().only(with_password)))
        .with_front("strict", Mode::OpenCommunity, takes(forced))
        .with_front("claims", Mode::OpenCommunity, takes(Entrance::default().only(claims)))
}

fn trusted(name: &str) -> Credentials {
    Credentials::TrustedName {
        name: name.to_owned(),
        asserted_by: TrustSource::Proxy { peer: [127, 0, 0, 1].into() },
    }
}

fn claimed(name: &str) -> Credentials {
    Credentials::ClaimedName { name: name.to_owned() }
}

async fn enter(engine: &Engine, front: &str, credentials: &Credentials) -> Result<Login, EntryError> {
    engine.log_in(&at(engine, front), credentials, &LoginOrigin::default(), None).await
}

/// A login by password in a session that the network has proven to be somebody's.
async fn enter_as(engine: &Engine, front: &str, proven: &str, typed: &str) -> Result<Login, EntryError> {
    let front = at(engine, front);
    let bound_to = engine.prove(&front, &trusted(proven), &LoginOrigin::default()).await?;
    let origin = LoginOrigin { bound_to: Some(bound_to), ..LoginOrigin::default() };
    engine.log_in(&front, &Credentials::password(typed, typed), &origin, None).await
}

fn is_refused(entered: &Result<Login, EntryError>) -> bool {
    matches!(entered, Err(EntryError::Refused(Refusal::NotPermitted)))
}

#[tokio::test]
async fn a_front_takes_only_the_ways_in_that_it_lists() {
    let engine = town().start().await;
    assert!(is_refused(&enter(&engine, "strict", &Credentials::password("ann", "ann")).await));
    assert!(is_refused(&enter(&engine, "claims", &trusted("ann")).await));
    assert!(is_refused(&enter(&engine, "free", &claimed("ann")).await), "claims must be asked for");
    assert!(is_refused(&enter(&engine, "forced", &claimed("ann")).await));
    let ticket =
        Credentials::Negotiate { token: Box::<[u8]>::from(&b"x"[..]).into(), exchange: ExchangeId(1) };
    assert!(is_refused(&enter(&engine, "forced", &ticket).await));
    assert!(enter(&engine, "strict", &trusted("ann")).await.is_ok());
    assert!(enter(&engine, "free", &trusted("ann")).await.is_ok());
}

#[tokio::test]
async fn a_password_counts_for_the_proven_person_only() {
    let engine = town().start().await;
    assert!(enter_as(&engine, "forced", "ann", "ann").await.is_ok());
    assert!(is_refused(&enter_as(&engine, "forced", "ann", "ben").await));
    let unknown = enter_as(&engine, "forced", "nobody", "ben").await;
    assert!(matches!(unknown, Err(EntryError::Refused(Refusal::UnknownSubject))), "no proof is no excuse");
}

#[tokio::test]
async fn a_claim_is_worth_nothing_once_the_person_has_proved_themselves() {
    let town = town();
    let engine = town.start().await;
    let claim = enter(&engine, "claims", &claimed("ann")).await.unwrap();
    assert!(!claim.account.proven);
    let token = claim.token.expose().to_owned();
    assert!(engine.visit(&at(&engine, "claims"), &token, None).await.is_ok());
    assert!(!enter(&engine, "claims", &claimed("ann")).await.unwrap().account.proven);

    let real = enter(&engine, "free", &Credentials::password("ann", "ann")).await.unwrap();
    assert_eq!((real.account.id, real.account.proven), (claim.account.id, true));
    assert!(
        engine.visit(&at(&engine, "claims"), &token, None).await.is_err(),
        "the claim's session has ended"
    );
    assert!(is_refused(&enter(&engine, "claims", &claimed("ann")).await));
    // Also for a server that knows nothing but the store.
    let engine = town.start().await;
    assert!(engine.visit(&at(&engine, "claims"), &token, None).await.is_err());
    assert!(is_refused(&enter(&engine, "claims", &claimed("ann")).await));
    let own = real.token.expose().to_owned();
    assert!(engine.visit(&at(&engine, "free"), &own, None).await.is_ok(), "the proven session goes on");
}

#[tokio::test]
async fn whoever_entered_by_proof_can_never_be_claimed() {
    let engine = town().start().await;
    assert!(enter(&engine, "free", &trusted("ben")).await.unwrap().account.proven);
    assert!(is_refused(&enter(&engine, "claims", &claimed("ben")).await));
}

#[tokio::test]
async fn a_colleague_whom_only_the_directory_lists_may_be_claimed_until_they_prove_themselves() {
    let mut town = town().with_front("free", Mode::OpenCommunity, |front| front.directory = true);
    town.settings.directories.insert("fake".into(), portico_core::engine::SyncRules::default());
    let engine = town.start().await;
    engine.sync_directory("fake", portico_core::engine::SyncOrder::default()).await.unwrap();
    let claim = enter(&engine, "claims", &claimed("ann")).await.unwrap();
    assert!(!claim.account.proven);
    let proof = enter(&engine, "free", &trusted("ann")).await.unwrap();
    assert!(proof.account.proven && proof.account.id == claim.account.id);
    assert!(is_refused(&enter(&engine, "claims", &claimed("ann")).await));
}
