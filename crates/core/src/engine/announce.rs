//! New topics of a forum, announced in a room.

use std::sync::{Arc, PoisonError};

use sha2::{Digest, Sha256};

use crate::account::{Account, Profile};
use crate::auth::{AuthError, Authenticator, Guarded, SubjectId, Topic, WantedTopics};
use crate::engine::groups::news_seat;
use crate::engine::{Engine, EngineError};
use crate::front::{Front, NewsPlace, NewsRule};
use crate::messaging::{Appended, NewMessage};
use crate::ports::{NewAccount, StoreError};
use crate::{AccountId, ConversationId};

/// Most topics that one round announces; the rest comes with the next ones.
const AT_ONCE: usize = 20;

/// Where a rule's announcements go.
struct Place {
    room: ConversationId,
    readable_by: Option<String>,
}

impl Engine {
    /// Looks for new topics and announces them, by the rules of all fronts. What has been announced is remembered over
    /// restarts, and nothing is announced twice.
    pub async fn announce_news(&self) {
        for front in self.fronts.iter() {
            for rule in &front.news {
                let name = format!("news of {}", rule.authenticator);
                match self.announce_by(&front, rule).await {
                    Ok(()) => self.is_silent(&name, None),
                    Err(error) => self.is_silent(&name, Some(&error)),
                }
            }
        }
    }

    /// One warning when a source falls silent, one line when it speaks again.
    fn is_silent(&self, name: &str, error: Option<&NewsError>) {
        let mut silent = self.silent.lock().unwrap_or_else(PoisonError::into_inner);
        match error {
            Some(error) if silent.insert(name.to_owned()) => {
                tracing::warn!(source = name, error = %error.full_text(), "new topics can't be announced for now");
            }
            None if silent.remove(name) => tracing::info!(source = name, "new topics are announced again"),
            _ => {}
        }
    }

    async fn announce_by(&self, front: &Front, rule: &NewsRule) -> Result<(), NewsError> {
        let Some(authenticator) = self.authenticators.get(&rule.authenticator) else { return Ok(()) };
        let Some(news) = authenticator.news() else { return Ok(()) };
        let announcer = self.announcer(authenticator).await?;
        let Some(place) = self.news_place(front, rule, authenticator, announcer.id).await? else {
            return Ok(());
        };
        let mark = Mark::of(front, rule);
        let after = self.read_mark(&mark).await?;
        let wanted = WantedTopics {
            forums: rule.forums.clone(),
            readable_by: place.readable_by,
            after,
            limit: AT_ONCE,
        };
        let topics = news.topics(&wanted).await?;
        let Some(newest) = topics.iter().map(|topic| topic.id).max() else {
            // A forum without a topic yet: its first one is news.
            return if after.is_none() { Ok(self.write_mark(&mark, 0).await?) } else { Ok(()) };
        };
        if after.is_some() {
            for topic in &topics {
                self.announce(front, rule, place.room, announcer.id, topic).await?;
            }
        }
        Ok(self.write_mark(&mark, newest).await?)
    }

