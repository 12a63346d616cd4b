//! The calls of `fenliu.v1.Router`: convert, let the engine work in its turn, convert.

mod asked;
mod describe;
mod stream;

use std::sync::Arc;

use fenliu::Snapshot;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_types::{ErrorDetails, StatusExt};

use crate::call::{self, counted};
use crate::convert;
use crate::door::Account;
use crate::gate::{Class, Done, Refused};
use crate::metrics::Stage;
use crate::state::State;
use crate::wire;
use crate::wire::route_error::Code as ErrorCode;
use crate::wire::route_result::Result as Item;
use asked::Asked;

/// The most messages of one batch.
pub(crate) const MAX_BATCH: usize = 256;

/// Answers the calls of `fenliu.v1.Router`.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    state: Arc<State>,
}

impl Service {
    pub(crate) fn new(state: Arc<State>) -> Self {
        Self { state }
    }

    async fn routed(&self, inquiry: fenliu::Inquiry) -> Result<wire::Outcome, Status> {
        let snapshot = self.state.snapshot()?;
        let asked = Arc::new(Asked::new(snapshot, inquiry));
        let class = || asked.class();
        let work = {
            let (asked, state) = (Arc::clone(&asked), Arc::clone(&self.state));
            move || {
                let outcome = asked.route().inspect(|outcome| state.routed(&asked.inquiry, outcome));
                let usual = usize::from(outcome.is_ok());
                (outcome, usual)
            }
        };
        let done = self.state.gate.run(1, class, work).await.map_err(refusal)?;
        let outcome = self.waited(done).map_err(Status::invalid_argument)?;
        call::tell(&outcome);
        Ok(convert::outcome(outcome))
    }

    fn waited<T>(&self, done: Done<T>) -> T {
        self.state.metrics.stage(Stage::Wait, done.waited);
        call::tell_wait(done.waited);
        done.result
    }
}

#[tonic::async_trait]
impl wire::router_server::Router for Service {
    async fn route(&self, request: Request<wire::RouteRequest>) -> Result<Response<wire::RouteResponse>, Status> {
        let (metadata, extensions, message) = request.into_parts();
        counted(&self.state, ("Route", &metadata, &extensions), async {
            let outcome = self.routed(inquiry(message.inquiry)?).await?;
            Ok(Response::new(wire::RouteResponse { outcome: Some(outcome) }))
        })
        .await
    }

    async fn route_batch(
        &self,
        request: Request<wire::RouteBatchRequest>,
    ) -> Result<Response<wire::RouteBatchResponse>, Status> {
        let (metadata, extensions, message) = request.into_parts();
        counted(&self.state, ("RouteBatch", &metadata, &extensions), async {
            let inquiries = message.inquiries;
            if inquiries.len() > MAX_BATCH {
                return Err(Status::invalid_argument(format!(
                    "inquiries: {} messages, expected at most {MAX_BATCH}",
                    inquiries.len()
                )));
            }
            let snapshot = self.state.snapshot()?;
            if let Some(account) = extensions.get::<Account>() {
                account.charge_batch(inquiries.len())?;
            }
            let mut results = Vec::with_capacity(inquiries.len());
            let mut inquiries = inquiries.into_iter();
            loop {
                let piece: Vec<Read> = inquiries.by_ref().take(self.state.gate.piece()).map(convert::inquiry).collect();
                if piece.is_empty() {
                    break;
                }
                let asked = piece.len();
                let items = match self.piece(&snapshot, piece, Entry::AtOnce).await {
                    // A batch that begins with a refusal has cost nothing yet: the caller may try the whole again.
                    Err(refused) if results.is_empty() => return Err(refusal(refused)),
                    Err(refused) => vec![Item::Error(refused_item(refused)); asked],
                    Ok(items) => items,
                };
                self.state.metrics.items("RouteBatch", &items);
                results.extend(items.into_iter().map(|item| wire::RouteResult { result: Some(item) }));
            }
            Ok(Response::new(wire::RouteBatchResponse { results }))
        })
        .await
    }

    type RouteStreamStream = stream::Answers;

    async fn route_stream(
        &self,
        request: Request<Streaming<wire::RouteStreamRequest>>,
    ) -> Result<Response<Self::RouteStreamStream>, Status> {
        let (metadata, extensions, requests) = request.into_parts();
        counted(&self.state, ("RouteStream", &metadata, &extensions), async {
            Ok(Response::new(stream::answers(self.clone(), requests, extensions.get::<Account>().cloned())))
        })
        .await
    }

