//! Ties the stages together: text, words, facts, decision, outcome. Immutable; one engine is one snapshot.

use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use crate::classify::{Classifier, Message, Silence};
use crate::entity::{Entities, EntityKind};
use crate::inquiry::{Conversation, Inquiry};
use crate::lexicon::Lexicon;
use crate::outcome::{Choice, EmotionOutcome, Entity, IntentOutcome, Outcome, Reason, Revision, Sla, Stages};
use crate::policy::{Decision, Policy, Trace};
use crate::reading::{CustomerFacts, History, Reading};
use crate::segment::Segmenter;
use crate::taxonomy::Taxonomy;
use crate::text::{Normaliser, Text, TextError};
use crate::words::{Channel, CustomerValue, Speaker};

mod gray;
mod heard;
mod history;

pub(crate) use gray::Gray;
pub use gray::{ShadowDifference, ShadowReport};
pub use heard::Heard;

/// Everything that one message needs, loaded and checked.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use fenliu::{Engine, Inquiry, ModelChoice, Tier};
/// let engine = Engine::embedded(ModelChoice::None)?;
/// let outcome = engine.route(&Inquiry::new("给我转人工"))?;
/// assert_eq!(outcome.tier, Tier::Advisor);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Engine {
    pub(crate) taxonomy: Taxonomy,
    pub(crate) normaliser: Normaliser,
    pub(crate) segmenter: Segmenter,
    pub(crate) lexicon: Lexicon,
    pub(crate) entities: Entities,
    pub(crate) classifier: Option<Box<dyn Classifier>>,
    pub(crate) policy: Policy,
    /// The policy as its file has it.
    pub(crate) policy_toml: Arc<str>,
    /// A candidate that is tried beside the policy.
    pub(crate) gray: Option<Gray>,
    pub(crate) revision: Revision,
}

/// What holds where a message is routed, beside the message.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Setting {
    /// The profile where the inquiry names none; none: `normal`.
    pub profile: Option<Arc<str>>,
    /// What went before should be known and is not: the store did not answer.
    pub without_history: bool,
    /// How many earlier turns there are, where the inquiry does not hold them all.
    pub turns: Option<u32>,
}

impl Engine {
    /// Reads one message and decides who answers it.
    ///
    /// # Errors
    ///
    /// Only what is wrong with the text: [`TextError`].
    pub fn route(&self, inquiry: &Inquiry) -> Result<Outcome, TextError> {
        self.route_in(inquiry, &Setting::default())
    }

    /// The same where a profile is set, or what went before is unknown.
    ///
    /// # Errors
    ///
    /// As [`Engine::route`].
    pub fn route_in(&self, inquiry: &Inquiry, setting: &Setting) -> Result<Outcome, TextError> {
        Ok(self.route_heard(inquiry, self.hear(&inquiry.text)?, setting))
    }

    /// What the words of a text alone say, for those who must choose what to read first: [`Heard::is_grave`].
    ///
    /// # Errors
    ///
    /// As [`Engine::route`].
    ///
    /// # Cost
    ///
    /// Microseconds: no model is asked.
    pub fn hear(&self, text: &str) -> Result<Heard, TextError> {
        let started = Instant::now();
        let text = self.normaliser.read(text)?;
        let tokens = self.segmenter.cut(text.as_str());
        let findings = self.lexicon.scan(text.as_str(), &tokens);
        Ok(Heard { text, tokens, findings, took: started.elapsed() })
    }

    /// As [`Engine::route_in`] where this engine has heard the inquiry's text already.
    #[must_use]
    pub fn route_heard(&self, inquiry: &Inquiry, heard: Heard, setting: &Setting) -> Outcome {
        let started = Instant::now();
        let hear = heard.took;
        let (reading, model) = self.facts(inquiry, heard, setting);
        let candidate = self.gray.as_ref().filter(|gray| gray.takes(inquiry));
        let policy = candidate.map_or(&self.policy, |gray| &gray.policy);
        let (decision, trace) = if inquiry.explain {
            let (decision, trace) = policy.explain(&reading);
            (decision, Some(trace))
        } else {
            (policy.decide(&reading), None)
        };
        let decision_id = uuid::Uuid::now_v7().to_string();
        if let Some(gray) = &self.gray {
            gray.watch(&reading, &decision, &decision_id);
        }
        let received = inquiry.received_at.unwrap_or_else(Timestamp::now);
        let mut outcome = self.outcome(&reading, decision, (decision_id, received, trace));
        if let Some(gray) = candidate {
            outcome.revision.policy.clone_from(&gray.revision);
        }
        outcome.took = micros(hear + started.elapsed());
        outcome.stages = Stages { hear, model };
        outcome
    }

