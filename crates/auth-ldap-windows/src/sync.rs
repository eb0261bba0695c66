//! Everybody, and later whoever changed.

use std::collections::BTreeSet;

use async_trait::async_trait;
use portico_core::Timestamp;
use portico_core::auth::{AuthError, DirectoryEntry, DirectorySync, SyncCursor, SyncRun, SyncScope};

use crate::authenticator::LdapWindows;
use crate::connection::Search;
use crate::domain::{Domain, RootEntry};
use crate::filter::{Attribute, Filter, FilterValue};
use crate::generalized_time;
use crate::group_graph::GroupGraph;
use crate::ids::id_text;
use crate::person::Person;
use crate::pool::Lease;
use crate::schema::GroupMembership;

/// How far before the beginning of the last run changes are looked for where they have times: clocks may differ by as much
/// (Kerberos asks for the same). What is missed nevertheless comes with the next run over everybody.
const OVERLAP: std::time::Duration = std::time::Duration::from_secs(300);

/// Where a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Position {
    /// Active Directory numbers its changes, each server for itself (MS-ADTS 3.1.1.1.9).
    Number { database: String, number: i64 },
    /// Elsewhere changes have times.
    Time(String),
}

impl Position {
    fn read(cursor: &SyncCursor) -> Option<Self> {
        let (kind, rest) = cursor.as_str().split_once(' ')?;
        match kind {
            "usn1" => {
                let (number, database) = rest.split_once(' ')?;
                Some(Self::Number { database: database.to_owned(), number: number.parse().ok()? })
            }
            "time1" => {
                let fits = rest.len() == 15 && rest.ends_with('Z');
                (fits && generalized_time::parse(rest).is_some()).then(|| Self::Time(rest.to_owned()))
            }
            _ => None,
        }
    }

    fn write(&self) -> SyncCursor {
        SyncCursor::new(match self {
            Self::Number { database, number } => format!("usn1 {number} {database}"),
            Self::Time(time) => format!("time1 {time}"),
        })
    }
}

/// A run over people.
struct Run<'a> {
    directory: &'a LdapWindows,
    lease: Option<Lease<'a>>,
    search: Search,
    graph: GroupGraph,
    /// The ids of those who have a picture.
    pictured: BTreeSet<String>,
    scope: SyncScope,
    cookie: Vec<u8>,
    now: Timestamp,
    /// Where the server was when the run began.
    position: Position,
    done: bool,
}

#[async_trait]
impl DirectorySync for LdapWindows {
    async fn begin(&self, since: Option<&SyncCursor>) -> Result<Box<dyn SyncRun + '_>, AuthError> {
        let domain = self.domain().await?;
        let now = self.clock.now();
        // All on one connection: numbers are those of one server.
        let mut lease = self.lookups.lease().await?;
        let here =
            if self.schema.is_active_directory() { Some(self.number_of(&mut lease).await?) } else { None };
        let since = since.and_then(Position::read);
        let mut filter = since.as_ref().and_then(|since| self.changes(since, here.as_ref()));
        if let Some(changed) = &filter
            && self.groups_changed(changed, domain, &mut lease).await?
        {
            // Who left a group or joined one has not changed by that.
            filter = None;
        }
        let scope = if filter.is_some() { SyncScope::Changes } else { SyncScope::Everybody };
        let wanted = filter.unwrap_or_else(Filter::anything);
        let pictured = self.all_pictured(domain, wanted.clone(), &mut lease).await?;
        let search = self.people(domain, wanted);
        let graph = GroupGraph::load(&self.place(domain), &mut lease, self.page_size).await?;
        Ok(Box::new(Run {
            directory: self,
            lease: Some(lease),
            search,
            graph,
            pictured,
            scope,
            cookie: Vec::new(),
            now,
            position: here.unwrap_or_else(|| Position::Time(generalized_time::write(now.minus(OVERLAP)))),
            done: false,
        }))
    }
}

