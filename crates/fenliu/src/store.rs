//! What earlier turns of conversations said, so that a caller may send no more than a conversation's id.
//!
//! Plain data goes in and plain data comes out. No id of a conversation or customer is kept in clear, only
//! [`StoreKey`]s of them, and of each turn only its first [`MAX_KEPT_CHARS`] characters.

mod codec;
mod embedded;
#[cfg(test)]
mod tests;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::digest;
use crate::words::Speaker;

pub use embedded::{EmbeddedStore, StoreLimits};

/// How many turns of a conversation are kept: the last so many. The deep model reads the last two, the policy
/// compares a question with those of the last few.
pub const KEPT_TURNS: usize = 8;

/// How many characters of a turn are kept, from its start. Longer than 19 of 20 messages of the corpus, and longer
/// than what the deep model reads of an earlier turn.
pub const MAX_KEPT_CHARS: usize = 64;

/// How many conversations of one customer are told apart; more are counted as this many.
pub const MAX_CONTACTS: usize = 32;

/// For how long a conversation counts as a contact of its customer, from its first message on.
pub const CONTACT_WINDOW: Duration = Duration::from_secs(24 * 60 * 60);

/// What earlier turns of conversations said.
///
/// There are two: [`EmbeddedStore`] for one process, and `fenliu_redis::RedisStore` for several that serve the same
/// conversations.
pub trait ConversationStore: Send + Sync + std::fmt::Debug {
    /// Adds what was said now to its conversation and gives what was kept before it, in one step: of two visits of a
    /// conversation at once, one sees the other.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: the message is then routed without history and says so. Whether the turns were added is not
    /// known.
    fn visit(&self, visit: &Visit<'_>) -> Result<Kept, StoreError>;

    /// Notes what was decided about the last message of a conversation. Does not wait for an answer; what cannot be
    /// noted is lost and counted.
    fn note(&self, conversation: &str, note: Note);

    /// How many notes were lost.
    fn lost_notes(&self) -> u64;
}

/// What was said now.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Visit<'a> {
    /// The shop's name for the conversation.
    pub conversation: &'a str,
    /// The shop's name for the customer. Without it contacts are not counted.
    pub customer: Option<&'a str>,
    /// What the store has not heard yet, oldest first: usually the customer's message alone, or the shop's turns
    /// since the last one and then it.
    pub turns: &'a [KeptTurn],
    /// How often the AI has failed the customer in this conversation, as the caller says.
    pub ai_failures: u32,
    /// When the message came in.
    pub at: Timestamp,
}

/// One turn, as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct KeptTurn {
    /// Who spoke.
    pub speaker: Speaker,
    /// What was said. A store keeps its first [`MAX_KEPT_CHARS`] characters.
    pub text: String,
}

/// What was kept of a conversation. The default is a conversation of which nothing is known.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Kept {
    /// The last turns before this visit, oldest first, at most [`KEPT_TURNS`].
    pub turns: Vec<KeptTurn>,
    /// How many turns there were before this visit, kept or not.
    pub turns_total: u32,
    /// How often the customer was asked what is meant.
    pub clarified: u32,
    /// The most failures of the AI that were said of the conversation so far, this visit included.
    pub ai_failures: u32,
    /// Conversations that this customer began in the last 24 hours, this one included; 0 where no customer is given,
    /// at most [`MAX_CONTACTS`].
    pub contacts_24h: u32,
}

/// What was decided about the last message of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Note {
    /// The customer was asked what is meant.
    pub clarified: bool,
}

/// Why nothing is known of a conversation. No error holds what a customer said or who it was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The store is not to be had, or failed a moment ago and is left alone for now.
    #[error("the conversation store at {at} is unavailable: {what}")]
    Unavailable {
        /// The address, without a password.
        at: String,
        /// What is wrong.
        what: String,
    },
    /// No answer came in time.
    #[error("the conversation store at {at} gave no answer within {after:?}")]
    Late {
        /// The address, without a password.
        at: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The store answered, and said no.
    #[error("the conversation store at {at} refused: `{code}`")]
    Refused {
        /// The address, without a password.
        at: String,
        /// The code of the answer, such as `WRONGTYPE`; its words are left out, for they may quote the message.
        code: String,
    },
}

/// Under which name a conversation or a customer is kept: the first 16 bytes of the SHA-256 of what it is and its id.
///
/// It hides an id from whoever reads the store, but not from whoever can guess the id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StoreKey([u8; 16]);

impl<'a> Visit<'a> {
    /// These turns of a conversation, of whose customer nothing is known.
    #[must_use]
    pub fn new(conversation: &'a str, turns: &'a [KeptTurn], at: Timestamp) -> Self {
        Self { conversation, customer: None, turns, ai_failures: 0, at }
    }

    /// Says whose conversation it is.
    #[must_use]
    pub fn customer(mut self, customer: &'a str) -> Self {
        self.customer = Some(customer);
        self
    }

    /// Says how often the AI has failed in it.
    #[must_use]
    pub fn ai_failures(mut self, failures: u32) -> Self {
        self.ai_failures = failures;
        self
    }

    /// The turns that a store keeps of these: the last [`KEPT_TURNS`].
    #[must_use]
    pub fn last_turns(&self) -> &'a [KeptTurn] {
        self.turns.get(self.turns.len().saturating_sub(KEPT_TURNS)..).unwrap_or_default()
    }
}

impl KeptTurn {
    /// A turn of this speaker.
    pub fn new(speaker: Speaker, text: impl Into<String>) -> Self {
        Self { speaker, text: text.into() }
    }

    /// The part of the text that a store keeps: its first [`MAX_KEPT_CHARS`] characters.
    #[must_use]
    pub fn kept_text(&self) -> &str {
        self.text.char_indices().nth(MAX_KEPT_CHARS).and_then(|(end, _)| self.text.get(..end)).unwrap_or(&self.text)
    }
}

impl Note {
    /// The customer was asked what is meant.
    #[must_use]
    pub fn clarified() -> Self {
        Self { clarified: true }
    }
}

impl StoreKey {
    /// Of a conversation.
    #[must_use]
    pub fn conversation(id: &str) -> Self {
        Self(digest::key("conversation", id))
    }

    /// Of a customer.
    #[must_use]
    pub fn customer(id: &str) -> Self {
        Self(digest::key("customer", id))
    }

    /// Its bytes, evenly spread.
    #[must_use]
    pub fn bytes(self) -> [u8; 16] {
        self.0
    }
}

/// As 32 hexadecimal digits.
impl std::fmt::Display for StoreKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}
