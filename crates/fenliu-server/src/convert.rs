//! Between the wire types and ours; a wire type goes no further than this file and the calls.

use std::time::Duration;

use fenliu::{Conversation, Customer, Engine, EntityKind, Inquiry, IntentId, Outcome, Reading, Speaker, Turn};
use jiff::Timestamp;

use crate::wire;

/// Reads a closed vocabulary off the wire; `Unspecified` is nothing.
macro_rules! from_wire {
    ($name:ident: $wire:ty => $ours:ty { $($value:ident),* }) => {
        fn $name(wire: $wire) -> Option<$ours> {
            match wire { $(<$wire>::$value => Some(<$ours>::$value),)* <$wire>::Unspecified => None }
        }
    };
}

/// Writes a closed vocabulary to the wire.
macro_rules! to_wire {
    ($name:ident: $ours:ty => $wire:ty { $($value:ident),* }) => {
        fn $name(ours: $ours) -> $wire {
            match ours { $(<$ours>::$value => <$wire>::$value,)* }
        }
    };
}

from_wire!(channel_in: wire::Channel => fenliu::Channel { Chat, Ticket, Voice, Comment, Livestream, Social, InApp, Offline });
from_wire!(value_in: wire::customer::Value => fenliu::CustomerValue { Regular, High });
from_wire!(speaker_in: wire::turn::Speaker => Speaker { Customer, Ai, Agent });
from_wire!(vertical_in: wire::Vertical => fenliu::Vertical {
    Beauty, Apparel, Home, MotherBaby, Food, Electronics, PersonalCare, CrossBorder
});
to_wire!(vertical_out: fenliu::Vertical => wire::Vertical {
    Beauty, Apparel, Home, MotherBaby, Food, Electronics, PersonalCare, CrossBorder
});
to_wire!(tier_out: fenliu::Tier => wire::outcome::Tier { Ai, Assisted, Advisor });
to_wire!(match_out: fenliu::Match => wire::outcome::Match { Intent, Ambiguous, Unclear, OutOfScope });
to_wire!(priority_out: fenliu::Priority => wire::outcome::Priority { Low, Normal, High, Urgent });
to_wire!(believed_out: fenliu::Believed => wire::outcome::Believed { Model, Lexicon, Nobody });
to_wire!(answered_by_out: fenliu::AnsweredBy => wire::outcome::AnsweredBy { Fast, Deep });
to_wire!(emotion_out: fenliu::Emotion => wire::emotion::Id { Positive, Neutral, Anxious, Dissatisfied, Angry });
to_wire!(trend_out: fenliu::Trend => wire::emotion::Trend { Better, Same, Worse });
to_wire!(rule_out: fenliu::RuleKind => wire::trace::rule::Kind { Shed, Floor, Step, Queue, Route });
to_wire!(kind_out: EntityKind => wire::entity::Kind {
    OrderNumber, TrackingNumber, Phone, Money, Date, Height, Weight, Size, Email, IdentityCard, BankCard, Url
});

/// Reads an inquiry; the error names the field, what stands there and what was expected.
pub(crate) fn inquiry(wire: wire::Inquiry) -> Result<Inquiry, String> {
    let mut inquiry = Inquiry::new(wire.text);
    inquiry.channel = known("channel", wire.channel, wire::Channel::try_from)?.and_then(channel_in);
    inquiry.vertical = known("vertical", wire.vertical, wire::Vertical::try_from)?.and_then(vertical_in);
    inquiry.customer = wire.customer.map(customer).transpose()?;
    inquiry.conversation = wire.conversation.map(conversation).transpose()?;
    inquiry.received_at = wire.received_at.map(|at| time("received_at", at)).transpose()?;
    inquiry.profile = wire.profile;
    inquiry.labels = wire.labels;
    inquiry.explain = wire.explain;
    Ok(inquiry)
}

fn known<T, E>(field: &str, number: i32, read: impl Fn(i32) -> Result<T, E>) -> Result<Option<T>, String> {
    read(number).map(Some).map_err(|_| format!("inquiry.{field}: unknown value {number}"))
}

