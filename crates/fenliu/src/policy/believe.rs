//! The first step of the policy: whom to believe, and whether what they say can be taken for what is meant.

use crate::classify::likeliest;
use crate::reading::{History, Reading};
use crate::taxonomy::IntentId;
use crate::words::{AnsweredBy, Believed, Emotion, Match, Trend};

use super::{Candidate, Profile};

/// How sure a speaker must be to be heard, and how near two intents may come.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Limits {
    /// At or above, the model is believed.
    pub(super) model: f32,
    /// At or above, the lexicon is believed where the model is not.
    pub(super) lexicon: f32,
    /// Nearer than this, the first two are ambiguous.
    pub(super) ambiguous: f32,
    /// At or above, a further intent that the words name too is asked for beside the first.
    pub(super) also: f32,
    /// The intents that stand for "could be about anything" and "nothing that a shop answers".
    pub(super) unclear: Vec<IntentId>,
    pub(super) out_of_scope: Vec<IntentId>,
    /// At or above, the model's own score says out of scope, whatever the first intent is.
    pub(super) foreign: f32,
    pub(super) repetition: Repetition,
}

/// When a question counts as asked before.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Repetition {
    /// At or above this normalised Levenshtein similarity, 0 to 1, two messages are nearly the same.
    pub(super) same: f32,
    /// Messages of fewer characters are alike by chance (`好的`).
    pub(super) shortest: u32,
    /// A turn with one of these closes what was asked before it.
    pub(super) resolved_by: Vec<IntentId>,
    /// These are no questions, however often they come.
    pub(super) no_question: Vec<IntentId>,
}

/// What is believed of a reading; the rules look at this beside the reading itself.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Belief {
    pub(super) believed: Believed,
    pub(super) answered_by: Option<AnsweredBy>,
    pub(super) intents: Vec<Candidate>,
    pub(super) matched: Match,
    pub(super) emotion: (Emotion, f32),
    /// The calmest of the earlier turns, and the movement since.
    pub(super) before: Emotion,
    pub(super) trend: Trend,
    /// Nearly the same text came before.
    pub(super) repeated: bool,
    /// The same intent came before, and nothing closed it.
    pub(super) asked_again: bool,
    pub(super) degraded: bool,
}

impl Belief {
    pub(super) fn first(&self) -> Option<Candidate> {
        self.intents.first().copied()
    }

    /// The intents that are asked for: the first, and those beside it.
    pub(super) fn asked(&self) -> impl Iterator<Item = IntentId> {
        self.intents.iter().enumerate().filter(|(index, one)| *index == 0 || one.also).map(|(_, one)| one.intent)
    }

    /// First minus second; the whole where there is no second.
    pub(super) fn margin(&self) -> Option<f32> {
        let first = self.first()?;
        Some(first.confidence - self.intents.get(1).map_or(0.0, |second| second.confidence))
    }
}

impl Profile {
    pub(super) fn believe(&self, reading: &Reading) -> Belief {
        let limits = &self.believe;
        let model = reading.model.as_ref().ok();
        let words = &reading.lexicon.intents;
        let sure = |ranking: &[(IntentId, f32)], limit: f32| ranking.first().is_some_and(|(_, sure)| *sure >= limit);
        let (believed, ranking) = match model {
            Some(ranking) if sure(&ranking.intents, limits.model) => (Believed::Model, &ranking.intents),
            _ if sure(words, limits.lexicon) => (Believed::Lexicon, words),
            Some(ranking) => (Believed::Model, &ranking.intents),
            None if !words.is_empty() => (Believed::Lexicon, words),
            None => (Believed::Nobody, words),
        };
        let named =
            |intent: IntentId| reading.lexicon.hits.iter().any(|hit| !hit.negated && hit.intents.contains(&intent));
        let intents: Vec<Candidate> = ranking
            .iter()
            .enumerate()
            .map(|(index, (intent, confidence))| Candidate {
                intent: *intent,
                confidence: *confidence,
                also: index > 0 && *confidence >= limits.also && named(*intent),
            })
            .collect();
        let emotion = match believed {
            // Neither is sure: the worse of what the two hear, since calm is the costlier mistake.
            Believed::Lexicon if model.is_some() => worse(reading.emotion(), likeliest(&reading.lexicon.emotions)),
            Believed::Model | Believed::Lexicon | Believed::Nobody => reading.emotion(),
        };
        let (before, trend) = movement(&reading.history.emotions, emotion.0);
        let matched = self.matched(&intents, model.map_or(0.0, |ranking| ranking.out_of_scope));
        Belief {
            repeated: limits.repetition.repeats(&reading.history),
            asked_again: matched == Match::Intent
                && intents.first().is_some_and(|first| limits.repetition.asks_again(&reading.history, first.intent)),
            matched,
            believed,
            answered_by: model.map(|ranking| ranking.answered_by),
            intents,
            emotion,
            before,
            trend,
            degraded: model.is_none_or(|ranking| ranking.weakened),
        }
    }

    fn matched(&self, intents: &[Candidate], out_of_scope: f32) -> Match {
        let Some(first) = intents.first() else { return Match::Unclear };
        if self.believe.out_of_scope.contains(&first.intent) || out_of_scope >= self.believe.foreign {
            return Match::OutOfScope;
        }
        if self.believe.unclear.contains(&first.intent)
            || first.confidence < self.automation(first.intent).thresholds.assisted
        {
            return Match::Unclear;
        }
        match intents.get(1) {
            Some(second) if !second.also && first.confidence - second.confidence < self.believe.ambiguous => {
                Match::Ambiguous
            }
            _ => Match::Intent,
        }
    }
}

impl Repetition {
    fn repeats(&self, history: &History) -> bool {
        history.nearest.is_some_and(|nearest| nearest.chars >= self.shortest && nearest.similarity >= self.same)
    }

    fn asks_again(&self, history: &History, intent: IntentId) -> bool {
        let open = history.intents.iter().rev().take_while(|earlier| !self.resolved_by.contains(earlier));
        !self.no_question.contains(&intent) && open.into_iter().any(|earlier| *earlier == intent)
    }
}

fn worse(a: (Emotion, f32), b: (Emotion, f32)) -> (Emotion, f32) {
    if b.0 > a.0 { b } else { a }
}

/// Worse: now anxious or worse, worse than the calmest of the earlier turns, and no better than the last of them.
/// Better: better than the last, which was anxious or worse.
fn movement(earlier: &[Emotion], now: Emotion) -> (Emotion, Trend) {
    let floor = |emotion: Emotion| emotion.max(Emotion::Neutral);
    let Some(calmest) = earlier.iter().copied().map(floor).min() else { return (Emotion::Neutral, Trend::Same) };
    let last = earlier.last().copied().map_or(calmest, floor);
    if floor(now) < last {
        (last, Trend::Better)
    } else if floor(now) > calmest {
        (calmest, Trend::Worse)
    } else {
        (calmest, Trend::Same)
    }
}