    /// The facts about one message, without a decision.
    ///
    /// # Errors
    ///
    /// As [`Engine::route`].
    pub fn read(&self, inquiry: &Inquiry) -> Result<Reading, TextError> {
        Ok(self.facts(inquiry, self.hear(&inquiry.text)?, &Setting::default()).0)
    }

    /// Decides about facts.
    #[must_use]
    pub fn decide(&self, reading: &Reading) -> Decision {
        self.policy.decide(reading)
    }

    /// The intents that this engine knows.
    #[must_use]
    pub fn taxonomy(&self) -> &Taxonomy {
        &self.taxonomy
    }

    /// The keywords that this engine hears.
    #[must_use]
    pub fn lexicon(&self) -> &Lexicon {
        &self.lexicon
    }

    /// What judges.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The policy as its file has it.
    #[must_use]
    pub fn policy_toml(&self) -> &str {
        &self.policy_toml
    }

    /// What a candidate in the shadow would have decided since this engine was loaded; none where none is there.
    #[must_use]
    pub fn shadow_report(&self) -> Option<ShadowReport> {
        self.gray.as_ref().filter(|gray| matches!(gray.candidacy, crate::Candidacy::Shadow { .. })).map(Gray::report)
    }

    /// What exactly decides.
    #[must_use]
    pub fn revision(&self) -> &Revision {
        &self.revision
    }

    /// With how long the models took.
    fn facts(&self, inquiry: &Inquiry, heard: Heard, setting: &Setting) -> (Reading, Duration) {
        let Heard { text, tokens, findings: lexicon, .. } = heard;
        let excerpt = text.excerpt();
        let before = inquiry.conversation.as_ref().map(|conversation| self.before(conversation)).unwrap_or_default();
        let before = (!before.is_empty()).then_some(before.as_str());
        let asked = Instant::now();
        let model = match &excerpt {
            std::borrow::Cow::Borrowed(text) => self.classify(&Message::new(text, &tokens).after(before)),
            std::borrow::Cow::Owned(text) => {
                self.classify(&Message::new(text, &self.segmenter.cut(text)).after(before))
            }
        };
        let took = if self.classifier.is_some() { asked.elapsed() } else { Duration::ZERO };
        let entities = self
            .entities
            .find(text.as_str())
            .into_iter()
            .map(|found| (found.kind, text.raw_span(found.start..found.end)))
            .collect();
        let customer = inquiry.customer.as_ref();
        let named = inquiry.profile.as_deref();
        let known = named.filter(|name| self.policy.has_profile(name)).map(Arc::from);
        let mut history = inquiry.conversation.as_ref().map_or_else(History::default, |it| self.history(it, &text));
        history.missing = setting.without_history;
        history.turns = setting.turns.unwrap_or(history.turns);
        let reading = Reading {
            channel: inquiry.channel.unwrap_or(Channel::Chat),
            customer: CustomerFacts {
                value: customer.and_then(|customer| customer.value).unwrap_or(CustomerValue::Regular),
                kol: customer.is_some_and(|customer| customer.kol),
                prefers_human: customer.is_some_and(|customer| customer.prefers_human),
                contacts_24h: customer.map_or(0, |customer| customer.contacts_24h),
            },
            history,
            model,
            labels: inquiry.labels.iter().map(|label| label.as_str().into()).collect(),
            profile_unknown: named.is_some() && known.is_none(),
            profile: known.or_else(|| setting.profile.clone()),
            vertical: inquiry.vertical.or(lexicon.vertical),
            lexicon,
            entities,
        };
        (reading, took)
    }

    fn classify(&self, message: &Message<'_>) -> Result<crate::Ranking, Silence> {
        match &self.classifier {
            Some(classifier) => classifier.classify(message),
            None => Err(Silence::Off),
        }
    }

    /// What the shop said last, and the customer's turn before that; empty where the shop has not spoken of late.
    fn before(&self, conversation: &Conversation) -> String {
        let turns = history::last(&conversation.turns);
        let of_shop = |turn: &crate::Turn| turn.speaker != Speaker::Customer;
        let Some(end) = turns.iter().rposition(of_shop).map(|last| last + 1) else { return String::new() };
        let spoken = turns.iter().take(end);
        let begin = spoken.rev().position(|turn| !of_shop(turn)).map_or(0, |back| end - 1 - back);
        let said = turns.iter().take(end).skip(begin).map(|turn| turn.text.as_str());
        crate::text::before(&self.normaliser, said)
    }

