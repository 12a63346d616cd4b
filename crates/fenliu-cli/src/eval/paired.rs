//! Two models on the same messages: whether what separates them could be chance.

use fenliu::ModelChoice;
use serde::Serialize;

use super::scores::share;
use crate::labelled::{Answer, Scored};

/// The measured models beside others.
#[derive(Debug, Serialize)]
pub(super) struct Comparison {
    pub(super) against: Against,
    pub(super) intent: Paired,
    pub(super) emotion: Paired,
}

/// The models that are compared with.
#[derive(Debug, Serialize)]
pub(super) struct Against {
    pub(super) model: ModelChoice,
    pub(super) revision: String,
}

/// Who was right on which messages.
#[derive(Debug, Serialize)]
pub(super) struct Paired {
    pub(super) accuracy: f64,
    pub(super) accuracy_against: f64,
    pub(super) both_right: usize,
    /// Only the measured models.
    pub(super) only_this_right: usize,
    /// Only those compared with.
    pub(super) only_against_right: usize,
    pub(super) both_wrong: usize,
    /// The likelihood of a difference at least this large if both were equally good: McNemar's exact test, two-sided.
    pub(super) p: f64,
    /// Accuracy of the measured less that of the others.
    pub(super) difference: f64,
    /// The 95 % interval of the difference.
    pub(super) interval: Interval,
}

/// From the 2.5th to the 97.5th percentile of the paired bootstrap.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) high: f64,
}

/// Who was right on one message.
#[derive(Debug, Clone, Copy)]
struct Verdict {
    this: bool,
    against: bool,
}

/// Resamples of the bootstrap; the ends of the interval are the 50th from either side.
const RESAMPLES: usize = 2000;
const CUT: usize = 50;

/// Any fixed number will do: the same file gives the same interval.
const SEED: u64 = 20_261_127;

impl Comparison {
    /// `others` answer the messages of `rows` in the same order.
    pub(super) fn new(against: Against, rows: &[Scored], others: &[Answer]) -> Self {
        let verdicts = |right: fn(&Scored, &Answer) -> bool| -> Vec<Verdict> {
            let verdict = |(row, other)| Verdict { this: right(row, &row.answer), against: right(row, other) };
            rows.iter().zip(others).map(verdict).collect()
        };
        Self {
            against,
            intent: Paired::new(&verdicts(|row, answer| row.labels.intent_right(answer))),
            emotion: Paired::new(&verdicts(|row, answer| row.labels.emotion_right(answer))),
        }
    }
}

impl Paired {
    fn new(verdicts: &[Verdict]) -> Self {
        let count = |this, against| verdicts.iter().filter(|it| it.this == this && it.against == against).count();
        let (both_right, both_wrong) = (count(true, true), count(false, false));
        let (only_this_right, only_against_right) = (count(true, false), count(false, true));
        let accuracy = share(both_right + only_this_right, verdicts.len());
        let accuracy_against = share(both_right + only_against_right, verdicts.len());
        Self {
            accuracy,
            accuracy_against,
            both_right,
            only_this_right,
            only_against_right,
            both_wrong,
            p: mcnemar(only_this_right, only_against_right),
            difference: accuracy - accuracy_against,
            interval: bootstrap(verdicts),
        }
    }

    /// The likelihood for people; a tiny one by its size.
    pub(super) fn chance(&self) -> String {
        if self.p < 0.000_1 { format!("{:.0e}", self.p) } else { format!("{:.4}", self.p) }
    }
}

