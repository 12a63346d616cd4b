//! The proto3 JSON of the wire types is the JSON of the library's types.

use fenliu_server::wire::{DESCRIPTORS, RouteRequest};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage};

use crate::Running;

fn pool() -> DescriptorPool {
    DescriptorPool::decode(DESCRIPTORS).unwrap()
}

#[tokio::test]
async fn an_inquiry_and_its_outcome_have_one_json() {
    let running = Running::start().await.ready().await;
    let inquiry = serde_json::json!({
        "text": "你们的面霜用了脸上起红疹！订单123456789012，我要退货",
        "channel": "in_app",
        "customer": {"id": "c-1", "value": "high", "kol": true, "prefers_human": true, "contacts_24h": 3},
        "conversation": {
            "id": "t-1",
            "turns": [{"speaker": "customer", "text": "在吗"}, {"speaker": "ai", "text": "在的"}],
            "ai_failures": 2,
            "human_active": true,
            "waiting": "90s",
        },
        "vertical": "mother_baby",
        "received_at": "2026-11-11T00:00:00Z",
    });
    let pool = pool();
    let descriptor = pool.get_message_by_name("fenliu.v1.Inquiry").unwrap();
    let dynamic = DynamicMessage::deserialize(descriptor, inquiry.clone()).unwrap();
    let wire = fenliu_server::wire::Inquiry::decode(dynamic.encode_to_vec().as_slice()).unwrap();
    let ours: fenliu::Inquiry = serde_json::from_value(inquiry.clone()).unwrap();
    assert_eq!(serde_json::to_value(&ours).unwrap(), inquiry, "the library writes what it read");

    let response = running.router().route(RouteRequest { inquiry: Some(wire) }).await.unwrap().into_inner();
    let descriptor = pool.get_message_by_name("fenliu.v1.Outcome").unwrap();
    let dynamic = DynamicMessage::decode(descriptor, response.outcome.unwrap().encode_to_vec().as_slice()).unwrap();
    let mut over_the_wire = serde_json::to_value(dynamic).unwrap();
    let mut in_process = serde_json::to_value(running.live.snapshot().engine.route(&ours).unwrap()).unwrap();
    for json in [&mut over_the_wire, &mut in_process] {
        for volatile in ["decision_id", "took"] {
            assert!(json.as_object_mut().unwrap().remove(volatile).is_some(), "{volatile}");
        }
    }
    assert_eq!(over_the_wire, in_process);
    assert_eq!(in_process["hold"], true);
    assert_eq!(in_process["sla"]["human_by"], "2026-11-11T00:00:30Z");
}
