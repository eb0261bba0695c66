//! People without a login: are they still who they were?

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures_util::stream::{StreamExt, TryStreamExt};
use portico_core::auth::{AuthError, Directory, DirectoryEntry, SubjectId};

use crate::authenticator::LdapWindows;
use crate::connection::Search;
use crate::domain::Domain;
use crate::filter::Filter;
use crate::group_graph::GroupGraph;
use crate::ids::{id_text, id_value};
use crate::person::Person;

/// Ids in one filter.
const BATCH: usize = 50;
/// From so many people on, all groups are read once instead of a search a person.
const MANY: usize = 100;
/// Searches for groups at a time.
const AT_A_TIME: usize = 4;
/// Largest picture.
const MOST_PHOTO_BYTES: usize = 1024 * 1024;

#[async_trait]
impl Directory for LdapWindows {
    /// One search for 50 people, and one for each one's groups; the groups of more than 100 people are read together.
    async fn lookup(&self, subjects: &[SubjectId]) -> Result<Vec<DirectoryEntry>, AuthError> {
        let domain = self.domain().await?;
        let mut people = Vec::with_capacity(subjects.len());
        let mut asked: BTreeSet<&SubjectId> = subjects.iter().collect();
        // An id that no entry can have is nobody's; the server is not asked.
        let ids: Vec<_> =
            subjects.iter().filter_map(|subject| id_value(&self.schema.subject, subject.as_str())).collect();
        for batch in ids.chunks(BATCH) {
            let ways = batch.iter().map(|id| Filter::Equal(self.schema.subject.clone(), id.clone()));
            let ways = Filter::Any(ways.collect());
            let before = people.len();
            let search = self.people(domain, ways);
            for entry in self.lookups.search(&search, batch.len() + 1).await? {
                let person = Person::new(entry, &self.schema)?;
                // Ids are compared byte for byte here, and by some servers more generously.
                if asked.remove(&person.subject) {
                    people.push(person);
                }
            }
            self.look_for_photos(domain, &mut people[before..]).await?;
        }
        let now = self.clock.now();
        let listed =
            |person: &Person, groups| person.listed(&self.schema, groups, self.mail_is_verified, now);
        if people.len() > MANY {
            let mut lease = self.lookups.lease().await?;
            let graph = GroupGraph::load(&self.place(domain), &mut lease, self.page_size).await?;
            lease.finish();
            return Ok(people.iter().map(|person| listed(person, graph.of(person))).collect());
        }
        let place = self.place(domain);
        let place = &place;
        futures_util::stream::iter(people)
            .map(|person| async move {
                let groups = self.groups.of(&person, place).await?;
                Ok(listed(&person, groups))
            })
            .buffered(AT_A_TIME)
            .try_collect()
            .await
    }

    async fn photo(&self, subject: &SubjectId) -> Result<Option<Vec<u8>>, AuthError> {
        let domain = self.domain().await?;
        let id = id_value(&self.schema.subject, subject.as_str()).filter(|_| self.photos);
        let Some(id) = id else { return Ok(None) };
        let filter = Filter::Configured(self.schema.user_filter.clone())
            .and(Filter::Equal(self.schema.subject.clone(), id));
        let search = Search::below(&domain.base_dn, filter, vec![self.schema.photo.as_str().to_owned()]);
        let entry = self.lookups.search(&search, 1).await?.into_iter().next();
        let photo = entry.as_ref().and_then(|entry| entry.bytes(&self.schema.photo));
        Ok(photo.filter(|bytes| is_picture(bytes)).map(<[u8]>::to_vec))
    }
}

impl LdapWindows {
    /// Which people have a picture.
    pub(crate) fn pictured(&self, domain: &Domain, people: Filter) -> Search {
        let filter = Filter::Configured(self.schema.user_filter.clone())
            .and(people)
            .and(Filter::Present(self.schema.photo.clone()));
        Search::below(&domain.base_dn, filter, vec![self.schema.subject.as_str().to_owned()])
    }

    /// Notes who has a picture, without reading the pictures.
    pub(crate) async fn look_for_photos(
        &self,
        domain: &Domain,
        people: &mut [Person],
    ) -> Result<(), AuthError> {
        let ways: Vec<Filter> = people
            .iter()
            .filter_map(|person| id_value(&self.schema.subject, person.subject.as_str()))
            .map(|id| Filter::Equal(self.schema.subject.clone(), id))
            .collect();
        if !self.photos || ways.is_empty() {
            return Ok(());
        }
        let most = ways.len();
        for entry in self.lookups.search(&self.pictured(domain, Filter::Any(ways)), most).await? {
            let id = entry.bytes(&self.schema.subject).and_then(|id| id_text(&self.schema.subject, id));
            for person in people.iter_mut() {
                person.photo |= id.as_deref() == Some(person.subject.as_str());
            }
        }
        Ok(())
    }
}

/// JPEG, PNG or GIF, and not too large.
fn is_picture(bytes: &[u8]) -> bool {
    let known = [&b"\xff\xd8\xff"[..], b"\x89PNG\r\n\x1a\n", b"GIF8"];
    bytes.len() <= MOST_PHOTO_BYTES && known.iter().any(|start| bytes.starts_with(start))
}
