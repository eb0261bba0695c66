//! Pictures of people, fetched from where other systems keep them, so that a visitor's browser asks nobody else.

use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use futures_util::StreamExt;
use imagesize::ImageType;
use ipnet::IpNet;
use lru::LruCache;
use tokio::sync::Semaphore;

/// Largest picture, in bytes.
const MAX_BYTES: usize = 1 << 20;
/// Largest picture, in pixels a side: a small file must not unpack to a huge picture.
const MAX_SIDE: usize = 2048;
/// How many pictures are kept, failures included.
const KEPT: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// How long a picture is believed to be the same.
const FRESH: Duration = Duration::from_secs(3600);
/// How long a place without a picture is not asked again.
const FAILED: Duration = Duration::from_secs(300);
/// How long a fetch may take in all.
const PATIENCE: Duration = Duration::from_secs(8);
/// How many are fetched at once.
const AT_ONCE: usize = 8;

/// A picture that has been looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// What it is, by its contents.
    pub media_type: &'static str,
    /// The file as it was fetched.
    pub bytes: Bytes,
}

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPicture {
    /// The address is no web address, or leads into a network that pictures may not come from.
    #[error("the address is not one that pictures are fetched from")]
    Address,
    /// Nothing came, or not in time, or too much.
    #[error("the picture could not be fetched")]
    Fetch,
    /// It is no PNG, JPEG, GIF or WebP picture of a sensible size.
    #[error("what was fetched is no picture")]
    Contents,
}

/// Fetches pictures, and keeps them for a while.
///
/// A picture's address comes from another system's database, where people write what they like: only public addresses are
/// asked (and configured networks), the connection goes to the address that was checked, redirects are not followed, and
/// what comes must be a raster picture of limited size.
#[derive(Debug)]
pub struct Pictures {
    networks: Vec<IpNet>,
    kept: Mutex<LruCache<String, Kept>>,
    places: Semaphore,
}

#[derive(Debug, Clone)]
struct Kept {
    since: Instant,
    outcome: Result<Arc<Picture>, NoPicture>,
}

impl Pictures {
    /// Fetches from public addresses and from these networks.
    pub fn new(networks: Vec<IpNet>) -> Self {
        Self { networks, kept: Mutex::new(LruCache::new(KEPT)), places: Semaphore::new(AT_ONCE) }
    }

    /// The picture at `url`.
    ///
    /// # Errors
    /// [`NoPicture`]
    pub async fn get(&self, url: &str) -> Result<Arc<Picture>, NoPicture> {
        self.outcome(url.to_owned(), self.fetch(url)).await
    }

    /// The picture under `key`, made by `source` if it isn't known.
    ///
    /// # Errors
    /// [`NoPicture`]
    pub async fn keep(
        &self,
        key: String,
        source: impl Future<Output = Result<Vec<u8>, NoPicture>>,
    ) -> Result<Arc<Picture>, NoPicture> {
        let looked_at = async {
            let bytes = source.await?;
            if bytes.len() > MAX_BYTES {
                return Err(NoPicture::Contents);
            }
            Ok(Picture { media_type: media_type(&bytes)?, bytes: Bytes::from(bytes) })
        };
        self.outcome(key, looked_at).await
    }

    async fn outcome(
        &self,
        key: String,
        fetch: impl Future<Output = Result<Picture, NoPicture>>,
    ) -> Result<Arc<Picture>, NoPicture> {
        if let Some(outcome) = self.known(&key) {
            return outcome;
        }
        let Ok(_place) = self.places.acquire().await else { return Err(NoPicture::Fetch) };
        // Whoever waited may find that another one has fetched it.
        if let Some(outcome) = self.known(&key) {
            return outcome;
        }
        let fetched = tokio::time::timeout(PATIENCE, fetch).await;
        let outcome = fetched.unwrap_or(Err(NoPicture::Fetch)).map(Arc::new);
        if let Err(error) = &outcome {
            tracing::debug!(%error, "a person's picture is left out");
        }
        let kept = Kept { since: Instant::now(), outcome: outcome.clone() };
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).put(key, kept);
        outcome
    }

    fn known(&self, url: &str) -> Option<Result<Arc<Picture>, NoPicture>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.get(url)?;
        let limit = if found.outcome.is_ok() { FRESH } else { FAILED };
        (found.since.elapsed() < limit).then(|| found.outcome.clone())
    }

    async fn fetch(&self, url: &str) -> Result<Picture, NoPicture> {
        let url = reqwest::Url::parse(url).map_err(|_| NoPicture::Address)?;
        if !matches!(url.scheme(), "http" | "https") || !url.username().is_empty() || url.password().is_some()
        {
            return Err(NoPicture::Address);
        }
        let host = url.host_str().ok_or(NoPicture::Address)?.to_owned();
        let address = self.checked_address(&url).await?;
        let client = reqwest::Client::builder()
            .resolve(&host, address)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(PATIENCE)
            .user_agent(concat!("Portico/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|_| NoPicture::Fetch)?;
        let response = client.get(url).send().await.map_err(|_| NoPicture::Fetch)?;
        if response.status() != reqwest::StatusCode::OK {
            return Err(NoPicture::Fetch);
        }
        let mut body = response.bytes_stream();
        let mut bytes = Vec::new();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|_| NoPicture::Fetch)?;
            if bytes.len() + chunk.len() > MAX_BYTES {
                return Err(NoPicture::Contents);
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Picture { media_type: media_type(&bytes)?, bytes: Bytes::from(bytes) })
    }

    /// Where the connection goes: resolved once, and checked. A name that leads to a forbidden address as well is no good.
    async fn checked_address(&self, url: &reqwest::Url) -> Result<SocketAddr, NoPicture> {
        let host = url.host_str().ok_or(NoPicture::Address)?;
        let port = url.port_or_known_default().ok_or(NoPicture::Address)?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let addresses: Vec<SocketAddr> =
            tokio::net::lookup_host((bare, port)).await.map_err(|_| NoPicture::Fetch)?.collect();
        if addresses.iter().all(|address| self.may_ask(address.ip())) {
            addresses.first().copied().ok_or(NoPicture::Fetch)
        } else {
            Err(NoPicture::Address)
        }
    }

    fn may_ask(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.networks.iter().any(|network| network.contains(&address))
    }
}

