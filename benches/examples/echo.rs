//! The peer that the service is measured against: the same contract, the same transport, and no work at all.
//!
//! `echo ADDRESS` answers every call at once with nothing in it, and says where it listens.

use std::pin::Pin;

use fenliu_proto as wire;
use fenliu_proto::router_server::{Router, RouterServer};
use tokio_stream::{Stream, StreamExt};
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status, Streaming};

struct Echo;

type Answers = Pin<Box<dyn Stream<Item = Result<wire::RouteStreamResponse, Status>> + Send>>;

#[tonic::async_trait]
impl Router for Echo {
    async fn route(&self, _: Request<wire::RouteRequest>) -> Result<Response<wire::RouteResponse>, Status> {
        Ok(Response::new(wire::RouteResponse { outcome: Some(wire::Outcome::default()) }))
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
        let answers = requests
            .into_inner()
            .map(|request| request.map(|it| wire::RouteStreamResponse { request_id: it.request_id, result: None }));
        Ok(Response::new(Box::pin(answers)))
    }

    async fn classify(&self, _: Request<wire::ClassifyRequest>) -> Result<Response<wire::ClassifyResponse>, Status> {
        Ok(Response::new(Default::default()))
    }

    async fn describe(&self, _: Request<wire::DescribeRequest>) -> Result<Response<wire::DescribeResponse>, Status> {
        Ok(Response::new(Default::default()))
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
    tonic::transport::Server::builder().add_service(RouterServer::new(Echo)).serve_with_incoming(incoming).await?;
    Ok(())
}
