//! What a server says of itself: its root entry (RFC 4512 §5.1), and in Active Directory the domain's names.

use portico_core::auth::AuthError;

use crate::connection::Search;
use crate::dn;
use crate::entry::Entry;
use crate::filter::{Attribute, ConfiguredFilter, Filter};
use crate::pool::Pool;

/// The root entry.
#[derive(Debug, Clone, Default)]
pub(crate) struct RootEntry {
    pub(crate) naming_contexts: Vec<String>,
    pub(crate) default_context: Option<String>,
    pub(crate) configuration_context: Option<String>,
    pub(crate) highest_change: Option<i64>,
    pub(crate) service: Option<String>,
    pub(crate) vendor: Option<String>,
    pub(crate) is_openldap: bool,
}

impl RootEntry {
    pub(crate) fn search() -> Search {
        let attributes = [
            "namingContexts",
            "defaultNamingContext",
            "configurationNamingContext",
            "highestCommittedUSN",
            "dsServiceName",
            "vendorName",
            "objectClass",
            "structuralObjectClass",
        ];
        Search::entry("", attributes.map(str::to_owned).to_vec())
    }

    pub(crate) fn new(entry: &Entry) -> Self {
        let text = |name| entry.text(&Attribute::preset(name));
        let texts = |name| entry.texts(&Attribute::preset(name)).map(str::to_owned).collect::<Vec<_>>();
        let openldap =
            |name| entry.texts(&Attribute::preset(name)).any(|class| class.starts_with("OpenLDAP"));
        Self {
            naming_contexts: texts("namingContexts"),
            default_context: text("defaultNamingContext"),
            configuration_context: text("configurationNamingContext"),
            highest_change: entry.number(&Attribute::preset("highestCommittedUSN")),
            service: text("dsServiceName"),
            vendor: text("vendorName"),
            is_openldap: openldap("structuralObjectClass") || openldap("objectClass"),
        }
    }

    pub(crate) fn is_active_directory(&self) -> bool {
        self.configuration_context.is_some() && self.default_context.is_some() && self.service.is_some()
    }

    /// The only tree that people can be in, if there is only one.
    pub(crate) fn base(&self) -> Option<String> {
        self.default_context.clone().filter(|base| !base.is_empty()).or_else(|| {
            match self.naming_contexts.as_slice() {
                [only] if !only.is_empty() => Some(only.clone()),
                _ => None,
            }
        })
    }
}

/// Where people are, and what their domain is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Domain {
    pub(crate) base_dn: String,
    pub(crate) group_base_dn: String,
    /// The `EXAMPLE` of `EXAMPLE\alice`.
    pub(crate) netbios: Option<String>,
    /// The `example.org` of `alice@example.org` where that is no e-mail address but a Windows name.
    pub(crate) dns: Option<String>,
    /// The Kerberos realm.
    pub(crate) realm: Option<String>,
}

/// What the configuration says about the domain.
#[derive(Debug, Clone, Default)]
pub(crate) struct ConfiguredDomain {
    pub(crate) base_dn: Option<String>,
    pub(crate) group_base_dn: Option<String>,
    pub(crate) netbios: Option<String>,
    pub(crate) realm: Option<String>,
}

impl ConfiguredDomain {
    /// The domain: what is configured, and the rest as the server says.
    pub(crate) async fn learn(&self, pool: &Pool, active_directory: bool) -> Result<Domain, AuthError> {
        let needs_root = self.base_dn.is_none() || active_directory;
        let root = if needs_root { root_entry(pool).await? } else { RootEntry::default() };
        let base_dn = self.base_dn.clone().or_else(|| root.base()).ok_or_else(|| {
            let known = root.naming_contexts.join("`, `");
            AuthError::misconfigured(format!(
                "the server does not name one tree; set `base_dn` (it has: `{known}`)"
            ))
        })?;
        let names = match (active_directory, &root.configuration_context, &root.default_context) {
            (true, Some(configuration), Some(domain)) => cross_reference(pool, configuration, domain).await?,
            _ => None,
        };
        let (netbios, dns) = names.unwrap_or_default();
        let dns = dns.or_else(|| dn::dns_name(&base_dn));
        Ok(Domain {
            group_base_dn: self.group_base_dn.clone().unwrap_or_else(|| base_dn.clone()),
            netbios: self.netbios.clone().or(netbios),
            realm: self.realm.clone().or_else(|| dns.as_deref().map(str::to_uppercase)),
            dns: if active_directory { dns } else { None },
            base_dn,
        })
    }
}

/// The server's root entry.
pub(crate) async fn root_entry(pool: &Pool) -> Result<RootEntry, AuthError> {
    let entry = pool.read(&RootEntry::search()).await?;
    entry.as_ref().map(RootEntry::new).ok_or_else(|| {
        AuthError::misconfigured(
            "the server does not show its root entry; set `base_dn`, and let everybody read the entry ``",
        )
    })
}

/// The domain's NetBIOS and DNS names (MS-ADTS 6.1.1.2.1.1): what stands in its `crossRef`.
async fn cross_reference(
    pool: &Pool,
    configuration: &str,
    domain: &str,
) -> Result<Option<(Option<String>, Option<String>)>, AuthError> {
    let (netbios, dns) = (Attribute::preset("nETBIOSName"), Attribute::preset("dnsRoot"));
    let filter = Filter::Configured(ConfiguredFilter::preset("(objectClass=crossRef)"))
        .and(Filter::text(&Attribute::preset("nCName"), domain));
    let base = format!("CN=Partitions,{configuration}");
    let search = Search::below(base, filter, vec![netbios.as_str().to_owned(), dns.as_str().to_owned()]);
    match pool.search(&search, 4).await {
        Ok(found) => Ok(found.first().map(|entry| (entry.text(&netbios), entry.text(&dns)))),
        // Names of the domain are a comfort; who may not read them can configure them.
        Err(AuthError::Misconfigured { what, .. }) => {
            tracing::warn!(%what, "the domain's names can't be read; set `domain` and `kerberos_realm`");
            Ok(None)
        }
        Err(error) => Err(error),
    }
}
