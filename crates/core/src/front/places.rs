use std::collections::HashMap;
use std::sync::Arc;

use crate::front::{Front, FrontConflict, FrontId};

/// Where each front of a table stands, so that finding one costs no more among many than alone.
#[derive(Debug, Default)]
pub(super) struct Places {
    by_id: HashMap<FrontId, usize>,
    /// By host in lower case, then by path without its final slash.
    by_host: HashMap<String, ByPath>,
    /// Those that answer at any host.
    anywhere: ByPath,
}

#[derive(Debug, Default)]
struct ByPath {
    places: HashMap<String, usize>,
    /// Most segments of a path. A longer request isn't looked at beyond, however many slashes somebody sends.
    deepest: usize,
}

impl Places {
    /// The places of these fronts, by their index.
    pub(super) fn of(fronts: &[Arc<Front>]) -> Result<Self, FrontConflict> {
        let mut places = Self::default();
        for (index, front) in fronts.iter().enumerate() {
            if places.by_id.insert(front.id.clone(), index).is_some() {
                return Err(FrontConflict::Id(front.id.clone()));
            }
            let at = match &front.host {
                Some(host) => places.by_host.entry(host.to_ascii_lowercase()).or_default(),
                None => &mut places.anywhere,
            };
            if let Some(other) = at.insert(front.path.base(), index).and_then(|index| fronts.get(index)) {
                return Err(FrontConflict::Place(other.id.clone(), front.id.clone()));
            }
        }
        Ok(places)
    }

    /// The front with this id.
    pub(super) fn with_id(&self, id: &FrontId) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The front for a request's path at a host without its port, and what of the path lies below it. A front of that
    /// host goes before one for any.
    pub(super) fn find<'r>(&self, host: Option<&str>, path: &'r str) -> Option<(usize, &'r str)> {
        let here = host.filter(|_| !self.by_host.is_empty()).map(str::to_ascii_lowercase);
        let here = here.and_then(|host| self.by_host.get(&host));
        here.and_then(|here| here.find(path)).or_else(|| self.anywhere.find(path))
    }
}

impl ByPath {
    /// Returns who stands there already.
    fn insert(&mut self, base: &str, index: usize) -> Option<usize> {
        self.deepest = self.deepest.max(base.matches('/').count());
        self.places.insert(base.to_owned(), index)
    }

    /// The longest path on whole segments.
    fn find<'r>(&self, path: &'r str) -> Option<(usize, &'r str)> {
        if self.places.is_empty() {
            return None;
        }
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        let ends: Vec<usize> = ends.take(self.deepest + 1).collect();
        ends.into_iter().rev().find_map(|end| {
            let (base, rest) = path.split_at_checked(end)?;
            self.places.get(base).map(|index| (*index, rest))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Chain;
    use crate::front::FrontPath;
    use crate::policy::Mode;
    use proptest::collection::vec;
    use proptest::option::of;
    use proptest::prelude::*;

    fn front(number: usize, host: Option<String>, path: &str) -> Arc<Front> {
        let id = FrontId::new(&format!("f{number}")).unwrap();
        let front = Front::new(id, FrontPath::new(path).unwrap(), Mode::Normal, Chain::new(Vec::new()));
        Arc::new(Front { host, ..front })
    }

    /// One after the other: hosts first, then the longest path.
    fn linear<'r>(fronts: &[Arc<Front>], host: Option<&str>, path: &'r str) -> Option<(String, &'r str)> {
        let fits = |front: &Arc<Front>| {
            let host_fits = match (&front.host, host) {
                (None, _) => true,
                (Some(wanted), Some(host)) => wanted.eq_ignore_ascii_case(host),
                (Some(_), None) => false,
            };
            let rest = path.strip_prefix(front.path.base())?;
            (host_fits && (rest.is_empty() || rest.starts_with('/')))
                .then(|| (front.host.is_some(), front.path.as_str().len(), front.id.to_string(), rest))
        };
        let found = fronts.iter().filter_map(fits).max();
        found.map(|(_, _, id, rest)| (id, rest))
    }

    fn hosts() -> impl Strategy<Value = Option<String>> {
        of(prop_oneof!["[aA]\\.org", "b\\.org"])
    }

    proptest! {
        #[test]
        fn a_lookup_finds_what_looking_at_each_finds(
            wanted in vec((hosts(), "(/[ab]{1,2}){0,3}/"), 0..12),
            host in hosts(),
            path in prop_oneof!["(/[ab]{0,2}){0,5}", "(/[ab]{1,2}){0,3}/?", "[ab/]{0,8}"],
        ) {
            let mut fronts: Vec<Arc<Front>> = Vec::new();
            for (number, (host, path)) in wanted.into_iter().enumerate() {
                let one = front(number, host, &path);
                let same = |other: &Arc<Front>| {
                    other.path == one.path
                        && other.host.as_deref().map(str::to_lowercase) == one.host.as_deref().map(str::to_lowercase)
                };
                if !fronts.iter().any(same) {
                    fronts.push(one);
                }
            }
            let places = Places::of(&fronts).unwrap();
            let found = places.find(host.as_deref(), &path).map(|(at, rest)| (fronts[at].id.to_string(), rest));
            prop_assert_eq!(found, linear(&fronts, host.as_deref(), &path));
            for (index, front) in fronts.iter().enumerate() {
                prop_assert_eq!(places.with_id(&front.id), Some(index));
            }
        }
    }

    #[test]
    fn one_place_is_one_place_in_any_case_of_its_host() {
        let both = [
            front(1, Some("Chat.example.org".into()), "/a"),
            front(2, Some("chat.example.ORG".into()), "/a/"),
        ];
        assert!(matches!(Places::of(&both), Err(FrontConflict::Place(..))));
    }

    #[test]
    fn a_request_of_many_slashes_is_looked_at_as_deep_as_fronts_go() {
        let places = Places::of(&[front(1, None, "/a/b")]).unwrap();
        let path = format!("/a/b{}", "/".repeat(100_000));
        assert_eq!(places.find(None, &path), Some((0, &path[4..])));
        assert_eq!(places.anywhere.deepest, 2);
    }
}
