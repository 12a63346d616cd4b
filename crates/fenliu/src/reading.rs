//! Everything that is known of one message: facts, nothing judged. The policy decides from this and from nothing else.

use std::ops::Range;

use crate::classify::{Ranking, Silence, likeliest};
use crate::entity::EntityKind;
use crate::lexicon::Findings;
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
#[derive(Debug, Clone, PartialEq, Eq, Default)]
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
    /// The customer has asked nearly the same before.
    pub repeated: bool,
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
