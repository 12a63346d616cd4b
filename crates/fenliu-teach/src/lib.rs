//! Teaches the models a shop's own intents, or better examples of ours: values in, values out; no file is opened here.
//!
//! A [`Lesson`] is read and checked, its rows are encoded by the models as they are, and both models' last layers are
//! fitted anew: old and new examples together, each weight held by a Gaussian prior around what it was. What came of
//! it is checked on rows that were not fitted on, calibrated, and told in a [`Report`] before anything is written.
//!
//! # Examples
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use fenliu::{Encoder, Parts, Segmenter, Taxonomy};
//! use fenliu_teach::{Inputs, Lesson, Named};
//!
//! let parts = Parts::embedded();
//! let taxonomy = Taxonomy::parse(parts.taxonomy)?;
//! let encoder = Encoder::new(parts.models, &taxonomy).map_err(|errors| format!("{errors:?}"))?;
//! let segmenter = Segmenter::new(parts.words).map_err(|errors| format!("{errors:?}"))?;
//! let define = "[[intent]]\nid = \"gift_card\"\ndomain = \"payment\"\nzh = \"礼品卡\"";
//! let examples = "{\"text\": \"礼品卡怎么用\", \"intent\": \"gift_card\"}\n…";
//! let lesson = Lesson::read(&Inputs {
//!     encoder: &encoder,
//!     taxonomy: parts.taxonomy,
//!     examples: Named { name: "examples.jsonl", contents: examples.as_bytes() },
//!     define: Some(Named { name: "intents.toml", contents: define.as_bytes() }),
//!     keep: None,
//! })?;
//! let learned = lesson.learn(encoder.heads(), &lesson.encode(&encoder, &segmenter)?)?;
//! println!("{}", learned.report);
//! let directory = lesson.files(&learned, &encoder)?;
//! # let _ = directory;
//! # Ok(())
//! # }
//! ```

mod calibrate;
mod define;
mod fit;
mod folds;
mod learn;
mod lesson;
mod policy;
mod report;
mod rows;
mod spread;

use fenliu::{ModelError, Silence, TaxonomyError};

pub use fit::{FitError, Prior, Samples, fit};
pub use learn::Learned;
pub use lesson::{Inputs, LEAST_EXAMPLES, Lesson};
pub use policy::with_assisted;
pub use report::{Alike, Kept, KeptIntent, Limits, OUT_OF_SCOPE, Report, TaughtIntent};
pub use rows::{Named, Problem};

/// Why nothing was taught.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TeachError {
    /// What was handed in is no good.
    #[error("{}", lines(.0))]
    Inputs(Vec<Problem>),
    /// The taxonomy is no good.
    #[error("taxonomy.toml: {0}")]
    Taxonomy(#[from] TaxonomyError),
    /// No message holds the intents that are known.
    #[error(
        "nothing holds the intents that are known: `model.toml` has no table `[replay]`, and no messages to keep were given"
    )]
    NothingKept,
    /// A model broke on a message.
    #[error("{0}")]
    Silence(Silence),
    /// A head cannot be fitted.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// A row cannot be written.
    #[error("replay.jsonl: {0}")]
    Row(String),
    /// No model directory can be made.
    #[error("models: {}", lines(.0))]
    Models(Vec<ModelError>),
    /// The policy is no TOML, or has no such table.
    #[error("policy {0}")]
    Policy(String),
}

fn lines<T: ToString>(problems: &[T]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
