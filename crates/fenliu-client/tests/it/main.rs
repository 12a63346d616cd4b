//! The client, against real services on loopback.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod access;
mod ask;
#[path = "../../../fenliu-server/tests/it/authority.rs"]
mod authority;
#[path = "../../../fenliu-server/tests/it/folder.rs"]
mod folder;
mod late;
mod running;

use running::{Running, inquiry};
