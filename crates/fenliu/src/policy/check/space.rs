//! The readings that a policy can tell apart, as variables with few values: intents that no rule tells apart are one
//! value, a number is the cell between two bars.
//!
//! Two requests are modelled, since no more than two can be asked for: the one that a row is sought for, and the
//! other of the first two of the ranking.

use std::sync::Arc;

use crate::entity::EntityKind;
use crate::taxonomy::IntentId;
use crate::words::{AnsweredBy, Believed, Channel, CustomerValue, Emotion, Match, Tier, Trend, Vertical};

use super::super::Profile;
use super::super::when::{Test, When};
use super::cells::Cells;
use super::formula::{Formula, State, Var};
use super::seen::Seen;

/// Where a condition is asked: about the whole message, or about one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Rule,
    Row,
}

/// How the model spoke; the values of [`Space::model`].
pub(super) const MODELS: [(Option<AnsweredBy>, bool); 5] = [
    (Some(AnsweredBy::Deep), false),
    (Some(AnsweredBy::Fast), false),
    (Some(AnsweredBy::Deep), true),
    (Some(AnsweredBy::Fast), true),
    (None, true),
];

/// The variables, and what one value of each means.
#[derive(Debug)]
pub(super) struct Space {
    vars: Vec<Var>,
    /// Intents that no rule tells apart, in the order of the taxonomy.
    pub(super) classes: Vec<Vec<IntentId>>,
    /// The class of the request; the last value: nothing is asked.
    pub(super) request: Var,
    /// The class of the other of the first two of the ranking; the last value: there is none.
    pub(super) other: Var,
    /// Whether the request is the second of the ranking.
    pub(super) is_second: Var,
    /// Whether the second is asked for beside the first.
    pub(super) also: Var,
    /// Of the first, lacking where there is none.
    pub(super) confidence: Cells<f32>,
    /// First minus second, lacking where there is no first.
    pub(super) margin: Cells<f32>,
    pub(super) scope: Cells<f32>,
    pub(super) feeling: Cells<f32>,
    pub(super) emotion: Var,
    pub(super) trend: Var,
    pub(super) channel: Var,
    pub(super) value: Var,
    /// The last value: none.
    pub(super) vertical: Var,
    pub(super) believed: Var,
    pub(super) model: Var,
    pub(super) matched: Var,
    pub(super) tier: Var,
    /// The AI asks back.
    pub(super) clarifies: Var,
    pub(super) kol: Var,
    pub(super) prefers_human: Var,
    pub(super) human_active: Var,
    pub(super) repeated: Var,
    pub(super) asked_again: Var,
    pub(super) without_history: Var,
    pub(super) contacts: Cells<u64>,
    pub(super) failures: Cells<u64>,
    pub(super) turns: Cells<u64>,
    pub(super) clarified: Cells<u64>,
    /// In seconds.
    pub(super) waiting: Cells<u64>,
    /// Whether a word of the class was heard; only for classes that a rule listens for. Likewise grave ones.
    pub(super) heard: Vec<(usize, Var)>,
    pub(super) grave: Vec<(usize, Var)>,
    pub(super) entities: Vec<(EntityKind, Var)>,
    pub(super) labels: Vec<(Arc<str>, Var)>,
    /// Whether something behind the first of the ranking is one of these with at least this confidence.
    pub(super) ranked: Vec<(Vec<IntentId>, f32, Var)>,
}

