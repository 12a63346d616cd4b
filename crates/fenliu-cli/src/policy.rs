//! `fenliu policy`: checks, tests and compares policies.

mod cases;
mod check;
mod coverage;
mod diff;
mod inquiry;
mod tally;
mod test;

use std::sync::Arc;

use fenliu::{Engine, Inquiry, Reading};

use crate::args::{Policy, PolicyCommand};
use crate::exit::{Done, Failure};

pub(crate) fn run(options: &Policy) -> Result<Done, Failure> {
    match &options.command {
        PolicyCommand::Check(options) => check::run(options),
        PolicyCommand::Test(options) => test::run(options),
        PolicyCommand::Diff(options) => diff::run(options),
    }
}

/// The facts about one message, for any policy: the engine's own may lack a profile that another has.
fn read(engine: &Engine, inquiry: &Inquiry) -> Result<Reading, String> {
    let mut reading = engine.read(inquiry).map_err(|error| error.to_string())?;
    reading.profile = inquiry.profile.as_deref().map(Arc::from);
    reading.profile_unknown = false;
    Ok(reading)
}

/// `1 case`, `2 cases`.
fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
