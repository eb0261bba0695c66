//! Conferences: several people, ad hoc. What becomes of one is decided here, over plain values.

use crate::messaging::Sequence;
use crate::{AccountId, CommunityId, ConversationId, Timestamp};

/// What makes a conversation a conference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conference {
    /// What it is about.
    pub topic: Option<String>,
    /// Who may put others out: who opened it, and when they left whoever has been in it longest.
    pub host: AccountId,
    /// Who is in it.
    pub participants: Vec<Participant>,
    /// Who is invited and has not answered; they read nothing.
    pub invited: Vec<Invited>,
}

/// Somebody in a conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Participant {
    /// Who.
    pub account: AccountId,
    /// The newest message when they came: they read what comes after it.
    pub floor: Sequence,
    /// Who had invited them; `None` = they opened it.
    pub invited_by: Option<AccountId>,
    /// When they came.
    pub since: Timestamp,
}

/// Somebody who is invited to a conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invited {
    /// Who.
    pub account: AccountId,
    /// By whom.
    pub by: AccountId,
    /// When.
    pub since: Timestamp,
}

/// A conference to be opened.
#[derive(Debug, Clone)]
pub struct NewConference {
    /// Its id.
    pub id: ConversationId,
    /// Where it lives.
    pub community: CommunityId,
    /// What it is about.
    pub topic: Option<String>,
    /// Who opens it.
    pub host: AccountId,
    /// Who is invited.
    pub invite: Vec<AccountId>,
    /// Now.
    pub now: Timestamp,
}

/// What is done to a conference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ConferenceAction {
    /// Somebody in it invites others: at most `limit` people are in it and invited then.
    Invite {
        /// Whom.
        people: Vec<AccountId>,
        /// Most people.
        limit: Option<u32>,
    },
    /// Somebody invited comes in.
    Accept,
    /// Somebody invited doesn't want to.
    Decline,
    /// Somebody in it goes.
    Leave,
    /// Somebody is put out, or their invitation taken back.
    Remove {
        /// Who.
        person: AccountId,
        /// Whether the actor moderates, and so may put out anybody.
        moderates: bool,
    },
    /// It is about something else.
    Topic(Option<String>),
    /// It is over, by an administrator: everybody is out.
    Close,
}

/// A change of a conference.
#[derive(Debug, Clone)]
pub struct ConferenceChange {
    /// Where.
    pub community: CommunityId,
    /// Which.
    pub conversation: ConversationId,
    /// Who acts.
    pub actor: AccountId,
    /// What.
    pub action: ConferenceAction,
    /// Now.
    pub now: Timestamp,
}

/// Why something was not done to a conference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConferenceRefusal {
    /// There is no such conference for this person, or no such person in it.
    #[error("there is no such conference")]
    NotFound,
    /// Only the host may do this.
    #[error("only the host of a conference may put others out")]
    NotHost,
    /// Nobody who is in it can decline.
    #[error("there is nothing to decline: leave the conference instead")]
    NothingToDecline,
    /// As many people are in it and invited as allowed.
    #[error("a conference has at most {limit} people here")]
    LimitReached {
        /// The limit.
        limit: u32,
    },
}

impl NewConference {
    /// The conference at its beginning. Nobody is invited twice, nor by themselves.
    pub fn conference(&self) -> Conference {
        let (host, now) = (self.host, self.now);
        let first = Participant { account: host, floor: Sequence::START, invited_by: None, since: now };
        let mut conference = Conference {
            topic: self.topic.clone(),
            host,
            participants: vec![first],
            invited: Vec::with_capacity(self.invite.len()),
        };
        conference.invite(host, &self.invite, now);
        conference
    }
}

impl Conference {
    /// Whether somebody is in it.
    pub fn has(&self, person: AccountId) -> bool {
        self.participants.iter().any(|one| one.account == person)
    }

    /// The invitation of somebody who has not answered it.
    pub fn invitation_of(&self, person: AccountId) -> Option<&Invited> {
        self.invited.iter().find(|one| one.account == person)
    }

    /// Everybody who is in it or invited.
    pub fn everybody(&self) -> impl Iterator<Item = AccountId> {
        let invited = self.invited.iter().map(|one| one.account);
        self.participants.iter().map(|one| one.account).chain(invited)
    }

    /// As the log of the administration shows it; `gone`: who is out of it since.
    pub fn facts(&self, gone: &[AccountId]) -> serde_json::Value {
        let mut facts = serde_json::json!({
            "topic": self.topic, "participants": self.participants.len(), "invited": self.invited.len()
        });
        if !gone.is_empty() {
            facts["gone"] = serde_json::json!(gone);
        }
        facts
    }