fn customer(wire: wire::Customer) -> Result<Customer, String> {
    let mut customer = Customer::default();
    customer.id = wire.id;
    customer.value = known("customer.value", wire.value, wire::customer::Value::try_from)?.and_then(value_in);
    customer.kol = wire.kol;
    customer.prefers_human = wire.prefers_human;
    customer.contacts_24h = wire.contacts_24h;
    Ok(customer)
}

fn conversation(wire: wire::Conversation) -> Result<Conversation, String> {
    let turn = |(index, turn): (usize, wire::Turn)| {
        let field = format!("conversation.turns[{index}].speaker");
        let speaker = known(&field, turn.speaker, wire::turn::Speaker::try_from)?
            .and_then(speaker_in)
            .ok_or_else(|| format!("inquiry.{field}: is unspecified, expected customer, ai or agent"))?;
        Ok::<_, String>(Turn::new(speaker, turn.text))
    };
    let mut conversation = Conversation::default();
    conversation.id = wire.id;
    conversation.turns = wire.turns.into_iter().enumerate().map(turn).collect::<Result<_, _>>()?;
    conversation.ai_failures = wire.ai_failures;
    conversation.human_active = wire.human_active;
    conversation.clarified = wire.clarified;
    conversation.waiting =
        wire.waiting.map(|waiting| duration("conversation.waiting", waiting)).transpose()?.unwrap_or_default();
    Ok(conversation)
}

fn time(field: &str, wire: prost_types::Timestamp) -> Result<Timestamp, String> {
    Timestamp::new(wire.seconds, wire.nanos).map_err(|error| format!("inquiry.{field}: {error}"))
}

/// A span of time, which none may be negative.
fn duration(field: &str, wire: prost_types::Duration) -> Result<Duration, String> {
    Duration::try_from(wire).map_err(|error| format!("inquiry.{field}: {error}, expected none below 0"))
}

/// Writes a span of time.
pub(crate) fn duration_out(duration: Duration) -> prost_types::Duration {
    // A span that no wire can carry, 292 billion years, does not come up.
    prost_types::Duration::try_from(duration).unwrap_or_default()
}

/// Writes a point in time.
pub(crate) fn time_out(at: Timestamp) -> prost_types::Timestamp {
    prost_types::Timestamp { seconds: at.as_second(), nanos: at.subsec_nanosecond() }
}

/// Writes an outcome.
pub(crate) fn outcome(outcome: Outcome) -> wire::Outcome {
    let intent = |intent: fenliu::IntentOutcome| wire::Intent {
        id: intent.id,
        domain: intent.domain,
        confidence: Some(intent.confidence),
        also: intent.also,
    };
    let reason =
        |reason: fenliu::Reason| wire::Reason { code: reason.code, rule: reason.rule, because: reason.because };
    wire::Outcome {
        decision_id: outcome.decision_id,
        tier: tier_out(outcome.tier).into(),
        hold: outcome.hold,
        intents: outcome.intents.into_iter().map(intent).collect(),
        r#match: match_out(outcome.matched).into(),
        emotion: Some(wire::Emotion {
            id: emotion_out(outcome.emotion.id).into(),
            confidence: Some(outcome.emotion.confidence),
            trend: trend_out(outcome.emotion.trend).into(),
        }),
        vertical: outcome.vertical.map_or(0, |vertical| vertical_out(vertical).into()),
        group: outcome.group,
        transfer_to: outcome.transfer_to,
        priority: priority_out(outcome.priority).into(),
        sla: Some(wire::Sla {
            first_response_by: outcome.sla.first_response_by.map(time_out),
            human_by: outcome.sla.human_by.map(time_out),
            resolve_by: outcome.sla.resolve_by.map(time_out),
        }),
        entities: outcome.entities.iter().map(|found| entity(found.kind, found.start, found.end)).collect(),
        reasons: outcome.reasons.into_iter().map(reason).collect(),
        believed: believed_out(outcome.believed).into(),
        answered_by: outcome.answered_by.map_or(0, |by| answered_by_out(by).into()),
        degraded: Some(outcome.degraded),
        revision: Some(revision(outcome.revision)),
        took: Some(duration_out(outcome.took)),
        clarify: outcome.clarify.into_iter().map(|fenliu::Choice { id, zh, .. }| wire::Choice { id, zh }).collect(),
        profile: outcome.profile,
        trace: outcome.trace.map(trace),
    }
}

