//! Fits both models' heads to a lesson and checks them on rows that they were not fitted on.

use fenliu::{Encoded, Encoder, Head, IntentHeads, IntentLogits, Layer, ModelFiles, Taught};

use crate::TeachError;
use crate::calibrate::{accept, temperature};
use crate::fit::{FitError, Prior, Samples, fit};
use crate::folds::{FOLDS, folds};
use crate::lesson::{Lesson, Part};
use crate::report::{Checked, Report};
use crate::rows::Labelled;
use crate::spread::spread;

/// What came of a lesson.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Learned {
    /// The heads fitted to all rows, with their temperatures and the cascade's bar.
    pub heads: IntentHeads,
    /// What was measured on rows that were not fitted on.
    pub report: Report,
}

/// One over the variance of a weight that the models have, in mean squared lengths of the vectors. Tried with twelve
/// examples of each of five new intents, beside 2,000 real messages of which both models together read 75.4 % right: at
/// 1 and 3 the replay, which is written, drew the old weights to itself (74.6 % and 74.5 %); at 10 they stayed (75.4 %),
/// and an old intent still gained from twelve examples of it (67 % to 74 % of `quality_issue`); 30 and 100 gave no more.
const KNOWN_STRENGTH: f64 = 10.0;

/// The same for the weights of a new intent. Of 40 further phrases of the five, 0.01 found 27, 0.03 found 33, 0.1 found
/// 32, and 0.3 found 29; at 0.1 the cascade kept more of the real messages than at 0.03 (74.1 % and 73.3 %).
const NEW_STRENGTH: f64 = 0.1;

/// A temperature rises or falls by no more than this factor; one that was ever measured moved by under a tenth.
const MOST_MOVED: f64 = 1.5;

/// Which model a head belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Model {
    Fast,
    Deep,
}

impl Lesson {
    /// Fits both heads: once to all rows, and for each of five stratified folds to the rows outside of it, on which
    /// the report, the temperatures and the bar rest.
    ///
    /// The examples of an intent weigh together as much as the messages that hold an old one, should they be fewer: how
    /// often a shop's own intents are asked for is not known, and the replay is even too.
    ///
    /// The replay was mostly seen when the models were trained, so on it they are surer than on other messages. A
    /// temperature is therefore not taken from it as it is; the one that the models have is multiplied by how far the
    /// best one *moves* from the old head to the new.
    ///
    /// `heads` are those of the encoder that `encoded` comes from; one of `encoded` for each row, as
    /// [`Lesson::encode`] gives them.
    ///
    /// # Errors
    ///
    /// [`TeachError::Fit`].
    ///
    /// # Determinism
    ///
    /// The same lesson gives the same heads.
    ///
    /// # Cost
    ///
    /// Twelve fits, spread over the cores: some seconds for 2,000 rows.
    pub fn learn(&self, heads: &IntentHeads, encoded: &[Encoded]) -> Result<Learned, TeachError> {
        let keys: Vec<(Part, usize)> = self.rows.iter().map(|row| (row.part, row.intent)).collect();
        let folds = folds(&keys);
        let weights = self.weights();
        let models = [Model::Fast, Model::Deep];
        // The last fold of all is nobody's: a fit to all rows.
        let fits = spread((FOLDS + 1) * models.len(), |job| {
            let model = if job % 2 == 0 { Model::Fast } else { Model::Deep };
            let fold = job / 2;
            let inside = encoded.iter().zip(&self.rows).zip(&weights).zip(&folds).filter(|(_, of)| **of != fold);
            let rows: Vec<_> =
                inside.map(|(((encoded, row), weight), _)| (model.vector(encoded), row.intent, *weight)).collect();
            self.fit(model.head(heads), &Samples::new(rows.iter().copied()))
        })?;
        let mut fits = fits.into_iter();
        let mut fitted = Vec::with_capacity(FOLDS + 1);
        while let (Some(fast), Some(deep)) = (fits.next(), fits.next()) {
            fitted.push(IntentHeads {
                fast: Head { layer: fast, temperature: heads.fast.temperature },
                deep: Head { layer: deep, temperature: heads.deep.temperature },
                ..heads.clone()
            });
        }
        let Some(mut learned) = fitted.pop() else {
            return Err(FitError::Search("no fold was fitted".to_owned()).into());
        };
        let before: Vec<IntentLogits> = encoded.iter().map(|encoded| heads.logits(encoded)).collect();
        let after: Vec<IntentLogits> = encoded
            .iter()
            .zip(&folds)
            .map(|(encoded, fold)| fitted.get(*fold).unwrap_or(&learned).logits(encoded))
            .collect();
        for (model, head) in [(Model::Fast, &mut learned.fast), (Model::Deep, &mut learned.deep)] {
            let rows = self.rows.iter().zip(&weights);
            let kept = before.iter().zip(rows.clone()).filter(|(_, (row, _))| row.part != Part::Example);
            let kept = kept.map(|(logits, (row, weight))| (model.logits(logits), row.intent, *weight));
            let all = after.iter().zip(rows).map(|(logits, (row, weight))| (model.logits(logits), row.intent, *weight));
            // Where few rows are kept and all are right, the best temperature says nothing.
            let moved = (temperature(all) / temperature(kept)).clamp(1.0 / MOST_MOVED, MOST_MOVED);
            head.temperature = hundredths(f64::from(head.temperature) * moved);
        }
        let (examples, kept): (Vec<_>, Vec<_>) =
            after.iter().zip(&self.rows).partition(|(_, row)| row.part == Part::Example);
        let labelled =
            |rows: Vec<(_, &crate::lesson::Row)>| rows.into_iter().map(|(logits, row)| (logits, row.intent)).collect();
        learned.accept = accept(&learned, &[labelled(examples), labelled(kept)]);
        let report =
            Report::new(&Checked { lesson: self, encoded, old: heads, before: &before, new: &learned, after: &after });
        Ok(Learned { heads: learned, report })
    }

