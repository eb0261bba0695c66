use std::sync::Arc;

use portico_core::async_trait;
use portico_core::auth::{
    AuthContext, AuthError, Authenticator, BuildContext, Capabilities, Chain, Credentials, Decision,
    Directory, ExternalInbox, Guarded, NoObserver, Refusal, Registrar,
};

/// An instance as the second member of a chain, seen as one authenticator.
#[derive(Debug)]
pub(crate) struct InChain {
    chain: Chain,
    last: Arc<Guarded>,
}

impl InChain {
    /// Behind a member that takes the same credentials and knows nobody.
    pub(crate) fn behind_nobody(last: Guarded, cx: &BuildContext) -> Self {
        let nobody = KnowsNobody(last.capabilities());
        let first = Guarded::new(Box::new(nobody), "knows-nobody", cx.clone(), Arc::new(NoObserver));
        let last = Arc::new(last);
        Self { chain: Chain::new(vec![Arc::new(first), Arc::clone(&last)]), last }
    }
}

#[async_trait]
impl Authenticator for InChain {
    fn capabilities(&self) -> Capabilities {
        self.chain.capabilities()
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        cx: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        self.chain.authenticate(credentials, cx).await.map(|outcome| outcome.decision)
    }

    async fn check(&self) -> Result<(), AuthError> {
        self.last.check().await
    }

    async fn fingerprint(&self) -> Result<Option<String>, AuthError> {
        self.last.fingerprint().await
    }

    fn directory(&self) -> Option<&dyn Directory> {
        self.last.directory()
    }

    fn inbox(&self) -> Option<&dyn ExternalInbox> {
        self.last.inbox()
    }

    fn registrar(&self) -> Option<&dyn Registrar> {
        self.last.registrar()
    }
}

#[derive(Debug)]
struct KnowsNobody(Capabilities);

#[async_trait]
impl Authenticator for KnowsNobody {
    fn capabilities(&self) -> Capabilities {
        self.0.clone()
    }

    async fn authenticate(&self, _: &Credentials, _: &AuthContext<'_>) -> Result<Decision, AuthError> {
        Ok(Decision::Refused(Refusal::UnknownSubject))
    }

    async fn check(&self) -> Result<(), AuthError> {
        Ok(())
    }
}
