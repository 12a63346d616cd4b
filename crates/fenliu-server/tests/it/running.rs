//! A service on a free port of loopback that stops when it is dropped.

use std::sync::Arc;
use std::time::Duration;

use fenliu::{Engine, Live, ModelChoice};
use fenliu_server::wire::Inquiry;
use fenliu_server::wire::router_client::RouterClient;
use fenliu_server::{Config, ServeError, Server, Start};
use tokio::task::JoinHandle;
use tonic::transport::Channel;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// A service that runs.
pub(crate) struct Running {
    pub(crate) channel: Channel,
    pub(crate) live: Arc<Live>,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) admin: Option<std::net::SocketAddr>,
    pub(crate) http: Option<std::net::SocketAddr>,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    pub(crate) served: JoinHandle<Result<(), ServeError>>,
}

/// On a free port of loopback.
pub(crate) fn config() -> Config {
    Config::new(here())
}

/// A free port of loopback.
pub(crate) fn here() -> std::net::SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// The lexicon alone: what is tested here is the service, not the models.
pub(crate) fn words() -> Arc<Live> {
    Arc::new(Live::new(Engine::embedded(ModelChoice::None).unwrap()))
}

/// A message of which only the text is known.
pub(crate) fn inquiry(text: &str) -> Inquiry {
    Inquiry { text: text.to_owned(), ..Inquiry::default() }
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::with(config(), |start| start).await
    }

    /// With this configuration, and loaded as this says.
    pub(crate) async fn with(config: Config, how: impl FnOnce(Start) -> Start) -> Self {
        let live = words();
        let server = Server::bind(how(Start::loaded(Arc::clone(&live))), config).unwrap();
        let (address, admin, http) = (server.address().unwrap(), server.admin_address(), server.http_address());
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let served = tokio::spawn(server.serve(async move {
            let _ = stopped.await;
        }));
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect_lazy();
        Self { channel, live, address, admin, http, stop: Some(stop), served }
    }

    /// Once it says that it serves.
    pub(crate) async fn ready(self) -> Self {
        while self.health().await != Some(ServingStatus::Serving) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        self
    }

    /// Tells it to go.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    pub(crate) async fn health(&self) -> Option<ServingStatus> {
        let request = HealthCheckRequest { service: String::new() };
        let response = HealthClient::new(self.channel.clone()).check(request).await.ok()?;
        Some(response.into_inner().status())
    }

    pub(crate) fn router(&self) -> RouterClient<Channel> {
        RouterClient::new(self.channel.clone())
    }

    /// What `/metrics` and its neighbours answer: status line and body.
    pub(crate) async fn get(&self, path: &str) -> (String, String) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let mut tcp = tokio::net::TcpStream::connect(self.http.unwrap()).await.unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: here\r\nconnection: close\r\n\r\n");
        tcp.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        tcp.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.lines().next().unwrap().to_owned(), body.to_owned())
    }
}
