use actix_web::web::{Data, Json};
use portico_core::engine::MAX_LIST_PAGE;

use crate::http::api::schema::{ProblemDoc, RosterBody};
use crate::http::caller::Caller;
use crate::http::query::Params;
use crate::http::{Problem, Site};

/// The people I see, in pages.
#[utoipa::path(get, path = "/roster", tag = "people",
    params(("after" = Option<String>, Query, description = "`next` of the page before"),
           ("limit" = Option<u32>, Query, description = "at most 200")),
    responses((status = 200, body = RosterBody), (status = 401, body = ProblemDoc)))]
pub async fn get(
    site: Data<Site>,
    Caller(visitor): Caller,
    params: Params,
) -> Result<Json<RosterBody>, Problem> {
    params.only(&["after", "limit"])?;
    let limit = params.limit(MAX_LIST_PAGE, MAX_LIST_PAGE)?;
    let page = site.engine.roster(&visitor, params.parsed("after")?, limit).await?;
    Ok(Json(RosterBody { people: page.people, next: page.next.map(|next| next.to_string()) }))
}

/// The people with exactly this login, or some whose login or name contains a text, whom I may find.
#[utoipa::path(get, path = "/people", tag = "people",
    params(("login" = Option<String>, Query, description = "the whole login name; its case doesn't matter"),
           ("q" = Option<String>, Query, description = "part of a login or name, at least two characters; at most 20 are found")),
    responses((status = 200, body = RosterBody), (status = 401, body = ProblemDoc), (status = 422, body = ProblemDoc)))]
pub async fn find(
    site: Data<Site>,
    Caller(visitor): Caller,
    params: Params,
) -> Result<Json<RosterBody>, Problem> {
    params.only(&["login", "q"])?;
    let people = match (params.text("login"), params.text("q")) {
        (Some(login), None) => site.engine.find_people(&visitor, login).await?,
        (None, Some(part)) => site.engine.search_people(&visitor, part).await?,
        _ => return Err(Problem::invalid("either `login` or `q` is needed")),
    };
    Ok(Json(RosterBody { people, next: None }))
}
