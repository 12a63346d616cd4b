//! `model.toml`: labels, limits, temperatures and digests, checked against the files beside it and the taxonomy.

use serde::Deserialize;

use crate::digest::hex;
use crate::taxonomy::{IntentId, Taxonomy};
use crate::words::Emotion;

/// The contents of a model directory.
#[derive(Debug, Clone, Copy)]
pub struct ModelSources<'a> {
    /// `model.toml`.
    pub manifest: &'a str,
    /// The fast model's ONNX.
    pub fast: &'a [u8],
    /// The deep model's ONNX.
    pub deep: &'a [u8],
    /// The deep model's word pieces, a Hugging Face `tokenizer.json`.
    pub tokenizer: &'a [u8],
}

/// One thing that is wrong with a model directory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
#[non_exhaustive]
pub struct ModelError {
    /// The file.
    pub file: String,
    /// What is wrong, and what was expected.
    pub problem: String,
}

impl ModelError {
    pub(crate) fn new(file: &str, problem: impl Into<String>) -> Self {
        Self { file: file.to_owned(), problem: problem.into() }
    }
}

impl ModelSources<'_> {
    /// Twelve hexadecimal digits over all of it: the manifest names the digest of every other file.
    #[must_use]
    pub fn revision(&self) -> String {
        crate::digest::revision([self.manifest.as_bytes()])
    }
}

/// A manifest whose every statement has been checked.
#[derive(Debug)]
#[cfg_attr(not(feature = "onnx"), expect(dead_code, reason = "only the models read it; the checks run all the same"))]
pub(super) struct Manifest {
    /// For each output of a model, the intent.
    pub(super) intents: Vec<IntentId>,
    /// For each output of a model, the emotion.
    pub(super) emotions: Vec<Emotion>,
    pub(super) fast: Temperatures,
    pub(super) deep: Temperatures,
    pub(super) max_tokens: usize,
    pub(super) cascade: CascadeLimits,
}

/// What logits are divided by before the softmax.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "onnx"), expect(dead_code, reason = "only the models read it"))]
pub(super) struct Temperatures {
    pub(super) intent: f32,
    pub(super) emotion: f32,
}

/// When the fast model answers alone, and how the two speak together.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(not(feature = "onnx"), expect(dead_code, reason = "only the cascade reads it"))]
pub(super) struct CascadeLimits {
    /// Least probability of the fast model's first intent at which it answers alone.
    pub(super) accept: f32,
    /// And of its first emotion.
    pub(super) accept_emotion: f32,
    /// Weight of the fast model's log-probabilities of intents where both speak.
    pub(super) mix: f32,
    /// And of emotions.
    pub(super) mix_emotion: f32,
    /// How long a message waits for the deep model while all cores are busy with it; then the fast one answers alone.
    patience_ms: u64,
}

#[cfg(feature = "onnx")]
impl CascadeLimits {
    pub(super) fn patience(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.patience_ms)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    intents: Vec<String>,
    emotions: Vec<String>,
    fast: FastTable,
    deep: DeepTable,
    cascade: CascadeLimits,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FastTable {
    file: String,
    sha256: String,
    buckets: u32,
    temperature_intent: f32,
    temperature_emotion: f32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeepTable {
    file: String,
    sha256: String,
    max_tokens: usize,
    temperature_intent: f32,
    temperature_emotion: f32,
    tokenizer: TokenizerTable,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenizerTable {
    file: String,
    sha256: String,
}

/// The manifest's own name in messages.
const NAME: &str = "model.toml";

impl Manifest {
    pub(super) fn parse(sources: &ModelSources<'_>, taxonomy: &Taxonomy) -> Result<Self, Vec<ModelError>> {
        let file: File = toml::from_str(sources.manifest)
            .map_err(|error| vec![ModelError::new(NAME, error.to_string().trim_end())])?;
        let mut problems = Vec::new();
        let mut problem = |text: String| problems.push(ModelError::new(NAME, text));
        if file.version != 1 {
            problem(format!("version {}, expected 1", file.version));
        }
        if file.fast.buckets != crate::features::BUCKETS {
            problem(format!("fast.buckets {}, expected {}", file.fast.buckets, crate::features::BUCKETS));
        }
        let intents: Vec<IntentId> = file
            .intents
            .iter()
            .filter_map(|name| {
                let intent = taxonomy.id(name);
                if intent.is_none() {
                    problem(format!("intents: {}", taxonomy.unknown_intent(name)));
                }
                intent
            })
            .collect();
        let emotions: Vec<Emotion> = file
            .emotions
            .iter()
            .filter_map(|name| {
                let emotion = Emotion::named(name);
                if emotion.is_none() {
                    problem(format!("emotions: unknown emotion `{name}`"));
                }
                emotion
            })
            .collect();
        let twice = |names: &[String]| {
            names.iter().enumerate().any(|(at, name)| names.iter().skip(at + 1).any(|other| other == name))
        };
        if twice(&file.intents) || twice(&file.emotions) {
            problem("a label stands twice".to_owned());
        }
        if emotions.len() != Emotion::ALL.len() {
            problem(format!("{} emotions, expected {}", emotions.len(), Emotion::ALL.len()));
        }
        for (name, number) in [
            ("fast.temperature_intent", file.fast.temperature_intent),
            ("fast.temperature_emotion", file.fast.temperature_emotion),
            ("deep.temperature_intent", file.deep.temperature_intent),
            ("deep.temperature_emotion", file.deep.temperature_emotion),
        ] {
            if !(number > 0.0 && number.is_finite()) {
                problem(format!("{name} is {number}, expected a number above 0"));
            }
        }
        for (name, share) in [
            ("cascade.accept", file.cascade.accept),
            ("cascade.accept_emotion", file.cascade.accept_emotion),
            ("cascade.mix", file.cascade.mix),
            ("cascade.mix_emotion", file.cascade.mix_emotion),
        ] {
            if !(0.0..=1.0).contains(&share) {
                problem(format!("{name} is {share}, expected a number from 0 to 1"));
            }
        }
        if file.deep.max_tokens < 3 {
            problem(format!("deep.max_tokens is {}, expected at least 3", file.deep.max_tokens));
        }
        for (name, expected, contents) in [
            (&file.fast.file, &file.fast.sha256, sources.fast),
            (&file.deep.file, &file.deep.sha256, sources.deep),
            (&file.deep.tokenizer.file, &file.deep.tokenizer.sha256, sources.tokenizer),
        ] {
            let found = hex(contents);
            if found != *expected {
                problems.push(ModelError::new(name, format!("sha256 is {found}, `{NAME}` says {expected}")));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            intents,
            emotions,
            fast: Temperatures { intent: file.fast.temperature_intent, emotion: file.fast.temperature_emotion },
            deep: Temperatures { intent: file.deep.temperature_intent, emotion: file.deep.temperature_emotion },
            max_tokens: file.deep.max_tokens,
            cascade: file.cascade,
        })
    }
}
