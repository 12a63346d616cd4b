//! The policy: from facts to a decision. Pure and total: no file, clock, chance or unordered walk enters here.
//!
//! In this order: whom to believe ([`believe`]), the base tier of the intents, what a profile sheds, floors below
//! which nothing falls, one step up where the context asks for it, a clarifying question where nothing speaks against
//! it, and for each request the first route row that matches. Floors and steps can only raise.

mod believe;
mod case;
mod check;
mod compare;
mod decide;
mod gray;
mod look;
mod parse;
mod reasons;
mod sheet;
mod trace;
mod when;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use crate::taxonomy::IntentId;
use crate::words::{AnsweredBy, Believed, Emotion, Match, Priority, Tier, Trend, Vertical};
use when::When;

pub use case::{Case, Difference, Verdict};
pub use check::{ExampleReading, Finding, FindingKind, Subject, SubjectKind};
pub use compare::Changed;
pub use gray::{Candidacy, RolloutKey};
pub use sheet::{PolicyError, Problem};
pub use trace::{Checked, RuleKind, RuleName, RuleTrace, Signal, ThresholdTrace, Trace};

/// A policy that has been checked and has passed its own cases.
#[derive(Debug, Clone)]
pub struct Policy {
    normal: Profile,
    /// In the order of their names.
    others: Vec<Profile>,
    /// Groups and transfers with their names for people.
    names: BTreeMap<Arc<str>, Arc<str>>,
    /// How soon each group looks at what comes to it, where it says so.
    answers_within: BTreeMap<Arc<str>, Duration>,
    /// The groups, transfers and promises that rows may name, and where they stand in the file.
    declared: Vec<(Subject, Range<usize>)>,
    candidacy: Option<Candidacy>,
    cases: Vec<Case>,
}

/// The rules in one state of the shop, complete: nothing is looked up elsewhere.
#[derive(Debug, Clone)]
struct Profile {
    name: Arc<str>,
    /// The one that it starts from; none for `normal`.
    parent: Option<Arc<str>>,
    /// The promises that it has otherwise than the rest of the file, its parent's too.
    promises: BTreeMap<String, Promise>,
    /// The name for people.
    zh: Arc<str>,
    believe: believe::Limits,
    clarify: Clarify,
    /// Indexed by intent.
    intents: Vec<Automation>,
    sheds: Vec<Shed>,
    floors: Vec<Floor>,
    steps: Vec<Step>,
    queue: Vec<Queue>,
    routes: Vec<Route>,
}

/// How far one intent may be automated.
#[derive(Debug, Clone)]
struct Automation {
    tier: Tier,
    thresholds: Thresholds,
    id: Arc<str>,
    /// The name for people.
    zh: Arc<str>,
    /// Why it has this tier.
    says: Because,
}

/// How sure is sure enough; `ai` is above `assisted`.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Thresholds {
    ai: f32,
    assisted: f32,
}

/// How often the AI may ask what is meant, and how many possibilities it offers.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Clarify {
    times: u32,
    options: usize,
    /// The least confidence of a possibility, 0 to 1.
    at_least: f32,
}

/// What the AI answers alone for as long as the profile lasts.
#[derive(Debug, Clone)]
struct Shed {
    says: Says,
    when: When,
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
    /// Holds in every profile.
    grave: bool,
    when: When,
}

/// Who is heard first: the first row that matches sets the priority.
#[derive(Debug, Clone)]
struct Queue {
    name: Arc<str>,
    /// Where the name stands in the file.
    span: Range<usize>,
    when: When,
    priority: Priority,
}

/// What a rule answers when it is asked why.
#[derive(Debug, Clone)]
struct Says {
    code: Arc<str>,
    rule: Arc<str>,
    because: Arc<str>,
    /// Where the rule's name stands in the file.
    span: Range<usize>,
}

