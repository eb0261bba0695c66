//! What the tests are made of: people, conversations and messages, by short names.

use std::sync::Arc;

use portico_core::account::Profile;
use portico_core::auth::{Realm, Restrictions, SubjectId};
use portico_core::contact::{Contact, ContactAction, ContactLimits, ContactRefusal, Pair};
use portico_core::front::FrontId;
use portico_core::messaging::{Mentions, Message, Sequence};
use portico_core::ports::{ContactWrite, NativeUsers, NewAccount, SessionRecord, Store, StoreError};
use portico_core::session::{Proof, Standing};
use portico_core::{AccountId, CommunityId, ConversationId, SessionId, Timestamp};

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_795_000_000);

/// The store under test.
pub(crate) struct World {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) natives: Arc<dyn NativeUsers>,
}

pub(crate) fn realm(name: &str) -> Realm {
    Realm::new(name).unwrap()
}

pub(crate) fn subject(id: &str) -> SubjectId {
    SubjectId::new(id).unwrap()
}

pub(crate) fn front(id: &str) -> FrontId {
    FrontId::new(id).unwrap()
}

pub(crate) fn main_community() -> CommunityId {
    CommunityId::default()
}

pub(crate) fn community(name: &str) -> CommunityId {
    CommunityId::new(name).unwrap()
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(NOW.as_millis() + seconds * 1000)
}

pub(crate) fn profile(login: &str) -> Profile {
    Profile::named(login)
}

pub(crate) fn new_account(realm_name: &str, subject_id: &str, login: &str) -> NewAccount {
    NewAccount {
        id: AccountId::generate(NOW),
        realm: realm(realm_name),
        subject: subject(subject_id),
        registered_at: None,
        profile: profile(login),
        proven: true,
        pending: false,
        replaces: None,
        created_at: NOW,
    }
}

pub(crate) fn session_of(account: AccountId, token: u8) -> SessionRecord {
    SessionRecord {
        id: SessionId::generate(NOW),
        token_hash: [token; 32],
        account,
        front: front("im"),
        community: main_community(),
        standing: Standing {
            authenticator: "forum".to_owned(),
            realm: realm("forum"),
            subject: subject("7"),
            proof: Proof::Password,
            groups: None,
            secret_stamp: None,
            restrictions: Restrictions::default(),
            lent: Restrictions::default(),
        },
        created_at: NOW,
        seen_at: NOW,
        expires_at: at(3600),
    }
}

pub(crate) fn message(sequence: i64, conversation: ConversationId, sender: AccountId, text: &str) -> Message {
    Message {
        sequence: Sequence::new(sequence),
        conversation,
        sender,
        front: front("im"),
        text: text.to_owned(),
        client_id: None,
        sent_at: at(sequence),
        reply_to: None,
        mentions: Mentions::default(),
        version: 0,
        edited_at: None,
        deleted_at: None,
        reactions: Vec::new(),
        files: Vec::new(),
    }
}

pub(crate) fn sequences(messages: &[Message]) -> Vec<i64> {
    messages.iter().map(|message| message.sequence.get()).collect()
}

#[track_caller]
pub(crate) fn assert_conflict<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    match outcome {
        Err(StoreError::Conflict(_)) => {}
        other => panic!("expected a conflict, got {other:?}"),
    }
}

#[track_caller]
pub(crate) fn assert_inconsistent<T: std::fmt::Debug>(outcome: Result<T, StoreError>) {
    match outcome {
        Err(StoreError::Inconsistent(_)) => {}
        other => panic!("expected an inconsistency, got {other:?}"),
    }
}

impl World {
    pub(crate) fn new(store: Arc<dyn Store>, natives: Arc<dyn NativeUsers>) -> Self {
        Self { store, natives }
    }

    /// A person of the realm `forum` in the community `main`.
    pub(crate) async fn person(&self, login: &str) -> AccountId {
        let account = self.store.create_account(new_account("forum", login, login)).await.unwrap();
        self.store.enter_front(account.id, &main_community(), &front("im"), NOW).await.unwrap();
        account.id
    }

    /// As [`person`](Self::person), many times.
    pub(crate) async fn people(&self, count: usize) -> Vec<AccountId> {
        let mut people = Vec::with_capacity(count);
        for number in 0..count {
            people.push(self.person(&format!("person{number}")).await);
        }
        people
    }

    pub(crate) async fn talk(&self, one: AccountId, other: AccountId) -> ConversationId {
        let pair = Pair::new(one, other).unwrap();
        let id = ConversationId::generate(NOW);
        self.store.open_direct(&main_community(), pair, id, NOW).await.unwrap().0.id
    }

    pub(crate) async fn act(
        &self,
        actor: AccountId,
        action: ContactAction,
        other: AccountId,
        limit: Option<u32>,
    ) -> Result<Contact, ContactRefusal> {
        act(&self.store, actor, action, other, limit).await
    }
}

/// An action on a contact in the community `main`.
pub(crate) async fn act(
    store: &Arc<dyn Store>,
    actor: AccountId,
    action: ContactAction,
    other: AccountId,
    limit: Option<u32>,
) -> Result<Contact, ContactRefusal> {
    let pair = Pair::new(actor, other).unwrap();
    let limits = ContactLimits::of_mine(limit);
    let write =
        ContactWrite { community: main_community(), actor, pair, change: action.into(), limits, now: NOW };
    store.write_contact(&write).await.unwrap()
}
