//! What a service decides by: how it is loaded first, and how again.

use std::path::PathBuf;
use std::sync::Arc;

use fenliu::{Engine, Live, LoadError};

use crate::reload::Build;

/// The files and folders that are read; another file may name another.
pub(crate) type Paths = Arc<dyn Fn() -> Vec<PathBuf> + Send + Sync>;

/// Loads what a service decides by.
pub struct Start {
    pub(crate) first: Box<dyn FnOnce() -> Result<Arc<Live>, String> + Send>,
    pub(crate) again: Option<Build>,
    pub(crate) paths: Paths,
}

impl Start {
    /// What is loaded already.
    #[must_use]
    pub fn loaded(live: Arc<Live>) -> Self {
        Self::load(move || Ok(live))
    }

    /// What is loaded while the service listens already and says that it is not ready. The error says everything that
    /// is wrong; the service then ends with it.
    pub fn load(first: impl FnOnce() -> Result<Arc<Live>, String> + Send + 'static) -> Self {
        Self { first: Box::new(first), again: None, paths: Arc::new(Vec::new) }
    }

    /// How to load it again while serving: when asked to, on SIGHUP, and when one of these files or folders changes, or
    /// there are others.
    #[must_use]
    pub fn again(
        mut self,
        build: impl Fn() -> Result<Engine, LoadError> + Send + Sync + 'static,
        paths: impl Fn() -> Vec<PathBuf> + Send + Sync + 'static,
    ) -> Self {
        self.again = Some(Arc::new(build));
        self.paths = Arc::new(paths);
        self
    }
}

impl std::fmt::Debug for Start {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Start").field("again", &self.again.is_some()).field("paths", &(self.paths)()).finish()
    }
}
