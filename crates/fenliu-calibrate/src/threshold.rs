//! The grid that thresholds are chosen from: hundredths, as a policy writes them.

/// A threshold in hundredths, 0.00 to 1.00. A message is taken where its confidence is at or above.
///
/// Hundredths, since the grid must not depend on the data, and since people read and write these numbers.
///
/// # Examples
///
/// ```
/// use fenliu_calibrate::Threshold;
/// let threshold = Threshold::hundredths(70);
/// assert_eq!((threshold.value(), threshold.to_string()), (0.7, "0.70".to_owned()));
/// assert_eq!(Threshold::above(0.35), Threshold::hundredths(36));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Threshold(u8);

/// The thresholds that may be chosen, both ends with them; empty where `lowest` is above `highest`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// The least strict.
    pub lowest: Threshold,
    /// The strictest.
    pub highest: Threshold,
}

impl Threshold {
    /// So many hundredths; over 100 counts as 100.
    #[must_use]
    pub fn hundredths(hundredths: u8) -> Self {
        Self(hundredths.min(100))
    }

    /// The lowest threshold that is greater than this value; 1.00 where none is.
    #[must_use]
    pub fn above(value: f32) -> Self {
        (0..=100).map(Self).find(|threshold| threshold.value() > value).unwrap_or(Self(100))
    }

    /// The lowest threshold that is this value or greater; 1.00 where none is.
    #[must_use]
    pub fn at_least(value: f32) -> Self {
        (0..=100).map(Self).find(|threshold| threshold.value() >= value).unwrap_or(Self(100))
    }

    /// The highest threshold that is less than this value; 0.00 where none is.
    #[must_use]
    pub fn below(value: f32) -> Self {
        (0..=100).rev().map(Self).find(|threshold| threshold.value() < value).unwrap_or(Self(0))
    }

    /// How many there are.
    pub(crate) const ALL: usize = 101;

    /// Its place in the grid, from 0.
    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// The strictest threshold that takes a confidence; none below 0.00 and for what is no number.
    pub(crate) fn reached(confidence: f32) -> Option<Self> {
        // The product may lie a rounding beside the true one, so the neighbours are looked at too.
        let near = (confidence * 100.0).round().clamp(0.0, 100.0) as u8;
        [near.saturating_add(1), near, near.saturating_sub(1)]
            .into_iter()
            .map(Self::hundredths)
            .find(|threshold| confidence >= threshold.value())
    }

    /// The number nearest to it, the same that a policy's text of it is parsed to.
    #[must_use]
    pub fn value(self) -> f32 {
        f32::from(self.0) / 100.0
    }
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&format!("{}.{:02}", self.0 / 100, self.0 % 100))
    }
}

impl Range {
    /// 0.01 to 0.99: at 0.00 all is taken and at 1.00 nearly nothing, whatever the confidences say.
    pub const FULL: Self = Self { lowest: Threshold(1), highest: Threshold(99) };

    /// The thresholds, the strictest first.
    pub(crate) fn strictest_first(self) -> impl Iterator<Item = Threshold> + Clone {
        (self.lowest.0..=self.highest.0).rev().map(Threshold)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confidence_reaches_the_thresholds_that_it_is_not_below() {
        for step in 0..=20_000_u16 {
            let confidence = f32::from(step) / 20_000.0;
            let strictest = (0..=100).rev().map(Threshold).find(|threshold| confidence >= threshold.value());
            assert_eq!(Threshold::reached(confidence), strictest, "{confidence}");
        }
        assert_eq!(Threshold::reached(7.0), Some(Threshold(100)));
        for none in [-0.001, f32::NEG_INFINITY, f32::NAN] {
            assert_eq!(Threshold::reached(none), None, "{none}");
        }
    }

    #[test]
    fn every_threshold_is_read_back_from_its_text() {
        for threshold in (0..=100).map(Threshold) {
            assert_eq!(threshold.to_string().parse::<f32>().unwrap(), threshold.value(), "{threshold}");
            assert_eq!(Threshold::at_least(threshold.value()), threshold);
            assert!(Threshold::above(threshold.value()) > threshold || threshold == Threshold(100));
            assert!(Threshold::below(threshold.value()) < threshold || threshold == Threshold(0));
        }
    }
}
