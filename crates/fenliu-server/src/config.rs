//! How a service listens, how much it takes on, whom it lets in. Values only: files and flags are read elsewhere.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::gate::Bounds;

/// All that a service is told.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How many pieces of work are done at once. Default: as many as there are cores.
    pub workers: usize,
    /// How many more messages may wait, however short they are; the next one is refused. Default: 512.
    pub waiting: usize,
    /// How long the wait may become, by what messages took of late; with a longer one the next is refused. Room for 8
    /// messages is there in any case, as far as `waiting` allows. Default: 50 ms.
    pub waiting_time: Duration,
    /// What one request or connection may take.
    pub limits: Limits,
    /// How the service ends.
    pub drain: Drain,
    /// Certificates; none: plain text.
    pub tls: Option<Tls>,
    /// Plain text also where others than this machine can connect.
    pub plaintext: bool,
    /// A file of bearer tokens; none: everybody may call.
    pub tokens: Option<PathBuf>,
    /// How much one caller may ask for; none: no bound.
    pub quota: Option<Quota>,
    /// Where operators change what is in use; none: nowhere.
    pub admin: Option<Admin>,
    /// Where `/metrics`, `/healthz` and `/readyz` answer over HTTP, which is plain text; none: nowhere.
    pub http: Option<SocketAddr>,
    /// That also where others than this machine can connect.
    pub http_plaintext: bool,
    /// The origins of the pages that may call by gRPC-Web, `*` for all; none: there is no gRPC-Web.
    pub grpc_web: Vec<String>,
    /// Where decisions are noted; none: nowhere.
    pub decisions: Option<DecisionLog>,
    /// How long files must lie still before they are loaded anew; none: they are not watched.
    pub watch: Option<Duration>,
}

/// What one request or connection may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// The longest request, in bytes.
    pub request_bytes: usize,
    /// The most bytes of requests that are being read or answered; the next is refused. Default: 64 MiB.
    pub bytes_at_once: usize,
    /// The longest a call may take, streams aside.
    pub request_time: Duration,
    /// The most open connections.
    pub connections: usize,
    /// How long a connection takes new calls; those on it then have `request_time`, streams too. None: no bound.
    pub connection_age: Option<Duration>,
    /// The most calls at once on one connection.
    pub calls_per_connection: u32,
    /// How long a new connection may take until it speaks HTTP/2, TLS included.
    pub handshake: Duration,
    /// How often a silent connection is asked whether anybody is there.
    pub keep_alive: Duration,
    /// How long the answer to that may take.
    pub keep_alive_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            request_bytes: 4 << 20,
            bytes_at_once: 64 << 20,
            request_time: Duration::from_secs(30),
            connections: 1024,
            connection_age: None,
            calls_per_connection: 256,
            handshake: Duration::from_secs(5),
            keep_alive: Duration::from_secs(30),
            keep_alive_timeout: Duration::from_secs(10),
        }
    }
}

/// How a service ends when it is told to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drain {
    /// How long it goes on taking calls after it has said that it is going, so that balancers can hear it.
    pub grace: Duration,
    /// How long what is in flight may then take.
    pub bound: Duration,
}

impl Default for Drain {
    fn default() -> Self {
        Self { grace: Duration::ZERO, bound: Duration::from_secs(20) }
    }
}

/// Certificate files, PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tls {
    /// The certificate, its issuers after it.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
    /// Who may have signed a caller's certificate; none: callers need none.
    pub client_ca: Option<PathBuf>,
}

impl Tls {
    /// A certificate with its key; callers need none.
    pub fn new(certificate: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        Self { certificate: certificate.into(), key: key.into(), client_ca: None }
    }

    /// Callers must have a certificate signed by one of these.
    #[must_use]
    pub fn client_ca(mut self, file: impl Into<PathBuf>) -> Self {
        self.client_ca = Some(file.into());
        self
    }
}

/// Where decisions are noted, as JSON lines.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DecisionLog {
    /// The file; older ones stand beside it with a number.
    pub file: PathBuf,
    /// From which size on another file is begun, in bytes.
    pub bytes: usize,
    /// How many older files are kept.
    pub files: usize,
    /// Whether the message stands in it.
    pub text: LoggedText,
    /// A file with the key of the digests that customers and conversations are known by, 16 bytes or more; none: another
    /// one for each run.
    pub key: Option<PathBuf>,
}

impl DecisionLog {
    /// Into this file, and ten older ones of 100 MB, without the messages.
    pub fn new(file: impl Into<PathBuf>) -> Self {
        Self { file: file.into(), bytes: 100_000_000, files: 10, text: LoggedText::Absent, key: None }
    }
}

/// Whether a message stands in the decision log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoggedText {
    /// It does not.
    Absent,
    /// Without numbers, addresses and the like.
    Masked,
}

/// Where operators change what is in use.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Admin {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// A file of bearer tokens; none: whoever can connect, which is then this machine alone.
    pub tokens: Option<PathBuf>,
}

impl Admin {
    /// Here, for this machine alone.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        Self { listen, tokens: None }
    }

    /// For whoever has one of these tokens.
    #[must_use]
    pub fn tokens(mut self, file: impl Into<PathBuf>) -> Self {
        self.tokens = Some(file.into());
        self
    }
}

/// How many messages one caller may ask about: known by token, else by certificate, else by address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quota {
    /// In the long run, each second.
    pub per_second: u32,
    /// At once after a pause.
    pub burst: u32,
}

impl Quota {
    /// So many each second, and at once.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second, burst }
    }
}

impl Config {
    /// Listens here with the defaults.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        let workers = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Self {
            listen,
            workers,
            waiting: 512,
            waiting_time: Duration::from_millis(50),
            limits: Limits::default(),
            drain: Drain::default(),
            tls: None,
            plaintext: false,
            tokens: None,
            quota: None,
            admin: None,
            http: None,
            http_plaintext: false,
            grpc_web: Vec::new(),
            decisions: None,
            watch: Some(Duration::from_millis(500)),
        }
    }

    /// Whether HTTP/1 is spoken too.
    pub(crate) fn http1(&self) -> bool {
        !self.grpc_web.is_empty()
    }

    pub(crate) fn bounds(&self) -> Bounds {
        Bounds { workers: self.workers, waiting: self.waiting, time: self.waiting_time }
    }
}
