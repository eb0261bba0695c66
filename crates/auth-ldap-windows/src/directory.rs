//! People without a login: are they still who they were?

use std::collections::BTreeSet;

use async_trait::async_trait;
use futures_util::stream::{StreamExt, TryStreamExt};
use portico_core::auth::{AuthError, Directory, DirectoryEntry, SubjectId};

use crate::authenticator::LdapWindows;
use crate::connection::Search;
use crate::filter::Filter;
use crate::group_graph::GroupGraph;
use crate::ids::id_value;
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
            let search = self.people(domain, Filter::Any(ways.collect()));
            for entry in self.lookups.search(&search, batch.len() + 1).await? {
                let person = Person::new(entry, &self.schema)?;
                // Ids are compared byte for byte here, and by some servers more generously.
                if asked.remove(&person.subject) {
                    people.push(person);
                }
            }
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
        let Some(id) = id_value(&self.schema.subject, subject.as_str()) else { return Ok(None) };
        let filter = Filter::Configured(self.schema.user_filter.clone())
            .and(Filter::Equal(self.schema.subject.clone(), id));
        let search = Search::below(&domain.base_dn, filter, vec![self.schema.photo.as_str().to_owned()]);
        let entry = self.lookups.search(&search, 1).await?.into_iter().next();
        let photo = entry.as_ref().and_then(|entry| entry.bytes(&self.schema.photo));
        Ok(photo.filter(|bytes| is_picture(bytes)).map(<[u8]>::to_vec))
    }
}

/// JPEG, PNG or GIF, and not too large.
fn is_picture(bytes: &[u8]) -> bool {
    let known = [&b"\xff\xd8\xff"[..], b"\x89PNG\r\n\x1a\n", b"GIF8"];
    bytes.len() <= MOST_PHOTO_BYTES && known.iter().any(|start| bytes.starts_with(start))
}
