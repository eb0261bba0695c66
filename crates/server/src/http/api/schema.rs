//! The shapes of answers, as OpenAPI describes them and as they are sent.

use portico_core::Timestamp;
use portico_core::account::{Account, Member};
use portico_core::auth::{Realm, Restrictions};
use portico_core::engine::{ConversationInfo, Engine, Receipt, avatar_path};
use portico_core::group::Membership;
use portico_core::messaging::{Draft, ShownMessage};
use serde::Serialize;
use utoipa::ToSchema;

mod message;
mod person;

pub use message::{MessageDoc, ReactionDoc};
pub use person::{PersonDoc, RosterBody};

use crate::http::api::conferences::ConferenceBody;
use crate::http::api::message_features::DraftDoc;

/// A person as shown beside a conversation; with `email` for oneself.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountBody {
    /// Opaque id.
    pub id: String,
    /// Login name; not unique.
    pub login: String,
    /// Name to show.
    pub display_name: String,
    /// Identity name space.
    pub realm: String,
    /// How to call the realm.
    pub realm_label: String,
    /// Whether the person has ever proved who they are; `false`: only a claimed name stands behind the account.
    pub proven: bool,
    /// E-mail address; only of oneself.
    pub email: Option<String>,
    /// The picture: a path under the front's `api/v1/`.
    pub avatar: Option<String>,
    /// Colour of the name: `#rrggbb`.
    pub colour: Option<String>,
    /// Language, as the other application calls it.
    pub language: Option<String>,
    /// IANA time zone name.
    pub timezone: Option<String>,
    /// URL of the page over there.
    pub profile_url: Option<String>,
}

impl AccountBody {
    /// Oneself.
    pub fn own(account: &Account, engine: &Engine) -> Self {
        Self { email: account.profile.email.clone(), ..Self::of(account, engine) }
    }

    /// Somebody.
    pub fn of(account: &Account, engine: &Engine) -> Self {
        let realm: &Realm = &account.realm;
        Self {
            id: account.id.to_string(),
            login: account.profile.login.clone(),
            display_name: account.profile.display_name.clone(),
            realm: realm.as_str().to_owned(),
            realm_label: engine.realm_label(realm),
            proven: account.proven,
            email: None,
            avatar: avatar_path(account),
            colour: account.profile.colour.clone(),
            language: account.profile.language.clone(),
            timezone: account.profile.timezone.clone(),
            profile_url: account.profile.profile_url.clone(),
        }
    }

    fn member(member: &Member, engine: &Engine) -> Self {
        Self::of(&member.account, engine)
    }
}

/// What the person may not do.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictionsBody {
    /// Present when the person may read but not write.
    pub write: Option<RestrictionBody>,
}

/// Why, and until when.
#[derive(Debug, Serialize, ToSchema)]
pub struct RestrictionBody {
    /// A sentence.
    pub reason: String,
    /// RFC 3339; `null` = no end is known.
    #[schema(value_type = Option<String>)]
    pub until: Option<Timestamp>,
}

impl From<&Restrictions> for RestrictionsBody {
    fn from(restrictions: &Restrictions) -> Self {
        let write = restrictions.write.as_ref();
        Self {
            write: write.map(|write| RestrictionBody { reason: write.reason.clone(), until: write.until() }),
        }
    }
}

/// A conversation in the list of mine.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConversationBody {
    /// Opaque id.
    pub id: String,
    /// `direct`, `room` or `conference`.
    pub kind: &'static str,
    /// The group whose room it is.
    pub group: Option<GroupBody>,
    /// What it is besides, if it is a conference.
    pub conference: Option<ConferenceBody>,
    /// Its members, oneself included; of a room only those who announce in it: see `groups/{id}/members`.
    pub members: Vec<AccountBody>,
    /// Its newest message.
    #[schema(value_type = Option<MessageDoc>)]
    pub last_message: Option<ShownMessage>,
    /// Messages of others behind my read mark, counted up to 1,000.
    pub unread: u32,
    /// My read mark.
    pub read_up_to: Option<String>,
    /// Whether I may write now.
    pub may_write: bool,
    /// Whether I may delete others' messages in it.
    pub manages: bool,
    /// How far the others have got, where they let me know; only in the answer about one conversation of a few people.
    pub receipts: Vec<ReceiptBody>,
    /// What I have begun to write in it.
    #[schema(value_type = Option<DraftDoc>)]
    pub draft: Option<Draft>,
    /// When it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}

