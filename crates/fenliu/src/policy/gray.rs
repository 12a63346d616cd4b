//! Gray release: which part of the customers a candidate policy decides for, or that it only watches.

use std::sync::Arc;

use crate::digest::fraction;
use crate::words::names;

/// A policy that is tried beside the one in use.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Candidacy {
    /// It decides for a part of the customers, always the same.
    Rollout {
        /// The candidate's file, beside the policy's own.
        candidate: Arc<str>,
        /// For how many of a hundred, 0 to 100.
        percent: f64,
        /// Changes who belongs to the part.
        salt: Arc<str>,
        /// What is hashed.
        key: RolloutKey,
    },
    /// It decides about every message too, and only the differences are counted.
    Shadow {
        /// The candidate's file, beside the policy's own.
        candidate: Arc<str>,
    },
}

names! {
    /// Who always gets the same side.
    RolloutKey {
        /// The customer; a message without `customer.id` stays with the policy in use.
        Customer = "customer",
        /// The conversation; a message without `conversation.id` stays with the policy in use.
        Conversation = "conversation",
    }
}

impl Candidacy {
    /// The candidate's file.
    #[must_use]
    pub fn candidate(&self) -> &str {
        match self {
            Self::Rollout { candidate, .. } | Self::Shadow { candidate } => candidate,
        }
    }

    /// Whether the candidate decides for whom this id names. The same id is always on the same side, and a higher
    /// share keeps everybody who was in a lower one.
    #[must_use]
    pub fn takes(&self, id: &str) -> bool {
        match self {
            Self::Rollout { percent, salt, .. } => fraction(salt, id) * 100.0 < *percent,
            Self::Shadow { .. } => false,
        }
    }
}
