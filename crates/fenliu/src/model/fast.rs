//! The fast model: a bag of hashed words and character n-grams.

use crate::classify::{Classifier, Message, Ranking, Silence};
use crate::features::features;
use crate::words::AnsweredBy;

use super::manifest::{Manifest, ModelError, Temperatures};
use super::onnx::{Graph, Input, Unheard};

#[derive(Debug)]
pub(super) struct Fast {
    graph: Graph,
    heads: Heads,
    revision: Box<str>,
}

/// Turns the outputs of a graph into likelihoods of our intents and emotions.
#[derive(Debug, Clone)]
pub(super) struct Heads {
    intents: Vec<crate::IntentId>,
    emotions: Vec<crate::Emotion>,
    temperatures: Temperatures,
}

/// Log-likelihoods of one message, in the order of the model's labels.
#[derive(Debug, Clone)]
pub(super) struct Likelihoods {
    pub(super) intents: Vec<f32>,
    pub(super) emotions: Vec<f32>,
}

impl Fast {
    pub(super) fn new(manifest: &Manifest, onnx: &[u8], revision: &str) -> Result<Self, ModelError> {
        let graph = Graph::new("fast", onnx, Input::Bag)?;
        let fast = Self { graph, heads: Heads::new(manifest, manifest.fast), revision: revision.into() };
        fast.likelihoods_of(&[0]).map_err(|unheard| ModelError::new("fast", unheard.why()))?;
        Ok(fast)
    }

    pub(super) fn heads(&self) -> &Heads {
        &self.heads
    }

    pub(super) fn likelihoods(&self, message: &Message<'_>) -> Result<Likelihoods, Silence> {
        let ids: Vec<i64> = features(message.text, message.tokens).into_iter().map(i64::from).collect();
        self.likelihoods_of(&ids).map_err(|unheard| Silence::Failed(unheard.why()))
    }

    fn likelihoods_of(&self, ids: &[i64]) -> Result<Likelihoods, Unheard> {
        self.heads.likelihoods(self.graph.run(ids, None)?).map_err(Unheard::Failed)
    }
}

impl Classifier for Fast {
    fn classify(&self, message: &Message<'_>) -> Result<Ranking, Silence> {
        Ok(self.heads.rank(&self.likelihoods(message)?, AnsweredBy::Fast))
    }

    fn revision(&self) -> &str {
        &self.revision
    }
}

impl Heads {
    pub(super) fn new(manifest: &Manifest, temperatures: Temperatures) -> Self {
        Self { intents: manifest.intents.clone(), emotions: manifest.emotions.clone(), temperatures }
    }

    /// Temperature scaling (Guo et al. 2017, "On calibration of modern neural networks") and log-softmax.
    pub(super) fn likelihoods(&self, logits: super::onnx::Logits) -> Result<Likelihoods, String> {
        let check = |what: &str, found: &[f32], expected: usize| {
            if found.len() != expected {
                return Err(format!("{} {what} outputs, `model.toml` names {expected}", found.len()));
            }
            if found.iter().all(|logit| logit.is_finite()) {
                Ok(())
            } else {
                Err(format!("an {what} output is no number"))
            }
        };
        check("intent", &logits.intents, self.intents.len())?;
        check("emotion", &logits.emotions, self.emotions.len())?;
        Ok(Likelihoods {
            intents: log_softmax(logits.intents, self.temperatures.intent),
            emotions: log_softmax(logits.emotions, self.temperatures.emotion),
        })
    }

    pub(super) fn rank(&self, likelihoods: &Likelihoods, answered_by: AnsweredBy) -> Ranking {
        let intents = self.intents.iter().copied().zip(likelihoods.intents.iter().map(|log| log.exp())).collect();
        let mut emotions = [0.0; crate::Emotion::ALL.len()];
        for (emotion, log) in self.emotions.iter().zip(&likelihoods.emotions) {
            for (known, likelihood) in crate::Emotion::ALL.iter().zip(&mut emotions) {
                if known == emotion {
                    *likelihood = log.exp();
                }
            }
        }
        Ranking::new(intents, emotions, answered_by)
    }
}

/// In place: `x / temperature - log Σ exp(x / temperature)`, the greatest taken out first.
pub(super) fn log_softmax(mut logits: Vec<f32>, temperature: f32) -> Vec<f32> {
    let greatest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut total = 0.0;
    for logit in &mut logits {
        *logit = (*logit - greatest) / temperature;
        total += logit.exp();
    }
    let log_total = total.ln();
    for logit in &mut logits {
        *logit -= log_total;
    }
    logits
}
