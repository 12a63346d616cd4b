//! From values of the variables to a reading, in the words of a case, so that it can be pasted into one.

use std::ops::Range;
use std::sync::Arc;

use crate::reading::Reading;
use crate::taxonomy::{IntentId, Taxonomy};
use crate::words::{AnsweredBy, Believed, Channel, CustomerValue, Emotion, Trend, Vertical};

use super::super::believe::Belief;
use super::super::case::Case;
use super::super::when::{Facts, When};
use super::super::{Decision, Policy, Profile, Route};
use super::cells::Cells;
use super::formula::{State, Var};
use super::space::{MODELS, Space};

/// The confidence of a model that is sure.
pub(super) const SURE: f32 = 0.99;

/// A reading that shows a finding, as the `given` of a case: `{ intent = "track", channel = "comment" }`.
#[derive(Debug, Clone, PartialEq)]
pub struct ExampleReading {
    given: String,
    reading: Box<Reading>,
}

impl ExampleReading {
    /// The facts themselves.
    #[must_use]
    pub fn reading(&self) -> &Reading {
        &self.reading
    }

    /// Reads the `given` of a case; none where it is no such.
    pub(super) fn parse(given: String, taxonomy: &Taxonomy) -> Option<Self> {
        let toml = format!("[[case]]\nname = \"example\"\ngiven = {given}\nexpect = {{ hold = false }}\n");
        let case = Case::parse_file(&toml, taxonomy).ok()?.pop()?;
        let reading = Box::new(case.reading()?.clone());
        Some(Self { given, reading })
    }
}

impl std::fmt::Display for ExampleReading {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.given)
    }
}

impl serde::Serialize for ExampleReading {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.given)
    }
}

/// What the policy itself makes of an example, to see that it shows what it should.
#[derive(Debug)]
pub(super) struct Seen<'a> {
    pub(super) profile: &'a Profile,
    reading: &'a Reading,
    belief: Belief,
    pub(super) decision: Decision,
}

impl<'a> Seen<'a> {
    pub(super) fn new(policy: &Policy, profile: &'a Profile, reading: &'a Reading) -> Self {
        Self { profile, reading, belief: profile.believe(reading), decision: policy.decide(reading) }
    }

    /// What each route or queue row is asked about: one request after the other.
    pub(super) fn requests(&self) -> Vec<Facts<'_>> {
        let mut requests: Vec<Option<IntentId>> = self.belief.asked().map(Some).collect();
        if requests.is_empty() {
            requests.push(None);
        }
        let facts = |request| Facts { request, tier: Some(self.decision.tier), ..self.facts() };
        requests.into_iter().map(facts).collect()
    }

    /// What floors, steps and sheds are asked about.
    pub(super) fn facts(&self) -> Facts<'_> {
        Facts { reading: self.reading, belief: &self.belief, tier: None, request: None }
    }

    /// Whether the first row that matches some request is this one.
    pub(super) fn reaches(&self, row: usize) -> bool {
        let reached = |facts| self.profile.routes.iter().position(|row: &Route| row.when.holds(facts));
        self.requests().into_iter().any(|facts| reached(facts) == Some(row))
    }

    pub(super) fn holds(&self, when: &When) -> bool {
        when.holds(self.facts())
    }
}

/// Writes the `given` of a case.
pub(super) struct Writing<'a> {
    pub(super) space: &'a Space,
    pub(super) profile: &'a Profile,
    pub(super) state: &'a State,
}

/// The ranking of an example.
struct Ranked {
    intents: Vec<IntentId>,
    classes: Vec<usize>,
    confidence: f32,
    second: f32,
    also: bool,
}

