use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use portico_core::account::DIRECTORY_PHOTO;

use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::avatar::NoPicture;
use crate::http::caller::Caller;
use crate::http::{Problem, Site};

/// Somebody's picture, fetched from where the other system keeps it: a page of the web, or its directory.
#[utoipa::path(get, path = "/people/{id}/avatar", tag = "people",
    params(("id" = String, Path), ("v" = Option<String>, Query, description = "as given; another picture has another")),
    responses((status = 200, content_type = "image/*", body = Vec<u8>), (status = 404, body = ProblemDoc)))]
pub async fn avatar(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let id = id_in_path(&path)?;
    let source = site.engine.avatar_source(&visitor, id).await?;
    let (picture, fresh) = if source == DIRECTORY_PHOTO {
        let picture = site.pictures.keep(format!("{source}{id}"), async {
            let account = site.engine.account_of(&visitor, id).await.map_err(|_| NoPicture::Fetch)?;
            let photo = site.engine.directory_photo(&account).await.map_err(|_| NoPicture::Fetch)?;
            photo.ok_or(NoPicture::Fetch)
        });
        // Its address stays the same when another is put in its place.
        (picture.await, "private, max-age=3600")
    } else {
        (site.pictures.get(&source).await, "private, max-age=86400")
    };
    let picture = picture.map_err(|_| Problem::new("not-found"))?;
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, picture.media_type))
        .insert_header((header::CONTENT_DISPOSITION, "inline; filename=\"avatar\""))
        .insert_header((header::CACHE_CONTROL, fresh))
        .body(picture.bytes.clone()))
}
