use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use fenliu::{Classifier, Live, Message, Parts, Ranking, Silence};
use fenliu_server::wire::route_error::Code as ErrorCode;
use fenliu_server::wire::router_client::RouterClient;
use fenliu_server::wire::{RouteBatchRequest, RouteRequest, route_result};
use fenliu_server::{Config, Server, Start};
use tonic::Code;
use tonic::transport::Channel;
use tonic_types::StatusExt;

use crate::running::{config, inquiry};

/// A model that takes its time, and panics where it is told to.
#[derive(Debug)]
struct Slow {
    go_on: Arc<AtomicBool>,
    asked: Arc<AtomicUsize>,
}

impl Classifier for Slow {
    fn classify(&self, message: &Message<'_>) -> Result<Ranking, Silence> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if message.text.contains("恐慌") {
            std::panic::resume_unwind(Box::new("as asked"));
        }
        while !self.go_on.load(Ordering::Relaxed) {
            std::thread::sleep(Duration::from_millis(1));
        }
        Err(Silence::Off)
    }

    fn glance(&self, message: &Message<'_>) -> Result<Ranking, Silence> {
        self.classify(message)
    }

    fn revision(&self) -> &str {
        "slow"
    }
}

/// A service with one worker and room for two that wait.
async fn slow(go_on: &Arc<AtomicBool>, asked: &Arc<AtomicUsize>) -> RouterClient<Channel> {
    slow_with(go_on, asked, |_| ()).await
}

async fn slow_with(
    go_on: &Arc<AtomicBool>,
    asked: &Arc<AtomicUsize>,
    more: impl FnOnce(&mut Config),
) -> RouterClient<Channel> {
    let slow = Slow { go_on: Arc::clone(go_on), asked: Arc::clone(asked) };
    let engine = Parts::embedded().build_with(Box::new(slow)).unwrap();
    let mut config = config();
    (config.workers, config.waiting) = (1, 2);
    more(&mut config);
    let server = Server::bind(Start::loaded(Arc::new(Live::new(engine))), config).unwrap();
    let address = server.address().unwrap();
    tokio::spawn(server.serve(std::future::pending()));
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    let mut router = RouterClient::new(channel);
    while router.describe(fenliu_server::wire::DescribeRequest {}).await.is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    router
}

fn asked(text: &str) -> RouteRequest {
    RouteRequest { inquiry: Some(inquiry(text)) }
}

#[tokio::test]
async fn who_finds_no_room_is_told_when_to_ask_again_and_the_grave_find_room() {
    let go_on = Arc::new(AtomicBool::new(false));
    let router = slow(&go_on, &Arc::default()).await;
    let mut waiting = Vec::new();
    for _ in 0..3 {
        let mut router = router.clone();
        waiting.push(tokio::spawn(async move { router.route(asked("什么时候发货")).await }));
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    let refused = router.clone().route(asked("什么时候发货")).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    let after = refused.get_error_details().retry_info().unwrap().retry_delay.unwrap();
    assert!(after >= Duration::from_millis(10) && after <= Duration::from_secs(1), "{after:?}");
    assert!(refused.message().contains("ask again in"), "{}", refused.message());
    let batch = RouteBatchRequest { inquiries: vec![inquiry("什么时候发货"); 40] };
    assert_eq!(router.clone().route_batch(batch).await.unwrap_err().code(), Code::ResourceExhausted);

    let mut grave = router.clone();
    let grave = tokio::spawn(async move { grave.route(asked("给我转人工")).await });
    let youngest = waiting.pop().unwrap().await.unwrap().unwrap_err();
    assert_eq!(youngest.code(), Code::ResourceExhausted, "the youngest of the usual gives way");
    go_on.store(true, Ordering::Relaxed);
    assert!(grave.await.unwrap().is_ok());
    for task in waiting {
        assert!(task.await.unwrap().is_ok());
    }
}

#[tokio::test]
async fn a_call_whose_deadline_has_passed_is_not_worked_on() {
    let (go_on, asked_of) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let router = slow(&go_on, &asked_of).await;
    let mut first = router.clone();
    let first = tokio::spawn(async move { first.route(asked("什么时候发货")).await });
    tokio::time::sleep(Duration::from_millis(30)).await;
    let mut late = tonic::Request::new(asked("什么时候发货"));
    late.set_timeout(Duration::from_millis(50));
    let refused = router.clone().route(late).await.unwrap_err();
    assert!(matches!(refused.code(), Code::DeadlineExceeded | Code::Cancelled), "{refused}");
    go_on.store(true, Ordering::Relaxed);
    assert!(first.await.unwrap().is_ok());
    assert!(router.clone().route(asked("在吗")).await.is_ok());
    assert_eq!(asked_of.load(Ordering::Relaxed), 2, "the first and the last, and not the late one");
}

#[tokio::test]
async fn a_call_that_takes_longer_than_any_may_is_told_so() {
    let go_on = Arc::new(AtomicBool::new(false));
    let limit = |config: &mut Config| config.limits.request_time = Duration::from_millis(100);
    let mut router = slow_with(&go_on, &Arc::default(), limit).await;
    let late = router.route(asked("什么时候发货")).await.unwrap_err();
    assert_eq!((late.code(), late.message()), (Code::DeadlineExceeded, "not done in 100 ms"));
    go_on.store(true, Ordering::Relaxed);
    assert!(router.route(asked("在吗")).await.is_ok());
}

#[tokio::test]
async fn a_panic_costs_its_own_caller_alone() {
    let go_on = Arc::new(AtomicBool::new(true));
    let router = slow(&go_on, &Arc::default()).await;
    let failed = router.clone().route(asked("恐慌")).await.unwrap_err();
    assert_eq!((failed.code(), failed.message()), (Code::Internal, "the engine did not finish"));
    let batch = RouteBatchRequest { inquiries: vec![inquiry("在吗"); 20] };
    let results = router.clone().route_batch(batch).await.unwrap().into_inner().results;
    assert_eq!(results.len(), 20);
    assert!(results.iter().all(|one| matches!(one.result, Some(route_result::Result::Outcome(_)))));
    // Nor does it spoil those that are worked on together with it.
    let inquiries = (0..40).map(|number| inquiry(if number % 4 == 1 { "恐慌" } else { "在吗" })).collect();
    let results = router.clone().route_batch(RouteBatchRequest { inquiries }).await.unwrap().into_inner().results;
    for (number, one) in results.iter().enumerate() {
        match one.result.as_ref().unwrap() {
            route_result::Result::Outcome(_) => assert_ne!(number % 4, 1),
            route_result::Result::Error(error) => {
                assert_eq!(
                    (number % 4, error.code(), error.message.as_str()),
                    (1, ErrorCode::Internal, "the engine did not finish")
                );
            }
        }
    }
}
