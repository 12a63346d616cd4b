//! A service on a free port of loopback that stops when it is dropped, and somebody who never answers.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use fenliu::{Engine, Live, ModelChoice};
use fenliu_client::wire::Inquiry;
use fenliu_server::{Config, Server, Start};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A service that runs.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    served: Option<JoinHandle<()>>,
}

impl Running {
    /// With the lexicon alone.
    pub(crate) fn start() -> Self {
        Self::with(|_| ())
    }

    /// Likewise, with this changed.
    pub(crate) fn with(change: impl FnOnce(&mut Config)) -> Self {
        let live = Arc::new(Live::new(Engine::embedded(ModelChoice::None).unwrap()));
        let mut config = Config::new("127.0.0.1:0".parse().unwrap());
        config.drain.bound = Duration::from_millis(200);
        change(&mut config);
        let server = Server::bind(Start::loaded(live), config).unwrap();
        let address = server.address().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = server.serve(async move {
            let _ = stopped.await;
        });
        let served = tokio::spawn(async move { serving.await.unwrap() });
        Self { address, stop: Some(stop), served: Some(served) }
    }

    pub(crate) fn http(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn https(&self) -> String {
        format!("https://{}", self.address)
    }

    /// Tells it to go.
    pub(crate) fn stop(&mut self) {
        drop(self.stop.take());
    }

    /// Once it is gone.
    pub(crate) async fn stopped(mut self) {
        self.stop();
        self.served.take().unwrap().await.unwrap();
    }
}

/// The address of somebody who takes every connection and says nothing on it.
pub(crate) async fn silent() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut held = Vec::new();
        while let Ok((connection, _)) = listener.accept().await {
            held.push(connection);
        }
    });
    address
}

/// A message of which only the text is known.
pub(crate) fn inquiry(text: &str) -> Inquiry {
    Inquiry { text: text.to_owned(), ..Inquiry::default() }
}
