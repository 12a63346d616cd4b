//! What earlier turns of conversations said, kept in Redis or Valkey, so that many instances serve one conversation.
//!
//! A message makes one round trip: its conversation is read and added to by one script, and its customer's contacts
//! are counted by another that travels at the same time, for in a cluster they may lie on different servers. Only a
//! server that has just started is sent each script as a whole, which is one round trip more.
//! A server that is dead, hangs or refuses never holds a message for longer than the limit: the message is then
//! routed without history, the server is left alone for a short pause, and it is connected anew in the background.
//!
//! Redis 5 or later, or Valkey, which speaks the same protocol; tested with Redis 7.0. The user needs the commands
//! `EVAL`, `EVALSHA` and `PING`, and those of the scripts.
//!
//! # Examples
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use fenliu::{ConversationStore, KeptTurn, Speaker, Visit};
//! use fenliu_redis::{RedisConfig, RedisStore};
//!
//! let store = RedisStore::connect(&RedisConfig::new(["redis://127.0.0.1:6379"]))?;
//! let said = [KeptTurn::new(Speaker::Customer, "到底发不发货")];
//! let kept = store.visit(&Visit::new("c-1", &said, "2026-06-18T12:00:00Z".parse()?))?;
//! println!("{} turns before this one", kept.turns_total);
//! # Ok(())
//! # }
//! ```
//!
//! # What is written
//!
//! With `HASH` for the 32 digits of a [`StoreKey`](fenliu::StoreKey), each with an expiry:
//!
//! | key | type | what |
//! |---|---|---|
//! | `PREFIX:{HASH}:turns` | list | the last turns, each the version `1`, the speaker `c`, `a` or `g`, and the text |
//! | `PREFIX:{HASH}:numbers` | hash | `turns`, `clarified` and `failures` with their numbers |
//! | `PREFIX:{HASH}:contacts` | sorted set | of a customer: conversations with the milliseconds at which they began |
//!
//! A turn of a version and a number of a name that are not known are passed over, so that instances of several
//! versions can serve one conversation.

mod breaker;
mod config;
mod link;
mod store;
mod value;

pub use config::{ConnectError, RedisConfig};
pub use store::RedisStore;
