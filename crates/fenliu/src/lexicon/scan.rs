//! Which occurrences of keywords count; the only file that names the automaton.
//!
//! 1. All overlapping occurrences are found.
//! 2. An anchored keyword must stand at the start or end of the message, punctuation aside; a number or Latin word
//!    is not heard inside a longer one.
//! 3. What is not grave must begin and end where a word does.
//! 4. What lies strictly inside an allowed longer word, which begins and ends where words do, is not heard, grave or
//!    not.
//! 5. What lies strictly inside a longer keyword of its own kind (intent, emotion) is not heard; what is grave only
//!    where the longer one is grave too and of the same intent.
//! 6. A negator in the same clause, ending at most `reach` characters before, denies: what can be denied, or, where
//!    it is one that denies everywhere, everything but grave words of undeniable intents.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::Entry;
use super::file::Negation;
use crate::segment::Tokens;

#[derive(Debug)]
pub(super) struct Automaton {
    automaton: AhoCorasick,
    /// Patterns below this number are keywords, indexed like the entries.
    keywords: usize,
    /// Patterns from `keywords` up to this number deny everything, from there up to `negators` what can be denied;
    /// the rest look like negators and are none.
    everywhere: usize,
    negators: usize,
    /// In characters.
    reach: usize,
}

/// One occurrence that counts, or would but for its negation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) entry: usize,
    pub(super) span: Range<usize>,
    pub(super) denial: Denial,
    /// Whether it is heard for its intents, and for its emotions.
    pub(super) intents: bool,
    pub(super) emotions: bool,
}

/// How far an occurrence is denied; a greater one is denied further.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Denial {
    /// It stands.
    None,
    /// For the intents that can be denied.
    Partial,
    /// For everything.
    Full,
}

impl Automaton {
    pub(super) fn new(entries: &[Entry], negation: &Negation) -> Result<Self, String> {
        let patterns = entries
            .iter()
            .map(|entry| &*entry.word)
            .chain(negation.everywhere.iter().map(String::as_str))
            .chain(negation.negators.iter().map(String::as_str))
            .chain(negation.not_negators.iter().map(String::as_str));
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(patterns)
            .map_err(|error| error.to_string())?;
        let everywhere = entries.len() + negation.everywhere.len();
        let negators = everywhere + negation.negators.len();
        Ok(Self { automaton, keywords: entries.len(), everywhere, negators, reach: negation.reach })
    }

    pub(super) fn scan(&self, entries: &[Entry], text: &str, tokens: &Tokens) -> Vec<Found> {
        let mut found = Vec::new();
        let mut shields: Vec<Range<usize>> = Vec::new();
        let mut negators: Vec<(Range<usize>, Denial)> = Vec::new();
        let mut not_negators: Vec<Range<usize>> = Vec::new();
        for hit in self.automaton.find_overlapping_iter(text) {
            let (pattern, span) = (hit.pattern().as_usize(), hit.start()..hit.end());
            match entries.get(pattern).filter(|_| pattern < self.keywords) {
                Some(entry) => {
                    if entry.allowed && tokens.is_boundary(span.start) && tokens.is_boundary(span.end) {
                        shields.push(span.clone());
                    }
                    if entry.speaks() && stands(entry, &span, text, tokens) {
                        found.push(Found {
                            entry: pattern,
                            span,
                            denial: Denial::None,
                            intents: !entry.intents.is_empty(),
                            emotions: !entry.emotions.is_empty(),
                        });
                    }
                }
                None if pattern < self.everywhere => negators.push((span, Denial::Full)),
                None if pattern < self.negators => negators.push((span, Denial::Partial)),
                None => not_negators.push(span),
            }
        }
        negators.retain(|(negator, _)| !not_negators.iter().any(|longer| contains(longer, negator)));
        found.retain(|found| !shields.iter().any(|shield| strictly_contains(shield, &found.span)));
        self.uncover(&mut found, entries);
        for found in &mut found {
            if entries.get(found.entry).is_some_and(|entry| entry.negative) {
                continue;
            }
            let reaching = negators.iter().filter(|(negator, _)| self.reaches(text, negator, &found.span));
            found.denial = reaching.map(|(_, denial)| *denial).max().unwrap_or(Denial::None);
        }
        found.sort_by(|a, b| {
            a.span.start.cmp(&b.span.start).then(b.span.end.cmp(&a.span.end)).then(a.entry.cmp(&b.entry))
        });
        found
    }

    /// Drops what stands inside a longer keyword of its own kind, kind by kind.
    fn uncover(&self, found: &mut Vec<Found>, entries: &[Entry]) {
        let all: Vec<(Option<&Entry>, Range<usize>)> =
            found.iter().map(|found| (entries.get(found.entry), found.span.clone())).collect();
        for found in found.iter_mut() {
            let Some(entry) = entries.get(found.entry) else { continue };
            let inside = |of_kind: fn(&Entry) -> bool| {
                all.iter().any(|(other, span)| {
                    strictly_contains(span, &found.span)
                        && other.is_some_and(|other| {
                            of_kind(other) && (!entry.grave || other.grave && other.shares_intent(entry))
                        })
                })
            };
            found.intents &= !inside(|other| !other.intents.is_empty());
            found.emotions &= !inside(|other| !other.emotions.is_empty());
        }
        found.retain(|found| {
            found.intents || found.emotions || entries.get(found.entry).is_some_and(|entry| !entry.verticals.is_empty())
        });
    }

    fn reaches(&self, text: &str, negator: &Range<usize>, hit: &Range<usize>) -> bool {
        text.get(negator.end..hit.start)
            .is_some_and(|between| between.chars().count() <= self.reach && between.chars().all(char::is_alphanumeric))
    }
}

fn stands(entry: &Entry, span: &Range<usize>, text: &str, tokens: &Tokens) -> bool {
    let silent = |part: Option<&str>| part.is_some_and(|part| !part.chars().any(char::is_alphanumeric));
    (!entry.at_start || silent(text.get(..span.start)))
        && (!entry.at_end || silent(text.get(span.end..)))
        && apart(text.get(..span.start).and_then(|before| before.chars().next_back()), entry.word.chars().next())
        && apart(text.get(span.end..).and_then(|after| after.chars().next()), entry.word.chars().next_back())
        && (entry.grave || (tokens.is_boundary(span.start) && tokens.is_boundary(span.end)))
}

/// A number is not heard inside a longer number, nor a Latin word inside a longer one.
fn apart(neighbour: Option<char>, edge: Option<char>) -> bool {
    let (Some(neighbour), Some(edge)) = (neighbour, edge) else { return true };
    !(neighbour.is_ascii_digit() && edge.is_ascii_digit()
        || neighbour.is_ascii_alphabetic() && edge.is_ascii_alphabetic())
}

fn contains(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn strictly_contains(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    contains(outer, inner) && outer.len() > inner.len()
}
