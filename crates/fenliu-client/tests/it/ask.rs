use fenliu_client::{Client, Options, wire};
use tonic::Code;

use crate::authority::Authority;
use crate::{Running, inquiry};

#[tokio::test]
async fn calls_go_on_while_one_of_two_instances_goes() {
    let (mut first, second) = (Running::start(), Running::start());
    let client = Client::new(&Options::new([first.http(), second.http()])).unwrap();
    for round in 0..200 {
        if round == 100 {
            first.stop();
        }
        let outcome = client.route(inquiry("给我转人工")).await.unwrap();
        assert_eq!(outcome.tier(), wire::outcome::Tier::Advisor);
    }
    first.stopped().await;
    let results = client.route_batch(vec![inquiry("在吗"), inquiry(" ")]).await.unwrap();
    assert!(matches!(results[1].result, Some(wire::route_result::Result::Error(_))));
    assert!(!client.describe().await.unwrap().intents.is_empty());
    assert!(!client.classify(inquiry("我要退货")).await.unwrap().lexicon.is_empty());
}

#[tokio::test]
async fn what_is_wrong_with_the_inquiry_is_not_tried_again() {
    let service = Running::start();
    let client = Client::new(&Options::new([service.http()])).unwrap();
    let status = client.route(inquiry("")).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
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
        (
            {
                let mut options = Options::new(["https://127.0.0.1:1"]);
                options.ca = Some("-----BEGIN CERTIFICATE-----\n令牌".to_owned());
                options
            },
            "endpoint `https://127.0.0.1:1`: Error parsing TLS certificate",
        ),
        (
            {
                let mut options = Options::new(["https://127.0.0.1:1"]);
                options.ca = Some(" ".to_owned());
                options
            },
            "endpoint `https://127.0.0.1:1`: `ca` holds no certificate",
        ),
        (
            {
                let mut options = Options::new(["HTTPS://127.0.0.1:1"]);
                options.ca = Some(Authority::new().certificate);
                options.identity = Some((String::new(), String::new()));
                options
            },
            "endpoint `HTTPS://127.0.0.1:1`: Error parsing TLS private key",
        ),
    ] {
        let error = Client::new(&options).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
