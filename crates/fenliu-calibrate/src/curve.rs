//! Coverage against risk: what every threshold of the grid would take, and how much of it would be wrong.

use crate::aim::Aim;
use crate::threshold::Range;
use crate::walk::{At, Seen, Tally};

/// One threshold of the curve.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Point {
    /// What it takes. Its bound is that of this one threshold: of all of them together it holds for fewer.
    pub at: At,
    /// The taken share of all.
    pub coverage: f64,
    /// The wrong share of the taken.
    pub risk: f64,
}

/// A point for every threshold of the range that takes something, the strictest first; of thresholds that take the same,
/// the lowest.
#[must_use]
pub fn curve(seen: &[Seen], aim: Aim, range: Range) -> Vec<Point> {
    let mut points: Vec<Point> = Vec::new();
    let tally = Tally::of(seen);
    let counted = range.strictest_first().map(|threshold| (threshold, tally.at(threshold)));
    for at in counted.filter(|(_, count)| count.taken > 0).map(|(threshold, count)| count.at(threshold, aim)) {
        let part = |part: usize, whole: usize| part as f64 / whole as f64;
        let point = Point { at, coverage: part(at.taken, seen.len()), risk: part(at.wrong, at.taken) };
        match points.last_mut() {
            Some(last) if last.at.taken == at.taken => *last = point,
            _ => points.push(point),
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::threshold::Threshold;

    #[test]
    fn thresholds_that_take_the_same_are_one_point() {
        let seen = [(0.9, false), (0.5, true), (0.5, false), (f32::NAN, true)];
        let seen = seen.map(|(confidence, wrong)| Seen { confidence, wrong });
        let points = curve(&seen, Aim::new(0.1, 0.9).unwrap(), Range::FULL);
        let found: Vec<_> = points.iter().map(|it| (it.at.threshold, it.at.taken, it.coverage, it.risk)).collect();
        let (high, low) = (Threshold::hundredths(51), Threshold::hundredths(1));
        assert_eq!(found, [(high, 1, 0.25, 0.0), (low, 3, 0.75, 1.0 / 3.0)]);
        assert!(curve(&[], Aim::new(0.1, 0.9).unwrap(), Range::FULL).is_empty());
    }
}
