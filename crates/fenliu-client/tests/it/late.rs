use std::time::{Duration, Instant};

use fenliu_client::{Client, Options};
use tonic::Code;

use crate::authority::Authority;
use crate::running::silent;
use crate::{Running, inquiry};

#[tokio::test]
async fn one_of_two_that_hangs_costs_no_call_and_is_left_alone() {
    for scheme in ["http", "https"] {
        let service = Running::start();
        let mut options = Options::new([format!("{scheme}://{}", silent().await), service.http()]);
        options.ca = Some(Authority::new().certificate);
        options.attempt_time = Some(Duration::from_millis(300));
        // A machine that is busy must not be taken for a client that gives up.
        (options.timeout, options.attempts) = (Duration::from_secs(60), 100);
        let client = Client::new(&options).unwrap();
        let mut slow = 0;
        for _ in 0..60 {
            let since = Instant::now();
            client.route(inquiry("给我转人工")).await.unwrap();
            slow += usize::from(since.elapsed() >= Duration::from_millis(300));
        }
        assert!((1..=15).contains(&slow), "{slow} of 60 calls began with the one that hangs");
    }
}

#[tokio::test]
async fn nobody_says_how_long_an_attempt_may_take_and_there_is_time_for_another() {
    let service = Running::start();
    let mut options = Options::new([format!("http://{}", silent().await), service.http()]);
    options.timeout = Duration::from_secs(4);
    let client = Client::new(&options).unwrap();
    client.route(inquiry("我要退货")).await.unwrap();
}

#[tokio::test]
async fn nobody_waits_beyond_the_deadline() {
    let silent = silent().await;
    for (attempt_time, expected) in [(None, "no answer within 300ms"), (Some(40), "no answer within ")] {
        let mut options = Options::new([format!("http://{silent}")]);
        options.timeout = Duration::from_millis(300);
        options.attempt_time = attempt_time.map(Duration::from_millis);
        let since = Instant::now();
        let status = Client::new(&options).unwrap().route(inquiry("在吗")).await.unwrap_err();
        assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
        assert!(status.message().starts_with(expected), "{status}");
        assert!(since.elapsed() < Duration::from_secs(10));
    }
}

#[tokio::test]
async fn a_handshake_that_hangs_is_given_up() {
    let mut options = Options::new([format!("https://{}", silent().await)]);
    options.ca = Some(Authority::new().certificate);
    (options.timeout, options.attempts) = (Duration::from_secs(60), 1);
    options.connect_timeout = Duration::from_millis(100);
    let status = Client::new(&options).unwrap().route(inquiry("在吗")).await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable, "{status}");
}

#[tokio::test]
async fn a_limit_of_the_service_is_no_cancellation_by_the_caller() {
    let service = Running::with(|config| config.limits.request_time = Duration::from_millis(1));
    let mut options = Options::new([service.http()]);
    options.timeout = Duration::from_secs(60);
    let client = Client::new(&options).unwrap();
    let many = vec![inquiry(&"我要退货，快递三天没动了，你们到底管不管？".repeat(20)); 256];
    let status = client.route_batch(many).await.unwrap_err();
    assert_eq!(status.code(), Code::DeadlineExceeded, "{status}");
}
