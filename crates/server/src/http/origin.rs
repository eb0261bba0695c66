use std::net::{IpAddr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap};
use actix_web::http::uri::Authority;
use ipnet::IpNet;

/// Whose word about a visitor's address, scheme and host is believed.
///
/// A header that a configured proxy did not set is a claim of the visitor and counts for nothing.
#[derive(Debug, Clone, Default)]
pub struct Trust {
    proxies: Vec<IpNet>,
    public_url: Option<String>,
}

impl Trust {
    /// Believes these proxies. `public_url`: the origin people use, if it is always the same.
    pub fn new(proxies: Vec<IpNet>, public_url: Option<&str>) -> Self {
        let public_url = public_url.map(|url| url.trim_end_matches('/').to_owned());
        Self { proxies, public_url }
    }

    fn is_proxy(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(&address.to_canonical()))
    }

    fn through_proxy(&self, request: &HttpRequest) -> bool {
        is_unix(request) || request.peer_addr().is_some_and(|peer| self.is_proxy(peer.ip()))
    }

    /// The visitor's address: the connection's, or behind proxies the rightmost one in `X-Forwarded-For` that is not
    /// itself a proxy.
    pub fn peer_of(&self, request: &HttpRequest) -> Option<IpAddr> {
        let mut address = request.peer_addr().map(|peer| peer.ip().to_canonical());
        if !is_unix(request) && !self.is_proxy(address?) {
            return address;
        }
        let forwarded: Vec<&str> = request
            .headers()
            .get_all("x-forwarded-for")
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for hop in forwarded.iter().rev() {
            // An unreadable hop ends the chain of those whose word counts.
            let Some(hop) = address_in(hop.trim()) else { break };
            let hop = hop.to_canonical();
            address = Some(hop);
            if !self.is_proxy(hop) {
                break;
            }
        }
        address
    }

    /// The host that the visitor asked for.
    pub fn host_of(&self, request: &HttpRequest) -> Option<String> {
        let forwarded =
            if self.through_proxy(request) { last_of(request.headers(), "x-forwarded-host") } else { None };
        forwarded.or_else(|| Some(request.connection_info_host()?.to_owned()))
    }

    /// Whether the visitor's side of the connection is encrypted.
    pub fn is_https(&self, request: &HttpRequest) -> bool {
        if let Some(url) = &self.public_url {
            return url.starts_with("https://");
        }
        self.through_proxy(request)
            && last_of(request.headers(), "x-forwarded-proto")
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"))
    }

    /// The origin that the page runs in: `https://chat.example.org`.
    pub fn origin_of(&self, request: &HttpRequest) -> Option<String> {
        if let Some(url) = &self.public_url {
            return Some(url.clone());
        }
        let scheme = if self.is_https(request) { "https" } else { "http" };
        Some(format!("{scheme}://{}", self.host_of(request)?))
    }
}

/// A connection through the server's own socket file: whoever is behind it could open the file.
#[derive(Debug, Clone, Copy)]
pub struct UnixPeer;

/// Whether a request came through the socket file.
pub fn is_unix(request: &HttpRequest) -> bool {
    request.conn_data::<UnixPeer>().is_some()
}

/// An address, with or without a port, as proxies write it.
fn address_in(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|hop| hop.strip_suffix(']')).unwrap_or(hop);
    bare.parse().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

fn last_of(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get_all(name).last()?.to_str().ok()?;
    let last = value.rsplit(',').next()?.trim();
    (!last.is_empty()).then(|| last.to_owned())
}

/// The host of the request line or the `Host` header, as sent.
trait RequestedHost {
    fn connection_info_host(&self) -> Option<&str>;
}

impl RequestedHost for HttpRequest {
    fn connection_info_host(&self) -> Option<&str> {
        let header = self.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        header.or_else(|| self.uri().authority().map(Authority::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn trust() -> Trust {
        Trust::new(vec!["10.0.0.0/8".parse().unwrap()], None)
    }

    fn from(peer: &str, forwarded: &str) -> HttpRequest {
        TestRequest::default()
            .peer_addr(format!("{peer}:1").parse().unwrap())
            .insert_header(("x-forwarded-for", forwarded))
            .insert_header(("x-forwarded-proto", "https"))
            .insert_header(("host", "chat.example.org"))
            .to_http_request()
    }

    #[test]
    fn a_strangers_forwarded_header_counts_for_nothing() {
        let request = from("203.0.113.5", "198.51.100.1");
        assert_eq!(trust().peer_of(&request), Some("203.0.113.5".parse().unwrap()));
        assert!(!trust().is_https(&request));
    }

    #[test]
    fn addresses_are_counted_from_the_right_through_configured_proxies() {
        let request = from("10.0.0.1", "1.2.3.4, 198.51.100.7:5678, [10.9.9.9]");
        assert_eq!(trust().peer_of(&request), Some("198.51.100.7".parse().unwrap()));
        assert_eq!(trust().origin_of(&request).as_deref(), Some("https://chat.example.org"));
    }

    #[test]
    fn an_unreadable_hop_ends_the_chain() {
        let request = from("10.0.0.1", "198.51.100.7, nonsense, 10.9.9.9");
        assert_eq!(trust().peer_of(&request), Some("10.9.9.9".parse().unwrap()));
    }
}