/// Whether an address belongs to the public internet (RFC 6890 and its registries).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            let special = address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_broadcast()
                || address.is_documentation()
                || address.is_multicast()
                || a == 0
                || a >= 240
                || (a == 100 && (64..128).contains(&b))
                || (a == 192 && b == 0 && c == 0)
                || (a == 192 && b == 88 && c == 99)
                || (a == 198 && (b == 18 || b == 19));
            !special
        }
        IpAddr::V6(address) => {
            // 2000::/3 is what is given out; in it documentation, Teredo, 6to4 and ORCHID lead elsewhere.
            let [first, second, ..] = address.segments();
            first & 0xe000 == 0x2000
                && !(first == 0x2001 && (second < 0x0200 || second == 0x0db8))
                && first != 0x2002
                && first != 0x3fff
        }
    }
}

/// What a file is, by its contents.
fn media_type(bytes: &[u8]) -> Result<&'static str, NoPicture> {
    let media_type = match imagesize::image_type(bytes).map_err(|_| NoPicture::Contents)? {
        ImageType::Png => "image/png",
        ImageType::Jpeg => "image/jpeg",
        ImageType::Gif => "image/gif",
        ImageType::Webp => "image/webp",
        _ => return Err(NoPicture::Contents),
    };
    let size = imagesize::blob_size(bytes).map_err(|_| NoPicture::Contents)?;
    let fits = (1..=MAX_SIDE).contains(&size.width) && (1..=MAX_SIDE).contains(&size.height);
    if fits { Ok(media_type) } else { Err(NoPicture::Contents) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A PNG of one pixel, but for its size.
    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut file = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        file.extend(width.to_be_bytes());
        file.extend(height.to_be_bytes());
        file.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
        file
    }

    #[test]
    fn addresses_that_lead_into_somebodys_house_are_not_asked() {
        let pictures = Pictures::new(vec!["10.1.0.0/16".parse().unwrap()]);
        let table = [
            ("93.184.216.34", true),
            ("2606:2800:220:1::1", true),
            ("10.1.2.3", true),
            ("10.2.2.3", false),
            ("127.0.0.1", false),
            ("0.0.0.0", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("192.168.1.1", false),
            ("100.64.0.1", false),
            ("192.0.0.170", false),
            ("198.18.0.1", false),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
            ("::1", false),
            ("::", false),
            ("fe80::1", false),
            ("fd00::1", false),
            ("::ffff:127.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("2002:7f00:1::", false),
            ("2001:db8::1", false),
            ("ff02::1", false),
        ];
        for (address, allowed) in table {
            assert_eq!(pictures.may_ask(address.parse().unwrap()), allowed, "{address}");
        }
    }

    #[tokio::test]
    async fn what_is_no_web_address_is_not_asked() {
        let pictures = Pictures::new(Vec::new());
        for url in [
            "",
            "x",
            "file:///etc/passwd",
            "ftp://example.org/a.png",
            "http://u:p@example.org/",
            "http://127.1/",
        ] {
            assert_eq!(pictures.get(url).await, Err(NoPicture::Address), "{url}");
        }
    }

    #[tokio::test]
    async fn a_directorys_picture_is_looked_at_like_any_other_and_asked_for_once() {
        let pictures = Pictures::new(Vec::new());
        let good = pictures.keep("directory:1".into(), async { Ok(png(64, 64)) }).await.unwrap();
        assert_eq!(good.media_type, "image/png");
        let again = pictures.keep("directory:1".into(), async { Err(NoPicture::Fetch) }).await;
        assert_eq!(again, Ok(good), "kept");
        let page = pictures.keep("directory:2".into(), async { Ok(b"<script>alert(1)</script>".to_vec()) });
        assert_eq!(page.await, Err(NoPicture::Contents));
        let huge = pictures.keep("directory:3".into(), async { Ok(vec![0; MAX_BYTES + 1]) });
        assert_eq!(huge.await, Err(NoPicture::Contents));
    }

    #[test]
    fn only_raster_pictures_of_a_sensible_size_are_passed_on() {
        assert_eq!(media_type(&png(64, 64)), Ok("image/png"));
        assert_eq!(media_type(b"GIF89a\x01\0\x01\0\0\0\0"), Ok("image/gif"));
        for (what, bytes) in [
            ("a huge one", png(60_000, 60_000)),
            ("without extent", png(0, 64)),
            ("SVG", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec()),
            ("HTML", b"<!doctype html><script>alert(1)</script>".to_vec()),
            ("nothing", Vec::new()),
            ("cut", png(64, 64)[..12].to_vec()),
        ] {
            assert_eq!(media_type(&bytes), Err(NoPicture::Contents), "{what}");
        }
    }
}
