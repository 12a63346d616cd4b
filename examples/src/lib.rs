//! What the programs in `examples/` share: rows in from standard input, rows out to standard output.
#![expect(clippy::print_stderr, reason = "a program's own error line")]

use std::error::Error;
use std::io::{BufRead, Write};
use std::process::ExitCode;

use serde_json::{Map, Value};

/// One JSON object of a line.
pub type Row = Map<String, Value>;

/// Ends a program: what went wrong stands on standard error under its name, and the exit code is 2.
pub fn end(name: &str, done: Result<(), Box<dyn Error>>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error}");
            ExitCode::from(2)
        }
    }
}

/// Hands each row, and its `text`, to `work` and writes what became of it, a line for each.
///
/// # Errors
///
/// The first line that is no JSON object with a string `text`, or that `work` refuses, with its number.
pub fn each_row(mut work: impl FnMut(&mut Row, &str) -> Result<(), String>) -> Result<(), Box<dyn Error>> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for (index, line) in std::io::stdin().lock().lines().enumerate() {
        let named = |error: String| format!("line {}: {error}", index + 1);
        let mut row: Row = serde_json::from_str(&line?).map_err(|error| named(error.to_string()))?;
        let text = row.get("text").and_then(Value::as_str).ok_or_else(|| named("expected a string `text`".into()))?;
        let text = text.to_owned();
        work(&mut row, &text).map_err(named)?;
        serde_json::to_writer(&mut out, &row)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Ok(())
}
