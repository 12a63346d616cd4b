//! What `fenliu serve` is told: every key of its file is a flag and an environment variable too. Flags win over the
//! environment, that over the file, that over the defaults.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use clap::{Args as ClapArgs, ValueEnum};
use fenliu::ModelChoice;
use jiff::SignedDuration;
use serde::{Deserialize, Deserializer};

use super::{Engine, named, policy_beside};

#[derive(Debug, ClapArgs)]
pub(crate) struct Serve {
    /// A TOML file with the keys below, by section
    #[arg(long, value_name = "FILE", env = "FENLIU_CONFIG")]
    pub(crate) config: Option<PathBuf>,
    /// Read and load everything, say what is wrong, and serve nothing
    #[arg(long)]
    pub(crate) check: bool,
    #[command(flatten)]
    pub(crate) settings: Settings,
}

/// All keys, each absent where nobody said anything.
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings {
    #[command(flatten)]
    pub(crate) listen: Listen,
    #[command(flatten)]
    pub(crate) work: Work,
    #[command(flatten)]
    pub(crate) tls: Tls,
    #[command(flatten)]
    pub(crate) access: Access,
    #[command(flatten)]
    pub(crate) admin: Admin,
    #[command(flatten)]
    pub(crate) http: Http,
    #[command(flatten)]
    pub(crate) decisions: Decisions,
    #[command(flatten)]
    pub(crate) reload: Reload,
    #[command(flatten)]
    pub(crate) drain: Drain,
    #[command(flatten)]
    pub(crate) engine: Parts,
    #[command(flatten)]
    pub(crate) conversations: Conversations,
    #[command(flatten)]
    pub(crate) log: Log,
    #[command(flatten)]
    pub(crate) traces: Traces,
}

/// `[listen]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[listen]")]
pub(crate) struct Listen {
    /// `address`: where to listen; port 0 takes a free one [default: 127.0.0.1:50051]
    #[arg(long = "listen", value_name = "ADDRESS", env = "FENLIU_LISTEN")]
    pub(crate) address: Option<SocketAddr>,
    /// `plaintext`: plain text also where other machines can connect
    #[arg(long, value_name = "BOOL", env = "FENLIU_PLAINTEXT", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) plaintext: Option<bool>,
    /// `connections`: the most open connections [default: 1024]
    #[arg(long, value_name = "COUNT", env = "FENLIU_CONNECTIONS")]
    pub(crate) connections: Option<usize>,
    /// `connection_age`: how long a connection takes new calls; those on it then have `request_time`, streams too
    /// [default: no bound]
    #[arg(long, value_name = "TIME", env = "FENLIU_CONNECTION_AGE")]
    pub(crate) connection_age: Option<Span>,
    /// `calls_per_connection`: the most calls at once on one connection [default: 256]
    #[arg(long, value_name = "COUNT", env = "FENLIU_CALLS_PER_CONNECTION")]
    pub(crate) calls_per_connection: Option<u32>,
    /// `handshake`: how long a new connection may take until it speaks [default: 5s]
    #[arg(long, value_name = "TIME", env = "FENLIU_HANDSHAKE")]
    pub(crate) handshake: Option<Span>,
    /// `keep_alive`: how often a silent connection is asked whether anybody is there [default: 30s]
    #[arg(long, value_name = "TIME", env = "FENLIU_KEEP_ALIVE")]
    pub(crate) keep_alive: Option<Span>,
    /// `keep_alive_timeout`: how long the answer to that may take [default: 10s]
    #[arg(long, value_name = "TIME", env = "FENLIU_KEEP_ALIVE_TIMEOUT")]
    pub(crate) keep_alive_timeout: Option<Span>,
    /// `grpc_web`: origins of pages that may call by gRPC-Web, `*` for all [default: none]
    #[arg(long, value_name = "ORIGIN", env = "FENLIU_GRPC_WEB", value_delimiter = ',')]
    pub(crate) grpc_web: Option<Vec<String>>,
}

