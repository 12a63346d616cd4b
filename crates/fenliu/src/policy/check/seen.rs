//! What the conditions of a profile mention, and which intents they do not tell apart.

use std::sync::Arc;

use crate::entity::EntityKind;
use crate::taxonomy::IntentId;

use super::super::Profile;
use super::super::when::{Test, When};

/// What the conditions of a profile mention.
#[derive(Default)]
pub(super) struct Seen<'a> {
    sets: Vec<&'a [IntentId]>,
    pub(super) heard: Vec<&'a [IntentId]>,
    pub(super) grave: Vec<&'a [IntentId]>,
    pub(super) ranked: Vec<(&'a [IntentId], f32)>,
    pub(super) entities: Vec<EntityKind>,
    pub(super) labels: Vec<Arc<str>>,
    pub(super) confidences: Vec<f32>,
    pub(super) margins: Vec<f32>,
    pub(super) scopes: Vec<f32>,
    pub(super) feelings: Vec<f32>,
    pub(super) contacts: Vec<u64>,
    pub(super) failures: Vec<u64>,
    pub(super) turns: Vec<u64>,
    pub(super) clarified: Vec<u64>,
    pub(super) waiting: Vec<u64>,
}

impl<'a> Seen<'a> {
    pub(super) fn of(profile: &'a Profile) -> Self {
        let mut seen = Self::default();
        let sheds = profile.sheds.iter().map(|rule| &rule.when);
        let floors = profile.floors.iter().map(|rule| &rule.when);
        let steps = profile.steps.iter().map(|rule| &rule.when);
        let rows = profile.queue.iter().map(|row| &row.when).chain(profile.routes.iter().map(|row| &row.when));
        for when in sheds.chain(floors).chain(steps).chain(rows) {
            seen.when(when);
        }
        seen
    }

    fn when(&mut self, when: &'a When) {
        when.tests.iter().for_each(|test| self.test(test));
    }

    fn test(&mut self, test: &'a Test) {
        match test {
            Test::Intent(intents) | Test::Domain(_, intents) | Test::First(intents) => self.sets.push(intents),
            Test::Ranked(intents, least) => {
                self.sets.push(intents);
                self.confidences.push(*least);
                if !self.ranked.contains(&(intents, *least)) {
                    self.ranked.push((intents, *least));
                }
            }
            Test::Heard(intents) => self.heard.push(intents),
            Test::Grave(intents) => self.grave.push(intents),
            Test::Entity(kinds) => {
                let new = kinds.iter().filter(|kind| !self.entities.contains(kind)).copied().collect::<Vec<_>>();
                self.entities.extend(new);
            }
            Test::Label(labels) => {
                let new = labels.iter().filter(|label| !self.labels.contains(label)).cloned().collect::<Vec<_>>();
                self.labels.extend(new);
            }
            Test::ContactsAtLeast(number) => self.contacts.push(u64::from(*number)),
            Test::AiFailuresAtLeast(number) => self.failures.push(u64::from(*number)),
            Test::TurnsAtLeast(number) => self.turns.push(u64::from(*number)),
            Test::ClarifiedAtLeast(number) => self.clarified.push(u64::from(*number)),
            Test::WaitingAtLeast(time) => self.waiting.push(time.as_secs()),
            Test::ConfidenceBelow(bar) | Test::ConfidenceAtLeast(bar) => self.confidences.push(*bar),
            Test::MarginBelow(bar) => self.margins.push(*bar),
            Test::EmotionConfidenceAtLeast(bar) => self.feelings.push(*bar),
            Test::OutOfScopeAtLeast(bar) => self.scopes.push(*bar),
            Test::Any(conditions) => conditions.iter().for_each(|when| self.when(when)),
            Test::Not(when) => self.when(when),
            Test::Match(_)
            | Test::Emotion(_)
            | Test::Trend(_)
            | Test::Channel(_)
            | Test::Value(_)
            | Test::Vertical(_)
            | Test::Believed(_)
            | Test::AnsweredBy(_)
            | Test::Tier(_)
            | Test::Kol(_)
            | Test::PrefersHuman(_)
            | Test::HumanActive(_)
            | Test::Repeated(_)
            | Test::AskedAgain(_)
            | Test::Degraded(_)
            | Test::WithoutHistory(_)
            | Test::RequestsAtLeast(_) => {}
        }
    }

    /// Intents that no condition, threshold or other list of the profile tells apart.
    pub(super) fn classes(&self, profile: &Profile) -> Vec<Vec<IntentId>> {
        let limits = &profile.believe;
        let lists = [&limits.unclear, &limits.out_of_scope];
        let lists = lists.into_iter().chain([&limits.repetition.resolved_by, &limits.repetition.no_question]);
        let sets = self.sets.iter().chain(&self.heard).chain(&self.grave).copied();
        let sets: Vec<&[IntentId]> = sets.chain(lists.map(Vec::as_slice)).collect();
        let alike = |a: IntentId, b: IntentId| {
            let (one, two) = (profile.automation(a), profile.automation(b));
            one.tier == two.tier
                && one.thresholds == two.thresholds
                && sets.iter().all(|set| set.contains(&a) == set.contains(&b))
        };
        let mut classes: Vec<Vec<IntentId>> = Vec::new();
        let all = (0..profile.intents.len()).filter_map(|index| u16::try_from(index).ok()).map(IntentId);
        for intent in all {
            match classes.iter_mut().find(|class| class.first().is_some_and(|known| alike(*known, intent))) {
                Some(class) => class.push(intent),
                None => classes.push(vec![intent]),
            }
        }
        classes
    }
}
