//! Accounts that an administrator takes out of use while their people are here, or come in.

use portico_core::administration::{Actor, AuditFilter};
use portico_core::auth::{Credentials, Refusal};
use portico_core::engine::{EntryError, LoginOrigin};
use portico_core::ports::{NativeState, NativeUsers};
use portico_core::testing::PausedCall;

use crate::{House, OLD};

#[tokio::test]
async fn whoever_is_disabled_while_they_log_in_does_not_come_in() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let ann = house.store.find("ann").await.unwrap().unwrap().id;
    let pause = house.store.pause_at(PausedCall::CreateSession);
    let entering = {
        let (engine, front) = (house.engine.clone(), house.front.clone());
        tokio::spawn(async move {
            let credentials = Credentials::password("ann", OLD);
            engine.log_in(&front, &credentials, &LoginOrigin::default(), None).await.map(drop)
        })
    };
    pause.reached().await;
    house.engine.set_native_state(&Actor::command_line(), ann, NativeState::Disabled).await.unwrap();
    pause.release();
    let refused = entering.await.unwrap();
    assert!(matches!(refused, Err(EntryError::Refused(Refusal::Disabled))), "{refused:?}");
    assert_eq!(house.engine.live_sessions(), 0);
}

#[tokio::test]
async fn who_is_disabled_is_out_also_where_the_first_call_did_not_come_so_far() {
    let house = House::new().await;
    house.register("ann", OLD).await;
    let ann = house.enter("ann", OLD).await.unwrap();
    let user = house.store.find("ann").await.unwrap().unwrap().id;
    // The state was written, and then the database was gone.
    house.store.set_state(user, NativeState::Disabled).await.unwrap();
    assert!(house.is_here(&ann).await);
    let root = Actor::command_line();
    house.store.set_available(false);
    assert!(house.engine.set_native_state(&root, user, NativeState::Disabled).await.is_err());
    house.store.set_available(true);
    house.engine.set_native_state(&root, user, NativeState::Disabled).await.unwrap();
    assert!(!house.is_here(&ann).await);
    let log = house.engine.audit(&AuditFilter { limit: 10, ..AuditFilter::default() }).await.unwrap();
    assert!(log.is_empty(), "nothing was changed: {log:?}");
    house.engine.set_native_state(&root, user, NativeState::Active).await.unwrap();
    house.enter("ann", OLD).await.unwrap();
}
