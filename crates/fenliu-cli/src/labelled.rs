//! Labelled messages, as `eval` and `calibrate` read them: lines in, messages with what the engine found out.

mod due;
mod file;
mod kinds;
mod row;
mod scored;

pub(crate) use due::Due;
pub(crate) use file::Labelled;
pub(crate) use kinds::Kinds;
pub(crate) use row::Context;
use row::parse;
pub(crate) use scored::{Answer, Labels, Scored};
