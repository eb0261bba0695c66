use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::web::{self, Data, Path, Payload};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use futures_util::StreamExt;
use portico_core::engine::{EngineError, Upload};
use portico_core::files::{FileRefusal, StoredFile};
use tokio::io::AsyncReadExt;
use tokio_util::io::ReaderStream;
use utoipa::ToSchema;

use crate::http::api::id_in_path;
use crate::http::api::schema::ProblemDoc;
use crate::http::caller::Caller;
use crate::http::query::Params;
use crate::http::{Problem, Site, problem};

/// How long an upload may say nothing.
const PATIENCE: Duration = Duration::from_secs(60);
/// How much of a file is read at once.
const CHUNK: usize = 64 * 1024;

/// The routes of files.
pub fn routes(config: &mut web::ServiceConfig) {
    let resource = |path: &str| web::resource(path).default_service(web::to(problem::method_not_allowed));
    config
        .service(resource("/files").route(web::post().to(post)))
        .service(resource("/files/{id}").route(web::get().to(get)).route(web::delete().to(delete)));
}

/// A file, in answers and messages.
#[derive(Debug, ToSchema)]
#[schema(as = File)]
#[expect(
    dead_code,
    reason = "describes what portico_core::files::AttachedFile serialises to; a test compares them"
)]
pub struct FileDoc {
    /// Opaque id.
    id: String,
    /// What it is called: one line, no path.
    name: String,
    /// Bytes.
    size: u64,
    /// By its contents: `image/png`, `image/jpeg`, `image/gif`, `image/webp`, or `application/octet-stream` for everything else.
    media_type: String,
}

/// Send a file. It waits a day for a message that carries it.
#[utoipa::path(post, path = "/files", tag = "files",
    params(("name" = String, Query, description = "what it is called; a path and control characters are taken away")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "the file; its Content-Length is needed"),
    responses((status = 201, body = FileDoc), (status = 403, body = ProblemDoc), (status = 413, body = ProblemDoc),
    (status = 422, body = ProblemDoc)))]
pub async fn post(
    site: Data<Site>,
    Caller(visitor): Caller,
    request: HttpRequest,
    params: Params,
    body: Payload,
) -> Result<HttpResponse, Problem> {
    params.only(&["name"])?;
    let name =
        params.text("name").ok_or_else(|| Problem::invalid("`name` is needed: what the file is called"))?;
    if !request.content_type().eq_ignore_ascii_case("application/octet-stream") {
        return Err(
            Problem::new("unsupported-media-type").detail("a file is sent as application/octet-stream")
        );
    }
    let size = announced(request.headers())?;
    let mut upload = site.engine.begin_upload(&visitor, name, size).await?;
    match receive(&mut upload, body).await {
        Ok(()) => {
            let file = site.engine.finish_upload(&visitor, upload).await?;
            Ok(HttpResponse::Created().json(file.attached()))
        }
        Err(problem) => {
            site.engine.abandon_upload(upload).await;
            Err(problem)
        }
    }
}

async fn receive(upload: &mut Upload, mut body: Payload) -> Result<(), Problem> {
    loop {
        let next = tokio::time::timeout(PATIENCE, body.next()).await;
        match next {
            Err(_) => return Err(Problem::invalid("nothing more came of the file for a minute")),
            Ok(None) => return Ok(()),
            Ok(Some(Err(_))) => return Err(EngineError::from(FileRefusal::Truncated).into()),
            Ok(Some(Ok(bytes))) => upload.write(&bytes).await?,
        }
    }
}

fn announced(headers: &HeaderMap) -> Result<u64, Problem> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|length| length.parse().ok()).ok_or_else(|| {
        Problem::invalid("the Content-Length of the file is needed: its space is taken before it is received")
    })
}

/// A file that I sent, or that was sent to a conversation of mine. One range of bytes may be asked for (RFC 9110, 14).
#[utoipa::path(get, path = "/files/{id}", tag = "files", params(("id" = String, Path)),
    responses((status = 200, content_type = "application/octet-stream", body = Vec<u8>), (status = 206),
    (status = 404, body = ProblemDoc), (status = 416)))]
pub async fn get(
    site: Data<Site>,
    Caller(visitor): Caller,
    request: HttpRequest,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    let file = site.engine.file(&visitor, id_in_path(&path)?).await?;
    let range = request.headers().get(header::RANGE).and_then(|value| value.to_str().ok());
    // Its contents never change, so a copy of it may be completed whenever it was begun.
    let Some(part) = Part::asked(range, file.size) else {
        return Ok(HttpResponse::RangeNotSatisfiable()
            .insert_header((header::CONTENT_RANGE, format!("bytes */{}", file.size)))
            .finish());
    };
    let contents = site.engine.read_file(&file, part.first).await?.take(part.length);
    let status = if part.is_all { StatusCode::OK } else { StatusCode::PARTIAL_CONTENT };
    let mut response = HttpResponse::build(status);
    if !part.is_all {
        let last = part.first + part.length - 1;
        response.insert_header((header::CONTENT_RANGE, format!("bytes {}-{last}/{}", part.first, file.size)));
    }
    Ok(response
        .insert_header((header::CONTENT_TYPE, file.media_type.as_str()))
        .insert_header((header::CONTENT_DISPOSITION, disposition(&file)))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        // Lengths and ranges are those of the file, so it is not compressed on the way.
        .insert_header((header::CONTENT_ENCODING, HeaderValue::from_static("identity")))
        // Shown by itself, it runs nothing and loads nothing.
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((header::CACHE_CONTROL, "private, max-age=86400, immutable"))
        .no_chunking(part.length)
        .streaming(ReaderStream::with_capacity(contents, CHUNK)))
}