    async fn announce(
        &self,
        front: &Front,
        rule: &NewsRule,
        room: ConversationId,
        announcer: AccountId,
        topic: &Topic,
    ) -> Result<(), NewsError> {
        let load = || async { Ok(self.store.conversation(room).await?.map(Arc::new)) };
        let Some(conversation) = self.conversations.get(&room, load).await? else { return Ok(()) };
        let mut message = NewMessage::of_text(conversation, announcer, front.id.clone(), text_of(topic));
        // Sent again after a crash, it is the same message.
        message.client_id = Some(format!("topic-{}", topic.id));
        match self.writer.append(message).await {
            // A topic that was renamed since its announcement stays announced.
            Ok(Appended::New(message)) => {
                if matches!(&rule.place, NewsPlace::Room(_)) {
                    self.tell_guests(front, &message);
                }
                Ok(())
            }
            Ok(Appended::Repeated(_)) | Err(crate::messaging::SendFailure::ClientIdConflict) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn news_place(
        &self,
        front: &Front,
        rule: &NewsRule,
        authenticator: &Guarded,
        announcer: AccountId,
    ) -> Result<Option<Place>, NewsError> {
        let (realm, wanted, readable_by) = match &rule.place {
            NewsPlace::Room(name) => {
                let seat = news_seat(name, true);
                let id = seat.external_id.clone();
                self.seat_in_own(&front.community, announcer, vec![seat]).await?;
                (&self.own_realm, id, false)
            }
            NewsPlace::Group(group) => (authenticator.realm(), group.clone(), true),
        };
        let groups = self.store.groups_from(&front.community, realm).await?;
        let group = groups.into_iter().find(|group| group.external_id == wanted || group.name == wanted);
        // A group that nobody here is in yet has no room: there is nobody to tell.
        Ok(group
            .map(|group| Place { room: group.room, readable_by: readable_by.then_some(group.external_id) }))
    }

    /// The account that announces for an authenticator; it is no person and on nobody's roster.
    async fn announcer(&self, authenticator: &Guarded) -> Result<Account, NewsError> {
        let subject = SubjectId::new(format!("news:{}", authenticator.name()))
            .map_err(|_| StoreError::Inconsistent("an authenticator's name is no subject".into()))?;
        let label = self.realm_label(authenticator.realm());
        let account = match self.store.identity(&self.own_realm, &subject).await? {
            Some(known) => known.account,
            None => {
                let now = self.clock.now();
                let new = NewAccount {
                    id: AccountId::generate(now),
                    realm: self.own_realm.clone(),
                    subject,
                    registered_at: None,
                    profile: Profile::named(&label),
                    proven: true,
                    pending: false,
                    replaces: None,
                    created_at: now,
                };
                self.store.create_account(new).await?
            }
        };
        let mut announcers = self.announcers.lock().unwrap_or_else(PoisonError::into_inner);
        announcers.insert(account.id, Arc::new(account.clone()));
        Ok(account)
    }

    async fn read_mark(&self, mark: &Mark) -> Result<Option<u64>, StoreError> {
        let kept = self.store.meta_or_insert(&mark.0, &[]).await?;
        Ok(<[u8; 8]>::try_from(kept).ok().map(u64::from_be_bytes))
    }

    async fn write_mark(&self, mark: &Mark, upto: u64) -> Result<(), StoreError> {
        self.store.put_meta(&mark.0, &upto.to_be_bytes()).await
    }
}

/// Where the last topic is remembered that was announced by a rule.
struct Mark(String);

impl Mark {
    /// Another choice of forums is another rule: what it finds for the first time is not news.
    fn of(front: &Front, rule: &NewsRule) -> Self {
        let mut hash = Sha256::new();
        let (place, name) = match &rule.place {
            NewsPlace::Room(name) => ("room", name),
            NewsPlace::Group(name) => ("group", name),
        };
        let parts = [front.id.as_str(), &rule.authenticator, place, name];
        for part in parts.into_iter().chain(rule.forums.iter().map(String::as_str)) {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        let digest: String = hash.finalize().iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        Self(format!("news:{digest}"))
    }
}

/// Why a round of news ended.
#[derive(Debug, thiserror::Error)]
enum NewsError {
    #[error(transparent)]
    Auth(#[from] AuthError),
    #[error(transparent)]
    Engine(#[from] EngineError),
}

impl NewsError {
    fn full_text(&self) -> String {
        match self {
            Self::Auth(error) => error.full_text(),
            Self::Engine(error) => error.to_string(),
        }
    }
}

impl From<StoreError> for NewsError {
    fn from(error: StoreError) -> Self {
        Self::Engine(error.into())
    }
}

impl From<crate::messaging::SendFailure> for NewsError {
    fn from(error: crate::messaging::SendFailure) -> Self {
        Self::Engine(error.into())
    }
}

/// The announcement: the topic, its forum and author, and where to read it.
fn text_of(topic: &Topic) -> String {
    let cut = |text: &str| text.chars().filter(|c| *c != '\0').take(300).collect::<String>();
    let mut text = cut(&topic.title);
    text.push('\n');
    text.push_str(&cut(&topic.forum));
    if let Some(author) = &topic.author {
        text.push_str(" · ");
        text.push_str(&cut(author));
    }
    if let Some(url) = &topic.url {
        text.push('\n');
        text.push_str(&url.chars().filter(|c| *c != '\0').take(2000).collect::<String>());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;
    use crate::messaging::check_text;

    #[test]
    fn an_announcement_can_be_sent_whatever_the_forum_holds() {
        let topic = Topic {
            id: 7,
            forum: "F\0".repeat(1000),
            title: "\u{1F600}".repeat(10_000),
            author: Some("x".repeat(10_000)),
            url: Some(format!("https://forum.example.org/{}", "y".repeat(10_000))),
            posted_at: Timestamp::from_secs(1),
        };
        assert_eq!(check_text(&text_of(&topic), Some("topic-7")), Ok(()));
    }
}
