//! Writing what was planned. It can be repeated: what is there already stays as it is.

use std::collections::HashMap;
use std::sync::Arc;

use portico_core::account::{Profile, fold_login};
use portico_core::administration::{Actor, AuditEntry, Ban, BanSubject, Change, Place};
use portico_core::auth::{Realm, SubjectId};
use portico_core::contact::{ContactAction, ContactChange, ContactLimits, NotesChange, Pair};
use portico_core::front::FrontId;
use portico_core::group::{NewGroup, PartAction, PartChange};
use portico_core::messaging::{Appended, CommitFeed, Conversation, Message, NewMessage, SendFailure, Writer};
use portico_core::ports::{
    Clock, ContactWrite, GroupFilter, NativeState, NativeUsers, NewAccount, NewNativeUser, Store, StoreError,
};
use portico_core::{AccountId, BanId, CommunityId, ConversationId, GroupId};
use portico_passwords::intramessenger_value;
use secrecy::SecretString;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::plan::{self, Person, Plan, Relation, RelationKind};

/// No hash: until a password is set, none is right.
const NO_PASSWORD: &str = "";

/// Where everything goes. No `Debug`: it holds the pepper.
pub(super) struct Destination {
    /// The realm of Portico's own accounts at the front.
    pub(super) realm: Realm,
    pub(super) community: CommunityId,
    pub(super) front: FrontId,
    /// What the old server put before a password, if it is known.
    pub(super) pepper: Option<Vec<u8>>,
    /// What it put behind it.
    pub(super) suffix: Vec<u8>,
    /// What tells the old installation from others: its database and the beginning of its tables.
    pub(super) source: String,
}

impl Destination {
    /// The id that a thing of the old installation gets here. Always the same, so that the import knows its own things
    /// again when it is repeated, whatever they are called by then.
    fn id_of(&self, within: &str, what: &str, old: i64) -> Uuid {
        let mut digest = Sha256::new();
        for part in ["intramessenger", within, &self.source, what, &old.to_string()] {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(digest.finalize()).for_each(|(to, from)| *to = from);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

/// What was written now; what was there before is not counted.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Written {
    pub(super) people: usize,
    /// People who wait or are locked here: they are in no group and on no roster, and what they had is left out. Imported again
    /// once they have been let in, it comes.
    pub(super) shut: usize,
    /// People who got no account, because somebody else here has their name. What was theirs is left out.
    pub(super) names_taken: Vec<String>,
    pub(super) relations: usize,
    pub(super) groups: usize,
    /// The groups of the old server that nobody manages: it had no managers.
    pub(super) without_manager: Vec<Unmanaged>,
    pub(super) messages: usize,
    pub(super) bans: usize,
    /// Bans that hold here already.
    pub(super) bans_there: usize,
}

/// A group that nobody manages.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Unmanaged {
    pub(super) id: GroupId,
    pub(super) name: String,
}

impl Written {
    fn is_nothing(&self) -> bool {
        self.people + self.relations + self.groups + self.messages + self.bans == 0
    }
}

/// What became of a person.
enum Came {
    /// They have an account and have entered; `new` when something of it was made now.
    In { account: AccountId, new: bool },
    /// They have one of Portico's own accounts that can't be used, and nothing else.
    Shut { new: bool },
    /// Somebody else has their name: two people with one name are two people.
    NameTaken,
}

/// Why it ended early. Everything before is written; it can be repeated.
#[derive(Debug, thiserror::Error)]
pub(super) enum ApplyError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a message could not be written: {0}")]
    Send(#[from] SendFailure),
}

/// Writes a plan.
pub(super) struct Applying<'a> {
    pub(super) store: Arc<dyn Store>,
    pub(super) users: &'a dyn NativeUsers,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) to: Destination,
}

/// Nobody listens while there is no server.
#[derive(Debug)]
struct Nobody;

#[portico_core::async_trait]
impl CommitFeed for Nobody {
    async fn committed(&self, _: &Conversation, _: &Arc<Message>) {}
}