impl Space {
    pub(super) fn new(profile: &Profile) -> Self {
        let seen = Seen::of(profile);
        let classes = seen.classes(profile);
        let mut words = 0;
        let words = &mut words;
        let limits = &profile.believe;
        let bars = profile.intents.iter().flat_map(|row| [row.thresholds.ai, row.thresholds.assisted]);
        let confidences: Vec<f32> =
            bars.chain(seen.confidences).chain([limits.lexicon, limits.also, profile.clarify.at_least]).collect();
        let margins = [seen.margins, vec![limits.ambiguous]].concat();
        let clarified = [seen.clarified, vec![u64::from(profile.clarify.times)]].concat();
        let listened = |words: &mut usize, sets: &[&[IntentId]]| -> Vec<(usize, Var)> {
            let is_listened = |class: &[IntentId]| sets.iter().any(|set| class.iter().any(|one| set.contains(one)));
            let listened = classes.iter().enumerate().filter(|(_, class)| is_listened(class));
            listened.map(|(class, _)| (class, Var::new(words, 2, 0))).collect()
        };
        let (heard, grave) = (listened(words, &seen.heard), listened(words, &seen.grave));
        let entities = seen.entities.into_iter().map(|kind| (kind, Var::new(words, 2, 0))).collect();
        let labels = seen.labels.into_iter().map(|label| (label, Var::new(words, 2, 0))).collect();
        let ranked = seen.ranked.into_iter().map(|(set, least)| (set.to_vec(), least, Var::new(words, 2, 0))).collect();
        let mut var = |size: usize, plain: usize| Var::new(words, size, plain);
        let mut flag = || var(2, 0);
        let [is_second, also, clarifies] = [flag(), flag(), flag()];
        let [kol, prefers_human, human_active] = [flag(), flag(), flag()];
        let [repeated, asked_again, without_history] = [flag(), flag(), flag()];
        let mut space = Self {
            request: var(classes.len() + 1, 0),
            other: var(classes.len() + 1, classes.len()),
            emotion: var(Emotion::ALL.len(), place(Emotion::ALL, Emotion::Neutral)),
            trend: var(Trend::ALL.len(), place(Trend::ALL, Trend::Same)),
            channel: var(Channel::ALL.len(), place(Channel::ALL, Channel::Chat)),
            value: var(CustomerValue::ALL.len(), place(CustomerValue::ALL, CustomerValue::Regular)),
            vertical: var(Vertical::ALL.len() + 1, Vertical::ALL.len()),
            believed: var(Believed::ALL.len(), place(Believed::ALL, Believed::Model)),
            model: var(MODELS.len(), 0),
            matched: var(Match::ALL.len(), place(Match::ALL, Match::Intent)),
            tier: var(Tier::ALL.len(), 0),
            confidence: Cells::new(words, confidences, super::example::SURE, true),
            margin: Cells::new(words, margins, super::example::SURE, true),
            scope: Cells::new(words, [seen.scopes, vec![limits.foreign]].concat(), 0.0, false),
            feeling: Cells::new(words, seen.feelings, 1.0, false),
            contacts: Cells::new(words, seen.contacts, 0, false),
            failures: Cells::new(words, seen.failures, 0, false),
            turns: Cells::new(words, seen.turns, 0, false),
            clarified: Cells::new(words, clarified, 0, false),
            waiting: Cells::new(words, seen.waiting, 0, false),
            vars: Vec::new(),
            is_second,
            also,
            clarifies,
            kol,
            prefers_human,
            human_active,
            repeated,
            asked_again,
            without_history,
            heard,
            grave,
            entities,
            labels,
            ranked,
            classes,
        };
        space.vars = space.all();
        space
    }

    /// Every variable, in the order of its place.
    fn all(&self) -> Vec<Var> {
        let listed = self.heard.iter().chain(&self.grave).map(|(_, var)| *var);
        let listed = listed.chain(self.entities.iter().map(|(_, var)| *var));
        let listed = listed.chain(self.labels.iter().map(|(_, var)| *var));
        let listed = listed.chain(self.ranked.iter().map(|(_, _, var)| *var));
        let single = [
            self.request,
            self.other,
            self.is_second,
            self.also,
            self.emotion,
            self.trend,
            self.channel,
            self.value,
            self.vertical,
            self.believed,
            self.model,
            self.matched,
            self.tier,
            self.clarifies,
            self.kol,
            self.prefers_human,
            self.human_active,
            self.repeated,
            self.asked_again,
            self.without_history,
        ];
        let shares = [&self.confidence, &self.margin, &self.scope, &self.feeling].map(|cells| cells.var);
        let counts = [&self.contacts, &self.failures, &self.turns, &self.clarified, &self.waiting];
        let mut all: Vec<Var> = listed.chain(single).chain(shares).chain(counts.map(|cells| cells.var)).collect();
        all.sort();
        all
    }

    /// Everything is possible.
    pub(super) fn open(&self) -> State {
        State::open(&self.vars)
    }

    /// The last value of `request` and `other`.
    pub(super) fn nobody(&self) -> usize {
        self.classes.len()
    }

    /// The variable is the class of one of these intents.
    pub(super) fn among(&self, var: Var, intents: &[IntentId]) -> Formula {
        var.is(|class| self.classes.get(class).and_then(|class| class.first()).is_some_and(|one| intents.contains(one)))
    }

    /// The first of the ranking is one of these.
    pub(super) fn first(&self, intents: &[IntentId]) -> Formula {
        let (request, other) = (self.among(self.request, intents), self.among(self.other, intents));
        Formula::any([
            Formula::all([self.is_second.truth(false), request]),
            Formula::all([self.is_second.truth(true), other]),
        ])
    }

    /// One of these is asked for.
    pub(super) fn asks(&self, intents: &[IntentId]) -> Formula {
        let beside = Formula::all([self.also.truth(true), self.among(self.other, intents)]);
        Formula::any([self.among(self.request, intents), beside])
    }

    fn listens(&self, vars: &[(usize, Var)], intents: &[IntentId]) -> Formula {
        let known = |class: &usize| self.classes.get(*class).and_then(|class| class.first());
        let named = vars.iter().filter(|(class, _)| known(class).is_some_and(|one| intents.contains(one)));
        Formula::any(named.map(|(_, var)| var.truth(true)))
    }

