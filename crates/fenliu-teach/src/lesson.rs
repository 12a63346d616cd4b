//! What is taught: the examples, the messages that hold what is known already, and the intents of both, all checked.

use std::collections::BTreeMap;

use fenliu::{Encoded, Encoder, Intent, Message, Normaliser, Segmenter, Taxonomy};

use crate::TeachError;
use crate::define::define;
use crate::rows::{Labelled, Named, Problem, rows};
use crate::spread::spread;

/// Everything that a lesson is read from.
#[derive(Debug, Clone, Copy)]
pub struct Inputs<'a> {
    /// The models that are taught.
    pub encoder: &'a Encoder<'a>,
    /// The TOML of the taxonomy that they know.
    pub taxonomy: &'a str,
    /// What the shop teaches: JSON lines with `text` and `intent`.
    pub examples: Named<'a>,
    /// The shop's own intents, in the form of `taxonomy.toml`.
    pub define: Option<Named<'a>>,
    /// Further messages that hold the intents that are known already: JSON lines with `text` and `intent`.
    pub keep: Option<Named<'a>>,
}

/// Checked: every row is a text under one intent, no text stands under two, and each taught intent has examples enough.
#[derive(Debug, Clone)]
pub struct Lesson {
    /// The ids of the heads' outputs: those that the models know, in their order, then the new ones.
    pub(crate) intents: Vec<String>,
    /// How many of them the models know.
    pub(crate) known: usize,
    pub(crate) taxonomy: String,
    pub(crate) rows: Vec<Row>,
    /// How many messages of the replay the shop's own rows overrule: the same text under another intent.
    pub(crate) overruled: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) raw: String,
    /// Normalised.
    pub(crate) text: String,
    /// Its place in `Lesson::intents`.
    pub(crate) intent: usize,
    pub(crate) part: Part,
}

/// Where a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The shop teaches it.
    Example,
    /// The shop knows how it is to be read.
    Keep,
    /// It belongs to the models.
    Replay,
}

/// Fewer examples than this cannot be checked: each of five parts must hold one.
pub const LEAST_EXAMPLES: usize = 5;

/// The replay's name in messages.
const REPLAY: &str = "replay.jsonl";

impl Lesson {
    /// Reads and checks all of it.
    ///
    /// # Errors
    ///
    /// [`TeachError::Inputs`] with everything that is wrong: lines that are no rows, texts that are empty or too long,
    /// unknown intents, texts under two intents, defined intents that are there already or have no example, intents
    /// with fewer than [`LEAST_EXAMPLES`] different examples.
    pub fn read(inputs: &Inputs<'_>) -> Result<Self, TeachError> {
        let ours = Taxonomy::parse(inputs.taxonomy)?;
        let (defined, mut problems) = inputs.define.map(|file| define(file, &ours)).unwrap_or_default();
        let intents: Vec<Intent> = defined.iter().map(|(_, intent)| intent.clone()).collect();
        let taxonomy = Taxonomy::extended(inputs.taxonomy, &intents)?;
        let mut reading = Reading::new(inputs.encoder, Taxonomy::parse(&taxonomy)?);
        reading.file(inputs.examples, Part::Example);
        if let Some(keep) = inputs.keep {
            reading.file(keep, Part::Keep);
        }
        if let Some(replay) = inputs.encoder.replay() {
            reading.file(Named { name: REPLAY, contents: replay.as_bytes() }, Part::Replay);
        }
        reading.count(inputs.examples.name, &defined);
        problems.append(&mut reading.problems);
        if !problems.is_empty() {
            return Err(TeachError::Inputs(problems));
        }
        if !reading.rows.iter().any(|row| row.part == Part::Replay || row.part == Part::Keep) {
            return Err(TeachError::NothingKept);
        }
        Ok(Self {
            intents: reading.intents,
            known: reading.known,
            taxonomy,
            rows: reading.rows,
            overruled: reading.overruled,
        })
    }

    /// What the models see in each row.
    ///
    /// # Errors
    ///
    /// [`TeachError::Silence`] where a model broke on one of them.
    ///
    /// # Cost
    ///
    /// Some milliseconds a row on each core: the deep model reads them all.
    pub fn encode(&self, encoder: &Encoder<'_>, segmenter: &Segmenter) -> Result<Vec<Encoded>, TeachError> {
        spread(self.rows.len(), |index| {
            let text = self.rows.get(index).map_or("", |row| row.text.as_str());
            encoder.encode(&Message::new(text, &segmenter.cut(text)))
        })
        .map_err(TeachError::Silence)
    }

    /// How many different messages it has, those that are replayed and kept among them.
    #[must_use]
    #[expect(clippy::len_without_is_empty, reason = "a lesson is never empty")]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// The ids of the heads' outputs: those that the models know, in their order, then the new ones.
    pub fn intents(&self) -> impl Iterator<Item = &str> {
        self.intents.iter().map(String::as_str)
    }