impl Applying<'_> {
    /// Writes it, and a line of the audit log about what was written: also when it ended early.
    pub(super) async fn write(&self, plan: &Plan) -> Result<Written, ApplyError> {
        let mut written = Written::default();
        let outcome = self.write_all(plan, &mut written).await;
        if !written.is_nothing() {
            let entry = AuditEntry::new(self.clock.now(), &Actor::command_line(), "imported");
            let entry =
                entry.on("front", &self.to.front).at_place(&Place::Community(self.to.community.clone()));
            let entry = entry.changed(None, Some(json!(written)));
            let line = self.store.administer(&Change::Record, entry).await;
            outcome?;
            line?;
        } else {
            outcome?;
        }
        Ok(written)
    }

    async fn write_all(&self, plan: &Plan, written: &mut Written) -> Result<(), ApplyError> {
        let mut accounts: HashMap<i64, AccountId> = HashMap::with_capacity(plan.people.len());
        for person in &plan.people {
            match self.person(person).await? {
                Came::In { account, new } => {
                    written.people += usize::from(new);
                    accounts.insert(person.old, account);
                }
                Came::Shut { new } => {
                    written.people += usize::from(new);
                    written.shut += 1;
                }
                Came::NameTaken => written.names_taken.push(person.login.clone()),
            }
        }
        for relation in &plan.relations {
            written.relations += usize::from(self.relation(relation, &accounts).await?);
        }
        for group in &plan.groups {
            written.groups += usize::from(self.group(group, &accounts).await?);
            written.without_manager.extend(self.unmanaged(group).await?);
        }
        written.messages = self.messages(&plan.messages, &accounts).await?;
        self.bans(&plan.bans, written).await
    }

    async fn person(&self, person: &Person) -> Result<Came, ApplyError> {
        let now = self.clock.now();
        let folded = fold_login(&person.login);
        let id = self.to.id_of(self.to.realm.as_str(), "account", person.old);
        let (user, new) = match self.users.get(id).await? {
            Some(user) => (user, false),
            None if self.users.find(&folded).await?.is_some() => return Ok(Came::NameTaken),
            None => {
                let new = NewNativeUser {
                    id,
                    login: person.login.clone(),
                    folded_login: folded,
                    display_name: person.display_name.clone(),
                    email: person.email.clone(),
                    password_hash: SecretString::from(self.hash_of(person)),
                    state: person.state,
                    administrator: false,
                    created_at: now,
                };
                (self.users.create(new).await?, true)
            }
        };
        // As somebody who registers here and is not let in yet: a member of nothing. What they are by now counts.
        if user.state != NativeState::Active {
            return Ok(Came::Shut { new });
        }
        let subject = SubjectId::new(user.id.to_string())
            .map_err(|_| StoreError::Inconsistent("the id of an account is no subject".into()))?;
        let (account, made) = match self.store.identity(&self.to.realm, &subject).await? {
            Some(known) => (known.account.id, false),
            None => {
                let mut profile = Profile::named(&person.login);
                if let Some(name) = &person.display_name {
                    profile.display_name.clone_from(name);
                }
                profile.email.clone_from(&person.email);
                let new = NewAccount {
                    id: AccountId::generate(now),
                    realm: self.to.realm.clone(),
                    subject,
                    registered_at: None,
                    profile,
                    proven: true,
                    pending: false,
                    replaces: None,
                    created_at: now,
                };
                (self.store.create_account(new).await?.id, true)
            }
        };
        self.store.enter_front(account, &self.to.community, &self.to.front, now).await?;
        Ok(Came::In { account, new: new || made })
    }

    fn hash_of(&self, person: &Person) -> String {
        match (&person.sha1, &self.to.pepper) {
            (Some(digest), Some(pepper)) => intramessenger_value(pepper, &self.to.suffix, digest),
            _ => NO_PASSWORD.to_owned(),
        }
    }

    /// `true` when something was written.
    async fn relation(
        &self,
        relation: &Relation,
        accounts: &HashMap<i64, AccountId>,
    ) -> Result<bool, ApplyError> {
        let (Some(&owner), Some(&other)) = (accounts.get(&relation.owner), accounts.get(&relation.other))
        else {
            return Ok(false);
        };
        let Some(pair) = Pair::new(owner, other) else { return Ok(false) };
        let mut steps = Vec::new();
        match &relation.kind {
            RelationKind::Asked(text) => steps.push((owner, ContactChange::Ask(text.clone()))),
            RelationKind::RefusedByOther => steps.push((other, ContactChange::Act(ContactAction::Refuse))),
            RelationKind::Nothing => {}
            RelationKind::Accepted => {
                steps.push((owner, ContactChange::Befriend));
                let notes = NotesChange {
                    favourite: relation.favourite.then_some(true),
                    nickname: relation.nickname.clone().map(Some),
                    group: relation.group.clone().map(Some),
                    rating: None,
                };
                if notes != NotesChange::default() {
                    steps.push((owner, ContactChange::Note(notes)));
                }
            }
        }
        if relation.hidden {
            steps.push((owner, ContactChange::Act(ContactAction::Hide)));
        }
        let known = self.store.contacts(&self.to.community, owner).await?;
        let before = known.into_iter().find(|contact| contact.pair == pair);
        let mut now = None;
        for (actor, change) in steps {
            let write = ContactWrite {
                community: self.to.community.clone(),
                actor,
                pair,
                change,
                // What people had is theirs, whatever the new limits are.
                limits: ContactLimits::default(),
                now: self.clock.now(),
            };
            // What can't be any more, because of what people have done since, is as they want it.
            now = self.store.write_contact(&write).await?.ok().or(now);
        }
        Ok(now.is_some() && now != before)
    }

    fn group_id(&self, group: &plan::Group) -> GroupId {
        GroupId::from_uuid(self.to.id_of(self.to.community.as_str(), "group", group.old))
    }

    /// The group, if it is here and nobody manages it.
    async fn unmanaged(&self, group: &plan::Group) -> Result<Option<Unmanaged>, ApplyError> {
        let filter = GroupFilter { id: Some(self.group_id(group)), limit: 1, ..GroupFilter::default() };
        let here = self.store.groups_page(&filter).await?.pop().filter(|one| one.managers == 0);
        Ok(here.map(|one| Unmanaged { id: one.group.id, name: one.group.name }))
    }

    /// `true` when the group was made now.
    async fn group(
        &self,
        group: &plan::Group,
        accounts: &HashMap<i64, AccountId>,
    ) -> Result<bool, ApplyError> {
        let now = self.clock.now();
        let id = self.group_id(group);
        let members: Vec<AccountId> =
            group.members.iter().filter_map(|old| accounts.get(old)).copied().collect();
        let new = NewGroup {
            id,
            room: ConversationId::generate(now),
            community: self.to.community.clone(),
            name: group.name.clone(),
            kind: group.kind,
            topic: None,
            managers_write: false,
            creator: None,
            limit: None,
            now,
        };
        let made = match self.store.create_group(&new).await? {
            Ok(_) => true,
            // Made before. A name that others here use is not enough.
            Err(_) if self.store.group(id).await?.is_some() => false,
            Err(refusal) => {
                tracing::warn!(group = %group.name, %refusal, "a group is left out");
                return Ok(false);
            }
        };
        for account in members {
            let change = PartChange {
                community: self.to.community.clone(),
                group: id,
                actor: account,
                subject: account,
                action: PartAction::Seat,
                now,
            };
            if let Err(refusal) = self.store.change_part(&change).await? {
                tracing::warn!(group = %group.name, %refusal, "a membership is left out");
            }
        }
        Ok(made)
    }

    async fn messages(
        &self,
        messages: &[plan::Message],
        accounts: &HashMap<i64, AccountId>,
    ) -> Result<usize, ApplyError> {
        let writer =
            Writer::start(Arc::clone(&self.store), Arc::clone(&self.clock), Arc::new(Nobody)).await?;
        let mut written = 0;
        for message in messages {
            let (Some(&author), Some(&to)) = (accounts.get(&message.author), accounts.get(&message.to))
            else {
                continue;
            };
            let Some(pair) = Pair::new(author, to) else { continue };
            let now = self.clock.now();
            let (conversation, _) =
                self.store.open_direct(&self.to.community, pair, ConversationId::generate(now), now).await?;
            let mut new = NewMessage::of_text(
                Arc::new(conversation),
                author,
                self.to.front.clone(),
                message.text.clone(),
            );
            // Written again, it is the same message.
            new.client_id = Some(format!("imported-{}", message.old));
            written += usize::from(matches!(writer.append(new).await?, Appended::New(_)));
        }
        writer.close().await;
        Ok(written)
    }

    async fn bans(&self, bans: &[BanSubject], written: &mut Written) -> Result<(), ApplyError> {
        let (begun, place) = (self.clock.now(), Place::Community(self.to.community.clone()));
        // A ban of elsewhere, or one that is over, keeps nobody out here.
        let holding =
            self.store.bans().await?.into_iter().filter(|ban| ban.holds(begun) && ban.place == place);
        let holding: Vec<BanSubject> = holding.map(|ban| ban.subject).collect();
        let actor = Actor::command_line();
        for subject in bans {
            if holding.contains(subject) {
                written.bans_there += 1;
                continue;
            }
            let now = self.clock.now();
            let ban = Ban {
                id: BanId::generate(now),
                subject: subject.clone(),
                place: place.clone(),
                reason: None,
                until: None,
                created_at: now,
                by: actor.name.clone(),
            };
            let entry = AuditEntry::new(now, &actor, "ban-imported").on("ban", ban.id).at_place(&place);
            written.bans += usize::from(self.store.administer(&Change::AddBan(ban), entry).await?.is_some());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