impl ConversationBody {
    /// As the API shows it.
    pub fn of(info: ConversationInfo, engine: &Engine) -> Self {
        let ConversationInfo {
            view,
            last_message,
            draft,
            members,
            invited,
            group,
            may_write,
            manages,
            receipts,
        } = info;
        let conference = view.conversation.conference.as_ref();
        Self {
            id: view.conversation.id.to_string(),
            kind: match conference {
                Some(_) => "conference",
                None if view.conversation.group.is_some() => "room",
                None => "direct",
            },
            conference: conference
                .map(|conference| ConferenceBody::of(conference, members.iter().chain(&invited), engine)),
            group: group.map(|part| GroupBody::of(part, engine)),
            members: members.iter().map(|member| AccountBody::member(member, engine)).collect(),
            last_message,
            unread: view.unread,
            read_up_to: view.read_up_to.map(|mark| mark.to_string()),
            may_write,
            manages,
            draft,
            receipts: receipts.into_iter().map(ReceiptBody::from).collect(),
            created_at: view.conversation.created_at,
        }
    }
}

/// How far somebody else has got in a conversation.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReceiptBody {
    /// Who.
    pub account: String,
    /// Up to which message one of their devices has received.
    pub delivered_up_to: Option<String>,
    /// Up to which message they have read, as far as they and I let each other know.
    pub read_up_to: Option<String>,
}

impl From<Receipt> for ReceiptBody {
    fn from(receipt: Receipt) -> Self {
        Self {
            account: receipt.account.to_string(),
            delivered_up_to: receipt.delivered_up_to.map(|mark| mark.to_string()),
            read_up_to: receipt.read_up_to.map(|mark| mark.to_string()),
        }
    }
}

/// A group of mine, or one that I could come into.
#[derive(Debug, Serialize, ToSchema)]
pub struct GroupBody {
    /// Opaque id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `public`, `official` or `private`.
    pub kind: &'static str,
    /// Where its memberships come from.
    pub realm: String,
    /// How to call that place.
    pub realm_label: String,
    /// Whether it was made here, and can be changed here.
    pub local: bool,
    /// What I am to it: `none`, `asks-to-join`, `refused`, `invited`, `member`, `asks-to-leave`.
    pub state: &'static str,
    /// Whether I manage it.
    pub manager: bool,
    /// How many are in it.
    pub member_count: u64,
    /// The conversation of its members; `null` when I am none.
    pub conversation_id: Option<String>,
    /// What it is about.
    pub topic: Option<String>,
    /// Whether only its managers write.
    pub managers_write: bool,
    /// The message of the room that is pinned; `null` also when I am no member.
    #[schema(value_type = Option<MessageDoc>)]
    pub announcement: Option<ShownMessage>,
    /// How many ask to come in or to leave; `null` when I don't manage it.
    pub waiting: Option<u64>,
    /// The account that made it.
    pub created_by: Option<String>,
    /// When it was made.
    #[schema(value_type = String)]
    pub created_at: Timestamp,
}

