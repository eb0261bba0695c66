//! A running server: from the configuration to two listeners, until SIGTERM.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App, HttpServer, web};
use portico_auth_native::{NativeAccounts, NativeAuthenticator, NativeFactory};
use portico_core::administration::Actor;
use portico_core::auth::{AuthError, BuildContext, Guarded, HashPool, Realm};
use portico_core::engine::{Engine, EntryError};
use portico_core::ports::{Clock, NativeUsers, Store, SystemClock};
use portico_store::{OpenError, OpenOptions, SqlStore};
use secrecy::{ExposeSecret, SecretString};

use crate::PorticoServer;
use crate::assembly::{AssemblyErrors, Authenticators, Surroundings};
use crate::blobs::DiskBlobs;
use crate::central::{self, Tags};
use crate::config::Config;
use crate::entrance::warn_about_names;
use crate::http::{self, AdminDesk, ControlKey, NameRules, Pictures, Site, Trust};
use crate::management::{self, Management};
use crate::reload::{HangUpSignal, Reloader, tell};
use crate::telemetry::Metrics;

/// Largest number of simultaneous connections per worker: long polls hold theirs open.
const MAX_CONNECTIONS: usize = 25_000;
/// How long open requests may take to end after SIGTERM, in seconds.
const SHUTDOWN_SECONDS: u64 = 10;
/// How long upkeep may take to end what it is writing.
const LAST_UPKEEP: Duration = Duration::from_secs(5);

/// Why a server did not start, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The configuration's parts don't fit.
    #[error(transparent)]
    Assembly(#[from] AssemblyErrors),
    /// Nothing is known of what a central server says.
    #[error("{}", .0.join("\n"))]
    Central(Vec<String>),
    /// Portico's own database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The engine could not start.
    #[error("the database did not give what the server needs to start: {0}")]
    Engine(#[from] portico_core::ports::StoreError),
    /// The rules of native accounts.
    #[error("{0}")]
    Native(String),
    /// A realm's accounts belong to another installation.
    #[error("{0}")]
    Realm(String),
    /// An address can't be listened on.
    #[error("{key} = \"{address}\": can't listen there: {source}")]
    Listen {
        /// The key of the configuration.
        key: &'static str,
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// A socket file can't be listened on.
    #[error(
        "server.listen_unix = \"{file}\": can't listen there: {source}; its folder must exist and be writable for this \
         server, and no other server may use it"
    )]
    ListenUnix {
        /// The file.
        file: String,
        /// Why.
        source: io::Error,
    },
    /// The system refuses something.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Another process took the database.
    #[error("another process owns the database now; this one stops")]
    LeaseLost,
}

/// A server that listens.
pub struct Running {
    engine: Arc<Engine>,
    store: SqlStore,
    public: ServerHandle,
    management: ServerHandle,
    upkeep: tokio::task::JoinHandle<()>,
    follow: tokio::task::JoinHandle<()>,
    reloader: Arc<Reloader>,
    stop: StopSignal,
    hang_up: HangUpSignal,
    /// Where it listens.
    pub address: SocketAddr,
}

