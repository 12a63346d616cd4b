//! Against real services on loopback.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use fenliu::{Engine, Live, ModelChoice};
use fenliu_client::{Client, Options, wire};
use fenliu_server::{Config, Server, Start};
use tokio::sync::oneshot;
use tonic::Code;

fn config(address: SocketAddr) -> Config {
    Config::new(address)
}

/// A service that stops when the sender is dropped.
fn serve(address: SocketAddr) -> (SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let live = Arc::new(Live::new(Engine::embedded(ModelChoice::None).unwrap()));
    let mut config = config(address);
    config.drain.bound = Duration::from_millis(200);
    let server = Server::bind(Start::loaded(live), config).unwrap();
    let address = server.address().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let served = tokio::spawn(async move {
        server
            .serve(async move {
                let _ = stopped.await;
            })
            .await
            .unwrap();
    });
    (address, stop, served)
}

fn here() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

fn inquiry(text: &str) -> wire::Inquiry {
    wire::Inquiry { text: text.to_owned(), ..wire::Inquiry::default() }
}

#[tokio::test]
async fn calls_go_on_while_one_of_two_instances_goes() {
    let (first, stop, served) = serve(here());
    let (second, _keep, _served) = serve(here());
    let client = Client::new(&Options::new([format!("http://{first}"), format!("http://{second}")])).unwrap();
    let mut stop = Some(stop);
    for round in 0..200 {
        if round == 100 {
            drop(stop.take());
        }
        let outcome = client.route(inquiry("给我转人工")).await.unwrap();
        assert_eq!(outcome.tier(), wire::outcome::Tier::Advisor);
    }
    served.await.unwrap();
    let results = client.route_batch(vec![inquiry("在吗"), inquiry(" ")]).await.unwrap();
    assert!(matches!(results[1].result, Some(wire::route_result::Result::Error(_))));
    assert!(!client.describe().await.unwrap().intents.is_empty());
    assert!(!client.classify(inquiry("我要退货")).await.unwrap().lexicon.is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_the_inquiry_is_not_tried_again_and_nobody_waits_beyond_the_deadline() {
    let (address, _stop, _served) = serve(here());
    let client = Client::new(&Options::new([format!("http://{address}")])).unwrap();
    let status = client.route(inquiry("")).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);

    // Somebody listens there and says nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let mut options = Options::new([format!("http://{}", silent.local_addr().unwrap())]);
    options.timeout = Duration::from_millis(300);
    let since = Instant::now();
    let status = Client::new(&options).unwrap().route(inquiry("在吗")).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
    assert!(since.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn what_cannot_be_asked_is_said() {
    for (options, expected) in [
        (Options::new(Vec::<String>::new()), "no endpoint, expected one such as"),
        (Options::new(["not an address"]), "endpoint `not an address`: "),
        (
            {
                let mut options = Options::new(["http://127.0.0.1:1"]);
                options.token = Some("令牌".to_owned());
                options
            },
            "expected visible ASCII",
        ),
    ] {
        let error = Client::new(&options).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
