use std::collections::BTreeMap;

use reqwest::header::HeaderMap;
use serde_json::Value;

/// What a server answered. Every answer is looked at for the headers that all must carry.
#[derive(Debug, Clone)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

/// What each answer of the public listener carries.
pub(crate) const SECURITY_HEADERS: [&str; 7] = [
    "content-security-policy",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-opener-policy",
    "cross-origin-resource-policy",
    "permissions-policy",
];

impl Reply {
    /// Reads an answer to its end.
    pub(crate) async fn read(response: reqwest::Response) -> reqwest::Result<Self> {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let url = response.url().clone();
        let bytes = response.bytes().await?.to_vec();
        // A page that some may frame can't say so in the older header, which knows no origins.
        let policy = headers.get("content-security-policy").and_then(|policy| policy.to_str().ok());
        let framed = policy.is_some_and(|policy| !policy.ends_with("frame-ancestors 'none'"));
        for name in SECURITY_HEADERS.into_iter().filter(|name| !(framed && *name == "x-frame-options")) {
            assert!(headers.contains_key(name), "{url} answered {status} without {name}");
        }
        assert!(headers.contains_key("cache-control"), "{url} answered {status} without Cache-Control");
        Ok(Self { status, headers, bytes })
    }

    /// The body.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a header is text"))
    }

    /// The body of a success with this status.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        if self.bytes.is_empty() { Value::Null } else { self.json() }
    }

    /// The document of a problem with this status and slug, in the shape of RFC 9457.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, slug: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        let problem = self.json();
        assert_eq!(problem["type"], format!("/problems/{slug}"), "{problem}");
        assert_eq!(problem["status"], status, "{problem}");
        assert!(problem["title"].as_str().is_some_and(|title| !title.is_empty()), "{problem}");
        assert!(problem["detail"].is_null() || problem["detail"].is_string(), "{problem}");
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.header("cache-control"), Some("no-store"));
        if status == 401 {
            assert_eq!(self.header("www-authenticate"), Some("Bearer"));
        }
        problem
    }

    /// The same for a problem that will pass: returns the seconds of `Retry-After`.
    #[track_caller]
    pub(crate) fn problem_for_now(&self, status: u16, slug: &str) -> u64 {
        let problem = self.problem(status, slug);
        let seconds: u64 = self.header("retry-after").expect("Retry-After").parse().expect("whole seconds");
        assert!(seconds >= 1);
        assert_eq!(problem["retry_after"], seconds);
        seconds
    }

    /// The headers without what differs from one answer to the next anyway.
    pub(crate) fn comparable_headers(&self) -> BTreeMap<String, String> {
        let named = self.headers.iter().filter(|(name, _)| name.as_str() != "date");
        named.map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned())).collect()
    }
}
