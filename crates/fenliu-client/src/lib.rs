//! Asks services of fenliu over gRPC: with deadlines, retries, and over several instances.
//!
//! An instance that hangs costs a call half of its time ([`Options::attempt_time`]), then another is asked. The one that
//! hangs is left alone for a second; then one call finds out whether it is back.
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
//!
//! Where the certificate of an instance is signed by an authority that the system trusts, `https://` is all there is to
//! say; [`Options::ca`] names another authority.
//!
//! ```no_run
//! # fn ask() -> Result<(), Box<dyn std::error::Error>> {
//! use fenliu_client::{Client, Options};
//! let mut options = Options::new(["https://fenliu.example"]);
//! options.token = Some(std::env::var("FENLIU_TOKEN")?);
//! let client = Client::new(&options)?;
//! # Ok(())
//! # }
//! ```

mod attempt;
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

use attempt::{Failure, Limit, Of};
use balance::Instances;
use retry::Backoff;

/// Asks the instances of a service. Cheap to clone; clones share their connections.
#[derive(Debug, Clone)]
pub struct Client {
    instances: Instances,
    token: Option<MetadataValue<Ascii>>,
    timeout: Duration,
    attempt_time: Option<Duration>,
    batch_attempt_time: Option<Duration>,
    attempts: u32,
}

impl Client {
    /// Connects when it is first asked; an instance that is not there is tried again while others answer.
    ///
    /// # Errors
    ///
    /// What is wrong with an address, the token, or a certificate; that the system trusts no authority where none is
    /// given for `https`.
    pub fn new(options: &Options) -> Result<Self, ClientError> {
        Ok(Self {
            instances: Instances::new(options.channels()?),
            token: options.bearer()?,
            timeout: options.timeout,
            attempt_time: options.time_of_attempt(),
            batch_attempt_time: options.attempt_time.filter(|time| *time < options.timeout),
            attempts: options.attempts.max(1),
        })
    }

    /// Routes one message. Where an answer was late or lost on the way, the message is routed twice, and a conversation
    /// that the service keeps may hold it twice; with one attempt ([`Options::attempts`]) it is not.
    ///
    /// # Errors
    ///
    /// The status of the last attempt. `INVALID_ARGUMENT` is what is wrong with the inquiry; `DEADLINE_EXCEEDED`: there
    /// was no answer in time.
    pub async fn route(&self, inquiry: Inquiry) -> Result<Outcome, Status> {
        let request = RouteRequest { inquiry: Some(inquiry) };
        let response =
            self.call(request, self.attempt_time, async |mut router, request| router.route(request).await).await?;
        response.outcome.ok_or_else(|| Status::internal("the answer holds no outcome"))
    }

    /// Routes up to 256 messages; a bad one has its own error, in its place. An attempt has
    /// the whole time of the call, unless [`Options::attempt_time`] says otherwise.
    ///
    /// # Errors
    ///
    /// As [`Client::route`].
    pub async fn route_batch(&self, inquiries: Vec<Inquiry>) -> Result<Vec<RouteResult>, Status> {
        let request = RouteBatchRequest { inquiries };
        let attempt = self.batch_attempt_time;
        Ok(self.call(request, attempt, async |mut router, request| router.route_batch(request).await).await?.results)
    }

    /// Reads one message without deciding.
    ///
    /// # Errors
    ///
    /// As [`Client::route`].
    pub async fn classify(&self, inquiry: Inquiry) -> Result<ClassifyResponse, Status> {
        let request = ClassifyRequest { inquiry: Some(inquiry) };
        self.call(request, self.attempt_time, async |mut router, request| router.classify(request).await).await
    }

    /// Says what one of the instances has in use.
    ///
    /// # Errors
    ///
    /// As [`Client::route`].
    pub async fn describe(&self) -> Result<DescribeResponse, Status> {
        self.call(DescribeRequest {}, self.attempt_time, async |mut router, request| router.describe(request).await)
            .await
    }

    /// The client that tonic makes, for streams, to the instance whose turn it is; the token, the deadline and another
    /// attempt are then the caller's matter.
    ///
    /// # Errors
    ///
    /// None to speak of: a client has at least one instance.
    pub fn router(&self) -> Result<RouterClient<Channel>, Status> {
        Ok(self.instance(None)?.router())
    }

    fn instance(&self, tried: Option<&balance::Instance>) -> Result<&balance::Instance, Status> {
        self.instances.next(tried, Instant::now()).ok_or_else(|| Status::unavailable("no instance"))
    }

    /// Asks again, another instance where there is one, while the service says that it is worth it, the connection
    /// broke, or the attempt took too long, and there is time. A message whose answer was late or lost on the way is then
    /// routed twice, and a conversation may hold it twice.
    async fn call<Q: Clone, A>(
        &self,
        request: Q,
        attempt_time: Option<Duration>,
        ask: impl AsyncFn(RouterClient<Channel>, Request<Q>) -> Result<Response<A>, Status>,
    ) -> Result<A, Status> {
        let call = Limit::call(self.timeout, Instant::now());
        let mut backoff = Backoff::default();
        let mut left = self.attempts;
        let mut tried = None;
        loop {
            left -= 1;
            let now = Instant::now();
            let limit = call.attempt(attempt_time, now);
            let mut asked = Request::new(request.clone());
            // What the service does not finish in time it does not begin.
            asked.set_timeout(limit.until.saturating_duration_since(now));
            if let Some(token) = &self.token {
                asked.metadata_mut().insert("authorization", token.clone());
            }
            let instance = self.instance(tried)?;
            let failure = match tokio::time::timeout_at(limit.until, ask(instance.router(), asked)).await {
                Ok(Ok(response)) => {
                    instance.answered();
                    return Ok(response.into_inner());
                }
                Ok(Err(status)) => limit.failure(status),
                Err(_) => limit.passed(),
            };
            instance.failed(&failure, limit.of);
            let over = left == 0 || matches!((&failure, limit.of), (Failure::Late(_), Of::Call));
            let pause = backoff
                .after(&failure)
                .filter(|pause| !over && *pause < call.until.saturating_duration_since(Instant::now()));
            let Some(pause) = pause else { return Err(failure.into_status()) };
            tried = Some(instance);
            tokio::time::sleep(pause).await;
        }
    }
}
