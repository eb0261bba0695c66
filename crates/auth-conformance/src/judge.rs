use tokio::sync::RwLock;

use crate::fixture::{Fixture, Missing};
use crate::law::Law;
use crate::laws;
use crate::stage::{Stage, find};
use crate::verdict::{Answer, Verdict};

/// Law 15 hears every trace of the process, so it runs alone: the people, and with them the secrets, are the same in
/// all fixtures.
static FLOOR: RwLock<()> = RwLock::const_new(());

/// Tries one law on a fresh installation of the fixture.
pub async fn judge(fixture: &dyn Fixture, law: Law) -> Verdict {
    if let Some(reason) = find(&fixture.lacks(), Missing::Law(law)) {
        return Verdict::NotApplicable(reason.to_owned());
    }
    if law == Law::SecretsStaySecret {
        let _alone = FLOOR.write().await;
        try_out(fixture, law).await
    } else {
        let _together = FLOOR.read().await;
        try_out(fixture, law).await
    }
}

async fn try_out(fixture: &dyn Fixture, law: Law) -> Verdict {
    let stage = match Stage::raise(fixture).await {
        Ok(stage) => stage,
        Err(violation) => return Verdict::Broken(violation.to_string()),
    };
    match laws::apply(law, &stage).await {
        Ok(Answer::Holds) => Verdict::Holds(stage.notes()),
        Ok(Answer::NotApplicable(reason)) => Verdict::NotApplicable(reason),
        Err(violation) => Verdict::Broken(violation.to_string()),
    }
}
