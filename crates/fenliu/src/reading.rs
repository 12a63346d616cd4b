//! Everything that is known of one message: facts, nothing judged. The policy decides from this and from nothing else.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::classify::{Ranking, Silence, likeliest};
use crate::entity::EntityKind;
use crate::lexicon::Findings;
use crate::taxonomy::IntentId;
use crate::words::{Channel, CustomerValue, Emotion, Vertical};

/// The facts about one message, its sender and what went before.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Reading {
    /// Where it came in; unknown counts as chat.
    pub channel: Channel,
    /// What the shop knows of the sender.
    pub customer: CustomerFacts,
    /// What went before.
    pub history: History,
    /// What the model says.
    pub model: Result<Ranking, Silence>,
    /// What the words say.
    pub lexicon: Findings,
    /// The trade: as given, else as read from the words.
    pub vertical: Option<Vertical>,
    /// What stands in the message, with spans of raw characters.
    pub entities: Vec<(EntityKind, Range<usize>)>,
    /// The caller's own labels.
    pub labels: Vec<Arc<str>>,
    /// The profile to decide by; none: `normal`.
    pub profile: Option<Arc<str>>,
    /// The caller named a profile that the policy does not have; `profile` is then the one that is set.
    pub profile_unknown: bool,
}

/// What the shop knows of the sender, without a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CustomerFacts {
    /// Worth to the shop.
    pub value: CustomerValue,
    /// An influencer.
    pub kol: bool,
    /// Wants people.
    pub prefers_human: bool,
    /// Conversations in 24 hours.
    pub contacts_24h: u32,
}

/// What went before in the conversation.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct History {
    /// How often the AI has failed.
    pub ai_failures: u32,
    /// A person is talking.
    pub human_active: bool,
    /// How many earlier turns there are.
    pub turns: u32,
    /// How the customer felt in the last turns that were read, oldest first.
    pub emotions: Vec<Emotion>,
    /// What the customer wanted in the turns that `emotions` are of, oldest first.
    pub intents: Vec<IntentId>,
    /// The earlier turn of the customer that is most like this message.
    pub nearest: Option<Nearest>,
    /// How often the AI has asked what is meant.
    pub clarified: u32,
    /// How long the customer has been waiting.
    pub waiting: Duration,
    /// What went before is unknown: the store did not answer in time.
    pub missing: bool,
}

/// How like an earlier turn a message is.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Nearest {
    /// Normalised Levenshtein similarity by characters, 0 to 1.
    pub similarity: f32,
    /// The characters of the shorter of the two.
    pub chars: u32,
}

impl Reading {
    /// The facts of a message of which nothing is known: silent model, silent lexicon, plain customer.
    #[must_use]
    pub fn blank() -> Self {
        let mut lexicon = Findings::default();
        for (emotion, likelihood) in Emotion::ALL.iter().zip(&mut lexicon.emotions) {
            *likelihood = if *emotion == Emotion::Neutral { 1.0 } else { 0.0 };
        }
        Self {
            channel: Channel::Chat,
            customer: CustomerFacts {
                value: CustomerValue::Regular,
                kol: false,
                prefers_human: false,
                contacts_24h: 0,
            },
            history: History::default(),
            model: Err(Silence::Off),
            lexicon,
            vertical: None,
            entities: Vec::new(),
            labels: Vec::new(),
            profile: None,
            profile_unknown: false,
        }
    }

    /// How the customer feels, as the model has it, or the words where it is silent.
    #[must_use]
    pub fn emotion(&self) -> (Emotion, f32) {
        match &self.model {
            Ok(ranking) => ranking.emotion(),
            Err(_) => likeliest(&self.lexicon.emotions),
        }
    }
}
