//! Conferences: conversations of several people, ad hoc.

use actix_web::HttpResponse;
use actix_web::web::{self, Data, Json, Path, ServiceConfig};
use portico_core::account::Member;
use portico_core::engine::{ConversationInfo, Engine, InvitationInfo};
use portico_core::messaging::Conference;
use portico_core::{AccountId, ConversationId, Timestamp};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

use crate::http::api::groups::said;
use crate::http::api::id_in_path;
use crate::http::api::schema::{AccountBody, ConversationBody, ProblemDoc};
use crate::http::body::JsonBody;
use crate::http::caller::Caller;
use crate::http::problem;
use crate::http::{Problem, Site};

/// The calls about conferences; to be added before those about single conversations.
pub fn routes(config: &mut ServiceConfig) {
    let resource = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    config
        .service(resource("/conversations/invitations").route(web::get().to(invitations)))
        .service(
            resource("/conversations/{id}/membership")
                .route(web::put().to(answer))
                .route(web::delete().to(leave)),
        )
        .service(resource("/conversations/{id}/participants").route(web::post().to(invite)))
        .service(resource("/conversations/{id}/participants/{account}").route(web::delete().to(remove)));
}

/// A conference to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenConferenceBody {
    /// At most 500 characters.
    topic: Option<String>,
    /// The account ids of those who are invited.
    invite: Vec<String>,
}

/// Who is invited as well.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InviteBody {
    /// Account ids.
    invite: Vec<String>,
}

/// What I answer to an invitation.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Come in.
    Accept,
    /// Don't.
    Decline,
}

/// What I answer to an invitation.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswerBody {
    answer: Answer,
}

/// What a conference is about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TopicBody {
    /// At most 500 characters; `null` takes it away.
    #[serde(default, deserialize_with = "said")]
    #[schema(value_type = Option<String>)]
    topic: Option<Option<String>>,
}

/// What makes a conversation a conference.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConferenceBody {
    topic: Option<String>,
    /// Who may put others out.
    host: String,
    /// Who is in it, and who is invited.
    participants: Vec<ParticipantBody>,
}

/// Somebody in a conference, or invited to it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParticipantBody {
    account: AccountBody,
    /// `active` or `invited`.
    state: &'static str,
    /// `null`: they opened it.
    invited_by: Option<String>,
    #[schema(value_type = String)]
    since: Timestamp,
}

/// The conferences that I am invited to, the newest invitation first.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationsBody {
    invitations: Vec<InvitationBody>,
}

/// A conference that I am invited to.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitationBody {
    conversation_id: String,
    topic: Option<String>,
    /// Who may put others out.
    host: String,
    /// Who invited me.
    invited_by: Option<AccountBody>,
    #[schema(value_type = String)]
    since: Timestamp,
    /// Who is in it, and who is invited.
    participants: Vec<ParticipantBody>,
}

impl ConferenceBody {
    /// As the API shows it; of people who no longer exist nothing is shown.
    pub fn of<'m>(
        conference: &Conference,
        people: impl IntoIterator<Item = &'m Arc<Member>>,
        engine: &Engine,
    ) -> Self {
        let people: Vec<&Arc<Member>> = people.into_iter().collect();
        let body = |account: AccountId, state, invited_by: Option<AccountId>, since| {
            let member = people.iter().find(|member| member.account.id == account)?;
            let account = AccountBody::of(&member.account, engine);
            Some(ParticipantBody { account, state, invited_by: invited_by.map(|by| by.to_string()), since })
        };
        let active = conference
            .participants
            .iter()
            .filter_map(|one| body(one.account, "active", one.invited_by, one.since));
        let invited =
            conference.invited.iter().filter_map(|one| body(one.account, "invited", Some(one.by), one.since));
        Self {
            topic: conference.topic.clone(),
            host: conference.host.to_string(),
            participants: active.chain(invited).collect(),
        }
    }
}

fn ids(texts: &[String]) -> Result<Vec<AccountId>, Problem> {
    texts.iter().map(|text| id_in_path(text)).collect()
}

/// Opens a conference, for `POST conversations`.
pub(super) async fn open(
    site: &Site,
    visitor: &portico_core::engine::Visitor,
    body: &OpenConferenceBody,
) -> Result<ConversationInfo, Problem> {
    let invite = ids(&body.invite)?;
    Ok(site.engine.open_conference(visitor, body.topic.as_deref(), &invite).await?)
}

