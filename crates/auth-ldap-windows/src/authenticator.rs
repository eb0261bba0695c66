//! The login itself.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use portico_core::auth::{
    AuthContext, AuthError, Authenticator, BoxError, BuildContext, Capabilities, Challenge, CredentialKind,
    Credentials, Decision, Directory, DirectorySync, ExchangeId, Explanation, Refusal,
};
use portico_core::ports::Clock;
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::OnceCell;

use crate::bind::{BindAnswer, Secret};
use crate::check::CheckReport;
use crate::config::LdapWindowsConfig;
use crate::connection::{Patience, Search};
use crate::direct::DirectBind;
use crate::domain::{ConfiguredDomain, Domain};
use crate::filter::Filter;
use crate::group::{Groups, Place};
use crate::login_name::{LoginName, Source, Wanted};
use crate::negotiate::{self, Acceptor, Step};
use crate::person::Person;
use crate::pool::{BoundAs, Pool, Servers};
use crate::schema::Schema;
use crate::server::Server;
use crate::tls;

/// Most entries that one name may find before it is clear that the name does not tell people apart.
const MOST_NAMESAKES: usize = 8;

/// A directory whose people log in with their names and passwords there.
#[derive(Debug)]
pub struct LdapWindows {
    pub(crate) schema: Schema,
    /// Looks people up. Without a service account: only the server's root entry.
    pub(crate) lookups: Pool,
    /// Tries passwords, and asks nothing.
    pub(crate) logins: Pool,
    pub(crate) groups: Groups,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) mail_is_verified: bool,
    pub(crate) page_size: u16,
    pub(crate) direct: Option<DirectBind>,
    pub(crate) photos: bool,
    pub(crate) servers: Vec<Server>,
    pub(crate) tls: Arc<rustls::ClientConfig>,
    pub(crate) patience: Patience,
    configured: ConfiguredDomain,
    learned: OnceCell<Domain>,
    trusted_names: bool,
    claimed_names: bool,
    acceptor: Option<Arc<dyn Acceptor>>,
}

/// A configuration that can't work.
#[derive(Debug, thiserror::Error)]
enum ConfigError {
    #[error(
        "people can't be looked up: set `bind_dn` and `bind_password` (a service account), or `anonymous_search = true`, or \
         `direct_bind`"
    )]
    NoWayIn,
    #[error("`bind_dn` and `bind_password` need each other")]
    HalfAnAccount,
    #[error("only one of `bind_dn`, `anonymous_search` and `direct_bind` can be set")]
    SeveralWays,
    #[error("direct_bind: `{0}` has no `{{login}}` (example: `{{login}}@example.org`)")]
    NoPlace(String),
    #[error("`{0}` needs a service account (`bind_dn` and `bind_password`): the person shows no password")]
    NeedsAccount(&'static str),
    #[error("page_size: expected 10 to 1000, found {0}")]
    PageSize(u16),
}

impl LdapWindows {
    /// An instance for this configuration. Reads `ca_file`, and opens no connection.
    ///
    /// # Errors
    /// Which key can't work, and what would.
    pub fn new(config: LdapWindowsConfig, cx: &BuildContext) -> Result<Self, BoxError> {
        let direct = way_in(&config)?;
        if !(10..=1000).contains(&config.page_size) {
            return Err(ConfigError::PageSize(config.page_size).into());
        }
        if direct.is_some() && config.trusted_names {
            return Err(ConfigError::NeedsAccount("trusted_names").into());
        }
        if direct.is_some() && config.claimed_names {
            return Err(ConfigError::NeedsAccount("claimed_names").into());
        }
        let acceptor = match &config.negotiate {
            Some(_) if direct.is_some() => return Err(ConfigError::NeedsAccount("negotiate").into()),
            Some(negotiate) => Some(negotiate::acceptor(negotiate)?),
            None => None,
        };
        let list = Server::all(&config)?;
        let tls = tls::client_config(config.ca_file.as_ref().map(|file| cx.resolve(file)).as_deref())?;
        let share = (cx.timeout * 2 / 5).max(Duration::from_millis(100));
        let patience = Patience {
            connect: config.connect_timeout.unwrap_or(share),
            operation: config.operation_timeout.unwrap_or(share),
        };
        let servers = Arc::new(Servers::new(list.clone(), Arc::clone(&tls), patience));
        let bound_as = match (config.bind_dn, config.bind_password) {
            (Some(name), Some(password)) => BoundAs::Service { name, password },
            _ => BoundAs::Nobody,
        };
        let mut schema = Schema::new(
            config.schema,
            config.user_filter,
            config.group_filter,
            config.group_membership,
            config.attributes,
        );
        schema.details = config.details;
        Ok(Self {
            schema,
            photos: config.photos && direct.is_none(),
            servers: list,
            tls,
            patience,
            lookups: Pool::new(Arc::clone(&servers), bound_as, config.connections),
            logins: Pool::new(servers, BoundAs::Nobody, config.connections),
            groups: Groups::new(),
            clock: Arc::clone(&cx.clock),
            mail_is_verified: config.mail_is_verified,
            page_size: config.page_size,
            direct,
            configured: ConfiguredDomain {
                base_dn: config.base_dn,
                group_base_dn: config.group_base_dn,
                netbios: config.domain,
                realm: config.kerberos_realm,
            },
            learned: OnceCell::new(),
            trusted_names: config.trusted_names,
            claimed_names: config.claimed_names,
            acceptor,
        })
    }

