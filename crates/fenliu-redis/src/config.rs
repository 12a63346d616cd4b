//! Where the servers are and how long one may take; plain data, and its check.

use std::time::Duration;

use serde::Deserialize;

/// Where the servers are and how long one may take.
///
/// It is read and never written, for a URL may hold a password; `Debug` leaves the URLs out.
///
/// # Examples
///
/// ```
/// use fenliu_redis::RedisConfig;
/// let config: RedisConfig = serde_json::from_str(r#"{"urls": ["redis://cache.shop:6379"], "limit_ms": 10}"#).unwrap();
/// assert_eq!((config.limit_ms, config.prefix.as_str()), (10, "fenliu"));
/// ```
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RedisConfig {
    /// `redis://[user:password@]host[:port][/database]`, or `rediss://` with TLS. One is a single server, several are
    /// servers of one cluster.
    pub urls: Vec<String>,
    /// What every key starts with.
    #[serde(default = "default_prefix")]
    pub prefix: String,
    /// For how many seconds a conversation is kept after its last message.
    #[serde(default = "default_ttl_s")]
    pub ttl_s: u64,
    /// How many milliseconds a message waits for its history at most.
    #[serde(default = "default_limit_ms")]
    pub limit_ms: u64,
    /// For how many milliseconds a server is left alone after a failure; messages are then routed without history at
    /// once.
    #[serde(default = "default_pause_ms")]
    pub pause_ms: u64,
    /// How many connections to a single server are held. Each carries many messages at once; a cluster has one to
    /// each of its servers.
    #[serde(default = "default_connections")]
    pub connections: usize,
}

/// Why there is no store.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectError {
    /// The configuration cannot be meant; everything that is wrong with it.
    #[error("the conversation store cannot be configured so: {}", .0.join("; "))]
    Config(Vec<String>),
    /// The system gives no thread.
    #[error("the conversation store cannot start its thread: {0}")]
    Thread(#[from] std::io::Error),
}

impl RedisConfig {
    /// These servers, and what is usual for the rest.
    #[must_use]
    pub fn new(urls: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            urls: urls.into_iter().map(Into::into).collect(),
            prefix: default_prefix(),
            ttl_s: default_ttl_s(),
            limit_ms: default_limit_ms(),
            pause_ms: default_pause_ms(),
            connections: default_connections(),
        }
    }

    pub(crate) fn limit(&self) -> Duration {
        Duration::from_millis(self.limit_ms)
    }

    pub(crate) fn pause(&self) -> Duration {
        Duration::from_millis(self.pause_ms)
    }

    /// Everything that is wrong beside the URLs.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.prefix.is_empty() || self.prefix.contains(['{', '}']) || self.prefix.contains(char::is_whitespace) {
            problems.push(format!("`prefix` is `{}`, expected letters without braces and spaces", self.prefix));
        }
        let numbers = [
            ("ttl_s", self.ttl_s, 1, TTL_MOST_S),
            ("limit_ms", self.limit_ms, 1, LIMIT_MOST_MS),
            ("pause_ms", self.pause_ms, 1, LIMIT_MOST_MS),
            ("connections", self.connections as u64, 1, CONNECTIONS_MOST),
        ];
        for (name, number, least, most) in numbers {
            if !(least..=most).contains(&number) {
                problems.push(format!("`{name}` is {number}, expected {least} to {most}"));
            }
        }
        problems
    }
}

impl std::fmt::Debug for RedisConfig {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisConfig")
            .field("prefix", &self.prefix)
            .field("ttl_s", &self.ttl_s)
            .field("limit_ms", &self.limit_ms)
            .field("pause_ms", &self.pause_ms)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

/// Ninety days: what is kept for longer is an archive, not what was said before.
const TTL_MOST_S: u64 = 90 * 24 * 60 * 60;
/// A minute: who can wait longer for history does not need it.
const LIMIT_MOST_MS: u64 = 60_000;
/// Each carries many messages, so that more than this is a mistake.
const CONNECTIONS_MOST: u64 = 64;

fn default_prefix() -> String {
    "fenliu".to_owned()
}

/// A day: whoever comes back later begins anew.
fn default_ttl_s() -> u64 {
    24 * 60 * 60
}

/// A tenth of the 200 ms that a decision may take; a server nearby answers in less than one.
fn default_limit_ms() -> u64 {
    20
}

/// Half a second without history for a server that failed, against 20 ms for each message that finds out anew.
fn default_pause_ms() -> u64 {
    500
}

/// Two: when one stands, the other goes on.
fn default_connections() -> usize {
    2
}
