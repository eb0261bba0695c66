use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use crate::front::places::Places;
use crate::front::{Front, FrontId};

/// First path segments that no front may have: the server's own pages live there.
pub const RESERVED_SEGMENTS: [&str; 5] = ["admin", "healthz", "metrics", "problems", "readyz"];

/// A front's path in one spelling: begins and ends with a slash, no empty, `.` or `..` segment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrontPath(String);

/// A text that can't be a front's path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{path}` can't be a front's path: {reason}")]
pub struct InvalidPath {
    path: String,
    reason: String,
}

impl FrontPath {
    /// A path as configured; the final slash may be missing.
    ///
    /// # Errors
    /// [`InvalidPath`] when it doesn't begin with a slash, has empty or dot segments, characters outside
    /// `a-z A-Z 0-9 - _ . ~`, or a reserved first segment.
    pub fn new(path: &str) -> Result<Self, InvalidPath> {
        let invalid = |reason: String| InvalidPath { path: path.to_owned(), reason };
        let Some(inner) = path.strip_prefix('/') else {
            return Err(invalid("it must begin with `/`".into()));
        };
        let inner = inner.strip_suffix('/').unwrap_or(inner);
        if inner.is_empty() {
            return Ok(Self("/".into()));
        }
        for segment in inner.split('/') {
            let plain = segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~".contains(&b));
            if segment.is_empty() || segment == "." || segment == ".." || !plain {
                return Err(invalid(format!(
                    "segment `{segment}` must consist of a-z, A-Z, 0-9, -, _, . and ~"
                )));
            }
        }
        let first = inner.split('/').next().unwrap_or_default();
        if RESERVED_SEGMENTS.contains(&first) {
            return Err(invalid(format!("`/{first}` is reserved for the server's own pages")));
        }
        Ok(Self(format!("/{inner}/")))
    }

    /// The path with both slashes: `/im/`.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path without its final slash, to append to: `/im`, or nothing for `/`.
    pub fn base(&self) -> &str {
        self.0.strip_suffix('/').unwrap_or(&self.0)
    }
}

impl fmt::Display for FrontPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Two fronts that can't stand side by side.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrontConflict {
    /// Two fronts with one id.
    #[error("two fronts have the id `{0}`; give one of them another `id`")]
    Id(FrontId),
    /// Two fronts at one place.
    #[error("fronts `{0}` and `{1}` have the same host and path")]
    Place(FrontId, FrontId),
}

/// All fronts, resolved by host and longest path on whole segments, at a cost that doesn't grow with their number. What
/// holds at them can be replaced while they are open; whoever asks gets them as they are then.
#[derive(Debug)]
pub struct FrontTable {
    fronts: RwLock<Arc<[Arc<Front>]>>,
    // A replaced front keeps its id, place and index.
    places: Places,
}

/// A front and the rest of the path below it.
#[derive(Debug)]
pub struct Resolved<'r> {
    /// The front.
    pub front: Arc<Front>,
    /// The rest: empty when the final slash was missing, else beginning with a slash.
    pub rest: &'r str,
}

impl FrontTable {
    /// A table of these fronts.
    ///
    /// # Errors
    /// [`FrontConflict`]
    pub fn new(fronts: Vec<Arc<Front>>) -> Result<Self, FrontConflict> {
        let mut fronts = fronts;
        fronts.sort_by_key(|front| {
            (std::cmp::Reverse(front.host.is_some()), std::cmp::Reverse(front.path.as_str().len()))
        });
        let places = Places::of(&fronts)?;
        Ok(Self { fronts: RwLock::new(fronts.into()), places })
    }

