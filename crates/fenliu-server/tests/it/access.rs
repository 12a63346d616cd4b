use std::time::Duration;

use fenliu_server::wire::router_client::RouterClient;
use fenliu_server::wire::{RouteBatchRequest, RouteRequest, RouteStreamRequest};
use fenliu_server::{Quota, Server, Start, Tls};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity};
use tonic::{Code, Request};
use tonic_types::StatusExt;

use crate::Running;
use crate::authority::Authority;
use crate::folder::Folder;
use crate::running::{config, inquiry, words};

fn asked(token: Option<&str>) -> Request<RouteRequest> {
    let mut request = Request::new(RouteRequest { inquiry: Some(inquiry("在吗")) });
    if let Some(token) = token {
        request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    }
    request
}

#[tokio::test]
async fn only_known_tokens_come_in_and_the_file_may_change() {
    let folder = Folder::new();
    let file = folder.write("tokens", "app 0123456789abcdef\n");
    let mut config = config();
    config.tokens = Some(file.clone());
    config.watch = Some(Duration::from_millis(20));
    let running = Running::with(config, |start| start).await.ready().await;
    let code =
        async |token| running.router().route(asked(token)).await.map_or_else(|status| status.code(), |_| Code::Ok);
    assert_eq!(code(None).await, Code::Unauthenticated);
    assert_eq!(code(Some("0123456789abcdeX")).await, Code::Unauthenticated);
    assert_eq!(code(Some("0123456789abcdef")).await, Code::Ok);

    folder.write("tokens", "app 0123456789abcdef\napp fedcba9876543210\n");
    while code(Some("fedcba9876543210")).await != Code::Ok {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(code(Some("0123456789abcdef")).await, Code::Ok, "both hold while callers change over");
    folder.write("tokens", "no token at all here\n");
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(code(Some("0123456789abcdef")).await, Code::Ok, "a bad file changes nothing");
}

#[tokio::test]
async fn one_caller_uses_up_its_own_quota_alone() {
    let folder = Folder::new();
    let mut config = config();
    config.tokens = Some(folder.write("tokens", "app 0123456789abcdef\nweb fedcba9876543210\n"));
    config.quota = Some(Quota::new(1, 3));
    let running = Running::with(config, |start| start).await.ready().await;
    for _ in 0..3 {
        running.router().route(asked(Some("0123456789abcdef"))).await.unwrap();
    }
    let refused = running.router().route(asked(Some("0123456789abcdef"))).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let after = refused.get_error_details().retry_info().unwrap().retry_delay.unwrap();
    assert!(after > Duration::ZERO && after <= Duration::from_secs(1), "{after:?}");
    assert!(running.router().route(asked(Some("fedcba9876543210"))).await.is_ok());
}

#[tokio::test]
async fn a_quota_counts_messages_however_they_come() {
    let with = async |quota| {
        let mut config = config();
        config.quota = Some(quota);
        Running::with(config, |start| start).await.ready().await
    };
    let running = with(Quota::new(1, 10)).await;
    let batch = |messages| RouteBatchRequest { inquiries: vec![inquiry("在吗"); messages] };
    let more = running.router().route_batch(batch(11)).await.unwrap_err();
    assert_eq!(more.code(), Code::InvalidArgument);
    assert!(more.message().contains("expected at most 10"), "{more}");
    running.router().route_batch(batch(9)).await.unwrap();
    let refused = running.router().route_batch(batch(9)).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    // A stream is held back.
    let running = with(Quota::new(20, 5)).await;
    let request = |number: u32| RouteStreamRequest { request_id: number.to_string(), inquiry: Some(inquiry("在吗")) };
    let since = std::time::Instant::now();
    let answers = running.router().route_stream(tokio_stream::iter((0..20).map(request))).await.unwrap().into_inner();
    let answers: Vec<_> = tokio_stream::StreamExt::collect(answers).await;
    assert!(answers.len() == 20 && answers.iter().all(Result::is_ok));
    assert!(since.elapsed() > Duration::from_millis(500), "{:?}: 5 at once, then 20 a second", since.elapsed());
}

#[tokio::test]
async fn requests_that_are_read_have_bounded_room_and_give_it_back() {
    let mut config = config();
    config.limits.bytes_at_once = 100_000;
    let running = Running::with(config, |start| start).await.ready().await;
    let long = |bytes: usize| RouteRequest { inquiry: Some(inquiry(&"啊".repeat(bytes / 3))) };
    let refused = running.router().route(long(120_000)).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert!(refused.message().starts_with("requests of 100000 bytes are being read"), "{refused}");
    assert!(refused.get_error_details().retry_info().is_some());
    for _ in 0..50 {
        // Too long for a message, and no more than that.
        let code = running.router().route(long(90_000)).await.unwrap_err().code();
        assert_eq!(code, Code::InvalidArgument);
    }
    let request =
        move |number: u32| RouteStreamRequest { request_id: number.to_string(), inquiry: long(9_000).inquiry };
    let answers = running.router().route_stream(tokio_stream::iter((0..60).map(request))).await.unwrap().into_inner();
    let answers: Vec<_> = tokio_stream::StreamExt::collect(answers).await;
    assert!(answers.len() == 60 && answers.iter().all(Result::is_ok), "of a stream only what is not whole counts");
}

impl Authority {
    async fn call(&self, address: std::net::SocketAddr, identity: bool) -> Result<(), String> {
        let tls =
            ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&self.certificate)).domain_name("localhost");
        let tls = if identity { tls.identity(Identity::from_pem(&self.caller.0, &self.caller.1)) } else { tls };
        let channel = Channel::from_shared(format!("https://{address}")).unwrap().tls_config(tls).unwrap();
        let channel = channel.connect().await.map_err(|error| format!("{error:?}"))?;
        let mut router = RouterClient::new(channel);
        loop {
            match router.route(asked(None)).await {
                Ok(_) => return Ok(()),
                Err(status) if status.message() == "still loading" => {
                    tokio::time::sleep(Duration::from_millis(5)).await
                }
                Err(status) => return Err(status.to_string()),
            }
        }
    }
}