    /// Who was in it or invited `before`, and is out of it.
    pub fn gone_since(&self, before: &Self) -> Vec<AccountId> {
        before.everybody().filter(|one| self.everybody().all(|now| now != *one)).collect()
    }

    /// How many are in it or invited.
    pub fn size(&self) -> usize {
        self.participants.len() + self.invited.len()
    }

    /// Whether the last one has left.
    pub fn is_closed(&self) -> bool {
        self.participants.is_empty()
    }

    /// What it becomes by an action; `last` is its newest message. Repeating what is done changes nothing.
    ///
    /// # Errors
    /// [`ConferenceRefusal`]. Nobody but participants and those invited learns that it exists; one that is closed is over for
    /// them too.
    pub fn after(&self, change: &ConferenceChange, last: Sequence) -> Result<Self, ConferenceRefusal> {
        if self.is_closed() {
            return Err(ConferenceRefusal::NotFound);
        }
        let actor = change.actor;
        let mut next = self.clone();
        match &change.action {
            ConferenceAction::Accept => next.accept(actor, last, change.now)?,
            ConferenceAction::Decline => {
                if self.has(actor) {
                    return Err(ConferenceRefusal::NothingToDecline);
                }
                self.invitation_of(actor).ok_or(ConferenceRefusal::NotFound)?;
                next.invited.retain(|one| one.account != actor);
            }
            _ if !self.has(actor) && !change.action.is_moderation() => {
                return Err(ConferenceRefusal::NotFound);
            }
            ConferenceAction::Invite { people, limit } => {
                next.invite(actor, people, change.now);
                if let Some(limit) = *limit
                    && next.size() > self.size()
                    && next.size() > usize::try_from(limit).unwrap_or(usize::MAX)
                {
                    return Err(ConferenceRefusal::LimitReached { limit });
                }
            }
            ConferenceAction::Leave => next.let_go(actor),
            ConferenceAction::Remove { person, moderates } => {
                let mine = self.invitation_of(*person).is_some_and(|one| one.by == actor);
                if !self.everybody().any(|one| one == *person) {
                    return Err(ConferenceRefusal::NotFound);
                }
                if !(self.host == actor || *moderates || mine || *person == actor) {
                    return Err(ConferenceRefusal::NotHost);
                }
                next.let_go(*person);
            }
            ConferenceAction::Topic(topic) => next.topic.clone_from(topic),
            ConferenceAction::Close => {
                next.participants.clear();
                next.invited.clear();
            }
        }
        Ok(next)
    }

    fn invite(&mut self, by: AccountId, people: &[AccountId], since: Timestamp) {
        for &account in people {
            if !self.everybody().any(|one| one == account) {
                self.invited.push(Invited { account, by, since });
            }
        }
    }

    fn accept(&mut self, who: AccountId, last: Sequence, now: Timestamp) -> Result<(), ConferenceRefusal> {
        if self.has(who) {
            return Ok(());
        }
        let by = self.invitation_of(who).ok_or(ConferenceRefusal::NotFound)?.by;
        self.invited.retain(|one| one.account != who);
        let participant = Participant { account: who, floor: last, invited_by: Some(by), since: now };
        self.participants.push(participant);
        Ok(())
    }

    /// Somebody's account is deleted: they are out, and whom they invited and who has not answered is invited no more.
    pub fn forget(&mut self, who: AccountId) {
        self.invited.retain(|one| one.by != who);
        for participant in self.participants.iter_mut().filter(|one| one.invited_by == Some(who)) {
            participant.invited_by = None;
        }
        self.let_go(who);
    }

    fn let_go(&mut self, who: AccountId) {
        self.participants.retain(|one| one.account != who);
        self.invited.retain(|one| one.account != who);
        if self.is_closed() {
            // Nobody is left who could be met there.
            self.invited.clear();
        } else if self.host == who
            && let Some(longest) = self.participants.iter().min_by_key(|one| (one.since, one.account))
        {
            self.host = longest.account;
        }
    }
}

