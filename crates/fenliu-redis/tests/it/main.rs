//! The store against real servers, which the tests start on a free port of this machine and stop again.
//!
//! `FENLIU_REDIS_SERVER` names the program, `redis-server` where it is not set; `valkey-server` does as well. Where
//! there is no such program the tests say so and do nothing, unless `FENLIU_REDIS_SERVER` is set.
#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stderr, reason = "a test may fail loudly")]

mod cluster;
mod config;
mod server;
mod shared;
mod trouble;
mod written;

use std::time::{Duration, Instant};

use fenliu::{KeptTurn, Speaker, Visit};
use fenliu_redis::{RedisConfig, RedisStore};
use jiff::Timestamp;

use crate::server::Server;

/// When the messages of the tests come in, so many seconds after a first one.
fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

fn said(text: &str) -> [KeptTurn; 1] {
    [KeptTurn::new(Speaker::Customer, text)]
}

/// A store for a server that works, which waits so long that a busy machine does not matter.
fn patient(server: &Server) -> RedisConfig {
    let mut config = RedisConfig::new([server.url()]);
    config.limit_ms = 20_000;
    config.pause_ms = 100;
    config
}

fn store(config: &RedisConfig) -> RedisStore {
    RedisStore::connect(config).unwrap()
}

/// Tries until it is so; fails after ten seconds.
fn until(what: &str, mut so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !so() {
        assert!(start.elapsed() < Duration::from_secs(10), "waited for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A visit of one message.
fn visit<'a>(conversation: &'a str, turns: &'a [KeptTurn]) -> Visit<'a> {
    Visit::new(conversation, turns, at(0))
}
