//! fenliu (分流) reads one message of a Chinese online shop and says, in one process and in milliseconds, what the
//! customer wants, how the customer feels, and who must answer: the AI, a person helped by the AI, or an advisor.
//!
//! # Examples
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use fenliu::{Engine, Inquiry, ModelChoice, Tier};
//!
//! let engine = Engine::embedded(ModelChoice::None)?; // `Cascade` with the models
//! let outcome = engine.route(&Inquiry::new("我用了你们的面霜脸上起红疹了，怎么办"))?;
//! assert_eq!(outcome.tier, Tier::Advisor);
//! assert_eq!(outcome.group, "safety");
//! assert!(!outcome.reasons.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # Which type do I need?
//!
//! * [`Engine`] routes; [`Live`] holds one that may be replaced while serving; [`Source`] says where its parts are.
//! * [`Inquiry`] goes in, [`Outcome`] comes out; both are plain data with serde.
//! * [`Reading`] holds the facts, [`Policy`] judges them, [`Decision`] is its judgement.
//! * [`Classifier`] is a trait: implement it for a model of your own.
//! * [`ConversationStore`] is the other: what earlier turns said, in this process ([`EmbeddedStore`]) or in Redis.

mod classify;
mod digest;
#[cfg(feature = "embedded")]
mod embedded;
mod engine;
mod entity;
mod features;
mod inquiry;
mod lexicon;
mod live;
mod load;
mod model;
mod outcome;
mod policy;
mod reading;
mod seconds;
mod segment;
mod store;
mod suggest;
mod taxonomy;
mod text;
mod words;

pub use classify::{Classifier, Message, Ranking, Silence};
pub use engine::{Engine, Heard, Setting, ShadowDifference, ShadowReport};
pub use entity::EntityKind;
pub use features::{BUCKETS, features};
pub use inquiry::{Conversation, Customer, Inquiry, Turn};
pub use lexicon::{Findings, Hit, Lexicon, LexiconError, LexiconSources};
pub use live::{Live, ReloadError, Snapshot, UnknownProfile};
#[cfg(feature = "embedded")]
pub use load::{Files, Source};
pub use load::{LoadError, Parts};
#[cfg(feature = "onnx")]
pub use model::{Encoded, Encoder, Head, IntentAnswer, IntentHeads, IntentLogits, Layer, Taught};
pub use model::{ModelChoice, ModelError, ModelFiles, ModelSources, classifier};
pub use outcome::{Choice, EmotionOutcome, Entity, IntentOutcome, Outcome, Reason, Revision, Sla, Stages};
pub use policy::{
    Because, Candidacy, Candidate, Case, Changed, Checked, Decision, Difference, ExampleReading, Finding, FindingKind,
    Policy, PolicyError, Problem, Promise, RolloutKey, RuleKind, RuleName, RuleTrace, Signal, Subject, SubjectKind,
    ThresholdTrace, Trace, Verdict,
};
pub use reading::{CustomerFacts, History, Nearest, Reading};
pub use segment::{Segmenter, Tokens, WordError};
pub use store::{
    CONTACT_WINDOW, ConversationStore, EmbeddedStore, KEPT_TURNS, Kept, KeptTurn, MAX_CONTACTS, MAX_KEPT_CHARS, Note,
    StoreError, StoreKey, StoreLimits, Visit,
};
pub use taxonomy::{Intent, IntentId, Taxonomy, TaxonomyError};
pub use text::{MAX_BYTES, MAX_CHARS, Normaliser, Text, TextError, before};
pub use words::{
    AnsweredBy, Believed, Channel, CustomerValue, Emotion, Match, Priority, Speaker, Tier, Trend, Vertical,
};
