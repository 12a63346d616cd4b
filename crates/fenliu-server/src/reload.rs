//! Loads models, lexicon and policy anew while the service goes on.

use std::sync::{Arc, Mutex, PoisonError};

use fenliu::{Engine, LoadError, Revision};
use jiff::Timestamp;

use crate::metrics::Reloaded;
use crate::state::{LastReload, State};

/// Reads the files and builds the engine: parse, check, cases.
pub(crate) type Build = Arc<dyn Fn() -> Result<Engine, LoadError> + Send + Sync>;

/// What loads anew, one attempt after the other.
pub(crate) struct Reloader {
    state: Arc<State>,
    build: Build,
    turn: Mutex<()>,
}

impl Reloader {
    pub(crate) fn new(state: Arc<State>, build: Build) -> Self {
        Self { state, build, turn: Mutex::new(()) }
    }

    /// Loads anew. The error holds everything that is wrong; what is in use then stays.
    ///
    /// # Cost
    ///
    /// Blocks for as long as loading takes.
    pub(crate) fn reload(&self, trigger: &'static str) -> Result<Revision, String> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(live) = self.state.live() else { return Err("still loading for the first time".to_owned()) };
        let result = live.reload(|| (self.build)()).map_err(|error| error.to_string());
        match &result {
            Ok(revision) => {
                tracing::info!(
                    trigger,
                    model = revision.model,
                    lexicon = revision.lexicon,
                    policy = revision.policy,
                    "loaded anew"
                );
            }
            Err(error) => tracing::error!(trigger, error, "not loaded anew; what is in use stays"),
        }
        self.state.metrics.reload(Reloaded::Engine, result.is_ok());
        let error = result.as_ref().err().cloned().unwrap_or_default();
        self.state.note_reload(LastReload { at: Timestamp::now(), trigger, error });
        result
    }
}

impl std::fmt::Debug for Reloader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reloader").finish_non_exhaustive()
    }
}