#[tokio::test]
async fn calls_are_encrypted_and_callers_known_by_certificate_where_asked_for() {
    let authority = Authority::new();
    for (tls, with, without) in [(authority.tls(), true, true), (authority.mutual(), true, false)] {
        let mut config = config();
        config.tls = Some(tls);
        let running = Running::with(config, |start| start).await;
        assert_eq!(authority.call(running.address, true).await.is_ok(), with);
        assert_eq!(authority.call(running.address, false).await.is_ok(), without);
        assert!(running.router().route(asked(None)).await.is_err(), "plain text is not answered");
    }
}

#[tokio::test]
async fn a_certificate_is_replaced_while_serving() {
    let (old, new) = (Authority::new(), Authority::new());
    let mut config = config();
    config.tls = Some(old.tls());
    config.watch = Some(Duration::from_millis(50));
    let running = Running::with(config, |start| start).await;
    old.call(running.address, false).await.unwrap();
    assert!(new.call(running.address, false).await.is_err());
    for name in ["service.key", "service.pem"] {
        std::fs::copy(new.file(name), old.file(name)).unwrap();
    }
    while new.call(running.address, false).await.is_err() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(old.call(running.address, false).await.is_err());
}

#[tokio::test]
async fn files_that_are_no_good_are_named() {
    let authority = Authority::new();
    let other = Authority::new();
    let empty = authority.folder.write("empty.pem", "");
    for (tls, expected) in [
        (Tls::new(authority.file("none.pem"), authority.file("service.key")), "none.pem: no certificate: "),
        (Tls::new(&empty, authority.file("service.key")), "empty.pem: holds no certificate, expected PEM"),
        (Tls::new(authority.file("service.pem"), &empty), "empty.pem: no private key: "),
        (Tls::new(authority.file("service.pem"), other.file("service.key")), "expected a certificate with its key"),
    ] {
        let mut config = config();
        config.tls = Some(tls);
        let error = Server::bind(Start::loaded(words()), config).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[tokio::test]
async fn who_does_not_speak_is_hung_up_on_and_others_are_served() {
    let mut config = config();
    config.limits.handshake = Duration::from_millis(100);
    config.limits.connections = 2;
    let running = Running::with(config, |start| start).await;
    let mut silent: Vec<std::net::TcpStream> =
        (0..2).map(|_| std::net::TcpStream::connect(running.address).unwrap()).collect();
    let running = running.ready().await;
    assert!(running.router().route(asked(None)).await.is_ok());
    let mut byte = [0];
    let closed = tokio::task::spawn_blocking(move || std::io::Read::read(&mut silent[0], &mut byte).unwrap_or(0));
    assert_eq!(closed.await.unwrap(), 0);
}
