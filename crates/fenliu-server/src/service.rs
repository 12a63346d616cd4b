//! The three calls: convert, call the engine off the async threads, convert.

use std::sync::Arc;

use fenliu::{Live, Snapshot};
use tokio::sync::Semaphore;
use tonic::{Request, Response, Status};

use crate::convert;
use crate::wire;
use crate::wire::route_result::Result as Item;

/// The most messages of one batch.
const MAX_BATCH: usize = 256;

/// Answers the calls of `fenliu.v1.Router`.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    live: Arc<Live>,
    permits: Arc<Semaphore>,
}

impl Service {
    pub(crate) fn new(live: Arc<Live>, concurrency: usize) -> Self {
        Self { live, permits: Arc::new(Semaphore::new(concurrency.max(1))) }
    }

    /// Runs `work` on a blocking thread with one snapshot of what is in use, once a permit is free.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Snapshot) -> T + Send + 'static) -> Result<T, Status> {
        let permit =
            Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Status::unavailable("shutting down"))?;
        let snapshot = self.live.snapshot();
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&snapshot);
            drop(permit);
            result
        });
        done.await.map_err(|_| Status::internal("the engine did not finish"))
    }
}

#[tonic::async_trait]
impl wire::router_server::Router for Service {
    async fn route(&self, request: Request<wire::RouteRequest>) -> Result<Response<wire::RouteResponse>, Status> {
        let inquiry = inquiry(request.into_inner().inquiry)?;
        let outcome = self.run(move |in_use| in_use.route(&inquiry)).await?.map_err(invalid)?;
        Ok(Response::new(wire::RouteResponse { outcome: Some(convert::outcome(outcome)) }))
    }

    async fn route_batch(
        &self,
        request: Request<wire::RouteBatchRequest>,
    ) -> Result<Response<wire::RouteBatchResponse>, Status> {
        let inquiries = request.into_inner().inquiries;
        if inquiries.len() > MAX_BATCH {
            return Err(Status::invalid_argument(format!(
                "inquiries: {} messages, expected at most {MAX_BATCH}",
                inquiries.len()
            )));
        }
        let results = self
            .run(move |in_use| {
                inquiries
                    .into_iter()
                    .map(|inquiry| {
                        let outcome = convert::inquiry(inquiry)
                            .and_then(|inquiry| in_use.route(&inquiry).map_err(|error| error.to_string()));
                        let item = match outcome {
                            Ok(outcome) => Item::Outcome(convert::outcome(outcome)),
                            Err(message) => Item::Error(wire::RouteError { message }),
                        };
                        wire::RouteResult { result: Some(item) }
                    })
                    .collect()
            })
            .await?;
        Ok(Response::new(wire::RouteBatchResponse { results }))
    }

    async fn classify(
        &self,
        request: Request<wire::ClassifyRequest>,
    ) -> Result<Response<wire::ClassifyResponse>, Status> {
        let inquiry = inquiry(request.into_inner().inquiry)?;
        let response = self
            .run(move |in_use| in_use.engine.read(&inquiry).map(|reading| convert::reading(&reading, &in_use.engine)))
            .await?
            .map_err(invalid)?;
        Ok(Response::new(response))
    }
}

fn inquiry(inquiry: Option<wire::Inquiry>) -> Result<fenliu::Inquiry, Status> {
    let inquiry = inquiry.ok_or_else(|| Status::invalid_argument("inquiry: is missing"))?;
    convert::inquiry(inquiry).map_err(Status::invalid_argument)
}

fn invalid(error: fenliu::TextError) -> Status {
    Status::invalid_argument(format!("inquiry.text: {error}"))
}