impl Writing<'_> {
    /// The plain value where it is possible, else the first that is.
    fn value(&self, var: Var) -> usize {
        let possible = |value: &usize| self.state.has(var, *value);
        Some(var.plain()).filter(possible).or_else(|| (0..var.size()).find(possible)).unwrap_or(0)
    }

    fn is(&self, var: Var) -> bool {
        self.value(var) == 1
    }

    fn one<T: Copy + PartialEq>(&self, var: Var, all: &[T], plain: T) -> Option<T> {
        all.get(self.value(var)).copied().filter(|value| *value != plain)
    }

    fn lowest<T: Copy + PartialOrd + Default>(&self, cells: &Cells<T>) -> T {
        cells.bounds(self.value(cells.var)).0
    }

    /// The reading as TOML.
    pub(super) fn given(&self) -> String {
        let space = self.space;
        let mut out: Vec<String> = Vec::new();
        let (by, broken) = MODELS.get(self.value(space.model)).copied().unwrap_or_default();
        let ranked = self.ranked();
        let silent = by.is_none() || ranked.is_none();
        self.write_ranking(ranked.as_ref(), &mut out);
        let mut say = |condition: bool, field: &str| {
            if condition {
                out.push(field.to_owned());
            }
        };
        let by_words = self.value(space.believed) == super::space::place(Believed::ALL, Believed::Lexicon);
        say(silent, "degraded = true");
        say(!silent && by_words, "by_words = true");
        say(!silent && broken, "weakened = true");
        say(!silent && by == Some(AnsweredBy::Fast), "answered_by = \"fast\"");
        let scope = self.value(space.scope.var);
        if scope > 0 {
            out.push(format!("foreign = {}", inside(&space.scope, scope, 1.0)));
        }
        self.write_feelings(&mut out);
        self.write_around(&mut out);
        self.write_history(ranked.as_ref(), &mut out);
        if &*self.profile.name != Policy::NORMAL {
            out.push(format!("profile = {:?}", self.profile.name));
        }
        if out.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", out.join(", ")) }
    }

    fn write_ranking(&self, ranked: Option<&Ranked>, out: &mut Vec<String>) {
        let space = self.space;
        let mut named = ranked.is_some();
        let mut heard: Vec<usize> = Vec::new();
        if let Some(Ranked { intents, classes, confidence, second, also }) = ranked {
            let ids = self.ids(intents);
            out.push(format!("intent = {ids}"));
            if *confidence != SURE {
                out.push(format!("confidence = {confidence}"));
            }
            if intents.len() > 1 {
                out.push(format!("second_confidence = {second}"));
            }
            let unheard = |class| space.heard.iter().any(|(known, var)| known == class && !self.state.has(*var, 1));
            named = !classes.iter().any(unheard) && (intents.len() < 2 || *also || *second < self.profile.believe.also);
            if !named {
                out.push("named = false".to_owned());
                heard.extend(classes.get(1).filter(|_| *also));
            }
        }
        let grave: Vec<usize> = space.grave.iter().filter(|(_, var)| self.is(*var)).map(|(class, _)| *class).collect();
        let words = space.heard.iter().filter(|(_, var)| self.is(*var)).map(|(class, _)| *class);
        let already = ranked.filter(|_| named).map(|ranked| ranked.classes.clone()).unwrap_or_default();
        heard.extend(words.filter(|class| !grave.contains(class) && !already.contains(class)));
        for (key, classes) in [("grave", grave), ("heard", heard)] {
            let intents: Vec<IntentId> = classes.iter().filter_map(|class| self.member(*class, 0)).collect();
            if !intents.is_empty() {
                out.push(format!("{key} = {}", self.ids(&intents)));
            }
        }
    }

    fn write_feelings(&self, out: &mut Vec<String>) {
        let space = self.space;
        if let Some(emotion) = self.one(space.emotion, Emotion::ALL, Emotion::Neutral) {
            out.push(format!("emotion = \"{emotion}\""));
        }
        let feeling = self.value(space.feeling.var);
        if feeling + 1 < space.feeling.count() {
            out.push(format!("emotion_confidence = {}", inside(&space.feeling, feeling, 1.0)));
        }
        match self.one(space.trend, Trend::ALL, Trend::Same) {
            Some(Trend::Worse) => out.push("earlier_emotions = [\"neutral\"]".to_owned()),
            Some(Trend::Better) => out.push("earlier_emotions = [\"angry\"]".to_owned()),
            Some(Trend::Same) | None => {}
        }
    }

    fn write_around(&self, out: &mut Vec<String>) {
        let space = self.space;
        let channel = self.one(space.channel, Channel::ALL, Channel::Chat);
        out.extend(channel.map(|channel| format!("channel = \"{channel}\"")));
        let vertical = Vertical::ALL.get(self.value(space.vertical));
        out.extend(vertical.map(|vertical| format!("vertical = \"{vertical}\"")));
        let value = self.one(space.value, CustomerValue::ALL, CustomerValue::Regular);
        out.extend(value.map(|value| format!("value = \"{value}\"")));
        let entities = space.entities.iter().filter(|(_, var)| self.is(*var)).map(|(kind, _)| kind.as_str());
        let labels = space.labels.iter().filter(|(_, var)| self.is(*var)).map(|(label, _)| &**label);
        for (key, list) in [("entity", entities.collect::<Vec<_>>()), ("label", labels.collect())] {
            if !list.is_empty() {
                out.push(format!("{key} = {}", names(&list)));
            }
        }
        let flags = [
            ("kol", space.kol),
            ("prefers_human", space.prefers_human),
            ("human_active", space.human_active),
            ("repeated", space.repeated),
            ("without_history", space.without_history),
        ];
        out.extend(flags.iter().filter(|(_, var)| self.is(*var)).map(|(key, _)| format!("{key} = true")));
    }

    fn write_history(&self, ranked: Option<&Ranked>, out: &mut Vec<String>) {
        let space = self.space;
        let first = ranked.and_then(|ranked| ranked.intents.first()).filter(|_| self.is(space.asked_again));
        out.extend(first.map(|first| format!("earlier_intents = {}", self.ids(&[*first]))));
        let counts = [
            ("contacts_24h", &space.contacts),
            ("ai_failures", &space.failures),
            ("turns", &space.turns),
            ("clarified", &space.clarified),
        ];
        for (key, cells) in counts {
            let number = self.lowest(cells);
            if number > 0 {
                out.push(format!("{key} = {number}"));
            }
        }
        let waiting = self.lowest(&space.waiting);
        if waiting > 0 {
            out.push(format!("waiting = \"{waiting}s\""));
        }
    }

    fn ids(&self, intents: &[IntentId]) -> String {
        let ids: Vec<Arc<str>> =
            intents.iter().map(|intent| Arc::clone(&self.profile.automation(*intent).id)).collect();
        names(&ids.iter().map(|id| &**id).collect::<Vec<_>>())
    }

    fn member(&self, class: usize, which: usize) -> Option<IntentId> {
        self.space.classes.get(class).and_then(|class| class.get(which).or_else(|| class.first())).copied()
    }

    fn ranked(&self) -> Option<Ranked> {
        let space = self.space;
        let (request, other) = (self.value(space.request), self.value(space.other));
        let request_intent = self.member(request, 0)?;
        let other_intent = self.member(other, usize::from(other == request));
        let also = self.is(space.also) && other_intent.is_some();
        let mut intents: Vec<IntentId> = std::iter::once(request_intent).chain(other_intent).collect();
        let mut classes: Vec<usize> = std::iter::once(request).chain(other_intent.map(|_| other)).collect();
        if self.is(space.is_second) {
            intents.reverse();
            classes.reverse();
        }
        // What the second must have at least, and what it must stay below.
        let (mut least, mut below) = (0.0_f32, 1.0_f32);
        for (named, bar, later) in &space.ranked {
            let known = intents.iter().skip(1).any(|intent| named.contains(intent));
            if !self.is(*later) {
                below = if known { below.min(*bar) } else { below };
                continue;
            }
            if !known {
                intents.extend(named.iter().find(|intent| !intents.contains(intent)));
            }
            least = least.max(if known { *bar } else { bar * 2.0 });
        }
        let options = super::laws::offered(self.profile, space);
        if self.is(space.clarifies) && intents.iter().filter(|intent| options.contains(intent)).count() < 2 {
            intents.extend(options.iter().find(|intent| !intents.contains(intent)));
            least = least.max(self.profile.clarify.at_least * 2.0);
        }
        let (confidence, second) = self.likelihoods(intents.len() > 1, also, least..below);
        Some(Ranked { intents, classes, confidence, second, also })
    }

    /// Confidences of the first and the second in the cells that the state allows.
    fn likelihoods(&self, has_second: bool, also: bool, second: Range<f32>) -> (f32, f32) {
        let space = self.space;
        let sure = self.value_of_cells(&space.confidence);
        let fits = |first: f32, second: f32| {
            let margin = first - second;
            (0..space.margin.count())
                .any(|cell| self.state.has(space.margin.var, cell) && space.margin.holds(cell, margin))
        };
        let hundredths = |limit: f32| (0..=100u8).rev().map(|n| f32::from(n) / 100.0).filter(move |n| *n < limit);
        let firsts: Vec<f32> = std::iter::once(SURE)
            .chain([inside(&space.confidence, sure, 1.0), inside(&space.confidence, sure, 0.5)])
            .chain(hundredths(1.0))
            .filter(|first| space.confidence.holds(sure, *first))
            .collect();
        if !has_second {
            let first = firsts.iter().copied().find(|first| fits(*first, 0.0)).or_else(|| firsts.first().copied());
            return (first.unwrap_or(SURE), 0.0);
        }
        let low = self.profile.believe.also;
        let fitting = |first: f32, most: f32| {
            let seconds = hundredths(first).filter(|one| second.contains(one) && *one <= most);
            let mut seconds = seconds.filter(|second| (!also || *second >= low) && fits(first, *second));
            // Not asked for is simplest where it is too unlikely to be.
            let plain = |second: &f32| also || *second < low;
            seconds.clone().find(plain).or_else(|| seconds.next()).map(|second| (first, second))
        };
        // Likelihoods are together 1 at most, where the cells allow it.
        let whole = firsts.iter().copied().find_map(|first| fitting(first, 1.0 - first));
        whole
            .or_else(|| firsts.iter().copied().find_map(|first| fitting(first, 1.0)))
            .unwrap_or((firsts.first().copied().unwrap_or(SURE), second.start))
    }

    /// The plain cell, else the highest that is possible.
    fn value_of_cells(&self, cells: &Cells<f32>) -> usize {
        let possible = |value: &usize| self.state.has(cells.var, *value);
        let plain = Some(cells.var.plain()).filter(possible);
        plain.or_else(|| (0..cells.count()).rev().find(possible)).unwrap_or(0)
    }
}

/// A number of few digits inside a cell: part of the way from its first number to `top` or the next cell.
fn inside(cells: &Cells<f32>, cell: usize, top: f32) -> f32 {
    let (low, high) = cells.bounds(cell);
    let middle = f32::midpoint(low, high.unwrap_or(top).max(low));
    let round = |digits: f32| (middle * digits).round() / digits;
    [round(10.0), round(100.0), round(1000.0)].into_iter().find(|one| cells.holds(cell, *one)).unwrap_or(middle)
}

/// One name, or a list.
fn names(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("{name:?}")).collect();
    match quoted.as_slice() {
        [one] => one.clone(),
        _ => format!("[{}]", quoted.join(", ")),
    }
}
