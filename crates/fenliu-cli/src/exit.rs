//! How a command ends: what is said on standard error, and the exit code.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use crate::{colour, draw};

/// How a command ended that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// All of it.
    All,
    /// Something failed, such as a line or a case; each was reported.
    WithFailures,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody reads our output any more: no fault of anybody's.
    BrokenPipe,
    /// Anything that the caller must mend.
    Usage(String),
    /// The same, drawn under the text that is meant, for standard error as it is.
    Drawn(String),
}

impl Failure {
    pub(crate) fn usage(what: impl Display) -> Self {
        Self::Usage(what.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe { Self::BrokenPipe } else { Self::usage(error) }
    }
}

impl From<fenliu::LoadError> for Failure {
    fn from(error: fenliu::LoadError) -> Self {
        Self::Drawn(draw::load_error(&error))
    }
}

pub(crate) fn code(done: Result<Done, Failure>) -> ExitCode {
    match done {
        Ok(Done::All) | Err(Failure::BrokenPipe) => ExitCode::SUCCESS,
        Ok(Done::WithFailures) => ExitCode::from(1),
        Err(Failure::Usage(what)) => {
            complain(&what);
            ExitCode::from(2)
        }
        Err(Failure::Drawn(report)) => {
            let _ = colour::stderr().write_all(report.as_bytes());
            ExitCode::from(2)
        }
    }
}

/// One complaint on standard error; should that be closed, there is nobody left to tell.
pub(crate) fn complain(what: &str) {
    let _ = writeln!(io::stderr().lock(), "fenliu: {}", what.trim_end());
}
