//! How sure the taught models may be: the temperature of a head, and the bar at which the fast model answers alone.

use fenliu::{AnsweredBy, IntentHeads, IntentLogits};

/// The temperatures that are tried, far beyond any that was ever fitted.
const TEMPERATURES: (f64, f64) = (0.05, 20.0);

/// Halvings of the golden section; 40 leave 1e-8 of the range.
const SECTIONS: usize = 40;

/// How much accuracy the fast model's answering alone may cost, as a share.
const MOST_LOSS: f64 = 0.003;

/// A row with its logits, its label and how many messages it stands for.
pub(crate) type Weighed<'a> = (&'a [f32], usize, f64);

/// The temperature of least log-loss (Guo et al. 2017, "On calibration of modern neural networks"), by golden section:
/// the loss is convex in one over the temperature. Where every row is right with any certainty, the least that is
/// tried.
pub(crate) fn temperature<'a>(rows: impl Iterator<Item = Weighed<'a>> + Clone) -> f64 {
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let loss = |log: f64| -> f64 { rows.clone().map(|row| log_loss(row, log.exp())).sum() };
    let (mut low, mut high) = (TEMPERATURES.0.ln(), TEMPERATURES.1.ln());
    let (mut left, mut right) = (high - golden * (high - low), low + golden * (high - low));
    let (mut at_left, mut at_right) = (loss(left), loss(right));
    for _ in 0..SECTIONS {
        if at_left <= at_right {
            (high, right, at_right) = (right, left, at_left);
            left = high - golden * (high - low);
            at_left = loss(left);
        } else {
            (low, left, at_left) = (left, right, at_right);
            right = low + golden * (high - low);
            at_right = loss(right);
        }
    }
    f64::midpoint(low, high).exp()
}

fn log_loss((logits, label, weight): Weighed<'_>, temperature: f64) -> f64 {
    let greatest = f64::from(logits.iter().copied().fold(f32::NEG_INFINITY, f32::max));
    let total: f64 = logits.iter().map(|logit| ((f64::from(*logit) - greatest) / temperature).exp()).sum();
    let own = logits.get(label).copied().map_or(greatest, f64::from);
    weight * (total.ln() - (own - greatest) / temperature)
}

/// The lowest bar, not below the present one, from which on the cascade loses at most [`MOST_LOSS`] of the accuracy of
/// both models together, in each group of rows; 1 where there is none. In hundredths.
pub(crate) fn accept(heads: &IntentHeads, groups: &[Vec<(&IntentLogits, usize)>]) -> f32 {
    let groups: Vec<Vec<Row>> =
        groups.iter().map(|rows| rows.iter().map(|row| Row::new(heads, *row)).collect()).collect();
    let bearable = |bar: f32| groups.iter().all(|rows| loss(rows, bar) <= MOST_LOSS * rows.len() as f64 + f64::EPSILON);
    let mut lowest = 1.0;
    for hundredth in (0..100u8).rev() {
        let bar = (f32::from(hundredth) / 100.0).max(heads.accept);
        if !bearable(bar) {
            break;
        }
        lowest = bar;
        if bar <= heads.accept {
            break;
        }
    }
    lowest
}

/// What the bar needs to know of a row.
struct Row {
    /// The fast model's certainty; 0 where it may not answer alone anyway.
    sure: f32,
    alone_right: bool,
    together_right: bool,
}

impl Row {
    fn new(heads: &IntentHeads, (logits, label): (&IntentLogits, usize)) -> Self {
        let alone = IntentHeads { accept: 0.0, ..heads.clone() }.answer(logits);
        Self {
            sure: if alone.by == AnsweredBy::Fast { alone.probability } else { -1.0 },
            alone_right: alone.intent == label,
            together_right: heads.together(logits).intent == label,
        }
    }
}