impl PorticoServer {
    /// Starts a server: on return its sockets accept.
    ///
    /// # Errors
    /// [`ServeError`]
    pub(crate) async fn start(self, mut config: Config) -> Result<Running, ServeError> {
        // Heard from the first moment: whoever starts a server may stop it at once.
        let stop = StopSignal::listen()?;
        let hang_up = HangUpSignal::listen()?;
        let mut tags = Tags::new();
        let fresh =
            central::load(&mut config, &BTreeMap::new(), &mut tags).await.map_err(ServeError::Central)?;
        let metrics = Arc::new(Metrics::new());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let hash_pool = hash_pool(&config)?;
        let url = store_url(&config);
        let store = SqlStore::open(&url, &OpenOptions::default()).await?;
        let surroundings = Surroundings {
            hash_pool: hash_pool.clone(),
            clock: Arc::clone(&clock),
            observer: metrics.clone(),
        };

        let registry = self.registry_with(Arc::new(store.clone()));
        let authenticators = config.build_authenticators(&registry, &surroundings).await?;
        let fronts = match config.build_fronts(&authenticators) {
            Ok(fronts) => {
                fresh.keep().await;
                fronts
            }
            Err(errors) if fresh.fall_back(&mut config) => {
                tracing::warn!(%errors, "the central options don't fit and are as they were last");
                tags.clear();
                config.build_fronts(&authenticators)?
            }
            Err(errors) => return Err(errors.into()),
        };
        let shared = Arc::new(config);
        let config = shared.as_ref();
        let mut settings = config.engine_settings(&authenticators);
        settings.blobs = Some(Arc::new(DiskBlobs::new(config.base_dir.join(&config.server.files))));
        let word_lists = config.word_lists(&fronts)?;
        settings.mailer = config.mailer()?;
        let engine = Engine::start(Arc::new(store.clone()), clock, fronts, settings).await?;
        for (front, words) in word_lists {
            engine.set_word_filter(&front, Some(words));
        }
        prove_realms(&engine, &authenticators).await?;
        for told in Config::advice(engine.fronts()) {
            tracing::warn!("{told}");
        }
        warn_about_exposure(config);
        warn_about_names(config);

        let trust = Trust::new(config.server.trusted_proxies.clone(), config.server.public_url.as_deref());
        let pictures = Pictures::new(config.server.avatar_networks.clone());
        let names = NameRules::of(config);
        let metrics_of_site = Arc::clone(&metrics);
        let native = config.native().map_err(ServeError::Native)?;
        let users: Arc<dyn NativeUsers> = Arc::new(store.clone());
        let accounts = NativeAccounts::new(Arc::clone(&users), hash_pool.clone(), native.clone());
        let own = own_people(&authenticators, &accounts, &surroundings)?;
        let known = authenticators.clone();
        let reloader = Arc::new(Reloader::new(Arc::clone(&engine), known, Arc::clone(&shared), tags));
        let desk = AdminDesk { own, users, accounts, reloader: Arc::clone(&reloader) };
        let site =
            Site { engine: Arc::clone(&engine), trust, pictures, names, metrics: metrics_of_site, desk };
        let site = web::Data::new(site);
        let (public, address) = listen_public(config, site.clone())?;
        let management = web::Data::new(Management {
            engine: Arc::clone(&engine),
            reloader: Arc::clone(&reloader),
            authenticators,
            store: store.clone(),
            metrics,
            hash_pool,
            control_key: control_key(&store).await?,
            native,
        });
        let management = listen_management(config, management, site)?;
        let upkeep = tokio::spawn(Arc::clone(&engine).upkeep());
        let follow = tokio::spawn(Arc::clone(&reloader).follow_central());
        tracing::info!(%address, database = store.kind().as_str(), "listening");
        Ok(Running { engine, store, public, management, upkeep, follow, reloader, stop, hang_up, address })
    }

    /// The registry with the adapter of native accounts, which needs the store.
    pub(crate) fn registry_with(self, users: Arc<dyn NativeUsers>) -> portico_core::auth::AuthRegistry {
        let mut registry = self.registry;
        if self.native
            && let Err(duplicate) = registry.register_factory(NativeFactory::new(users))
        {
            tracing::error!(%duplicate, "the bundled adapter of native accounts is not used");
        }
        registry
    }
}