    /// Where people are; asked of the server once.
    pub(crate) async fn domain(&self) -> Result<&Domain, AuthError> {
        let learn = || self.configured.learn(&self.lookups, self.schema.is_active_directory());
        self.learned.get_or_try_init(learn).await
    }

    /// Where groups are looked for.
    pub(crate) fn place<'a>(&'a self, domain: &'a Domain) -> Place<'a> {
        Place { pool: &self.lookups, schema: &self.schema, domain }
    }

    /// People that fit `filter`.
    pub(crate) fn people(&self, domain: &Domain, filter: Filter) -> Search {
        let filter = Filter::Configured(self.schema.user_filter.clone()).and(filter);
        Search::below(&domain.base_dn, filter, self.schema.person_attributes())
    }

    /// Whoever is meant by a name.
    async fn find(&self, wanted: &Wanted, domain: &Domain) -> Result<Option<Person>, AuthError> {
        let found = self.lookups.search(&self.people(domain, wanted.filter()), MOST_NAMESAKES).await?;
        let chosen = wanted.choose(found).map_err(|several| {
            let ids: Vec<String> = several
                .into_iter()
                .filter_map(|entry| Person::new(entry, &self.schema).ok())
                .map(|person| person.subject.to_string())
                .collect();
            AuthError::inconsistent(format!(
                "one name finds several people, and nobody is let in under it: give each their own, or narrow \
                 `attributes.login_by` (they are {}: {})",
                self.schema.subject,
                ids.join(", ")
            ))
        })?;
        chosen.map(|entry| Person::new(entry, &self.schema)).transpose()
    }

    /// A name and a password, with a service account: the person is found, then their password is tried.
    async fn login(&self, name: LoginName<'_>, secret: &Secret<'_>) -> Result<Decision, AuthError> {
        let domain = self.domain().await?;
        let person = match name.wanted(&self.schema, domain, Source::Typed) {
            Some(wanted) => self.find(&wanted, domain).await?,
            None => None,
        };
        let Some(person) = person else {
            // Costs what a wrong password costs: the server is asked for somebody who doesn't exist.
            let nobody = format!("CN={},{}", uuid::Uuid::new_v4(), domain.base_dn);
            let answer = self.logins.prove(&nobody, secret).await?;
            return match answer {
                BindAnswer::Accepted | BindAnswer::Refused(_) => {
                    Ok(Decision::Refused(Refusal::UnknownSubject))
                }
                other => failed(other),
            };
        };
        match self.logins.prove(&person.entry.dn, secret).await? {
            BindAnswer::Accepted => self.admit(person, domain).await,
            BindAnswer::Refused(refusal) => Ok(Decision::Refused(refusal)),
            other => failed(other),
        }
    }

    /// The person is who they say. Whether the account may be used the server has said, or says its entry.
    pub(crate) async fn admit(&self, mut person: Person, domain: &Domain) -> Result<Decision, AuthError> {
        if let Some(refusal) = person.refusal(&self.schema, self.clock.now()) {
            return Ok(Decision::Refused(refusal));
        }
        self.look_for_photos(domain, std::slice::from_mut(&mut person)).await?;
        let person = &person;
        let groups = self.groups.of(person, &self.place(domain)).await?;
        Ok(Decision::accepted(person.identity(&self.schema, groups, self.mail_is_verified)))
    }

    async fn password(&self, login: &str, password: &SecretString) -> Result<Decision, AuthError> {
        let Some(name) = LoginName::new(login) else {
            return Ok(Decision::Refused(Refusal::UnknownSubject));
        };
        let Some(secret) = Secret::new(password) else {
            return Ok(Decision::Refused(Refusal::BadSecret));
        };
        match &self.direct {
            Some(direct) => self.login_directly(direct, login, &secret).await,
            None => self.login(name, &secret).await,
        }
    }

    /// Somebody whose Windows name is proven already: by a proxy or the operating system (`alice`, `EXAMPLE\alice`,
    /// `alice@example.org`), or by a ticket (`alice@EXAMPLE.ORG`). The same checks as after a password.
    pub(crate) async fn by_windows_name(&self, name: &str, source: Source) -> Result<Decision, AuthError> {
        let unknown = Ok(Decision::Refused(Refusal::UnknownSubject));
        let Some(name) = LoginName::new(name) else { return unknown };
        let domain = self.domain().await?;
        let Some(wanted) = name.wanted(&self.schema, domain, source) else { return unknown };
        match self.find(&wanted, domain).await? {
            Some(person) => self.admit(person, domain).await,
            None => unknown,
        }
    }

