//! Where earlier turns are kept.

use std::sync::Arc;
use std::time::Duration;

use fenliu::{EmbeddedStore, Live, StoreLimits};
use fenliu_redis::{RedisConfig, RedisStore};

use crate::args::Conversations;

/// A conversation is forgotten in memory a day after its last message; whoever comes back later begins anew.
const IDLE: Duration = Duration::from_secs(24 * 60 * 60);

/// How much is kept in memory where nobody says so.
const MEGABYTES: usize = 256;

/// With the store that was asked for. A server that is not there yet is no failure: messages are routed without
/// history until it is.
pub(super) fn with(live: Live, options: &Conversations) -> Result<Live, String> {
    match options.store.as_deref().unwrap_or("memory") {
        "none" => Ok(live),
        "memory" => {
            let bytes = options.megabytes.unwrap_or(MEGABYTES).saturating_mul(1_000_000);
            Ok(live.with_store(Arc::new(EmbeddedStore::new(StoreLimits::new(bytes, IDLE)))))
        }
        urls => {
            let mut config = RedisConfig::new(urls.split(',').map(str::trim));
            if let Some(limit) = options.limit {
                config.limit_ms = u64::try_from(limit.0.as_millis()).unwrap_or(u64::MAX);
            }
            let store = RedisStore::connect(&config)
                .map_err(|error| format!("--conversations: {error}, or `memory`, or `none`"))?;
            Ok(live.with_store(Arc::new(store)))
        }
    }
}
