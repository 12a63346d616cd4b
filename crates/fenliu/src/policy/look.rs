//! What a policy says of one intent, for those who measure it from outside; nothing is judged here.

use crate::taxonomy::IntentId;
use crate::words::Tier;

use super::Policy;

impl Policy {
    /// How far an intent may be automated; an advisor for one that the policy does not know.
    #[must_use]
    pub fn automation_of(&self, intent: IntentId) -> Tier {
        self.normal.automation(intent).tier
    }

    /// The confidence, 0 to 1, at or above which the AI may answer this intent alone, where its automation is
    /// [`Tier::Ai`] and nothing else speaks against it.
    #[must_use]
    pub fn ai_threshold_of(&self, intent: IntentId) -> f32 {
        self.normal.automation(intent).thresholds.ai
    }

    /// The confidence, 0 to 1, below which a message read as this intent counts as unclear; always below
    /// [`Policy::ai_threshold_of`].
    #[must_use]
    pub fn assisted_threshold_of(&self, intent: IntentId) -> f32 {
        self.normal.automation(intent).thresholds.assisted
    }
}