/// `[work]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[work]")]
pub(crate) struct Work {
    /// `workers`: how many pieces of work are done at once [default: one for each core]
    #[arg(long, value_name = "COUNT", env = "FENLIU_WORKERS")]
    pub(crate) workers: Option<usize>,
    /// `waiting`: how many more messages may wait; the next is refused [default: 512]
    #[arg(long, value_name = "COUNT", env = "FENLIU_WAITING")]
    pub(crate) waiting: Option<usize>,
    /// `waiting_time`: how long the wait may become, by what messages took of late; then the next is refused
    /// [default: 50ms]
    #[arg(long, value_name = "TIME", env = "FENLIU_WAITING_TIME")]
    pub(crate) waiting_time: Option<Span>,
    /// `request_bytes`: the longest request [default: 4194304]
    #[arg(long, value_name = "BYTES", env = "FENLIU_REQUEST_BYTES")]
    pub(crate) request_bytes: Option<usize>,
    /// `bytes_at_once`: the most bytes of requests that are being read or answered; the next is refused
    /// [default: 67108864]
    #[arg(long, value_name = "BYTES", env = "FENLIU_BYTES_AT_ONCE")]
    pub(crate) bytes_at_once: Option<usize>,
    /// `request_time`: the longest that a call may take, streams aside [default: 30s]
    #[arg(long, value_name = "TIME", env = "FENLIU_REQUEST_TIME")]
    pub(crate) request_time: Option<Span>,
}

/// `[tls]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[tls]")]
pub(crate) struct Tls {
    /// `certificate`: the certificate with its issuers, PEM
    #[arg(long, value_name = "FILE", env = "FENLIU_CERTIFICATE")]
    pub(crate) certificate: Option<PathBuf>,
    /// `key`: its private key, PEM
    #[arg(long, value_name = "FILE", env = "FENLIU_KEY")]
    pub(crate) key: Option<PathBuf>,
    /// `client_ca`: who must have signed the certificates of callers, PEM [default: callers need none]
    #[arg(long, value_name = "FILE", env = "FENLIU_CLIENT_CA")]
    pub(crate) client_ca: Option<PathBuf>,
}

/// `[access]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[access]")]
pub(crate) struct Access {
    /// `tokens`: lines `NAME TOKEN`, two of a name while it changes over [default: everybody may call]
    #[arg(long, value_name = "FILE", env = "FENLIU_TOKENS")]
    pub(crate) tokens: Option<PathBuf>,
    /// `quota`: messages of one caller each second, in the long run [default: no bound]
    #[arg(long, value_name = "COUNT", env = "FENLIU_QUOTA")]
    pub(crate) quota: Option<u32>,
    /// `quota_burst`: messages of one caller at once [default: as `quota`]
    #[arg(long, value_name = "COUNT", env = "FENLIU_QUOTA_BURST")]
    pub(crate) quota_burst: Option<u32>,
}

/// `[admin]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[admin]")]
pub(crate) struct Admin {
    /// `address`: where operators ask `fenliu.v1.Admin` [default: nowhere]
    #[arg(long = "admin", value_name = "ADDRESS", env = "FENLIU_ADMIN")]
    #[serde(rename = "address")]
    pub(crate) admin_address: Option<SocketAddr>,
    /// `tokens`: their tokens; needed where other machines can connect
    #[arg(long = "admin-tokens", value_name = "FILE", env = "FENLIU_ADMIN_TOKENS")]
    #[serde(rename = "tokens")]
    pub(crate) admin_tokens: Option<PathBuf>,
}

/// `[http]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[http]")]
pub(crate) struct Http {
    /// `address`: where `/metrics`, `/healthz` and `/readyz` answer [default: nowhere]
    #[arg(long = "http", value_name = "ADDRESS", env = "FENLIU_HTTP")]
    #[serde(rename = "address")]
    pub(crate) http_address: Option<SocketAddr>,
    /// `plaintext`: also where other machines can connect; it has no TLS
    #[arg(long, value_name = "BOOL", env = "FENLIU_HTTP_PLAINTEXT", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    #[serde(rename = "plaintext")]
    pub(crate) http_plaintext: Option<bool>,
}

