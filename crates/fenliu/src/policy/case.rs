//! A policy's own cases: a few facts, and what must be decided about them.

use std::time::Duration;

use crate::classify::{Ranking, Silence};
use crate::lexicon::Hit;
use crate::reading::Reading;
use crate::taxonomy::IntentId;
use crate::words::{AnsweredBy, Channel, CustomerValue, Emotion, Match, Priority, Tier, Vertical};

use super::Policy;
use super::parse::Parsing;
use super::sheet::{Fields, Node};

/// How sure a case's model is where the case does not say.
const SURE: f32 = 0.99;

#[derive(Debug)]
pub(super) struct Case {
    pub(super) at: usize,
    pub(super) path: String,
    name: String,
    reading: Reading,
    expect: Expect,
}

/// What a case demands; what is absent is not looked at.
#[derive(Debug, Default)]
struct Expect {
    tier: Option<Tier>,
    matched: Option<Match>,
    hold: Option<bool>,
    group: Option<String>,
    transfer_to: Option<String>,
    priority: Option<Priority>,
    /// Until a person has looked.
    human: Option<Duration>,
    codes: Vec<String>,
}

impl Case {
    /// Runs it; the error says every difference.
    pub(super) fn run(&self, policy: &Policy) -> Result<(), String> {
        let decision = policy.decide(&self.reading);
        let mut wrong = Vec::new();
        let mut differ = |what: &str, expected: Option<String>, found: String| {
            if let Some(expected) = expected.filter(|expected| *expected != found) {
                wrong.push(format!("{what} is `{found}`, expected `{expected}`"));
            }
        };
        let expect = &self.expect;
        differ("tier", expect.tier.map(|tier| tier.to_string()), decision.tier.to_string());
        differ("match", expect.matched.map(|matched| matched.to_string()), decision.matched.to_string());
        differ("hold", expect.hold.map(|hold| hold.to_string()), decision.hold.to_string());
        differ("group", expect.group.clone(), decision.group.to_string());
        differ("transfer_to", expect.transfer_to.clone(), decision.transfer_to.as_deref().unwrap_or("none").to_owned());
        differ("priority", expect.priority.map(|priority| priority.to_string()), decision.priority.to_string());
        differ(
            "human",
            expect.human.map(|time| format!("{time:?}")),
            decision.promise.human.map_or("never".to_owned(), |time| format!("{time:?}")),
        );
        for code in &expect.codes {
            if !decision.reasons.iter().any(|reason| &*reason.code == code) {
                wrong.push(format!("no reason `{code}`"));
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(format!("case `{}` fails: {}", self.name, wrong.join("; "))) }
    }
}

impl Parsing<'_> {
    pub(super) fn case(&mut self, node: &Node<'_>) -> Option<Case> {
        let mut fields = node.fields(self.sheet)?;
        let name = fields.need("name", self.sheet).and_then(|node| node.text(self.sheet));
        let reading = fields.need("given", self.sheet).and_then(|node| self.given(&node));
        let expect = fields.need("expect", self.sheet).and_then(|node| self.expect(&node));
        fields.finish(self.sheet);
        Some(Case {
            at: node.span.start,
            path: node.path.clone(),
            name: name?.to_owned(),
            reading: reading?,
            expect: expect?,
        })
    }

