//! What goes out: the decision with names instead of places in tables, with its reasons and revisions.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::entity::EntityKind;
use crate::policy::Trace;
use crate::words::{AnsweredBy, Believed, Emotion, Match, Priority, Tier, Trend, Vertical};

/// The answer to one [`crate::Inquiry`]. Its JSON is the proto3 JSON of `fenliu.v1.Outcome`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Outcome {
    /// A name for this decision, a version 7 UUID.
    pub decision_id: String,
    /// Who answers.
    pub tier: Tier,
    /// The AI must not speak: a person is talking with the customer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hold: bool,
    /// What the AI asks the customer to choose from, two or three, likeliest first; empty where the answer is no such
    /// question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clarify: Vec<Choice>,
    /// What the customer may want, the likeliest first, at most five; empty when nobody knew anything.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intents: Vec<IntentOutcome>,
    /// Whether the first of `intents` can be taken for what is meant.
    #[serde(rename = "match")]
    pub matched: Match,
    /// How the customer feels.
    pub emotion: EmotionOutcome,
    /// The trade, given or read from the words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vertical: Option<Vertical>,
    /// The skill group that answers or checks.
    pub group: String,
    /// The department that the matter goes on to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transfer_to: Option<String>,
    /// How soon before others.
    pub priority: Priority,
    /// By when what must have happened.
    pub sla: Sla,
    /// Numbers, dates and the like in the message, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<Entity>,
    /// Why; never empty.
    pub reasons: Vec<Reason>,
    /// Whose reading the decision rests on.
    pub believed: Believed,
    /// Which model answered, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answered_by: Option<AnsweredBy>,
    /// The model was switched off or failed.
    pub degraded: bool,
    /// The profile of the policy that decided.
    pub profile: String,
    /// What exactly decided.
    pub revision: Revision,
    /// From text to decision, to the microsecond; in JSON seconds, such as `"0.000438s"`.
    #[serde(with = "crate::seconds")]
    pub took: Duration,
    /// Where that time went; not part of the JSON.
    #[serde(skip)]
    pub stages: Stages,
    /// The whole way to the decision, where the inquiry asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Trace>,
}

/// How long the parts of a decision took. What [`Outcome::took`] has beyond them: entities, history and policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stages {
    /// From the text to its words and the keywords among them.
    pub hear: Duration,
    /// The models' answer about this message; zero where none was asked.
    pub model: Duration,
}

/// One possibility of a clarifying question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Choice {
    /// The intent.
    pub id: String,
    /// Its name for people, in Chinese.
    pub zh: String,
}

/// One intent of the ranking.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct IntentOutcome {
    /// Its name in the taxonomy.
    pub id: String,
    /// Its domain.
    pub domain: String,
    /// How sure, 0 to 1, calibrated where a model answered.
    pub confidence: f32,
    /// Asked for beside the first.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub also: bool,
}

/// The emotion with its movement.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EmotionOutcome {
    /// Which.
    pub id: Emotion,
    /// How sure, 0 to 1.
    pub confidence: f32,
    /// Against the customer's earlier turns.
    pub trend: Trend,
}

/// Promises, as points in time.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Sla {
    /// The customer has a first answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_response_by: Option<Timestamp>,
    /// A person has looked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub human_by: Option<Timestamp>,
    /// The matter is closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resolve_by: Option<Timestamp>,
}

/// Something found in the message. `start` and `end` count Unicode scalar values of the raw text from 0, `end` is
/// the first that is outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entity {
    /// What it is.
    pub kind: EntityKind,
    /// Where it starts.
    pub start: u32,
    /// Where it has ended.
    pub end: u32,
}

/// One reason for the decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reason {
    /// Stable, for programs.
    pub code: String,
    /// The rule of the policy that says so.
    pub rule: String,
    /// For people, in Chinese.
    pub because: String,
}

/// The first twelve hexadecimal digits of the SHA-256 of what was loaded; `none` for what is switched off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Revision {
    /// The model directory.
    pub model: String,
    /// The lexicon with the shop's words.
    pub lexicon: String,
    /// The policy.
    pub policy: String,
}