/// `[decisions]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[decisions]")]
pub(crate) struct Decisions {
    /// `file`: where each decision is noted as a JSON line [default: nowhere]
    #[arg(long = "decisions", value_name = "FILE", env = "FENLIU_DECISIONS")]
    pub(crate) file: Option<PathBuf>,
    /// `bytes`: from which size on another file is begun [default: 100000000]
    #[arg(long = "decisions-bytes", value_name = "BYTES", env = "FENLIU_DECISIONS_BYTES")]
    pub(crate) bytes: Option<usize>,
    /// `files`: how many older files are kept [default: 10]
    #[arg(long = "decisions-files", value_name = "COUNT", env = "FENLIU_DECISIONS_FILES")]
    pub(crate) files: Option<usize>,
    /// `text`: whether the message stands there, `masked` without numbers, addresses and the like [default: absent]
    #[arg(long = "decisions-text", value_name = "HOW", env = "FENLIU_DECISIONS_TEXT")]
    pub(crate) text: Option<Text>,
    /// `key`: a file with 16 bytes or more, with which customers are made digests of [default: another for each run]
    #[arg(long = "decisions-key", value_name = "FILE", env = "FENLIU_DECISIONS_KEY")]
    #[serde(rename = "key")]
    pub(crate) digest_key: Option<PathBuf>,
}

/// Whether a message stands in the decision log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Text {
    Absent,
    Masked,
}

/// `[reload]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[reload]")]
pub(crate) struct Reload {
    /// `watch`: whether files that change are loaded anew [default: true]
    #[arg(long, value_name = "BOOL", env = "FENLIU_WATCH", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) watch: Option<bool>,
    /// `still`: how long they must lie still before [default: 500ms]
    #[arg(long, value_name = "TIME", env = "FENLIU_STILL")]
    pub(crate) still: Option<Span>,
}

/// `[drain]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[drain]")]
pub(crate) struct Drain {
    /// `grace`: how long calls are taken after the service has said that it is going [default: 0s]
    #[arg(long = "drain-grace", value_name = "TIME", env = "FENLIU_DRAIN_GRACE")]
    pub(crate) grace: Option<Span>,
    /// `bound`: how long those in flight may take after that [default: 20s]
    #[arg(long = "drain-bound", value_name = "TIME", env = "FENLIU_DRAIN_BOUND")]
    pub(crate) bound: Option<Span>,
}

/// `[engine]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[engine]")]
pub(crate) struct Parts {
    /// `model`: which models answer [default: cascade]
    #[arg(long, value_name = "MODEL", env = "FENLIU_MODEL", value_parser = named(ModelChoice::ALL, ModelChoice::as_str))]
    #[serde(deserialize_with = "model")]
    pub(crate) model: Option<ModelChoice>,
    /// `models`: a directory like `models/intent` [default: inside the program]
    #[arg(long, value_name = "DIR", env = "FENLIU_MODELS")]
    pub(crate) models: Option<PathBuf>,
    /// `lexicon`: a directory like `models/lexicon` [default: inside the program]
    #[arg(long, value_name = "DIR", env = "FENLIU_LEXICON")]
    pub(crate) lexicon: Option<PathBuf>,
    /// `policy`: a file like `models/policy/default.toml` [default: `policy.toml` beside the models, else inside the
    /// program]
    #[arg(long, value_name = "FILE", env = "FENLIU_POLICY")]
    pub(crate) policy: Option<PathBuf>,
    /// `profile`: the profile of the policy for inquiries that name none [default: normal]
    #[arg(long, value_name = "NAME", env = "FENLIU_PROFILE")]
    pub(crate) profile: Option<String>,
}

impl Parts {
    /// The engine that is asked for.
    pub(crate) fn engine(&self) -> Engine {
        Engine {
            model: self.model.unwrap_or(ModelChoice::Cascade),
            models: self.models.clone(),
            lexicon: self.lexicon.clone(),
            policy: self.policy.clone().or_else(|| policy_beside(self.models.as_deref())),
        }
    }
}

/// `[conversations]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[conversations]")]
pub(crate) struct Conversations {
    /// `store`: where earlier turns are kept for inquiries with no more than a conversation's id: `memory`, `none`, or
    /// the URL of a Redis or Valkey; several, with commas between, are servers of one cluster [default: memory]
    #[arg(long = "conversations", value_name = "WHERE", env = "FENLIU_CONVERSATIONS", hide_env_values = true)]
    pub(crate) store: Option<String>,
    /// `megabytes`: how much `memory` may take [default: 256]
    #[arg(long = "conversations-mb", value_name = "MB", env = "FENLIU_CONVERSATIONS_MB")]
    pub(crate) megabytes: Option<usize>,
    /// `limit`: how long a Redis or Valkey may take; a message that it is too late for is routed without history
    /// [default: 20ms]
    #[arg(long = "conversations-limit", value_name = "TIME", env = "FENLIU_CONVERSATIONS_LIMIT")]
    pub(crate) limit: Option<Span>,
}

