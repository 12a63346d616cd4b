//! Takes connections: bounded in number, encrypted where asked for, and only those that speak in time.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use arc_swap::ArcSwap;
use rustls::ServerConfig;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use crate::digest;
use crate::state::State;

/// How long to wait where the system gives no connection, such as for want of descriptors.
const PAUSE: Duration = Duration::from_millis(50);

/// What HTTP/2 begins with is so long, and so is the shortest request of HTTP/1.
const PREFACE: usize = 24;

/// Who called.
#[derive(Debug, Clone)]
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    /// The digest of the caller's certificate, where it has one.
    pub(crate) certificate: Option<Arc<str>>,
}

/// The certificate that new connections are given; it may change.
pub(crate) type Certificates = Arc<ArcSwap<ServerConfig>>;

/// A connection that has begun to speak.
pub(crate) struct Connection {
    io: Io,
    peer: Peer,
    /// What was read already, and how much of it was handed on.
    preface: ([u8; PREFACE], usize),
    _counted: Counted,
}

enum Io {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// Holds a connection's place, and counts it.
struct Counted {
    state: Arc<State>,
    _place: OwnedSemaphorePermit,
}

impl Counted {
    fn new(state: Arc<State>, place: OwnedSemaphorePermit) -> Self {
        state.metrics.connections.inc();
        Self { state, _place: place }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.state.metrics.connections.dec();
    }
}

/// The connections that come in here, until the stream is dropped.
pub(crate) fn connections(
    listener: TcpListener,
    certificates: Option<Certificates>,
    state: Arc<State>,
) -> ReceiverStream<io::Result<Connection>> {
    let (send, receive) = mpsc::channel(1);
    let places = Arc::new(Semaphore::new(state.config.limits.connections));
    tokio::spawn(async move {
        loop {
            // Who finds no place waits in the system's queue.
            let Ok(place) = Arc::clone(&places).acquire_owned().await else { return };
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = send.closed() => return,
            };
            let Ok((tcp, address)) = accepted else {
                tokio::time::sleep(PAUSE).await;
                continue;
            };
            let counted = Counted::new(Arc::clone(&state), place);
            let (send, certificates) = (send.clone(), certificates.clone());
            let limit = state.config.limits.handshake;
            tokio::spawn(async move {
                let begun = tokio::time::timeout(limit, begin(tcp, address, certificates, counted)).await;
                // Who does not speak in time, or not as asked, is gone; that is no error of ours.
                if let Ok(Ok(connection)) = begun {
                    let _ = send.send(Ok(connection)).await;
                }
            });
        }
    });
    ReceiverStream::new(receive)
}

async fn begin(
    tcp: TcpStream,
    address: SocketAddr,
    certificates: Option<Certificates>,
    counted: Counted,
) -> io::Result<Connection> {
    // Without it a batch answer waits 40 ms for an acknowledgement.
    tcp.set_nodelay(true)?;
    let (mut io, certificate) = match certificates {
        None => (Io::Plain(tcp), None),
        Some(certificates) => {
            let tls = TlsAcceptor::from(certificates.load_full()).accept(tcp).await?;
            let leaf = tls.get_ref().1.peer_certificates().and_then(|chain| chain.first());
            let digest = leaf.map(|leaf| digest::short(&Sha256::digest(leaf)));
            (Io::Tls(Box::new(tls)), digest.map(Arc::from))
        }
    };
    let mut preface = [0; PREFACE];
    io.read_exact(&mut preface).await?;
    Ok(Connection { io, peer: Peer { address, certificate }, preface: (preface, 0), _counted: counted })
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let (preface, given) = self.preface;
        if let Some(rest) = preface.get(given..).filter(|rest| !rest.is_empty()) {
            let count = rest.len().min(into.remaining());
            into.put_slice(rest.get(..count).unwrap_or_default());
            self.preface.1 += count;
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.io).poll_read(context, into)
    }
}

impl AsyncRead for Io {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(tcp) => Pin::new(tcp).poll_read(context, into),
            Self::Tls(tls) => Pin::new(tls).poll_read(context, into),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(tcp) => Pin::new(tcp).poll_write(context, from),
            Io::Tls(tls) => Pin::new(tls).poll_write(context, from),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match &mut self.io {
            Io::Plain(tcp) => Pin::new(tcp).poll_write_vectored(context, from),
            Io::Tls(tls) => Pin::new(tls).poll_write_vectored(context, from),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match &self.io {
            Io::Plain(tcp) => tcp.is_write_vectored(),
            Io::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(tcp) => Pin::new(tcp).poll_flush(context),
            Io::Tls(tls) => Pin::new(tls).poll_flush(context),
        }
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match &mut self.io {
            Io::Plain(tcp) => Pin::new(tcp).poll_shutdown(context),
            Io::Tls(tls) => Pin::new(tls).poll_shutdown(context),
        }
    }
}
