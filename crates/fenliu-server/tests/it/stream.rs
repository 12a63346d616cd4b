use std::collections::BTreeSet;
use std::time::Duration;

use fenliu_server::wire::route_error::Code as ErrorCode;
use fenliu_server::wire::route_stream_response::Result as Answer;
use fenliu_server::wire::{RouteStreamRequest, outcome};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Code;

use crate::Running;
use crate::running::inquiry;

fn request(id: usize, text: &str) -> RouteStreamRequest {
    RouteStreamRequest { request_id: id.to_string(), inquiry: Some(inquiry(text)) }
}

#[tokio::test]
async fn every_message_of_a_stream_is_answered_under_its_name_and_a_bad_one_spoils_no_other() {
    let running = Running::start().await.ready().await;
    let requests = (0..500).map(|id| request(id, if id % 50 == 7 { " " } else { "给我转人工" }));
    let requests: Vec<RouteStreamRequest> = requests.collect();
    let mut answers = running.router().route_stream(tokio_stream::iter(requests)).await.unwrap().into_inner();
    let (mut good, mut bad) = (BTreeSet::new(), BTreeSet::new());
    while let Some(answer) = answers.message().await.unwrap() {
        let id: usize = answer.request_id.parse().unwrap();
        match answer.result.unwrap() {
            Answer::Outcome(outcome) => {
                assert_eq!(outcome.tier(), outcome::Tier::Advisor);
                assert!(good.insert(id));
            }
            Answer::Error(error) => {
                assert_eq!(error.code(), ErrorCode::InvalidArgument);
                assert!(error.message.starts_with("inquiry.text: the text is empty"), "{}", error.message);
                assert!(bad.insert(id));
            }
        }
    }
    assert_eq!(good.len(), 490);
    assert_eq!(bad, (0..500).filter(|id| id % 50 == 7).collect());
}

#[tokio::test]
async fn a_message_is_answered_before_the_next_one_comes() {
    let running = Running::start().await.ready().await;
    let (send, receive) = mpsc::channel(1);
    let mut answers = running.router().route_stream(ReceiverStream::new(receive)).await.unwrap().into_inner();
    for id in 0..3 {
        send.send(request(id, "在吗")).await.unwrap();
        assert_eq!(answers.message().await.unwrap().unwrap().request_id, id.to_string());
    }
    drop(send);
    assert!(answers.message().await.unwrap().is_none());
}

#[tokio::test]
async fn who_does_not_take_answers_off_is_not_read_on() {
    let running = Running::start().await.ready().await;
    let (send, receive) = mpsc::channel(1);
    let _answers = running.router().route_stream(ReceiverStream::new(receive)).await.unwrap().into_inner();
    // Long before so many the windows of both sides are full, and the next one waits.
    let mut waits = false;
    for id in 0..40_000 {
        let one = send.send(request(id, "你们的面霜用了脸上起红疹，我要退货退款，什么时候到账"));
        match tokio::time::timeout(Duration::from_secs(1), one).await {
            Ok(sent) => sent.unwrap(),
            Err(_) => {
                waits = true;
                break;
            }
        }
    }
    assert!(waits, "40,000 messages were read and not one answer taken off");
    let other = running.router().route(fenliu_server::wire::RouteRequest { inquiry: Some(inquiry("在吗")) }).await;
    assert!(other.is_ok(), "others are served meanwhile");
}

#[tokio::test]
async fn a_service_that_drains_answers_what_it_has_read_and_ends_the_stream() {
    let mut running = Running::start().await.ready().await;
    let (send, receive) = mpsc::channel(1);
    let mut answers = running.router().route_stream(ReceiverStream::new(receive)).await.unwrap().into_inner();
    send.send(request(1, "在吗")).await.unwrap();
    assert_eq!(answers.message().await.unwrap().unwrap().request_id, "1");
    running.stop();
    let status = answers.message().await.unwrap_err();
    assert_eq!(status.code(), Code::Unavailable);
    running.served.await.unwrap().unwrap();
}
