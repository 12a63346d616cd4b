//! The service, asked by a real client over loopback.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

mod json;
mod router;

use std::sync::Arc;

use fenliu::{Engine, Live, ModelChoice};
use fenliu_server::wire::router_client::RouterClient;
use fenliu_server::{Config, Server};
use tonic::transport::Channel;

/// A service on a free port of loopback that stops when it is dropped.
struct Running {
    channel: Channel,
    engine: Arc<Engine>,
    _stop: tokio::sync::oneshot::Sender<()>,
}

impl Running {
    async fn start() -> Self {
        // The lexicon alone: what is tested here is the service, not the models.
        let live = Arc::new(Live::new(Engine::embedded(ModelChoice::None).unwrap()));
        let engine = Arc::clone(&live.snapshot().engine);
        let server = Server::bind(live, &Config::new("127.0.0.1:0".parse().unwrap())).unwrap();
        let address = server.address();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        tokio::spawn(server.serve(async move {
            let _ = stopped.await;
        }));
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        Self { channel, engine, _stop: stop }
    }

    fn router(&self) -> RouterClient<Channel> {
        RouterClient::new(self.channel.clone())
    }
}
