//! What teaching would change, measured on rows that were not fitted on; nothing is decided here.

mod table;

use std::collections::BTreeMap;

use fenliu::{AnsweredBy, Encoded, IntentHeads, IntentLogits};

use crate::lesson::{Lesson, Part};

/// What was measured by cross-validation, with the answers of the cascade.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Report {
    /// For each intent that is taught, in the order of the heads' outputs.
    pub taught: Vec<TaughtIntent>,
    /// What became of the messages whose intents were known.
    pub kept: Kept,
    /// Intents whose examples cannot be told apart; the worst first.
    pub alike: Vec<Alike>,
    /// Replayed messages that the shop's own rows overrule.
    pub overruled: usize,
    /// The numbers of `model.toml` before and after.
    pub limits: [Limits; 2],
}

/// One intent that is taught.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct TaughtIntent {
    /// Its id.
    pub id: String,
    /// Whether the models did not know it.
    pub new: bool,
    /// Its different examples.
    pub examples: usize,
    /// How many of them were read as it.
    pub found: usize,
    /// How many rows of any kind were read as it.
    pub read: usize,
    /// And how many of these belong to it.
    pub right: usize,
    /// What its examples were read as instead, and how often; the most frequent first.
    pub taken_for: Vec<(String, usize)>,
    /// Whose rows were read as it, and how often; the most frequent first.
    pub takes: Vec<(String, usize)>,
    /// How many examples the deep model's score calls out of scope, at or above [`OUT_OF_SCOPE`]. Teaching does not
    /// change that score, and a policy that heeds it will not hear the intent in such messages.
    pub out_of_scope: usize,
}

/// What became of the messages of the replay and those that the shop keeps.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Kept {
    /// How many.
    pub messages: usize,
    /// How many of them were read right.
    pub before: usize,
    /// And how many are.
    pub after: usize,
    /// The intents that lost or gained any of them, in the order of the heads' outputs.
    pub intents: Vec<KeptIntent>,
}

/// What became of the messages of one intent.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct KeptIntent {
    /// Its id.
    pub id: String,
    /// How many messages.
    pub messages: usize,
    /// How many of them were read right.
    pub before: usize,
    /// Right before and wrong now.
    pub lost: usize,
    /// Wrong before and right now.
    pub gained: usize,
    /// What the lost ones are read as, and how often; the most frequent first.
    pub lost_to: Vec<(String, usize)>,
}

/// Two intents, one of them new, that cannot be told apart: at least half of the smaller one's rows are read as the
/// other, or a third of either as the other. (Of two that are the same and of one size, each reading is a toss.)
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Alike {
    /// The one with fewer rows.
    pub smaller: String,
    /// What they are read as.
    pub other: String,
    /// How many rows the smaller one has.
    pub rows: usize,
    /// How many of them are read as the other.
    pub confused: usize,
    /// Three of these texts at most.
    pub texts: Vec<String>,
    /// How many rows the other one has.
    pub other_rows: usize,
    /// How many of them are read as the smaller one.
    pub other_confused: usize,
    /// Three of these texts at most.
    pub other_texts: Vec<String>,
}

/// What `model.toml` says that teaching changes.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The fast head's temperature.
    pub fast_temperature: f32,
    /// The deep head's.
    pub deep_temperature: f32,
    /// The bar at which the fast model answers alone.
    pub accept: f32,
    /// The share of the kept messages that it answers alone at that bar, 0 to 1.
    pub alone: f64,
}

/// Where the deep model's score of being out of scope is counted: above an even chance.
pub const OUT_OF_SCOPE: f32 = 0.5;

/// How many texts show a confusion.
const SHOWN: usize = 3;

/// All that a report is made of; the lists have one entry for each row of the lesson.
pub(crate) struct Checked<'a> {
    pub(crate) lesson: &'a Lesson,
    pub(crate) encoded: &'a [Encoded],
    pub(crate) old: &'a IntentHeads,
    pub(crate) before: &'a [IntentLogits],
    pub(crate) new: &'a IntentHeads,
    /// Of heads that were not fitted to the row.
    pub(crate) after: &'a [IntentLogits],
}

/// One row with what it was read as.
struct Read<'a> {
    text: &'a str,
    part: Part,
    intent: usize,
    before: usize,
    after: usize,
    out_of_scope: bool,
}

impl Report {
    pub(crate) fn new(checked: &Checked<'_>) -> Self {
        let lesson = checked.lesson;
        let rows = lesson.rows.iter().zip(checked.encoded).zip(checked.before).zip(checked.after);
        let reads: Vec<Read<'_>> = rows
            .map(|(((row, encoded), before), after)| Read {
                text: &row.raw,
                part: row.part,
                intent: row.intent,
                before: checked.old.answer(before).intent,
                after: checked.new.answer(after).intent,
                out_of_scope: encoded.out_of_scope >= OUT_OF_SCOPE,
            })
            .collect();
        Self {
            taught: taught(lesson, &reads),
            kept: kept(lesson, &reads),
            alike: alike(lesson, &reads),
            overruled: lesson.overruled,
            limits: [limits(lesson, checked.old, checked.before), limits(lesson, checked.new, checked.after)],
        }
    }
}

