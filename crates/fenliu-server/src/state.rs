//! What the calls of a service share: what is in use, the line before it, what is counted, what last came of loading.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use fenliu::{Inquiry, Live, Outcome, Policy, Snapshot};
use jiff::Timestamp;
use tokio::sync::watch;
use tonic::Status;

use crate::config::Config;
use crate::decisions::Decisions;
use crate::gate::Gate;
use crate::metrics::{InUseNow, Metrics};
use crate::serve::ServeError;

/// Shared by every call.
#[derive(Debug)]
pub(crate) struct State {
    /// Empty until the engine is loaded.
    live: OnceLock<Arc<Live>>,
    pub(crate) gate: Gate,
    pub(crate) metrics: Metrics,
    pub(crate) config: Config,
    pub(crate) started: Timestamp,
    decisions: Option<Decisions>,
    last_reload: Mutex<Option<LastReload>>,
    phase: watch::Sender<Phase>,
}

/// How far a service is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Phase {
    /// What decides is being loaded.
    Loading,
    /// It answers.
    Serving,
    /// It has said so and goes on.
    Leaving,
    /// It takes no new calls.
    Draining,
}

/// What came of an attempt to load other files.
#[derive(Debug, Clone)]
pub(crate) struct LastReload {
    pub(crate) at: Timestamp,
    pub(crate) trigger: &'static str,
    /// Everything that is wrong; empty where all went well.
    pub(crate) error: String,
}

impl State {
    pub(crate) fn new(config: Config) -> Result<Self, ServeError> {
        let decisions = config.decisions.as_ref().map(Decisions::open).transpose().map_err(ServeError::Decisions)?;
        Ok(Self {
            decisions,
            live: OnceLock::new(),
            gate: Gate::new(config.bounds()).map_err(ServeError::Threads)?,
            metrics: Metrics::new(config.workers),
            config,
            started: Timestamp::now(),
            last_reload: Mutex::default(),
            phase: watch::Sender::new(Phase::Loading),
        })
    }

    /// Puts the loaded engine in its place; once.
    pub(crate) fn begin(&self, live: Arc<Live>) {
        let _ = self.live.set(live);
        self.enter(Phase::Serving);
    }

    pub(crate) fn live(&self) -> Option<&Arc<Live>> {
        self.live.get()
    }

    /// What one call sees.
    pub(crate) fn snapshot(&self) -> Result<Arc<Snapshot>, Status> {
        self.live().map(|live| live.snapshot()).ok_or_else(|| Status::unavailable("still loading"))
    }

    pub(crate) fn is_ready(&self) -> bool {
        *self.phase.borrow() == Phase::Serving
    }

    /// Counts and notes a message that was routed.
    pub(crate) fn routed(&self, inquiry: &Inquiry, outcome: &Outcome) {
        self.metrics.outcome(outcome);
        if let Some(decisions) = &self.decisions {
            decisions.note(inquiry, outcome);
        }
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    /// Ready when the service is so far, or further.
    pub(crate) async fn reached(&self, phase: Phase) {
        // The sender lives as long as this does.
        let _ = self.phase.subscribe().wait_for(|now| *now >= phase).await;
    }

    pub(crate) fn note_reload(&self, last: LastReload) {
        *self.last_reload.lock().unwrap_or_else(PoisonError::into_inner) = Some(last);
    }

    pub(crate) fn last_reload(&self) -> Option<LastReload> {
        self.last_reload.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The metrics as Prometheus reads them.
    pub(crate) fn metrics_text(&self) -> String {
        let snapshot = self.live().map(|live| live.snapshot());
        let in_use = snapshot.as_ref().map(|snapshot| InUseNow {
            revision: snapshot.engine.revision(),
            profile: profile(snapshot),
            shadow: snapshot.engine.shadow_report(),
        });
        let noted = self.decisions.as_ref().map(Decisions::counts);
        self.metrics.text(self.gate.load(), noted, in_use)
    }
}

/// The profile for inquiries that name none.
pub(crate) fn profile(snapshot: &Snapshot) -> &str {
    snapshot.profile.as_deref().unwrap_or(Policy::NORMAL)
}
