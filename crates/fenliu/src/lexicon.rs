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
        self.entries.iter().filter(|entry| entry.speaks()).map(|entry| &*entry.word)
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
        // A keyword counts once, however often it stands: as it is denied least.
        let mut counted: Vec<usize> = Vec::with_capacity(heard.len());
        let mut by_denial: Vec<&scan::Found> = heard.iter().collect();
        by_denial.sort_by_key(|found| found.denial);
        for found in by_denial {
            let Some(entry) = self.entries.get(found.entry).filter(|_| !counted.contains(&found.entry)) else {
                continue;
            };
            counted.push(found.entry);
            if found.intents {
                add(&mut intents, entry.standing(found.denial));
            }
            if found.denial == Denial::None {
                add(&mut verticals, &entry.verticals);
                if found.emotions {
                    add(&mut emotions, &entry.emotions);
                }
            }
        }
        for found in heard {
            let Some(entry) = self.entries.get(found.entry).filter(|_| found.intents || found.emotions) else {
                continue;
            };
            let intents = if found.intents { entry.intents.as_slice() } else { &[] };
            hits.push(Hit {
                word: entry.word.clone(),
                span: found.span,
                intents: intents.iter().map(|(intent, _)| *intent).collect(),
                grave: entry.grave,
                negated: found.denial != Denial::None && entry.standing(found.denial).is_empty(),
            });
        }
        for (intent, score) in &mut intents {
            *score += self.biases.intents.get(intent).copied().unwrap_or_default();
        }
        for (emotion, score) in &mut emotions {
            *score += self.biases.emotions.get(emotion).copied().unwrap_or_default();
        }
        Findings { intents: ranked(intents), emotions: felt(emotions), vertical: heaviest(&verticals), hits }
    }
}

impl Entry {
    /// It says something; a mere shield does not.
    fn speaks(&self) -> bool {
        !(self.intents.is_empty() && self.emotions.is_empty() && self.verticals.is_empty())
    }

    fn shares_intent(&self, other: &Self) -> bool {
        self.intents.iter().any(|(intent, _)| other.intents.iter().any(|(known, _)| known == intent))
    }

    /// What is left of its intents under a denial. A grave word of an undeniable intent stands under any: who says
    /// "I do not want to sue" has thought of it.
    fn standing(&self, denial: Denial) -> &[(IntentId, f32)] {
        match denial {
            Denial::None => &self.intents,
            Denial::Full if !self.grave => &[],
            Denial::Partial | Denial::Full => &self.undeniable,
        }
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
fn ranked(scores: Vec<(IntentId, f32)>) -> Vec<(IntentId, f32)> {
    let (mut scores, _) = softmax(scores);
    scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    scores.truncate(crate::classify::Ranking::DEPTH);
    scores
}

/// Softmax over the scores of the emotions heard together with a constant 0 for neutral.
fn felt(scores: Vec<(Emotion, f32)>) -> [f32; Emotion::ALL.len()] {
    let (scores, neutral) = softmax(scores);
    let mut out = [0.0; Emotion::ALL.len()];
    for (emotion, likelihood) in Emotion::ALL.iter().zip(&mut out) {
        *likelihood = match scores.iter().find(|(heard, _)| heard == emotion) {
            Some((_, likelihood)) => *likelihood,
            None if *emotion == Emotion::Neutral => neutral,
            None => 0.0,
        };
    }
    out
}

/// The likelihood of each key, and of the constant 0 beside them; the greatest score is taken out before the
/// exponential, so that a long rant does not overflow.
fn softmax<K>(mut scores: Vec<(K, f32)>) -> (Vec<(K, f32)>, f32) {
    let greatest = scores.iter().map(|(_, score)| *score).fold(0.0, f32::max);
    for (_, score) in &mut scores {
        *score = (*score - greatest).exp();
    }
    let nothing = (-greatest).exp();
    let total = nothing + scores.iter().map(|(_, part)| part).sum::<f32>();
    for (_, part) in &mut scores {
        *part /= total;
    }
    (scores, nothing / total)
}

/// The heaviest; of two equal ones the first of [`Vertical::ALL`].
fn heaviest(sums: &[(Vertical, f32)]) -> Option<Vertical> {
    sums.iter().max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|(vertical, _)| *vertical)
}

#[cfg(test)]
mod tests;