impl ConferenceAction {
    /// Whether it may be done from outside.
    fn is_moderation(&self) -> bool {
        matches!(self, Self::Remove { moderates: true, .. } | Self::Close)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: Sequence = Sequence::new(7);

    struct Scene {
        host: AccountId,
        guest: AccountId,
        invited: AccountId,
        stranger: AccountId,
        now: Conference,
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_secs(seconds)
    }

    fn change(actor: AccountId, action: ConferenceAction) -> ConferenceChange {
        let (community, conversation) = (CommunityId::default(), ConversationId::generate(at(0)));
        ConferenceChange { community, conversation, actor, action, now: at(9) }
    }

    /// A host, somebody who came, somebody whom that one invited, and a stranger.
    fn scene() -> Scene {
        let [host, guest, invited, stranger] = [1, 2, 3, 4].map(|second| AccountId::generate(at(second)));
        let new = NewConference {
            id: ConversationId::generate(at(0)),
            community: CommunityId::default(),
            topic: None,
            host,
            invite: vec![guest, guest, host],
            now: at(1),
        };
        let open = new.conference();
        assert_eq!((open.participants.len(), open.invited.len()), (1, 1), "nobody twice, nor oneself");
        let mut now = open.after(&change(guest, ConferenceAction::Accept), LAST).unwrap();
        now = now.after(&change(guest, invite(&[invited], None)), LAST).unwrap();
        Scene { host, guest, invited, stranger, now }
    }

    fn invite(people: &[AccountId], limit: Option<u32>) -> ConferenceAction {
        ConferenceAction::Invite { people: people.to_vec(), limit }
    }

    fn remove(person: AccountId) -> ConferenceAction {
        ConferenceAction::Remove { person, moderates: false }
    }

    #[test]
    fn who_may_do_what() {
        let s = scene();
        let topic = || ConferenceAction::Topic(Some("plan".into()));
        // Host, guest, invited, stranger.
        let table = [
            (invite(&[s.stranger], None), "+ + 404 404"),
            (ConferenceAction::Accept, "= = + 404"),
            (ConferenceAction::Decline, "nothing nothing + 404"),
            (ConferenceAction::Leave, "+ + 404 404"),
            (topic(), "+ + 404 404"),
            (remove(s.host), "+ host 404 404"),
            (remove(s.guest), "+ + 404 404"),
            (remove(s.invited), "+ + 404 404"),
            (remove(s.stranger), "404 404 404 404"),
            (ConferenceAction::Remove { person: s.host, moderates: true }, "+ + + +"),
            (ConferenceAction::Close, "+ + + +"),
        ];
        for (action, wanted) in table {
            let found: Vec<&str> = [s.host, s.guest, s.invited, s.stranger]
                .map(|actor| match s.now.after(&change(actor, action.clone()), LAST) {
                    Ok(next) if next == s.now => "=",
                    Ok(_) => "+",
                    Err(ConferenceRefusal::NotFound) => "404",
                    Err(ConferenceRefusal::NotHost) => "host",
                    Err(ConferenceRefusal::NothingToDecline) => "nothing",
                    Err(ConferenceRefusal::LimitReached { .. }) => "limit",
                })
                .to_vec();
            assert_eq!(found.join(" "), wanted, "{action:?}");
        }
    }

    #[test]
    fn whoever_invited_somebody_takes_the_invitation_back_and_nobody_elses() {
        let s = scene();
        let by_host = s.now.after(&change(s.host, invite(&[s.stranger], None)), LAST).unwrap();
        assert!(by_host.after(&change(s.guest, remove(s.invited)), LAST).is_ok());
        let others = by_host.after(&change(s.guest, remove(s.stranger)), LAST);
        assert_eq!(others, Err(ConferenceRefusal::NotHost));
    }

    #[test]
    fn who_comes_reads_from_there_on_and_again_after_coming_back() {
        let s = scene();
        let floor = |conference: &Conference| {
            conference.participants.iter().find(|one| one.account == s.guest).unwrap().floor
        };
        assert_eq!(floor(&s.now), LAST);
        let gone = s.now.after(&change(s.guest, ConferenceAction::Leave), LAST).unwrap();
        let asked = gone.after(&change(s.host, invite(&[s.guest], None)), LAST).unwrap();
        let back = asked.after(&change(s.guest, ConferenceAction::Accept), Sequence::new(20)).unwrap();
        assert_eq!(floor(&back), Sequence::new(20));
    }

    #[test]
    fn invited_people_count_and_those_who_are_there_already_do_not_count_twice() {
        let s = scene();
        let limited = |people: &[AccountId], limit| {
            s.now.after(&change(s.host, invite(people, Some(limit))), LAST).map(|next| next.size())
        };
        assert_eq!(limited(&[s.stranger], 3), Err(ConferenceRefusal::LimitReached { limit: 3 }));
        assert_eq!(limited(&[s.stranger], 4), Ok(4));
        assert_eq!(limited(&[s.guest, s.invited], 1), Ok(3), "nobody new");
    }

    #[test]
    fn the_one_who_has_been_there_longest_is_host_after_the_host_and_the_last_one_closes_it() {
        let s = scene();
        let without = s.now.after(&change(s.host, ConferenceAction::Leave), LAST).unwrap();
        assert_eq!((without.host, without.invited.len()), (s.guest, 1));
        let closed = without.after(&change(s.guest, ConferenceAction::Leave), LAST).unwrap();
        assert!(closed.is_closed() && closed.invited.is_empty());
        let late = closed.after(&change(s.invited, ConferenceAction::Accept), LAST);
        assert_eq!(late, Err(ConferenceRefusal::NotFound));
    }
}
