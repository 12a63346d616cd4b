//! The decision log: one JSON line for each message routed, rotated by size. It is written by a thread of its own; what
//! it cannot keep up with is counted and lost, and no answer waits for it.

mod mask;

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use fenliu::{Inquiry, Outcome, Reason, Revision};
use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use serde::Serialize;
use sha2::Sha256;

use crate::config::{DecisionLog, LoggedText};
use crate::digest;

/// How many lines may wait to be written.
const WAITING: usize = 4096;

/// A log that is open. What waits is written when it is dropped.
#[derive(Debug)]
pub(crate) struct Decisions {
    text: LoggedText,
    key: Vec<u8>,
    send: Option<SyncSender<Line>>,
    writer: Option<JoinHandle<()>>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    written: AtomicU64,
    lost: AtomicU64,
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
        let said = |error: std::io::Error| format!("{}: {error}", config.file.display());
        let file = match std::fs::OpenOptions::new().append(true).open(&config.file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let folder = config.file.parent().filter(|folder| !folder.as_os_str().is_empty());
                std::fs::metadata(folder.unwrap_or(Path::new("."))).map(drop).map_err(said)
            }
            other => other.map(drop).map_err(said),
        };
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
        // The rotation panics where it cannot open its file; so we see first whether it can.
        std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&config.file)
            .map_err(|error| format!("{}: {error}", config.file.display()))?;
        let limit = ContentLimit::BytesSurpassed(config.bytes);
        let file = FileRotate::new(&config.file, AppendCount::new(config.files), limit, Compression::None, None);
        let (send, receive) = sync_channel(WAITING);
        let counts = Arc::new(Counts::default());
        let counted = Arc::clone(&counts);
        let writer = std::thread::Builder::new()
            .name("fenliu-decisions".to_owned())
            .spawn(move || write(&receive, file, &counted))
            .map_err(|error| error.to_string())?;
        Ok(Self { text: config.text, key, send: Some(send), writer: Some(writer), counts })
    }

    /// Notes one decision; never waits.
    pub(crate) fn note(&self, inquiry: &Inquiry, outcome: &Outcome) {
        let line = Line {
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
        };
        if self.send.as_ref().is_none_or(|send| send.try_send(line).is_err()) {
            self.counts.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Lines written, and lines lost.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.counts.written.load(Ordering::Relaxed), self.counts.lost.load(Ordering::Relaxed))
    }

    fn digest(&self, id: &str) -> String {
        // A key may have any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.key) else { return String::new() };
        mac.update(id.as_bytes());
        digest::short(&mac.finalize().into_bytes())
    }
}

impl Drop for Decisions {
    fn drop(&mut self) {
        drop(self.send.take());
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
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

fn write(lines: &Receiver<Line>, mut file: FileRotate<AppendCount>, counts: &Counts) {
    let mut failing = false;
    while let Ok(line) = lines.recv() {
        let written = serde_json::to_vec(&line).map_err(std::io::Error::from).and_then(|mut json| {
            json.push(b'\n');
            file.write_all(&json)
        });
        match written {
            Ok(()) => {
                failing = false;
                counts.written.fetch_add(1, Ordering::Relaxed);
            }
            Err(error) => {
                counts.lost.fetch_add(1, Ordering::Relaxed);
                if !failing {
                    tracing::error!(%error, "the decision log cannot be written");
                }
                failing = true;
            }
        }
    }
}
