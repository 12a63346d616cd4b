//! A file of labelled messages, one after the other; a line that is none is reported and left out.

use std::path::Path;

use fenliu::{Inquiry, Taxonomy};

use super::{Context, Labels, parse};
use crate::exit::Failure;
use crate::messages::Messages;

/// A file that is open, so that what may fail early does.
#[derive(Debug)]
pub(crate) struct Labelled<'a> {
    path: &'a Path,
    messages: Messages<'a>,
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
        Ok(Self { path, messages: Messages::open(path)? })
    }

    /// Does the same with every message.
    pub(crate) fn each<T>(
        self,
        taxonomy: &Taxonomy,
        context: Context,
        act: impl Fn(Inquiry, Labels) -> Result<T, String>,
    ) -> Result<Gathered<T>, Failure> {
        let mut rows = Vec::new();
        let bad = self.messages.each(|_, line| {
            let (inquiry, labels) = parse(line, taxonomy, context)?;
            rows.push(act(inquiry, labels)?);
            Ok(())
        })?;
        if rows.is_empty() {
            return Err(Failure::usage(format!(
                "{}: no labelled message, expected rows with `text`, `intent` and `emotion`",
                self.path.display()
            )));
        }
        Ok(Gathered { rows, bad })
    }

    /// The name of the file, without its folder.
    pub(crate) fn name(path: &Path) -> String {
        path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }
}
