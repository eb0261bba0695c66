//! People and how they are, as OpenAPI describes them.

use portico_core::messaging::PersonView;
use serde::Serialize;
use utoipa::ToSchema;

/// A person in the roster.
#[derive(Debug, ToSchema)]
#[schema(as = Person)]
#[expect(
    dead_code,
    reason = "describes what portico_core::messaging::PersonView serialises to; a test compares them"
)]
pub struct PersonDoc {
    id: String,
    login: String,
    display_name: String,
    realm: String,
    realm_label: String,
    /// `false`: only a claimed name stands behind the account.
    proven: bool,
    /// `none`, `requested`, `requested-by-them`, `accepted`, `refused`, `refused-by-them`.
    relation: String,
    presence: PresenceDoc,
    avatar: Option<String>,
    colour: Option<String>,
    language: Option<String>,
    timezone: Option<String>,
    profile_url: Option<String>,
    /// My own name for them.
    nickname: Option<String>,
    /// My own name for the group of contacts that they are in.
    contact_group: Option<String>,
    /// Whether they are a favourite of mine.
    favourite: bool,
    /// Whether I look offline to them.
    hidden: bool,
    /// What was written to the request that waits between us.
    request_text: Option<String>,
    /// How I rate them, 1 to 5.
    my_rating: Option<u8>,
    /// How their contacts rate them, with one decimal, where that is shown.
    rating: Option<f64>,
    /// My groups that they are in as well, where groups decide who sees whom.
    groups: Vec<String>,
    may: MayDoc,
}

/// Presence.
#[derive(Debug, ToSchema)]
#[schema(as = Presence)]
#[expect(dead_code, reason = "a description for OpenAPI")]
pub struct PresenceDoc {
    /// `online`, `away`, `busy`, `do-not-disturb` or `offline`.
    state: String,
    /// Why, in words of the front.
    reason: Option<String>,
    /// Since when; of somebody offline, when they were last seen.
    since: Option<String>,
}

/// What I may do with a person.
#[derive(Debug, ToSchema)]
#[schema(as = MayDo)]
#[expect(dead_code, reason = "a description for OpenAPI")]
pub struct MayDoc {
    write: bool,
    request: bool,
    /// Ask them into a conference.
    call: bool,
}

/// A page of people.
#[derive(Debug, Serialize, ToSchema)]
pub struct RosterBody {
    /// The people, without me.
    #[schema(value_type = Vec<PersonDoc>)]
    pub people: Vec<PersonView>,
    /// For `after` of the next page; `null` at the end.
    pub next: Option<String>,
}
