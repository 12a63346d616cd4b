//! What `fenliu calibrate` can be asked.

use std::path::PathBuf;

use clap::Args;
use fenliu_calibrate::{By, Guarantee};

use super::{Engine, named};

/// Reads labelled messages that the models were not trained on, and chooses for each intent that the AI may answer the
/// lowest `ai` threshold for which the share of wrong intents among what the AI takes is at most --max-wrong, with
/// --confidence (Learn then Test, Angelopoulos and others, 2021). Where the data is too thin, the stricter of the
/// default and the present threshold stays. Without --write and --out nothing is written.
#[derive(Debug, Args)]
pub(crate) struct Calibrate {
    /// JSON lines as `fenliu eval` takes them, drawn as the messages that will come
    #[arg(value_name = "LABELLED")]
    pub(crate) file: PathBuf,
    /// The allowed share of wrong intents among what the AI takes
    #[arg(long, value_name = "SHARE", default_value_t = 0.02)]
    pub(crate) max_wrong: f64,
    /// The allowed share of messages at or above `assisted` whose intent is not among the first two; it can raise that
    /// threshold and never lowers it
    #[arg(long, value_name = "SHARE", default_value_t = 0.2)]
    pub(crate) max_unclear: f64,
    /// How sure each of the two promises must be
    #[arg(long, value_name = "SHARE", default_value_t = 0.95)]
    pub(crate) confidence: f64,
    /// Which messages share a threshold: those read as one `intent`, and those of a domain where they are too few; all
    /// of a `domain`; or `all`
    #[arg(long, value_name = "GROUPS", default_value = "intent", value_parser = named(By::ALL, By::as_str))]
    pub(crate) by: By,
    /// Whether the confidence holds for all groups `together`, and so for all that the AI takes in them, or for `each`
    /// alone, which takes fewer messages
    #[arg(long, value_name = "OF", default_value = "together", value_parser = named(Guarantee::ALL, Guarantee::as_str))]
    pub(crate) guarantee: Guarantee,
    /// Write the policy with its new thresholds to a new file
    #[arg(long, value_name = "FILE", conflicts_with = "write")]
    pub(crate) out: Option<PathBuf>,
    /// Write the new thresholds into the file of --policy; all else in it stays as it is
    #[arg(long)]
    pub(crate) write: bool,
    /// Write the figures and the pictures, as SVG and PNG, into this directory; they hold no message
    #[arg(long, value_name = "DIR")]
    pub(crate) report: Option<PathBuf>,
    /// Write the figures as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// Leave `before` and `before_customer` unread
    #[arg(long)]
    pub(crate) without_context: bool,
    #[command(flatten)]
    pub(crate) engine: Engine,
}
