//! The gRPC service of fenliu. Thin: convert, call, convert; the only crate that opens sockets to callers.
//!
//! Inference runs on threads of its own, never on those that serve connections. No text of a customer is logged.

mod admin;
mod call;
mod config;
mod convert;
mod decisions;
mod digest;
mod door;
mod gate;
mod http;
mod listen;
mod metrics;
mod reload;
mod serve;
mod service;
mod start;
mod state;
mod tls;
mod tokens;
mod watch;

/// The wire types of `fenliu.v1`.
pub use fenliu_proto as wire;

pub use call::CALLS;
pub use config::{Admin, Config, DecisionLog, Drain, Limits, LoggedText, Quota, Tls};
pub use serve::{ServeError, Server};
pub use start::Start;
