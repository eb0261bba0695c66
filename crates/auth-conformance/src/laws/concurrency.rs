//! Logins that are given up, and logins at the same time: laws 13 and 14.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::future::join_all;
use portico_core::auth::Authenticator;

use crate::fixture::Condition;
use crate::people::{NOBODY, Person};
use crate::stage::Stage;
use crate::verdict::{Answer, LawResult, Violation, demand};

/// A login has fewer awaits than this.
const MOST_POLLS: usize = 400;
/// How long a login may take after another was given up.
const USABLE_WITHIN: Duration = Duration::from_secs(20);
/// Logins at once.
const CROWD: usize = 64;

/// Law 13: a login, a check or a lookup that is given up (its future dropped) at any await leaves the instance usable:
/// people close their browsers, and time-outs drop futures.
pub(super) async fn given_up_login_leaves_the_instance_usable(stage: &Stage<'_>) -> LawResult {
    let instance = stage.instance(Condition::Healthy).await?;
    let logins = [
        (Person::Alice.login(), Person::Alice.password()),
        (Person::Alice.login(), Person::Alice.wrong_password()),
        (NOBODY, Person::Alice.password()),
    ];
    for (login, password) in logins {
        for polls in 0..MOST_POLLS {
            if give_up_after(polls, stage.try_password(&*instance, login, password)).await {
                break;
            }
            if polls % 8 == 0 {
                is_usable(stage, &*instance, &format!("after {polls} polls")).await?;
            }
        }
    }
    for polls in 0..MOST_POLLS {
        if give_up_after(polls, instance.check()).await {
            break;
        }
    }
    let alice = is_usable(stage, &*instance, "at a check").await?;
    if let Some(directory) = instance.directory() {
        for polls in 0..MOST_POLLS {
            if give_up_after(polls, directory.lookup(std::slice::from_ref(&alice.subject))).await {
                break;
            }
        }
    }
    is_usable(stage, &*instance, "at the end").await?;
    Ok(Answer::Holds)
}

async fn is_usable(
    stage: &Stage<'_>,
    instance: &dyn Authenticator,
    when: &str,
) -> Result<portico_core::auth::ExternalIdentity, Violation> {
    match tokio::time::timeout(USABLE_WITHIN, stage.enter(instance, Person::Alice.login(), Person::Alice))
        .await
    {
        Ok(Ok(identity)) => Ok(identity),
        Ok(Err(violation)) => Err(Violation::new(format!("given up {when}: {violation}"))),
        Err(_) => Err(Violation::new(format!("given up {when}: the next login took over {USABLE_WITHIN:?}"))),
    }
}

/// Law 14: 64 logins at once, of several people, right and wrong, get each the answer they get alone.
pub(super) async fn parallel_logins_do_not_mix(stage: &Stage<'_>) -> LawResult {
    let instance = stage.instance(Condition::Healthy).await?;
    let alice = stage.enter(&*instance, Person::Alice.login(), Person::Alice).await?;
    let grace = stage.enter(&*instance, Person::Grace.login(), Person::Grace).await?;
    let cases = [
        (Person::Alice.login(), Person::Alice.password(), Some(&alice)),
        (Person::Grace.login(), Person::Grace.password(), Some(&grace)),
        (Person::Alice.login(), Person::Grace.password(), None),
        (NOBODY, Person::Grace.password(), None),
    ];
    let crowd = (0..CROWD).map(|number| {
        let (login, password, wanted) = cases[number % cases.len()];
        let instance = &*instance;
        async move { (login, wanted, stage.try_password(instance, login, password).await) }
    });
    for (login, wanted, answer) in join_all(crowd).await {
        let decision = match answer {
            Ok(decision) => decision,
            Err(error) => {
                return Err(Violation::new(format!("in a crowd of {CROWD}: {}", error.full_text())));
            }
        };
        let (got, wanted) = (decision.identity().map(|who| &who.subject), wanted.map(|who| &who.subject));
        demand!(got == wanted, "in a crowd of {CROWD} `{login}` got {got:?}, alone {wanted:?}");
    }
    Ok(Answer::Holds)
}

/// Polls `future` until it is pending for the `polls + 1`-th time, then drops it. `true` when it was done before.
async fn give_up_after(polls: usize, future: impl Future + Send) -> bool {
    GiveUp { future: Box::pin(future), left: polls }.await
}

struct GiveUp<F> {
    future: Pin<Box<F>>,
    left: usize,
}

impl<F: Future> Future for GiveUp<F> {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<bool> {
        match self.future.as_mut().poll(cx) {
            Poll::Ready(_) => Poll::Ready(true),
            Poll::Pending if self.left == 0 => Poll::Ready(false),
            Poll::Pending => {
                self.left -= 1;
                Poll::Pending
            }
        }
    }
}
