//! Conditions: plain data, checked once, evaluated without allocation.

mod show;

use std::sync::Arc;
use std::time::Duration;

use crate::entity::EntityKind;
use crate::reading::Reading;
use crate::taxonomy::IntentId;
use crate::words::{AnsweredBy, Believed, Channel, CustomerValue, Emotion, Match, Tier, Trend, Vertical};

use super::believe::Belief;

/// All of the tests must hold; without a test it always holds.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct When {
    pub(super) tests: Vec<Test>,
}

/// One key of a condition; a list holds when any of its members does.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// Asked for: the first intent, or one beside it. In a route or queue row: the request that is looked at.
    Intent(Vec<IntentId>),
    /// The same by domain, whose intents stand beside its names.
    Domain(Vec<Arc<str>>, Vec<IntentId>),
    /// The first of the ranking.
    First(Vec<IntentId>),
    /// Anywhere in the ranking, with at least this confidence.
    Ranked(Vec<IntentId>, f32),
    /// A keyword of one of these was heard.
    Heard(Vec<IntentId>),
    /// A grave keyword of one of these was heard.
    Grave(Vec<IntentId>),
    Match(Vec<Match>),
    Emotion(Vec<Emotion>),
    Trend(Vec<Trend>),
    Channel(Vec<Channel>),
    Value(Vec<CustomerValue>),
    Vertical(Vec<Vertical>),
    Believed(Vec<Believed>),
    AnsweredBy(Vec<AnsweredBy>),
    Entity(Vec<EntityKind>),
    /// The caller's own labels.
    Label(Vec<Arc<str>>),
    /// Only in route and queue rows, where the tier is known.
    Tier(Vec<Tier>),
    Kol(bool),
    PrefersHuman(bool),
    HumanActive(bool),
    Repeated(bool),
    AskedAgain(bool),
    Degraded(bool),
    /// What went before is unknown because the store did not answer.
    WithoutHistory(bool),
    ContactsAtLeast(u32),
    AiFailuresAtLeast(u32),
    TurnsAtLeast(u32),
    ClarifiedAtLeast(u32),
    RequestsAtLeast(u32),
    WaitingAtLeast(Duration),
    /// The first intent's confidence.
    ConfidenceBelow(f32),
    ConfidenceAtLeast(f32),
    /// First minus second.
    MarginBelow(f32),
    EmotionConfidenceAtLeast(f32),
    OutOfScopeAtLeast(f32),
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
    /// The one of several requests that a route row is sought for; none: all that are asked.
    pub(super) request: Option<IntentId>,
}

impl Facts<'_> {
    fn asks(&self, intents: &[IntentId]) -> bool {
        match self.request {
            Some(request) => intents.contains(&request),
            None => self.belief.asked().any(|intent| intents.contains(&intent)),
        }
    }

    fn hears(&self, intents: &[IntentId], grave: bool) -> bool {
        let mut hits = self.reading.lexicon.hits.iter().filter(|hit| !hit.negated && (hit.grave || !grave));
        hits.any(|hit| hit.intents.iter().any(|intent| intents.contains(intent)))
    }

    fn out_of_scope(&self) -> f32 {
        self.reading.model.as_ref().map_or(0.0, |ranking| ranking.out_of_scope)
    }

    fn requests(&self) -> u32 {
        u32::try_from(self.belief.asked().count()).unwrap_or(u32::MAX)
    }
}

impl When {
    pub(super) fn holds(&self, facts: Facts<'_>) -> bool {
        self.tests.iter().all(|test| test.holds(facts))
    }
}

impl Test {
    fn holds(&self, facts: Facts<'_>) -> bool {
        let Facts { reading, belief, tier, .. } = facts;
        let history = &reading.history;
        match self {
            Self::Intent(intents) | Self::Domain(_, intents) => facts.asks(intents),
            Self::First(intents) => belief.first().is_some_and(|first| intents.contains(&first.intent)),
            Self::Ranked(intents, least) => {
                belief.intents.iter().any(|one| one.confidence >= *least && intents.contains(&one.intent))
            }
            Self::Heard(intents) => facts.hears(intents, false),
            Self::Grave(intents) => facts.hears(intents, true),
            Self::Match(matches) => matches.contains(&belief.matched),
            Self::Emotion(emotions) => emotions.contains(&belief.emotion.0),
            Self::Trend(trends) => trends.contains(&belief.trend),
            Self::Channel(channels) => channels.contains(&reading.channel),
            Self::Value(values) => values.contains(&reading.customer.value),
            Self::Vertical(verticals) => reading.vertical.is_some_and(|vertical| verticals.contains(&vertical)),
            Self::Believed(believed) => believed.contains(&belief.believed),
            Self::AnsweredBy(by) => belief.answered_by.is_some_and(|answered| by.contains(&answered)),
            Self::Entity(kinds) => reading.entities.iter().any(|(kind, _)| kinds.contains(kind)),
            Self::Label(labels) => reading.labels.iter().any(|label| labels.iter().any(|known| **known == **label)),
            Self::Tier(tiers) => tier.is_some_and(|tier| tiers.contains(&tier)),
            Self::Kol(expected) => reading.customer.kol == *expected,
            Self::PrefersHuman(expected) => reading.customer.prefers_human == *expected,
            Self::HumanActive(expected) => history.human_active == *expected,
            Self::Repeated(expected) => belief.repeated == *expected,
            Self::AskedAgain(expected) => belief.asked_again == *expected,
            Self::Degraded(expected) => belief.degraded == *expected,
            Self::WithoutHistory(expected) => history.missing == *expected,
            Self::ContactsAtLeast(number) => reading.customer.contacts_24h >= *number,
            Self::AiFailuresAtLeast(number) => history.ai_failures >= *number,
            Self::TurnsAtLeast(number) => history.turns >= *number,
            Self::ClarifiedAtLeast(number) => history.clarified >= *number,
            Self::RequestsAtLeast(number) => facts.requests() >= *number,
            Self::WaitingAtLeast(time) => history.waiting >= *time,
            Self::ConfidenceBelow(limit) => belief.first().is_none_or(|first| first.confidence < *limit),
            Self::ConfidenceAtLeast(limit) => belief.first().is_some_and(|first| first.confidence >= *limit),
            Self::MarginBelow(limit) => belief.margin().is_none_or(|margin| margin < *limit),
            Self::EmotionConfidenceAtLeast(limit) => belief.emotion.1 >= *limit,
            Self::OutOfScopeAtLeast(limit) => facts.out_of_scope() >= *limit,
            Self::Any(conditions) => conditions.iter().any(|when| when.holds(facts)),
            Self::Not(when) => !when.holds(facts),
        }
    }
}
