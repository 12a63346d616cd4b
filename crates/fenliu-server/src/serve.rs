//! Binds the socket and serves until told to stop.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fenliu::Live;
use tonic::transport::server::TcpIncoming;

use crate::service::Service;
use crate::wire::DESCRIPTORS;
use crate::wire::router_server::RouterServer;

/// How the service listens and how much it takes on.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How many messages are worked on at once; the rest wait.
    pub concurrency: usize,
}

impl Config {
    /// Listens here, working on as many messages at once as there are cores.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        let concurrency = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Self { listen, concurrency }
    }
}

/// A service that is bound to its socket and not yet serving.
pub struct Server {
    incoming: TcpIncoming,
    address: SocketAddr,
    service: Service,
}

/// Why the service cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The socket is not to be had.
    #[error("cannot listen on {address}: {error}")]
    Bind {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
    /// The transport failed.
    #[error("the service failed: {0}")]
    Transport(#[from] tonic::transport::Error),
    /// The descriptors that are compiled in cannot be read.
    #[error("reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
}

/// How often an idle connection is asked whether anybody is still there, and how long an answer may take.
const KEEP_ALIVE: (Duration, Duration) = (Duration::from_secs(60), Duration::from_secs(20));

impl std::fmt::Debug for Server {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("address", &self.address).finish_non_exhaustive()
    }
}

impl Server {
    /// Binds the socket.
    ///
    /// # Errors
    ///
    /// [`ServeError::Bind`].
    pub fn bind(live: Arc<Live>, config: &Config) -> Result<Self, ServeError> {
        let failed = |error| ServeError::Bind { address: config.listen, error };
        // Without TCP_NODELAY here a batch answer waits 40 ms for an acknowledgement.
        let incoming = TcpIncoming::bind(config.listen).map_err(failed)?.with_nodelay(Some(true));
        let address = incoming.local_addr().map_err(failed)?;
        Ok(Self { incoming, address, service: Service::new(live, config.concurrency) })
    }

    /// The address that was bound.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is ready; then takes no new calls, finishes those in flight, and returns.
    ///
    /// # Errors
    ///
    /// A failing transport.
    pub async fn serve(self, stop: impl Future<Output = ()>) -> Result<(), ServeError> {
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_serving::<RouterServer<Service>>().await;
        let reflection = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .build_v1()?;
        let stop = async move {
            stop.await;
            health.set_not_serving::<RouterServer<Service>>().await;
            health.set_service_status("", tonic_health::ServingStatus::NotServing).await;
        };
        tonic::transport::Server::builder()
            .http2_keepalive_interval(Some(KEEP_ALIVE.0))
            .http2_keepalive_timeout(Some(KEEP_ALIVE.1))
            .add_service(health_service)
            .add_service(reflection)
            .add_service(RouterServer::new(self.service))
            .serve_with_incoming_shutdown(self.incoming, stop)
            .await?;
        Ok(())
    }
}
