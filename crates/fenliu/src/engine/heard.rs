//! A text before any model is asked.

use std::time::Duration;

use crate::lexicon::Findings;
use crate::segment::Tokens;
use crate::text::Text;

/// One text with its words and the keywords among them; what [`crate::Engine::hear`] gives.
#[derive(Debug, Clone)]
pub struct Heard {
    pub(super) text: Text,
    pub(super) tokens: Tokens,
    pub(super) findings: Findings,
    pub(super) took: Duration,
}

impl Heard {
    /// Whether the words alone say that somebody must look at once: a grave keyword stands in the text. The decision
    /// itself is [`crate::Engine::route`]'s.
    #[must_use]
    pub fn is_grave(&self) -> bool {
        self.findings.hits.iter().any(|hit| hit.grave && !hit.negated)
    }
}
