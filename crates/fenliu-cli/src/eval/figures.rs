//! The figures of an evaluation, all that is printed, written or drawn.

use std::collections::BTreeMap;

use fenliu::{AnsweredBy, ModelChoice, Revision, Taxonomy, Tier};
use serde::Serialize;

use super::Counts;
use super::calibration::Calibration;
use super::coverage::Coverage;
use super::groups::{self, Group};
use super::matrix::Matrix;
use super::paired::Comparison;
use super::routing::Routing;
use super::scope::Scope;
use super::scores::{Score, macro_f1, scores, share};
use crate::labelled::Context;
use crate::labelled::Scored;

/// Everything that is printed. No text of a message stands in it.
#[derive(Debug, Serialize)]
pub(super) struct Figures {
    pub(super) measured: Measured,
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
    pub(super) routing: Routing,
    pub(super) answered_by: Counts<String>,
    /// Messages for which a model that should have been heard was not: all without a model, else those for which it
    /// failed or was too busy, so that a busy machine is seen in the figures.
    pub(super) degraded: usize,
    pub(super) microseconds: Times,
    pub(super) calibration: Calibration,
    pub(super) coverage: Coverage,
    pub(super) out_of_scope: Scope,
    pub(super) sources: BTreeMap<String, Group>,
    pub(super) tags: BTreeMap<String, Group>,
    pub(super) confusion_matrix: Matrix,
    /// Absent where nothing was compared.
    pub(super) comparison: Option<Comparison>,
}

/// What was measured, and on what.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    /// The name of the file, without its folder.
    pub(super) file: String,
    /// Rows of the file that were no labelled message.
    pub(super) bad_rows: usize,
    pub(super) context: Context,
    /// Messages that the engine was given with what was said before.
    pub(super) with_context: usize,
    pub(super) model: ModelChoice,
    pub(super) revision: Revision,
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

/// Time of one message, from text to decision, one caller.
#[derive(Debug, Serialize)]
pub(super) struct Times {
    pub(super) mean: f64,
    pub(super) p50: f64,
    pub(super) p99: f64,
}

/// How many confusions are shown.
const CONFUSIONS: usize = 20;

impl Figures {
    pub(super) fn new(measured: Measured, rows: &[Scored], taxonomy: &Taxonomy, routing: Routing) -> Self {
        let intents = scores(rows.iter().map(|row| (row.label(), row.answer.found.as_str())));
        let emotions = scores(rows.iter().map(|row| (row.labels.emotion.as_str(), row.answer.emotion.as_str())));
        Self {
            measured,
            messages: rows.len(),
            intent_accuracy: share(rows.iter().filter(|row| row.intent_right()).count(), rows.len()),
            intent_macro_f1: macro_f1(&intents),
            emotion_accuracy: share(rows.iter().filter(|row| row.emotion_right()).count(), rows.len()),
            emotion_macro_f1: macro_f1(&emotions),
            intents,
            emotions,
            confusions: confusions(rows),
            tiers: tiers(rows),
            routing,
            answered_by: answered_by(rows),
            degraded: rows.iter().filter(|row| row.answer.degraded).count(),
            microseconds: times(rows),
            calibration: Calibration::new(rows),
            coverage: Coverage::new(rows),
            out_of_scope: Scope::new(rows),
            sources: groups::by_source(rows),
            tags: groups::by_tag(rows),
            confusion_matrix: Matrix::new(rows, taxonomy),
            comparison: None,
        }
    }

    pub(super) fn compared(mut self, comparison: Option<Comparison>) -> Self {
        self.comparison = comparison;
        self
    }
}

fn confusions(rows: &[Scored]) -> Vec<Confusion> {
    let mut counts: Counts<(&str, &str)> = Counts::new();
    for row in rows.iter().filter(|row| !row.intent_right()) {
        *counts.entry((row.label(), &row.answer.found)).or_default() += 1;
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
        let messages = rows.iter().filter(|row| row.answer.tier == tier).count();
        let right = rows.iter().filter(|row| row.answer.tier == tier && row.intent_right()).count();
        TierShare { messages, share: share(messages, rows.len()), intent_accuracy: share(right, messages) }
    };
    Tier::ALL.iter().map(|tier| (*tier, of(*tier))).collect()
}

fn answered_by(rows: &[Scored]) -> Counts<String> {
    let mut counts = Counts::new();
    for row in rows {
        *counts.entry(row.answer.answered_by.map_or("nobody", AnsweredBy::as_str).to_owned()).or_default() += 1;
    }
    counts
}

fn times(rows: &[Scored]) -> Times {
    let mut micros: Vec<f64> = rows.iter().map(|row| row.answer.took.as_secs_f64() * 1e6).collect();
    micros.sort_by(f64::total_cmp);
    let at = |quantile: f64| {
        let index = (quantile * (micros.len().saturating_sub(1)) as f64).round() as usize;
        micros.get(index).copied().unwrap_or_default()
    };
    Times { mean: micros.iter().sum::<f64>() / micros.len().max(1) as f64, p50: at(0.5), p99: at(0.99) }
}

#[cfg(test)]
impl Figures {
    /// The figures of these rows with intents `a`, `b` and `c`.
    pub(super) fn example(rows: &[Scored]) -> Self {
        let intent = |id| format!("[[intent]]\nid = \"{id}\"\ndomain = \"d\"\nzh = \"甲\"\n");
        let taxonomy = Taxonomy::parse(&format!("version = 1\n{}{}{}", intent("a"), intent("b"), intent("c")));
        let none = || "none".to_owned();
        let measured = Measured {
            file: "dev.jsonl".to_owned(),
            bad_rows: 0,
            context: Context::Read,
            with_context: 0,
            model: ModelChoice::None,
            revision: serde_json::from_value(serde_json::json!({"model": none(), "lexicon": none(), "policy": none()}))
                .unwrap(),
        };
        let routing =
            Routing::new(rows, &crate::labelled::Kinds::embedded().unwrap(), &super::costs::Costs::embedded());
        Self::new(measured, rows, &taxonomy.unwrap(), routing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fenliu::Emotion::{Angry, Anxious, Neutral};

    #[test]
    fn either_of_two_requests_is_right_and_the_rest_is_counted_by_hand() {
        let rows = [("a+b", "b"), ("a", "a"), ("a", "b"), ("c", "b")];
        let figures = Figures::example(&rows.map(|(wanted, found)| Scored::example(wanted, found)));
        assert_eq!(figures.intent_accuracy, 0.5);
        let b = &figures.intents["b"];
        assert_eq!((b.wanted, b.found, b.recall), (1, 3, 1.0));
        assert!((b.precision - 1.0 / 3.0).abs() < 1e-9);
        // a: 2·1/(2+1), b: 2·1/(1+3), c: 0
        assert!((figures.intent_macro_f1 - (2.0 / 3.0 + 0.5) / 3.0).abs() < 1e-9);
        assert_eq!(figures.confusions.len(), 2);
    }

    #[test]
    fn an_emotion_that_is_found_but_never_wanted_is_not_in_the_mean() {
        let felt = [(Angry, Angry), (Angry, Anxious), (Neutral, Neutral), (Neutral, Neutral)];
        let figures = Figures::example(&felt.map(|(wanted, found)| Scored::example("a", "a").felt(wanted, found)));
        assert_eq!(figures.emotion_accuracy, 0.75);
        // angry: 2·1/(2+1), neutral: 1; anxious was not wanted.
        assert!((figures.emotion_macro_f1 - (2.0 / 3.0 + 1.0) / 2.0).abs() < 1e-9);
    }
}
