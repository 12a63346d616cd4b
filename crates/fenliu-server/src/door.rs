//! Who may come in, and how often: a layer before the calls.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use arc_swap::ArcSwap;
use futures_util::future::{Either, Ready, ready};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, RateLimiter};
use http::{HeaderMap, Request, Response};
use tonic::body::Body;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};
use tower_layer::Layer;
use tower_service::Service;

use crate::config::Quota;
use crate::listen::Peer;
use crate::state::State;
use crate::tokens::Tokens;

/// Probes have no tokens.
const OPEN: &str = "/grpc.health.v1.Health/";

/// What decides who comes in.
#[derive(Debug)]
pub(crate) struct Door {
    state: Arc<State>,
    tokens: Option<ArcSwap<Tokens>>,
    quota: Option<Limiter>,
}

#[derive(Debug)]
struct Limiter {
    limiter: DefaultKeyedRateLimiter<Caller>,
    clock: DefaultClock,
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
        let limiter = quota.map(|quota| {
            let at_least_one = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
            let bound = governor::Quota::per_second(at_least_one(quota.per_second));
            let limiter = RateLimiter::keyed(bound.allow_burst(at_least_one(quota.burst)));
            Limiter { limiter, clock: DefaultClock::default() }
        });
        Self { state, tokens: tokens.map(ArcSwap::from_pointee), quota: limiter }
    }

    /// Takes other tokens from here on.
    pub(crate) fn replace(&self, tokens: Tokens) {
        if let Some(slot) = &self.tokens {
            slot.store(Arc::new(tokens));
        }
    }

    /// Forgets callers that have been away for long.
    pub(crate) fn tidy(&self) {
        if let Some(quota) = &self.quota {
            quota.limiter.retain_recent();
            quota.limiter.shrink_to_fit();
        }
    }

    fn admit(&self, headers: &HeaderMap, peer: Option<&Peer>) -> Result<(), Status> {
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
        let Some(quota) = &self.quota else { return Ok(()) };
        let certificate = || peer.and_then(|peer| peer.certificate.clone()).map(Caller::Certificate);
        let address = || peer.map(|peer| Caller::Address(peer.address.ip()));
        let Some(caller) = owner.map(Caller::Token).or_else(certificate).or_else(address) else { return Ok(()) };
        quota.limiter.check_key(&caller).map_err(|until| {
            let wait = until.wait_time_from(quota.clock.now()).max(Duration::from_millis(1));
            let message = format!("the quota is used up; ask again in {} ms", wait.as_millis());
            Status::with_error_details(Code::ResourceExhausted, message, ErrorDetails::with_retry_info(Some(wait)))
        })
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

impl<S, B> Service<Request<B>> for Guarded<S>
where
    S: Service<Request<B>, Response = Response<Body>>,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Either<S::Future, Ready<Result<Response<Body>, S::Error>>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let open = request.uri().path().starts_with(OPEN);
        let admitted =
            if open { Ok(()) } else { self.door.admit(request.headers(), request.extensions().get::<Peer>()) };
        match admitted {
            Ok(()) => Either::Left(self.inner.call(request)),
            Err(status) => {
                self.door.state.metrics.call("door", status.code(), Duration::ZERO);
                Either::Right(ready(Ok(status.into_http())))
            }
        }
    }
}
