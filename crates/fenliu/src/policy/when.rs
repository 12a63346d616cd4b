//! Conditions: plain data, checked once, evaluated without allocation.

use crate::entity::EntityKind;
use crate::reading::Reading;
use crate::taxonomy::IntentId;
use crate::words::{Believed, Channel, CustomerValue, Emotion, Match, Tier, Trend, Vertical};

use super::believe::Belief;

/// All of the tests must hold; without a test it always holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct When {
    pub(super) tests: Vec<Test>,
}

/// One key of a condition; a list holds when any of its members does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// Asked for: the first intent, or one beside it.
    Intent(Vec<IntentId>),
    /// A grave keyword of one of these was heard.
    Grave(Vec<IntentId>),
    Match(Vec<Match>),
    Emotion(Vec<Emotion>),
    Trend(Vec<Trend>),
    Channel(Vec<Channel>),
    Value(Vec<CustomerValue>),
    Vertical(Vec<Vertical>),
    Believed(Vec<Believed>),
    Entity(Vec<EntityKind>),
    /// Only in routes, where the tier is known.
    Tier(Vec<Tier>),
    Kol(bool),
    PrefersHuman(bool),
    HumanActive(bool),
    Repeated(bool),
    Degraded(bool),
    ContactsAtLeast(u32),
    AiFailuresAtLeast(u32),
    TurnsAtLeast(u32),
    /// The first intent's confidence.
    ConfidenceBelow(f32),
    Any(Vec<When>),
    Not(When),
}

/// What conditions look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) reading: &'a Reading,
    pub(super) belief: &'a Belief,
    /// Known once floors and steps have spoken.
    pub(super) tier: Option<Tier>,
}

impl When {
    pub(super) fn holds(&self, facts: Facts<'_>) -> bool {
        self.tests.iter().all(|test| test.holds(facts))
    }
}

impl Test {
    fn holds(&self, facts: Facts<'_>) -> bool {
        let Facts { reading, belief, tier } = facts;
        match self {
            Self::Intent(intents) => belief.asked().any(|intent| intents.contains(&intent)),
            Self::Grave(intents) => reading
                .lexicon
                .hits
                .iter()
                .any(|hit| hit.grave && !hit.negated && hit.intents.iter().any(|intent| intents.contains(intent))),
            Self::Match(matches) => matches.contains(&belief.matched),
            Self::Emotion(emotions) => emotions.contains(&belief.emotion.0),
            Self::Trend(trends) => trends.contains(&belief.trend),
            Self::Channel(channels) => channels.contains(&reading.channel),
            Self::Value(values) => values.contains(&reading.customer.value),
            Self::Vertical(verticals) => reading.vertical.is_some_and(|vertical| verticals.contains(&vertical)),
            Self::Believed(believed) => believed.contains(&belief.believed),
            Self::Entity(kinds) => reading.entities.iter().any(|(kind, _)| kinds.contains(kind)),
            Self::Tier(tiers) => tier.is_some_and(|tier| tiers.contains(&tier)),
            Self::Kol(expected) => reading.customer.kol == *expected,
            Self::PrefersHuman(expected) => reading.customer.prefers_human == *expected,
            Self::HumanActive(expected) => reading.history.human_active == *expected,
            Self::Repeated(expected) => reading.history.repeated == *expected,
            Self::Degraded(expected) => belief.degraded == *expected,
            Self::ContactsAtLeast(number) => reading.customer.contacts_24h >= *number,
            Self::AiFailuresAtLeast(number) => reading.history.ai_failures >= *number,
            Self::TurnsAtLeast(number) => reading.history.turns >= *number,
            Self::ConfidenceBelow(limit) => belief.first().is_none_or(|first| first.confidence < *limit),
            Self::Any(conditions) => conditions.iter().any(|when| when.holds(facts)),
            Self::Not(when) => !when.holds(facts),
        }
    }
}
