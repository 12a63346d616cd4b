//! Precision, recall and F1 of labels, and their macro mean.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

/// Precision, recall and F1 of one label; the macro figures are plain means over the labels that are wanted.
#[derive(Debug, Serialize)]
pub(super) struct Score {
    pub(super) wanted: usize,
    pub(super) found: usize,
    pub(super) precision: f64,
    pub(super) recall: f64,
    pub(super) f1: f64,
}

/// The part of the whole; of nothing, 0.
pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The score of every label that is wanted or found, from pairs of both.
pub(super) fn scores<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> BTreeMap<String, Score> {
    let labels: BTreeSet<&str> = pairs.clone().flat_map(|(wanted, found)| [wanted, found]).collect();
    let score = |label: &str| {
        let wanted = pairs.clone().filter(|(wanted, _)| *wanted == label).count();
        let found = pairs.clone().filter(|(_, found)| *found == label).count();
        let both = pairs.clone().filter(|(wanted, found)| *wanted == label && *found == label).count();
        Score {
            wanted,
            found,
            precision: share(both, found),
            recall: share(both, wanted),
            f1: share(2 * both, wanted + found),
        }
    };
    labels.into_iter().map(|label| (label.to_owned(), score(label))).collect()
}

pub(super) fn macro_f1(scores: &BTreeMap<String, Score>) -> f64 {
    let wanted: Vec<f64> = scores.values().filter(|score| score.wanted > 0).map(|score| score.f1).collect();
    if wanted.is_empty() { 0.0 } else { wanted.iter().sum::<f64>() / wanted.len() as f64 }
}