    async fn classify(
        &self,
        request: Request<wire::ClassifyRequest>,
    ) -> Result<Response<wire::ClassifyResponse>, Status> {
        let (metadata, extensions, message) = request.into_parts();
        counted(&self.state, ("Classify", &metadata, &extensions), async {
            let inquiry = inquiry(message.inquiry)?;
            let asked = Arc::new(Asked::new(self.state.snapshot()?, inquiry));
            let class = || asked.class();
            let work = {
                let asked = Arc::clone(&asked);
                move || {
                    let reading = asked.read().map(|reading| convert::reading(&reading, asked.engine()));
                    let usual = usize::from(reading.is_ok());
                    (reading, usual)
                }
            };
            let done = self.state.gate.run(1, class, work).await.map_err(refusal)?;
            Ok(Response::new(self.waited(done).map_err(Status::invalid_argument)?))
        })
        .await
    }

    async fn describe(
        &self,
        request: Request<wire::DescribeRequest>,
    ) -> Result<Response<wire::DescribeResponse>, Status> {
        counted(&self.state, ("Describe", request.metadata(), request.extensions()), async {
            let snapshot = self.state.snapshot()?;
            Ok(Response::new(describe::response(&self.state, &snapshot)))
        })
        .await
    }
}

/// An inquiry, or what is wrong with it.
type Read = Result<fenliu::Inquiry, String>;

/// Whether work that finds no room is refused or waits for it.
#[derive(Debug, Clone, Copy)]
enum Entry {
    AtOnce,
    WhenFree,
}

impl Service {
    /// Routes some messages as one piece of work, in their order.
    async fn piece(&self, snapshot: &Arc<Snapshot>, read: Vec<Read>, entry: Entry) -> Result<Vec<Item>, Refused> {
        let asked = read.into_iter().map(|read| read.map(|inquiry| Asked::new(Arc::clone(snapshot), inquiry)));
        let piece: Arc<[Result<Asked, String>]> = asked.collect();
        let messages = piece.len();
        let class = || piece.iter().flatten().map(Asked::class).find(|class| *class == Class::Urgent);
        let work = {
            let (piece, state) = (Arc::clone(&piece), Arc::clone(&self.state));
            move || {
                let items: Vec<Item> = piece.iter().map(|asked| item(&state, asked)).collect();
                let usual = items.iter().filter(|item| matches!(item, Item::Outcome(_))).count();
                (items, usual)
            }
        };
        let class = || class().unwrap_or(Class::Usual);
        let done = match entry {
            Entry::AtOnce => self.state.gate.run(messages, class, work).await,
            Entry::WhenFree => self.state.gate.run_when_free(messages, class, work).await,
        };
        done.map(|done| self.waited(done))
    }
}

fn item(state: &State, asked: &Result<Asked, String>) -> Item {
    let invalid = |message| wire::RouteError { message, code: ErrorCode::InvalidArgument.into(), retry_after: None };
    let outcome = asked.as_ref().map_err(|message| invalid(message.clone())).and_then(|asked| {
        // What goes wrong with one does not spoil the rest of its piece.
        let outcome = state.gate.caught(|| asked.route()).map_err(refused_item)?.map_err(invalid)?;
        state.routed(&asked.inquiry, &outcome);
        Ok(outcome)
    });
    outcome.map_or_else(Item::Error, |outcome| Item::Outcome(convert::outcome(outcome)))
}

fn inquiry(inquiry: Option<wire::Inquiry>) -> Result<fenliu::Inquiry, Status> {
    given(inquiry).map_err(Status::invalid_argument)
}

fn given(inquiry: Option<wire::Inquiry>) -> Read {
    inquiry.ok_or_else(|| "inquiry: is missing".to_owned()).and_then(convert::inquiry)
}

/// What a whole call is told, with the time after which to ask again.
fn refusal(refused: Refused) -> Status {
    let message = refused_item(refused).message;
    match refused {
        Refused::Full(after) => {
            Status::with_error_details(Code::ResourceExhausted, message, ErrorDetails::with_retry_info(Some(after)))
        }
        Refused::Failed => Status::internal(message),
    }
}

/// What one item is told.
fn refused_item(refused: Refused) -> wire::RouteError {
    let (code, message) = match refused {
        Refused::Full(after) => (
            ErrorCode::ResourceExhausted,
            format!("as many messages wait as may; ask again in {} ms", after.as_millis()),
        ),
        Refused::Failed => (ErrorCode::Internal, "the engine did not finish".to_owned()),
    };
    let retry_after = match refused {
        Refused::Full(after) => Some(convert::duration_out(after)),
        Refused::Failed => None,
    };
    wire::RouteError { message, code: code.into(), retry_after }
}
