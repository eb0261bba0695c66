//! What a front answers that is closed for maintenance, or has moved.

use std::time::Duration;

use actix_web::http::Method;
use portico_core::front::Front;
use serde_json::json;

use crate::http::Problem;

/// When to look again whether the maintenance is over.
const LOOK_AGAIN: Duration = Duration::from_secs(60);

/// Why a front answers a request with nothing else: `rest` is the path below the front.
pub fn refuses(front: &Front, method: &Method, rest: &str) -> Option<Problem> {
    let (method, call) = (method.as_str(), rest.strip_prefix("/api/v1").unwrap_or(rest));
    if let Some(text) = &front.options.maintenance {
        // The page itself is shown: it tells its visitors why.
        let open = match (method, call) {
            ("GET" | "HEAD", "/front" | "/openapi.json") | ("DELETE", "/session") => true,
            ("GET" | "HEAD", _) => !rest.starts_with("/api/"),
            _ => false,
        };
        return (!open).then(|| Problem::new("maintenance").detail(text).retry_after(Some(LOOK_AGAIN)));
    }
    let url = front.options.moved_to.as_ref()?;
    let enters = method == "POST" && matches!(call, "/session" | "/account" | "/hand-over");
    enters.then(|| {
        Problem::new("moved").detail(format!("this front has moved to {url}")).with("moved_to", json!(url))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use portico_core::auth::Chain;
    use portico_core::front::{FrontId, FrontPath};
    use portico_core::policy::Mode;

    fn front() -> Front {
        let path = FrontPath::new("/im/").unwrap();
        Front::new(FrontId::from_path(&path), path, Mode::Normal, Chain::new(Vec::new()))
    }

    fn slug(front: &Front, method: &str, rest: &str) -> Option<String> {
        refuses(front, &method.parse().unwrap(), rest).map(|problem| problem.to_string())
    }

    #[test]
    fn a_closed_front_says_why_and_lets_people_go() {
        let (open, mut closed) = (front(), front());
        closed.options.maintenance = Some("back at noon".into());
        for (method, rest, refused) in [
            ("GET", "/", false),
            ("GET", "/assets/js/main.js", false),
            ("GET", "/api/v1/front", false),
            ("DELETE", "/api/v1/session", false),
            ("POST", "/api/v1/session", true),
            ("GET", "/api/v1/session", true),
            ("GET", "/api/v1/events", true),
            ("GET", "/api/v1/events/stream", true),
            ("POST", "/api/v1/conversations", true),
            ("POST", "/hand-over", true),
            ("GET", "/api/v1/who", true),
        ] {
            let wanted = refused.then(|| "maintenance".to_owned());
            assert_eq!(slug(&closed, method, rest), wanted, "{method} {rest}");
            assert_eq!(slug(&open, method, rest), None, "{method} {rest}");
        }
    }

    #[test]
    fn a_front_that_has_moved_lets_nobody_in_and_those_go_on_who_are_in() {
        let mut moved = front();
        moved.options.moved_to = Some("https://chat.example.org/im/".into());
        for rest in ["/api/v1/session", "/api/v1/account", "/hand-over"] {
            assert_eq!(slug(&moved, "POST", rest).as_deref(), Some("moved"), "{rest}");
        }
        for (method, rest) in
            [("GET", "/api/v1/session"), ("POST", "/api/v1/conversations"), ("DELETE", "/api/v1/session")]
        {
            assert_eq!(slug(&moved, method, rest), None, "{method} {rest}");
        }
    }
}
