//! Messages as they come, answers as they are ready. What is read from the caller is bounded by what may be in work, and
//! that by what the caller takes off: nobody's memory grows.

use std::pin::Pin;
use std::sync::Arc;

use futures_util::{FutureExt, Stream, StreamExt};
use tokio::sync::{Semaphore, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Status, Streaming};

use super::{Entry, Item, Service, given, refused_item};
use crate::door::Account;
use crate::state::Phase;
use crate::wire;
use crate::wire::route_stream_response::Result as Answer;

/// The answers of one stream.
pub(crate) type Answers = Pin<Box<dyn Stream<Item = Result<wire::RouteStreamResponse, Status>> + Send>>;

/// How many pieces of one stream may be in work at once; others want their turn too.
const PIECES: u32 = 8;

/// Answers that go out together.
type Piece = Vec<Result<wire::RouteStreamResponse, Status>>;

/// Reads messages, as fast as their caller may ask for them, and gives the stream of their answers.
pub(super) fn answers(
    service: Service,
    requests: Streaming<wire::RouteStreamRequest>,
    account: Option<Account>,
) -> Answers {
    let (send, receive) = mpsc::channel(1);
    tokio::spawn(serve(service, Incoming { requests, end: None }, account, send));
    Box::pin(ReceiverStream::new(receive).map(futures_util::stream::iter).flatten())
}

/// Reads until the caller ends or leaves, or the service drains; the answers to what was read go out first.
async fn serve(service: Service, mut incoming: Incoming, account: Option<Account>, send: mpsc::Sender<Piece>) {
    let in_work = Arc::new(Semaphore::new(PIECES as usize));
    loop {
        let Ok(permit) = Arc::clone(&in_work).acquire_owned().await else { return };
        let next = async {
            // What waits for its account is not read, and not more of it than there is.
            let Some(account) = &account else { return incoming.piece(service.state.gate.piece()).await };
            account.wait().await;
            incoming.piece(1).await
        };
        let piece = tokio::select! {
            piece = next => piece,
            () = service.state.reached(Phase::Draining) => Err(Some(Status::unavailable("the service is going; what was read is answered"))),
            () = send.closed() => return,
        };
        match piece {
            Ok(piece) => {
                let (service, send) = (service.clone(), send.clone());
                tokio::spawn(async move {
                    // A caller that has left takes no answers, and nothing more is worked for it.
                    tokio::select! {
                        answers = answer(&service, piece) => drop(send.send(answers).await),
                        () = send.closed() => {}
                    }
                    drop(permit);
                });
            }
            Err(None) => return,
            Err(Some(status)) => {
                let _others = in_work.acquire_many(PIECES - 1).await;
                let _ = send.send(vec![Err(status)]).await;
                return;
            }
        }
    }
}

/// The messages of one caller.
struct Incoming {
    requests: Streaming<wire::RouteStreamRequest>,
    /// How the stream has ended, where it has.
    end: Option<Option<Status>>,
}

impl Incoming {
    /// What has come, at most so many and never nothing; else how the stream has ended.
    async fn piece(&mut self, most: usize) -> Result<Vec<wire::RouteStreamRequest>, Option<Status>> {
        let mut piece = Vec::new();
        while self.end.is_none() && piece.len() < most {
            let next = if piece.is_empty() {
                self.requests.message().await
            } else {
                // Only what is there already: a message does not wait for the next.
                let Some(next) = self.requests.message().now_or_never() else { break };
                next
            };
            match next {
                Ok(Some(request)) => piece.push(request),
                Ok(None) => self.end = Some(None),
                Err(status) => self.end = Some(Some(status)),
            }
        }
        if piece.is_empty() { Err(self.end.take().flatten()) } else { Ok(piece) }
    }
}

async fn answer(service: &Service, piece: Vec<wire::RouteStreamRequest>) -> Piece {
    let (ids, inquiries): (Vec<String>, Vec<Option<wire::Inquiry>>) =
        piece.into_iter().map(|request| (request.request_id, request.inquiry)).unzip();
    let asked = ids.len();
    let snapshot = match service.state.snapshot() {
        Ok(snapshot) => snapshot,
        Err(status) => return vec![Err(status)],
    };
    let inquiries = inquiries.into_iter().map(given).collect();
    let items = service.piece(&snapshot, inquiries, Entry::WhenFree).await;
    let items = items.unwrap_or_else(|refused| vec![Item::Error(refused_item(refused)); asked]);
    service.state.metrics.items("RouteStream", &items);
    let answers = ids.into_iter().zip(items).map(|(request_id, item)| {
        let result = match item {
            Item::Outcome(outcome) => Answer::Outcome(outcome),
            Item::Error(error) => Answer::Error(error),
        };
        Ok(wire::RouteStreamResponse { request_id, result: Some(result) })
    });
    answers.collect()
}
