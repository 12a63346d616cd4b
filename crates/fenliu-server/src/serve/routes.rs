//! Puts the services behind their doors.

use std::future::Future;
use std::sync::Arc;

use http::HeaderValue;
use tokio::net::TcpListener;
use tonic::transport::Server as Transport;
use tonic_health::ServingStatus;
use tonic_health::server::HealthReporter;
use tonic_web::GrpcWebLayer;
use tower::util::option_layer;
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::ServeError;
use crate::admin::Admin;
use crate::door::{Door, DoorLayer};
use crate::listen::{Certificates, connections};
use crate::reload::Reloader;
use crate::service::Service;
use crate::state::{Phase, State};
use crate::wire::DESCRIPTORS;
use crate::wire::admin_server::AdminServer;
use crate::wire::router_server::RouterServer;

/// How many bytes a stream and a connection may hold that nobody has read. h2 closes a connection on which many small
/// frames lie unread (their overhead against half the connection's window); a stream of short messages that is made to
/// wait must be stopped by its own window long before.
const WINDOWS: (u32, u32) = (64 << 10, 4 << 20);

/// What is common to all sockets of gRPC.
pub(super) struct Listening {
    pub(super) state: Arc<State>,
    pub(super) certificates: Option<Certificates>,
}

/// What health checks are told.
pub(super) struct Health(HealthReporter);

impl Health {
    async fn say(&self, status: ServingStatus) {
        self.0.set_service_status("", status).await;
        self.0.set_service_status("fenliu.v1.Router", status).await;
    }

    pub(super) async fn serving(&self) {
        self.say(ServingStatus::Serving).await;
    }

    pub(super) async fn not_serving(&self) {
        self.say(ServingStatus::NotServing).await;
    }
}

impl Listening {
    /// `fenliu.v1.Router` with health and reflection, until the service drains.
    pub(super) async fn router(
        &self,
        listener: TcpListener,
        door: Arc<Door>,
    ) -> Result<(Health, impl Future<Output = Result<(), ServeError>> + use<>), ServeError> {
        let (reporter, checks) = tonic_health::server::health_reporter();
        let health = Health(reporter);
        health.not_serving().await;
        let web = self.state.config.http1();
        let bytes = self.state.config.limits.request_bytes;
        let serving = self
            .transport()
            .timeout(self.state.config.limits.request_time)
            .accept_http1(web)
            .layer(option_layer(web.then(|| cors(&self.state.config.grpc_web))))
            .layer(option_layer(web.then(GrpcWebLayer::new)))
            .layer(DoorLayer(door))
            .add_service(checks)
            .add_service(reflection()?)
            .add_service(RouterServer::new(Service::new(Arc::clone(&self.state))).max_decoding_message_size(bytes))
            .serve_with_incoming_shutdown(self.incoming(listener), drained(Arc::clone(&self.state)));
        Ok((health, async { Ok(serving.await?) }))
    }

    /// `fenliu.v1.Admin` with reflection, likewise.
    pub(super) fn admin(
        &self,
        listener: TcpListener,
        door: Arc<Door>,
        reloader: Option<Arc<Reloader>>,
    ) -> Result<impl Future<Output = Result<(), ServeError>> + use<>, ServeError> {
        let serving = self
            .transport()
            .layer(DoorLayer(door))
            .add_service(reflection()?)
            .add_service(AdminServer::new(Admin::new(Arc::clone(&self.state), reloader)))
            .serve_with_incoming_shutdown(self.incoming(listener), drained(Arc::clone(&self.state)));
        Ok(async { Ok(serving.await?) })
    }

    fn transport(&self) -> Transport {
        let limits = &self.state.config.limits;
        Transport::builder()
            .initial_stream_window_size(WINDOWS.0)
            .initial_connection_window_size(WINDOWS.1)
            .max_concurrent_streams(limits.calls_per_connection)
            .http2_keepalive_interval(Some(limits.keep_alive))
            .http2_keepalive_timeout(Some(limits.keep_alive_timeout))
    }

    fn incoming(
        &self,
        listener: TcpListener,
    ) -> tokio_stream::wrappers::ReceiverStream<std::io::Result<crate::listen::Connection>> {
        connections(listener, self.certificates.clone(), Arc::clone(&self.state))
    }
}

async fn drained(state: Arc<State>) {
    state.reached(Phase::Draining).await;
}

fn reflection() -> Result<
    tonic_reflection::server::v1::ServerReflectionServer<impl tonic_reflection::server::v1::ServerReflection>,
    ServeError,
> {
    Ok(tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        .build_v1()?)
}

/// Lets pages of these origins call; `*` stands for all.
fn cors(origins: &[String]) -> CorsLayer {
    let origin = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
    };
    let exposed = ["grpc-status", "grpc-message", "grpc-status-details-bin"];
    CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([http::Method::POST])
        .allow_headers(tower_http::cors::Any)
        .expose_headers(exposed.map(http::HeaderName::from_static))
}
