//! The two models up to their last layer, and that layer: what a shop's own intents are taught to; no fitting here.

use crate::classify::{Message, Silence};
use crate::taxonomy::Taxonomy;
use crate::words::AnsweredBy;

use super::cascade::mixed;
use super::deep::Deep;
use super::fast::{Fast, log_softmax};
use super::files::ModelFiles;
use super::manifest::{Manifest, ModelError, ModelSources, rewritten};
use super::onnx::weights::{head, with_head};

/// The vectors that the models make of messages, and the heads that name an intent by them.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fenliu::{Encoder, Message, Normaliser, Parts, Segmenter, Taxonomy};
/// let parts = Parts::embedded();
/// let taxonomy = Taxonomy::parse(parts.taxonomy)?;
/// let encoder = Encoder::new(parts.models, &taxonomy).map_err(|errors| format!("{errors:?}"))?;
/// let text = Normaliser::new().read("能开发票吗")?;
/// let tokens = Segmenter::new(parts.words).map_err(|errors| format!("{errors:?}"))?.cut(text.as_str());
/// let encoded = encoder.encode(&Message::new(text.as_str(), &tokens))?;
/// assert_eq!((encoded.fast.len(), encoded.deep.len()), (64, 512));
/// let answer = encoder.heads().answer(&encoder.heads().logits(&encoded));
/// assert_eq!(encoder.intents().nth(answer.intent), Some("invoice"));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Encoder<'a> {
    sources: ModelSources<'a>,
    manifest: Manifest,
    intents: Vec<Box<str>>,
    heads: IntentHeads,
    fast: Fast,
    deep: Deep,
}

/// One message as both models see it before an intent is named.
#[derive(Debug, Clone, PartialEq)]
pub struct Encoded {
    /// The fast model's vector.
    pub fast: Vec<f32>,
    /// The deep model's vector.
    pub deep: Vec<f32>,
    /// Whether the fast model's emotion and its score of being out of scope let it answer alone.
    pub fast_may_answer: bool,
    /// The deep model's likelihood of being out of scope; no intent's head changes it.
    pub out_of_scope: f32,
}

/// The linear layer that makes logits of a model's vector: `vector · weight + bias`.
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// `[width, intents]`, row after row.
    pub weight: Vec<f32>,
    /// `[intents]`.
    pub bias: Vec<f32>,
}

/// A model's last layer, and what its logits are divided by before the softmax.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// The layer.
    pub layer: Layer,
    /// Above 0.
    pub temperature: f32,
}

/// All that decides which intent the cascade names for an encoded message.
#[derive(Debug, Clone, PartialEq)]
pub struct IntentHeads {
    /// The fast model's.
    pub fast: Head,
    /// The deep model's.
    pub deep: Head,
    /// Least probability of the fast model's first intent at which it answers alone, 0 to 1.
    pub accept: f32,
    /// Weight of the fast model's log-probabilities where both speak, 0 to 1.
    pub mix: f32,
}

/// What both heads give for one message, before any temperature; in the order of [`Encoder::intents`].
#[derive(Debug, Clone, PartialEq)]
pub struct IntentLogits {
    /// The fast model's.
    pub fast: Vec<f32>,
    /// The deep model's.
    pub deep: Vec<f32>,
    /// As [`Encoded::fast_may_answer`].
    pub fast_may_answer: bool,
}

/// The cascade's first intent.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct IntentAnswer {
    /// Its place in [`Encoder::intents`], from 0.
    pub intent: usize,
    /// Its probability.
    pub probability: f32,
    /// Which model said so.
    pub by: AnsweredBy,
}

/// Everything that [`Encoder::with_heads`] makes a model directory of.
#[derive(Debug, Clone, Copy)]
pub struct Taught<'a> {
    /// One output for each of `intents`.
    pub heads: &'a IntentHeads,
    /// The ids of the outputs, in order.
    pub intents: &'a [&'a str],
    /// The whole `taxonomy.toml`, which knows all of them.
    pub taxonomy: &'a str,
    /// JSON lines with `text` and `intent`, to be replayed when it is taught again.
    pub replay: &'a str,
    /// How it was made, for people; stands as a comment in `model.toml`.
    pub origin: &'a str,
}

impl<'a> Encoder<'a> {
    /// Loads both models.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the directory, as for [`classifier`](crate::classifier), or heads that are not
    /// laid out as `intent.weight` `[width, intents]` and `intent.bias` `[intents]`.
    ///
    /// # Cost
    ///
    /// As an engine's models: some tenths of a second.
    pub fn new(sources: ModelSources<'a>, taxonomy: &Taxonomy) -> Result<Self, Vec<ModelError>> {
        let manifest = Manifest::parse(&sources, taxonomy)?;
        let revision = sources.revision();
        let one = |error: ModelError| vec![error];
        let fast = Fast::new(&manifest, sources.fast, &revision).map_err(one)?;
        let deep = Deep::new(&manifest, sources.deep, sources.tokenizer, &revision).map_err(one)?;
        let heads = IntentHeads {
            fast: Head {
                layer: head("fast", sources.fast).map_err(one)?,
                temperature: manifest.fast.temperature_intent,
            },
            deep: Head {
                layer: head("deep", sources.deep).map_err(one)?,
                temperature: manifest.deep.temperature_intent,
            },
            accept: manifest.cascade.accept,
            mix: manifest.cascade.mix,
        };
        let intents = manifest.intents.iter().map(|id| taxonomy.intent(*id).id.clone()).collect();
        Ok(Self { sources, manifest, intents, heads, fast, deep })
    }

