//! Options from a central server: asked for at the start and again and again, with the last good answer for when it is
//! down.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use reqwest::header::{ETAG, IF_NONE_MATCH};
use reqwest::{StatusCode, Url};
use secrecy::ExposeSecret;
use sha2::{Digest, Sha256};

use crate::config::{CentralOptions, Config, FrontConfig};
use crate::serve::store_url;

/// How long an answer may take in all.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer, in bytes.
const MAX_BYTES: usize = 256 << 10;

/// The entity tags of the answers that are in force, by address.
pub type Tags = BTreeMap<String, String>;

/// A central server that fronts extend.
#[derive(Debug, Clone)]
struct Source {
    url: String,
    insecure: bool,
    cache: PathBuf,
}

/// What came of asking.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "one at a time, for a moment")]
enum Answer {
    /// What is in force is still so.
    Same,
    /// Something else.
    New { options: CentralOptions, text: String, tag: Option<String> },
}

/// Good answers that are not kept in their files yet: whether they fit the fronts is not known before they are tried.
#[derive(Debug, Default)]
#[must_use = "without `keep` a start would not know them when the central server is down"]
pub struct Fresh(Vec<(Source, String)>);

/// Asks every central server that fronts extend. Where one gives no good answer,
/// what was `known` of it stays, or what its file says; each such mishap is told by a warning.
///
/// # Errors
/// Everything of which nothing is known at all.
pub async fn load(
    config: &mut Config,
    known: &BTreeMap<String, Arc<CentralOptions>>,
    tags: &mut Tags,
) -> Result<Fresh, Vec<String>> {
    let (mut wrong, mut fresh) = (Vec::new(), Fresh::default());
    for source in sources(config) {
        let before = known.get(&source.url);
        let tag = before.and_then(|_| tags.get(&source.url)).cloned();
        let options = match ask(&source, tag.as_deref()).await {
            Ok(Answer::Same) => before.cloned(),
            Ok(Answer::New { options, text, tag }) => {
                fresh.0.push((source.clone(), text));
                match tag {
                    Some(tag) => drop(tags.insert(source.url.clone(), tag)),
                    None => drop(tags.remove(&source.url)),
                }
                Some(Arc::new(options))
            }
            Err(why) => match before.cloned().map_or_else(|| recall(&source), |known| Ok(Some(known))) {
                Ok(Some(options)) => {
                    tracing::warn!(url = source.url, error = %why, "the central options are as they were last");
                    Some(options)
                }
                Ok(None) => {
                    wrong.push(format!(
                        "extends: {}: {why}; and there is no earlier answer in {}: make the address answer for the first start, \
                         or put the file there, or remove `extends`",
                        source.url,
                        source.cache.display()
                    ));
                    None
                }
                Err(kept) => {
                    wrong.push(format!("extends: {}: {why}; and {kept}", source.url));
                    None
                }
            },
        };
        if let Some(options) = options {
            config.central.insert(source.url, options);
        }
    }
    if wrong.is_empty() { Ok(fresh) } else { Err(wrong) }
}

impl Fresh {
    /// Keeps them for when their servers are down.
    pub async fn keep(self) {
        for (source, text) in self.0 {
            keep(&source, text).await;
        }
    }

    /// Puts what their files say in their place; `false` when there is nothing to put there.
    pub fn fall_back(&self, config: &mut Config) -> bool {
        let mut fell_back = false;
        for (source, _) in &self.0 {
            if let Ok(Some(kept)) = recall(source)
                && config.central.get(&source.url) != Some(&kept)
            {
                config.central.insert(source.url.clone(), kept);
                fell_back = true;
            }
        }
        fell_back
    }
}

/// The shortest time after which one of the central servers wants to be asked again; `None` when no front extends any.
pub fn refresh(config: &Config) -> Option<Duration> {
    let extending = config.front.iter().filter(|section| section.extends.is_some());
    extending.map(|section| section.extends_refresh).min()
}

/// The address of a front's central server, if it may be asked.
///
/// # Errors
/// What is wrong with it.
pub fn checked_url(section: &FrontConfig, url: &str) -> Result<Url, String> {
    let parsed = Url::parse(url).map_err(|error| format!("`{url}` is no address: {error}"))?;
    let host = parsed.host_str().unwrap_or_default();
    let bare = host.trim_matches(['[', ']']);
    let here = host == "localhost" || bare.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
    match parsed.scheme() {
        "https" => Ok(parsed),
        "http" if here || section.extends_insecure => Ok(parsed),
        "http" => Err(format!(
            "`{url}`: options that anybody on the way can change; use https, or set `extends_insecure = true`"
        )),
        _ => Err(format!("`{url}`: expected an address that begins with https://")),
    }
}

