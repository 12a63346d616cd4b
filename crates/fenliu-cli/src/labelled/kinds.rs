//! Which labelled messages are plain questions, and which are grave; the lists stand in `kinds.toml`.

use fenliu::{Emotion, Tier};
use serde::Deserialize;

use super::{Due, Labels};
use crate::exit::Failure;

/// What makes a message plain or grave.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kinds {
    plain: Plain,
    grave: Grave,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plain {
    emotions: Vec<Emotion>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Grave {
    intents: Vec<String>,
    emotions: Vec<Emotion>,
}

impl Kinds {
    /// What stands inside the program.
    pub(crate) fn embedded() -> Result<Self, Failure> {
        toml::from_str(include_str!("kinds.toml")).map_err(|error| Failure::usage(format!("kinds.toml: {error}")))
    }

    pub(crate) fn is_plain(&self, labels: &Labels, due: Due) -> bool {
        due.automation == Tier::Ai && self.plain.emotions.contains(&labels.emotion)
    }

    pub(crate) fn is_grave(&self, labels: &Labels) -> bool {
        labels.wanted.iter().any(|intent| self.grave.intents.contains(intent))
            || self.grave.emotions.contains(&labels.emotion)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::labelled::Scored;
    use Emotion::{Angry, Neutral, Positive};

    #[test]
    fn a_message_is_plain_grave_or_neither() {
        let kinds = Kinds::embedded().unwrap();
        for (wanted, emotion, automation, plain, grave) in [
            ("track", Neutral, Tier::Ai, true, false),
            ("track", Positive, Tier::Ai, true, false),
            ("track", Angry, Tier::Ai, false, true),
            ("return_refund", Neutral, Tier::Assisted, false, false),
            ("track+complaint", Neutral, Tier::Advisor, false, true),
        ] {
            let labels = Scored::example(wanted, "track").felt(emotion, Neutral).labels;
            let due = Due { tier: Tier::Ai, automation };
            assert_eq!((kinds.is_plain(&labels, due), kinds.is_grave(&labels)), (plain, grave), "{labels:?}");
        }
    }

    #[test]
    fn every_intent_that_is_named_is_one_of_ours() {
        let taxonomy = fenliu::Taxonomy::parse(fenliu::Parts::embedded().taxonomy).unwrap();
        let kinds = Kinds::embedded().unwrap();
        assert!(kinds.grave.intents.iter().all(|intent| taxonomy.id(intent).is_some()));
    }
}
