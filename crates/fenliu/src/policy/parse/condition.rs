//! Reads conditions.

use std::sync::Arc;

use super::super::sheet::{Fields, Node};
use super::super::when::{Test, When};
use super::Parsing;
use crate::entity::EntityKind;
use crate::words::{AnsweredBy, Believed, Channel, CustomerValue, Emotion, Match, Tier, Trend, Vertical};

/// Where a condition stands: only rows of routes and of the queue may ask for the tier, which the rules decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Rule,
    Row,
}

/// A key, and the test of its value.
type Keyed<T> = (&'static str, fn(T) -> Test);

impl Parsing<'_> {
    pub(super) fn condition(&mut self, node: &Node<'_>, place: Place) -> Option<When> {
        let mut fields = node.fields(self.sheet)?;
        let mut tests = Vec::new();
        if fields.entries().next().is_none() {
            self.sheet.problem(node, "is empty: it would always hold");
        }
        macro_rules! test {
            ($key:literal, $node:ident => $test:expr) => {
                if let Some($node) = fields.take($key) {
                    tests.extend($test);
                }
            };
            ($key:literal, $what:ident, $test:ident) => {
                if let Some(node) = fields.take($key) {
                    tests.push(Test::$test(node.names($key, $what::ALL, $what::as_str, self.sheet)));
                }
            };
        }
        test!("intent", node => Some(Test::Intent(self.intents(&node))));
        test!("domain", node => Some(self.domain(&node)));
        test!("first", node => Some(Test::First(self.intents(&node))));
        test!("ranked", node => self.ranked(&node));
        test!("heard", node => Some(Test::Heard(self.intents(&node))));
        test!("grave", node => Some(Test::Grave(self.intents(&node))));
        test!("match", Match, Match);
        test!("emotion", Emotion, Emotion);
        test!("trend", Trend, Trend);
        test!("channel", Channel, Channel);
        test!("value", CustomerValue, Value);
        test!("vertical", Vertical, Vertical);
        test!("believed", Believed, Believed);
        test!("answered_by", AnsweredBy, AnsweredBy);
        test!("entity", EntityKind, Entity);
        test!("label", node => Some(Test::Label(self.labels(&node))));
        if place == Place::Row {
            test!("tier", Tier, Tier);
        }
        self.flags_and_counts(&mut fields, &mut tests);
        if let Some(node) = fields.take("any") {
            let conditions = node.one_or_many();
            if conditions.is_empty() {
                self.sheet.problem(&node, "is an empty list: it would never hold");
            }
            tests.push(Test::Any(conditions.iter().filter_map(|node| self.condition(node, place)).collect()));
        }
        if let Some(node) = fields.take("not") {
            tests.extend(self.condition(&node, place).map(Test::Not));
        }
        fields.finish(self.sheet);
        Some(When { tests })
    }

    fn flags_and_counts(&mut self, fields: &mut Fields<'_>, tests: &mut Vec<Test>) {
        let flags: [Keyed<bool>; 7] = [
            ("kol", Test::Kol),
            ("prefers_human", Test::PrefersHuman),
            ("human_active", Test::HumanActive),
            ("repeated", Test::Repeated),
            ("asked_again", Test::AskedAgain),
            ("degraded", Test::Degraded),
            ("without_history", Test::WithoutHistory),
        ];
        for (key, test) in flags {
            tests.extend(fields.take(key).and_then(|node| node.flag(self.sheet)).map(test));
        }
        let counts: [Keyed<u32>; 5] = [
            ("contacts_24h_at_least", Test::ContactsAtLeast),
            ("ai_failures_at_least", Test::AiFailuresAtLeast),
            ("turns_at_least", Test::TurnsAtLeast),
            ("clarified_at_least", Test::ClarifiedAtLeast),
            ("requests_at_least", Test::RequestsAtLeast),
        ];
        for (key, test) in counts {
            let Some(node) = fields.take(key) else { continue };
            let Some(number) = node.count(self.sheet) else { continue };
            if number == 0 {
                self.sheet.problem(&node, "is 0: it would always hold");
            }
            tests.push(test(number));
        }
        let shares: [Keyed<f32>; 5] = [
            ("confidence_below", Test::ConfidenceBelow),
            ("confidence_at_least", Test::ConfidenceAtLeast),
            ("margin_below", Test::MarginBelow),
            ("emotion_confidence_at_least", Test::EmotionConfidenceAtLeast),
            ("out_of_scope_at_least", Test::OutOfScopeAtLeast),
        ];
        for (key, test) in shares {
            tests.extend(fields.take(key).and_then(|node| node.share(self.sheet)).map(test));
        }
        let waiting = fields.take("waiting_at_least").and_then(|node| node.duration(self.sheet));
        tests.extend(waiting.map(Test::WaitingAtLeast));
    }

    fn domain(&mut self, node: &Node<'_>) -> Test {
        let (mut names, mut intents) = (Vec::new(), Vec::new());
        for node in self.members(node) {
            let Some(name) = node.text(self.sheet) else { continue };
            if !self.taxonomy.has_domain(name) {
                self.sheet.problem(&node, self.taxonomy.unknown_domain(name));
            }
            names.push(name.into());
            intents.extend(self.taxonomy.iter().filter(|(_, intent)| &*intent.domain == name).map(|(id, _)| id));
        }
        Test::Domain(names, intents)
    }

    /// `{ intent = […], at_least = 0.2 }`.
    fn ranked(&mut self, node: &Node<'_>) -> Option<Test> {
        let mut fields = node.fields(self.sheet)?;
        let intents = fields.need("intent", self.sheet).map(|node| self.intents(&node));
        let least = fields.need("at_least", self.sheet).and_then(|node| node.share(self.sheet));
        fields.finish(self.sheet);
        Some(Test::Ranked(intents?, least?))
    }

    fn labels(&mut self, node: &Node<'_>) -> Vec<Arc<str>> {
        self.members(node).iter().filter_map(|node| node.text(self.sheet)).map(Arc::from).collect()
    }
}
