//! Follows what changes while serving: files, SIGHUP, and callers that have been away.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::ServeError;
use crate::door::Door;
use crate::listen::Certificates;
use crate::metrics::Reloaded;
use crate::reload::Reloader;
use crate::start::Paths;
use crate::state::{Phase, State};
use crate::tls;
use crate::tokens::Tokens;
use crate::watch::Watch;

/// How often callers that have been away are forgotten.
const TIDY: Duration = Duration::from_secs(60);

/// Everything that may be loaded anew.
pub(super) struct Follow {
    pub(super) state: Arc<State>,
    pub(super) reloader: Option<Arc<Reloader>>,
    /// The files of the engine.
    pub(super) paths: Paths,
    pub(super) certificates: Option<Certificates>,
    /// Of the calls, and of the operators.
    pub(super) doors: [Option<Arc<Door>>; 2],
}

impl Follow {
    /// Starts the tasks; they end when the set is dropped.
    pub(super) fn begin(self, tasks: &mut JoinSet<()>) -> Result<(), ServeError> {
        let this = Arc::new(self);
        let still = this.state.config.watch;
        if let Some(still) = still {
            type Act = fn(&Follow);
            let (certificates, tokens) = (this.certificate_files(), this.token_files());
            let acts: [(Paths, Act); 3] = [
                (Arc::clone(&this.paths), |follow| follow.engine("file")),
                (Arc::new(move || certificates.clone()), Follow::certificates),
                (Arc::new(move || tokens.clone()), Follow::tokens),
            ];
            for (paths, act) in acts.into_iter().filter(|(paths, _)| !paths().is_empty()) {
                let mut watch = Watch::new(paths, still).map_err(ServeError::Watch)?;
                let this = Arc::clone(&this);
                tasks.spawn(async move {
                    loop {
                        watch.changed().await;
                        // What changed while it was read for the first time is read again.
                        this.state.reached(Phase::Serving).await;
                        let this = Arc::clone(&this);
                        // A panic in it is told by the hook, and the next change is tried again.
                        let _ = tokio::task::spawn_blocking(move || act(&this)).await;
                    }
                });
            }
        }
        let tidied = Arc::clone(&this);
        tasks.spawn(async move {
            loop {
                tokio::time::sleep(TIDY).await;
                tidied.doors.iter().flatten().for_each(|door| door.tidy());
            }
        });
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            let mut hangup = signal(SignalKind::hangup()).map_err(ServeError::Threads)?;
            tasks.spawn(async move {
                while hangup.recv().await.is_some() {
                    this.state.reached(Phase::Serving).await;
                    let this = Arc::clone(&this);
                    let _ = tokio::task::spawn_blocking(move || {
                        this.engine("signal");
                        this.certificates();
                        this.tokens();
                    })
                    .await;
                }
            });
        }
        Ok(())
    }

    fn engine(&self, trigger: &'static str) {
        if let Some(reloader) = &self.reloader {
            // What is wrong has been told.
            let _ = reloader.reload(trigger);
        }
    }

    fn certificate_files(&self) -> Vec<PathBuf> {
        self.state.config.tls.as_ref().map(tls::paths).unwrap_or_default()
    }

    fn certificates(&self) {
        let (Some(slot), Some(files)) = (&self.certificates, &self.state.config.tls) else { return };
        let loaded = tls::load(files, self.state.config.http1());
        self.told(Reloaded::Certificates, loaded.map(|loaded| slot.store(loaded)));
    }

    fn token_files(&self) -> Vec<PathBuf> {
        let config = &self.state.config;
        let admin = config.admin.as_ref().and_then(|admin| admin.tokens.clone());
        config.tokens.iter().cloned().chain(admin).collect()
    }

    fn tokens(&self) {
        let config = &self.state.config;
        let files = [config.tokens.as_deref(), config.admin.as_ref().and_then(|admin| admin.tokens.as_deref())];
        for (door, file) in self.doors.iter().zip(files) {
            if let (Some(door), Some(file)) = (door, file) {
                self.told(Reloaded::Tokens, Tokens::load(file).map(|tokens| door.replace(tokens)));
            }
        }
    }

    fn told(&self, what: Reloaded, result: Result<(), String>) {
        match &result {
            Ok(()) => tracing::info!(?what, "loaded anew"),
            Err(error) => tracing::error!(?what, error, "not loaded anew; what is in use stays"),
        }
        self.state.metrics.reload(what, result.is_ok());
    }
}
