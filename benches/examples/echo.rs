//! The peer that the service is measured against: the same contract, the same transport, and no work at all.
//!
//! `echo ADDRESS` answers every call at once with an empty outcome, and says where it listens; `echo ADDRESS full` with
//! one that holds as much as an outcome usually does, for a caller has to read that too.

use std::pin::Pin;

use fenliu_proto as wire;
use fenliu_proto::route_stream_response::Result as Answer;
use fenliu_proto::router_server::{Router, RouterServer};
use tokio_stream::{Stream, StreamExt};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

struct Echo {
    outcome: wire::Outcome,
}

type Answers = Pin<Box<dyn Stream<Item = Result<wire::RouteStreamResponse, Status>> + Send>>;

#[tonic::async_trait]
impl Router for Echo {
    async fn route(&self, _: Request<wire::RouteRequest>) -> Result<Response<wire::RouteResponse>, Status> {
        Ok(Response::new(wire::RouteResponse { outcome: Some(self.outcome.clone()) }))
    }

    async fn route_batch(
        &self,
        _: Request<wire::RouteBatchRequest>,
    ) -> Result<Response<wire::RouteBatchResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    type RouteStreamStream = Answers;

    async fn route_stream(
        &self,
        requests: Request<Streaming<wire::RouteStreamRequest>>,
    ) -> Result<Response<Answers>, Status> {
        let outcome = self.outcome.clone();
        let answers = requests.into_inner().map(move |request| {
            let result = Some(Answer::Outcome(outcome.clone()));
            request.map(|it| wire::RouteStreamResponse { request_id: it.request_id, result })
        });
        Ok(Response::new(Box::pin(answers)))
    }

    async fn classify(&self, _: Request<wire::ClassifyRequest>) -> Result<Response<wire::ClassifyResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn describe(&self, _: Request<wire::DescribeRequest>) -> Result<Response<wire::DescribeResponse>, Status> {
        Ok(Response::new(Default::default()))
    }
}

/// What `fenliu route 什么时候发货` says, in other words.
fn full() -> wire::Outcome {
    let text = str::to_owned;
    let reason =
        |code: &str| wire::Reason { code: text(code), rule: text("automation.ai"), because: text("可自动答复") };
    wire::Outcome {
        decision_id: text("01940000-0000-7000-8000-000000000000"),
        tier: wire::outcome::Tier::Ai.into(),
        intents: vec![wire::Intent {
            id: text("ship_time"),
            domain: text("logistics"),
            confidence: Some(0.98),
            also: false,
        }],
        r#match: wire::outcome::Match::Intent.into(),
        emotion: Some(wire::Emotion {
            id: wire::emotion::Id::Neutral.into(),
            confidence: Some(0.97),
            trend: wire::emotion::Trend::Same.into(),
        }),
        group: text("ai"),
        priority: wire::outcome::Priority::Normal.into(),
        sla: Some(wire::Sla {
            first_response_by: Some(prost_types::Timestamp { seconds: 1_760_000_000, nanos: 0 }),
            ..wire::Sla::default()
        }),
        reasons: vec![reason("AUTOMATION_AI"), reason("MODEL_BELIEVED")],
        believed: wire::outcome::Believed::Model.into(),
        answered_by: wire::outcome::AnsweredBy::Fast.into(),
        degraded: Some(false),
        revision: Some(wire::Revision {
            model: text("0123456789ab"),
            lexicon: text("0123456789ab"),
            policy: text("0123456789ab"),
        }),
        took: Some(prost_types::Duration { seconds: 0, nanos: 30_000 }),
        profile: text("normal"),
        ..wire::Outcome::default()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let incoming = TcpIncoming::bind(address.parse()?)?.with_nodelay(Some(true));
    #[expect(clippy::print_stdout, reason = "a program")]
    {
        println!("echo: serving on {}", incoming.local_addr()?);
    }
    let outcome = if std::env::args().nth(2).as_deref() == Some("full") { full() } else { wire::Outcome::default() };
    tonic::transport::Server::builder()
        .add_service(RouterServer::new(Echo { outcome }))
        .serve_with_incoming(incoming)
        .await?;
    Ok(())
}
