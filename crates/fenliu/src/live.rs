//! The one slot that changes while serving.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::engine::Engine;

/// An engine that can be replaced while others use it. Whoever has taken a snapshot keeps it to the end.
#[derive(Debug)]
pub struct Live {
    engine: ArcSwap<Engine>,
}

impl Live {
    /// Starts with this engine.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { engine: ArcSwap::from_pointee(engine) }
    }

    /// The engine in use; take it once for each request.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Engine> {
        self.engine.load_full()
    }

    /// Puts another engine in its place. Building it first, and building it whole, is what keeps the old in use
    /// when the new is no good.
    pub fn replace(&self, engine: Engine) {
        self.engine.store(Arc::new(engine));
    }
}
