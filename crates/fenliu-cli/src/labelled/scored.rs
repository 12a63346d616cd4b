//! One labelled message with what the engine found in it; nothing is counted here.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use fenliu::{AnsweredBy, Emotion, Engine, Inquiry, Reading, TextError, Tier};

use super::Due;

/// What a labelled message says of itself.
#[derive(Debug)]
pub(crate) struct Labels {
    /// Any of these is right; the first is the more urgent.
    pub(crate) wanted: Vec<String>,
    pub(crate) emotion: Emotion,
    /// Where the message comes from.
    pub(crate) source: Option<String>,
    pub(crate) tags: BTreeSet<String>,
}

/// What the engine found.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) found: String,
    /// How sure the engine is of `found`, 0 to 1.
    pub(crate) confidence: f32,
    pub(crate) emotion: Emotion,
    pub(crate) tier: Tier,
    /// The AI asks what is meant, and answers nothing yet.
    pub(crate) asks: bool,
    pub(crate) answered_by: Option<AnsweredBy>,
    /// A model that should have been heard was not.
    pub(crate) degraded: bool,
    /// How likely it is that no shop answers such a message; absent where no model spoke.
    pub(crate) out_of_scope: Option<f32>,
    /// From text to decision.
    pub(crate) took: Duration,
}

#[derive(Debug)]
pub(crate) struct Scored {
    pub(crate) labels: Labels,
    pub(crate) due: Due,
    pub(crate) answer: Answer,
}

/// The intent that stands for an empty ranking.
const NOTHING: &str = "unclear";

/// The intent, and the tag, of messages that no shop answers.
const FOREIGN_INTENT: &str = "out_of_scope";
const FOREIGN_TAG: &str = "gibberish";

impl Labels {
    pub(crate) fn intent_right(&self, answer: &Answer) -> bool {
        self.wanted.contains(&answer.found)
    }

    pub(crate) fn emotion_right(&self, answer: &Answer) -> bool {
        self.emotion == answer.emotion
    }

    /// Whether no shop answers such a message.
    pub(crate) fn is_foreign(&self) -> bool {
        self.wanted.iter().any(|intent| intent == FOREIGN_INTENT) || self.tags.contains(FOREIGN_TAG)
    }
}

impl Answer {
    pub(crate) fn of(engine: &Engine, inquiry: &Inquiry) -> Result<Self, TextError> {
        Self::with_reading(engine, inquiry).map(|(answer, _)| answer)
    }

    /// Reads and decides once, and takes the time of both together.
    fn with_reading(engine: &Engine, inquiry: &Inquiry) -> Result<(Self, Reading), TextError> {
        let started = Instant::now();
        let reading = engine.read(inquiry)?;
        let decision = engine.decide(&reading);
        let took = started.elapsed();
        let first = decision.intents.first();
        let answer = Self {
            found: first
                .map_or_else(|| NOTHING.to_owned(), |first| engine.taxonomy().intent(first.intent).id.to_string()),
            confidence: first.map_or(0.0, |first| first.confidence),
            emotion: decision.emotion.0,
            tier: decision.tier,
            asks: !decision.clarify.is_empty(),
            answered_by: decision.answered_by,
            degraded: decision.degraded,
            out_of_scope: reading.model.as_ref().ok().map(|ranking| ranking.out_of_scope),
            took,
        };
        Ok((answer, reading))
    }
}

impl Scored {
    /// Lets the engine answer a labelled message.
    pub(crate) fn of(engine: &Engine, inquiry: &Inquiry, labels: Labels) -> Result<Self, TextError> {
        let (answer, reading) = Answer::with_reading(engine, inquiry)?;
        Ok(Self { due: Due::of(engine, &reading, &labels), labels, answer })
    }

    pub(crate) fn intent_right(&self) -> bool {
        self.labels.intent_right(&self.answer)
    }

    pub(crate) fn emotion_right(&self) -> bool {
        self.labels.emotion_right(&self.answer)
    }

    /// The intent it is counted under: the found one where that is among the wanted, else the first wanted.
    pub(crate) fn label(&self) -> &str {
        if self.intent_right() { &self.answer.found } else { self.labels.wanted.first().map_or("", String::as_str) }
    }
}

#[cfg(test)]
impl Scored {
    /// A calm message, answered calmly and with certainty.
    pub(crate) fn example(wanted: &str, found: &str) -> Self {
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
            asks: false,
            answered_by: None,
            degraded: true,
            out_of_scope: None,
            took: Duration::from_micros(10),
        };
        Self { labels, due: Due { tier: Tier::Ai, automation: Tier::Ai }, answer }
    }

    /// A message that is right or wrong with this confidence.
    pub(crate) fn sure(confidence: f32, right: bool) -> Self {
        let mut row = Self::example("a", if right { "a" } else { "b" });
        row.answer.confidence = confidence;
        row
    }

    pub(crate) fn felt(mut self, wanted: Emotion, found: Emotion) -> Self {
        self.labels.emotion = wanted;
        self.answer.emotion = found;
        self
    }

    /// A message whose labels ask for one tier, decided to be another's; its intent may be automated as far as that.
    pub(crate) fn sent(mut self, due: Tier, decided: Tier) -> Self {
        self.due = Due { tier: due, automation: due };
        self.answer.tier = decided;
        self
    }

    pub(crate) fn tagged(mut self, tags: &[&str]) -> Self {
        self.labels.tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        self
    }

    pub(crate) fn sourced(mut self, source: &str) -> Self {
        self.labels.source = Some(source.to_owned());
        self
    }

    pub(crate) fn scope(mut self, score: f32) -> Self {
        self.answer.out_of_scope = Some(score);
        self
    }
}
