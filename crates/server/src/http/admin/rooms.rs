use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use portico_core::front::FrontId;
use portico_core::messaging::PresenceState;
use portico_core::ports::{ConferenceCount, ConferenceFilter};
use portico_core::{AccountId, ConversationId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller::Admin;
use super::session::WhoBody;
use super::{community, resource};
use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// The routes of conferences, and of who is here.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/conferences").route(web::get().to(list)))
        .service(resource("/conferences/{id}").route(web::get().to(get)).route(web::delete().to(close)))
        .service(resource("/conferences/{id}/participants/{account}").route(web::delete().to(put_out)))
        .service(resource("/presence").route(web::get().to(presence)));
}

/// A conference; never what is said there.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminConferenceBody {
    id: String,
    community: String,
    topic: Option<String>,
    /// The account of who may put others out.
    host: String,
    /// How many are in it.
    participants: u64,
    /// How many are invited.
    invited: u64,
    #[schema(value_type = String)]
    created_at: Timestamp,
    /// When something was last said.
    #[schema(value_type = Option<String>)]
    last_message_at: Option<Timestamp>,
}

impl From<ConferenceCount> for AdminConferenceBody {
    fn from(count: ConferenceCount) -> Self {
        Self {
            id: count.id.to_string(),
            community: count.community.to_string(),
            topic: count.topic,
            host: count.host.to_string(),
            participants: count.participants,
            invited: count.invited,
            created_at: count.created_at,
            last_message_at: count.last_message_at,
        }
    }
}

/// A page of conferences.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdminConferencesBody {
    /// By id.
    conferences: Vec<AdminConferenceBody>,
    /// For `after` of the next page.
    next: Option<String>,
}

/// The conferences that somebody is in.
#[utoipa::path(get, path = "/conferences", tag = "moderation", params(
    ("community" = Option<String>, Query, description = "only of this community"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = AdminConferencesBody), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc)))]
pub async fn list(
    site: Data<Site>,
    _admin: Admin,
    params: Params,
) -> Result<Json<AdminConferencesBody>, Problem> {
    params.only(&["community", "after", "limit"])?;
    let limit = params.limit(50, 200)?;
    let filter = ConferenceFilter {
        community: params.text("community").map(|name| community(&site, Some(name))).transpose()?,
        after: params.parsed("after")?,
        limit: limit + 1,
    };
    let mut page = site.engine.all_conferences(&filter).await?;
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|one| one.id.to_string());
    Ok(Json(AdminConferencesBody { conferences: page.into_iter().map(Into::into).collect(), next }))
}

/// Who is in a conference.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConferencePeopleBody {
    id: String,
    community: String,
    topic: Option<String>,
    /// The account of who may put others out.
    host: String,
    /// Who is in it.
    participants: Vec<WhoBody>,
    /// Who is invited and has not answered.
    invited: Vec<WhoBody>,
}

/// One conference: who is in it and who is invited. What is said is not shown.
#[utoipa::path(get, path = "/conferences/{id}", tag = "moderation",
    params(("id" = String, Path, description = "the conversation")), responses(
    (status = 200, body = ConferencePeopleBody), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn get(
    site: Data<Site>,
    _admin: Admin,
    path: Path<String>,
) -> Result<Json<ConferencePeopleBody>, Problem> {
    let conversation = site.engine.any_conference(id_in_path(&path)?).await?;
    let conference = conversation.conference.ok_or_else(|| Problem::new("not-found"))?;
    let who = async |people: Vec<AccountId>| {
        let mut bodies: Vec<WhoBody> = Vec::with_capacity(people.len());
        for person in people {
            bodies.push((&site.engine.any_account(person).await?).into());
        }
        Ok::<_, Problem>(bodies)
    };
    Ok(Json(ConferencePeopleBody {
        id: conversation.id.to_string(),
        community: conversation.community.to_string(),
        topic: conference.topic,
        host: conference.host.to_string(),
        participants: who(conference.participants.iter().map(|one| one.account).collect()).await?,
        invited: who(conference.invited.iter().map(|one| one.account).collect()).await?,
    }))
}

/// Close a conference: everybody is out of it.
#[utoipa::path(delete, path = "/conferences/{id}", tag = "moderation",
    params(("id" = String, Path, description = "the conversation")), responses(
    (status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn close(site: Data<Site>, admin: Admin, path: Path<String>) -> Result<HttpResponse, Problem> {
    site.engine.close_conference(&admin.actor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Put somebody out of a conference, or take their invitation back.
#[utoipa::path(delete, path = "/conferences/{id}/participants/{account}", tag = "moderation", params(
    ("id" = String, Path, description = "the conversation"), ("account" = String, Path, description = "the account")),
    responses((status = 204), (status = 401, body = ProblemDoc), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc)))]
pub async fn put_out(
    site: Data<Site>,
    admin: Admin,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let conversation: ConversationId = id_in_path(&path.0)?;
    site.engine.put_out_of_conference(&admin.actor, conversation, id_in_path(&path.1)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Somebody who is here.
#[derive(Debug, Serialize, ToSchema)]
pub struct HereBody {
    account: WhoBody,
    /// How they are: `online`, `away`, `busy` or `do-not-disturb`. Somebody who chose to look offline is here all the same.
    #[schema(value_type = String)]
    state: PresenceState,
    /// The fronts of their sessions.
    fronts: Vec<String>,
    /// When the last of their sessions was seen.
    #[schema(value_type = Option<String>)]
    seen_at: Option<Timestamp>,
}

/// How many are at a front.
#[derive(Debug, Serialize, ToSchema)]
pub struct FrontCountBody {
    front: String,
    /// Different people with a session there who are here.
    people: usize,
}

/// A page of who is here.
#[derive(Debug, Serialize, ToSchema)]
pub struct PresenceBody {
    /// How many are at each front.
    fronts: Vec<FrontCountBody>,
    /// Who is here, by id.
    people: Vec<HereBody>,
    /// For `after` of the next page.
    next: Option<String>,
}

/// Who is online, and at which front. Guests are not among them.
#[utoipa::path(get, path = "/presence", tag = "accounts", params(
    ("front" = Option<String>, Query, description = "only who has a session there"),
    ("after" = Option<String>, Query, description = "`next` of the page before"),
    ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = PresenceBody), (status = 400, body = ProblemDoc), (status = 401, body = ProblemDoc),
    (status = 403, body = ProblemDoc)))]
pub async fn presence(
    site: Data<Site>,
    _admin: Admin,
    params: Params,
) -> Result<Json<PresenceBody>, Problem> {
    params.only(&["front", "after", "limit"])?;
    let limit = params.limit(50, 200)?;
    let front = params.text("front").map(FrontId::new).transpose();
    let front = front.map_err(|_| Problem::invalid("`front` is not valid"))?;
    let mut page = site.engine.who_is_present(front.as_ref(), params.parsed("after")?, limit + 1).await?;
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|one| one.account.id.to_string());
    let people = page.into_iter().map(|one| {
        let mut fronts: Vec<String> = one.sessions.iter().map(|live| live.front().to_string()).collect();
        fronts.sort_unstable();
        fronts.dedup();
        HereBody {
            account: (&one.account).into(),
            state: one.state,
            fronts,
            seen_at: one.sessions.iter().map(|live| live.seen_at()).max(),
        }
    });
    let fronts = site.engine.people_by_front().into_iter();
    let fronts = fronts.map(|(front, people)| FrontCountBody { front: front.to_string(), people });
    Ok(Json(PresenceBody { people: people.collect(), fronts: fronts.collect(), next }))
}
