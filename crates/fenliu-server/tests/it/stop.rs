use std::time::{Duration, Instant};

use fenliu_server::wire::RouteRequest;
use fenliu_server::{Config, ServeError, Server, Start};
use tonic::Code;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::Running;
use crate::running::{config, here, inquiry, words};

#[tokio::test]
async fn a_service_says_that_it_goes_before_it_goes() {
    let mut config = config();
    config.drain.grace = Duration::from_millis(300);
    config.http = Some(here());
    let mut running = Running::with(config, |start| start).await.ready().await;
    assert_eq!(running.get("/readyz").await.0, "HTTP/1.1 200 OK");
    running.stop();
    while running.health().await == Some(ServingStatus::Serving) {
        tokio::task::yield_now().await;
    }
    let routed = running.router().route(RouteRequest { inquiry: Some(inquiry("在吗")) }).await;
    assert!(routed.is_ok(), "calls are taken during the grace");
    assert_eq!(running.get("/readyz").await.0, "HTTP/1.1 503 Service Unavailable");
    assert_eq!(running.get("/healthz").await.0, "HTTP/1.1 200 OK");
    running.served.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_stays_does_not_hold_a_service_beyond_its_bound() {
    let mut config = config();
    config.drain.bound = Duration::from_millis(200);
    let mut running = Running::with(config, |start| start).await.ready().await;
    // A connection that has begun to speak and says nothing more.
    let mut tcp = std::net::TcpStream::connect(running.address).unwrap();
    std::io::Write::write_all(&mut tcp, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").unwrap();
    let since = Instant::now();
    running.stop();
    running.served.await.unwrap().unwrap();
    assert!(since.elapsed() < Duration::from_secs(10));
}

#[tokio::test]
async fn who_watches_its_health_is_told_and_let_go() {
    let mut config = config();
    config.admin = Some(fenliu_server::Admin::new(here()));
    config.drain.bound = Duration::from_secs(60);
    let mut running = Running::with(config, |start| start).await.ready().await;
    let operators = format!("http://{}", running.admin.unwrap());
    let operators = tonic::transport::Channel::from_shared(operators).unwrap().connect().await.unwrap();
    let mut watches = Vec::new();
    for (channel, service) in [(running.channel.clone(), ""), (operators, "fenliu.v1.Admin")] {
        let request = tonic_health::pb::HealthCheckRequest { service: service.to_owned() };
        let mut health = tonic_health::pb::health_client::HealthClient::new(channel);
        let mut watch = health.watch(request).await.unwrap().into_inner();
        assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving, "{service}");
        watches.push(watch);
    }
    running.stop();
    for watch in &mut watches {
        assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
        assert!(watch.message().await.unwrap().is_none());
    }
    // Long before the bound.
    tokio::time::timeout(Duration::from_secs(20), running.served).await.unwrap().unwrap().unwrap();
}

#[tokio::test]
async fn who_is_told_to_stop_while_loading_stops() {
    let (let_go, wait) = std::sync::mpsc::channel::<()>();
    let start = Start::load(move || {
        let _ = wait.recv();
        Err("too late".to_owned())
    });
    let server = Server::bind(start, config()).unwrap();
    let served = server.serve(std::future::ready(()));
    tokio::time::timeout(Duration::from_secs(20), served).await.unwrap().unwrap();
    drop(let_go);
}

#[tokio::test]
async fn while_it_loads_it_says_so_and_what_cannot_be_loaded_ends_it() {
    let (let_go, wait) = std::sync::mpsc::channel::<()>();
    let start = Start::load(move || {
        let _ = wait.recv();
        Err("policy.toml:1:1: no good".to_owned())
    });
    let server = Server::bind(start, config()).unwrap();
    let address = server.address().unwrap();
    let served = tokio::spawn(server.serve(std::future::pending()));
    let channel = tonic::transport::Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel.clone());
    for service in ["", "fenliu.v1.Router"] {
        let request = tonic_health::pb::HealthCheckRequest { service: service.to_owned() };
        let status = health.check(request).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::NotServing, "{service}");
    }
    let mut router = fenliu_server::wire::router_client::RouterClient::new(channel);
    let refused = router.route(RouteRequest { inquiry: Some(inquiry("在吗")) }).await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (Code::Unavailable, "still loading"));
    drop(let_go);
    let ended = served.await.unwrap().unwrap_err();
    assert!(matches!(&ended, ServeError::Load(problem) if problem == "policy.toml:1:1: no good"), "{ended}");
}

#[tokio::test]
async fn plain_text_where_others_can_connect_is_asked_for_by_name() {
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let error = Server::bind(Start::loaded(words()), Config::new(everywhere)).unwrap_err();
    assert!(error.to_string().starts_with("plain text on 0.0.0.0:0"), "{error}");
    let mut config = Config::new(everywhere);
    config.plaintext = true;
    assert!(Server::bind(Start::loaded(words()), config).is_ok());
    let mut config = self::config();
    config.admin = Some(fenliu_server::Admin::new(everywhere));
    config.plaintext = true;
    let error = Server::bind(Start::loaded(words()), config).unwrap_err();
    assert!(error.to_string().contains("give a file of tokens"), "{error}");
    let mut config = self::config();
    config.http = Some(everywhere);
    config.plaintext = true;
    let error = Server::bind(Start::loaded(words()), config.clone()).unwrap_err();
    assert!(error.to_string().starts_with("plain text on 0.0.0.0:0"), "{error}");
    config.http_plaintext = true;
    assert!(Server::bind(Start::loaded(words()), config).is_ok());
    let mut config = self::config();
    config.grpc_web = vec!["https://shop.example".to_owned(), "shop example".to_owned()];
    let error = Server::bind(Start::loaded(words()), config).unwrap_err();
    assert!(error.to_string().starts_with("`shop example` is no origin"), "{error}");
    let taken = Server::bind(Start::loaded(words()), self::config()).unwrap();
    let error = Server::bind(Start::loaded(words()), Config::new(taken.address().unwrap())).unwrap_err();
    assert!(error.to_string().starts_with("cannot listen on 127.0.0.1:"), "{error}");
}
