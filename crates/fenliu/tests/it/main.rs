//! The library from outside.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod bad_input;
mod found_by_fuzzing;
mod gray;
mod ladder;
mod live;
mod policy_cases;
mod policy_page;
mod shipped;
mod tidy;

use std::sync::LazyLock;

use fenliu::{Engine, ModelChoice};

/// The lexicon alone: what most tests ask does not depend on a model, and it loads in an instant.
static WORDS: LazyLock<Engine> = LazyLock::new(|| Engine::embedded(ModelChoice::None).unwrap());
