//! Changes of the configuration while the server runs.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use portico_core::administration::Actor;
use portico_core::engine::Engine;
use portico_core::front::Front;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::json;
use tokio::sync::Mutex;

use crate::assembly::Authenticators;
use crate::central::{self, Tags};
use crate::config::Config;

/// What came of reading the configuration again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Reloaded {
    /// The fronts at which something else holds now, by id.
    pub changed: Vec<String>,
    /// Keys that were changed in the file and hold after the next start.
    pub needs_restart: Vec<String>,
}

/// Why nothing was changed: everything that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("nothing was changed: {}", .0.join("; "))]
pub struct NotReloaded(pub Vec<String>);

/// Reads the configuration again for a running server.
#[derive(Debug)]
pub struct Reloader {
    engine: Arc<Engine>,
    authenticators: Authenticators,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    config: Arc<Config>,
    tags: Tags,
}

impl Reloader {
    /// For a server that was started with this configuration.
    pub fn new(engine: Arc<Engine>, authenticators: Authenticators, config: Arc<Config>, tags: Tags) -> Self {
        Self { engine, authenticators, state: Mutex::new(State { config, tags }) }
    }

    /// Reads the file again and checks it whole. When all is right, what can be changed while people are here is changed at
    /// all fronts at once, and the audit log says that `by` had it done; else nothing is.
    ///
    /// # Errors
    /// Everything that is wrong.
    pub async fn reload(&self, by: &Actor) -> Result<Reloaded, NotReloaded> {
        let done = self.read_again().await?;
        let entry = self.engine.audit_entry(by, "reloaded").changed(None, Some(json!(done)));
        if let Err(error) = self.engine.record(entry).await {
            tracing::error!(%error, "that the configuration was read again could not be written into the audit log");
        }
        Ok(done)
    }

    async fn read_again(&self) -> Result<Reloaded, NotReloaded> {
        let mut state = self.state.lock().await;
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let mut config = Config::load(&state.config.path, environment)
            .map_err(|error| NotReloaded(error.to_string().lines().map(str::to_owned).collect()))?;
        let needs_restart = needs_restart(&state.config, &config);
        keep_what_stands(&state.config, &mut config);
        let mut tags = state.tags.clone();
        let fresh =
            central::load(&mut config, &state.config.central, &mut tags).await.map_err(NotReloaded)?;
        let changed = self.apply(&config).await?;
        fresh.keep().await;
        // What holds after the next start is told until then.
        config.fixed.clone_from(&state.config.fixed);
        *state = State { config: Arc::new(config), tags };
        Ok(Reloaded { changed, needs_restart })
    }

    /// Asks the central servers again, and applies what they say now. The file is not read again.
    async fn refresh(&self) {
        let mut state = self.state.lock().await;
        let mut config = Config::clone(&state.config);
        let mut tags = state.tags.clone();
        let known = config.central.clone();
        let Ok(fresh) = central::load(&mut config, &known, &mut tags).await else { return };
        if config.central == known {
            return;
        }
        match self.apply(&config).await {
            Ok(changed) => {
                fresh.keep().await;
                tracing::info!(fronts = changed.join(", "), "central options have changed");
                *state = State { config: Arc::new(config), tags };
            }
            Err(error) => tracing::warn!(%error, "the central options don't fit and are left as they were"),
        }
    }

    /// Asks the central servers again from time to time, until it is dropped or aborted.
    pub async fn follow_central(self: Arc<Self>) {
        loop {
            let wait = central::refresh(&self.state.lock().await.config.clone());
            match wait {
                Some(wait) => {
                    tokio::time::sleep(wait).await;
                    self.refresh().await;
                }
                // A reload may bring one.
                None => tokio::time::sleep(Duration::from_secs(60)).await,
            }
        }
    }

