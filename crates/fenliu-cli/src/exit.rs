//! How a command ends: what is said on standard error, and the exit code.

use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

/// How a command ended that did its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Done {
    /// All of it.
    All,
    /// Some lines failed; each was reported.
    WithFailures,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Nobody reads our output any more: no fault of anybody's.
    BrokenPipe,
    /// Anything that the caller must mend.
    Usage(String),
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
        Self::usage(error)
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
    }
}

/// One complaint on standard error; should that be closed, there is nobody left to tell.
pub(crate) fn complain(what: &str) {
    let _ = writeln!(io::stderr().lock(), "fenliu: {}", what.trim_end());
}
