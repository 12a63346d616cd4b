//! Static checks: what a policy says that can never happen, or that two of its rows say differently.
//!
//! Conditions become formulas over few values (`space`), what belief, match and tier follow from becomes laws
//! (`laws`), and a search (`solve`) finds a reading or proves that there is none. Every example that is shown has been
//! decided by the policy itself before.

mod cells;
mod example;
mod formula;
mod intents;
mod laws;
mod promises;
mod rows;
mod rules;
mod seen;
mod solve;
mod space;

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use crate::taxonomy::Taxonomy;
use crate::words::names;

use super::trace::RuleKind;
use super::{Policy, Profile};
use example::{Seen, Writing};
use formula::{Formula, State};
use laws::Laws;
use solve::Answer;
use space::{Place, Space};

pub use example::ExampleReading;

names! {
    /// What is wrong with a policy that loads.
    FindingKind {
        /// A route or queue row that no message reaches.
        Unreachable = "unreachable",
        /// A floor, step or shed whose condition no message meets.
        NeverHolds = "never_holds",
        /// Two route rows that match the same message and answer differently, and neither is a special case of the
        /// other.
        Overlap = "overlap",
        /// A row says that it stands before another on purpose, but the two never match the same message.
        StaleBefore = "stale_before",
        /// An intent that no row names.
        NoRoute = "no_route",
        /// A promise of a person that is shorter than the group takes.
        SlaNotKept = "sla_not_kept",
        /// Promises of one row that come in the wrong order.
        SlaOrder = "sla_order",
        /// A floor, step or shed that changes no tier.
        Needless = "needless",
        /// A group, transfer or promise that no row names.
        Unused = "unused",
        /// A question that is too large to be answered.
        Undecided = "undecided",
    }
}

names! {
    /// What a finding is about.
    SubjectKind {
        /// Lets the AI answer alone for as long as a profile lasts.
        Shed = "shed",
        /// A tier below which nothing falls.
        Floor = "floor",
        /// One tier up.
        Step = "step",
        /// A row that sets the priority.
        Queue = "queue",
        /// A row that names group, transfer, priority and promises.
        Route = "route",
        /// An intent of the taxonomy.
        Intent = "intent",
        /// A skill group.
        Group = "group",
        /// A department that a matter goes on to.
        Transfer = "transfer",
        /// A promise of time.
        Sla = "sla",
    }
}

/// A part of the policy by kind and name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[non_exhaustive]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// Its name in the file.
    pub name: Arc<str>,
}

/// One thing that a static check has found.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// The profile in which it is so; what holds in `normal` too stands there alone.
    pub profile: Arc<str>,
    /// What it is about, the one to change first.
    pub subjects: Vec<Subject>,
    /// For people: what is wrong, where, and what was expected.
    pub message: String,
    /// Where the first subject's name stands in the file, in bytes; none for an intent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Range<usize>>,
    /// A reading that shows it, where there can be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<ExampleReading>,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.message)?;
        if &*self.profile != Policy::NORMAL {
            write!(f, " (in profile `{}`)", self.profile)?;
        }
        Ok(())
    }
}

impl Policy {
    /// What can never happen, what two rows say differently, and what nothing uses; in every profile, each thing once.
    ///
    /// # Cost
    ///
    /// Under a second for some tens of rows and floors in some profiles.
    ///
    /// # Determinism
    ///
    /// The same policy gives the same findings in the same order: by profile, then in the order of [`FindingKind`].
    #[must_use]
    pub fn check(&self, taxonomy: &Taxonomy) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut overlapping = BTreeSet::new();
        for profile in self.parents_first() {
            let mut checking = Checking::new(self, profile, taxonomy);
            checking.rows(&mut overlapping);
            checking.rules();
            checking.intents();
            checking.promises();
            findings.push(checking.findings);
        }
        let mut out: Vec<Finding> = Vec::new();
        for finding in findings.into_iter().flatten().chain(self.stale(&overlapping)).chain(self.unused()) {
            if !out.iter().any(|known| known.kind == finding.kind && known.subjects == finding.subjects) {
                out.push(finding);
            }
        }
        let order: Vec<&Arc<str>> = self.all_profiles().map(|profile| &profile.name).collect();
        out.sort_by_key(|finding| (order.iter().position(|name| **name == finding.profile), finding.kind));
        out
    }

    /// Each profile after the one that it starts from.
    fn parents_first(&self) -> Vec<&Profile> {
        let mut out: Vec<&Profile> = vec![&self.normal];
        loop {
            let known = |name: &Arc<str>| out.iter().any(|profile| profile.name == *name);
            let next = self.others.iter().find(|it| !known(&it.name) && it.parent.as_ref().is_some_and(known));
            match next {
                Some(next) => out.push(next),
                None => return out,
            }
        }
    }
}

