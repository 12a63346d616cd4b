//! `fenliu eval`: routes labelled messages and measures how far labels and outcomes agree.

mod figures;
mod table;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufReader, Write};
use std::time::Instant;

use fenliu::{Emotion, Engine, Inquiry};
use serde::Deserialize;

use crate::args::Eval;
use crate::exit::{Done, Failure, complain};
use crate::lines::{Line, Lines};
use figures::{Figures, Scored};

/// A labelled message; further fields of the row do not concern us.
#[derive(Deserialize)]
struct Row {
    text: String,
    intent: String,
    emotion: Emotion,
}

/// The intent that stands for an empty ranking.
const NOTHING: &str = "unclear";

pub(crate) fn run(options: &Eval) -> Result<Done, Failure> {
    let engine = options.engine.load()?;
    let path = options.file.display();
    let file = File::open(&options.file).map_err(|error| Failure::usage(format!("{path}: {error}")))?;
    let bar = progress(file.metadata().map_or(0, |metadata| metadata.len()));
    let mut lines = Lines::new(BufReader::new(bar.wrap_read(file)));
    let mut scored = Vec::new();
    let mut bad = 0usize;
    while let Some(line) = lines.next()? {
        let number = line.number;
        match score(&engine, line) {
            Ok(row) => scored.push(row),
            Err(error) => {
                bad += 1;
                bar.suspend(|| complain(&format!("{path}:{number}: {error}")));
            }
        }
    }
    bar.finish_and_clear();
    if scored.is_empty() {
        return Err(Failure::usage(format!(
            "{path}: no labelled message, expected rows with `text`, `intent` and `emotion`"
        )));
    }
    let figures = Figures::new(&scored);
    let mut out = io::stdout().lock();
    if options.json {
        writeln!(out, "{}", serde_json::to_string(&figures).map_err(Failure::usage)?)?;
    } else {
        table::write(&mut out, &figures)?;
    }
    Ok(if bad == 0 { Done::All } else { Done::WithFailures })
}

/// A bar on standard error, and only where that is a terminal.
fn progress(bytes: u64) -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new(bytes);
    if let Ok(style) = indicatif::ProgressStyle::with_template("{bar:40} {percent:>3}%  {eta} left") {
        bar.set_style(style);
    }
    bar
}

fn score(engine: &Engine, line: Line) -> Result<Scored, String> {
    let row: Row = serde_json::from_str(&line.text?).map_err(|error| error.to_string())?;
    let wanted: Vec<String> = row.intent.split('+').map(str::to_owned).collect();
    if let Some(unknown) = wanted.iter().find(|intent| engine.taxonomy().id(intent).is_none()) {
        return Err(format!("unknown intent `{unknown}`"));
    }
    let inquiry = Inquiry::new(row.text);
    let started = Instant::now();
    let outcome = engine.route(&inquiry).map_err(|error| error.to_string())?;
    let took = started.elapsed();
    Ok(Scored {
        wanted,
        found: outcome.intents.first().map_or_else(|| NOTHING.to_owned(), |intent| intent.id.clone()),
        emotion_wanted: row.emotion,
        emotion_found: outcome.emotion.id,
        tier: outcome.tier,
        answered_by: outcome.answered_by,
        took,
    })
}

/// Counts in the order of their keys.
type Counts<K> = BTreeMap<K, usize>;