    /// The front that answers for `path` at `host` (a `Host` header, with or without port).
    pub fn resolve<'r>(&self, host: Option<&str>, path: &'r str) -> Option<Resolved<'r>> {
        let (index, rest) = self.places.find(host.map(without_port), path)?;
        self.now().get(index).map(|front| Resolved { front: Arc::clone(front), rest })
    }

    /// The front with this id.
    pub fn get(&self, id: &FrontId) -> Option<Arc<Front>> {
        self.now().get(self.places.with_id(id)?).cloned()
    }

    /// All fronts: those with a host first, then the longest path first.
    pub fn iter(&self) -> impl Iterator<Item = Arc<Front>> + use<> {
        let fronts = self.now();
        (0..fronts.len()).filter_map(move |index| fronts.get(index).cloned())
    }

    fn now(&self) -> Arc<[Arc<Front>]> {
        Arc::clone(&self.fronts.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces every front by the one of `with` that has its id, host, path and community, all at once; others stay as
    /// they are.
    pub fn replace(&self, with: &[Arc<Front>]) {
        let mut fronts = self.fronts.write().unwrap_or_else(PoisonError::into_inner);
        let same = |a: &Front, b: &Front| {
            a.id == b.id && a.host == b.host && a.path == b.path && a.community == b.community
        };
        let replaced = fronts.iter().map(|old| with.iter().find(|new| same(old, new)).unwrap_or(old));
        *fronts = replaced.cloned().collect();
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // `[::1]` has colons of its own.
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Chain;

    fn front(id: &str, host: Option<&str>, path: &str) -> Arc<Front> {
        let (id, path) = (FrontId::new(id).unwrap(), FrontPath::new(path).unwrap());
        let front = Front::new(id, path, crate::policy::Mode::Normal, Chain::new(Vec::new()));
        Arc::new(Front { host: host.map(str::to_owned), ..front })
    }

    fn resolved(table: &FrontTable, host: &str, path: &str) -> Option<(String, String)> {
        table.resolve(Some(host), path).map(|r| (r.front.id.to_string(), r.rest.to_owned()))
    }

    #[test]
    fn the_longest_path_on_whole_segments_wins() {
        let table = FrontTable::new(vec![
            front("a", None, "/im"),
            front("b", None, "/im/staff/"),
            front("c", None, "/im-x/"),
        ])
        .unwrap();
        assert_eq!(resolved(&table, "h", "/im/staff/api"), Some(("b".into(), "/api".into())));
        assert_eq!(resolved(&table, "h", "/im/staffroom"), Some(("a".into(), "/staffroom".into())));
        assert_eq!(resolved(&table, "h", "/im-x/"), Some(("c".into(), "/".into())));
        assert_eq!(resolved(&table, "h", "/im"), Some(("a".into(), String::new())));
        assert_eq!(resolved(&table, "h", "/imx"), None);
        assert_eq!(resolved(&table, "h", "/"), None);
    }

    #[test]
    fn a_front_with_the_host_goes_before_one_for_any_host() {
        let table = FrontTable::new(vec![
            front("any", None, "/im/deep/"),
            front("one", Some("Chat.Example.org"), "/"),
        ])
        .unwrap();
        assert_eq!(resolved(&table, "chat.example.org:8443", "/im/deep/x").unwrap().0, "one");
        assert_eq!(resolved(&table, "other.example.org", "/im/deep/x").unwrap().0, "any");
    }

    #[test]
    fn what_holds_at_a_front_is_replaced_and_where_it_is_never() {
        let table = FrontTable::new(vec![front("a", None, "/a/"), front("b", None, "/b/")]).unwrap();
        let mut other = Front::clone(&front("a", None, "/a/"));
        other.title = "Another".into();
        let moved = front("b", None, "/elsewhere/");
        table.replace(&[Arc::new(other), moved, front("c", None, "/c/")]);
        let titles: Vec<(String, String)> =
            table.iter().map(|front| (front.title.clone(), front.path.to_string())).collect();
        assert_eq!(titles.len(), 2);
        assert!(titles.contains(&("Another".into(), "/a/".into())) && titles[1].1 == "/b/");
    }

    #[test]
    fn an_ipv6_host_keeps_its_colons() {
        assert_eq!(without_port("[::1]:8080"), "[::1]");
        assert_eq!(without_port("[::1]"), "[::1]");
        assert_eq!(without_port("localhost:8080"), "localhost");
    }

    #[test]
    fn conflicting_fronts_are_refused() {
        let same_id = FrontTable::new(vec![front("a", None, "/x"), front("a", None, "/y")]);
        assert!(matches!(same_id, Err(FrontConflict::Id(_))));
        let same_place = FrontTable::new(vec![front("a", None, "/x"), front("b", None, "/x/")]);
        assert!(matches!(same_place, Err(FrontConflict::Place(..))));
    }

    #[test]
    fn a_path_has_one_spelling_and_no_surprises() {
        assert_eq!(FrontPath::new("/im").unwrap(), FrontPath::new("/im/").unwrap());
        for bad in ["", "im", "/im//x", "/im/../x", "/./", "/im x/", "/im%2f", "/admin", "/problems/x"] {
            assert!(FrontPath::new(bad).is_err(), "{bad}");
        }
        assert_eq!(FrontId::from_path(&FrontPath::new("/im-phpbb/").unwrap()).as_str(), "im-phpbb");
        assert_eq!(FrontId::from_path(&FrontPath::new("/").unwrap()).as_str(), "root");
    }
}
