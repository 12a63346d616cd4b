//! A file of labelled messages, one after the other; a line that is none is reported and left out.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use fenliu::{Inquiry, Taxonomy};
use indicatif::ProgressBar;

use super::{Context, Labels, parse};
use crate::exit::{Failure, complain};
use crate::lines::Lines;

/// A file that is open, so that what may fail early does.
#[derive(Debug)]
pub(crate) struct Labelled<'a> {
    path: &'a Path,
    file: File,
}

/// What came of the lines of a file.
#[derive(Debug)]
pub(crate) struct Gathered<T> {
    /// In the order of the file; never none.
    pub(crate) rows: Vec<T>,
    /// How many lines were no labelled message.
    pub(crate) bad: usize,
}

impl<'a> Labelled<'a> {
    pub(crate) fn open(path: &'a Path) -> Result<Self, Failure> {
        let file = File::open(path).map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        Ok(Self { path, file })
    }

    /// Does the same with every message.
    pub(crate) fn each<T>(
        self,
        taxonomy: &Taxonomy,
        context: Context,
        act: impl Fn(Inquiry, Labels) -> Result<T, String>,
    ) -> Result<Gathered<T>, Failure> {
        let path = self.path.display();
        let bar = progress(self.file.metadata().map_or(0, |metadata| metadata.len()));
        let mut lines = Lines::new(BufReader::new(bar.wrap_read(self.file)));
        let mut done = Gathered { rows: Vec::new(), bad: 0 };
        let one = |line: &str| parse(line, taxonomy, context).and_then(|(inquiry, labels)| act(inquiry, labels));
        while let Some(line) = lines.next().map_err(|error| Failure::usage(format!("{path}: {error}")))? {
            match line.text.and_then(|text| one(&text)) {
                Ok(row) => done.rows.push(row),
                Err(error) => {
                    done.bad += 1;
                    bar.suspend(|| complain(&format!("{path}:{}: {error}", line.number)));
                }
            }
        }
        bar.finish_and_clear();
        if done.rows.is_empty() {
            return Err(Failure::usage(format!(
                "{path}: no labelled message, expected rows with `text`, `intent` and `emotion`"
            )));
        }
        Ok(done)
    }

    /// The name of the file, without its folder.
    pub(crate) fn name(path: &Path) -> String {
        path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
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
