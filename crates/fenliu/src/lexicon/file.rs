//! The form of the lexicon's files: TOML, one keyword a line, `"word" = weight` or `{ weight = …, grave = true }`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::scan::Automaton;
use super::{Biases, Entry, Lexicon};
use crate::suggest::suggest;
use crate::taxonomy::Taxonomy;
use crate::words::{Emotion, Vertical};

/// The contents of a lexicon's files; names are for messages only.
#[derive(Debug, Clone, Default)]
pub struct LexiconSources<'a> {
    /// `(name, contents)` of each file of `intent/`.
    pub intents: Vec<(&'a str, &'a str)>,
    /// `emotion.toml`.
    pub emotion: &'a str,
    /// `vertical.toml`.
    pub vertical: &'a str,
    /// `allow.toml`.
    pub allow: &'a str,
    /// `negation.toml`.
    pub negation: &'a str,
}

/// One thing that is wrong with a lexicon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
#[non_exhaustive]
pub struct LexiconError {
    /// The file.
    pub file: String,
    /// What is wrong, and what was expected.
    pub problem: String,
}

type Tables = BTreeMap<String, BTreeMap<String, Weight>>;

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged, expecting = "a weight or { weight = number, grave = true }")]
enum Weight {
    Plain(f32),
    Full(Full),
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Full {
    weight: f32,
    #[serde(default)]
    grave: bool,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Allow {
    words: Vec<String>,
}

/// `negation.toml`.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Negation {
    /// In characters.
    pub(super) reach: usize,
    /// The intents that a negator denies; for all others the denied matter is still the matter.
    intents: Vec<String>,
    /// What denies any intent: not wanting the thing itself.
    pub(super) everywhere: Vec<String>,
    pub(super) negators: Vec<String>,
    /// Longer words and question forms in which a negator does not negate.
    pub(super) not_negators: Vec<String>,
}

/// The table of biases beside the tables of keywords.
const BIAS: &str = "bias";

pub(super) fn parse(sources: &LexiconSources<'_>, taxonomy: &Taxonomy) -> Result<Lexicon, Vec<LexiconError>> {
    let mut building = Building::default();
    let negation: Negation = building.read("negation.toml", sources.negation);
    let allow: Allow = building.read("allow.toml", sources.allow);
    for (name, contents) in &sources.intents {
        building.table(
            name,
            contents,
            |table| taxonomy.id(table).ok_or_else(|| taxonomy.unknown_intent(table)),
            |entry| &mut entry.intents,
            |biases| &mut biases.intents,
        );
    }
    let emotions: Vec<&str> = Emotion::ALL.iter().filter(|e| **e != Emotion::Neutral).map(|e| e.as_str()).collect();
    building.table(
        "emotion.toml",
        sources.emotion,
        |table| {
            Emotion::named(table)
                .filter(|emotion| *emotion != Emotion::Neutral)
                .ok_or_else(|| unknown("emotion", table, &emotions))
        },
        |entry| &mut entry.emotions,
        |biases| &mut biases.emotions,
    );
    let verticals: Vec<&str> = Vertical::ALL.iter().map(|vertical| vertical.as_str()).collect();
    building.table(
        "vertical.toml",
        sources.vertical,
        |table| Vertical::named(table).ok_or_else(|| unknown("vertical", table, &verticals)),
        |entry| &mut entry.verticals,
        |biases| &mut biases.verticals,
    );
    if !building.biases.verticals.is_empty() {
        building.problem("vertical.toml", "a vertical has no bias");
    }
    building.finish(&allow, &negation, taxonomy)
}

fn unknown(what: &str, name: &str, known: &[&str]) -> String {
    format!("unknown {what} `{name}`{}", suggest(name, known.iter().copied()))
}

#[derive(Default)]
struct Building {
    /// By keyword with its anchors, so that one keyword of several tables is one pattern.
    entries: BTreeMap<String, Entry>,
    biases: Biases,
    problems: Vec<LexiconError>,
}

impl Building {
    fn problem(&mut self, file: &str, problem: impl Into<String>) {
        self.problems.push(LexiconError { file: file.to_owned(), problem: problem.into() });
    }