/// Two-sided binomial: twice the likelihood that a fair coin, thrown once for each message on which only one was
/// right, favours one side as much as here or more.
fn mcnemar(one: usize, other: usize) -> f64 {
    let (less, thrown) = (one.min(other), one + other);
    // In logarithms, since 2^-n and the binomial coefficients leave the range of a float from n = 1,100 on.
    let peak: f64 = (0..less).map(|k| ((thrown - k) as f64 / (k + 1) as f64).ln()).sum();
    let peak = peak - thrown as f64 * std::f64::consts::LN_2;
    // The terms below the peak as shares of it: C(n, k - 1) = C(n, k) · k / (n - k + 1).
    let mut term = 1.0;
    let mut tail = 1.0;
    for k in (1..=less).rev() {
        term *= k as f64 / (thrown - k + 1) as f64;
        tail += term;
    }
    (2.0 * peak.exp() * tail).min(1.0)
}

/// Draws messages with replacement, both answers of a message together, and takes the difference each time.
fn bootstrap(verdicts: &[Verdict]) -> Interval {
    let gains: Vec<i64> = verdicts.iter().map(|it| i64::from(it.this) - i64::from(it.against)).collect();
    let mut random = Random(SEED);
    let mut sums: Vec<i64> =
        (0..RESAMPLES).map(|_| gains.iter().filter_map(|_| gains.get(random.below(gains.len()))).sum()).collect();
    sums.sort_unstable();
    let at = |index: usize| sums.get(index).map_or(0.0, |sum| *sum as f64 / gains.len().max(1) as f64);
    Interval { low: at(CUT - 1), high: at(RESAMPLES - CUT) }
}

/// SplitMix64 (Steele, Lea and Flood, 2014): small, fast, and good enough to draw messages.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to below `end`; its bias is below 2^-40 for a million messages.
    fn below(&mut self, end: usize) -> usize {
        ((u128::from(self.next()) * end as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(counts: [usize; 4]) -> Vec<Verdict> {
        let kinds = [(true, true), (true, false), (false, true), (false, false)];
        let of = |((this, against), count)| std::iter::repeat_n(Verdict { this, against }, count);
        kinds.into_iter().zip(counts).flat_map(of).collect()
    }

    #[test]
    fn the_test_of_mcnemar_is_exact_and_does_not_overflow() {
        for (one, other, expected) in [
            (0, 0, 1.0),
            (1, 0, 1.0),
            (5, 0, 2.0 / 32.0),
            (1, 5, 14.0 / 64.0),
            (3, 3, 1.0),
            // By whole fractions, in Python.
            (10, 25, 0.016_673_847_800_120_71),
            (400, 480, 0.007_707_305_043_339_141),
            (5000, 5200, 0.048_787_963_126_822_45),
        ] {
            let p = mcnemar(one, other);
            assert!((p - expected).abs() < 1e-9, "{one} {other}: {p}");
            assert_eq!(p, mcnemar(other, one));
        }
    }

    #[test]
    fn the_table_counts_each_message_once() {
        let paired = Paired::new(&verdicts([50, 20, 10, 20]));
        assert_eq!((paired.both_right, paired.only_this_right), (50, 20));
        assert_eq!((paired.only_against_right, paired.both_wrong), (10, 20));
        assert_eq!((paired.accuracy, paired.accuracy_against), (0.7, 0.6));
        assert!((paired.difference - 0.1).abs() < 1e-12);
    }

    #[test]
    fn the_interval_is_that_of_the_normal_law_for_many_messages_and_never_changes() {
        // Variance of a difference: (150 - 50²/1000) / 1000², so 1.96 deviations are 0.0238.
        let verdicts = verdicts([600, 100, 50, 250]);
        let interval = bootstrap(&verdicts);
        assert!((interval.low - 0.0262).abs() < 0.002 && (interval.high - 0.0738).abs() < 0.002, "{interval:?}");
        assert_eq!(interval, bootstrap(&verdicts));
    }

    #[test]
    fn who_answers_alike_does_not_differ() {
        let paired = Paired::new(&verdicts([7, 0, 0, 3]));
        assert_eq!((paired.p, paired.difference), (1.0, 0.0));
        assert_eq!(paired.interval, Interval { low: 0.0, high: 0.0 });
    }
}
