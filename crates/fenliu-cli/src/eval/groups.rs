//! The same few figures for each source and each tag.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::scores::{macro_f1, scores, share};
use crate::labelled::Scored;

/// The figures of a part of the messages.
#[derive(Debug, Serialize)]
pub(super) struct Group {
    pub(super) messages: usize,
    pub(super) intent_accuracy: f64,
    pub(super) emotion_accuracy: f64,
    /// Over the emotions that are wanted in this part.
    pub(super) emotion_macro_f1: f64,
}

impl Group {
    fn new(rows: &[&Scored]) -> Self {
        let emotions = scores(rows.iter().map(|row| (row.labels.emotion.as_str(), row.answer.emotion.as_str())));
        Self {
            messages: rows.len(),
            intent_accuracy: share(rows.iter().filter(|row| row.intent_right()).count(), rows.len()),
            emotion_accuracy: share(rows.iter().filter(|row| row.emotion_right()).count(), rows.len()),
            emotion_macro_f1: macro_f1(&emotions),
        }
    }
}

/// By source; a message without one is in no group.
pub(super) fn by_source(rows: &[Scored]) -> BTreeMap<String, Group> {
    groups(rows.iter().filter_map(|row| row.labels.source.as_ref().map(|source| (source, row))))
}

/// By tag; a message is in as many groups as it has tags.
pub(super) fn by_tag(rows: &[Scored]) -> BTreeMap<String, Group> {
    groups(rows.iter().flat_map(|row| row.labels.tags.iter().map(move |tag| (tag, row))))
}

fn groups<'a>(named: impl Iterator<Item = (&'a String, &'a Scored)> + Clone) -> BTreeMap<String, Group> {
    let names: BTreeSet<&String> = named.clone().map(|(name, _)| name).collect();
    let group = |name: &String| {
        let rows: Vec<&Scored> = named.clone().filter(|(of, _)| *of == name).map(|(_, row)| row).collect();
        Group::new(&rows)
    };
    names.into_iter().map(|name| (name.clone(), group(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use fenliu::Emotion::{Angry, Neutral};

    #[test]
    fn a_message_counts_for_its_source_and_for_each_of_its_tags() {
        let rows = [
            Scored::example("a", "a").sourced("jddc").tagged(&["kol", "beauty"]).felt(Angry, Angry),
            Scored::example("a", "b").sourced("jddc").tagged(&["kol"]).felt(Angry, Neutral),
            Scored::example("a", "a").sourced("ecd"),
            Scored::example("a", "a").tagged(&["kol"]),
        ];
        let sources = by_source(&rows);
        assert_eq!(sources.keys().collect::<Vec<_>>(), ["ecd", "jddc"]);
        assert_eq!((sources["jddc"].messages, sources["jddc"].intent_accuracy), (2, 0.5));
        let kol = &by_tag(&rows)["kol"];
        assert_eq!((kol.messages, by_tag(&rows)["beauty"].messages), (3, 1));
        assert!((kol.intent_accuracy - 2.0 / 3.0).abs() < 1e-12);
        assert!((kol.emotion_accuracy - 2.0 / 3.0).abs() < 1e-12);
        // angry: 2·1/(2+1); neutral: 2·1/(1+2)
        assert!((kol.emotion_macro_f1 - 2.0 / 3.0).abs() < 1e-12);
    }
}