    fn given(&mut self, node: &Node<'_>) -> Option<Reading> {
        let mut fields = node.fields(self.sheet)?;
        let mut reading = Reading::blank();
        let intents = fields.take("intent").map(|node| self.intents(&node)).unwrap_or_default();
        let confidence = fields.take("confidence").and_then(|node| node.share(self.sheet)).unwrap_or(SURE);
        let second = fields.take("second_confidence").and_then(|node| node.share(self.sheet));
        let emotion = self.one(&mut fields, "emotion", Emotion::ALL, Emotion::as_str).unwrap_or(Emotion::Neutral);
        let foreign = fields.take("foreign").and_then(|node| node.share(self.sheet)).unwrap_or(0.0);
        let degraded = fields.take("degraded").and_then(|node| node.flag(self.sheet)).unwrap_or(false);
        let named = fields.take("named").and_then(|node| node.flag(self.sheet)).unwrap_or(true);
        if intents.len() > 2 {
            self.sheet.problem(node, "intent: expected at most two");
        }
        let grave = fields.take("grave").map(|node| self.intents(&node)).unwrap_or_default();

        let mut emotions = [0.0; Emotion::ALL.len()];
        for (likelihood, known) in emotions.iter_mut().zip(Emotion::ALL) {
            *likelihood = if *known == emotion { 1.0 } else { 0.0 };
        }
        let rest = second.unwrap_or(1.0 - confidence);
        let ranked: Vec<(IntentId, f32)> = intents.iter().copied().zip([confidence, rest]).collect();
        if degraded {
            reading.model = Err(Silence::Off);
            reading.lexicon.intents = ranked;
            reading.lexicon.emotions = emotions;
        } else {
            reading.model = Ok(Ranking::new(ranked, emotions, AnsweredBy::Deep).with_out_of_scope(foreign));
        }
        let hit = |intent: IntentId, grave: bool| Hit {
            word: "".into(),
            span: 0..0,
            intents: vec![intent],
            grave,
            negated: false,
        };
        let heard = intents.iter().filter(|_| named);
        reading.lexicon.hits.extend(heard.map(|intent| hit(*intent, false)));
        reading.lexicon.hits.extend(grave.iter().map(|intent| hit(*intent, true)));

        if let Some(channel) = self.one(&mut fields, "channel", Channel::ALL, Channel::as_str) {
            reading.channel = channel;
        }
        if let Some(value) = self.one(&mut fields, "value", CustomerValue::ALL, CustomerValue::as_str) {
            reading.customer.value = value;
        }
        reading.vertical = self.one(&mut fields, "vertical", Vertical::ALL, Vertical::as_str);
        if let Some(node) = fields.take("earlier_emotions") {
            reading.history.emotions = node.names("emotion", Emotion::ALL, Emotion::as_str, self.sheet);
        }
        let mut flag = |key| fields.take(key).and_then(|node| node.flag(self.sheet)).unwrap_or(false);
        reading.customer.kol = flag("kol");
        reading.customer.prefers_human = flag("prefers_human");
        reading.history.human_active = flag("human_active");
        reading.history.repeated = flag("repeated");
        let mut count = |key| fields.take(key).and_then(|node| node.count(self.sheet)).unwrap_or(0);
        reading.customer.contacts_24h = count("contacts_24h");
        reading.history.ai_failures = count("ai_failures");
        reading.history.turns = count("turns");
        fields.finish(self.sheet);
        Some(reading)
    }

    fn expect(&mut self, node: &Node<'_>) -> Option<Expect> {
        let mut fields = node.fields(self.sheet)?;
        if fields.entries().next().is_none() {
            self.sheet.problem(node, "is empty: a case that cannot fail");
        }
        let text = |node: Node<'_>, parsing: &mut Self| node.text(parsing.sheet).map(str::to_owned);
        let expect = Expect {
            tier: self.one(&mut fields, "tier", Tier::ALL, Tier::as_str),
            matched: self.one(&mut fields, "match", Match::ALL, Match::as_str),
            hold: fields.take("hold").and_then(|node| node.flag(self.sheet)),
            group: fields.take("group").and_then(|node| text(node, self)),
            transfer_to: fields.take("transfer_to").and_then(|node| text(node, self)),
            priority: self.one(&mut fields, "priority", Priority::ALL, Priority::as_str),
            human: fields.take("human").and_then(|node| node.duration(self.sheet)),
            codes: fields
                .take("codes")
                .map(|node| node.one_or_many())
                .unwrap_or_default()
                .into_iter()
                .filter_map(|node| text(node, self))
                .collect(),
        };
        fields.finish(self.sheet);
        Some(expect)
    }

    fn one<T: Copy>(
        &mut self,
        fields: &mut Fields<'_>,
        key: &'static str,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let node = fields.take(key)?;
        node.name(key, all, name, self.sheet)
    }
}