/// Take back a file that no message carries.
#[utoipa::path(delete, path = "/files/{id}", tag = "files", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = ProblemDoc)))]
pub async fn delete(
    site: Data<Site>,
    Caller(visitor): Caller,
    path: Path<String>,
) -> Result<HttpResponse, Problem> {
    site.engine.discard_file(&visitor, id_in_path(&path)?).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How a file is to be taken: pictures may be shown, everything else is saved (RFC 6266, RFC 8187).
fn disposition(file: &StoredFile) -> String {
    let kind = if file.media_type.is_picture() { "inline" } else { "attachment" };
    let plain: String = file
        .name
        .as_str()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || " -_.()".contains(c) { c } else { '_' })
        .collect();
    let mut full = String::new();
    for byte in file.name.as_str().bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            full.push(char::from(byte));
        } else {
            full.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("{kind}; filename=\"{plain}\"; filename*=UTF-8''{full}")
}

/// The bytes that are answered.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    first: u64,
    length: u64,
    is_all: bool,
}

impl Part {
    /// What a `Range` header asks for of `size` bytes; `None` when that is not there. Several ranges, other units and what
    /// can't be read are answered with the whole, as RFC 9110, 14.2 allows.
    fn asked(range: Option<&str>, size: u64) -> Option<Self> {
        let all = Self { first: 0, length: size, is_all: true };
        let Some((first, last)) = range.and_then(|range| range.strip_prefix("bytes=")?.split_once('-'))
        else {
            return Some(all);
        };
        let (first, end) = match (first.trim(), last.trim()) {
            ("", last) => match last.parse::<u64>() {
                Ok(length) => (size.saturating_sub(length.min(size)), size),
                Err(_) => return Some(all),
            },
            (first, last) => {
                let Ok(first) = first.parse::<u64>() else { return Some(all) };
                match last {
                    "" => (first, size),
                    last => match last.parse::<u64>() {
                        Ok(last) if last >= first => (first, last.saturating_add(1).min(size)),
                        _ => return Some(all),
                    },
                }
            }
        };
        (first < end).then(|| Self { first, length: end - first, is_all: first == 0 && end == size })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_core::files::{FileName, MediaType};
    use portico_core::front::FrontId;
    use portico_core::{AccountId, CommunityId, FileId, Timestamp};
    use utoipa::PartialSchema;

    fn file(name: &str, media_type: MediaType) -> StoredFile {
        let now = Timestamp::from_secs(1);
        StoredFile {
            id: FileId::generate(now),
            owner: AccountId::generate(now),
            community: CommunityId::default(),
            front: FrontId::new("im").unwrap(),
            conversation: None,
            message: None,
            name: FileName::new(name),
            size: 1,
            media_type,
            complete: true,
            created_at: now,
        }
    }

    #[test]
    fn a_range_is_answered_when_it_can_be_read_and_the_whole_when_not() {
        let part = |first, length, is_all| Some(Part { first, length, is_all });
        let table = [
            (None, part(0, 100, true)),
            (Some("bytes=0-99"), part(0, 100, true)),
            (Some("bytes=0-0"), part(0, 1, false)),
            (Some("bytes=10-19"), part(10, 10, false)),
            (Some("bytes=90-"), part(90, 10, false)),
            (Some("bytes=-5"), part(95, 5, false)),
            (Some("bytes=-500"), part(0, 100, true)),
            (Some("bytes=50-5000"), part(50, 50, false)),
            (Some("bytes=100-"), None),
            (Some("bytes=-0"), None),
            (Some("bytes=5-2"), part(0, 100, true)),
            (Some("bytes=0-1,5-6"), part(0, 100, true)),
            (Some("lines=1-2"), part(0, 100, true)),
            (Some("bytes=99999999999999999999-"), part(0, 100, true)),
        ];
        for (range, wanted) in table {
            assert_eq!(Part::asked(range, 100), wanted, "{range:?}");
        }
    }

    #[test]
    fn only_pictures_are_shown_and_names_stay_within_the_header() {
        assert!(disposition(&file("a.png", MediaType::Png)).starts_with("inline;"));
        let name = disposition(&file("evil\".html\u{e9}", MediaType::Bytes));
        assert_eq!(name, "attachment; filename=\"evil_.html_\"; filename*=UTF-8''evil%22.html%C3%A9");
        assert!(HeaderValue::from_str(&name).is_ok());
    }

    #[test]
    fn what_is_documented_is_what_is_sent() {
        let schema = serde_json::to_value(FileDoc::schema()).unwrap();
        let documented: Vec<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        let sent = serde_json::to_value(file("a", MediaType::Bytes).attached()).unwrap();
        let mut sent: Vec<_> = sent.as_object().unwrap().keys().cloned().collect();
        sent.sort();
        let mut documented = documented;
        documented.sort();
        assert_eq!(documented, sent);
    }
}