fn taught(lesson: &Lesson, reads: &[Read<'_>]) -> Vec<TaughtIntent> {
    let of = |intent: usize| {
        let examples = || reads.iter().filter(move |read| read.part == Part::Example && read.intent == intent);
        let as_it = || reads.iter().filter(move |read| read.after == intent);
        TaughtIntent {
            id: lesson.id(intent).to_owned(),
            new: intent >= lesson.known,
            examples: examples().count(),
            found: examples().filter(|read| read.after == intent).count(),
            read: as_it().count(),
            right: as_it().filter(|read| read.intent == intent).count(),
            taken_for: counted(lesson, examples().map(|read| read.after).filter(|after| *after != intent)),
            takes: counted(lesson, as_it().map(|read| read.intent).filter(|own| *own != intent)),
            out_of_scope: examples().filter(|read| read.out_of_scope).count(),
        }
    };
    (0..lesson.intents.len()).map(of).filter(|intent| intent.examples > 0).collect()
}

fn kept(lesson: &Lesson, reads: &[Read<'_>]) -> Kept {
    let kept = || reads.iter().filter(|read| read.part != Part::Example);
    let of = |intent: usize| {
        let own = || kept().filter(move |read| read.intent == intent);
        let lost = || own().filter(move |read| read.before == intent && read.after != intent);
        KeptIntent {
            id: lesson.id(intent).to_owned(),
            messages: own().count(),
            before: own().filter(|read| read.before == intent).count(),
            lost: lost().count(),
            gained: own().filter(|read| read.before != intent && read.after == intent).count(),
            lost_to: counted(lesson, lost().map(|read| read.after)),
        }
    };
    Kept {
        messages: kept().count(),
        before: kept().filter(|read| read.before == read.intent).count(),
        after: kept().filter(|read| read.after == read.intent).count(),
        intents: (0..lesson.known).map(of).filter(|intent| intent.lost + intent.gained > 0).collect(),
    }
}

fn alike(lesson: &Lesson, reads: &[Read<'_>]) -> Vec<Alike> {
    let mut rows: Vec<usize> = vec![0; lesson.intents.len()];
    let mut confused: BTreeMap<(usize, usize), usize> = BTreeMap::new();
    for read in reads {
        if let Some(count) = rows.get_mut(read.intent) {
            *count += 1;
        }
        if read.after != read.intent {
            *confused.entry((read.intent, read.after)).or_default() += 1;
        }
    }
    let count = |intent: usize| rows.get(intent).copied().unwrap_or(0);
    let times = |intent: usize, read_as: usize| confused.get(&(intent, read_as)).copied().unwrap_or(0);
    let texts = |intent: usize, read_as: usize| {
        let those = reads.iter().filter(|read| read.intent == intent && read.after == read_as);
        those.take(SHOWN).map(|read| read.text.to_owned()).collect()
    };
    let pairs = (lesson.known..rows.len()).flat_map(|new| (0..new).map(move |other| (other, new)));
    let mut found: Vec<Alike> = pairs
        .map(|(a, b)| if count(b) < count(a) { (b, a) } else { (a, b) })
        .filter(|(smaller, other)| count(*smaller) > 0 && count(*other) > 0)
        .filter(|(smaller, other)| {
            let (there, back) = (times(*smaller, *other), times(*other, *smaller));
            2 * there >= count(*smaller) || 3 * there >= count(*smaller) && 3 * back >= count(*other)
        })
        .map(|(smaller, other)| Alike {
            smaller: lesson.id(smaller).to_owned(),
            other: lesson.id(other).to_owned(),
            rows: count(smaller),
            confused: times(smaller, other),
            texts: texts(smaller, other),
            other_rows: count(other),
            other_confused: times(other, smaller),
            other_texts: texts(other, smaller),
        })
        .collect();
    // `confused / rows` falls: the worst first, of two equal ones the earlier.
    found.sort_by(|a, b| (b.confused * a.rows).cmp(&(a.confused * b.rows)));
    found
}

fn limits(lesson: &Lesson, heads: &IntentHeads, logits: &[IntentLogits]) -> Limits {
    let kept = || lesson.rows.iter().zip(logits).filter(|(row, _)| row.part != Part::Example);
    let alone = kept().filter(|(_, logits)| heads.answer(logits).by == AnsweredBy::Fast).count();
    Limits {
        fast_temperature: heads.fast.temperature,
        deep_temperature: heads.deep.temperature,
        accept: heads.accept,
        alone: alone as f64 / kept().count().max(1) as f64,
    }
}

/// How often each intent occurs; the most frequent first, of two equal ones the earlier.
fn counted(lesson: &Lesson, intents: impl Iterator<Item = usize>) -> Vec<(String, usize)> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for intent in intents {
        *counts.entry(intent).or_default() += 1;
    }
    let mut counts: Vec<(usize, usize)> = counts.into_iter().collect();
    counts.sort_by_key(|(_, times)| std::cmp::Reverse(*times));
    counts.into_iter().map(|(intent, times)| (lesson.id(intent).to_owned(), times)).collect()
}
