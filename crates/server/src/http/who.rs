use actix_web::http::header;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use portico_core::front::WhoIsHere;
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::front::AtFront;
use crate::http::{Problem, Site};

/// Most names that are told.
const MOST_NAMES: usize = 100;

/// Who is here, for everybody.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhoBody {
    /// How many people are online.
    count: usize,
    /// Their names, at most 100; `null` where the front tells the number alone.
    people: Option<Vec<WhoPersonBody>>,
}

/// Somebody who is here.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhoPersonBody {
    display_name: String,
    /// `#rrggbb`
    colour: Option<String>,
    profile_url: Option<String>,
}

/// Who is here, as much as the front tells everybody; needs no session. 404 where it tells nothing.
#[utoipa::path(get, path = "/who", tag = "front", responses((status = 200, body = WhoBody), (status = 404)))]
pub async fn get(
    request: HttpRequest,
    site: Data<Site>,
    AtFront(front): AtFront,
) -> Result<HttpResponse, Problem> {
    if front.who_is_here == WhoIsHere::Nothing {
        return Err(Problem::new("not-found"));
    }
    let here = site.engine.who_is_here(&front, MOST_NAMES).await?;
    let named = front.who_is_here == WhoIsHere::Names;
    let people = here.people.iter().map(|account| WhoPersonBody {
        display_name: account.profile.display_name.clone(),
        colour: account.profile.colour.clone(),
        profile_url: account.profile.profile_url.clone(),
    });
    let body = WhoBody { count: here.count, people: named.then(|| people.collect()) };
    let mut response = HttpResponse::Ok();
    // A page that may show the front in a frame may read this too.
    if let Some(origin) = allowed_origin(&request, &front.embed) {
        response.insert_header((header::ACCESS_CONTROL_ALLOW_ORIGIN, origin));
    }
    response
        .insert_header((header::VARY, "Origin"))
        .insert_header((header::CACHE_CONTROL, "public, max-age=15"));
    Ok(response.json(Json(body).into_inner()))
}

fn allowed_origin(request: &HttpRequest, origins: &[String]) -> Option<String> {
    let sent = request.headers().get(header::ORIGIN)?.to_str().ok()?;
    origins.iter().find(|origin| origin.eq_ignore_ascii_case(sent)).cloned()
}