    fn read<T: Default + serde::de::DeserializeOwned>(&mut self, file: &str, contents: &str) -> T {
        toml::from_str(contents).unwrap_or_else(|error| {
            self.problem(file, error.to_string().trim_end());
            T::default()
        })
    }

    fn table<'b, K: Copy + Ord + 'b>(
        &mut self,
        file: &str,
        contents: &str,
        key: impl Fn(&str) -> Result<K, String>,
        weights: impl Fn(&mut Entry) -> &mut Vec<(K, f32)>,
        mut biases: impl FnMut(&mut Biases) -> &mut BTreeMap<K, f32>,
    ) {
        let tables: Tables = self.read(file, contents);
        for (table, words) in tables {
            if table == BIAS {
                for (name, weight) in words {
                    match (key(&name), weight) {
                        (Ok(key), Weight::Plain(bias)) if bias.is_finite() => {
                            biases(&mut self.biases).insert(key, bias);
                        }
                        (Ok(_), _) => self.problem(file, format!("bias.{name}: expected a number")),
                        (Err(problem), _) => self.problem(file, format!("bias: {problem}")),
                    }
                }
                continue;
            }
            let key = match key(&table) {
                Ok(key) => key,
                Err(problem) => {
                    self.problem(file, problem);
                    continue;
                }
            };
            for (word, weight) in words {
                let Full { weight, grave } = match weight {
                    Weight::Plain(weight) => Full { weight, grave: false },
                    Weight::Full(full) => full,
                };
                if !(weight > 0.0 && weight.is_finite()) {
                    self.problem(file, format!("{table}.\"{word}\": weight {weight}, expected a number above 0"));
                    continue;
                }
                let Some(entry) = self.entry(file, &word) else { continue };
                entry.grave |= grave;
                weights(entry).push((key, weight));
                if grave && entry.intents.is_empty() {
                    self.problem(file, format!("{table}.\"{word}\": only a keyword of an intent can be grave"));
                }
            }
        }
    }

    /// The entry of a keyword, or a problem where its writing could never match.
    fn entry(&mut self, file: &str, word: &str) -> Option<&mut Entry> {
        let (at_start, rest) = word.strip_prefix('^').map_or((false, word), |rest| (true, rest));
        let (at_end, bare) = rest.strip_suffix('$').map_or((false, rest), |rest| (true, rest));
        if bare.trim() != bare || bare.is_empty() {
            self.problem(file, format!("\"{word}\": expected at least one character, without spaces round it"));
            return None;
        }
        if bare.chars().any(|char| char.is_uppercase() || ('\u{ff01}'..='\u{ff5e}').contains(&char)) {
            self.problem(file, format!("\"{word}\": expected lower case and half width, as normalised text has it"));
            return None;
        }
        Some(self.entries.entry(word.to_owned()).or_insert_with(|| Entry {
            word: bare.into(),
            at_start,
            at_end,
            ..Entry::default()
        }))
    }

    fn finish(mut self, allow: &Allow, negation: &Negation, taxonomy: &Taxonomy) -> Result<Lexicon, Vec<LexiconError>> {
        for word in &allow.words {
            let Some(entry) = self.entry("allow.toml", word) else { continue };
            entry.allowed = true;
        }
        let mut deniable = Vec::new();
        for name in &negation.intents {
            match taxonomy.id(name) {
                Some(intent) => deniable.push(intent),
                None => self.problem("negation.toml", format!("intents: {}", taxonomy.unknown_intent(name))),
            }
        }
        let mut entries: Vec<Entry> = self.entries.into_values().collect();
        for entry in &mut entries {
            let mut negators = negation.everywhere.iter().chain(&negation.negators);
            entry.negative = negators.any(|negator| entry.word.starts_with(negator.as_str()));
            entry.undeniable = entry.intents.iter().copied().filter(|(intent, _)| !deniable.contains(intent)).collect();
        }
        let automaton = Automaton::new(&entries, negation);
        match automaton {
            Ok(keywords) if self.problems.is_empty() => Ok(Lexicon { keywords, entries, biases: self.biases }),
            Ok(_) => Err(self.problems),
            Err(error) => {
                self.problems.push(LexiconError { file: "lexicon".to_owned(), problem: error });
                Err(self.problems)
            }
        }
    }
}
