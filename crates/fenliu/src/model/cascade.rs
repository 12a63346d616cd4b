//! Both models: the fast one answers what it is sure of, the rest is decided by both together.

use crate::classify::{Classifier, Message, Ranking, Silence};
use crate::words::AnsweredBy;

use super::deep::Deep;
use super::fast::{Fast, Likelihoods, log_softmax};
use super::manifest::CascadeLimits;

#[derive(Debug)]
pub(super) struct Cascade {
    fast: Fast,
    deep: Deep,
    limits: CascadeLimits,
}

impl Cascade {
    pub(super) fn new(fast: Fast, deep: Deep, limits: CascadeLimits) -> Self {
        Self { fast, deep, limits }
    }
}

impl Classifier for Cascade {
    /// Where one of the two fails, or the deep one is busy for too long, the other answers alone, and the ranking
    /// says so.
    fn classify(&self, message: &Message<'_>) -> Result<Ranking, Silence> {
        let Ok(fast) = self.fast.likelihoods(message) else {
            return self.deep.classify(message).map(Ranking::weakened);
        };
        let heads = self.fast.heads();
        let alone = heads.rank(&fast, AnsweredBy::Fast);
        if self.limits.accepts(&alone, message.before.is_some()) {
            return Ok(alone);
        }
        let Ok(deep) = self.deep.likelihoods(message, Some(self.limits.patience())) else {
            return Ok(alone.weakened());
        };
        let together = Likelihoods {
            intents: mixed(&deep.intents, &fast.intents, self.limits.mix(message.before.is_some())),
            emotions: mixed(&deep.emotions, &fast.emotions, self.limits.mix_emotion),
            out_of_scope: deep.out_of_scope,
        };
        Ok(heads.rank(&together, AnsweredBy::Deep))
    }

    fn glance(&self, message: &Message<'_>) -> Result<Ranking, Silence> {
        self.fast.classify(message)
    }

    fn revision(&self) -> &str {
        self.fast.revision()
    }
}

/// A logarithmic opinion pool (Genest and Zidek 1986): the weighted geometric mean, renormalised.
pub(super) fn mixed(deep: &[f32], fast: &[f32], weight: f32) -> Vec<f32> {
    let pooled = deep.iter().zip(fast).map(|(deep, fast)| (1.0 - weight) * deep + weight * fast).collect();
    log_softmax(pooled, 1.0)
}
