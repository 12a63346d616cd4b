//! The service, asked by a real client over loopback.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod access;
mod admin;
mod authority;
mod decisions;
mod folder;
mod json;
mod load;
mod observability;
mod reload;
mod router;
mod running;
mod stop;
mod stream;
mod web;

use running::Running;
