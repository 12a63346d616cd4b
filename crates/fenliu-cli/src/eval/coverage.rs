//! How the error falls when only the surest messages are answered.

use serde::Serialize;

use super::scores::share;
use crate::labelled::Scored;

/// Coverage against risk: the messages answered in the order of confidence, and the share of them that is wrong.
///
/// The area is the mean of the risk over every coverage 1/n … 1, after Geifman, Uziel and El-Yaniv,
/// "Bias-Reduced Uncertainty Estimation" (2019). Among equally sure messages errors are spread evenly, which is the
/// mean over all their orders, so the order of the file has no say.
#[derive(Debug, Serialize)]
pub(super) struct Coverage {
    /// 0 is perfect.
    pub(super) area_under_risk: f64,
    /// The area if every wrong answer were less sure than every right one: no order is better.
    pub(super) area_at_best: f64,
    /// At every tenth.
    pub(super) points: Vec<Point>,
    /// At every hundredth.
    pub(super) curve: Vec<Point>,
}

/// What is answered, and how much of it is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Point {
    pub(super) coverage: f64,
    pub(super) messages: usize,
    /// The confidence of the least sure message that is answered.
    pub(super) confidence: f32,
    pub(super) risk: f64,
}

impl Coverage {
    pub(super) fn new(rows: &[Scored]) -> Self {
        let every = points(rows);
        let at = |percent: usize| {
            let messages = (percent * every.len()).div_ceil(100);
            every.get(messages.saturating_sub(1)).copied()
        };
        let mut curve: Vec<Point> = (1..=100).filter_map(at).collect();
        curve.dedup_by_key(|point| point.messages);
        let mut points: Vec<Point> = (1..=10).filter_map(|tenth| at(10 * tenth)).collect();
        points.dedup_by_key(|point| point.messages);
        let mean = |sum: f64| sum / every.len().max(1) as f64;
        let right = rows.iter().filter(|row| row.intent_right()).count();
        Self {
            area_under_risk: mean(every.iter().map(|point| point.risk).sum()),
            area_at_best: mean((1..=every.len()).map(|messages| least_risk(messages, right)).sum()),
            points,
            curve,
        }
    }
}

/// The risk of so many answers if wrong ones are given only when no right one is left.
pub(super) fn least_risk(messages: usize, right: usize) -> f64 {
    share(messages.saturating_sub(right), messages)
}

/// One point for each message, the surest first.
fn points(rows: &[Scored]) -> Vec<Point> {
    let mut sorted: Vec<(f32, bool)> = rows.iter().map(|row| (row.answer.confidence, !row.intent_right())).collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut points: Vec<Point> = Vec::with_capacity(sorted.len());
    let mut wrong_before = 0;
    for alike in sorted.chunk_by(|a, b| a.0 == b.0) {
        let before = points.len();
        let wrong_here = alike.iter().filter(|(_, wrong)| *wrong).count();
        for (nth, (confidence, _)) in alike.iter().enumerate() {
            let messages = before + nth + 1;
            let wrong = wrong_before as f64 + share(wrong_here * (nth + 1), alike.len());
            points.push(Point {
                coverage: share(messages, sorted.len()),
                messages,
                confidence: *confidence,
                risk: wrong / messages as f64,
            });
        }
        wrong_before += wrong_here;
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rows: &[(f32, bool)]) -> Coverage {
        let rows: Vec<Scored> = rows.iter().map(|(confidence, right)| Scored::sure(*confidence, *right)).collect();
        Coverage::new(&rows)
    }

    #[test]
    fn the_area_is_the_mean_risk_over_all_coverages() {
        // Risks 0, 1/2, 1/3, 1/4; at best 0, 0, 0, 1/4.
        let coverage = check(&[(0.6, true), (0.9, true), (0.7, true), (0.8, false)]);
        assert!((coverage.area_under_risk - (0.5 + 1.0 / 3.0 + 0.25) / 4.0).abs() < 1e-12);
        assert!((coverage.area_at_best - 0.25 / 4.0).abs() < 1e-12);
        let half = Point { coverage: 0.5, messages: 2, confidence: 0.8, risk: 0.5 };
        assert_eq!(coverage.points[1], half);
        assert_eq!((coverage.points.len(), coverage.curve.len()), (4, 4));
    }

    #[test]
    fn the_order_of_equally_sure_messages_has_no_say() {
        // One wrong of two, each first in half of the orders: risks 1/2 and 1/2, then 1/3.
        for rows in [[(0.5, true), (0.5, false), (0.1, true)], [(0.1, true), (0.5, false), (0.5, true)]] {
            let area = check(&rows).area_under_risk;
            assert!((area - (0.5 + 0.5 + 1.0 / 3.0) / 3.0).abs() < 1e-12, "{area}");
        }
    }

    #[test]
    fn a_hundred_messages_give_a_point_for_each_hundredth() {
        let rows: Vec<(f32, bool)> = (0..250).map(|nth| (1.0 - nth as f32 / 1000.0, nth < 200)).collect();
        let coverage = check(&rows);
        assert_eq!((coverage.curve.len(), coverage.points.len()), (100, 10));
        assert_eq!(coverage.points[7].risk, 0.0);
        assert_eq!(coverage.points[9].risk, 0.2);
        assert_eq!(coverage.area_under_risk, coverage.area_at_best);
    }
}