impl GroupBody {
    /// As the API shows it.
    pub fn of(part: Membership, engine: &Engine) -> Self {
        // Guests are in no group, but read the rooms of the news.
        let reads = part.part.is_in() || !part.group.is_local();
        Self {
            id: part.group.id.to_string(),
            kind: part.group.kind.as_str(),
            realm: part.group.realm.as_str().to_owned(),
            realm_label: engine.realm_label(&part.group.realm),
            local: part.group.is_local(),
            state: part.part.as_str(),
            manager: part.manager,
            member_count: part.members,
            conversation_id: reads.then(|| part.group.room.to_string()),
            managers_write: part.group.managers_write,
            announcement: part.announcement.map(ShownMessage::for_nobody),
            waiting: part.manager.then_some(part.waiting),
            created_by: part.group.created_by.map(|by| by.to_string()),
            created_at: part.group.created_at,
            topic: part.group.topic,
            name: part.group.name,
        }
    }
}

/// An error (RFC 9457).
#[derive(Debug, ToSchema)]
#[schema(as = Problem)]
#[expect(dead_code, reason = "a description for OpenAPI")]
pub struct ProblemDoc {
    /// `/problems/<slug>`; a page explains it.
    r#type: String,
    title: String,
    status: u16,
    detail: Option<String>,
    /// Seconds, as in `Retry-After`.
    retry_after: Option<u64>,
}

#[cfg(test)]
mod tests {
    use super::message::QuoteDoc;
    use super::person::{MayDoc, PresenceDoc};
    use super::*;
    use std::collections::BTreeSet;

    use portico_core::contact::Relation;
    use portico_core::front::FrontId;
    use portico_core::messaging::{
        MayDo, Mentions, Message, PersonView, PresenceState, PresenceView, Quote, Reaction, Sequence,
    };
    use portico_core::{AccountId, ConversationId};
    use std::sync::Arc;
    use utoipa::PartialSchema;

    fn documented<T: PartialSchema>() -> BTreeSet<String> {
        let schema = serde_json::to_value(T::schema()).unwrap();
        schema["properties"].as_object().unwrap().keys().cloned().collect()
    }

    fn sent(value: impl Serialize) -> BTreeSet<String> {
        serde_json::to_value(value).unwrap().as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn what_is_documented_is_what_is_sent() {
        let now = Timestamp::from_secs(1);
        let id = AccountId::generate(now);
        let message = Message {
            sequence: Sequence::new(1),
            conversation: ConversationId::generate(now),
            sender: id,
            front: FrontId::new("im").unwrap(),
            text: "hi".into(),
            client_id: None,
            sent_at: now,
            reply_to: Some(Sequence::new(1)),
            mentions: Mentions::default(),
            version: 0,
            edited_at: None,
            deleted_at: None,
            reactions: vec![Reaction { emoji: "👍".into(), count: 1, accounts: vec![id] }],
            files: Vec::new(),
        };
        let quote = Quote::of(&message);
        let shown = ShownMessage::new(Arc::new(message), Some(Arc::new(quote.clone())), id, Vec::new());
        let json = serde_json::to_value(&shown).unwrap();
        assert_eq!(documented::<ReactionDoc>(), sent(&json["reactions"][0]));
        assert_eq!(documented::<MessageDoc>(), sent(shown));
        assert_eq!(documented::<QuoteDoc>(), sent(quote));
        let presence = PresenceView { state: PresenceState::Online, reason: None, since: Some(now) };
        assert_eq!(documented::<PresenceDoc>(), sent(presence.clone()));
        let may = MayDo { write: true, request: true, call: true };
        assert_eq!(documented::<MayDoc>(), sent(may));
        let person = PersonView {
            id,
            login: "a".into(),
            display_name: "a".into(),
            realm: "r".into(),
            realm_label: "r".into(),
            proven: true,
            relation: Relation::None,
            presence,
            avatar: None,
            colour: None,
            language: None,
            timezone: None,
            profile_url: None,
            nickname: None,
            contact_group: None,
            favourite: false,
            hidden: false,
            request_text: None,
            my_rating: None,
            rating: None,
            groups: Vec::new(),
            may,
        };
        assert_eq!(documented::<PersonDoc>(), sent(person));
    }
}
