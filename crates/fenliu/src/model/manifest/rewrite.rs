//! The manifest of a taught directory: the old one's facts with new labels, digests and temperatures.

use crate::digest::hex;
use crate::model::encoder::Taught;
use crate::model::files::ModelFiles;

use super::{File, ModelError, NAME, ReplayTable};

/// The text of `model.toml` for the files of a taught directory.
pub(in crate::model) fn rewritten(
    manifest: &str,
    taught: &Taught<'_>,
    files: &ModelFiles,
) -> Result<String, ModelError> {
    let mut file = File::read(manifest)?;
    file.intents = taught.intents.iter().map(|id| (*id).to_owned()).collect();
    file.fast.sha256 = hex(&files.fast);
    file.deep.sha256 = hex(&files.deep);
    file.fast.calibration.temperature_intent = taught.heads.fast.temperature;
    file.deep.calibration.temperature_intent = taught.heads.deep.temperature;
    file.cascade.accept = taught.heads.accept;
    // A fast model that is not trusted alone is trusted no more where it has not read what was said before.
    file.cascade.accept_after = file.cascade.accept_after.max(taught.heads.accept);
    file.replay = files
        .replay
        .as_ref()
        .map(|contents| ReplayTable { file: ModelFiles::REPLAY.to_owned(), sha256: hex(contents.as_bytes()) });
    let body = toml::to_string_pretty(&file).map_err(|error| ModelError::new(NAME, error.to_string()))?;
    let origin: String = taught.origin.lines().map(|line| format!("# {line}\n")).collect();
    Ok(format!(
        "# What the engine must know about the models in this folder. Written by `fenliu teach`.\n\
         # Taught anew: the labels, the digests, both `temperature_intent`, and `accept` where it rose; all other\n\
         # numbers are those of the models that were taught.\n{origin}\n{body}"
    ))
}
