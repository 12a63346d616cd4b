//! Prepares labelled rows for training: reads JSON lines with `text`, adds `norm` (the normalised text that every
//! stage reads), `features` (the fast model's ids) and, where the row has `before` (the shop's last turn) or
//! `before_customer` (the customer's previous one), `norm_before`, so that training and serving share one normaliser.
//!
//!     cargo run --release -p fenliu-examples --example prepare -- WORDS.txt < in.jsonl > out.jsonl
#![expect(clippy::print_stderr, reason = "a program's own error line")]

use std::io::{BufRead, Write};
use std::process::ExitCode;

use fenliu::{Normaliser, Segmenter, before, features};

fn main() -> ExitCode {
    match prepare() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("prepare: {error}");
            ExitCode::from(2)
        }
    }
}

fn prepare() -> Result<(), Box<dyn std::error::Error>> {
    let words = std::env::args().nth(1).ok_or("expected the path of a word list as the only argument")?;
    let words = std::fs::read_to_string(&words).map_err(|error| format!("{words}: {error}"))?;
    let segmenter = Segmenter::new(&words)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let normaliser = Normaliser::new();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (index, line) in std::io::stdin().lock().lines().enumerate() {
        let number = index + 1;
        let named = |error: String| format!("line {number}: {error}");
        let mut row: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&line?).map_err(|error| named(error.to_string()))?;
        let raw =
            row.get("text").and_then(|text| text.as_str()).ok_or_else(|| named("expected a string `text`".into()))?;
        let text = normaliser.read(raw).map_err(|error| named(error.to_string()))?;
        let excerpt = text.excerpt().into_owned();
        row.insert("features".to_owned(), features(&excerpt, &segmenter.cut(&excerpt)).into());
        row.insert("norm".to_owned(), excerpt.into());
        let said = |key: &str| row.get(key).and_then(|said| said.as_str()).unwrap_or_default();
        let before = before(&normaliser, [said("before_customer"), said("before")]);
        if !before.is_empty() {
            row.insert("norm_before".to_owned(), before.into());
        }
        serde_json::to_writer(&mut out, &row)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
