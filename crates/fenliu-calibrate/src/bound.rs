//! The exact tail and bound of the binomial law. Only this file names statrs.

use statrs::function::beta::checked_beta_reg;

/// `P(Bin(of, share) ≤ wrong)`: how likely so few wrong ones are, if each of `of` is wrong with the chance `share`.
///
/// Exact, through the regularised incomplete beta function: `I(1 - share; of - wrong, wrong + 1)`. 1 where all are wrong
/// or there are none.
///
/// # Examples
///
/// ```
/// let none_of_149 = fenliu_calibrate::tail(0, 149, 0.02);
/// assert!((none_of_149 - 0.98_f64.powi(149)).abs() < 1e-12);
/// ```
#[must_use]
pub fn tail(wrong: usize, of: usize, share: f64) -> f64 {
    if wrong >= of || share <= 0.0 {
        return 1.0;
    }
    if share >= 1.0 {
        return 0.0;
    }
    checked_beta_reg((of - wrong) as f64, (wrong + 1) as f64, 1.0 - share).unwrap_or(1.0)
}

/// The upper bound of Clopper and Pearson (1934), one-sided: the greatest share of wrong ones with which so few would
/// still be seen with the chance `1 - confidence`. 1 where nothing was seen.
///
/// It is at most an allowed share exactly where [`tail`] of that share is at most `1 - confidence`.
///
/// # Examples
///
/// ```
/// // "Rule of three": none wrong of 300 says below one in a hundred, with 95 % confidence.
/// assert!((fenliu_calibrate::upper_bound(0, 300, 0.95) - 0.00994).abs() < 1e-5);
/// ```
#[must_use]
pub fn upper_bound(wrong: usize, of: usize, confidence: f64) -> f64 {
    if wrong >= of {
        return 1.0;
    }
    // By halving: the inverse that statrs has is right to four digits only, where millions were seen.
    let error = 1.0 - confidence;
    let (mut below, mut above) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = f64::midpoint(below, above);
        if tail(wrong, of, middle) > error { below = middle } else { above = middle }
    }
    above
}

/// Leaves an interval of 1e-15.
const HALVINGS: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_the_sum_of_its_terms() {
        for (of, share) in [(1, 0.5), (7, 0.3), (20, 0.02), (60, 0.9)] {
            let mut term = (1.0_f64 - share).powi(of);
            let mut sum = 0.0;
            for wrong in 0..of {
                sum += term;
                let found = tail(wrong as usize, of as usize, share);
                assert!((found - sum).abs() < 1e-10, "{wrong} of {of} at {share}: {found}, expected {sum}");
                term *= f64::from(of - wrong) / f64::from(wrong + 1) * share / (1.0 - share);
            }
        }
    }

    #[test]
    fn the_bound_is_where_the_tail_is_the_error() {
        for of in [1, 2, 10, 149, 2000, 1_000_000] {
            for wrong in [0, 1, 5, 77].into_iter().filter(|wrong| *wrong < of) {
                for confidence in [0.5, 0.95, 0.99, 0.999] {
                    let bound = upper_bound(wrong, of, confidence);
                    let error = tail(wrong, of, bound);
                    assert!(
                        (error / (1.0 - confidence) - 1.0).abs() < 1e-6,
                        "{wrong} of {of} at {confidence}: {error}"
                    );
                }
            }
        }
    }

    #[test]
    fn nothing_seen_and_all_wrong_bound_nothing() {
        for (wrong, of) in [(0, 0), (1, 1), (5, 5), (6, 5)] {
            assert_eq!((tail(wrong, of, 0.1), upper_bound(wrong, of, 0.95)), (1.0, 1.0), "{wrong} of {of}");
        }
        assert_eq!((tail(0, 5, 0.0), tail(0, 5, 1.0)), (1.0, 0.0));
    }
}
