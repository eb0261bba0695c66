use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::{self, Path, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use portico_core::front::WhoIsHere;
use rust_embed::RustEmbed;

use crate::http::Problem;
use crate::http::front::AtFront;
use crate::http::{hand_over, problem};

/// The web client, inside the binary.
#[derive(RustEmbed)]
#[folder = "../../web"]
#[include = "index.html"]
#[include = "launcher.html"]
#[include = "who.html"]
#[include = "icon.svg"]
#[include = "css/*"]
#[include = "js/*"]
struct Web;

/// The page below a front.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("").route(web::get().to(without_slash)))
        .service(resource("/").route(web::get().to(index)))
        .service(resource("/embed").route(web::get().to(index)))
        .service(resource("/launcher").route(web::get().to(launcher)))
        .service(resource("/who").route(web::get().to(who_page)))
        .service(resource("/widget.js").route(web::get().to(widget)))
        .service(resource("/hand-over").route(web::post().to(hand_over::post)))
        .service(resource("/assets/{path:.*}").route(web::get().to(asset)));
}

fn resource(path: &str) -> actix_web::Resource {
    web::resource(path).default_service(web::to(problem::method_not_allowed))
}

/// Relative links of the page need the final slash.
async fn without_slash(AtFront(front): AtFront) -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, front.path.as_str().to_owned()))
        .finish()
}

async fn index(AtFront(_): AtFront, request: HttpRequest) -> Result<HttpResponse, Problem> {
    serve(&request, "index.html")
}

/// The button that other sites' pages show, in a frame.
async fn launcher(AtFront(front): AtFront, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if front.embed.is_empty() {
        return Err(Problem::new("not-found"));
    }
    serve(&request, "launcher.html")
}

/// The box of who is here, for other sites' pages, in a frame.
async fn who_page(AtFront(front): AtFront, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if front.who_is_here == WhoIsHere::Nothing {
        return Err(Problem::new("not-found"));
    }
    serve(&request, "who.html")
}

/// The script that puts the chat on a page of another site: the one file that other sites load.
async fn widget(AtFront(front): AtFront, request: HttpRequest) -> Result<HttpResponse, Problem> {
    if front.embed.is_empty() {
        return Err(Problem::new("not-found"));
    }
    let mut response = serve(&request, "js/widget.js")?;
    let anybody = HeaderValue::from_static("cross-origin");
    response.headers_mut().insert(HeaderName::from_static("cross-origin-resource-policy"), anybody);
    Ok(response)
}

async fn asset(
    AtFront(_): AtFront,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    serve(&request, &path)
}

fn serve(request: &HttpRequest, path: &str) -> Result<HttpResponse, Problem> {
    let file = Web::get(path).ok_or_else(|| Problem::new("not-found"))?;
    let tag = file.metadata.sha256_hash()[..12].iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let tag = format!("\"{tag}\"");
    let known =
        request.headers().get(header::IF_NONE_MATCH).is_some_and(|sent| sent.as_bytes() == tag.as_bytes());
    let mut response = if known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
    response
        .insert_header((header::ETAG, tag))
        // Always asked for, seldom sent: a new version of the server is a new version of the page at once.
        .insert_header((header::CACHE_CONTROL, "no-cache"))
        .insert_header((header::CONTENT_TYPE, media_type(path)));
    Ok(if known { response.finish() } else { response.body(file.data.into_owned()) })
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
