//! The contents of a model directory as one value, and the names of its files; nothing is opened here.

use super::manifest::ModelSources;

/// The contents of a model directory.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelFiles {
    /// `model.toml`.
    pub manifest: String,
    /// `fast.onnx`.
    pub fast: Vec<u8>,
    /// `deep.onnx`.
    pub deep: Vec<u8>,
    /// `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// `replay.jsonl`, where there is one.
    pub replay: Option<String>,
    /// `taxonomy.toml`, where the directory has intents of its own.
    pub taxonomy: Option<String>,
}

impl ModelFiles {
    pub(crate) const MANIFEST: &str = "model.toml";
    pub(crate) const FAST: &str = "fast.onnx";
    pub(crate) const DEEP: &str = "deep.onnx";
    pub(crate) const TOKENIZER: &str = "tokenizer.json";
    pub(crate) const REPLAY: &str = "replay.jsonl";
    pub(crate) const TAXONOMY: &str = "taxonomy.toml";

    /// The names that the files of a model directory have.
    pub const NAMES: [&str; 6] =
        [Self::MANIFEST, Self::FAST, Self::DEEP, Self::TOKENIZER, Self::REPLAY, Self::TAXONOMY];

    /// What the models are built of.
    #[must_use]
    pub fn sources(&self) -> ModelSources<'_> {
        ModelSources {
            manifest: &self.manifest,
            fast: &self.fast,
            deep: &self.deep,
            tokenizer: &self.tokenizer,
            replay: self.replay.as_deref(),
        }
    }

    /// Each file that there is: its name and its contents.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &[u8])> {
        let always = [
            (Self::MANIFEST, self.manifest.as_bytes()),
            (Self::FAST, self.fast.as_slice()),
            (Self::DEEP, self.deep.as_slice()),
            (Self::TOKENIZER, self.tokenizer.as_slice()),
        ];
        let replay = self.replay.iter().map(|contents| (Self::REPLAY, contents.as_bytes()));
        let taxonomy = self.taxonomy.iter().map(|contents| (Self::TAXONOMY, contents.as_bytes()));
        always.into_iter().chain(replay).chain(taxonomy)
    }
}