    /// The condition as a formula.
    pub(super) fn when(&self, when: &When, place: Place) -> Formula {
        Formula::all(when.tests.iter().map(|test| self.test(test, place)))
    }

    pub(super) fn test(&self, test: &Test, place: Place) -> Formula {
        match test {
            Test::Intent(intents) | Test::Domain(_, intents) => match place {
                Place::Row => self.among(self.request, intents),
                Place::Rule => self.asks(intents),
            },
            Test::First(intents) => self.first(intents),
            Test::Ranked(intents, least) => {
                let later = self.ranked.iter().find(|(known, bar, _)| known == intents && bar == least);
                let first = Formula::all([self.first(intents), self.confidence.at_least(*least)]);
                Formula::any([first].into_iter().chain(later.map(|(_, _, var)| var.truth(true))))
            }
            Test::Heard(intents) => self.listens(&self.heard, intents),
            Test::Grave(intents) => self.listens(&self.grave, intents),
            Test::Match(some) => one_of(self.matched, Match::ALL, some),
            Test::Emotion(some) => one_of(self.emotion, Emotion::ALL, some),
            Test::Trend(some) => one_of(self.trend, Trend::ALL, some),
            Test::Channel(some) => one_of(self.channel, Channel::ALL, some),
            Test::Value(some) => one_of(self.value, CustomerValue::ALL, some),
            Test::Vertical(some) => one_of(self.vertical, Vertical::ALL, some),
            Test::Believed(some) => one_of(self.believed, Believed::ALL, some),
            Test::Tier(some) => one_of(self.tier, Tier::ALL, some),
            Test::AnsweredBy(some) => self.models(|by, _| by.is_some_and(|by| some.contains(&by))),
            Test::Degraded(expected) => self.models(|_, degraded| degraded == *expected),
            Test::Entity(some) => {
                let kinds = self.entities.iter().filter(|(kind, _)| some.contains(kind));
                Formula::any(kinds.map(|(_, var)| var.truth(true)))
            }
            Test::Label(some) => {
                let labels = self.labels.iter().filter(|(label, _)| some.contains(label));
                Formula::any(labels.map(|(_, var)| var.truth(true)))
            }
            Test::Kol(expected) => self.kol.truth(*expected),
            Test::PrefersHuman(expected) => self.prefers_human.truth(*expected),
            Test::HumanActive(expected) => self.human_active.truth(*expected),
            Test::Repeated(expected) => self.repeated.truth(*expected),
            Test::AskedAgain(expected) => self.asked_again.truth(*expected),
            Test::WithoutHistory(expected) => self.without_history.truth(*expected),
            Test::ContactsAtLeast(number) => self.contacts.at_least(u64::from(*number)),
            Test::AiFailuresAtLeast(number) => self.failures.at_least(u64::from(*number)),
            Test::TurnsAtLeast(number) => self.turns.at_least(u64::from(*number)),
            Test::ClarifiedAtLeast(number) => self.clarified.at_least(u64::from(*number)),
            Test::WaitingAtLeast(time) => self.waiting.at_least(time.as_secs()),
            Test::RequestsAtLeast(number) => match number {
                0 => Formula::Known(true),
                1 => self.request.equals(self.nobody()).not(),
                2 => self.also.truth(true),
                // No third is ever asked for.
                _ => Formula::Known(false),
            },
            Test::ConfidenceBelow(bar) => self.confidence.below(*bar),
            Test::ConfidenceAtLeast(bar) => self.confidence.at_least(*bar),
            Test::MarginBelow(bar) => self.margin.below(*bar),
            Test::EmotionConfidenceAtLeast(bar) => self.feeling.at_least(*bar),
            Test::OutOfScopeAtLeast(bar) => self.scope.at_least(*bar),
            Test::Any(conditions) => Formula::any(conditions.iter().map(|when| self.when(when, place))),
            Test::Not(when) => self.when(when, place).not(),
        }
    }

    /// How the model spoke: by whom, and whether it was not as it should be.
    pub(super) fn models(&self, keep: impl Fn(Option<AnsweredBy>, bool) -> bool) -> Formula {
        self.model.is(|value| MODELS.get(value).is_some_and(|(by, degraded)| keep(*by, *degraded)))
    }
}

/// The place of a name in its vocabulary.
pub(super) fn place<T: PartialEq>(all: &[T], one: T) -> usize {
    all.iter().position(|known| *known == one).unwrap_or(0)
}

pub(super) fn one_of<T: PartialEq>(var: Var, all: &[T], some: &[T]) -> Formula {
    var.is(|value| all.get(value).is_some_and(|one| some.contains(one)))
}
