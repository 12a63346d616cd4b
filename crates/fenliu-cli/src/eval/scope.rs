//! How many messages that no shop answers are recognised, for how many in-scope ones that are lost.

use serde::Serialize;

use super::scores::share;
use crate::labelled::Scored;

/// The out-of-scope score of the model, measured on messages that are foreign and that are in scope.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum Scope {
    Measured(Measured),
    Absent {
        /// Why.
        absent: &'static str,
    },
}

/// A message is turned away where its score is at or above a threshold, as the policy does it.
#[derive(Debug, Serialize)]
pub(super) struct Measured {
    /// Messages with a score that no shop answers.
    pub(super) foreign: usize,
    /// All others with a score.
    pub(super) in_scope: usize,
    /// The area under the ROC curve: how often a foreign message has a higher score than one in scope;
    /// equal scores count half.
    pub(super) auroc: f64,
    pub(super) at: Vec<Recall>,
}

/// The most foreign messages that can be turned away at an accepted loss.
#[derive(Debug, Serialize)]
pub(super) struct Recall {
    /// The accepted share of in-scope messages that are turned away too.
    pub(super) accepted_loss: f64,
    /// Absent where every threshold that turns a foreign message away costs more.
    pub(super) threshold: Option<f32>,
    /// The share of in-scope messages that this threshold turns away.
    pub(super) loss: f64,
    pub(super) recall: f64,
}

/// The losses that are asked for, in hundredths.
const LOSSES: [usize; 3] = [1, 2, 5];

impl Scope {
    pub(super) fn new(rows: &[Scored]) -> Self {
        let foreign = Scores::of(rows.iter().filter(|row| row.labels.is_foreign()));
        let inside = Scores::of(rows.iter().filter(|row| !row.labels.is_foreign()));
        let absent = |absent| Self::Absent { absent };
        if rows.iter().all(|row| row.answer.out_of_scope.is_none()) {
            absent("no model gave a score")
        } else if foreign.count() == 0 {
            absent("no message has the intent `out_of_scope` or the tag `gibberish`")
        } else if inside.count() == 0 {
            absent("every message has the intent `out_of_scope` or the tag `gibberish`")
        } else {
            Self::Measured(Measured {
                foreign: foreign.count(),
                in_scope: inside.count(),
                auroc: auroc(&foreign, &inside),
                at: LOSSES.iter().map(|percent| Recall::new(*percent, &foreign, &inside)).collect(),
            })
        }
    }
}

impl Recall {
    fn new(percent: usize, foreign: &Scores, inside: &Scores) -> Self {
        // A lower threshold that reaches no further foreign message only costs more, so their scores are all to try.
        let affordable = |threshold: &f32| inside.reaching(*threshold) * 100 <= percent * inside.count();
        let threshold = foreign.0.iter().copied().find(affordable);
        let reached = |scores: &Scores| threshold.map_or(0, |threshold| scores.reaching(threshold));
        Self {
            accepted_loss: share(percent, 100),
            threshold,
            loss: share(reached(inside), inside.count()),
            recall: share(reached(foreign), foreign.count()),
        }
    }
}

/// Scores, the least first.
struct Scores(Vec<f32>);

impl Scores {
    fn of<'a>(rows: impl Iterator<Item = &'a Scored>) -> Self {
        let mut scores: Vec<f32> = rows.filter_map(|row| row.answer.out_of_scope).collect();
        scores.sort_by(f32::total_cmp);
        Self(scores)
    }

    fn count(&self) -> usize {
        self.0.len()
    }

    fn below(&self, threshold: f32) -> usize {
        self.0.partition_point(|score| *score < threshold)
    }

    /// How many are at or above the threshold.
    fn reaching(&self, threshold: f32) -> usize {
        self.count() - self.below(threshold)
    }
}

/// The statistic of Mann and Whitney, as a share of all pairs.
fn auroc(foreign: &Scores, inside: &Scores) -> f64 {
    // Twice the wins, so that a draw is a whole number.
    let twice = |score: &f32| inside.below(*score) + inside.0.partition_point(|other| other <= score);
    share(foreign.0.iter().map(twice).sum(), 2 * foreign.count() * inside.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(score: f32) -> Scored {
        Scored::example("track", "track").scope(score)
    }

    fn foreign(score: f32) -> Scored {
        Scored::example("out_of_scope", "track").scope(score)
    }

    fn measured(rows: &[Scored]) -> Measured {
        match Scope::new(rows) {
            Scope::Measured(measured) => measured,
            Scope::Absent { absent } => panic!("{absent}"),
        }
    }

    #[test]
    fn the_recall_is_the_most_that_the_accepted_loss_buys() {
        // 100 in-scope messages at 0.00 to 0.99; foreign ones at 0.5, 0.96, 0.98, 0.995 cost 50, 4, 2 and 0 of them.
        let mut rows: Vec<Scored> = (0..100).map(|nth| inside(nth as f32 / 100.0)).collect();
        rows.extend([0.98, 0.5, 0.995, 0.96].map(foreign));
        let measured = measured(&rows);
        let at: Vec<_> = measured.at.iter().map(|at| (at.threshold, at.loss, at.recall)).collect();
        assert_eq!(at, [(Some(0.995), 0.0, 0.25), (Some(0.98), 0.02, 0.5), (Some(0.96), 0.04, 0.75)]);
        // Wins 98, 50, 100, 96 and draws 1, 1, 0, 1 of 100 each.
        assert!((measured.auroc - (344.0 + 1.5) / 400.0).abs() < 1e-12, "{}", measured.auroc);
        assert_eq!((measured.foreign, measured.in_scope), (4, 100));
    }

    #[test]
    fn a_score_that_says_nothing_recalls_nothing() {
        let measured = measured(&[inside(0.5), inside(0.5), foreign(0.5)]);
        assert_eq!(measured.auroc, 0.5);
        for at in measured.at {
            assert_eq!((at.threshold, at.loss, at.recall), (None, 0.0, 0.0));
        }
    }

    #[test]
    fn gibberish_and_one_of_two_requests_are_foreign() {
        let rows = [
            inside(0.1),
            Scored::example("unclear", "unclear").tagged(&["gibberish"]).scope(0.9),
            Scored::example("track+out_of_scope", "track").scope(0.8),
            Scored::example("track", "track"),
        ];
        let measured = measured(&rows);
        assert_eq!((measured.foreign, measured.in_scope, measured.auroc), (2, 1, 1.0));
    }

    #[test]
    fn what_cannot_be_measured_says_why() {
        for (rows, expected) in [
            (
                vec![Scored::example("track", "track"), Scored::example("out_of_scope", "track")],
                "no model gave a score",
            ),
            (vec![inside(0.5)], "no message has"),
            (vec![foreign(0.5)], "every message has"),
        ] {
            let Scope::Absent { absent } = Scope::new(&rows) else { panic!("{expected}") };
            assert!(absent.starts_with(expected), "{absent}");
        }
    }
}
