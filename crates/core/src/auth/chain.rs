use std::sync::Arc;

use crate::auth::{
    AuthContext, AuthError, Authenticator, Capabilities, Credentials, Decision, Guarded, Refusal,
};

/// A front's authenticators in order.
///
/// Only [`Refusal::UnknownSubject`] passes on to the next member. Any other refusal decides, and any [`AuthError`]
/// stops: the same login in two members is two people, and an outage must not choose between them.
#[derive(Debug, Clone)]
pub struct Chain {
    members: Vec<Arc<Guarded>>,
}

/// What a chain answered, and which member decided.
#[derive(Debug)]
pub struct ChainOutcome {
    /// The answer.
    pub decision: Decision,
    /// The member whose answer it is; the last one asked when nobody knew the name.
    pub decided_by: Option<Arc<Guarded>>,
}

impl Chain {
    /// The members in the order they are asked.
    pub fn new(members: Vec<Arc<Guarded>>) -> Self {
        Self { members }
    }

    /// The members.
    pub fn members(&self) -> &[Arc<Guarded>] {
        &self.members
    }

    /// What the members take together; links of the first member that has them.
    pub fn capabilities(&self) -> Capabilities {
        let mut all = Capabilities::default();
        for member in &self.members {
            let one = member.capabilities();
            all.credentials.extend(one.credentials);
            for cookie in one.cookies {
                if !all.cookies.contains(&cookie) {
                    all.cookies.push(cookie);
                }
            }
            all.links.register = all.links.register.or(one.links.register);
            all.links.inbox = all.links.inbox.or(one.links.inbox);
            all.links.forgotten_password = all.links.forgotten_password.or(one.links.forgotten_password);
        }
        all
    }

    /// Asks the members that take this kind of credentials, in order.
    ///
    /// # Errors
    /// The first [`AuthError`] of a member: nobody after it is asked.
    pub async fn authenticate(
        &self,
        credentials: &Credentials,
        cx: &AuthContext<'_>,
    ) -> Result<ChainOutcome, AuthError> {
        let mut asked = None;
        for member in self.members.iter().filter(|member| member.capabilities().takes(credentials.kind())) {
            let decision = member.authenticate(credentials, cx).await?;
            asked = Some(Arc::clone(member));
            if decision.refusal() != Some(&Refusal::UnknownSubject) {
                return Ok(ChainOutcome { decision, decided_by: asked });
            }
        }
        let refusal = if asked.is_some() { Refusal::UnknownSubject } else { Refusal::NotPermitted };
        Ok(ChainOutcome { decision: Decision::Refused(refusal), decided_by: asked })
    }
}
