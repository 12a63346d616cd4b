//! Deals rows into folds, so that each label is spread over all of them.

/// How many folds a cross-validation has; a lesson has at least so many examples of an intent.
pub(crate) const FOLDS: usize = crate::LEAST_EXAMPLES;

/// For each row its fold, from 0. Rows of one key are dealt in turn, each key going on where the one before ended, so
/// that the folds are of one size but for one row. The same keys give the same folds.
pub(crate) fn folds<K: Ord + Copy>(keys: &[K]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..keys.len()).collect();
    order.sort_by_key(|index| keys.get(*index).copied());
    let mut folds = vec![0; keys.len()];
    for (turn, index) in order.into_iter().enumerate() {
        if let Some(fold) = folds.get_mut(index) {
            *fold = turn % FOLDS;
        }
    }
    folds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_is_in_every_fold_and_the_same_rows_give_the_same_folds() {
        let keys: Vec<usize> = (0..103).map(|index| index * 7 % 9).collect();
        let dealt = folds(&keys);
        assert_eq!(dealt, folds(&keys));
        for key in 0..9 {
            for fold in 0..FOLDS {
                let both = keys.iter().zip(&dealt).filter(|pair| *pair == (&key, &fold)).count();
                assert!((2..=3).contains(&both), "label {key} has {both} rows in fold {fold}");
            }
        }
    }
}