    /// Reads one message with both models.
    ///
    /// # Errors
    ///
    /// [`Silence::Failed`] where one of them broke on it.
    ///
    /// # Cost
    ///
    /// That of the deep model, some milliseconds; several threads may call at once.
    pub fn encode(&self, message: &Message<'_>) -> Result<Encoded, Silence> {
        let heads = self.fast.heads();
        let fast = self.fast.logits(message);
        let likelihoods = heads.likelihoods(&fast).map_err(Silence::Failed)?;
        let fast_may_answer = self.manifest.cascade.bears(&heads.rank(&likelihoods, AnsweredBy::Fast));
        let deep = self.deep.logits(message)?;
        let out_of_scope = self.deep.heads().likelihoods(&deep).map_err(Silence::Failed)?.out_of_scope;
        Ok(Encoded { fast: fast.embedding, deep: deep.embedding, fast_may_answer, out_of_scope })
    }

    /// The ids of the intents, in the order of the heads' outputs.
    pub fn intents(&self) -> impl ExactSizeIterator<Item = &str> {
        self.intents.iter().map(|id| &**id)
    }

    /// The heads that the models have now.
    #[must_use]
    pub fn heads(&self) -> &IntentHeads {
        &self.heads
    }

    /// The labelled messages that hold what the models know, JSON lines with `text` and `intent`; none where
    /// `model.toml` names no file of them.
    #[must_use]
    pub fn replay(&self) -> Option<&'a str> {
        self.manifest.replayed.then_some(self.sources.replay).flatten()
    }

    /// Twelve hexadecimal digits over all of the directory.
    #[must_use]
    pub fn revision(&self) -> String {
        self.sources.revision()
    }

    /// The contents of a model directory like this one but for its heads and what goes with them. What is returned
    /// has been loaded once.
    ///
    /// The weights are kept in the graph's own type, f16; all other weights and the whole of both graphs are the same.
    ///
    /// # Errors
    ///
    /// A weight that f16 cannot hold, or anything that would keep the directory from loading.
    pub fn with_heads(&self, taught: &Taught<'_>) -> Result<ModelFiles, Vec<ModelError>> {
        let one = |error: ModelError| vec![error];
        let mut files = ModelFiles {
            manifest: String::new(),
            fast: with_head("fast", self.sources.fast, &taught.heads.fast.layer).map_err(one)?,
            deep: with_head("deep", self.sources.deep, &taught.heads.deep.layer).map_err(one)?,
            tokenizer: self.sources.tokenizer.to_vec(),
            replay: Some(taught.replay.to_owned()),
            taxonomy: Some(taught.taxonomy.to_owned()),
        };
        files.manifest = rewritten(self.sources.manifest, taught, &files).map_err(one)?;
        let taxonomy = Taxonomy::parse(taught.taxonomy)
            .map_err(|error| one(ModelError::new("taxonomy.toml", error.to_string())))?;
        super::classifier(&files.sources(), super::ModelChoice::Cascade, &taxonomy)?;
        Ok(files)
    }
}

impl Layer {
    /// How many numbers the vectors have that it reads.
    #[must_use]
    pub fn width(&self) -> usize {
        self.weight.len().checked_div(self.bias.len()).unwrap_or(0)
    }

    /// One logit for each intent.
    #[must_use]
    pub fn logits(&self, vector: &[f32]) -> Vec<f32> {
        let mut logits = self.bias.clone();
        for (value, row) in vector.iter().zip(self.weight.chunks(self.bias.len().max(1))) {
            for (logit, weight) in logits.iter_mut().zip(row) {
                *logit += value * weight;
            }
        }
        logits
    }
}

impl IntentHeads {
    /// What both heads give for one message.
    #[must_use]
    pub fn logits(&self, encoded: &Encoded) -> IntentLogits {
        IntentLogits {
            fast: self.fast.layer.logits(&encoded.fast),
            deep: self.deep.layer.logits(&encoded.deep),
            fast_may_answer: encoded.fast_may_answer,
        }
    }

    /// The fast model's first intent where it may answer alone and is sure enough, else that of both together.
    #[must_use]
    pub fn answer(&self, logits: &IntentLogits) -> IntentAnswer {
        let alone = first(&log_softmax(logits.fast.clone(), self.fast.temperature), AnsweredBy::Fast);
        if logits.fast_may_answer && alone.probability >= self.accept { alone } else { self.together(logits) }
    }

    /// The first intent of both together.
    #[must_use]
    pub fn together(&self, logits: &IntentLogits) -> IntentAnswer {
        let fast = log_softmax(logits.fast.clone(), self.fast.temperature);
        let deep = log_softmax(logits.deep.clone(), self.deep.temperature);
        first(&mixed(&deep, &fast, self.mix), AnsweredBy::Deep)
    }
}

/// The likeliest; of two equal ones the earlier.
fn first(logs: &[f32], by: AnsweredBy) -> IntentAnswer {
    let mut best = (0, f32::NEG_INFINITY);
    for (intent, log) in logs.iter().enumerate() {
        if *log > best.1 {
            best = (intent, *log);
        }
    }
    IntentAnswer { intent: best.0, probability: best.1.exp(), by }
}