/// `[log]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[log]")]
pub(crate) struct Log {
    /// `level`: how much is said on standard error [default: info]
    #[arg(long = "log-level", value_name = "LEVEL", env = "FENLIU_LOG_LEVEL")]
    pub(crate) level: Option<Level>,
    /// `format`: for people or for programs [default: text]
    #[arg(long = "log-format", value_name = "FORMAT", env = "FENLIU_LOG_FORMAT")]
    pub(crate) format: Option<Format>,
}

/// `[traces]`
#[derive(Debug, Clone, Default, ClapArgs, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(next_help_heading = "[traces]")]
pub(crate) struct Traces {
    /// `endpoint`: a collector of OpenTelemetry traces, OTLP over gRPC, such as `http://127.0.0.1:4317` [default: none]
    #[arg(long = "traces", value_name = "URL", env = "FENLIU_TRACES")]
    pub(crate) endpoint: Option<String>,
    /// `share`: the share of calls that are traced where their caller has not decided, 0 to 1 [default: 1]
    #[arg(long = "traces-share", value_name = "SHARE", env = "FENLIU_TRACES_SHARE")]
    pub(crate) share: Option<f64>,
}

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Level {
    Error,
    Warn,
    Info,
    Debug,
}

/// For whom it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    Text,
    Json,
}

/// A span of time such as `500ms` or `1m 30s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span(pub(crate) Duration);

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let read = text.parse::<SignedDuration>().ok().and_then(|span| Duration::try_from(span).ok());
        read.map(Self).ok_or_else(|| format!("`{text}` is no span of time, expected such as `500ms`, `30s` or `2m`"))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

fn model<'de, D: Deserializer<'de>>(from: D) -> Result<Option<ModelChoice>, D::Error> {
    let name = String::deserialize(from)?;
    let known = ModelChoice::ALL.iter().copied().find(|choice| choice.as_str() == name);
    known.map(Some).ok_or_else(|| {
        let names: Vec<&str> = ModelChoice::ALL.iter().map(|choice| choice.as_str()).collect();
        serde::de::Error::custom(format_args!("unknown model `{name}`, expected one of {}", names.join(", ")))
    })
}

/// What the first says, and where it says nothing the second.
macro_rules! over {
    ($section:ident { $($key:ident),* }) => {
        impl $section {
            fn over(self, below: Self) -> Self {
                Self { $($key: self.$key.or(below.$key),)* }
            }
        }
    };
}

over!(Listen {
    address,
    plaintext,
    connections,
    connection_age,
    calls_per_connection,
    handshake,
    keep_alive,
    keep_alive_timeout,
    grpc_web
});
over!(Work { workers, waiting, waiting_time, request_bytes, bytes_at_once, request_time });
over!(Tls { certificate, key, client_ca });
over!(Access { tokens, quota, quota_burst });
over!(Admin { admin_address, admin_tokens });
over!(Http { http_address, http_plaintext });
over!(Decisions { file, bytes, files, text, digest_key });
over!(Reload { watch, still });
over!(Drain { grace, bound });
over!(Parts { model, models, lexicon, policy, profile });
over!(Conversations { store, megabytes, limit });
over!(Log { level, format });
over!(Traces { endpoint, share });

impl Settings {
    /// What the first says, and where it says nothing the second.
    pub(crate) fn over(self, below: Self) -> Self {
        Self {
            listen: self.listen.over(below.listen),
            work: self.work.over(below.work),
            tls: self.tls.over(below.tls),
            access: self.access.over(below.access),
            admin: self.admin.over(below.admin),
            http: self.http.over(below.http),
            decisions: self.decisions.over(below.decisions),
            reload: self.reload.over(below.reload),
            drain: self.drain.over(below.drain),
            engine: self.engine.over(below.engine),
            conversations: self.conversations.over(below.conversations),
            log: self.log.over(below.log),
            traces: self.traces.over(below.traces),
        }
    }
}