/// The conferences that I am invited to.
#[utoipa::path(get, path = "/conversations/invitations", tag = "conferences",
    responses((status = 200, body = InvitationsBody), (status = 403, body = ProblemDoc)))]
pub async fn invitations(
    site: Data<Site>,
    Caller(visitor): Caller,
) -> Result<Json<InvitationsBody>, Problem> {
    let found = site.engine.conference_invitations(&visitor).await?;
    let invitation = |info: InvitationInfo| {
        let conference = info.conversation.conference.as_ref()?;
        let mine = conference.invitation_of(visitor.account())?;
        let by = info.people.iter().find(|member| member.account.id == mine.by);
        let body = ConferenceBody::of(conference, &info.people, &site.engine);
        Some(InvitationBody {
            conversation_id: info.conversation.id.to_string(),
            topic: body.topic,
            host: body.host,
            invited_by: by.map(|by| AccountBody::of(&by.account, &site.engine)),
            since: mine.since,
            participants: body.participants,
        })
    };
    Ok(Json(InvitationsBody { invitations: found.into_iter().filter_map(invitation).collect() }))
}

/// Answer an invitation. Who accepts reads what is said from then on.
#[utoipa::path(put, path = "/conversations/{id}/membership", tag = "conferences", params(("id" = String, Path)),
    request_body = AnswerBody, responses((status = 200, body = ConversationBody, description = "accepted"),
    (status = 204, description = "declined"), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc),
    (status = 409, body = ProblemDoc)))]
pub async fn answer(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<AnswerBody>,
) -> Result<HttpResponse, Problem> {
    let id: ConversationId = id_in_path(&path)?;
    Ok(match body.answer {
        Answer::Accept => {
            let info = site.engine.accept_conference(&visitor, id).await?;
            HttpResponse::Ok().json(ConversationBody::of(info, &site.engine))
        }
        Answer::Decline => {
            site.engine.decline_conference(&visitor, id).await?;
            HttpResponse::NoContent().finish()
        }
    })
}

/// Leave a conference. Nothing of it is mine to read any more; the last one's leaving closes it.
#[utoipa::path(delete, path = "/conversations/{id}/membership", tag = "conferences", params(("id" = String, Path)),
    responses((status = 204), (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn leave(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    site.engine.leave_conference(&visitor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Invite more people to a conference that I am in.
#[utoipa::path(post, path = "/conversations/{id}/participants", tag = "conferences",
    params(("id" = String, Path)), request_body = InviteBody, responses((status = 200, body = ConversationBody),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn invite(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<InviteBody>,
) -> Result<Json<ConversationBody>, Problem> {
    let info = site.engine.invite_to_conference(&visitor, id_in_path(&path)?, &ids(&body.invite)?).await?;
    Ok(Json(ConversationBody::of(info, &site.engine)))
}

/// Put somebody out of a conference that I host or moderate, or take an invitation of mine back.
#[utoipa::path(delete, path = "/conversations/{id}/participants/{account}", tag = "conferences",
    params(("id" = String, Path), ("account" = String, Path)), responses((status = 204),
    (status = 403, body = ProblemDoc), (status = 404, body = ProblemDoc)))]
pub async fn remove(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<(String, String)>,
) -> Result<HttpResponse, Problem> {
    let (id, person) = (id_in_path(&path.0)?, id_in_path(&path.1)?);
    site.engine.remove_from_conference(&visitor, id, person).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Say what a conference that I am in is about.
#[utoipa::path(patch, path = "/conversations/{id}", tag = "conferences", params(("id" = String, Path)),
    request_body = TopicBody, responses((status = 200, body = ConversationBody), (status = 403, body = ProblemDoc),
    (status = 404, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn patch(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
    JsonBody(body): JsonBody<TopicBody>,
) -> Result<Json<ConversationBody>, Problem> {
    let topic =
        body.topic.ok_or_else(|| Problem::invalid("`topic` is what can be changed: a text or null"))?;
    let info = site.engine.set_conference_topic(&visitor, id_in_path(&path)?, topic.as_deref()).await?;
    Ok(Json(ConversationBody::of(info, &site.engine)))
}
