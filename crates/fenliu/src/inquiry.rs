//! What comes in: one message, who sent it, where, and what was said before.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::words::{Channel, CustomerValue, Speaker, Vertical};

/// One message of a customer. Only `text` must be given.
///
/// Its JSON is the proto3 JSON of `fenliu.v1.Inquiry`; an unknown field is an error.
///
/// # Examples
///
/// ```
/// use fenliu::{Channel, Inquiry};
/// let inquiry: Inquiry = serde_json::from_str(r#"{"text": "什么时候发货", "channel": "chat"}"#).unwrap();
/// assert_eq!(inquiry, Inquiry::new("什么时候发货").channel(Channel::Chat));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Inquiry {
    /// The raw message, at most 8 KiB of UTF-8.
    pub text: String,
    /// Where it came in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Who sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<Customer>,
    /// What was said before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<Conversation>,
    /// The trade, where the shop knows it; otherwise it is read from the words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vertical: Option<Vertical>,
    /// When the message came in; promises count from here. Default: when it is routed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<Timestamp>,
    /// The profile of the policy to decide by; an unknown one is named in the reasons and changes nothing. Default: the
    /// one that is set where the engine runs, else `normal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The shop's own labels, such as `product:8812`, which a policy may ask for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Whether the answer says the whole way to the decision.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub explain: bool,
}

/// What the shop knows of the sender. Absent means unknown, and unknown means no.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Customer {
    /// The shop's own name for the customer; never logged as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What the customer is worth to the shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<CustomerValue>,
    /// An influencer, large or small.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub kol: bool,
    /// Has said that they want people, not machines.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub prefers_human: bool,
    /// Conversations begun in the last 24 hours, this one included.
    #[serde(skip_serializing_if = "is_zero")]
    pub contacts_24h: u32,
}

/// What went before in this conversation.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Conversation {
    /// The shop's own name for the conversation. Where a store is set, what was said before is kept under it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Earlier turns, oldest first, without the message itself. The last 16 are read. Where a store keeps the
    /// conversation, only what the shop has said since the customer's last message, or nothing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub turns: Vec<Turn>,
    /// How often the AI has failed the customer in this conversation.
    #[serde(skip_serializing_if = "is_zero")]
    pub ai_failures: u32,
    /// A person of the shop is talking with the customer right now.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub human_active: bool,
    /// How often the AI has asked the customer what is meant.
    #[serde(skip_serializing_if = "is_zero")]
    pub clarified: u32,
    /// How long the customer has been waiting for an answer; in JSON seconds, such as `"90s"`.
    #[serde(with = "crate::seconds", skip_serializing_if = "Duration::is_zero")]
    pub waiting: Duration,
}

/// One earlier turn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Turn {
    /// Who spoke.
    pub speaker: Speaker,
    /// What was said.
    pub text: String,
}

impl Turn {
    /// A turn of this speaker.
    pub fn new(speaker: Speaker, text: impl Into<String>) -> Self {
        Self { speaker, text: text.into() }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Inquiry {
    /// A message of which nothing but its text is known.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Says where it came in.
    #[must_use]
    pub fn channel(mut self, channel: Channel) -> Self {
        self.channel = Some(channel);
        self
    }

    /// Says who sent it.
    #[must_use]
    pub fn customer(mut self, customer: Customer) -> Self {
        self.customer = Some(customer);
        self
    }

    /// Says what went before.
    #[must_use]
    pub fn conversation(mut self, conversation: Conversation) -> Self {
        self.conversation = Some(conversation);
        self
    }

    /// Says which trade it is about.
    #[must_use]
    pub fn vertical(mut self, vertical: Vertical) -> Self {
        self.vertical = Some(vertical);
        self
    }

    /// Says by which profile of the policy to decide.
    #[must_use]
    pub fn profile(mut self, name: impl Into<String>) -> Self {
        self.profile = Some(name.into());
        self
    }

    /// Adds one of the shop's own labels.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.labels.push(label.into());
        self
    }

    /// Asks for the whole way to the decision.
    #[must_use]
    pub fn explained(mut self) -> Self {
        self.explain = true;
        self
    }

    /// Says when it came in.
    #[must_use]
    pub fn received_at(mut self, at: Timestamp) -> Self {
        self.received_at = Some(at);
        self
    }
}
