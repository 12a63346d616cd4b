//! One labelled message with what the engine found in it; nothing is counted here.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use fenliu::{AnsweredBy, Emotion, Engine, Inquiry, TextError, Tier};

/// What a labelled message says of itself.
#[derive(Debug)]
pub(super) struct Labels {
    /// Any of these is right; the first is the more urgent.
    pub(super) wanted: Vec<String>,
    pub(super) emotion: Emotion,
    /// Where the message comes from.
    pub(super) source: Option<String>,
    pub(super) tags: BTreeSet<String>,
}

/// What the engine found.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) found: String,
    /// How sure the engine is of `found`, 0 to 1.
    pub(super) confidence: f32,
    pub(super) emotion: Emotion,
    pub(super) tier: Tier,
    pub(super) answered_by: Option<AnsweredBy>,
    /// A model that should have been heard was not.
    pub(super) degraded: bool,
    /// How likely it is that no shop answers such a message; absent where no model spoke.
    pub(super) out_of_scope: Option<f32>,
    /// From text to decision.
    pub(super) took: Duration,
}

#[derive(Debug)]
pub(super) struct Scored {
    pub(super) labels: Labels,
    pub(super) answer: Answer,
}

/// The intent that stands for an empty ranking.
const NOTHING: &str = "unclear";

/// The intent, and the tag, of messages that no shop answers.
const FOREIGN_INTENT: &str = "out_of_scope";
const FOREIGN_TAG: &str = "gibberish";

impl Labels {
    pub(super) fn intent_right(&self, answer: &Answer) -> bool {
        self.wanted.contains(&answer.found)
    }

    pub(super) fn emotion_right(&self, answer: &Answer) -> bool {
        self.emotion == answer.emotion
    }

    /// Whether no shop answers such a message.
    pub(super) fn is_foreign(&self) -> bool {
        self.wanted.iter().any(|intent| intent == FOREIGN_INTENT) || self.tags.contains(FOREIGN_TAG)
    }
}

impl Answer {
    /// Reads and decides once, and takes the time of both together.
    pub(super) fn of(engine: &Engine, inquiry: &Inquiry) -> Result<Self, TextError> {
        let started = Instant::now();
        let reading = engine.read(inquiry)?;
        let decision = engine.decide(&reading);
        let took = started.elapsed();
        let first = decision.intents.first();
        Ok(Self {
            found: first
                .map_or_else(|| NOTHING.to_owned(), |first| engine.taxonomy().intent(first.intent).id.to_string()),
            confidence: first.map_or(0.0, |first| first.confidence),
            emotion: decision.emotion.0,
            tier: decision.tier,
            answered_by: decision.answered_by,
            degraded: decision.degraded,
            out_of_scope: reading.model.as_ref().ok().map(|ranking| ranking.out_of_scope),
            took,
        })
    }
}

impl Scored {
    pub(super) fn intent_right(&self) -> bool {
        self.labels.intent_right(&self.answer)
    }

    pub(super) fn emotion_right(&self) -> bool {
        self.labels.emotion_right(&self.answer)
    }

    /// The intent it is counted under: the found one where that is among the wanted, else the first wanted.
    pub(super) fn label(&self) -> &str {
        if self.intent_right() { &self.answer.found } else { self.labels.wanted.first().map_or("", String::as_str) }
    }
}

#[cfg(test)]
impl Scored {
    /// A calm message, answered calmly and with certainty.
    pub(super) fn example(wanted: &str, found: &str) -> Self {
        let labels = Labels {
            wanted: wanted.split('+').map(str::to_owned).collect(),
            emotion: Emotion::Neutral,
            source: None,
            tags: BTreeSet::new(),
        };
        let answer = Answer {
            found: found.to_owned(),
            confidence: 1.0,
            emotion: Emotion::Neutral,
            tier: Tier::Ai,
            answered_by: None,
            degraded: true,
            out_of_scope: None,
            took: Duration::from_micros(10),
        };
        Self { labels, answer }
    }

    /// A message that is right or wrong with this confidence.
    pub(super) fn sure(confidence: f32, right: bool) -> Self {
        let mut row = Self::example("a", if right { "a" } else { "b" });
        row.answer.confidence = confidence;
        row
    }

    pub(super) fn felt(mut self, wanted: Emotion, found: Emotion) -> Self {
        self.labels.emotion = wanted;
        self.answer.emotion = found;
        self
    }

    pub(super) fn tagged(mut self, tags: &[&str]) -> Self {
        self.labels.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        self
    }

    pub(super) fn sourced(mut self, source: &str) -> Self {
        self.labels.source = Some(source.to_owned());
        self
    }

    pub(super) fn scope(mut self, score: f32) -> Self {
        self.answer.out_of_scope = Some(score);
        self
    }
}
