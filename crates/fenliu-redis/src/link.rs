//! The connections: the one room that knows the client library. What leaves it holds no password and no answer's words.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fenliu::{CONTACT_WINDOW, KEPT_TURNS, MAX_CONTACTS};
use redis::aio::{ConnectionLike, MultiplexedConnection};
#[cfg(feature = "cluster")]
use redis::cluster::ClusterClient;
#[cfg(feature = "cluster")]
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    AsyncConnectionConfig, Client, Cmd, ConnectionInfo, ErrorKind, FromRedisValue, IntoConnectionInfo, RedisError,
    RedisResult, Script,
};

use crate::config::RedisConfig;
use crate::value::{Contact, Found, Talk};

/// How long connecting may take, and the answer of a server that is asked whether it is still there. No message waits
/// for either.
pub(crate) const CONNECT_LIMIT: Duration = Duration::from_secs(1);

/// How often a cluster's answer that a slot has moved is followed.
#[cfg(feature = "cluster")]
const REDIRECTS: u32 = 2;

/// The scripts. A script is one command, and the client follows a slot that has moved for each command; for a
/// transaction of several it does not.
static TALK: LazyLock<Lua> = LazyLock::new(|| Lua::new(include_str!("talk.lua")));
static CONTACT: LazyLock<Lua> = LazyLock::new(|| Lua::new(include_str!("contact.lua")));
static NOTE: LazyLock<Lua> = LazyLock::new(|| Lua::new(include_str!("note.lua")));

/// The code of a server that does not know the digest of a script.
const UNKNOWN_SCRIPT: &str = "NOSCRIPT";

/// How URLs begin that ask for TLS.
const TLS: [&str; 2] = ["rediss:", "valkeys:"];

/// How many milliseconds lie between two tries at least and at most. The client's own 1,280 outlast any message, so
/// that one for a dead server would wait for its whole limit.
#[cfg(feature = "cluster")]
const RETRY_WAIT_MS: (u64, u64) = (1, 3);

/// Servers that can be connected to.
pub(crate) struct Plan {
    servers: Servers,
    connections: usize,
    /// Their addresses, for people.
    pub(crate) at: String,
}

enum Servers {
    One(Box<Client>),
    #[cfg(feature = "cluster")]
    Cluster(Box<ClusterClient>),
}

/// Connected servers. Each connection carries many questions at once.
pub(crate) enum Link {
    One {
        connections: Vec<MultiplexedConnection>,
        /// Which connection is next in turn.
        next: AtomicUsize,
    },
    #[cfg(feature = "cluster")]
    Cluster(ClusterConnection),
}

/// A script, and its digest as a server knows it.
struct Lua {
    code: &'static str,
    digest: Script,
}

/// A script's keys, all in one slot, and what it is told.
struct Question<'a> {
    keys: &'a [&'a str],
    arguments: Vec<Vec<u8>>,
}

/// What went wrong.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// The server cannot be reached, or the connection broke.
    Lost(String),
    /// The server said no; the code of its answer.
    Refused(String),
}

impl Plan {
    /// Checks the configuration; connects nothing.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it. No message quotes a URL, which may hold a password.
    pub(crate) fn new(config: &RedisConfig) -> Result<Self, Vec<String>> {
        let mut problems = config.problems();
        let mut servers = Vec::new();
        for (at, url) in config.urls.iter().enumerate() {
            match url.as_str().into_connection_info() {
                Ok(server) => servers.push(server.set_tcp_settings(prompt())),
                Err(_) if !cfg!(feature = "tls") && TLS.iter().any(|scheme| url.starts_with(scheme)) => {
                    problems.push(format!("`urls[{at}]` asks for TLS, but the feature `tls` is not built in"));
                }
                Err(_) => problems.push(format!(
                    "`urls[{at}]` is no URL of a server, expected `redis://[user:password@]host[:port][/database]`"
                )),
            }
        }
        if config.urls.is_empty() {
            problems.push("`urls` is empty, expected one URL, or several of one cluster".to_owned());
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let at = servers.iter().map(|server| server.addr().to_string()).collect::<Vec<_>>().join(", ");
        let servers = Servers::new(servers).map_err(|problem| vec![problem])?;
        Ok(Self { servers, connections: config.connections, at })
    }

    pub(crate) fn is_cluster(&self) -> bool {
        match self.servers {
            Servers::One(_) => false,
            #[cfg(feature = "cluster")]
            Servers::Cluster(_) => true,
        }
    }

    /// Connects to them.
    pub(crate) async fn connect(&self) -> Result<Link, Trouble> {
        match &self.servers {
            Servers::One(client) => {
                // The limit of an answer is the caller's, who stops waiting; here it would only be a second clock.
                let config =
                    AsyncConnectionConfig::new().set_connection_timeout(Some(CONNECT_LIMIT)).set_response_timeout(None);
                let mut connections = Vec::with_capacity(self.connections);
                for _ in 0..self.connections {
                    connections.push(client.get_multiplexed_async_connection_with_config(&config).await?);
                }
                Ok(Link::One { connections, next: AtomicUsize::new(0) })
            }
            #[cfg(feature = "cluster")]
            Servers::Cluster(client) => Ok(Link::Cluster(client.get_async_connection().await?)),
        }
    }
}

impl Servers {
    /// One server, or several of one cluster.
    fn new(servers: Vec<ConnectionInfo>) -> Result<Self, String> {
        match <[ConnectionInfo; 1]>::try_from(servers) {
            Ok([server]) => {
                Client::open(server).map(|client| Self::One(Box::new(client))).map_err(|error| what(&error))
            }
            Err(several) => Self::cluster(several),
        }
    }

