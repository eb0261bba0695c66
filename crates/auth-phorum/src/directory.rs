//! Members without a login: are they still who they were, and what waits for them over there?

use std::net::IpAddr;

use async_trait::async_trait;
use portico_core::auth::{
    AuthError, Directory, DirectoryEntry, DirectoryState, ExternalInbox, Refusal, Restriction, Restrictions,
    SubjectId,
};

use crate::authenticator::{Phorum, anywhere};
use crate::forum::ids;

#[async_trait]
impl Directory for Phorum {
    async fn lookup(&self, subjects: &[SubjectId]) -> Result<Vec<DirectoryEntry>, AuthError> {
        let ids = ids(subjects);
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let schema = self.schema().await?;
        let settings = self.forum.settings().await?;
        let members = self.forum.members(&schema, &ids).await?;
        let mut groups = self.forum.groups(&ids).await?;
        let bans = self.ban_list().await?;
        let mut entries = Vec::with_capacity(members.len());
        for member in members {
            let banned = bans.restrictions(anywhere(&member)).write;
            let state = self.directory_state(&member, &settings, banned.as_ref());
            let restrictions = match &state {
                DirectoryState::Active(restrictions) => restrictions.clone(),
                DirectoryState::Refused(_) => Restrictions { write: banned },
            };
            let groups = groups.remove(&member.user_id).unwrap_or_default();
            let identity = member.identity(&settings, self.url.as_ref(), groups, restrictions)?;
            entries.push(DirectoryEntry { identity, state });
        }
        Ok(entries)
    }

    /// One query.
    async fn address_bans(
        &self,
        people: &[(SubjectId, Vec<IpAddr>)],
    ) -> Result<Vec<(SubjectId, DirectoryState)>, AuthError> {
        if people.is_empty() {
            return Ok(Vec::new());
        }
        let bans = self.ban_list().await?;
        if !bans.has_addresses() {
            return Ok(Vec::new());
        }
        let people = people.to_vec();
        // Thousands of people against thousands of expressions are no work for a reactor thread.
        let met = tokio::task::spawn_blocking(move || {
            let meets = |from: &[IpAddr]| from.iter().find_map(|address| bans.restriction_at(*address));
            people.into_iter().filter_map(|(who, from)| Some((who, meets(&from)?))).collect::<Vec<_>>()
        });
        let met = met.await.map_err(|error| AuthError::unavailable("the forum's ban list", error))?;
        let state = |ban: Restriction| match self.deviations.refuse_banned {
            true => DirectoryState::Refused(Refusal::Banned { reason: Some(ban.reason), until: None }),
            false => DirectoryState::Active(Restrictions { write: Some(ban) }),
        };
        Ok(met.into_iter().map(|(who, ban)| (who, state(ban))).collect())
    }
}

#[async_trait]
impl ExternalInbox for Phorum {
    /// Everybody asked for is answered, with 0 for those who have no unread message or don't exist; nobody is, on a
    /// 5.0 that is older than Phorum's present tables for private messages.
    async fn unread(&self, subjects: &[SubjectId]) -> Result<Vec<(SubjectId, u64)>, AuthError> {
        let ids = ids(subjects);
        if ids.is_empty() || !self.schema().await?.has_messages() {
            return Ok(Vec::new());
        }
        let unread = self.forum.unread(&ids).await?;
        let count = |id: i64| unread.get(&id).copied().unwrap_or_default();
        ids.into_iter()
            .map(|id| {
                let subject =
                    SubjectId::new(id.to_string()).map_err(|e| AuthError::inconsistent(e.to_string()))?;
                Ok((subject, count(id)))
            })
            .collect()
    }
}
