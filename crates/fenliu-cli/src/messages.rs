//! A file of messages, one JSON object a line; a line that is no good is reported and left out.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use fenliu::{Conversation, Inquiry, Speaker, Turn};
use indicatif::ProgressBar;

use crate::exit::{Failure, complain};
use crate::lines::Lines;

/// A file that is open, so that what may fail early does.
#[derive(Debug)]
pub(crate) struct Messages<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> Messages<'a> {
    pub(crate) fn open(path: &'a Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        Ok(Self { path, file })
    }

    /// Gives each line with its number to `act`, and gives back how many lines were no good.
    pub(crate) fn each(self, mut act: impl FnMut(usize, &str) -> Result<(), String>) -> Result<usize, Failure> {
        let path = self.path.display();
        let bar = progress(self.file.metadata().map_or(0, |metadata| metadata.len()));
        let mut lines = Lines::new(BufReader::new(bar.wrap_read(self.file)));
        let mut bad = 0;
        while let Some(line) = lines.next().map_err(|error| Failure::usage(format!("{path}: {error}")))? {
            if let Err(error) = line.text.and_then(|text| act(line.number, &text)) {
                bad += 1;
                bar.suspend(|| complain(&format!("{path}:{}: {error}", line.number)));
            }
        }
        bar.finish_and_clear();
        Ok(bad)
    }
}

/// A bar on standard error, and only where that is a terminal.
pub(crate) fn progress(length: u64) -> ProgressBar {
    let bar = ProgressBar::new(length);
    if let Ok(style) = indicatif::ProgressStyle::with_template("{bar:40} {percent:>3}%  {eta} left") {
        bar.set_style(style);
    }
    bar
}

/// What serde says of one line, which it would call line 1; ours has its own number.
pub(crate) fn without_line(error: serde_json::Error) -> String {
    error.to_string().replace(" at line 1 column ", " at column ")
}

/// Adds what was said, oldest first; a blank turn was not said.
pub(crate) fn with_turns(inquiry: Inquiry, said: [(Speaker, Option<String>); 2]) -> Inquiry {
    let turns = said
        .into_iter()
        .filter_map(|(speaker, text)| text.filter(|text| !text.trim().is_empty()).map(|text| Turn::new(speaker, text)));
    let mut conversation = Conversation::default();
    conversation.turns.extend(turns);
    if conversation.turns.is_empty() { inquiry } else { inquiry.conversation(conversation) }
}
