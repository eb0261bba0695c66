use actix_web::http::header;
use actix_web::web::{Data, Form};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::http::api::session::origin_of;
use crate::http::caller::MaybeCaller;
use crate::http::front::AtFront;
use crate::http::{Problem, Site, cookies};

/// What another system's page posts.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HandOverForm {
    /// The signed ticket.
    ticket: SecretString,
}

/// `POST /<front>/hand-over`: enter with a ticket that the other system has signed. A form, because a page of another
/// site can post nothing else; what stands for the person is the ticket alone, so no cookie is looked at for proof.
pub async fn post(
    request: HttpRequest,
    site: Data<Site>,
    AtFront(front): AtFront,
    form: Result<Form<HandOverForm>, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let form = form.map_err(|_| Problem::invalid("expected a form with the field `ticket`"))?.into_inner();
    let earlier = MaybeCaller::without_proof(&request, &site, &front).await;
    let origin = origin_of(&request, &site);
    let login = site.engine.hand_over(&front, form.ticket.expose_secret(), &origin, earlier.as_ref()).await?;
    let cookie = cookies::with_session(&front, login.token.expose(), site.trust.is_https(&request));
    Ok(HttpResponse::SeeOther()
        .append_header((header::SET_COOKIE, cookie))
        .insert_header((header::LOCATION, front.path.as_str().to_owned()))
        .finish())
}
