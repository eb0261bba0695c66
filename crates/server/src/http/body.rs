use actix_web::dev::Payload;
use actix_web::http::header;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use futures_util::future::LocalBoxFuture;
use serde::de::DeserializeOwned;

use crate::http::Problem;

/// Largest body of an API request: a text of 16,384 bytes fits even if every byte of it is escaped.
const MAX_BODY: usize = 128 * 1024;

/// A JSON body. Give `T` `#[serde(deny_unknown_fields)]`.
#[derive(Debug)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for JsonBody<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let media_type = check_media_type(request);
        let declared = declared_length(request);
        let mut payload = payload.take();
        Box::pin(async move {
            media_type?;
            if declared > MAX_BODY {
                return Err(too_large());
            }
            let mut body = Vec::with_capacity(declared.min(MAX_BODY));
            while let Some(chunk) = payload.next().await {
                let chunk = chunk.map_err(|_| Problem::invalid("the body ended too early"))?;
                if body.len() + chunk.len() > MAX_BODY {
                    return Err(too_large());
                }
                body.extend_from_slice(&chunk);
            }
            parse(&body).map(Self)
        })
    }
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(body).map_err(|_| Problem::invalid("the body is not valid UTF-8"))?;
    let mut json = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let place = if path == "." { String::new() } else { format!("{path}: ") };
        Problem::invalid(format!("{place}{}", error.into_inner()))
    })?;
    json.end().map_err(|error| Problem::invalid(error.to_string()))?;
    Ok(value)
}

fn check_media_type(request: &HttpRequest) -> Result<(), Problem> {
    let json = request.content_type().eq_ignore_ascii_case("application/json");
    if json { Ok(()) } else { Err(Problem::new("unsupported-media-type")) }
}

fn declared_length(request: &HttpRequest) -> usize {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

fn too_large() -> Problem {
    Problem::new("payload-too-large").detail(format!("a body has at most {MAX_BODY} bytes"))
}