/// How many more rows are right where both are always asked.
fn loss(rows: &[Row], bar: f32) -> f64 {
    let right = |row: &&Row| if row.sure >= bar { row.alone_right } else { row.together_right };
    let together = rows.iter().filter(|row| row.together_right).count();
    together as f64 - rows.iter().filter(right).count() as f64
}

#[cfg(test)]
mod tests {
    use fenliu::{Head, Layer};

    use super::*;

    #[test]
    fn the_temperature_is_that_of_least_loss() {
        // Two labels two logits apart; at temperature t the likelier one is right in 1 / (1 + exp(-2 / t)) of all rows.
        for (right, expected) in [(0.731_059, 2.0), (0.880_797, 1.0), (0.982_014, 0.5)] {
            let logits = [2.0_f32, 0.0];
            let found =
                temperature([(&logits[..], 0, 1000.0 * right), (&logits[..], 1, 1000.0 * (1.0 - right))].into_iter());
            assert!((found - expected).abs() < 1e-3, "{found}, expected {expected}");
        }
        let surely = [5.0_f32, 0.0];
        let found = temperature(std::iter::once((&surely[..], 0, 1.0)));
        assert!((found - TEMPERATURES.0).abs() < 1e-3, "nothing is wrong: {found}");
    }

    /// Logits of two labels by which the first is as likely as this.
    fn as_likely(probability: f32) -> Vec<f32> {
        vec![(probability / (1.0 - probability)).ln(), 0.0]
    }

    /// Where both speak the fast one is not heard, so that a row says what each would answer.
    fn heads() -> IntentHeads {
        let layer = Layer { weight: vec![], bias: vec![0.0; 2] };
        let head = Head { layer, temperature: 1.0 };
        IntentHeads { fast: head.clone(), deep: head, accept: 0.7, mix: 0.0 }
    }

    #[test]
    fn the_bar_rises_as_far_as_it_must_and_never_falls() {
        let row = |fast: f32, deep: f32, fast_may_answer| IntentLogits {
            fast: as_likely(fast),
            deep: as_likely(deep),
            fast_may_answer,
        };
        let (right, wrong) = (row(0.8, 0.9, true), |fast| row(fast, 0.1, true));
        for (taught, kept, expected) in [
            (vec![(right.clone(), 0)], vec![(right.clone(), 0)], 0.7),
            // The fast one is sure of the first label, the second is right, and both together know.
            (vec![(right.clone(), 0), (wrong(0.9049), 1)], vec![(right.clone(), 0)], 0.91),
            (vec![(right.clone(), 0)], vec![(right.clone(), 0), (wrong(0.9049), 1)], 0.91),
            (vec![(wrong(0.9999), 1)], vec![], 1.0),
            (vec![(wrong(0.6), 1)], vec![], 0.7),
            (vec![(row(0.9049, 0.1, false), 1)], vec![], 0.7),
            // Both are wrong alike: nothing is lost.
            (vec![(wrong(0.9), 0), (row(0.9, 0.9, true), 1)], vec![], 0.7),
            (vec![], vec![], 0.7),
        ] {
            let groups: Vec<Vec<(&IntentLogits, usize)>> =
                [&taught, &kept].map(|rows| rows.iter().map(|(logits, label)| (logits, *label)).collect()).into();
            assert_eq!(accept(&heads(), &groups), expected, "{taught:?} {kept:?}");
        }
    }

    #[test]
    fn a_loss_that_can_be_borne_is() {
        let logits = IntentLogits { fast: as_likely(0.8), deep: as_likely(0.1), fast_may_answer: true };
        let right = IntentLogits { deep: as_likely(0.9), ..logits.clone() };
        let rows = |wrong: usize| {
            let rows = (0..1000).map(|row| if row < wrong { (&logits, 1) } else { (&right, 0) });
            vec![rows.collect::<Vec<_>>()]
        };
        assert_eq!((accept(&heads(), &rows(3)), accept(&heads(), &rows(4))), (0.7, 0.81), "three in a thousand");
    }
}
