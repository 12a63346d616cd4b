//! `model.toml`: labels, limits, temperatures and digests, checked against the files beside it and the taxonomy.

#[cfg(feature = "onnx")]
mod rewrite;

use serde::{Deserialize, Serialize};

use crate::digest::hex;
use crate::taxonomy::{IntentId, Taxonomy};
use crate::words::Emotion;

use super::files::ModelFiles;

#[cfg(feature = "onnx")]
pub(super) use rewrite::rewritten;

/// The contents of a model directory, as they are read.
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
    /// Labelled messages to be replayed when the models are taught, JSON lines with `text` and `intent`.
    pub replay: Option<&'a str>,
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
    pub(super) fast: Calibration,
    pub(super) deep: Calibration,
    pub(super) lengths: Lengths,
    pub(super) cascade: CascadeLimits,
    /// Whether messages to be replayed belong to the directory.
    pub(super) replayed: bool,
}

/// What makes likelihoods of a model's logits.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Calibration {
    /// What logits are divided by before the softmax.
    pub(super) temperature_intent: f32,
    pub(super) temperature_emotion: f32,
    /// The score of being out of scope is the logistic function of `scale · logit + shift`.
    pub(super) scope_scale: f32,
    pub(super) scope_shift: f32,
}

/// How many word pieces the deep model reads at most, the special ones counted.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(not(feature = "onnx"), expect(dead_code, reason = "only the deep model reads it"))]
pub(super) struct Lengths {
    /// Of the message: three quarters from its start, one from its end.
    pub(super) text: usize,
    /// Of what was said before: the last ones.
    pub(super) before: usize,
}

/// When the fast model answers alone, and how the two speak together.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CascadeLimits {
    /// Least probability of the fast model's first intent at which it answers alone.
    pub(super) accept: f32,
    /// The same where something was said before, which only the deep model reads.
    pub(super) accept_after: f32,
    /// And of its first emotion.
    pub(super) accept_emotion: f32,
    /// Greatest score of being out of scope at which the fast model answers alone.
    pub(super) accept_scope: f32,
    /// Weight of the fast model's log-probabilities of intents where both speak.
    pub(super) mix: f32,
    /// The same where something was said before.
    pub(super) mix_after: f32,
    /// And of emotions.
    pub(super) mix_emotion: f32,
    /// How long a message waits for the deep model while all cores are busy with it; then the fast one answers alone.
    patience_ms: u64,
}

#[cfg(feature = "onnx")]
impl CascadeLimits {
    /// Whether the fast model may answer alone.
    pub(super) fn accepts(&self, fast: &crate::Ranking, after: bool) -> bool {
        fast.confidence() >= if after { self.accept_after } else { self.accept } && self.bears(fast)
    }

    /// Whether it may as far as emotion and scope are concerned.
    pub(super) fn bears(&self, fast: &crate::Ranking) -> bool {
        fast.emotion().1 >= self.accept_emotion && fast.out_of_scope <= self.accept_scope
    }

    /// The weight of the fast model's intents.
    pub(super) fn mix(&self, after: bool) -> f32 {
        if after { self.mix_after } else { self.mix }
    }

    pub(super) fn patience(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.patience_ms)
    }
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    version: u32,
    intents: Vec<String>,
    emotions: Vec<String>,
    fast: FastTable,
    deep: DeepTable,
    cascade: CascadeLimits,
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<ReplayTable>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct FastTable {
    file: String,
    sha256: String,
    buckets: u32,
    calibration: Calibration,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct DeepTable {
    file: String,
    sha256: String,
    max_tokens: usize,
    max_before: usize,
    calibration: Calibration,
    tokenizer: TokenizerTable,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct TokenizerTable {
    file: String,
    sha256: String,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ReplayTable {
    file: String,
    sha256: String,
}

/// The form of the directory that this program reads.
const VERSION: u32 = 2;

/// No model of ours reads more word pieces at once.
const MOST_PIECES: usize = 512;

/// The manifest's own name in messages.
const NAME: &str = ModelFiles::MANIFEST;

impl File {
    fn read(manifest: &str) -> Result<Self, ModelError> {
        toml::from_str(manifest).map_err(|error| ModelError::new(NAME, error.to_string().trim_end()))
    }
}

impl Manifest {
    pub(super) fn parse(sources: &ModelSources<'_>, taxonomy: &Taxonomy) -> Result<Self, Vec<ModelError>> {
        let file = File::read(sources.manifest).map_err(|error| vec![error])?;
        let mut problems = Vec::new();
        let mut problem = |text: String| problems.push(ModelError::new(NAME, text));
        if file.version != VERSION {
            problem(format!("version {}, expected {VERSION}", file.version));
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
        for (model, calibration) in [("fast", file.fast.calibration), ("deep", file.deep.calibration)] {
            for (name, number) in [
                ("temperature_intent", calibration.temperature_intent),
                ("temperature_emotion", calibration.temperature_emotion),
                ("scope_scale", calibration.scope_scale),
            ] {
                if !(number > 0.0 && number.is_finite()) {
                    problem(format!("{model}.calibration.{name} is {number}, expected a number above 0"));
                }
            }
            if !calibration.scope_shift.is_finite() {
                problem(format!("{model}.calibration.scope_shift is {}, expected a number", calibration.scope_shift));
            }
        }
        for (name, share) in [
            ("cascade.accept", file.cascade.accept),
            ("cascade.accept_after", file.cascade.accept_after),
            ("cascade.accept_emotion", file.cascade.accept_emotion),
            ("cascade.accept_scope", file.cascade.accept_scope),
            ("cascade.mix", file.cascade.mix),
            ("cascade.mix_after", file.cascade.mix_after),
            ("cascade.mix_emotion", file.cascade.mix_emotion),
        ] {
            if !(0.0..=1.0).contains(&share) {
                problem(format!("{name} is {share}, expected a number from 0 to 1"));
            }
        }
        // INVARIANT: a row that is tried at load has a length that fits memory.
        for (name, count) in [("max_tokens", file.deep.max_tokens), ("max_before", file.deep.max_before)] {
            if count > MOST_PIECES {
                problem(format!("deep.{name} is {count}, expected at most {MOST_PIECES}"));
            }
        }
        for (name, count, least) in [("max_tokens", file.deep.max_tokens, 3), ("max_before", file.deep.max_before, 2)] {
            if count < least {
                problem(format!("deep.{name} is {count}, expected at least {least}"));
            }
        }
        let replay = file.replay.as_ref().map(|table| (&table.file, &table.sha256));
        if let (Some((name, _)), None) = (replay, sources.replay) {
            problems.push(ModelError::new(name, format!("is not there, `{NAME}` names it")));
        }
        let replay = replay.zip(sources.replay).map(|((name, digest), contents)| (name, digest, contents.as_bytes()));
        for (name, expected, contents) in [
            (&file.fast.file, &file.fast.sha256, sources.fast),
            (&file.deep.file, &file.deep.sha256, sources.deep),
            (&file.deep.tokenizer.file, &file.deep.tokenizer.sha256, sources.tokenizer),
        ]
        .into_iter()
        .chain(replay)
        {
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
            fast: file.fast.calibration,
            deep: file.deep.calibration,
            lengths: Lengths { text: file.deep.max_tokens, before: file.deep.max_before },
            cascade: file.cascade,
            replayed: file.replay.is_some(),
        })
    }
}
