//! Who may depend on whom: the tables of [`super::layers`] against what Cargo knows.
//!
//! Development dependencies never reach a user, so tables don't bind them, but for two things: the core's and the
//! pure crates' tests need none of ours, and nothing tests itself through the server except the test package.

use cargo_metadata::{DependencyKind, Metadata};

use super::Violation;
use super::layers::{ABOVE_SERVER, LAYERS, Layer, Ours, RESERVED, SERVER, matches};

/// One dependency as a manifest states it.
#[derive(Debug, Clone)]
struct Edge {
    from: String,
    to: String,
    /// `to` is a package of this workspace.
    ours: bool,
    development: bool,
}

pub(super) fn check(metadata: &Metadata) -> Vec<Violation> {
    let packages = metadata.workspace_packages();
    let ours = |name: &str| packages.iter().any(|package| package.name == name);
    let mut violations: Vec<_> = packages.iter().filter_map(|package| unknown(&package.name)).collect();
    for package in &packages {
        for dependency in &package.dependencies {
            let edge = Edge {
                from: package.name.to_string(),
                to: dependency.name.clone(),
                ours: ours(&dependency.name),
                development: dependency.kind == DependencyKind::Development,
            };
            violations.extend(judge(&edge));
        }
    }
    violations
}

fn layer(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().find(|layer| matches(layer.name, name))
}

fn unknown(name: &str) -> Option<Violation> {
    layer(name).is_none().then(|| {
        Violation::new(
            name,
            "is in no layer; give it a row in xtask/src/rules/layers.rs that says what it may depend on, and why",
        )
    })
}

fn judge(edge: &Edge) -> Option<Violation> {
    if edge.ours { judge_ours(edge) } else { judge_foreign(edge) }
}

fn judge_ours(edge: &Edge) -> Option<Violation> {
    let Edge { from, to, .. } = edge;
    if from == to {
        return None; // its own test features
    }
    if to == SERVER && !ABOVE_SERVER.iter().any(|pattern| matches(pattern, from)) {
        return Some(forbidden(edge, "nothing depends on the server but tests, benchmarks and examples"));
    }
    let layer = layer(from)?;
    let Ours::Only(allowed) = &layer.may_use else {
        return None;
    };
    if allowed.contains(&to.as_str()) || (edge.development && !allowed.is_empty()) {
        return None;
    }
    Some(forbidden(edge, layer.reason))
}

fn judge_foreign(edge: &Edge) -> Option<Violation> {
    if edge.development {
        return None;
    }
    let rule = RESERVED.iter().find(|rule| rule.crates.iter().any(|pattern| matches(pattern, &edge.to)))?;
    if rule.only_in.iter().any(|pattern| matches(pattern, &edge.from)) {
        return None;
    }
    Some(forbidden(edge, &format!("{}; allowed in {}", rule.reason, rule.only_in.join(", "))))
}

fn forbidden(edge: &Edge, reason: &str) -> Violation {
    let kind = if edge.development { "dev-depend" } else { "depend" };
    Violation::new(&edge.from, format!("must not {kind} on {}: {reason}", edge.to))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(from: &str, to: &str) -> Edge {
        Edge { from: from.into(), to: to.into(), ours: to.starts_with("portico-"), development: false }
    }

    fn development(from: &str, to: &str) -> Edge {
        Edge { development: true, ..edge(from, to) }
    }

    fn refused(edge: &Edge) -> bool {
        judge(edge).is_some()
    }

    #[test]
    fn dependencies_point_towards_the_core() {
        for from in ["portico-store", "portico-auth-phpbb", "portico-auth-conformance", SERVER] {
            assert!(!refused(&edge(from, "portico-core")), "{from}");
            assert!(refused(&edge("portico-core", from)), "{from}");
            assert!(refused(&development("portico-core", from)), "{from}");
        }
        assert!(refused(&edge("portico-passwords", "portico-core")));
        assert!(refused(&edge("portico-auth-phpbb", "portico-store")));
        assert!(refused(&edge("portico-store", "portico-passwords")));
        assert!(refused(&edge("xtask", "portico-core")));
    }

    #[test]
    fn nothing_but_tests_and_examples_depends_on_the_server() {
        for allowed in ["portico-tests", "portico-bench", "portico-example-out-of-tree"] {
            assert!(!refused(&edge(allowed, SERVER)), "{allowed}");
        }
        assert!(refused(&edge("portico-auth-phorum", SERVER)));
        assert!(refused(&development("portico-auth-phorum", SERVER)));
    }

    #[test]
    fn an_adapters_tests_may_use_the_conformance_suite_and_the_store() {
        assert!(!refused(&development("portico-auth-native", "portico-auth-conformance")));
        assert!(!refused(&development("portico-auth-native", "portico-store")));
        assert!(refused(&edge("portico-auth-native", "portico-auth-conformance")));
    }

    #[test]
    fn a_crate_may_switch_on_its_own_test_features() {
        assert!(!refused(&development("portico-core", "portico-core")));
    }

    #[test]
    fn http_and_databases_have_one_place_each() {
        assert!(!refused(&edge(SERVER, "actix-web")));
        assert!(refused(&edge("portico-core", "actix-web")));
        assert!(refused(&edge("portico-auth-phpbb", "utoipa-swagger-ui")));
        assert!(!refused(&edge("portico-store", "sea-orm-migration")));
        assert!(refused(&edge(SERVER, "sea-orm")));
        assert!(refused(&edge("portico-store", "sqlx")));
        assert!(refused(&edge("portico-auth-phpbb", "mysql_async")));
        assert!(!refused(&edge("portico-auth-phpbb", "serde")));
    }

    #[test]
    fn the_message_names_both_crates_and_the_reason() {
        let text = judge(&edge("portico-core", "portico-store")).unwrap().to_string();
        assert_eq!(
            text,
            "portico-core: must not depend on portico-store: everything depends on the domain, the domain on nothing"
        );
    }

    #[test]
    fn a_new_crate_needs_a_row() {
        assert!(unknown("portico-auth-new").is_some());
        assert!(unknown("portico-example-anything").is_none());
    }
}
