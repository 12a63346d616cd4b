//! The one seam that varies: what every model gives, and how it is silent.

use crate::segment::Tokens;
use crate::taxonomy::IntentId;
use crate::words::{AnsweredBy, Emotion};

/// A model that ranks what a customer may want. [`crate::Parts::build_with`] takes one's own.
pub trait Classifier: Send + Sync + std::fmt::Debug {
    /// Reads one message.
    ///
    /// # Errors
    ///
    /// [`Silence`]: a fact for the policy, never a failure of the request.
    fn classify(&self, message: &Message<'_>) -> Result<Ranking, Silence>;

    /// A cheaper look, good enough to see how an earlier turn felt.
    ///
    /// # Errors
    ///
    /// As [`Classifier::classify`].
    fn glance(&self, message: &Message<'_>) -> Result<Ranking, Silence> {
        self.classify(message)
    }

    /// Twelve hexadecimal digits that change when any weight does.
    fn revision(&self) -> &str;
}

/// What a model reads of one message.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Message<'a> {
    /// The normalised text, at most [`crate::MAX_CHARS`] characters.
    pub text: &'a str,
    /// Its words.
    pub tokens: &'a Tokens,
    /// What was said just before, normalised: the customer's previous turn and the shop's last, in that order. A
    /// model may leave it unread.
    pub before: Option<&'a str>,
}

impl<'a> Message<'a> {
    /// A message from a normalised text and its words.
    #[must_use]
    pub fn new(text: &'a str, tokens: &'a Tokens) -> Self {
        Self { text, tokens, before: None }
    }

    /// The same message as an answer to what was said before it.
    #[must_use]
    pub fn after(mut self, before: Option<&'a str>) -> Self {
        self.before = before;
        self
    }
}

/// A calibrated reading of one message.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Ranking {
    /// The likeliest intents, best first, at most [`Ranking::DEPTH`]; never empty.
    pub intents: Vec<(IntentId, f32)>,
    /// The likelihood of each emotion, in the order of [`Emotion::ALL`]; together 1.
    pub emotions: [f32; Emotion::ALL.len()],
    /// The likelihood that no shop answers such a message, whatever the intents say; 0 where the model has no score.
    pub out_of_scope: f32,
    /// Which model said so.
    pub answered_by: AnsweredBy,
    /// A model that should have been heard too failed.
    pub weakened: bool,
}

impl Ranking {
    /// How many intents a ranking keeps.
    pub const DEPTH: usize = 5;

    /// Ranks likelihoods given in any order; of two equal ones the earlier in the taxonomy comes first.
    #[must_use]
    pub fn new(
        mut intents: Vec<(IntentId, f32)>,
        emotions: [f32; Emotion::ALL.len()],
        answered_by: AnsweredBy,
    ) -> Self {
        intents.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        intents.truncate(Self::DEPTH);
        Self { intents, emotions, out_of_scope: 0.0, answered_by, weakened: false }
    }

    /// Adds how likely it is that no shop answers such a message.
    #[must_use]
    pub fn with_out_of_scope(mut self, likelihood: f32) -> Self {
        self.out_of_scope = likelihood;
        self
    }

    /// Marks that a model that should have been heard too failed.
    #[must_use]
    pub fn weakened(mut self) -> Self {
        self.weakened = true;
        self
    }

    /// The likelihood of the likeliest intent.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        self.intents.first().map_or(0.0, |(_, confidence)| *confidence)
    }

    /// The likeliest emotion; of two equal ones the better.
    #[must_use]
    pub fn emotion(&self) -> (Emotion, f32) {
        likeliest(&self.emotions)
    }
}

/// The likeliest emotion of a row in the order of [`Emotion::ALL`].
pub(crate) fn likeliest(emotions: &[f32; Emotion::ALL.len()]) -> (Emotion, f32) {
    Emotion::ALL.iter().zip(emotions).fold((Emotion::Neutral, 0.0), |best, (emotion, likelihood)| {
        if *likelihood > best.1 { (*emotion, *likelihood) } else { best }
    })
}

/// Why no model spoke.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Silence {
    /// None is in use.
    #[error("no model is in use")]
    Off,
    /// It broke on this message.
    #[error("the model failed: {0}")]
    Failed(String),
}
