//! The pictures of an evaluation; nothing is computed here that a picture does not need.

mod confusion;
mod coverage_risk;
mod reliability;

pub(super) use confusion::confusion;
pub(super) use coverage_risk::coverage_risk;
pub(super) use reliability::reliability;
