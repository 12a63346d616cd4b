//! The fast model: a bag of hashed words and character n-grams.

use crate::classify::{Classifier, Message, Ranking, Silence};
use crate::features::features;
use crate::words::AnsweredBy;

use super::bag::Bag;
use super::manifest::{Calibration, Manifest, ModelError};
use super::onnx::Logits;

#[derive(Debug)]
pub(super) struct Fast {
    bag: Bag,
    heads: Heads,
    revision: Box<str>,
}

/// Turns the outputs of a graph into likelihoods of our intents and emotions.
#[derive(Debug, Clone)]
pub(super) struct Heads {
    intents: Vec<crate::IntentId>,
    emotions: Vec<crate::Emotion>,
    calibration: Calibration,
}

/// Log-likelihoods of one message, in the order of the model's labels.
#[derive(Debug, Clone)]
pub(super) struct Likelihoods {
    pub(super) intents: Vec<f32>,
    pub(super) emotions: Vec<f32>,
    /// The likelihood, no logarithm, of being out of scope.
    pub(super) out_of_scope: f32,
}

impl Fast {
    pub(super) fn new(manifest: &Manifest, onnx: &[u8], revision: &str) -> Result<Self, ModelError> {
        let bag = Bag::new("fast", onnx)?;
        let fast = Self { bag, heads: Heads::new(manifest, manifest.fast), revision: revision.into() };
        fast.heads.likelihoods(&fast.bag.run(&[0])).map_err(|problem| ModelError::new("fast", problem))?;
        Ok(fast)
    }

    pub(super) fn heads(&self) -> &Heads {
        &self.heads
    }

    pub(super) fn likelihoods(&self, message: &Message<'_>) -> Result<Likelihoods, Silence> {
        self.heads.likelihoods(&self.logits(message)).map_err(Silence::Failed)
    }

    pub(super) fn logits(&self, message: &Message<'_>) -> Logits {
        self.bag.run(&features(message.text, message.tokens))
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
    pub(super) fn new(manifest: &Manifest, calibration: Calibration) -> Self {
        Self { intents: manifest.intents.clone(), emotions: manifest.emotions.clone(), calibration }
    }

    /// Temperature scaling (Guo et al. 2017, "On calibration of modern neural networks") and log-softmax; the score of
    /// being out of scope after Platt (1999, "Probabilistic outputs for support vector machines").
    pub(super) fn likelihoods(&self, logits: &Logits) -> Result<Likelihoods, String> {
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
        check("scope", &[logits.scope], 1)?;
        let calibration = &self.calibration;
        Ok(Likelihoods {
            intents: log_softmax(logits.intents.clone(), calibration.temperature_intent),
            emotions: log_softmax(logits.emotions.clone(), calibration.temperature_emotion),
            out_of_scope: logistic(calibration.scope_scale * logits.scope + calibration.scope_shift),
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
        Ranking::new(intents, emotions, answered_by).with_out_of_scope(likelihoods.out_of_scope)
    }
}

fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
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