    /// The ids that are taught, in the order of the heads' outputs: those with examples.
    pub fn taught(&self) -> impl Iterator<Item = &str> {
        let examples = |index: usize| self.rows.iter().any(|row| row.part == Part::Example && row.intent == index);
        self.intents.iter().enumerate().filter(move |(index, _)| examples(*index)).map(|(_, id)| id.as_str())
    }

    /// The whole `taxonomy.toml`, the shop's own intents at its end.
    #[must_use]
    pub fn taxonomy(&self) -> &str {
        &self.taxonomy
    }

    pub(crate) fn id(&self, intent: usize) -> &str {
        self.intents.get(intent).map_or("", String::as_str)
    }
}

/// A lesson while it is read.
struct Reading {
    normaliser: Normaliser,
    taxonomy: Taxonomy,
    intents: Vec<String>,
    known: usize,
    rows: Vec<Row>,
    /// Where each normalised text stands first.
    seen: BTreeMap<String, (String, usize)>,
    overruled: usize,
    problems: Vec<Problem>,
}

impl Reading {
    fn new(encoder: &Encoder<'_>, taxonomy: Taxonomy) -> Self {
        let mut intents: Vec<String> = encoder.intents().map(str::to_owned).collect();
        let known = intents.len();
        let further = taxonomy.iter().map(|(_, intent)| intent.id.to_string()).filter(|id| !intents.contains(id));
        let further: Vec<String> = further.collect();
        intents.extend(further);
        Self {
            normaliser: Normaliser::new(),
            taxonomy,
            intents,
            known,
            rows: Vec::new(),
            seen: BTreeMap::new(),
            overruled: 0,
            problems: Vec::new(),
        }
    }

    fn file(&mut self, file: Named<'_>, part: Part) {
        for (place, row) in rows(file) {
            if let Err(what) = row.and_then(|row| self.row(row, &place, part)) {
                self.problems.push(Problem::new(place, what));
            }
        }
    }

    fn row(&mut self, row: Labelled, place: &str, part: Part) -> Result<(), String> {
        let text = self.normaliser.read(&row.text).map_err(|error| error.to_string())?;
        let Some(intent) = self.intents.iter().position(|id| *id == row.intent) else {
            return Err(if row.intent.contains('+') {
                format!("intent is `{}`, expected one: a message of two teaches neither", row.intent)
            } else {
                self.taxonomy.unknown_intent(&row.intent)
            });
        };
        if part != Part::Example && intent >= self.known {
            return Err(format!("`{}` is taught now, expected an intent that the models know", row.intent));
        }
        if let Some((earlier, under)) = self.seen.get(text.as_str()) {
            if *under == intent {
                return Ok(());
            }
            if part == Part::Replay {
                self.overruled += 1;
                return Ok(());
            }
            let other = self.intents.get(*under).map_or("", String::as_str);
            return Err(format!("`{}` stands under `{}` here and under `{other}` at {earlier}", row.text, row.intent));
        }
        self.seen.insert(text.as_str().to_owned(), (place.to_owned(), intent));
        self.rows.push(Row { raw: row.text, text: text.excerpt().into_owned(), intent, part });
        Ok(())
    }

    /// Whether there are examples enough; an intent without any must not be taught.
    fn count(&mut self, examples: &str, defined: &[(String, Intent)]) {
        let mut counts = vec![0usize; self.intents.len()];
        for row in self.rows.iter().filter(|row| row.part == Part::Example) {
            if let Some(count) = counts.get_mut(row.intent) {
                *count += 1;
            }
        }
        if counts.iter().all(|count| *count == 0) && self.problems.is_empty() {
            self.problems.push(Problem::new(examples, "no examples, expected rows with `text` and `intent`"));
        }
        for (id, count) in self.intents.iter().zip(&counts) {
            if (1..LEAST_EXAMPLES).contains(count) {
                let what = format!("`{id}` has {count} different examples, expected at least {LEAST_EXAMPLES}");
                self.problems.push(Problem::new(examples, what));
            }
        }
        for (place, intent) in defined {
            let index = self.intents.iter().position(|id| **id == *intent.id);
            if index.and_then(|index| counts.get(index)) == Some(&0) {
                let what = format!("`{}` has no example in {examples}, expected at least {LEAST_EXAMPLES}", intent.id);
                self.problems.push(Problem::new(place, what));
            }
        }
        // An intent of the taxonomy that the models do not know and nobody teaches stays unknown to them.
        let kept = |index: usize| index < self.known || counts.get(index).is_some_and(|count| *count > 0);
        let place: Vec<usize> = (0..self.intents.len()).filter(|index| kept(*index)).collect();
        for row in &mut self.rows {
            row.intent = place.iter().position(|index| *index == row.intent).unwrap_or(row.intent);
        }
        self.intents = place.into_iter().filter_map(|index| self.intents.get(index).cloned()).collect();
    }
}
