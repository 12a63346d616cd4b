//! Why a service cannot start or go on.

use std::net::SocketAddr;

/// Why the service cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// A socket is not to be had.
    #[error("cannot listen on {address}: {error}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
    /// Others than this machine could read along.
    #[error(
        "plain text on {address}, where other machines can connect; ask for it by name, or, where it is gRPC, give a \
         certificate and a key"
    )]
    PlainText {
        /// The address asked for.
        address: SocketAddr,
    },
    /// Others than this machine could change what decides.
    #[error(
        "the service for operators on {address}, where other machines can connect, without tokens; give a file of tokens"
    )]
    OpenAdmin {
        /// The address asked for.
        address: SocketAddr,
    },
    /// What should be the origin of a page is none.
    #[error("`{0}` is no origin of a page, expected one such as `https://shop.example`, or `*`")]
    Origin(String),
    /// A certificate or key is no good.
    #[error("{0}")]
    Certificates(String),
    /// A file of tokens is no good.
    #[error("{0}")]
    Tokens(String),
    /// The decision log cannot be opened.
    #[error("{0}")]
    Decisions(String),
    /// More than one of these.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Several(Vec<ServeError>),
    /// What decides cannot be loaded.
    #[error("{0}")]
    Load(String),
    /// Files cannot be watched.
    #[error("{0}; they can be left unwatched")]
    Watch(String),
    /// The system gives no threads or sockets.
    #[error("the system refuses: {0}")]
    Threads(std::io::Error),
    /// The transport failed.
    #[error("the service failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The descriptors that are compiled in cannot be read.
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}
