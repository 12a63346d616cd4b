//! The client, against real services on loopback.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod access;
mod ask;
mod late;
mod running;

use running::{Running, inquiry};