    #[cfg(feature = "cluster")]
    fn cluster(servers: Vec<ConnectionInfo>) -> Result<Self, String> {
        ClusterClient::builder(servers)
            .tcp_settings(prompt())
            .connection_timeout(CONNECT_LIMIT)
            .response_timeout(CONNECT_LIMIT)
            .retries(REDIRECTS)
            .min_retry_wait(RETRY_WAIT_MS.0)
            .max_retry_wait(RETRY_WAIT_MS.1)
            .build()
            .map(|client| Self::Cluster(Box::new(client)))
            .map_err(|_| "`urls` of one cluster must agree in user, password, TLS and database".to_owned())
    }

    #[cfg(not(feature = "cluster"))]
    fn cluster(_: Vec<ConnectionInfo>) -> Result<Self, String> {
        Err("`urls` has several servers, but the feature `cluster` is not built in".to_owned())
    }
}

impl Link {
    /// Reads a conversation and adds to it, in one step.
    pub(crate) async fn talk(&self, talk: &Talk, ttl: Duration) -> Result<Found, Trouble> {
        let question = Question {
            keys: &[talk.turns_key.as_str(), talk.numbers_key.as_str()],
            arguments: [millis(ttl), KEPT_TURNS.to_string(), talk.said.to_string(), talk.failures.to_string()]
                .into_iter()
                .map(String::into_bytes)
                .chain(talk.turns.iter().cloned())
                .collect(),
        };
        let (turns, said, clarified, failures) = self.ask(&TALK, &question).await?;
        Ok(Found { turns, said, clarified, failures })
    }

    /// Counts the contacts of a customer, of which this is one.
    pub(crate) async fn contact(&self, contact: &Contact) -> Result<u32, Trouble> {
        let window = i64::try_from(CONTACT_WINDOW.as_millis()).unwrap_or(i64::MAX);
        // A rank counted from the end: so many of the newest stay.
        let too_many = -MAX_CONTACTS.cast_signed() - 1;
        let numbers = [contact.at, contact.at.saturating_sub(window), window].map(|number| number.to_string());
        let question = Question {
            keys: &[contact.contacts_key.as_str()],
            arguments: std::iter::once(contact.conversation.clone())
                .chain(numbers.map(String::into_bytes))
                .chain([too_many.to_string().into_bytes()])
                .collect(),
        };
        self.ask(&CONTACT, &question).await
    }

    /// Counts that the customer of a conversation was asked what is meant.
    pub(crate) async fn clarified(&self, numbers_key: &str, ttl: Duration) -> Result<(), Trouble> {
        let question = Question { keys: &[numbers_key], arguments: vec![millis(ttl).into_bytes()] };
        self.ask::<i64>(&NOTE, &question).await.map(drop)
    }

    /// Runs a script, by its digest. A server that has started since does not know it and is sent the whole, once.
    async fn ask<T: FromRedisValue>(&self, script: &Lua, question: &Question<'_>) -> Result<T, Trouble> {
        match self.run(&question.command("EVALSHA", script.digest.get_hash())).await {
            Err(error) if error.code() == Some(UNKNOWN_SCRIPT) => {
                Ok(self.run(&question.command("EVAL", script.code)).await?)
            }
            answer => Ok(answer?),
        }
    }

    async fn run<T: FromRedisValue>(&self, command: &Cmd) -> RedisResult<T> {
        match self {
            Self::One { connections, next } => {
                let at = next.fetch_add(1, Ordering::Relaxed) % connections.len().max(1);
                match connections.get(at) {
                    Some(connection) => command.query_async(&mut connection.clone()).await,
                    // Never so: a configuration of no connections is refused.
                    None => Err((ErrorKind::Client, "not connected").into()),
                }
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(connection) => command.query_async(&mut connection.clone()).await,
        }
    }

    /// Whether every connection still answers. A cluster's connections are looked after by themselves.
    pub(crate) async fn lives(&self) -> bool {
        match self {
            Self::One { connections, .. } => {
                for connection in connections {
                    let mut connection = connection.clone();
                    let ping = redis::cmd("PING");
                    let answer = tokio::time::timeout(CONNECT_LIMIT, connection.req_packed_command(&ping));
                    if !matches!(answer.await, Ok(Ok(_))) {
                        return false;
                    }
                }
                true
            }
            #[cfg(feature = "cluster")]
            Self::Cluster(_) => true,
        }
    }
}

impl Lua {
    fn new(code: &'static str) -> Self {
        Self { code, digest: Script::new(code) }
    }
}

impl Question<'_> {
    /// With the digest of a script, or the whole of it.
    fn command(&self, name: &str, script: &str) -> Cmd {
        let mut command = redis::cmd(name);
        command.arg(script).arg(self.keys.len()).arg(self.keys).arg(&self.arguments);
        command
    }
}

impl From<RedisError> for Trouble {
    fn from(error: RedisError) -> Self {
        match code(&error) {
            Some(code) => Self::Refused(code),
            None => Self::Lost(what(&error)),
        }
    }
}

/// Small questions are sent at once: without this an answer can wait 40 ms for an acknowledgement.
fn prompt() -> TcpSettings {
    TcpSettings::default().set_nodelay(true)
}

/// The code of what a server answered: its first word. The rest may quote what was sent.
fn code(error: &RedisError) -> Option<String> {
    error.code().map(str::to_owned)
}

fn millis(time: Duration) -> String {
    time.as_millis().to_string()
}

/// What went wrong, in words that are known beforehand.
fn what(error: &RedisError) -> String {
    if error.is_connection_refusal() {
        "connection refused".to_owned()
    } else if error.is_timeout() {
        "no answer in time".to_owned()
    } else if error.is_connection_dropped() {
        "the connection was lost".to_owned()
    } else {
        code(error).unwrap_or_else(|| error.category().to_owned())
    }
}
