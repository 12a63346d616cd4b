//! The whole way from facts to a decision, for people: signals, thresholds, every rule that held and did not.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::reading::Reading;
use crate::words::{Tier, names};

use super::believe::Belief;
use super::when::{Facts, When};
use super::{Decision, Profile};

/// Why a decision is as it is. Its JSON is the proto3 JSON of `fenliu.v1.Trace`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Trace {
    /// What the rules looked at, in a fixed order.
    pub signals: Vec<Signal>,
    /// Every bar that was compared with, and how far above or below it the value was.
    pub thresholds: Vec<ThresholdTrace>,
    /// Every rule in the order in which it was asked.
    pub rules: Vec<RuleTrace>,
}

/// One fact, or one conclusion drawn from facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Signal {
    /// The name, as conditions have it where there is such a key.
    pub name: String,
    /// The value, as text.
    pub value: String,
}

/// One comparison with a bar.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ThresholdTrace {
    /// Such as `believe.model` or `thresholds.ai`.
    pub name: String,
    /// What was compared.
    pub value: f32,
    /// The bar.
    pub limit: f32,
    /// Value minus bar; negative where the bar was missed.
    pub distance: f32,
}

names! {
    /// What a rule does.
    RuleKind {
        /// Lets the AI answer alone for as long as a profile lasts.
        Shed = "shed",
        /// A tier below which nothing falls.
        Floor = "floor",
        /// One tier up.
        Step = "step",
        /// Sets the priority.
        Queue = "queue",
        /// Names group, transfer, priority and promises.
        Route = "route",
    }
}

/// A rule by kind and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub struct RuleName {
    /// What it does.
    pub kind: RuleKind,
    /// Its name in the file.
    pub name: Arc<str>,
}

/// One rule that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RuleTrace {
    /// What it does.
    pub kind: RuleKind,
    /// Its name in the file.
    pub name: String,
    /// Whether its condition held.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// The tier before it was asked.
    pub before: Tier,
    /// The tier after.
    pub after: Tier,
    /// Every key of its condition.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tests: Vec<Checked>,
}

/// One key of a condition, with the value that decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Checked {
    /// The key, with its way through `any` and `not`, such as `any[1].grave`.
    pub key: String,
    /// What the condition asks for.
    pub expected: String,
    /// What stood there.
    pub found: String,
    /// Whether this key held; a key under `not` is not turned round.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
}

/// Writes a [`Trace`] while the ladder is climbed, or nothing at all.
pub(super) struct Recorder<'a> {
    pub(super) trace: Option<&'a mut Trace>,
}

impl Recorder<'_> {
    /// Notes one rule.
    pub(super) fn rule(
        &mut self,
        kind: RuleKind,
        name: &str,
        (when, facts, profile): (&When, Facts<'_>, &Profile),
        held: bool,
        (before, after): (Tier, Tier),
    ) {
        if let Some(trace) = self.trace.as_deref_mut() {
            let mut tests = Vec::new();
            when.show(facts, profile, "", &mut tests);
            trace.rules.push(RuleTrace { kind, name: name.to_owned(), held, before, after, tests });
        }
    }

    /// Notes what the ladder starts from.
    pub(super) fn start(&mut self, profile: &Profile, reading: &Reading, belief: &Belief, base: Tier) {
        if let Some(trace) = self.trace.as_deref_mut() {
            trace.signals = signals(profile, reading, belief, base);
            trace.thresholds = thresholds(profile, reading, belief);
        }
    }

    /// Notes what came out.
    pub(super) fn finish(&mut self, decision: &Decision) {
        if let Some(trace) = self.trace.as_deref_mut() {
            trace.signals.push(Signal { name: "tier".to_owned(), value: decision.tier.to_string() });
        }
    }
}

fn signals(profile: &Profile, reading: &Reading, belief: &Belief, base: Tier) -> Vec<Signal> {
    let ranking = |ranking: &[(crate::taxonomy::IntentId, f32)]| {
        let shown: Vec<String> =
            ranking.iter().map(|(intent, sure)| format!("{} {sure:.4}", profile.automation(*intent).id)).collect();
        shown.join(", ")
    };
    let (model, scope) = match &reading.model {
        Ok(model) => (ranking(&model.intents), format!("{:.4}", model.out_of_scope)),
        Err(silence) => (format!("silent: {silence}"), "none".to_owned()),
    };
    let heard: Vec<&str> = reading.lexicon.hits.iter().filter(|hit| !hit.negated).map(|hit| &*hit.word).collect();
    let history = &reading.history;
    let nearest = history.nearest.map_or("none".to_owned(), |nearest| format!("{:.2}", nearest.similarity));
    let all = [
        ("profile", profile.name.to_string()),
        ("model", model),
        ("model.out_of_scope", scope),
        ("lexicon", ranking(&reading.lexicon.intents)),
        ("lexicon.heard", heard.join(", ")),
        ("believed", belief.believed.to_string()),
        ("match", belief.matched.to_string()),
        ("emotion", format!("{} {:.4}", belief.emotion.0, belief.emotion.1)),
        ("trend", belief.trend.to_string()),
        ("degraded", belief.degraded.to_string()),
        ("channel", reading.channel.to_string()),
        ("vertical", reading.vertical.map_or("none".to_owned(), |vertical| vertical.to_string())),
        ("value", reading.customer.value.to_string()),
        ("kol", reading.customer.kol.to_string()),
        ("prefers_human", reading.customer.prefers_human.to_string()),
        ("contacts_24h", reading.customer.contacts_24h.to_string()),
        ("turns", history.turns.to_string()),
        ("ai_failures", history.ai_failures.to_string()),
        ("clarified", history.clarified.to_string()),
        ("waiting", format!("{}s", history.waiting.as_secs())),
        ("human_active", history.human_active.to_string()),
        ("without_history", history.missing.to_string()),
        ("similarity", nearest),
        ("repeated", belief.repeated.to_string()),
        ("asked_again", belief.asked_again.to_string()),
        ("base tier", base.to_string()),
    ];
    all.into_iter().map(|(name, value)| Signal { name: name.to_owned(), value }).collect()
}

fn thresholds(profile: &Profile, reading: &Reading, belief: &Belief) -> Vec<ThresholdTrace> {
    let limits = &profile.believe;
    let mut out = Vec::new();
    let mut compare = |name: &str, value: f32, limit: f32| {
        let distance = ((value - limit) * 1e4).round() / 1e4;
        out.push(ThresholdTrace { name: name.to_owned(), value, limit, distance });
    };
    if let Ok(model) = &reading.model {
        compare("believe.model", model.confidence(), limits.model);
        compare("believe.foreign", model.out_of_scope, limits.foreign);
    }
    if let Some((_, sure)) = reading.lexicon.intents.first() {
        compare("believe.lexicon", *sure, limits.lexicon);
    }
    if let Some(first) = belief.first() {
        let bars = profile.automation(first.intent).thresholds;
        compare("thresholds.ai", first.confidence, bars.ai);
        compare("thresholds.assisted", first.confidence, bars.assisted);
    }
    if let Some(second) = belief.intents.get(1) {
        compare("believe.ambiguous", belief.margin().unwrap_or(0.0), limits.ambiguous);
        compare("believe.also", second.confidence, limits.also);
    }
    if let Some(nearest) = reading.history.nearest {
        compare("repetition.same", nearest.similarity, limits.repetition.same);
    }
    out
}
