//! The one slot that changes while serving.

mod recall;

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::engine::Engine;
use crate::inquiry::Inquiry;
use crate::load::LoadError;
use crate::outcome::{Outcome, Revision};
use crate::store::ConversationStore;
use crate::text::TextError;

/// An engine that can be replaced while others use it. Whoever has taken a snapshot keeps it to the end.
#[derive(Debug)]
pub struct Live {
    slot: ArcSwap<Snapshot>,
}

/// An engine with the profile that is set: what one request sees.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Snapshot {
    /// The engine.
    pub engine: Arc<Engine>,
    /// The profile where an inquiry names none; none: `normal`.
    pub profile: Option<Arc<str>>,
    /// Where earlier turns are kept; none: an inquiry says itself what went before.
    pub store: Option<Arc<dyn ConversationStore>>,
}

/// The policy in use has no such profile.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown profile `{name}`{near}, expected one of {known}")]
pub struct UnknownProfile {
    name: String,
    near: String,
    known: String,
}

/// Why another engine was not taken; the one in use stays.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// It cannot be built.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The profile that is set is unknown to its policy.
    #[error("the profile that is set: {0}")]
    Profile(#[from] UnknownProfile),
}

impl Live {
    /// Starts with this engine and the profile `normal`.
    #[must_use]
    pub fn new(engine: Engine) -> Self {
        Self { slot: ArcSwap::from_pointee(Snapshot { engine: Arc::new(engine), profile: None, store: None }) }
    }

    /// Keeps what conversations said in this store, for inquiries with a `conversation.id` that do not say themselves
    /// what the customer said before.
    #[must_use]
    pub fn with_store(self, store: Arc<dyn ConversationStore>) -> Self {
        let mut snapshot = Snapshot::clone(&self.snapshot());
        snapshot.store = Some(store);
        self.slot.store(Arc::new(snapshot));
        self
    }

    /// What is in use; take it once for each request.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.slot.load_full()
    }

    /// Routes one message by what is in use.
    ///
    /// # Errors
    ///
    /// As [`Engine::route`].
    pub fn route(&self, inquiry: &Inquiry) -> Result<Outcome, TextError> {
        self.snapshot().route(inquiry)
    }

    /// Builds another engine, whole, and then puts it in the place of the one in use. `build` reads, parses, checks
    /// and runs the policy's cases, such as `|| source.load(ModelChoice::Cascade)`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the other engine, or that its policy lacks the profile that is set. The one in
    /// use then stays.
    pub fn reload(&self, build: impl FnOnce() -> Result<Engine, LoadError>) -> Result<Revision, ReloadError> {
        let engine = Arc::new(build()?);
        let revision = engine.revision().clone();
        self.exchange(|known| {
            known.profile.as_deref().map_or(Ok(()), |name| check(&engine, name))?;
            Ok::<_, UnknownProfile>(Snapshot { engine: Arc::clone(&engine), ..known.clone() })
        })?;
        Ok(revision)
    }

    /// Sets the profile for every inquiry that names none.
    ///
    /// # Errors
    ///
    /// That the policy in use has no such profile; the one that is set stays.
    pub fn set_profile(&self, name: &str) -> Result<(), UnknownProfile> {
        self.exchange(|known| {
            check(&known.engine, name)?;
            Ok(Snapshot { profile: Some(name.into()), ..known.clone() })
        })
    }

    /// Replaces what is in use by what `make` makes of it, again where another was quicker.
    fn exchange<E>(&self, make: impl Fn(&Snapshot) -> Result<Snapshot, E>) -> Result<(), E> {
        let mut known = self.slot.load();
        loop {
            let next = Arc::new(make(&known)?);
            let seen = self.slot.compare_and_swap(&known, next);
            if Arc::ptr_eq(&seen, &known) {
                return Ok(());
            }
            known = seen;
        }
    }
}

fn check(engine: &Engine, name: &str) -> Result<(), UnknownProfile> {
    let policy = engine.policy();
    if policy.has_profile(name) {
        return Ok(());
    }
    let known: Vec<&str> = policy.profiles().map(|(name, _)| name).collect();
    let near = crate::suggest::suggest(name, known.iter().copied());
    Err(UnknownProfile { name: name.to_owned(), near, known: known.join(", ") })
}
