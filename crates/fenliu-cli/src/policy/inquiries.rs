//! The messages of a file, one inquiry or one labelled row a line.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use fenliu::{Conversation, Inquiry, Speaker, Turn};
use indicatif::ProgressBar;
use serde::Deserialize;

use crate::exit::{Failure, complain};
use crate::lines::Lines;

/// A labelled row; what it says beside these does not concern us.
#[derive(Deserialize)]
struct Labelled {
    text: String,
    /// The shop's last turn.
    before: Option<String>,
    /// The customer's turn before that.
    before_customer: Option<String>,
}

/// Opens a file of messages.
pub(super) fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))
}

/// Gives each message with the number of its line to `each`. A line that is no good is reported and left out; how
/// many there were is returned.
pub(super) fn each(
    path: &Path,
    file: File,
    mut each: impl FnMut(usize, Inquiry) -> Result<(), String>,
) -> Result<usize, Failure> {
    let path = path.display();
    let bar = progress(file.metadata().map_or(0, |metadata| metadata.len()));
    let mut lines = Lines::new(BufReader::new(bar.wrap_read(file)));
    let mut bad = 0;
    while let Some(line) = lines.next().map_err(|error| Failure::usage(format!("{path}: {error}")))? {
        let done = line.text.and_then(|text| parse(&text)).and_then(|inquiry| each(line.number, inquiry));
        if let Err(error) = done {
            bad += 1;
            bar.suspend(|| complain(&format!("{path}:{}: {error}", line.number)));
        }
    }
    bar.finish_and_clear();
    Ok(bad)
}

/// An inquiry has no field `intent`; what has one is a labelled row.
fn parse(line: &str) -> Result<Inquiry, String> {
    let told = |error: serde_json::Error| error.to_string().replace(" at line 1 column ", " at column ");
    let value: serde_json::Value = serde_json::from_str(line).map_err(told)?;
    if value.get("intent").is_none() {
        return serde_json::from_value(value).map_err(told);
    }
    let row: Labelled = serde_json::from_value(value).map_err(told)?;
    let said = [(Speaker::Customer, row.before_customer), (Speaker::Agent, row.before)];
    let mut conversation = Conversation::default();
    conversation.turns.extend(said.into_iter().filter_map(|(speaker, text)| {
        text.filter(|text| !text.trim().is_empty()).map(|text| Turn::new(speaker, text))
    }));
    let inquiry = Inquiry::new(row.text);
    Ok(if conversation.turns.is_empty() { inquiry } else { inquiry.conversation(conversation) })
}

/// A bar on standard error, and only where that is a terminal.
fn progress(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = indicatif::ProgressStyle::with_template("{bar:40} {percent:>3}%  {eta} left") {
        bar.set_style(style);
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inquiry_and_a_labelled_row_are_told_apart() {
        let inquiry = parse(r#"{"text": "到哪了", "profile": "night"}"#).unwrap();
        assert_eq!(inquiry.profile.as_deref(), Some("night"));
        let row =
            r#"{"text": "昨天那单", "intent": "track", "source": "x", "before": "哪一单", "before_customer": " "}"#;
        let turns = parse(row).unwrap().conversation.unwrap().turns;
        assert_eq!(turns, [Turn::new(Speaker::Agent, "哪一单")]);
        for (line, expected) in [
            (r#"{"text": "在吗", "chanel": "chat"}"#, "unknown field `chanel`"),
            (r#"{"intent": "track"}"#, "missing field `text`"),
            (r#"{"text": "#, "EOF while parsing a value at column 9"),
            ("[]", "invalid"),
        ] {
            let error = parse(line).unwrap_err();
            assert!(error.contains(expected), "{line}: {error}");
        }
    }
}
