//! The figures of an evaluation.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fenliu::{AnsweredBy, Emotion, Tier};
use serde::Serialize;

use super::Counts;

/// One labelled message with what was found.
#[derive(Debug)]
pub(super) struct Scored {
    /// Any of these is right; the first is the more urgent.
    pub(super) wanted: Vec<String>,
    pub(super) found: String,
    pub(super) emotion_wanted: Emotion,
    pub(super) emotion_found: Emotion,
    pub(super) tier: Tier,
    pub(super) answered_by: Option<AnsweredBy>,
    pub(super) took: Duration,
}

impl Scored {
    fn right(&self) -> bool {
        self.wanted.contains(&self.found)
    }

    /// The label it is counted under: the found one where that is among the wanted, else the first wanted.
    fn label(&self) -> &str {
        if self.right() { &self.found } else { self.wanted.first().map_or("", String::as_str) }
    }
}

/// Everything that is printed.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) messages: usize,
    pub(super) intent_accuracy: f64,
    pub(super) intent_macro_f1: f64,
    pub(super) emotion_accuracy: f64,
    pub(super) emotion_macro_f1: f64,
    pub(super) intents: BTreeMap<String, Score>,
    pub(super) emotions: BTreeMap<String, Score>,
    /// The most frequent first, at most twenty.
    pub(super) confusions: Vec<Confusion>,
    pub(super) tiers: BTreeMap<Tier, TierShare>,
    pub(super) answered_by: Counts<String>,
    pub(super) microseconds: Times,
}

/// Precision, recall and F1 of one label; the macro figures are plain means over the labels that are wanted.
#[derive(Debug, Serialize)]
pub(super) struct Score {
    pub(super) wanted: usize,
    pub(super) found: usize,
    pub(super) precision: f64,
    pub(super) recall: f64,
    pub(super) f1: f64,
}

#[derive(Debug, Serialize)]
pub(super) struct Confusion {
    pub(super) wanted: String,
    pub(super) found: String,
    pub(super) times: usize,
}

/// What one tier took, and how often its intent was right.
#[derive(Debug, Serialize)]
pub(super) struct TierShare {
    pub(super) messages: usize,
    pub(super) share: f64,
    pub(super) intent_accuracy: f64,
}

/// Time of one message, from text to outcome, one caller.
#[derive(Debug, Serialize)]
pub(super) struct Times {
    pub(super) mean: f64,
    pub(super) p50: f64,
    pub(super) p99: f64,
}

/// How many confusions are shown.
const CONFUSIONS: usize = 20;

impl Figures {
    pub(super) fn new(rows: &[Scored]) -> Self {
        let intents = scores(rows.iter().map(|row| (row.label(), row.found.as_str())));
        let emotions = scores(rows.iter().map(|row| (row.emotion_wanted.as_str(), row.emotion_found.as_str())));
        Self {
            messages: rows.len(),
            intent_accuracy: share(rows.iter().filter(|row| row.right()).count(), rows.len()),
            intent_macro_f1: macro_f1(&intents),
            emotion_accuracy: share(
                rows.iter().filter(|row| row.emotion_found == row.emotion_wanted).count(),
                rows.len(),
            ),
            emotion_macro_f1: macro_f1(&emotions),
            intents,
            emotions,
            confusions: confusions(rows),
            tiers: tiers(rows),
            answered_by: answered_by(rows),
            microseconds: times(rows),
        }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

fn scores<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> BTreeMap<String, Score> {
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

fn macro_f1(scores: &BTreeMap<String, Score>) -> f64 {
    let wanted: Vec<f64> = scores.values().filter(|score| score.wanted > 0).map(|score| score.f1).collect();
    if wanted.is_empty() { 0.0 } else { wanted.iter().sum::<f64>() / wanted.len() as f64 }
}

fn confusions(rows: &[Scored]) -> Vec<Confusion> {
    let mut counts: Counts<(&str, &str)> = Counts::new();
    for row in rows.iter().filter(|row| !row.right()) {
        *counts.entry((row.label(), &row.found)).or_default() += 1;
    }
    let mut confusions: Vec<Confusion> = counts
        .into_iter()
        .map(|((wanted, found), times)| Confusion { wanted: wanted.to_owned(), found: found.to_owned(), times })
        .collect();
    confusions.sort_by_key(|confusion| std::cmp::Reverse(confusion.times));
    confusions.truncate(CONFUSIONS);
    confusions
}

fn tiers(rows: &[Scored]) -> BTreeMap<Tier, TierShare> {
    let of = |tier: Tier| {
        let messages = rows.iter().filter(|row| row.tier == tier).count();
        let right = rows.iter().filter(|row| row.tier == tier && row.right()).count();
        TierShare { messages, share: share(messages, rows.len()), intent_accuracy: share(right, messages) }
    };
    Tier::ALL.iter().map(|tier| (*tier, of(*tier))).collect()
}

fn answered_by(rows: &[Scored]) -> Counts<String> {
    let mut counts = Counts::new();
    for row in rows {
        *counts.entry(row.answered_by.map_or("nobody", AnsweredBy::as_str).to_owned()).or_default() += 1;
    }
    counts
}

fn times(rows: &[Scored]) -> Times {
    let mut micros: Vec<f64> = rows.iter().map(|row| row.took.as_secs_f64() * 1e6).collect();
    micros.sort_by(f64::total_cmp);
    let at = |quantile: f64| {
        let index = (quantile * (micros.len().saturating_sub(1)) as f64).round() as usize;
        micros.get(index).copied().unwrap_or_default()
    };
    Times { mean: micros.iter().sum::<f64>() / micros.len().max(1) as f64, p50: at(0.5), p99: at(0.99) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(wanted: &str, found: &str) -> Scored {
        Scored {
            wanted: wanted.split('+').map(str::to_owned).collect(),
            found: found.to_owned(),
            emotion_wanted: Emotion::Neutral,
            emotion_found: Emotion::Neutral,
            tier: Tier::Ai,
            answered_by: None,
            took: Duration::from_micros(10),
        }
    }

    #[test]
    fn either_of_two_requests_is_right_and_the_rest_is_counted_by_hand() {
        let figures = Figures::new(&[row("a+b", "b"), row("a", "a"), row("a", "b"), row("c", "b")]);
        assert_eq!(figures.intent_accuracy, 0.5);
        let b = &figures.intents["b"];
        assert_eq!((b.wanted, b.found, b.recall), (1, 3, 1.0));
        assert!((b.precision - 1.0 / 3.0).abs() < 1e-9);
        // a: 2·1/(2+1), b: 2·1/(1+3), c: 0
        assert!((figures.intent_macro_f1 - (2.0 / 3.0 + 0.5) / 3.0).abs() < 1e-9);
        assert_eq!(figures.confusions.len(), 2);
    }
}
