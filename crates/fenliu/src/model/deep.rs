//! The deep model: a small Chinese transformer over word pieces; the only file that names the tokenizer.

use std::time::Duration;

use tokenizers::Tokenizer;

use crate::classify::{Classifier, Message, Ranking, Silence};
use crate::words::AnsweredBy;

use super::fast::{Heads, Likelihoods};
use super::manifest::{Lengths, Manifest, ModelError};
use super::onnx::{Graph, Logits, Unheard};

#[derive(Debug)]
pub(super) struct Deep {
    graph: Graph,
    tokenizer: Tokenizer,
    heads: Heads,
    limits: Lengths,
    revision: Box<str>,
}

impl Deep {
    pub(super) fn new(manifest: &Manifest, onnx: &[u8], tokenizer: &[u8], revision: &str) -> Result<Self, ModelError> {
        let graph = Graph::new("deep", onnx)?;
        let tokenizer =
            Tokenizer::from_bytes(tokenizer).map_err(|error| ModelError::new("tokenizer", error.to_string()))?;
        let deep = Self {
            graph,
            tokenizer,
            heads: Heads::new(manifest, manifest.deep),
            limits: manifest.lengths,
            revision: revision.into(),
        };
        deep.likelihoods_of("你好", Some("在的"), None).map_err(|unheard| ModelError::new("deep", unheard.why()))?;
        // A row longer than the graph has places for would only fail on the first long message.
        let longest = vec![0; deep.limits.text.saturating_add(deep.limits.before)];
        deep.graph.run(&longest, deep.limits.text, None).map_err(|unheard| {
            ModelError::new("deep", format!("a row of {} word pieces: {}", longest.len(), unheard.why()))
        })?;
        Ok(deep)
    }

    /// Waits no longer than `patience` for a free core.
    pub(super) fn likelihoods(
        &self,
        message: &Message<'_>,
        patience: Option<Duration>,
    ) -> Result<Likelihoods, Silence> {
        self.likelihoods_of(message.text, message.before, patience).map_err(|unheard| Silence::Failed(unheard.why()))
    }

    pub(super) fn heads(&self) -> &Heads {
        &self.heads
    }

    pub(super) fn logits(&self, message: &Message<'_>) -> Result<Logits, Silence> {
        self.run(message.text, message.before, None).map_err(|unheard| Silence::Failed(unheard.why()))
    }

    fn likelihoods_of(
        &self,
        text: &str,
        before: Option<&str>,
        patience: Option<Duration>,
    ) -> Result<Likelihoods, Unheard> {
        self.heads.likelihoods(&self.run(text, before, patience)?).map_err(Unheard::Failed)
    }

    /// `[CLS] text [SEP]`, and where something was said before `before [SEP]` as the second segment.
    fn run(&self, text: &str, before: Option<&str>, patience: Option<Duration>) -> Result<Logits, Unheard> {
        let encoded = |text: &str, special: bool| {
            self.tokenizer.encode_fast(text, special).map_err(|error| Unheard::Failed(error.to_string()))
        };
        let text = encoded(text, true)?;
        let mut ids = ends(text.get_ids(), self.limits.text);
        let second = ids.len();
        if let (Some(before), Some(separator)) = (before, ids.last().copied()) {
            let before = encoded(before, false)?;
            let before = before.get_ids();
            let from = before.len().saturating_sub(self.limits.before.saturating_sub(1));
            ids.extend(before.iter().skip(from).copied().map(i64::from));
            ids.push(separator);
        }
        self.graph.run(&ids, second, patience)
    }
}

/// At most `most` ids: of a longer row three quarters from its start and one quarter from its end.
fn ends(ids: &[u32], most: usize) -> Vec<i64> {
    let tail = if ids.len() > most { most / 4 } else { 0 };
    let head = ids.iter().take(most.min(ids.len()) - tail);
    let tail = ids.iter().skip(ids.len() - tail);
    head.chain(tail).copied().map(i64::from).collect()
}

impl Classifier for Deep {
    fn classify(&self, message: &Message<'_>) -> Result<Ranking, Silence> {
        Ok(self.heads.rank(&self.likelihoods(message, None)?, AnsweredBy::Deep))
    }

    fn revision(&self) -> &str {
        &self.revision
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_row_keeps_both_ends() {
        for (length, most, expected) in
            [(3, 8, vec![0, 1, 2]), (8, 8, (0..8).collect()), (10, 8, vec![0, 1, 2, 3, 4, 5, 8, 9])]
        {
            let ids: Vec<u32> = (0..length).collect();
            assert_eq!(ends(&ids, most), expected);
        }
    }
}