fn sources(config: &Config) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for section in &config.front {
        let Some(url) = &section.extends else { continue };
        // What may not be asked is told when the front is put together.
        if checked_url(section, url).is_err() || sources.iter().any(|source| source.url == *url) {
            continue;
        }
        sources.push(Source {
            url: url.clone(),
            insecure: section.extends_insecure,
            cache: cache_of(config, section, url),
        });
    }
    sources
}

fn cache_of(config: &Config, section: &FrontConfig, url: &str) -> PathBuf {
    if let Some(path) = &section.extends_cache {
        return config.base_dir.join(path);
    }
    let digest = Sha256::digest(url.as_bytes());
    let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let database = store_url(config);
    let file =
        database.expose_secret().strip_prefix("sqlite://").map(|file| file.split('?').next().unwrap_or(file));
    let folder = file.filter(|file| !file.starts_with(":memory:")).and_then(|file| Path::new(file).parent());
    let folder = folder.unwrap_or(&config.base_dir);
    folder.join(format!("central-options-{name}.toml"))
}

async fn ask(source: &Source, tag: Option<&str>) -> Result<Answer, String> {
    tokio::time::timeout(PATIENCE, fetch(source, tag))
        .await
        .unwrap_or_else(|_| Err(format!("no answer within {} seconds", PATIENCE.as_secs())))
}

async fn fetch(source: &Source, tag: Option<&str>) -> Result<Answer, String> {
    let https_only = source.url.starts_with("https://") && !source.insecure;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .https_only(https_only)
        .timeout(PATIENCE)
        .user_agent(concat!("Portico/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| error.to_string())?;
    let mut request = client.get(&source.url);
    if let Some(tag) = tag {
        request = request.header(IF_NONE_MATCH, tag);
    }
    let response = request.send().await.map_err(|error| with_causes(&error))?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::NOT_MODIFIED if tag.is_some() => return Ok(Answer::Same),
        status => return Err(format!("it answered {status}, and 200 was expected")),
    }
    let tag = response.headers().get(ETAG).and_then(|tag| tag.to_str().ok()).map(str::to_owned);
    let mut body = response.bytes_stream();
    let mut bytes = Vec::new();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| with_causes(&error))?;
        if bytes.len() + chunk.len() > MAX_BYTES {
            return Err(format!("its answer is larger than {} KiB", MAX_BYTES >> 10));
        }
        bytes.extend_from_slice(&chunk);
    }
    let text = String::from_utf8(bytes).map_err(|_| "its answer is no UTF-8 text".to_owned())?;
    let options = CentralOptions::parse(&text).map_err(|wrong| wrong.join("; "))?;
    Ok(Answer::New { options, text, tag })
}

fn with_causes(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// What the file with the last good answer says; `None` when there is none.
fn recall(source: &Source) -> Result<Option<Arc<CentralOptions>>, String> {
    let text = match std::fs::read_to_string(&source.cache) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("{}: can't be read: {error}", source.cache.display())),
    };
    let options = CentralOptions::parse(&text)
        .map_err(|wrong| format!("{}: {}", source.cache.display(), wrong.join("; ")))?;
    Ok(Some(Arc::new(options)))
}

/// Keeps a good answer: written beside and moved into place, so that the file is always whole.
async fn keep(source: &Source, text: String) {
    let path = source.cache.clone();
    let write = move || -> std::io::Result<()> {
        if std::fs::read_to_string(&path).is_ok_and(|kept| kept == text) {
            return Ok(());
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut beside = tempfile::NamedTempFile::new_in(folder)?;
        std::io::Write::write_all(&mut beside, text.as_bytes())?;
        beside.as_file().sync_all()?;
        beside.persist(&path).map_err(|error| error.error)?;
        Ok(())
    };
    let written =
        tokio::task::spawn_blocking(write).await.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    if let Err(error) = written {
        tracing::warn!(
            file = %source.cache.display(), %error,
            "the central options can't be kept: a start without the central server would fail"
        );
    }
}
