//! The models that ship: what their directory says of itself, the fast one, the deep one, and the cascade of the two.

#[cfg(feature = "onnx")]
mod bag;
#[cfg(feature = "onnx")]
mod cascade;
#[cfg(feature = "onnx")]
mod deep;
#[cfg(feature = "onnx")]
mod encoder;
#[cfg(feature = "onnx")]
mod fast;
mod files;
#[cfg(feature = "onnx")]
mod halves;
mod manifest;
#[cfg(feature = "onnx")]
mod onnx;
#[cfg(feature = "onnx")]
mod pool;

use crate::classify::Classifier;
use crate::taxonomy::Taxonomy;
use crate::words::names;

#[cfg(feature = "onnx")]
pub use encoder::{Encoded, Encoder, Head, IntentAnswer, IntentHeads, IntentLogits, Layer, Taught};
pub use files::ModelFiles;
pub use manifest::{ModelError, ModelSources};

names! {
    /// Which models are used.
    ModelChoice {
        /// The bag of words alone, tens of microseconds.
        Fast = "fast",
        /// The transformer alone, milliseconds.
        Deep = "deep",
        /// The fast one where it is sure, else both.
        Cascade = "cascade",
        /// None: the lexicon speaks, every outcome is degraded.
        None = "none",
    }
}

/// What is wrong with `model.toml` and the digests in it, without building a model.
pub(crate) fn problems(sources: &ModelSources<'_>, taxonomy: &Taxonomy) -> Vec<ModelError> {
    manifest::Manifest::parse(sources, taxonomy).err().unwrap_or_default()
}

/// Builds the chosen models from the contents of a model directory; `None` for [`ModelChoice::None`].
///
/// # Errors
///
/// Everything that is wrong: form, versions, labels that the taxonomy does not know, digests, graphs.
#[cfg(feature = "onnx")]
pub fn classifier(
    sources: &ModelSources<'_>,
    choice: ModelChoice,
    taxonomy: &Taxonomy,
) -> Result<Option<Box<dyn Classifier>>, Vec<ModelError>> {
    if choice == ModelChoice::None {
        return Ok(None);
    }
    let manifest = manifest::Manifest::parse(sources, taxonomy)?;
    let revision = sources.revision();
    let fast = || fast::Fast::new(&manifest, sources.fast, &revision).map_err(|error| vec![error]);
    let deep = || deep::Deep::new(&manifest, sources.deep, sources.tokenizer, &revision).map_err(|error| vec![error]);
    Ok(Some(match choice {
        ModelChoice::None => return Ok(None),
        ModelChoice::Fast => Box::new(fast()?),
        ModelChoice::Deep => Box::new(deep()?),
        ModelChoice::Cascade => Box::new(cascade::Cascade::new(fast()?, deep()?, manifest.cascade)),
    }))
}

/// Without the `onnx` feature there is no model to build.
///
/// # Errors
///
/// Any choice but [`ModelChoice::None`].
#[cfg(not(feature = "onnx"))]
pub fn classifier(
    sources: &ModelSources<'_>,
    choice: ModelChoice,
    taxonomy: &Taxonomy,
) -> Result<Option<Box<dyn Classifier>>, Vec<ModelError>> {
    if choice == ModelChoice::None {
        return Ok(None);
    }
    let mut problems = problems(sources, taxonomy);
    problems.push(ModelError::new("model", format!("`{choice}` needs the `onnx` feature, which this build lacks")));
    Err(problems)
}
