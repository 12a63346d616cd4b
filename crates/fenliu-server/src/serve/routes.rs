//! Puts the services behind their doors.

use std::future::Future;
use std::sync::Arc;

use http::HeaderValue;
use tokio::net::TcpListener;
use tonic::transport::Server as Transport;
use tonic_health::ServingStatus;
use tonic_health::pb::health_server::{Health as HealthChecks, HealthServer as Checks};
use tonic_health::server::HealthReporter;
use tonic_web::GrpcWebLayer;
use tower::util::option_layer;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

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

/// The longest question after a health: everybody may ask it.
const CHECK_BYTES: usize = 1 << 10;

/// Of what there is a health: all of it, and each service.
const PARTS: [&str; 3] = ["", "fenliu.v1.Router", "fenliu.v1.Admin"];

impl Health {
    /// Not serving yet, and who answers checks.
    pub(super) async fn new() -> (Self, Checks<impl HealthChecks>) {
        let (reporter, checks) = tonic_health::server::health_reporter();
        let health = Self(reporter);
        health.not_serving().await;
        (health, checks.max_decoding_message_size(CHECK_BYTES))
    }

    async fn say(&self, status: ServingStatus) {
        for part in PARTS {
            self.0.set_service_status(part, status).await;
        }
    }

    /// Ends the streams of those who watch it: they would never end by themselves.
    pub(super) async fn end(&mut self) {
        for part in PARTS {
            self.0.clear_service_status(part).await;
        }
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
    pub(super) fn router<C: HealthChecks>(
        &self,
        listener: TcpListener,
        door: Arc<Door>,
        checks: Checks<C>,
    ) -> Result<impl Future<Output = Result<(), ServeError>> + use<C>, ServeError> {
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
        Ok(async { Ok(serving.await?) })
    }

    /// `fenliu.v1.Admin` with reflection, likewise.
    pub(super) fn admin<C: HealthChecks>(
        &self,
        listener: TcpListener,
        door: Arc<Door>,
        (reloader, checks): (Option<Arc<Reloader>>, Checks<C>),
    ) -> Result<impl Future<Output = Result<(), ServeError>> + use<C>, ServeError> {
        let serving = self
            .transport()
            .layer(DoorLayer(door))
            .add_service(checks)
            .add_service(reflection()?)
            .add_service(AdminServer::new(Admin::new(Arc::clone(&self.state), reloader)))
            .serve_with_incoming_shutdown(self.incoming(listener), drained(Arc::clone(&self.state)));
        Ok(async { Ok(serving.await?) })
    }

    fn transport(&self) -> Transport {
        let limits = &self.state.config.limits;
        let transport = Transport::builder()
            .initial_stream_window_size(WINDOWS.0)
            .initial_connection_window_size(WINDOWS.1)
            .max_concurrent_streams(limits.calls_per_connection)
            .http2_keepalive_interval(Some(limits.keep_alive))
            .http2_keepalive_timeout(Some(limits.keep_alive_timeout));
        match limits.connection_age {
            Some(age) => transport.max_connection_age(age).max_connection_age_grace(limits.request_time),
            None => transport,
        }
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
        // What a page sends beside the common ones, its token above all, must be named: `*` leaves that out.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers(exposed.map(http::HeaderName::from_static))
}
