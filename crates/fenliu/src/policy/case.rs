//! A policy's cases: a few facts or a message, and what must be decided about them.

mod parse;

use std::ops::Range;
use std::time::Duration;

use crate::inquiry::Inquiry;
use crate::reading::Reading;
use crate::taxonomy::Taxonomy;
use crate::words::{Match, Priority, Tier};

use super::{Decision, Policy, RuleName};

/// One case: what is given, and what is expected.
#[derive(Debug, Clone)]
pub struct Case {
    span: Range<usize>,
    path: String,
    name: String,
    given: Given,
    expect: Expect,
}

#[derive(Debug, Clone)]
enum Given {
    /// Facts, as a model and a lexicon would have them.
    Facts(Box<Reading>),
    /// A message, which the engine must read first.
    Message(Box<Inquiry>),
}

/// What a case demands; what is absent is not looked at.
#[derive(Debug, Clone, Default)]
struct Expect {
    tier: Option<Tier>,
    matched: Option<Match>,
    hold: Option<bool>,
    clarify: Option<bool>,
    intent: Option<String>,
    profile: Option<String>,
    route: Option<String>,
    group: Option<String>,
    transfer_to: Option<String>,
    priority: Option<Priority>,
    /// Until the customer has a first answer, a person has looked, the matter is closed.
    first_response: Option<Duration>,
    human: Option<Duration>,
    resolve: Option<Duration>,
    codes: Vec<String>,
    not_codes: Vec<String>,
}

/// What became of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verdict {
    /// Everything that is not as expected; empty where the case passes.
    pub differences: Vec<Difference>,
    /// The rules that held, for coverage.
    pub held: Vec<RuleName>,
}

/// One thing that is not as expected.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Such as `tier`.
    pub what: &'static str,
    /// What the case says.
    pub expected: String,
    /// What was decided.
    pub found: String,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, Difference { what, expected, found }) in self.differences.iter().enumerate() {
            let before = if index == 0 { "" } else { "; " };
            write!(f, "{before}{what} is `{found}`, expected `{expected}`")?;
        }
        Ok(())
    }
}

impl Case {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it stands in its file, such as `case[3]`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Where it stands in its file, in bytes.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The message that must be read first, where the case gives one.
    #[must_use]
    pub fn inquiry(&self) -> Option<&Inquiry> {
        match &self.given {
            Given::Facts(_) => None,
            Given::Message(inquiry) => Some(inquiry),
        }
    }

    /// The facts that the case gives; none where it gives a message.
    pub(super) fn reading(&self) -> Option<&Reading> {
        match &self.given {
            Given::Facts(reading) => Some(reading),
            Given::Message(_) => None,
        }
    }

    /// Judges the facts that the case gives; none where it gives a message, see [`Case::judge_reading`].
    #[must_use]
    pub fn judge(&self, policy: &Policy) -> Option<Verdict> {
        match &self.given {
            Given::Facts(reading) => Some(self.judge_reading(policy, reading, None)),
            Given::Message(_) => None,
        }
    }

    /// Judges what was read of the message that the case gives. An expected intent needs the taxonomy.
    #[must_use]
    pub fn judge_reading(&self, policy: &Policy, reading: &Reading, taxonomy: Option<&Taxonomy>) -> Verdict {
        let (decision, trace) = policy.explain(reading);
        let held = trace.rules.iter().filter(|rule| rule.held);
        let held = held.map(|rule| RuleName { kind: rule.kind, name: rule.name.as_str().into() }).collect();
        Verdict { differences: self.expect.differences(&decision, taxonomy), held }
    }
}

impl Expect {
    fn differences(&self, decision: &Decision, taxonomy: Option<&Taxonomy>) -> Vec<Difference> {
        let mut out = Vec::new();
        let mut differ = |what: &'static str, expected: Option<String>, found: String| {
            if let Some(expected) = expected.filter(|expected| *expected != found) {
                out.push(Difference { what, expected, found });
            }
        };
        let first = decision.intents.first().map(|first| first.intent);
        if let (Some(taxonomy), Some(first)) = (taxonomy, first) {
            differ("intent", self.intent.clone(), taxonomy.intent(first).id.to_string());
        }
        differ("tier", self.tier.map(|tier| tier.to_string()), decision.tier.to_string());
        differ("match", self.matched.map(|matched| matched.to_string()), decision.matched.to_string());
        differ("hold", self.hold.map(|hold| hold.to_string()), decision.hold.to_string());
        differ("clarify", self.clarify.map(|asks| asks.to_string()), (!decision.clarify.is_empty()).to_string());
        differ("profile", self.profile.clone(), decision.profile.to_string());
        differ("route", self.route.clone(), decision.route.to_string());
        differ("group", self.group.clone(), decision.group.to_string());
        differ("transfer_to", self.transfer_to.clone(), decision.transfer_to.as_deref().unwrap_or("none").to_owned());
        differ("priority", self.priority.map(|priority| priority.to_string()), decision.priority.to_string());
        let promise = decision.promise;
        for (what, expected, found) in [
            ("first_response", self.first_response, promise.first_response),
            ("human", self.human, promise.human),
            ("resolve", self.resolve, promise.resolve),
        ] {
            let shown = |time: Option<Duration>| time.map(|time| format!("{time:?}"));
            differ(what, shown(expected), shown(found).unwrap_or_else(|| "never".to_owned()));
        }
        let codes: Vec<&str> = decision.reasons.iter().map(|reason| &*reason.code).collect();
        for code in self.codes.iter().filter(|code| !codes.contains(&code.as_str())) {
            differ("codes", Some(code.clone()), codes.join(", "));
        }
        for code in self.not_codes.iter().filter(|code| codes.contains(&code.as_str())) {
            differ("codes", Some(format!("no {code}")), codes.join(", "));
        }
        out
    }
}
