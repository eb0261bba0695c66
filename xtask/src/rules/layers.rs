//! The direction of dependencies, as two tables.

/// What a crate of ours may depend on among ours. Development dependencies are freer: see [`super::dependencies`].
pub(super) struct Layer {
    pub(super) name: &'static str,
    pub(super) may_use: Ours,
    pub(super) reason: &'static str,
}

/// A set of crates of ours.
pub(super) enum Ours {
    /// These and no others.
    Only(&'static [&'static str]),
    /// The server and every adapter: the crate tests or builds the product.
    Any,
}

/// Foreign crates that only some of ours may depend on.
pub(super) struct Reserved {
    /// Names; `*` at the end stands for any rest.
    pub(super) crates: &'static [&'static str],
    pub(super) only_in: &'static [&'static str],
    pub(super) reason: &'static str,
}

use Ours::{Any, Only};

pub(super) const CORE: &str = "portico-core";
pub(super) const SERVER: &str = "portico-server";

/// Packages that may depend on the server, development dependencies included: they test or extend the product.
pub(super) const ABOVE_SERVER: &[&str] = &["portico-tests", "portico-bench", "portico-example-*"];

pub(super) const LAYERS: &[Layer] = &[
    Layer {
        name: CORE,
        may_use: Only(&[]),
        reason: "everything depends on the domain, the domain on nothing",
    },
    Layer {
        name: "portico-passwords",
        may_use: Only(&[]),
        reason: "hash formulas are pure functions that any application may use",
    },
    Layer {
        name: "portico-store",
        may_use: Only(&[CORE]),
        reason: "the store implements the core's ports, no more",
    },
    Layer {
        name: "portico-auth-native",
        may_use: Only(&[CORE, "portico-passwords"]),
        reason: "its accounts come through a port of the core, whoever stores them",
    },
    Layer {
        name: "portico-auth-sql",
        may_use: Only(&[CORE, "portico-passwords"]),
        reason: "reading foreign databases needs no store of our own",
    },
    Layer {
        name: "portico-auth-phpbb",
        may_use: Only(&[CORE, "portico-auth-sql", "portico-passwords"]),
        reason: "an adapter is the core's traits over a foreign database",
    },
    Layer {
        name: "portico-auth-phorum",
        may_use: Only(&[CORE, "portico-auth-sql", "portico-passwords"]),
        reason: "an adapter is the core's traits over a foreign database",
    },
    Layer {
        name: "portico-auth-ldap-windows",
        may_use: Only(&[CORE]),
        reason: "a directory needs no SQL and checks the passwords itself",
    },
    Layer {
        name: "portico-auth-conformance",
        may_use: Only(&[CORE]),
        reason: "the suite knows the trait, never an adapter",
    },
    Layer {
        name: SERVER,
        may_use: Only(&[
            CORE,
            "portico-store",
            "portico-passwords",
            "portico-auth-native",
            "portico-auth-sql",
            "portico-auth-phpbb",
            "portico-auth-phorum",
            "portico-auth-ldap-windows",
        ]),
        reason: "the server puts the parts together; an import keeps hashes in the form of their scheme",
    },
    Layer {
        name: "portico-example-*",
        may_use: Only(&[CORE, SERVER]),
        reason: "an adapter outside this repository needs two crates; the examples prove it",
    },
    Layer { name: "portico-tests", may_use: Any, reason: "tests may look at everything" },
    Layer { name: "portico-bench", may_use: Any, reason: "benchmarks may look at everything" },
    Layer {
        name: "xtask",
        may_use: Only(&[]),
        reason: "the task runner must build while the product doesn't",
    },
];

pub(super) const RESERVED: &[Reserved] = &[
    Reserved {
        crates: &["actix-web", "actix-http", "actix-ws", "actix-files", "actix-cors"],
        only_in: &[SERVER, "portico-example-*"],
        reason: "only the server knows HTTP (and the main of a server that embeds it)",
    },
    Reserved { crates: &["awc", "utoipa*"], only_in: &[SERVER], reason: "only the server knows HTTP" },
    Reserved {
        crates: &["fantoccini", "hyper*"],
        only_in: &["portico-tests", "portico-bench"],
        reason: "the product makes no HTTP requests outside the server",
    },
    Reserved {
        crates: &["sea-orm*"],
        only_in: &["portico-store"],
        reason: "only the store knows how it stores",
    },
    Reserved {
        crates: &["sqlx*"],
        // The forums' adapters write with it the boards of `portico demo`, behind their feature `demo`; they read through
        // portico-auth-sql.
        only_in: &[
            "portico-auth-sql",
            "portico-auth-phpbb",
            "portico-auth-phorum",
            "portico-tests",
            "portico-bench",
        ],
        reason: "foreign databases are read in one place, our own through the store's SeaORM",
    },
    Reserved {
        crates: &["mysql_async"],
        only_in: &["portico-auth-sql", "portico-tests", "portico-bench"],
        reason: "foreign MySQL databases are read in one place",
    },
    Reserved {
        crates: &["ldap3*", "libgssapi", "sspi"],
        only_in: &["portico-auth-ldap-windows", "portico-tests"],
        reason: "directories are one adapter's business",
    },
    Reserved {
        crates: &["anyhow"],
        only_in: &[SERVER, "xtask", "portico-tests", "portico-bench", "portico-example-*"],
        reason: "a library's errors are types (thiserror) that its caller can tell apart",
    },
    Reserved {
        crates: &["clap"],
        only_in: &[SERVER, "xtask", "portico-bench"],
        reason: "the command line belongs to the binaries",
    },
];

/// Whether `pattern` (a name, or its beginning and `*`) stands for `name`.
pub(super) fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => pattern == name,
    }
}