fn trace(trace: fenliu::Trace) -> wire::Trace {
    let signal = |signal: fenliu::Signal| wire::trace::Signal { name: signal.name, value: signal.value };
    let threshold = |bar: fenliu::ThresholdTrace| wire::trace::Threshold {
        name: bar.name,
        value: Some(bar.value),
        limit: Some(bar.limit),
        distance: Some(bar.distance),
    };
    let checked = |test: fenliu::Checked| wire::trace::Checked {
        key: test.key,
        expected: test.expected,
        found: test.found,
        held: test.held,
    };
    let rule = |rule: fenliu::RuleTrace| wire::trace::Rule {
        kind: rule_out(rule.kind).into(),
        name: rule.name,
        held: rule.held,
        before: tier_out(rule.before).into(),
        after: tier_out(rule.after).into(),
        tests: rule.tests.into_iter().map(checked).collect(),
    };
    wire::Trace {
        signals: trace.signals.into_iter().map(signal).collect(),
        thresholds: trace.thresholds.into_iter().map(threshold).collect(),
        rules: trace.rules.into_iter().map(rule).collect(),
    }
}

/// Writes the facts about one message.
pub(crate) fn reading(reading: &Reading, engine: &Engine) -> wire::ClassifyResponse {
    let ranking = |ranking: &[(IntentId, f32)]| {
        let intent = |(id, confidence): &(IntentId, f32)| {
            let intent = engine.taxonomy().intent(*id);
            wire::Intent {
                id: intent.id.to_string(),
                domain: intent.domain.to_string(),
                confidence: Some(*confidence),
                also: false,
            }
        };
        ranking.iter().map(intent).collect()
    };
    let model = reading.model.as_ref().ok();
    let (emotion, confidence) = reading.emotion();
    wire::ClassifyResponse {
        model: model.map(|model| ranking(&model.intents)).unwrap_or_default(),
        lexicon: ranking(&reading.lexicon.intents),
        emotion: Some(wire::Emotion {
            id: emotion_out(emotion).into(),
            confidence: Some(confidence),
            trend: wire::emotion::Trend::Unspecified.into(),
        }),
        vertical: reading.vertical.map_or(0, |vertical| vertical_out(vertical).into()),
        entities: reading
            .entities
            .iter()
            .map(|(kind, span)| {
                let at = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
                entity(*kind, at(span.start), at(span.end))
            })
            .collect(),
        answered_by: model.map_or(0, |model| answered_by_out(model.answered_by).into()),
        revision: Some(revision(engine.revision().clone())),
        out_of_scope: model.map(|model| model.out_of_scope),
    }
}

fn entity(kind: EntityKind, start: u32, end: u32) -> wire::Entity {
    wire::Entity { kind: kind_out(kind).into(), start: Some(start), end: Some(end) }
}

/// Writes what decides.
pub(crate) fn revision(revision: fenliu::Revision) -> wire::Revision {
    wire::Revision { model: revision.model, lexicon: revision.lexicon, policy: revision.policy }
}

/// Writes what a candidate in the shadow would have done.
pub(crate) fn shadow(report: fenliu::ShadowReport) -> wire::ShadowReportResponse {
    let change = |(what, from, to)| wire::shadow_difference::Change { what, from, to };
    let difference = |one: fenliu::ShadowDifference| wire::ShadowDifference {
        decision_id: one.decision_id,
        changes: one.changes.into_iter().map(change).collect(),
        rules: one.rules,
    };
    wire::ShadowReportResponse {
        candidate: report.candidate,
        compared: Some(report.compared),
        differing: Some(report.differing),
        by_rule: report.by_rule.into_iter().collect(),
        latest: report.latest.into_iter().map(difference).collect(),
    }
}
