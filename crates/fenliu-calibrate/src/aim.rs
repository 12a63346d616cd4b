//! What is asked for: how much may be wrong, and how sure that must be.

use crate::bound::tail;

/// The allowed share of wrong answers, and the confidence that it is kept. Both lie strictly between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Aim {
    max_wrong: f64,
    /// The chance that the promise is broken; kept instead of the confidence, so that dividing it loses no digits.
    error: f64,
}

/// Why an aim means nothing.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AimError {
    /// The allowed share.
    #[error("the allowed share of wrong answers is {0}, expected a number above 0 and below 1")]
    MaxWrong(f64),
    /// The confidence.
    #[error("the confidence is {0}, expected a number above 0 and below 1")]
    Confidence(f64),
}

impl Aim {
    /// At most the share `max_wrong`, with this confidence.
    ///
    /// # Errors
    ///
    /// [`AimError`] where one of them is not strictly between 0 and 1.
    pub fn new(max_wrong: f64, confidence: f64) -> Result<Self, AimError> {
        let inside = |share: f64| 0.0 < share && share < 1.0;
        if !inside(max_wrong) {
            return Err(AimError::MaxWrong(max_wrong));
        }
        if !inside(confidence) {
            return Err(AimError::Confidence(confidence));
        }
        Ok(Self { max_wrong, error: 1.0 - confidence })
    }

    /// The allowed share of wrong answers.
    #[must_use]
    pub fn max_wrong(self) -> f64 {
        self.max_wrong
    }

    /// How sure it must be.
    #[must_use]
    pub fn confidence(self) -> f64 {
        1.0 - self.error
    }

    /// The same aim for one of so many groups, where the promise must hold for all of them at once: each may err with
    /// its part of the chance (Bonferroni).
    #[must_use]
    pub fn shared(self, groups: usize) -> Self {
        Self { error: self.error / groups.max(1) as f64, ..self }
    }

    /// The same allowed share with the confidence of another aim.
    #[must_use]
    pub fn as_sure_as(self, other: Self) -> Self {
        Self { error: other.error, ..self }
    }

    /// Whether so many wrong of so many taken show that the promise is kept.
    #[must_use]
    pub fn is_shown_by(self, wrong: usize, taken: usize) -> bool {
        tail(wrong, taken, self.max_wrong) <= self.error
    }

    /// The fewest messages that show it although so many of them are wrong.
    #[must_use]
    pub fn needs(self, wrong: usize) -> usize {
        let mut enough = wrong + 1;
        while enough < usize::MAX / 2 && !self.is_shown_by(wrong, enough) {
            enough *= 2;
        }
        // `enough` shows it and half of it does not, since more messages with as many wrong show more.
        let mut few = enough / 2;
        while enough - few > 1 {
            let middle = few + (enough - few) / 2;
            if self.is_shown_by(wrong, middle) { enough = middle } else { few = middle }
        }
        enough
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_share_is_refused() {
        for share in [0.0, 1.0, -0.1, 2.0, f64::NAN, f64::INFINITY] {
            for (max_wrong, confidence) in [(share, 0.95), (0.02, share)] {
                let error = Aim::new(max_wrong, confidence).unwrap_err().to_string();
                assert!(error.contains("above 0 and below 1"), "{error}");
            }
        }
    }

    #[test]
    fn the_fewest_messages_are_those_of_the_binomial_law() {
        // The least n with (1 - share)^n <= error, and with the next terms; by Python, in whole fractions.
        for (max_wrong, confidence, wrong, expected) in [
            (0.02, 0.95, 0, 149),
            (0.02, 0.95, 1, 236),
            (0.05, 0.95, 0, 59),
            (0.05, 0.95, 1, 93),
            (0.10, 0.95, 0, 29),
            (0.5, 0.5, 0, 1),
            (0.9, 0.5, 1, 2),
        ] {
            assert_eq!(Aim::new(max_wrong, confidence).unwrap().needs(wrong), expected, "{max_wrong} {wrong}");
        }
    }

    #[test]
    fn who_shares_the_error_needs_more() {
        let aim = Aim::new(0.02, 0.95).unwrap();
        assert_eq!(aim.shared(1), aim);
        assert!((aim.shared(5).confidence() - 0.99).abs() < 1e-12);
        assert!(aim.shared(5).needs(1) > aim.needs(1));
        assert_eq!(aim.shared(0), aim);
    }
}
