use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};

use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::caller::Caller;
use crate::http::{Problem, Site};

/// Somebody's picture, fetched from where the other system keeps it.
#[utoipa::path(get, path = "/people/{id}/avatar", tag = "people",
    params(("id" = String, Path), ("v" = Option<String>, Query, description = "as given; another picture has another")),
    responses((status = 200, content_type = "image/*", body = Vec<u8>), (status = 404, body = ProblemDoc)))]
pub async fn avatar(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let source = site.engine.avatar_source(&visitor, id_in_path(&path)?).await?;
    let picture = site.pictures.get(&source).await.map_err(|_| Problem::new("not-found"))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, picture.media_type))
        .insert_header((header::CONTENT_DISPOSITION, "inline; filename=\"avatar\""))
        .insert_header((header::CACHE_CONTROL, "private, max-age=86400"))
        .body(picture.bytes.clone()))
}
