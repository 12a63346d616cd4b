//! Asks services of fenliu over gRPC: with deadlines, retries, and over several instances.
//!
//! # Examples
//!
//! ```no_run
//! # async fn ask() -> Result<(), Box<dyn std::error::Error>> {
//! use fenliu_client::{Client, Options, wire::Inquiry};
//! let client = Client::new(&Options::new(["http://10.0.0.1:50051", "http://10.0.0.2:50051"]))?;
//! let outcome = client.route(Inquiry { text: "我要退货".to_owned(), ..Inquiry::default() }).await?;
//! println!("{} {}", outcome.tier().as_str_name(), outcome.group);
//! # Ok(())
//! # }
//! ```

mod balance;
mod options;
mod retry;

use std::time::Duration;

pub use fenliu_proto as wire;
pub use options::{ClientError, Options};
use tokio::time::Instant;
use tonic::metadata::{Ascii, MetadataValue};
use tonic::transport::Channel;
use tonic::{Request, Response, Status};
use wire::router_client::RouterClient;
use wire::{
    ClassifyRequest, ClassifyResponse, DescribeRequest, DescribeResponse, Inquiry, Outcome, RouteBatchRequest,
    RouteRequest, RouteResult,
};

use balance::Instances;
use retry::Backoff;

/// Asks the instances of a service. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    instances: Instances,
    token: Option<MetadataValue<Ascii>>,
    timeout: Duration,
    attempts: u32,
}

impl Client {
    /// Connects when it is first asked; an instance that is not there is tried again while others answer.
    ///
    /// # Errors
    ///
    /// What is wrong with an address, the token, or a certificate.
    pub fn new(options: &Options) -> Result<Self, ClientError> {
        Ok(Self {
            instances: Instances::new(options.channels()?),
            token: options.bearer()?,
            timeout: options.timeout,
            attempts: options.attempts.max(1),
        })
    }

    /// Routes one message.
    ///
    /// # Errors
    ///
    /// The status of the last attempt; `INVALID_ARGUMENT` is what is wrong with the inquiry.
    pub async fn route(&self, inquiry: Inquiry) -> Result<Outcome, Status> {
        let request = RouteRequest { inquiry: Some(inquiry) };
        let response = self.call(request, async |mut router, request| router.route(request).await).await?;
        response.outcome.ok_or_else(|| Status::internal("the answer holds no outcome"))
    }

    /// Routes up to 256 messages; a bad one has its own error, in its place.
    ///
    /// # Errors
    ///
    /// As [`Client::route`].
    pub async fn route_batch(&self, inquiries: Vec<Inquiry>) -> Result<Vec<RouteResult>, Status> {
        let request = RouteBatchRequest { inquiries };
        Ok(self.call(request, async |mut router, request| router.route_batch(request).await).await?.results)
    }

    /// Reads one message without deciding.
    ///
    /// # Errors
    ///
    /// As [`Client::route`].
    pub async fn classify(&self, inquiry: Inquiry) -> Result<ClassifyResponse, Status> {
        let request = ClassifyRequest { inquiry: Some(inquiry) };
        self.call(request, async |mut router, request| router.classify(request).await).await
    }

    /// Says what one of the instances has in use.
    ///
    /// # Errors
    ///
    /// As [`Client::route`].
    pub async fn describe(&self) -> Result<DescribeResponse, Status> {
        self.call(DescribeRequest {}, async |mut router, request| router.describe(request).await).await
    }

    /// The client that tonic makes, for streams, to the instance whose turn it is; the token, the deadline and another
    /// attempt are then the caller's matter.
    ///
    /// # Errors
    ///
    /// None to speak of: a client has at least one instance.
    pub fn router(&self) -> Result<RouterClient<Channel>, Status> {
        Ok(self.instance()?.router())
    }

    fn instance(&self) -> Result<&balance::Instance, Status> {
        self.instances.next().ok_or_else(|| Status::unavailable("no instance"))
    }

    /// Asks again, another instance where there is one, while the service says that it is worth it or the connection
    /// broke, and there is time. A message whose answer was lost on the way is then routed twice, and a conversation
    /// may hold it twice.
    async fn call<Q: Clone, A>(
        &self,
        request: Q,
        ask: impl AsyncFn(RouterClient<Channel>, Request<Q>) -> Result<Response<A>, Status>,
    ) -> Result<A, Status> {
        let deadline = Instant::now() + self.timeout;
        let mut backoff = Backoff::default();
        let mut left = self.attempts;
        loop {
            left -= 1;
            let mut asked = Request::new(request.clone());
            // What the service does not finish in time it does not begin.
            asked.set_timeout(deadline.saturating_duration_since(Instant::now()));
            if let Some(token) = &self.token {
                asked.metadata_mut().insert("authorization", token.clone());
            }
            let instance = self.instance()?;
            let answer = tokio::time::timeout_at(deadline, ask(instance.router(), asked)).await;
            let status = match answer {
                Ok(Ok(response)) => return Ok(response.into_inner()),
                Ok(Err(status)) if !balance::timed_out(&status) => status,
                Ok(Err(_)) | Err(_) => {
                    return Err(Status::deadline_exceeded(format!("no answer within {:?}", self.timeout)));
                }
            };
            let Some(pause) = backoff.after(&status, instance.note(&status)) else { return Err(status) };
            if left == 0 || Instant::now() + pause >= deadline {
                return Err(status);
            }
            tokio::time::sleep(pause).await;
        }
    }
}
