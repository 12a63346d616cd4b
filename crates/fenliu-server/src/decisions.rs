//! The decision log: one JSON line for each message routed, rotated by size. It is written by a thread of its own; what
//! it cannot write or keep up with is counted and lost, and no answer waits for it.

mod file;
mod mask;
mod writer;

use std::path::Path;

use fenliu::{Inquiry, Outcome, Reason, Revision};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use serde::Serialize;
use sha2::Sha256;

use crate::config::{DecisionLog, LoggedText};
use crate::digest;
use file::LogFile;
use writer::Writer;

/// A log that is open. What waits is written when it is dropped.
#[derive(Debug)]
pub(crate) struct Decisions {
    text: LoggedText,
    key: Vec<u8>,
    writer: Writer,
}

/// One line. Names are those of the outcome.
#[derive(Serialize)]
struct Line {
    at: Timestamp,
    decision_id: String,
    tier: &'static str,
    intent: Option<String>,
    confidence: Option<f32>,
    #[serde(rename = "match")]
    matched: &'static str,
    emotion: &'static str,
    group: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    transfer_to: Option<String>,
    priority: &'static str,
    reasons: Vec<Reason>,
    believed: &'static str,
    degraded: bool,
    profile: String,
    revision: Revision,
    /// A keyed digest: the same customer has the same one, and nobody reads the id off it.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conversation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl Decisions {
    /// What would keep it from being opened, each with its file; nothing is written.
    pub(crate) fn check(config: &DecisionLog) -> Result<(), String> {
        let file = LogFile::check(&config.file);
        let key = config.key.as_deref().map_or(Ok(()), |key| read_key(key).map(drop));
        let problems: Vec<String> = [file, key].into_iter().filter_map(Result::err).collect();
        if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
    }

    /// Opens the log. The error names the file.
    pub(crate) fn open(config: &DecisionLog) -> Result<Self, String> {
        let key = match &config.key {
            Some(file) => read_key(file)?,
            // Without one the digests of two runs cannot be compared, and no more than that.
            None => uuid::Uuid::new_v4().into_bytes().to_vec(),
        };
        let writer = Writer::start(LogFile::open(config)?).map_err(|error| error.to_string())?;
        Ok(Self { text: config.text, key, writer })
    }

    /// Notes one decision; never waits.
    pub(crate) fn note(&self, inquiry: &Inquiry, outcome: &Outcome) {
        self.writer.put(Line {
            at: Timestamp::now(),
            decision_id: outcome.decision_id.clone(),
            tier: outcome.tier.as_str(),
            intent: outcome.intents.first().map(|intent| intent.id.clone()),
            confidence: outcome.intents.first().map(|intent| intent.confidence),
            matched: outcome.matched.as_str(),
            emotion: outcome.emotion.id.as_str(),
            group: outcome.group.clone(),
            transfer_to: outcome.transfer_to.clone(),
            priority: outcome.priority.as_str(),
            reasons: outcome.reasons.clone(),
            believed: outcome.believed.as_str(),
            degraded: outcome.degraded,
            profile: outcome.profile.clone(),
            revision: outcome.revision.clone(),
            customer: inquiry.customer.as_ref().and_then(|customer| customer.id.as_deref()).map(|id| self.digest(id)),
            conversation: inquiry.conversation.as_ref().and_then(|it| it.id.as_deref()).map(|id| self.digest(id)),
            text: match self.text {
                LoggedText::Absent => None,
                LoggedText::Masked => Some(mask::masked(&inquiry.text, &outcome.entities)),
            },
        });
    }

    /// Lines written, and lines lost.
    pub(crate) fn counts(&self) -> (u64, u64) {
        self.writer.counts()
    }

    fn digest(&self, id: &str) -> String {
        // A key may have any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return String::new() };
        mac.update(id.as_bytes());
        digest::short(&mac.finalize().into_bytes())
    }
}

fn read_key(file: &Path) -> Result<Vec<u8>, String> {
    let key = std::fs::read(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let key = key.trim_ascii().to_vec();
    if key.len() < 16 {
        return Err(format!("{}: a key of {} bytes, expected 16 or more", file.display(), key.len()));
    }
    Ok(key)
}
