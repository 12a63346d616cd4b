use fenliu_server::wire::route_result::Result as Item;
use fenliu_server::wire::{
    ClassifyRequest, Conversation, Customer, DescribeRequest, Inquiry, RouteBatchRequest, RouteRequest, Turn, customer,
    emotion, outcome,
};
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

use crate::Running;
use crate::running::inquiry;

#[tokio::test]
async fn a_message_is_routed_with_everything_the_caller_said() {
    let running = Running::start().await.ready().await;
    let customer = Customer { kol: true, value: customer::Value::High.into(), ..Customer::default() };
    let asked = Inquiry { customer: Some(customer), ..inquiry("在吗") };
    let response = running.router().route(RouteRequest { inquiry: Some(asked) }).await.unwrap().into_inner();
    let outcome = response.outcome.unwrap();
    assert_eq!(outcome.tier(), outcome::Tier::Advisor);
    assert_eq!(outcome.group, "koc");
    assert!(outcome.reasons.iter().any(|reason| reason.code == "KOL"));
    assert_eq!(outcome.degraded, Some(true));
    assert_eq!(outcome.revision.unwrap().policy, running.live.snapshot().engine.revision().policy);
}

#[tokio::test]
async fn what_is_wrong_is_said_with_its_field() {
    let running = Running::start().await.ready().await;
    let speakerless = Conversation { turns: vec![Turn::default()], ..Conversation::default() };
    for (asked, expected) in [
        (None, "inquiry: is missing"),
        (Some(inquiry("")), "inquiry.text: the text is empty"),
        (
            Some(inquiry(&"长".repeat(100_000))),
            "inquiry.text: the text is too long: 300000 bytes, expected at most 8192",
        ),
        (Some(Inquiry { channel: 99, ..inquiry("在吗") }), "inquiry.channel: unknown value 99"),
        (
            Some(Inquiry { conversation: Some(speakerless), ..inquiry("在吗") }),
            "inquiry.conversation.turns[0].speaker: is unspecified",
        ),
        (
            Some(Inquiry {
                received_at: Some(prost_types::Timestamp { seconds: i64::MAX, nanos: 0 }),
                ..inquiry("在吗")
            }),
            "inquiry.received_at: ",
        ),
    ] {
        let status = running.router().route(RouteRequest { inquiry: asked }).await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().starts_with(expected), "{}", status.message());
    }
}

#[tokio::test]
async fn one_bad_item_does_not_spoil_the_batch() {
    let running = Running::start().await.ready().await;
    let inquiries = vec![inquiry("给我转人工"), inquiry("  "), inquiry("什么时候发货")];
    let results = running.router().route_batch(RouteBatchRequest { inquiries }).await.unwrap().into_inner().results;
    let kinds: Vec<Option<bool>> =
        results.iter().map(|result| result.result.as_ref().map(|item| matches!(item, Item::Outcome(_)))).collect();
    assert_eq!(kinds, [Some(true), Some(false), Some(true)]);

    let too_many = vec![inquiry("在吗"); 257];
    let status = running.router().route_batch(RouteBatchRequest { inquiries: too_many }).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert_eq!(status.message(), "inquiries: 257 messages, expected at most 256");
}

#[tokio::test]
async fn classify_reads_and_does_not_decide() {
    let running = Running::start().await.ready().await;
    let asked =
        ClassifyRequest { inquiry: Some(inquiry("垃圾店！！！我的手机号是13812345678，我要退货")) };
    let reading = running.router().classify(asked).await.unwrap().into_inner();
    assert!(reading.model.is_empty());
    assert_eq!(reading.lexicon[0].id, "return_refund");
    assert_eq!(reading.emotion.unwrap().id(), emotion::Id::Angry);
    assert_eq!(reading.entities.len(), 1);
    assert_eq!((reading.entities[0].start, reading.entities[0].end), (Some(12), Some(23)));
}

#[tokio::test]
async fn health_says_serving_overall_and_for_the_router() {
    let running = Running::start().await.ready().await;
    for service in ["", "fenliu.v1.Router"] {
        let request = HealthCheckRequest { service: service.to_owned() };
        let response = HealthClient::new(running.channel.clone()).check(request).await.unwrap();
        assert_eq!(response.into_inner().status(), ServingStatus::Serving, "{service}");
    }
}

#[tokio::test]
async fn reflection_lists_the_services() {
    let running = Running::start().await.ready().await;
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut responses = ServerReflectionClient::new(running.channel.clone())
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap()
        .into_inner();
    let response = responses.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = response else { panic!("{response:?}") };
    let names: Vec<&str> = list.service.iter().map(|service| service.name.as_str()).collect();
    assert!(names.contains(&"fenliu.v1.Router") && names.contains(&"grpc.health.v1.Health"), "{names:?}");
}

#[tokio::test]
async fn describe_says_what_is_in_use() {
    let running = Running::start().await.ready().await;
    let said = running.router().describe(DescribeRequest {}).await.unwrap().into_inner();
    let engine = &running.live.snapshot().engine;
    assert_eq!(said.intents.len(), engine.taxonomy().len());
    assert!(
        said.intents
            .iter()
            .any(|intent| intent.id == "track" && intent.domain == "logistics" && intent.zh == "物流查询")
    );
    assert!(said.groups.iter().any(|group| group.id == "safety"));
    assert_eq!(said.profiles[0].id, "normal");
    assert_eq!(said.profile, "normal");
    assert_eq!(said.revision.unwrap().policy, engine.revision().policy);
    assert_eq!(said.last_reload, None);
    let limits = said.limits.unwrap();
    assert_eq!((limits.text_bytes, limits.batch), (8192, 256));
    assert!(limits.workers > 0 && limits.waiting > 0);
}