#[derive(Debug, Clone)]
struct Route {
    name: Arc<str>,
    /// Where the name stands in the file.
    span: Range<usize>,
    when: When,
    before: Before,
    group: Arc<str>,
    by_vertical: Vec<(Vertical, Arc<str>)>,
    transfer_to: Option<Arc<str>>,
    priority: Priority,
    /// The name of the promise, and the promise as this profile has it.
    sla: Arc<str>,
    promise: Promise,
}

/// Above which later rows a row stands on purpose, although both match the same messages.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Before {
    These(Vec<Arc<str>>),
    /// Every row below: whoever matches this row belongs to it, whatever else is asked for.
    Everything,
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
    /// What the AI asks the customer to choose from, likeliest first; empty where the answer is no such question.
    pub clarify: Vec<IntentId>,
    /// The ranking that was believed, best first; what was asked for beside the first is marked.
    pub intents: Vec<Candidate>,
    /// Whether the first can be taken for what is meant.
    pub matched: Match,
    /// How the customer feels.
    pub emotion: (Emotion, f32),
    /// Against earlier turns.
    pub trend: Trend,
    /// The route row that matched; of several requests that of the most urgent.
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
    /// The profile that decided.
    pub profile: Arc<str>,
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
    /// The name of the profile that holds where nobody says otherwise.
    pub const NORMAL: &'static str = "normal";

    /// The name for people of a group or transfer.
    #[must_use]
    pub fn name_of(&self, id: &str) -> Option<&str> {
        self.names.get(id).map(|name| &**name)
    }

    /// The groups, in the order of the file, each with its name for people.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &str)> {
        self.declared(SubjectKind::Group)
    }

    /// The departments that a matter may go on to, likewise.
    pub fn transfers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.declared(SubjectKind::Transfer)
    }

    fn declared(&self, kind: SubjectKind) -> impl Iterator<Item = (&str, &str)> {
        let of_kind = self.declared.iter().filter(move |(subject, _)| subject.kind == kind);
        of_kind.filter_map(|(subject, _)| Some((&*subject.name, self.name_of(&subject.name)?)))
    }

    /// The profiles, `normal` first, each with its name for people.
    pub fn profiles(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all_profiles().map(|profile| (&*profile.name, &*profile.zh))
    }

    /// Whether there is such a profile.
    #[must_use]
    pub fn has_profile(&self, name: &str) -> bool {
        self.profile(name).is_some()
    }

    fn all_profiles(&self) -> impl Iterator<Item = &Profile> {
        std::iter::once(&self.normal).chain(&self.others)
    }

    fn profile(&self, name: &str) -> Option<&Profile> {
        self.all_profiles().find(|profile| &*profile.name == name)
    }

    /// The policy that is tried beside this one, if any.
    #[must_use]
    pub fn candidacy(&self) -> Option<&Candidacy> {
        self.candidacy.as_ref()
    }

    /// The cases that the file carries.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// Every rule by kind and name, for coverage: those of `normal`, then what each profile adds.
    #[must_use]
    pub fn rules(&self) -> Vec<RuleName> {
        let mut out: Vec<RuleName> = Vec::new();
        for profile in self.all_profiles() {
            for rule in profile.rule_names() {
                if !out.contains(&rule) {
                    out.push(rule);
                }
            }
        }
        out
    }
}

impl Profile {
    fn rule_names(&self) -> impl Iterator<Item = RuleName> {
        let sheds = self.sheds.iter().map(|shed| (RuleKind::Shed, &shed.says.rule));
        let floors = self.floors.iter().map(|floor| (RuleKind::Floor, &floor.says.rule));
        let steps = self.steps.iter().map(|step| (RuleKind::Step, &step.says.rule));
        let queue = self.queue.iter().map(|row| (RuleKind::Queue, &row.name));
        let routes = self.routes.iter().map(|route| (RuleKind::Route, &route.name));
        let all = sheds.chain(floors).chain(steps).chain(queue).chain(routes);
        all.map(|(kind, name)| RuleName { kind, name: Arc::clone(name) })
    }
}

#[cfg(test)]
mod tests;