impl Running {
    /// Serves until SIGTERM or Ctrl-C, then answers what is open and stops: no acknowledged message is lost.
    ///
    /// # Errors
    /// [`ServeError::LeaseLost`]
    pub async fn until_stopped(mut self) -> Result<(), ServeError> {
        let lost = loop {
            tokio::select! {
                () = self.stop.received() => break false,
                () = self.store.lease_lost() => break true,
                () = self.hang_up.received() => {
                    let reloader = Arc::clone(&self.reloader);
                    tokio::spawn(async move { tell(&reloader.reload(&Actor::signal("SIGHUP")).await) });
                }
            }
        };
        tracing::info!("stopping");
        self.engine.begin_shutdown();
        self.follow.abort();
        if tokio::time::timeout(LAST_UPKEEP, &mut self.upkeep).await.is_err() {
            tracing::warn!("what is written behind takes too long and is left half done");
            self.upkeep.abort();
        }
        self.public.stop(true).await;
        // Its workers are gone, and their runtimes with them.
        self.store.doubt_connections();
        self.engine.shut_down().await;
        self.management.stop(true).await;
        self.store.close().await;
        if lost { Err(ServeError::LeaseLost) } else { Ok(()) }
    }
}

/// Who checks the passwords of administrators: the configured authenticator of Portico's own accounts, or one of its own
/// where no front has them.
fn own_people(
    authenticators: &Authenticators,
    accounts: &NativeAccounts,
    surroundings: &Surroundings,
) -> Result<Arc<Guarded>, ServeError> {
    let configured = authenticators.values().find(|one| one.kind() == portico_auth_native::KIND);
    if let Some(configured) = configured {
        return Ok(Arc::clone(configured));
    }
    let realm = Realm::new(Realm::NATIVE).map_err(|error| ServeError::Native(error.to_string()))?;
    let cx = BuildContext::new(
        Realm::NATIVE,
        realm,
        surroundings.hash_pool.clone(),
        Arc::clone(&surroundings.clock),
    );
    let own = Box::new(NativeAuthenticator::new(accounts.clone()));
    Ok(Arc::new(Guarded::new(own, portico_auth_native::KIND, cx, Arc::clone(&surroundings.observer))))
}

/// The pool of hashing threads that the configuration asks for.
pub fn hash_pool(config: &Config) -> io::Result<HashPool> {
    match config.server.hash_threads {
        Some(threads) => HashPool::new(threads, 256),
        None => HashPool::for_this_machine(),
    }
}

/// The database's address; a SQLite file's relative path starts at the folder of the configuration.
pub fn store_url(config: &Config) -> SecretString {
    let url = config.server.database_url.expose_secret();
    let file = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:"));
    match file {
        Some(file) if !file.starts_with(":memory:") && !file.is_empty() && Path::new(file).is_relative() => {
            let file =
                if config.base_dir == Path::new(".") { file.into() } else { config.base_dir.join(file) };
            SecretString::from(format!("sqlite://{}", file.display()))
        }
        _ => config.server.database_url.clone(),
    }
}

/// The secret that the command line proves with that it can read the database.
pub async fn control_key(store: &SqlStore) -> Result<SecretString, ServeError> {
    let mut fresh = [0_u8; 32];
    getrandom::fill(&mut fresh).map_err(|error| io::Error::other(error.to_string()))?;
    let kept = store.meta_or_insert("control_key", &fresh).await?;
    Ok(SecretString::from(base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, kept)))
}

/// A realm that is another installation's stops the start; one that doesn't answer is proven at the first login.
async fn prove_realms(engine: &Engine, authenticators: &Authenticators) -> Result<(), ServeError> {
    for (name, authenticator) in authenticators {
        match engine.prove_realm(authenticator).await {
            Ok(()) => {}
            Err(EntryError::Unanswered(AuthError::Misconfigured { what, source }))
                if source
                    .as_ref()
                    .is_some_and(|source| source.is::<portico_core::engine::RealmConflict>()) =>
            {
                return Err(ServeError::Realm(what));
            }
            Err(EntryError::Store(error)) => return Err(error.into()),
            Err(error) => tracing::warn!(
                authenticator = %name, kind = authenticator.kind(), %error,
                "an authenticator can't be reached yet; logins through it will fail until it can (try `portico check`)"
            ),
        }
    }
    Ok(())
}