    fn history(&self, conversation: &Conversation, text: &Text) -> History {
        let earlier: Vec<Text> = history::last(&conversation.turns)
            .iter()
            .rev()
            .filter(|turn| turn.speaker == Speaker::Customer)
            .filter_map(|turn| self.normaliser.read(&turn.text).ok())
            .collect();
        let glances: Vec<_> = earlier.iter().take(history::TURNS_GLANCED).rev().map(|text| self.glance(text)).collect();
        let nearest = earlier.iter().map(|earlier| history::likeness(earlier.as_str(), text.as_str()));
        History {
            ai_failures: conversation.ai_failures,
            human_active: conversation.human_active,
            turns: u32::try_from(conversation.turns.len()).unwrap_or(u32::MAX),
            emotions: glances.iter().map(|(emotion, _)| *emotion).collect(),
            intents: glances.iter().filter_map(|(_, intent)| *intent).collect(),
            nearest: nearest.max_by(|a, b| a.similarity.total_cmp(&b.similarity).then(a.chars.cmp(&b.chars))),
            clarified: conversation.clarified,
            waiting: conversation.waiting,
            missing: false,
        }
    }

    /// A cheap look at how an earlier turn felt, and what it was about.
    fn glance(&self, text: &Text) -> (crate::Emotion, Option<crate::IntentId>) {
        let excerpt = text.excerpt();
        let tokens = self.segmenter.cut(&excerpt);
        let glanced = self.classifier.as_ref().map(|classifier| classifier.glance(&Message::new(&excerpt, &tokens)));
        match glanced {
            Some(Ok(ranking)) => (ranking.emotion().0, ranking.intents.first().map(|(intent, _)| *intent)),
            Some(Err(_)) | None => {
                let found = self.lexicon.scan(&excerpt, &tokens);
                let intent = found.intents.first().map(|(intent, _)| *intent);
                (crate::classify::likeliest(&found.emotions).0, intent)
            }
        }
    }

    fn outcome(
        &self,
        reading: &Reading,
        decision: Decision,
        (decision_id, received, trace): (String, Timestamp, Option<Trace>),
    ) -> Outcome {
        let intents = decision.intents.iter().map(|candidate| {
            let intent = self.taxonomy.intent(candidate.intent);
            IntentOutcome {
                id: intent.id.to_string(),
                domain: intent.domain.to_string(),
                confidence: rounded(candidate.confidence),
                also: candidate.also,
            }
        });
        let promise = decision.promise;
        Outcome {
            decision_id,
            tier: decision.tier,
            hold: decision.hold,
            clarify: decision.clarify.iter().map(|intent| self.choice(*intent)).collect(),
            intents: intents.collect(),
            matched: decision.matched,
            emotion: EmotionOutcome {
                id: decision.emotion.0,
                confidence: rounded(decision.emotion.1),
                trend: decision.trend,
            },
            vertical: reading.vertical,
            group: decision.group.to_string(),
            transfer_to: decision.transfer_to.as_deref().map(str::to_owned),
            priority: decision.priority,
            sla: Sla {
                first_response_by: promise.first_response.and_then(|after| deadline(received, after)),
                human_by: promise.human.and_then(|after| deadline(received, after)),
                resolve_by: promise.resolve.and_then(|after| deadline(received, after)),
            },
            entities: reading.entities.iter().map(|(kind, span)| entity(*kind, span)).collect(),
            reasons: decision
                .reasons
                .iter()
                .map(|reason| Reason {
                    code: reason.code.to_string(),
                    rule: reason.rule.to_string(),
                    because: reason.because.to_string(),
                })
                .collect(),
            believed: decision.believed,
            answered_by: decision.answered_by,
            degraded: decision.degraded,
            profile: decision.profile.to_string(),
            revision: self.revision.clone(),
            took: Duration::ZERO,
            stages: Stages::default(),
            trace,
        }
    }

    fn choice(&self, intent: crate::IntentId) -> Choice {
        let intent = self.taxonomy.intent(intent);
        Choice { id: intent.id.to_string(), zh: intent.zh.to_string() }
    }
}

/// What is finer would be noise.
fn micros(duration: Duration) -> Duration {
    Duration::from_micros(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
}

/// Four decimals: more would be noise, and the same digits on every wire.
fn rounded(likelihood: f32) -> f32 {
    (likelihood * 10_000.0).round() / 10_000.0
}

/// Whole seconds, rounded down: a promise may be kept early, not late. None past the end of time.
fn deadline(received: Timestamp, after: std::time::Duration) -> Option<Timestamp> {
    let second = Timestamp::from_second(received.as_second()).ok()?;
    second.checked_add(SignedDuration::try_from(after).ok()?).ok()
}

fn entity(kind: EntityKind, span: &Range<usize>) -> Entity {
    let at = |index: usize| u32::try_from(index).unwrap_or(u32::MAX);
    Entity { kind, start: at(span.start), end: at(span.end) }
}