    async fn apply(&self, config: &Config) -> Result<Vec<String>, NotReloaded> {
        let table = config
            .build_fronts(&self.authenticators)
            .map_err(|errors| NotReloaded(errors.to_string().lines().map(str::to_owned).collect()))?;
        let mut words = config
            .word_lists(&table)
            .map_err(|errors| NotReloaded(errors.to_string().lines().map(str::to_owned).collect()))?;
        let differs = |new: &Arc<Front>| match self.engine.fronts().get(&new.id) {
            Some(old) => !same(&old, new),
            None => false,
        };
        let changed: Vec<Arc<Front>> = table.iter().filter(differs).collect();
        for front in table.iter() {
            let list = words.iter().position(|(id, _)| *id == front.id);
            self.engine.set_word_filter(&front.id, list.map(|list| words.swap_remove(list).1));
        }
        for told in Config::advice(&table) {
            tracing::warn!("{told}");
        }
        self.engine.replace_fronts(&changed).await;
        Ok(changed.iter().map(|front| front.id.to_string()).collect())
    }
}

/// Whether the same holds at two fronts.
fn same(old: &Front, new: &Front) -> bool {
    let secret = |front: &Front| front.hand_over.as_ref().map(|secret| secret.expose_secret().to_owned());
    secret(old) == secret(new) && format!("{old:?}") == format!("{new:?}")
}

fn needs_restart(old: &Config, new: &Config) -> Vec<String> {
    let keys: BTreeSet<&String> = old.fixed.keys().chain(new.fixed.keys()).collect();
    let differ = keys.into_iter().filter(|key| old.fixed.get(*key) != new.fixed.get(*key));
    let mut differ: Vec<String> = differ.cloned().collect();
    let ids = |config: &Config| -> BTreeSet<String> {
        config.front.iter().filter_map(|front| Some(front.resolved_id()?.to_string())).collect()
    };
    let (before, after) = (ids(old), ids(new));
    // One line for a front that is new or gone, and not one for each of its keys.
    for id in before.symmetric_difference(&after) {
        let of_it = format!("front `{id}`: ");
        differ.retain(|key| !key.starts_with(&of_it));
        let what = if after.contains(id) { "is new" } else { "is gone" };
        differ.push(format!("front `{id}` {what}"));
    }
    differ
}

/// What can't change while the server runs stays as it is: which fronts there are, where, and over which authenticators.
fn keep_what_stands(old: &Config, new: &mut Config) {
    let stands = |id: &portico_core::front::FrontId| {
        old.front.iter().find(|section| section.resolved_id().as_ref() == Some(id))
    };
    new.front.retain_mut(|section| {
        let Some(before) = section.resolved_id().as_ref().and_then(stands) else { return false };
        section.path.clone_from(&before.path);
        section.host.clone_from(&before.host);
        section.community.clone_from(&before.community);
        section.authenticators.clone_from(&before.authenticators);
        section.directory = before.directory;
        true
    });
    for section in &old.front {
        let id = section.resolved_id();
        if !new.front.iter().any(|known| known.resolved_id() == id) {
            new.front.push(section.clone());
        }
    }
}

/// What came of reading the configuration again, for the log.
pub fn tell(outcome: &Result<Reloaded, NotReloaded>) {
    match outcome {
        Ok(done) => tracing::info!(
            changed = done.changed.join(", "),
            needs_restart = done.needs_restart.join(", "),
            "the configuration was read again"
        ),
        Err(error) => tracing::error!(%error, "the configuration could not be read again"),
    }
}

/// SIGHUP: the configuration is to be read again. Elsewhere than on Unix `portico reload` says so.
#[derive(Debug)]
pub struct HangUpSignal {
    #[cfg(unix)]
    hang_up: tokio::signal::unix::Signal,
}

impl HangUpSignal {
    #[cfg(unix)]
    pub fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { hang_up: signal(SignalKind::hangup())? })
    }

    #[cfg(not(unix))]
    pub fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    pub async fn received(&mut self) {
        #[cfg(unix)]
        let _ = self.hang_up.recv().await;
        #[cfg(not(unix))]
        std::future::pending::<()>().await;
    }
}
