use portico_core::async_trait;
use portico_core::auth::{
    AuthContext, AuthError, Registrar, Registration, RegistrationForm, RegistrationRefusal,
};
use portico_core::ports::NativeState;

use crate::accounts::{AccountError, MadeBy};
use crate::authenticator::{NativeAuthenticator, identity};

#[async_trait]
impl Registrar for NativeAuthenticator {
    async fn register(
        &self,
        form: &RegistrationForm,
        needs_approval: bool,
        cx: &AuthContext<'_>,
    ) -> Result<Registration, AuthError> {
        match self.accounts.create(form, MadeBy::Oneself { needs_approval }, cx.now).await {
            Ok(user) if user.state == NativeState::Pending => Ok(Registration::Pending),
            Ok(user) if user.state == NativeState::Unverified => Ok(Registration::Unverified),
            Ok(user) => Ok(Registration::Active(Box::new(identity(&user)?))),
            Err(AccountError::NameTaken) => Ok(Registration::Refused(RegistrationRefusal::NameTaken)),
            Err(AccountError::Invalid(why)) => Ok(Registration::Refused(RegistrationRefusal::Invalid(why))),
            Err(AccountError::Failed(error)) => Err(error),
            Err(AccountError::NoSuchUser) => Err(AuthError::inconsistent("a new account was gone at once")),
        }
    }
}