/// One profile under examination.
struct Checking<'a> {
    policy: &'a Policy,
    profile: &'a Profile,
    /// What it starts from; none for `normal`.
    parent: Option<&'a Profile>,
    taxonomy: &'a Taxonomy,
    space: Space,
    laws: Laws,
    findings: Vec<Finding>,
}

impl<'a> Checking<'a> {
    fn new(policy: &'a Policy, profile: &'a Profile, taxonomy: &'a Taxonomy) -> Self {
        let space = Space::new(profile);
        let laws = Laws::new(profile, &space);
        let parent = profile.parent.as_deref().and_then(|name| policy.profile(name));
        Self { policy, profile, parent, taxonomy, space, laws, findings: Vec::new() }
    }

    /// Whether the rule comes from the profile that this one starts from.
    fn inherits(&self, kind: RuleKind, name: &str) -> bool {
        let inherited = |parent: &Profile| parent.rule_names().any(|rule| rule.kind == kind && &*rule.name == name);
        self.parent.is_some_and(inherited)
    }

    /// Looks for a reading that meets the goals and of which the policy itself says what `shows` asks.
    fn find(&self, goals: &[&Formula], shows: impl Fn(&Seen<'_>) -> bool) -> Answer<ExampleReading> {
        solve::find(&self.space, &self.laws, goals, |state| self.example(state, &shows))
    }

    fn example(&self, state: &State, shows: impl Fn(&Seen<'_>) -> bool) -> Option<ExampleReading> {
        let given = Writing { space: &self.space, profile: self.profile, state }.given();
        self.shown(given, shows)
    }

    fn shown(&self, given: String, shows: impl Fn(&Seen<'_>) -> bool) -> Option<ExampleReading> {
        let example = ExampleReading::parse(given, self.taxonomy)?;
        shows(&Seen::new(self.policy, self.profile, example.reading())).then_some(example)
    }

    /// Whether nothing can meet the goals.
    fn never(&self, goals: &[&Formula]) -> bool {
        solve::possible(&self.space, &self.laws, goals).is_never()
    }

    fn report(&mut self, found: Found, example: Option<ExampleReading>) {
        let Found { kind, subjects, span, message } = found;
        self.findings.push(Finding { kind, profile: Arc::clone(&self.profile.name), subjects, message, span, example });
    }

    /// Reports what only a reading can show; nothing where there is no such reading.
    fn report_shown(&mut self, mut found: Found, answer: Answer<ExampleReading>) {
        match answer {
            Answer::Never => {}
            Answer::Found(example) => self.report(found, Some(example)),
            Answer::Unshown => {
                found.message.push_str("; no example of it could be built");
                self.report(found, None);
            }
            Answer::TooLarge => {
                found.kind = FindingKind::Undecided;
                found.message = format!("could not be found out, the search grew too large: {}", found.message);
                self.report(found, None);
            }
        }
    }
}

/// A finding but for its profile and example.
struct Found {
    kind: FindingKind,
    subjects: Vec<Subject>,
    span: Option<Range<usize>>,
    message: String,
}

fn subject(kind: SubjectKind, name: &Arc<str>) -> Subject {
    Subject { kind, name: Arc::clone(name) }
}

/// `` `a`, `b` and `c` ``.
fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.concat(),
    }
}

#[cfg(test)]
mod tests;