    /// A token of a sign-on without typing.
    async fn negotiate(&self, token: &[u8], exchange: ExchangeId) -> Result<Decision, AuthError> {
        let Some(acceptor) = &self.acceptor else {
            return Ok(Decision::Refused(Refusal::NotPermitted));
        };
        let leg = |data: Option<Vec<u8>>| Challenge {
            id: exchange.0.to_string(),
            kind: "negotiate".to_owned(),
            data,
            methods: Vec::new(),
        };
        match acceptor.step(token, exchange).await? {
            Step::More { reply } => Ok(Decision::Continue(leg(Some(reply)))),
            Step::Refused(refusal) => Ok(Decision::Refused(refusal)),
            Step::Done { principal, reply } => {
                let decision = self.by_windows_name(&principal, Source::Principal).await?;
                Ok(match decision {
                    Decision::Accepted { identity, .. } => {
                        Decision::Accepted { identity, reply: reply.map(|reply| leg(Some(reply))) }
                    }
                    other => other,
                })
            }
        }
    }

    /// What sign-on without typing needs, beside the directory.
    pub(crate) async fn check_negotiate(&self, passed: &mut Vec<String>) -> Result<(), AuthError> {
        if let Some(acceptor) = &self.acceptor {
            passed.extend(acceptor.check().await?);
            let ahead = negotiate::clock_skew::check(&self.lookups, self.clock.now()).await?;
            passed.push(match ahead {
                Some(ahead) => {
                    format!("clock: {ahead} s ahead of the domain controller's; 300 s are allowed")
                }
                None => "clock: the directory shows none to compare with".to_owned(),
            });
        }
        Ok(())
    }
}

/// How people are found: `Some` when they bind themselves.
fn way_in(config: &LdapWindowsConfig) -> Result<Option<DirectBind>, ConfigError> {
    if config.bind_dn.is_some() != config.bind_password.is_some() {
        return Err(ConfigError::HalfAnAccount);
    }
    let ways = [config.bind_dn.is_some(), config.anonymous_search, config.direct_bind.is_some()];
    match ways.iter().filter(|&&way| way).count() {
        0 => return Err(ConfigError::NoWayIn),
        1 => {}
        _ => return Err(ConfigError::SeveralWays),
    }
    let Some(template) = &config.direct_bind else { return Ok(None) };
    DirectBind::new(template).map(Some).ok_or_else(|| ConfigError::NoPlace(template.clone()))
}

/// An answer that decides nothing.
pub(crate) fn failed(answer: BindAnswer) -> Result<Decision, AuthError> {
    let what = |what: String| format!("the login at the directory: {what}");
    Err(match answer {
        BindAnswer::Unavailable(said) => {
            AuthError::Unavailable { what: what(said), retry_after: None, source: None }
        }
        BindAnswer::Misconfigured(said) => AuthError::misconfigured(what(said)),
        BindAnswer::Accepted | BindAnswer::Refused(_) => {
            AuthError::inconsistent(what("no decision".to_owned()))
        }
        BindAnswer::Inconsistent(said) => AuthError::inconsistent(what(said)),
    })
}

#[async_trait]
impl Authenticator for LdapWindows {
    fn capabilities(&self) -> Capabilities {
        let mut kinds = vec![CredentialKind::Password];
        if self.trusted_names {
            kinds.push(CredentialKind::TrustedName);
        }
        if self.claimed_names {
            kinds.push(CredentialKind::ClaimedName);
        }
        if self.acceptor.is_some() {
            kinds.push(CredentialKind::Negotiate);
        }
        Capabilities::new(kinds)
    }

    async fn authenticate(
        &self,
        credentials: &Credentials,
        _: &AuthContext<'_>,
    ) -> Result<Decision, AuthError> {
        match credentials {
            Credentials::Password { login, password } => self.password(login, password).await,
            Credentials::TrustedName { name, .. } if self.trusted_names => {
                self.by_windows_name(name, Source::Trusted).await
            }
            Credentials::ClaimedName { name } if self.claimed_names => {
                self.by_windows_name(name, Source::Trusted).await
            }
            Credentials::Negotiate { token, exchange } => {
                self.negotiate(token.expose_secret(), *exchange).await
            }
            _ => Ok(Decision::Refused(Refusal::NotPermitted)),
        }
    }

    async fn check(&self) -> Result<(), AuthError> {
        self.look_over().await
    }

    async fn explain(&self) -> Explanation {
        let CheckReport { passed, failed } = Self::explain(self).await;
        Explanation { passed, failed }
    }

    async fn fingerprint(&self) -> Result<Option<String>, AuthError> {
        self.installation().await
    }

    fn directory(&self) -> Option<&dyn Directory> {
        self.direct.is_none().then_some(self as &dyn Directory)
    }

    fn sync(&self) -> Option<&dyn DirectorySync> {
        self.direct.is_none().then_some(self as &dyn DirectorySync)
    }
}
