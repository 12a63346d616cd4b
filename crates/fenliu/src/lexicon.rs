//! Keywords: what the words alone say of intent, emotion and trade. Always runs, whether a model speaks or not.
//!
//! One automaton holds every keyword of all kinds; a scan computes facts and judges nothing. The rules by which an
//! occurrence counts stand in [`scan`]; the form of the files in [`file`].

mod file;
mod scan;

use std::collections::BTreeMap;
use std::ops::Range;

use crate::segment::Tokens;
use crate::taxonomy::{IntentId, Taxonomy};
use crate::words::{Emotion, Vertical};
use scan::Denial;

pub use file::{LexiconError, LexiconSources};

/// All keywords, compiled.
///
/// # Cost
///
/// Building takes some milliseconds; a scan of a short message under a microsecond, whatever the number of keywords.
#[derive(Debug)]
pub struct Lexicon {
    keywords: scan::Automaton,
    /// What each keyword says; indexed like the patterns of the automaton.
    entries: Vec<Entry>,
    biases: Biases,
}

/// One keyword: how it must stand, and everything that it says.
#[derive(Debug, Default)]
struct Entry {
    word: Box<str>,
    at_start: bool,
    at_end: bool,
    grave: bool,
    /// A shield: what lies strictly inside an occurrence is not heard.
    allowed: bool,
    /// It itself begins with a negator, so a negator before it changes nothing.
    negative: bool,
    intents: Vec<(IntentId, f32)>,
    /// Those of `intents` that a denial leaves standing: "不用发票了" is still about the invoice.
    undeniable: Vec<(IntentId, f32)>,
    emotions: Vec<(Emotion, f32)>,
    verticals: Vec<(Vertical, f32)>,
}

/// The score that an intent or emotion with a hit starts from; all others are never scored.
#[derive(Debug, Default)]
struct Biases {
    intents: BTreeMap<IntentId, f32>,
    emotions: BTreeMap<Emotion, f32>,
    /// Always empty: the heaviest trade wins, so a start would only be a weight in disguise.
    verticals: BTreeMap<Vertical, f32>,
}

/// What the lexicon found in one message.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct Findings {
    /// The likeliest intents, best first, at most five; empty when no keyword of an intent was heard.
    pub intents: Vec<(IntentId, f32)>,
    /// The likelihood of each emotion in the order of [`Emotion::ALL`]; together 1.
    pub emotions: [f32; Emotion::ALL.len()],
    /// The trade with the heaviest words, if any was heard.
    pub vertical: Option<Vertical>,
    /// Every keyword of an intent or emotion that was heard or negated, in order of place.
    pub hits: Vec<Hit>,
}

/// One keyword heard in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Hit {
    /// The keyword as the file has it, without anchors.
    pub word: Box<str>,
    /// Where, in bytes of the normalised text.
    pub span: Range<usize>,
    /// What it stands for; empty for a keyword of emotion alone.
    pub intents: Vec<IntentId>,
    /// It must be heard even when a model is sure of something else.
    pub grave: bool,
    /// A negation reaches it; it does not count.
    pub negated: bool,
}

impl Lexicon {
    /// Compiles the files of a lexicon.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with any of the files, each with file and keyword.
    pub fn parse(sources: &LexiconSources<'_>, taxonomy: &Taxonomy) -> Result<Self, Vec<LexiconError>> {
        file::parse(sources, taxonomy)
    }

    /// The keywords that say something, without anchors and shields, in the order of their writing.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().filter(|entry| !entry.allowed).map(|entry| &*entry.word)
    }

    /// How many keywords speak of this intent.
    #[must_use]
    pub fn keywords_of(&self, intent: IntentId) -> usize {
        self.entries.iter().filter(|entry| entry.intents.iter().any(|(known, _)| *known == intent)).count()
    }

    /// Reads one normalised text and its words.
    #[must_use]
    pub fn scan(&self, text: &str, tokens: &Tokens) -> Findings {
        let heard = self.keywords.scan(&self.entries, text, tokens);
        let mut intents: Vec<(IntentId, f32)> = Vec::new();
        let mut emotions: Vec<(Emotion, f32)> = Vec::new();
        let mut verticals: Vec<(Vertical, f32)> = Vec::new();
        let mut hits = Vec::with_capacity(heard.len());
        let mut counted: Vec<(usize, bool)> = Vec::with_capacity(heard.len());
        for found in heard {
            let Some(entry) = self.entries.get(found.entry) else { continue };
            let standing = match found.denial {
                Denial::None => &entry.intents,
                Denial::Partial => &entry.undeniable,
                Denial::Full => &Vec::new(),
            };
            let negated = found.denial != Denial::None;
            if !counted.contains(&(found.entry, negated)) && !counted.contains(&(found.entry, false)) {
                counted.push((found.entry, negated));
                add(&mut intents, standing);
                if !negated {
                    add(&mut emotions, &entry.emotions);
                    add(&mut verticals, &entry.verticals);
                }
            }
            if !entry.intents.is_empty() || !entry.emotions.is_empty() {
                hits.push(Hit {
                    word: entry.word.clone(),
                    span: found.span,
                    intents: entry.intents.iter().map(|(intent, _)| *intent).collect(),
                    grave: entry.grave,
                    negated: negated && standing.is_empty(),
                });
            }
        }
        for (intent, score) in &mut intents {
            *score += self.biases.intents.get(intent).copied().unwrap_or_default();
        }
        for (emotion, score) in &mut emotions {
            *score += self.biases.emotions.get(emotion).copied().unwrap_or_default();
        }
        Findings { intents: ranked(intents), emotions: felt(&emotions), vertical: heaviest(&verticals), hits }
    }
}

fn add<K: Copy + PartialEq>(sums: &mut Vec<(K, f32)>, weights: &[(K, f32)]) {
    for (key, weight) in weights {
        match sums.iter_mut().find(|(known, _)| known == key) {
            Some((_, sum)) => *sum += weight,
            None => sums.push((*key, *weight)),
        }
    }
}

/// Softmax over the scores together with a constant 0 for "none of these"; best first.
fn ranked(mut scores: Vec<(IntentId, f32)>) -> Vec<(IntentId, f32)> {
    let total = 1.0 + scores.iter().map(|(_, score)| score.exp()).sum::<f32>();
    for (_, score) in &mut scores {
        *score = score.exp() / total;
    }
    scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scores.truncate(crate::classify::Ranking::DEPTH);
    scores
}

/// Softmax over the scores of the emotions heard together with a constant 0 for neutral.
fn felt(scores: &[(Emotion, f32)]) -> [f32; Emotion::ALL.len()] {
    let total = 1.0 + scores.iter().map(|(_, score)| score.exp()).sum::<f32>();
    let mut out = [0.0; Emotion::ALL.len()];
    for (emotion, likelihood) in Emotion::ALL.iter().zip(&mut out) {
        *likelihood = match (emotion, scores.iter().find(|(heard, _)| heard == emotion)) {
            (Emotion::Neutral, _) => 1.0 / total,
            (_, Some((_, score))) => score.exp() / total,
            (_, None) => 0.0,
        };
    }
    out
}

/// The heaviest; of two equal ones the first of [`Vertical::ALL`].
fn heaviest(sums: &[(Vertical, f32)]) -> Option<Vertical> {
    sums.iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|(vertical, _)| *vertical)
}

#[cfg(test)]
mod tests;
