//! The policy: from facts to a decision. Pure and total: no file, clock, chance or unordered walk enters here.
//!
//! In this order: whom to believe ([`believe`]), the base tier of the intent, floors below which nothing falls, one
//! step up where the context asks for it, and the first route row that matches. Floors and steps can only raise.

mod believe;
mod case;
mod decide;
mod look;
mod parse;
mod sheet;
mod when;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::taxonomy::IntentId;
use crate::words::{AnsweredBy, Believed, Emotion, Match, Priority, Tier, Trend, Vertical};
use when::When;

pub use sheet::{PolicyError, Problem};

/// A policy that has been checked and has passed its own cases.
#[derive(Debug, Clone)]
pub struct Policy {
    believe: believe::Limits,
    /// Indexed by intent.
    intents: Vec<Automation>,
    steps: Vec<Step>,
    floors: Vec<Floor>,
    routes: Vec<Route>,
    /// Groups and transfers with their names for people.
    names: BTreeMap<Arc<str>, Arc<str>>,
}

/// How far one intent may be automated.
#[derive(Debug, Clone)]
struct Automation {
    tier: Tier,
    thresholds: Thresholds,
    /// The name for people.
    zh: Arc<str>,
}

/// How sure is sure enough; `ai` is above `assisted`.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Thresholds {
    ai: f32,
    assisted: f32,
}

#[derive(Debug, Clone)]
struct Step {
    says: Says,
    when: When,
}

#[derive(Debug, Clone)]
struct Floor {
    says: Says,
    tier: Tier,
    when: When,
}

/// What a rule answers when it is asked why.
#[derive(Debug, Clone)]
struct Says {
    code: Arc<str>,
    rule: Arc<str>,
    because: Arc<str>,
}

#[derive(Debug, Clone)]
struct Route {
    name: Arc<str>,
    when: When,
    group: Arc<str>,
    by_vertical: Vec<(Vertical, Arc<str>)>,
    transfer_to: Option<Arc<str>>,
    priority: Priority,
    promise: Promise,
}

/// Times from the moment that a message came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Promise {
    /// Until the customer has a first answer.
    pub first_response: Option<Duration>,
    /// Until a person has looked.
    pub human: Option<Duration>,
    /// Until the matter is closed.
    pub resolve: Option<Duration>,
}

/// What the policy decides about one reading.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// Who answers.
    pub tier: Tier,
    /// The AI must not speak.
    pub hold: bool,
    /// The ranking that was believed, best first; what was asked for beside the first is marked.
    pub intents: Vec<Candidate>,
    /// Whether the first can be taken for what is meant.
    pub matched: Match,
    /// How the customer feels.
    pub emotion: (Emotion, f32),
    /// Against earlier turns.
    pub trend: Trend,
    /// The route row that matched.
    pub route: Arc<str>,
    /// The skill group.
    pub group: Arc<str>,
    /// The department that the matter goes on to.
    pub transfer_to: Option<Arc<str>>,
    /// How soon before others.
    pub priority: Priority,
    /// The promises of time.
    pub promise: Promise,
    /// Why; never empty.
    pub reasons: Vec<Because>,
    /// Whose reading was believed.
    pub believed: Believed,
    /// Which model answered.
    pub answered_by: Option<AnsweredBy>,
    /// The model was silent.
    pub degraded: bool,
}

/// One intent of the ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// Which.
    pub intent: IntentId,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// Asked for beside the first.
    pub also: bool,
}

/// One reason.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Because {
    /// Stable, for programs.
    pub code: Arc<str>,
    /// The rule that says so.
    pub rule: Arc<str>,
    /// For people, in Chinese.
    pub because: Arc<str>,
}

impl Policy {
    /// The name for people of a group or transfer.
    #[must_use]
    pub fn name_of(&self, id: &str) -> Option<&str> {
        self.names.get(id).map(|name| &**name)
    }
}

#[cfg(test)]
mod tests;