fn warn_about_exposure(config: &Config) {
    let https = config.server.public_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let behind_proxy = !config.server.trusted_proxies.is_empty();
    if !config.server.listen.ip().is_loopback() && !https && !behind_proxy {
        tracing::warn!(
            listen = %config.server.listen,
            "passwords would travel unencrypted: put a TLS proxy in front, and set server.trusted_proxies or server.public_url"
        );
    }
    if !config.server.management_listen.ip().is_loopback() {
        tracing::warn!(listen = %config.server.management_listen, "the management listener is open to other machines");
    }
}

fn listen_public(config: &Config, site: web::Data<Site>) -> Result<(ServerHandle, SocketAddr), ServeError> {
    let address = config.server.listen;
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(site.clone())
            .app_data(http::path_config())
            .wrap(Compress::default())
            .wrap(from_fn(http::resolve_front))
            .wrap(from_fn(http::count_request))
            .wrap(from_fn(http::security_headers))
            .configure(http::routes)
    })
    .on_connect(http::mark_connection)
    .disable_signals()
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .max_connections(MAX_CONNECTIONS);
    if let Some(workers) = config.server.workers {
        server = server.workers(workers.max(1));
    }
    let mut server = server.bind(address).map_err(|source| ServeError::Listen {
        key: "server.listen",
        address,
        source,
    })?;
    #[cfg(unix)]
    if let Some(file) = &config.server.listen_unix {
        server = server.listen_uds(socket_file(file)?)?;
    }
    let bound = server.addrs().first().copied().unwrap_or(address);
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok((handle, bound))
}

fn listen_management(
    config: &Config,
    data: web::Data<Management>,
    site: web::Data<Site>,
) -> Result<ServerHandle, ServeError> {
    let address = config.server.management_listen;
    let key = web::Data::new(ControlKey(data.control_key.clone()));
    let server = HttpServer::new(move || {
        let administration = web::scope(management::CONTROL)
            .app_data(key.clone())
            .configure(http::admin_routes)
            .wrap(from_fn(http::authorise_admin));
        App::new()
            .app_data(data.clone())
            .app_data(site.clone())
            .configure(management::routes)
            .service(administration)
    })
    .disable_signals()
    .workers(1)
    .bind(address)
    .map_err(|source| ServeError::Listen { key: "server.management_listen", address, source })?
    .run();
    let handle = server.handle();
    tokio::spawn(server);
    Ok(handle)
}

/// A socket file that its owner and group may open, in the place of one that a server before this one has left.
#[cfg(unix)]
fn socket_file(file: &Path) -> Result<std::os::unix::net::UnixListener, ServeError> {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    use std::os::unix::net::{UnixListener, UnixStream};

    let failed = |source| ServeError::ListenUnix { file: file.display().to_string(), source };
    let is_socket = std::fs::symlink_metadata(file).is_ok_and(|found| found.file_type().is_socket());
    if is_socket {
        if UnixStream::connect(file).is_ok() {
            return Err(failed(io::Error::from(io::ErrorKind::AddrInUse)));
        }
        std::fs::remove_file(file).map_err(failed)?;
    }
    // Made under another name: nobody finds it before its rights are set.
    let mut hidden = file.as_os_str().to_owned();
    hidden.push(format!(".{}", std::process::id()));
    let hidden = std::path::PathBuf::from(hidden);
    let listener = UnixListener::bind(&hidden).map_err(failed)?;
    std::fs::set_permissions(&hidden, std::fs::Permissions::from_mode(0o660)).map_err(failed)?;
    std::fs::rename(&hidden, file).map_err(failed)?;
    Ok(listener)
}

/// SIGTERM, or Ctrl-C.
struct StopSignal {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl StopSignal {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    #[cfg(not(unix))]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    async fn received(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