    /// The contents of the directory that the taught models are read from.
    ///
    /// # Errors
    ///
    /// [`TeachError::Models`] where a weight does not fit the graphs.
    pub fn files(&self, learned: &Learned, encoder: &Encoder<'_>) -> Result<ModelFiles, TeachError> {
        let mut replay = String::new();
        // The models' own rows first, as they stood; then what the shop added.
        for parts in [&[Part::Replay][..], &[Part::Keep, Part::Example]] {
            for row in self.rows.iter().filter(|row| parts.contains(&row.part)) {
                let labelled = Labelled { text: row.raw.clone(), intent: self.id(row.intent).to_owned() };
                replay.push_str(&serde_json::to_string(&labelled).map_err(|error| TeachError::Row(error.to_string()))?);
                replay.push('\n');
            }
        }
        let intents: Vec<&str> = self.intents.iter().map(String::as_str).collect();
        let taught: Vec<&str> = self.taught().collect();
        let count = |part: Part| self.rows.iter().filter(|row| row.part == part).count();
        let origin = format!(
            "The models taught: revision {}. Rows: {} examples of {}; {} messages replayed, {} more to keep.",
            encoder.revision(),
            count(Part::Example),
            taught.join(", "),
            count(Part::Replay),
            count(Part::Keep),
        );
        encoder
            .with_heads(&Taught {
                heads: &learned.heads,
                intents: &intents,
                taxonomy: &self.taxonomy,
                replay: &replay,
                origin: &origin,
            })
            .map_err(TeachError::Models)
    }

    /// The layer of a head fitted to some rows, from where it stands; a new intent starts at nothing.
    fn fit(&self, head: &Head, samples: &Samples) -> Result<Layer, FitError> {
        let labels = self.intents.len();
        let known = head.layer.bias.len();
        let wider = |row: &[f32]| {
            row.iter().copied().chain(std::iter::repeat_n(0.0, labels.saturating_sub(known))).collect::<Vec<f32>>()
        };
        let centre = Layer {
            weight: head.layer.weight.chunks(known.max(1)).flat_map(wider).collect(),
            bias: wider(&head.layer.bias),
        };
        // All vectors of length 0 would leave no scale; then any strength will do.
        let square = samples.mean_square().max(f64::MIN_POSITIVE);
        let strength = |label| square * if label < known { KNOWN_STRENGTH } else { NEW_STRENGTH };
        let strengths: Vec<f64> = (0..labels).map(strength).collect();
        fit(samples, Prior { centre: &centre, strengths: &strengths })
    }

    /// For each row how many messages it stands for.
    fn weights(&self) -> Vec<f64> {
        let kept = self.rows.iter().filter(|row| row.part != Part::Example).count();
        let even = kept as f64 / self.known.max(1) as f64;
        let mut examples = vec![0.0; self.intents.len()];
        for row in self.rows.iter().filter(|row| row.part == Part::Example) {
            if let Some(count) = examples.get_mut(row.intent) {
                *count += 1.0;
            }
        }
        let weight = |row: &crate::lesson::Row| match row.part {
            Part::Example => examples.get(row.intent).map_or(1.0, |count| (even / count).max(1.0)),
            Part::Keep | Part::Replay => 1.0,
        };
        self.rows.iter().map(weight).collect()
    }
}

impl Model {
    fn head(self, heads: &IntentHeads) -> &Head {
        match self {
            Self::Fast => &heads.fast,
            Self::Deep => &heads.deep,
        }
    }

    fn vector(self, encoded: &Encoded) -> &[f32] {
        match self {
            Self::Fast => &encoded.fast,
            Self::Deep => &encoded.deep,
        }
    }

    fn logits(self, logits: &IntentLogits) -> &[f32] {
        match self {
            Self::Fast => &logits.fast,
            Self::Deep => &logits.deep,
        }
    }
}

/// Rounded to what a person reads; never 0.
fn hundredths(number: f64) -> f32 {
    ((number * 100.0).round().max(1.0) / 100.0) as f32
}
