//! What the policy asks for, were the labels what the engine had read.

use fenliu::{AnsweredBy, Emotion, Engine, Ranking, Reading, Tier};

use super::Labels;

/// Who must answer a message, by its labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    /// What the policy decides of a reading that is sure of the labelled intent and emotion and has heard no keyword:
    /// the sender and what was said before stay as they are. Of two labelled intents the higher tier.
    pub(crate) tier: Tier,
    /// How far the labelled intents may be automated, whatever else the message says; the higher of two.
    pub(crate) automation: Tier,
}

impl Due {
    pub(crate) fn of(engine: &Engine, reading: &Reading, labels: &Labels) -> Self {
        let intents = || labels.wanted.iter().filter_map(|name| engine.taxonomy().id(name));
        let mut emotions = [0.0; Emotion::ALL.len()];
        for (likelihood, emotion) in emotions.iter_mut().zip(Emotion::ALL) {
            *likelihood = if *emotion == labels.emotion { 1.0 } else { 0.0 };
        }
        let decided = |intent| {
            let mut reading = reading.clone();
            reading.lexicon = Reading::blank().lexicon;
            reading.model = Ok(Ranking::new(vec![(intent, 1.0)], emotions, AnsweredBy::Deep));
            engine.decide(&reading).tier
        };
        Self {
            tier: intents().map(decided).max().unwrap_or(Tier::Advisor),
            automation: intents().map(|intent| engine.policy().automation_of(intent)).max().unwrap_or(Tier::Advisor),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use fenliu::{Inquiry, ModelChoice};

    use super::*;

    #[test]
    fn the_labels_decide_and_not_what_the_engine_has_read() {
        use Tier::{Advisor, Ai, Assisted};
        let engine = Engine::embedded(ModelChoice::None).unwrap();
        for (text, wanted, emotion, tier, automation) in [
            ("在吗", "track", Emotion::Neutral, Ai, Ai),
            ("在吗", "track", Emotion::Angry, Advisor, Ai),
            ("在吗", "track", Emotion::Dissatisfied, Assisted, Ai),
            ("在吗", "return_refund", Emotion::Neutral, Assisted, Assisted),
            ("在吗", "track+return_refund", Emotion::Neutral, Assisted, Assisted),
            ("在吗", "track+complaint", Emotion::Neutral, Advisor, Advisor),
            // A keyword that asks for a person, in a message that does not.
            ("给我转人工", "track", Emotion::Neutral, Ai, Ai),
        ] {
            let wanted = wanted.split('+').map(str::to_owned).collect();
            let labels = Labels { wanted, emotion, source: None, tags: BTreeSet::new() };
            let due = Due::of(&engine, &engine.read(&Inquiry::new(text)).unwrap(), &labels);
            assert_eq!(due, Due { tier, automation }, "{text} {labels:?}");
        }
    }
}
