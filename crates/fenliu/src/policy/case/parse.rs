//! Reads cases.

use crate::classify::{Ranking, Silence};
use crate::inquiry::{Conversation, Customer, Inquiry, Turn};
use crate::lexicon::Hit;
use crate::reading::{Nearest, Reading};
use crate::taxonomy::IntentId;
use crate::words::{AnsweredBy, Channel, CustomerValue, Emotion, Match, Priority, Speaker, Tier, Vertical};

use super::super::parse::Parsing;
use super::super::sheet::{Fields, Node};
use super::{Case, Expect, Given};

/// How sure a case's model is where the case does not say.
const SURE: f32 = 0.99;

/// How long a message is that a case says to be repeated, in characters.
const REPEATED_CHARS: u32 = 99;

impl Parsing<'_> {
    pub(in super::super) fn case(&mut self, node: &Node<'_>) -> Option<Case> {
        let mut fields = node.fields(self.sheet)?;
        let name = fields.need("name", self.sheet).and_then(|node| node.text(self.sheet));
        let given = fields.need("given", self.sheet).and_then(|node| self.given(&node));
        let expect = fields.need("expect", self.sheet).and_then(|node| self.expect(&node));
        fields.finish(self.sheet);
        if let (Some(Given::Facts(_)), Some(Expect { intent: Some(_), .. })) = (&given, &expect) {
            self.sheet.problem(node, "expect.intent: the intent is given, expected `given.text` beside it");
        }
        Some(Case {
            span: node.span.clone(),
            path: node.path.clone(),
            name: name?.to_owned(),
            given: given?,
            expect: expect?,
        })
    }

    fn given(&mut self, node: &Node<'_>) -> Option<Given> {
        let mut fields = node.fields(self.sheet)?;
        let given = match fields.take("text") {
            Some(text) => {
                let text = text.text(self.sheet);
                let around = self.around(&mut fields);
                let turns = self.turns(&mut fields);
                text.map(|text| Given::Message(Box::new(message(text, around, turns))))
            }
            None => Some(Given::Facts(Box::new(self.facts(node, &mut fields)))),
        };
        fields.finish(self.sheet);
        given
    }

    /// What a model and a lexicon say, and what is known around it.
    fn facts(&mut self, node: &Node<'_>, fields: &mut Fields<'_>) -> Reading {
        let mut reading = Reading::blank();
        let intents = fields.take("intent").map(|node| self.intents(&node)).unwrap_or_default();
        let confidence = fields.take("confidence").and_then(|node| node.share(self.sheet)).unwrap_or(SURE);
        let second = fields.take("second_confidence").and_then(|node| node.share(self.sheet));
        let emotion = self.one(fields, "emotion", Emotion::ALL, Emotion::as_str).unwrap_or(Emotion::Neutral);
        let emotion_confidence = fields.take("emotion_confidence").and_then(|node| node.share(self.sheet));
        let answered_by = self.one(fields, "answered_by", AnsweredBy::ALL, AnsweredBy::as_str);
        let foreign = fields.take("foreign").and_then(|node| node.share(self.sheet)).unwrap_or(0.0);
        let mut flag = |key, otherwise| fields.take(key).and_then(|node| node.flag(self.sheet)).unwrap_or(otherwise);
        let (degraded, named, by_words) = (flag("degraded", false), flag("named", true), flag("by_words", false));
        let (repeated, missing) = (flag("repeated", false), flag("without_history", false));
        let weakened = flag("weakened", false);
        if intents.len() > 5 {
            self.sheet.problem(node, "intent: expected at most five");
        }
        let grave = fields.take("grave").map(|node| self.intents(&node)).unwrap_or_default();
        let heard = fields.take("heard").map(|node| self.intents(&node)).unwrap_or_default();

        let emotions = emotions(emotion, emotion_confidence.unwrap_or(1.0));
        let rest = second.unwrap_or(1.0 - confidence);
        // Each further one has half of what the one before it has.
        let likelihoods = std::iter::once(confidence).chain(std::iter::successors(Some(rest), |rest| Some(rest / 2.0)));
        let ranked: Vec<(IntentId, f32)> = intents.iter().copied().zip(likelihoods).collect();
        if degraded || by_words {
            reading.lexicon.intents.clone_from(&ranked);
            reading.lexicon.emotions = emotions;
        }
        let model = match (degraded, by_words) {
            (true, _) => Err(Silence::Off),
            // The model is heard, and sure of nothing.
            (false, true) => Ok(vec![(IntentId(0), 0.01)]),
            (false, false) => Ok(ranked),
        };
        reading.model = model.map(|ranked| {
            let by = answered_by.unwrap_or(AnsweredBy::Deep);
            let ranking = Ranking::new(ranked, emotions, by).with_out_of_scope(foreign);
            if weakened { ranking.weakened() } else { ranking }
        });
        let hit = |intent: IntentId, grave: bool| Hit {
            word: "".into(),
            span: 0..0,
            intents: vec![intent],
            grave,
            negated: false,
        };
        let named = intents.iter().filter(|_| named).chain(&heard);
        reading.lexicon.hits.extend(named.map(|intent| hit(*intent, false)));
        reading.lexicon.hits.extend(grave.iter().map(|intent| hit(*intent, true)));

        let around = self.around(fields);
        let (customer, conversation) = (around.customer.unwrap_or_default(), around.conversation.unwrap_or_default());
        reading.channel = around.channel.unwrap_or(Channel::Chat);
        reading.vertical = around.vertical;
        reading.customer.value = customer.value.unwrap_or(CustomerValue::Regular);
        reading.customer.kol = customer.kol;
        reading.customer.prefers_human = customer.prefers_human;
        reading.customer.contacts_24h = customer.contacts_24h;
        reading.labels = around.labels.iter().map(|label| label.as_str().into()).collect();
        reading.profile = around.profile.as_deref().map(Into::into);
        let history = &mut reading.history;
        history.human_active = conversation.human_active;
        history.ai_failures = conversation.ai_failures;
        history.clarified = conversation.clarified;
        history.waiting = conversation.waiting;
        history.missing = missing;
        history.nearest = repeated.then_some(Nearest { similarity: 1.0, chars: REPEATED_CHARS });
        history.turns = fields.take("turns").and_then(|node| node.count(self.sheet)).unwrap_or(0);
        if let Some(node) = fields.take("earlier_intents") {
            history.intents = self.intents(&node);
        }
        if let Some(node) = fields.take("earlier_emotions") {
            history.emotions = node.names("emotion", Emotion::ALL, Emotion::as_str, self.sheet);
        }
        if let Some(node) = fields.take("entity") {
            let kinds = node.names("entity", crate::EntityKind::ALL, crate::EntityKind::as_str, self.sheet);
            reading.entities = kinds.into_iter().map(|kind| (kind, 0..0)).collect();
        }
        reading
    }

    /// What is known around a message: the fields of an inquiry, flat.
    fn around(&mut self, fields: &mut Fields<'_>) -> Inquiry {
        let mut inquiry = Inquiry {
            channel: self.one(fields, "channel", Channel::ALL, Channel::as_str),
            vertical: self.one(fields, "vertical", Vertical::ALL, Vertical::as_str),
            profile: fields.take("profile").and_then(|node| node.text(self.sheet)).map(str::to_owned),
            ..Inquiry::default()
        };
        if let Some(node) = fields.take("label") {
            let labels = node.one_or_many();
            inquiry.labels = labels.iter().filter_map(|node| node.text(self.sheet)).map(str::to_owned).collect();
        }
        let value = self.one(fields, "value", CustomerValue::ALL, CustomerValue::as_str);
        let mut customer = Customer { value, ..Customer::default() };
        let mut conversation = Conversation::default();
        let mut flag = |key| fields.take(key).and_then(|node| node.flag(self.sheet)).unwrap_or(false);
        customer.kol = flag("kol");
        customer.prefers_human = flag("prefers_human");
        conversation.human_active = flag("human_active");
        let mut count = |key| fields.take(key).and_then(|node| node.count(self.sheet)).unwrap_or(0);
        customer.contacts_24h = count("contacts_24h");
        conversation.ai_failures = count("ai_failures");
        conversation.clarified = count("clarified");
        conversation.waiting = fields.take("waiting").and_then(|node| node.duration(self.sheet)).unwrap_or_default();
        inquiry.customer(customer).conversation(conversation)
    }

    /// Earlier turns of a case with a message: a string is the customer's, a table names the speaker.
    fn turns(&mut self, fields: &mut Fields<'_>) -> Vec<Turn> {
        let Some(node) = fields.take("turns") else { return Vec::new() };
        let mut out = Vec::new();
        for node in node.one_or_many() {
            if node.is_text() {
                out.extend(node.text(self.sheet).map(|text| Turn::new(Speaker::Customer, text)));
                continue;
            }
            let Some(mut fields) = node.fields(self.sheet) else { continue };
            for speaker in Speaker::ALL {
                let text = fields.take(speaker.as_str()).and_then(|node| node.text(self.sheet));
                out.extend(text.map(|text| Turn::new(*speaker, text)));
            }
            fields.finish(self.sheet);
        }
        out
    }

    fn expect(&mut self, node: &Node<'_>) -> Option<Expect> {
        let mut fields = node.fields(self.sheet)?;
        if fields.entries().next().is_none() {
            self.sheet.problem(node, "is empty: a case that cannot fail");
        }
        let intent = fields.take("intent").map(|node| self.intents(&node)).unwrap_or_default();
        let intent = intent.first().map(|intent| self.taxonomy.intent(*intent).id.to_string());
        let mut text = |key| fields.take(key).and_then(|node| node.text(self.sheet)).map(str::to_owned);
        let (profile, route) = (text("profile"), text("route"));
        let (group, transfer_to) = (text("group"), text("transfer_to"));
        let mut time = |key| fields.take(key).and_then(|node| node.duration(self.sheet));
        let (first_response, human, resolve) = (time("first_response"), time("human"), time("resolve"));
        let mut flag = |key| fields.take(key).and_then(|node| node.flag(self.sheet));
        let (hold, clarify) = (flag("hold"), flag("clarify"));
        let mut texts = |key| {
            let nodes = fields.take(key).map(|node| node.one_or_many()).unwrap_or_default();
            nodes.iter().filter_map(|node| node.text(self.sheet)).map(str::to_owned).collect()
        };
        let (codes, not_codes) = (texts("codes"), texts("not_codes"));
        let expect = Expect {
            tier: self.one(&mut fields, "tier", Tier::ALL, Tier::as_str),
            matched: self.one(&mut fields, "match", Match::ALL, Match::as_str),
            priority: self.one(&mut fields, "priority", Priority::ALL, Priority::as_str),
            hold,
            clarify,
            intent,
            profile,
            route,
            group,
            transfer_to,
            first_response,
            human,
            resolve,
            codes,
            not_codes,
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

/// One emotion with its likelihood; what is left is shared evenly by the others.
fn emotions(emotion: Emotion, likelihood: f32) -> [f32; Emotion::ALL.len()] {
    let mut emotions = [(1.0 - likelihood) / 4.0; Emotion::ALL.len()];
    if let Some((own, _)) = emotions.iter_mut().zip(Emotion::ALL).find(|(_, known)| **known == emotion) {
        *own = likelihood;
    }
    emotions
}

fn message(text: &str, mut inquiry: Inquiry, turns: Vec<Turn>) -> Inquiry {
    text.clone_into(&mut inquiry.text);
    if let Some(conversation) = &mut inquiry.conversation {
        conversation.turns = turns;
    }
    inquiry
}
