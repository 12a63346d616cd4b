//! Who may come in, and how often: a layer before the calls.

mod account;
mod budget;

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use http::{HeaderMap, Request, Response};
use tonic::Status;
use tonic::body::Body;
use tower_layer::Layer;
use tower_service::Service;

pub(crate) use account::Account;
use account::Accounts;
use budget::{Budget, Counted, Message, Reading};

use crate::call::Arrived;
use crate::config::Quota;
use crate::listen::Peer;
use crate::state::State;
use crate::tokens::Tokens;

/// Probes have no tokens.
const OPEN: &str = "/grpc.health.v1.Health/";

/// Calls of this are read for as long as their caller speaks, and answered meanwhile.
const STREAMS: [&str; 2] = ["/fenliu.v1.Router/RouteStream", "/grpc.reflection."];

/// What decides who comes in.
#[derive(Debug)]
pub(crate) struct Door {
    state: Arc<State>,
    tokens: Option<ArcSwap<Tokens>>,
    accounts: Option<Arc<Accounts>>,
    budget: Arc<Budget>,
}

/// By what a caller is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Caller {
    /// The name of its token.
    Token(Arc<str>),
    /// The digest of its certificate.
    Certificate(Arc<str>),
    /// Where it calls from.
    Address(IpAddr),
}

impl Door {
    pub(crate) fn new(state: Arc<State>, tokens: Option<Tokens>, quota: Option<Quota>) -> Self {
        let budget = Arc::new(Budget::new(state.config.limits.bytes_at_once, state.metrics.refused_at_the_door()));
        let accounts = quota.map(|quota| Arc::new(Accounts::new(quota)));
        Self { state, tokens: tokens.map(ArcSwap::from_pointee), accounts, budget }
    }

    /// Takes other tokens from here on.
    pub(crate) fn replace(&self, tokens: Tokens) {
        if let Some(slot) = &self.tokens {
            slot.store(Arc::new(tokens));
        }
    }

    /// Forgets callers that have been away for long.
    pub(crate) fn tidy(&self) {
        if let Some(accounts) = &self.accounts {
            accounts.tidy();
        }
    }

    /// The caller's account, where it has one.
    fn admit(&self, headers: &HeaderMap, peer: Option<&Peer>) -> Result<Option<Account>, Status> {
        let owner = match &self.tokens {
            None => None,
            Some(tokens) => {
                let presented = bearer(headers).ok_or_else(|| {
                    Status::unauthenticated("no token, expected `authorization: Bearer TOKEN` in the metadata")
                })?;
                let owner = tokens.load().owner(presented);
                Some(owner.ok_or_else(|| Status::unauthenticated("the token is not known"))?)
            }
        };
        let Some(accounts) = &self.accounts else { return Ok(None) };
        let certificate = || peer.and_then(|peer| peer.certificate.clone()).map(Caller::Certificate);
        let address = || peer.map(|peer| Caller::Address(peer.address.ip()));
        let Some(caller) = owner.map(Caller::Token).or_else(certificate).or_else(address) else { return Ok(None) };
        let account = accounts.account(caller);
        account.charge()?;
        Ok(Some(account))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(http::header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Puts the door before a service.
#[derive(Debug, Clone)]
pub(crate) struct DoorLayer(pub(crate) Arc<Door>);

impl<S> Layer<S> for DoorLayer {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded { inner, door: Arc::clone(&self.0) }
    }
}

/// A service behind the door.
#[derive(Debug, Clone)]
pub(crate) struct Guarded<S> {
    inner: S,
    door: Arc<Door>,
}

impl<S> Service<Request<Body>> for Guarded<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let open = request.uri().path().starts_with(OPEN);
        let admitted =
            if open { Ok(None) } else { self.door.admit(request.headers(), request.extensions().get::<Peer>()) };
        match admitted {
            Ok(account) => {
                if let Some(account) = account {
                    request.extensions_mut().insert(account);
                }
                request.extensions_mut().insert(Arrived(Instant::now()));
                if open {
                    // Short, and never refused for what others send.
                    return Box::pin(self.inner.call(request));
                }
                let share = Arc::new(self.door.budget.share());
                let stream = STREAMS.iter().any(|path| request.uri().path().starts_with(path));
                let reading = if stream { Reading::Messages(Message::default()) } else { Reading::Whole(0) };
                let of_body = Arc::clone(&share);
                let answer = self.inner.call(request.map(|body| Body::new(Counted::new(body, of_body, reading))));
                Box::pin(async move {
                    let answer = answer.await;
                    drop(share);
                    answer
                })
            }
            Err(status) => {
                self.door.state.metrics.call("door", status.code(), Duration::ZERO);
                Box::pin(std::future::ready(Ok(status.into_http())))
            }
        }
    }
}
