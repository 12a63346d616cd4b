//! Binds the sockets and serves until told to stop.

mod check;
mod error;
mod follow;
mod routes;

use std::future::Future;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use arc_swap::ArcSwap;

pub use error::ServeError;
use follow::Follow;
use routes::{Health, Listening};

use crate::config::{Admin, Config};
use crate::door::Door;
use crate::http;
use crate::listen::Certificates;
use crate::reload::Reloader;
use crate::start::Start;
use crate::state::{Phase, State};
use crate::tls;
use crate::tokens::Tokens;

/// A service that is bound to its sockets and not yet serving.
pub struct Server {
    state: Arc<State>,
    start: Start,
    router: Bound,
    admin: Option<Bound>,
    http: Option<TcpListener>,
    certificates: Option<Certificates>,
}

/// A socket with what stands before its calls.
struct Bound {
    listener: TcpListener,
    door: Arc<Door>,
}

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("start", &self.start).finish_non_exhaustive()
    }
}

impl Server {
    /// Reads certificates and tokens, and binds the sockets.
    ///
    /// # Errors
    ///
    /// What [`Config::check`] says, or that a socket is not to be had.
    pub fn bind(start: Start, config: Config) -> Result<Self, ServeError> {
        config.check()?;
        let certificates = config.tls.as_ref().map(|files| tls::load(files, config.http1())).transpose();
        let certificates = certificates.map_err(ServeError::Certificates)?.map(|loaded| Arc::new(ArcSwap::new(loaded)));
        let tokens = config.tokens.as_deref().map(Tokens::load).transpose().map_err(ServeError::Tokens)?;
        let state = Arc::new(State::new(config)?);
        let config = &state.config;
        let admin = config.admin.as_ref().map(|admin| bind_admin(admin, &state)).transpose()?;
        let http = config.http.map(bind).transpose()?;
        let router = Bound {
            listener: bind(config.listen)?,
            door: Arc::new(Door::new(Arc::clone(&state), tokens, config.quota)),
        };
        Ok(Self { start, router, admin, http, certificates, state })
    }

    /// The address that was bound.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.router.listener.local_addr()
    }

    /// Where operators ask, if anywhere.
    #[must_use]
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin.as_ref().and_then(|bound| bound.listener.local_addr().ok())
    }

    /// Where scrapers and probes ask, if anywhere.
    #[must_use]
    pub fn http_address(&self) -> Option<SocketAddr> {
        self.http.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Serves until `stop` is ready; then says that it is going, goes on for a grace, takes no new calls, and finishes
    /// those in flight within a bound.
    ///
    /// # Errors
    ///
    /// What decides cannot be loaded, or the transport fails.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), ServeError> {
        let Self { state, start, router, admin, http, certificates } = self;
        let mut tasks = tokio::task::JoinSet::new();
        if let Some(listener) = http {
            tasks.spawn(http::serve(tokio(listener)?, Arc::clone(&state)));
        }
        let reloader = start.again.map(|build| Arc::new(Reloader::new(Arc::clone(&state), build)));
        let follow = Follow {
            state: Arc::clone(&state),
            reloader: reloader.clone(),
            paths: start.paths,
            certificates: certificates.clone(),
            doors: [Some(Arc::clone(&router.door)), admin.as_ref().map(|bound| Arc::clone(&bound.door))],
        };
        follow.begin(&mut tasks)?;

        let listening = Listening { state: Arc::clone(&state), certificates };
        let (mut health, checks) = Health::new().await;
        if let Some(Bound { listener, door }) = admin {
            let serving = listening.admin(tokio(listener)?, door, (reloader, checks.clone()))?;
            tasks.spawn(async {
                if let Err(error) = serving.await {
                    tracing::error!(%error, "the service for operators has ended");
                }
            });
        }
        let mut serving = Box::pin(listening.router(tokio(router.listener)?, router.door, checks)?);

        // What decides is loaded while calls are told to wait.
        let first = start.first;
        let mut loading = tokio::task::spawn_blocking(first);
        let mut stop = Box::pin(stop);
        let loaded = tokio::select! {
            loaded = &mut loading => loaded.unwrap_or_else(|_| Err("loading panicked".to_owned())),
            ended = &mut serving => return ended,
            // Nobody was answered yet.
            () = &mut stop => return Ok(()),
        };
        state.begin(loaded.map_err(ServeError::Load)?);
        health.serving().await;

        let leaving = async {
            stop.await;
            state.enter(Phase::Leaving);
            health.not_serving().await;
            tokio::time::sleep(state.config.drain.grace).await;
            state.enter(Phase::Draining);
            health.end().await;
            tokio::time::sleep(state.config.drain.bound).await;
        };
        tokio::select! {
            ended = &mut serving => ended,
            () = leaving => {
                tracing::warn!(calls = state.gate.load().working, "not all calls have ended in time; going");
                Ok(())
            }
        }
    }
}

fn bind_admin(admin: &Admin, state: &Arc<State>) -> Result<Bound, ServeError> {
    let tokens = admin.tokens.as_deref().map(Tokens::load).transpose().map_err(ServeError::Tokens)?;
    Ok(Bound { listener: bind(admin.listen)?, door: Arc::new(Door::new(Arc::clone(state), tokens, None)) })
}

fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    let bound = TcpListener::bind(address).and_then(|listener| listener.set_nonblocking(true).map(|()| listener));
    bound.map_err(|error| ServeError::Bind { address, error })
}

fn tokio(listener: TcpListener) -> Result<tokio::net::TcpListener, ServeError> {
    tokio::net::TcpListener::from_std(listener).map_err(ServeError::Threads)
}
