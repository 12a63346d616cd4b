//! Conditions shown to people: each key with what it expected and the value that decided.

use std::time::Duration;

use crate::taxonomy::IntentId;

use super::super::Profile;
use super::super::trace::Checked;
use super::{Facts, Test, When};

impl When {
    /// Whether it holds, as [`When::holds`] says, and a line for every key, also those that no longer mattered.
    pub(in super::super) fn show(&self, facts: Facts<'_>, profile: &Profile, path: &str, out: &mut Vec<Checked>) {
        for test in &self.tests {
            test.show(facts, profile, path, out);
        }
    }
}

impl Test {
    fn show(&self, facts: Facts<'_>, profile: &Profile, path: &str, out: &mut Vec<Checked>) {
        let at = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
        if let Self::Any(conditions) = self {
            for (index, when) in conditions.iter().enumerate() {
                when.show(facts, profile, &at(&format!("any[{index}]")), out);
            }
        } else if let Self::Not(when) = self {
            when.show(facts, profile, &at("not"), out);
        } else {
            let (expected, found) = self.values(facts, profile);
            out.push(Checked { key: at(self.key()), expected, found, held: self.holds(facts) });
        }
    }

    /// The key in the file.
    pub(in super::super) fn key(&self) -> &'static str {
        match self {
            Self::Intent(_) => "intent",
            Self::Domain(..) => "domain",
            Self::First(_) => "first",
            Self::Ranked(..) => "ranked",
            Self::Heard(_) => "heard",
            Self::Grave(_) => "grave",
            Self::Match(_) => "match",
            Self::Emotion(_) => "emotion",
            Self::Trend(_) => "trend",
            Self::Channel(_) => "channel",
            Self::Value(_) => "value",
            Self::Vertical(_) => "vertical",
            Self::Believed(_) => "believed",
            Self::AnsweredBy(_) => "answered_by",
            Self::Entity(_) => "entity",
            Self::Label(_) => "label",
            Self::Tier(_) => "tier",
            Self::Kol(_) => "kol",
            Self::PrefersHuman(_) => "prefers_human",
            Self::HumanActive(_) => "human_active",
            Self::Repeated(_) => "repeated",
            Self::AskedAgain(_) => "asked_again",
            Self::Degraded(_) => "degraded",
            Self::WithoutHistory(_) => "without_history",
            Self::ContactsAtLeast(_) => "contacts_24h_at_least",
            Self::AiFailuresAtLeast(_) => "ai_failures_at_least",
            Self::TurnsAtLeast(_) => "turns_at_least",
            Self::ClarifiedAtLeast(_) => "clarified_at_least",
            Self::RequestsAtLeast(_) => "requests_at_least",
            Self::WaitingAtLeast(_) => "waiting_at_least",
            Self::ConfidenceBelow(_) => "confidence_below",
            Self::ConfidenceAtLeast(_) => "confidence_at_least",
            Self::MarginBelow(_) => "margin_below",
            Self::EmotionConfidenceAtLeast(_) => "emotion_confidence_at_least",
            Self::OutOfScopeAtLeast(_) => "out_of_scope_at_least",
            Self::Any(_) => "any",
            Self::Not(_) => "not",
        }
    }

    /// What was expected, and what stood there.
    fn values(&self, facts: Facts<'_>, profile: &Profile) -> (String, String) {
        let Facts { reading, belief, tier, .. } = facts;
        let history = &reading.history;
        let id = |intent: &IntentId| profile.automation(*intent).id.to_string();
        let asked = || match facts.request {
            Some(request) => id(&request),
            None => list(belief.asked(), |intent| id(&intent)),
        };
        let first = || belief.first().map_or("none".to_owned(), |first| id(&first.intent));
        let hits = |grave: bool| {
            let hits = reading.lexicon.hits.iter().filter(move |hit| !hit.negated && (hit.grave || !grave));
            list(hits.flat_map(|hit| &hit.intents), id)
        };
        match self {
            Self::Intent(intents) => (list(intents, id), asked()),
            Self::Domain(names, _) => (list(names, ToString::to_string), asked()),
            Self::First(intents) => (list(intents, id), first()),
            Self::Ranked(intents, least) => (
                format!("{} at {least} or above", list(intents, id)),
                list(&belief.intents, |one| format!("{} {:.2}", id(&one.intent), one.confidence)),
            ),
            Self::Heard(intents) => (list(intents, id), hits(false)),
            Self::Grave(intents) => (list(intents, id), hits(true)),
            Self::Match(matches) => (list(matches, ToString::to_string), belief.matched.to_string()),
            Self::Emotion(emotions) => (list(emotions, ToString::to_string), belief.emotion.0.to_string()),
            Self::Trend(trends) => (list(trends, ToString::to_string), belief.trend.to_string()),
            Self::Channel(channels) => (list(channels, ToString::to_string), reading.channel.to_string()),
            Self::Value(values) => (list(values, ToString::to_string), reading.customer.value.to_string()),
            Self::Vertical(verticals) => {
                (list(verticals, ToString::to_string), list(reading.vertical, |v| v.to_string()))
            }
            Self::Believed(believed) => (list(believed, ToString::to_string), belief.believed.to_string()),
            Self::AnsweredBy(by) => (list(by, ToString::to_string), list(belief.answered_by, |by| by.to_string())),
            Self::Entity(kinds) => {
                (list(kinds, ToString::to_string), list(&reading.entities, |(kind, _)| kind.to_string()))
            }
            Self::Label(labels) => (list(labels, ToString::to_string), list(&reading.labels, ToString::to_string)),
            Self::Tier(tiers) => (list(tiers, ToString::to_string), list(tier, |tier| tier.to_string())),
            Self::Kol(expected) => (expected.to_string(), reading.customer.kol.to_string()),
            Self::PrefersHuman(expected) => (expected.to_string(), reading.customer.prefers_human.to_string()),
            Self::HumanActive(expected) => (expected.to_string(), history.human_active.to_string()),
            Self::Repeated(expected) => (expected.to_string(), belief.repeated.to_string()),
            Self::AskedAgain(expected) => (expected.to_string(), belief.asked_again.to_string()),
            Self::Degraded(expected) => (expected.to_string(), belief.degraded.to_string()),
            Self::WithoutHistory(expected) => (expected.to_string(), history.missing.to_string()),
            Self::ContactsAtLeast(number) => (number.to_string(), reading.customer.contacts_24h.to_string()),
            Self::AiFailuresAtLeast(number) => (number.to_string(), history.ai_failures.to_string()),
            Self::TurnsAtLeast(number) => (number.to_string(), history.turns.to_string()),
            Self::ClarifiedAtLeast(number) => (number.to_string(), history.clarified.to_string()),
            Self::RequestsAtLeast(number) => (number.to_string(), facts.requests().to_string()),
            Self::WaitingAtLeast(time) => (seconds(*time), seconds(history.waiting)),
            Self::ConfidenceBelow(limit) | Self::ConfidenceAtLeast(limit) => (
                limit.to_string(),
                belief.first().map_or("none".to_owned(), |first| format!("{:.4}", first.confidence)),
            ),
            Self::MarginBelow(limit) => {
                (limit.to_string(), belief.margin().map_or("none".to_owned(), |margin| format!("{margin:.4}")))
            }
            Self::EmotionConfidenceAtLeast(limit) => (limit.to_string(), format!("{:.4}", belief.emotion.1)),
            Self::OutOfScopeAtLeast(limit) => (limit.to_string(), format!("{:.4}", facts.out_of_scope())),
            // INVARIANT: these two are taken apart before.
            Self::Any(_) | Self::Not(_) => (String::new(), String::new()),
        }
    }
}

fn seconds(time: Duration) -> String {
    format!("{}s", time.as_secs())
}

/// Joined by commas; `none` for nothing.
fn list<T>(items: impl IntoIterator<Item = T>, show: impl Fn(T) -> String) -> String {
    let shown: Vec<String> = items.into_iter().map(show).collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}