impl LdapWindows {
    /// The server's database and its last change.
    async fn number_of(&self, lease: &mut Lease<'_>) -> Result<Position, AuthError> {
        let missing = |what: &str| {
            AuthError::misconfigured(format!(
                "the server's root entry has no `{what}`; is this Active Directory? Set `schema` accordingly"
            ))
        };
        let root = lease.search(&RootEntry::search(), 1).await?;
        let root = root.first().map(RootEntry::new).unwrap_or_default();
        let number = root.highest_change.ok_or_else(|| missing("highestCommittedUSN"))?;
        let service = root.service.ok_or_else(|| missing("dsServiceName"))?;
        // A restored backup gets a new invocation id, and counts from an old number.
        let id = Attribute::preset("invocationId");
        let settings = Search::entry(service.as_str(), vec![id.as_str().to_owned()]);
        let found = lease.search(&settings, 1).await.unwrap_or_default();
        let id = found.first().and_then(|entry| entry.bytes(&id)).and_then(|bytes| {
            let bytes: [u8; 16] = bytes.try_into().ok()?;
            Some(uuid::Uuid::from_bytes_le(bytes).to_string())
        });
        Ok(Position::Number { database: id.unwrap_or(service), number })
    }

    /// What has changed since then; `None` when that can't be told.
    fn changes(&self, since: &Position, here: Option<&Position>) -> Option<Filter> {
        let at_least = |value: &str| Filter::AtLeast(self.schema.changed.clone(), FilterValue::text(value));
        match (since, here) {
            (
                Position::Number { database, number },
                Some(Position::Number { database: this, number: highest }),
            ) => (database == this && number <= highest)
                .then(|| at_least(&number.saturating_add(1).to_string())),
            (Position::Time(time), None) => Some(at_least(time)),
            _ => None,
        }
    }

    /// The ids of those among `people` who have a picture.
    async fn all_pictured(
        &self,
        domain: &Domain,
        people: Filter,
        lease: &mut Lease<'_>,
    ) -> Result<BTreeSet<String>, AuthError> {
        let mut ids = BTreeSet::new();
        if !self.photos {
            return Ok(ids);
        }
        let search = self.pictured(domain, people);
        let mut cookie = Vec::new();
        loop {
            let page = lease.page(&search, self.page_size, cookie).await?;
            let found = page.entries.iter().filter_map(|entry| entry.bytes(&self.schema.subject));
            ids.extend(found.filter_map(|id| id_text(&self.schema.subject, id)));
            cookie = page.cookie;
            if cookie.is_empty() {
                return Ok(ids);
            }
        }
    }

    async fn groups_changed(
        &self,
        changed: &Filter,
        domain: &Domain,
        lease: &mut Lease<'_>,
    ) -> Result<bool, AuthError> {
        if self.schema.membership == GroupMembership::None {
            return Ok(false);
        }
        let filter = Filter::Configured(self.schema.group_filter.clone()).and(changed.clone());
        let search = Search::below(&domain.group_base_dn, filter, vec!["cn".to_owned()]);
        Ok(!lease.search(&search, 1).await?.is_empty())
    }
}

#[async_trait]
impl SyncRun for Run<'_> {
    fn scope(&self) -> SyncScope {
        self.scope
    }

    async fn next(&mut self) -> Result<Option<Vec<DirectoryEntry>>, AuthError> {
        // Taken: after an error, or given up, the run is over.
        let Some(mut lease) = self.lease.take() else { return Ok(None) };
        let directory = self.directory;
        let cookie = std::mem::take(&mut self.cookie);
        let page = lease.page(&self.search, directory.page_size, cookie).await?;
        let mut entries = Vec::with_capacity(page.entries.len());
        for entry in page.entries {
            let person = match Person::new(entry, &directory.schema) {
                Ok(mut person) => {
                    person.photo = self.pictured.contains(person.subject.as_str());
                    person
                }
                Err(error) => {
                    tracing::warn!(%error, "an entry is left out of the synchronisation");
                    continue;
                }
            };
            let groups = self.graph.of(&person);
            entries.push(person.listed(&directory.schema, groups, directory.mail_is_verified, self.now));
        }
        if page.cookie.is_empty() {
            lease.finish();
            self.done = true;
        } else {
            self.cookie = page.cookie;
            self.lease = Some(lease);
        }
        Ok(Some(entries))
    }

    fn cursor(&self) -> Option<SyncCursor> {
        self.done.then(|| self.position.write())
    }
}
