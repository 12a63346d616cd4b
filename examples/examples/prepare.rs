//! Prepares labelled rows for training: reads JSON lines with `text`, adds `norm` (the normalised text that every
//! stage reads), `features` (the fast model's ids) and, where the row has `before` (the shop's last turn) or
//! `before_customer` (the customer's previous one), `norm_before`, so that training and serving share one normaliser.
//!
//!     cargo run --release -p fenliu-examples --example prepare -- WORDS.txt < in.jsonl > out.jsonl

use std::process::ExitCode;

use fenliu::{Normaliser, Segmenter, before, features};
use fenliu_examples::{Row, each_row, end};

fn main() -> ExitCode {
    end("prepare", prepare())
}

fn prepare() -> Result<(), Box<dyn std::error::Error>> {
    let words = std::env::args().nth(1).ok_or("expected the path of a word list as the only argument")?;
    let words = std::fs::read_to_string(&words).map_err(|error| format!("{words}: {error}"))?;
    let segmenter = Segmenter::new(&words)
        .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let normaliser = Normaliser::new();
    each_row(|row, raw| {
        let text = normaliser.read(raw).map_err(|error| error.to_string())?;
        let excerpt = text.excerpt().into_owned();
        row.insert("features".to_owned(), features(&excerpt, &segmenter.cut(&excerpt)).into());
        row.insert("norm".to_owned(), excerpt.into());
        let said = |row: &Row, key: &str| row.get(key).and_then(|said| said.as_str()).unwrap_or_default().to_owned();
        let turns = [said(row, "before_customer"), said(row, "before")];
        let before = before(&normaliser, turns.iter().map(String::as_str));
        if !before.is_empty() {
            row.insert("norm_before".to_owned(), before.into());
        }
        Ok(())
    })
}
