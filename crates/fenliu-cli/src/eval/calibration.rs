//! Whether the engine is right as often as it is sure.

use serde::Serialize;

use super::scores::share;
use crate::labelled::Scored;

/// Confidence against accuracy of the first intent, in bins of equal width.
///
/// The error is the expected calibration error of Guo et al., "On Calibration of Modern Neural Networks" (2017): the
/// mean distance between confidence and accuracy of the bins, weighted by their messages.
#[derive(Debug, Serialize)]
pub(super) struct Calibration {
    /// 0 is perfect.
    pub(super) expected_error: f64,
    pub(super) mean_confidence: f64,
    pub(super) bins: Vec<Bin>,
}

/// One bin: above `from`, up to and with `to`; the first has 0 too.
#[derive(Debug, Serialize)]
pub(super) struct Bin {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) messages: usize,
    /// Absent where no message fell into the bin.
    pub(super) measured: Option<Means>,
}

/// The means of the messages of a bin.
#[derive(Debug, Serialize)]
pub(super) struct Means {
    pub(super) confidence: f64,
    pub(super) accuracy: f64,
}

/// As in the papers that others compare with.
const BINS: usize = 15;

impl Calibration {
    pub(super) fn new(rows: &[Scored]) -> Self {
        let bins: Vec<Bin> = (0..BINS).map(|index| Bin::new(index, rows)).collect();
        let error = |bin: &Bin| {
            let distance = bin.measured.as_ref().map_or(0.0, |it| (it.confidence - it.accuracy).abs());
            share(bin.messages, rows.len()) * distance
        };
        Self { expected_error: bins.iter().map(error).sum(), mean_confidence: mean_confidence(rows.iter()), bins }
    }
}

impl Bin {
    fn new(index: usize, rows: &[Scored]) -> Self {
        let inside: Vec<&Scored> = rows.iter().filter(|row| place(row.answer.confidence) == index).collect();
        let right = inside.iter().filter(|row| row.intent_right()).count();
        Self {
            from: share(index, BINS),
            to: share(index + 1, BINS),
            messages: inside.len(),
            measured: (!inside.is_empty()).then(|| Means {
                confidence: mean_confidence(inside.iter().copied()),
                accuracy: share(right, inside.len()),
            }),
        }
    }
}

/// The bin that a confidence falls into.
fn place(confidence: f32) -> usize {
    let above = (f64::from(confidence) * BINS as f64).ceil() as usize;
    above.saturating_sub(1).min(BINS - 1)
}

fn mean_confidence<'a>(rows: impl ExactSizeIterator<Item = &'a Scored>) -> f64 {
    let count = rows.len().max(1) as f64;
    rows.map(|row| f64::from(row.answer.confidence)).sum::<f64>() / count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_is_the_weighted_distance_of_the_bins() {
        // Bin 14 (14/15 to 1): confidence 0.96, accuracy 1/2, weight 2/5, distance 0.46.
        // Bin 7 (7/15 to 8/15): confidence 0.5, accuracy 2/3, weight 3/5, distance 1/6.
        let rows = [(0.94, true), (0.98, false), (0.48, true), (0.5, true), (0.52, false)];
        let calibration = Calibration::new(&rows.map(|(confidence, right)| Scored::sure(confidence, right)));
        assert!((calibration.expected_error - (0.4 * 0.46 + 0.6 / 6.0)).abs() < 1e-6, "{calibration:?}");
        assert!((calibration.mean_confidence - 0.684).abs() < 1e-6);
        let messages: Vec<usize> = calibration.bins.iter().map(|bin| bin.messages).collect();
        assert_eq!(messages, [0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 2]);
        assert!(calibration.bins[0].measured.is_none());
    }

    #[test]
    fn the_edges_fall_into_the_first_and_the_last_bin() {
        for (confidence, expected) in [(0.0, 0), (0.01, 0), (0.2, 3), (0.99, 14), (1.0, 14), (1.5, 14), (-1.0, 0)] {
            assert_eq!(place(confidence), expected, "{confidence}");
        }
    }
}
