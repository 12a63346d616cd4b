//! What one caller may ask for.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, RateLimiter};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::Caller;
use crate::config::Quota;

/// The accounts of all callers.
#[derive(Debug)]
pub(super) struct Accounts {
    limiter: DefaultKeyedRateLimiter<Caller>,
    clock: DefaultClock,
    burst: NonZeroU32,
    /// How long it takes until there is one more.
    interval: Duration,
}

/// That of one caller, which goes with its call.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    accounts: Arc<Accounts>,
    caller: Caller,
}

impl Accounts {
    pub(super) fn new(quota: Quota) -> Self {
        let at_least_one = |number: u32| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let burst = at_least_one(quota.burst);
        let bound = governor::Quota::per_second(at_least_one(quota.per_second)).allow_burst(burst);
        let interval = bound.replenish_interval();
        Self { limiter: RateLimiter::keyed(bound), clock: DefaultClock::default(), burst, interval }
    }

    /// Forgets callers that have been away for long.
    pub(super) fn tidy(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
    }

    pub(super) fn account(self: &Arc<Self>, caller: Caller) -> Account {
        Account { accounts: Arc::clone(self), caller }
    }
}

impl Account {
    /// Takes one call off.
    pub(super) fn charge(&self) -> Result<(), Status> {
        self.take(NonZeroU32::MIN, Duration::ZERO)
    }

    /// Takes the messages of a batch off, but for the one that its call stands for.
    pub(crate) fn charge_batch(&self, messages: usize) -> Result<(), Status> {
        let most = self.accounts.burst;
        if messages > most.get() as usize {
            return Err(Status::invalid_argument(format!(
                "inquiries: {messages} messages, expected at most {most}, which is what the quota allows at once"
            )));
        }
        let more = u32::try_from(messages.saturating_sub(1)).ok().and_then(NonZeroU32::new);
        // Asked again, its call takes one off first.
        more.map_or(Ok(()), |more| self.take(more, self.accounts.interval))
    }

    /// Takes a message of a stream off, when there is one.
    pub(crate) async fn wait(&self) {
        self.accounts.limiter.until_key_ready(&self.caller).await;
    }

    /// Else says when there is enough, and so much longer.
    fn take(&self, messages: NonZeroU32, longer: Duration) -> Result<(), Status> {
        let Accounts { limiter, clock, .. } = &*self.accounts;
        let wait = match limiter.check_key_n(&self.caller, messages) {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(until)) => (until.wait_time_from(clock.now()) + longer).max(Duration::from_millis(1)),
            // More than there can ever be is refused before.
            Err(_) => Duration::from_secs(1),
        };
        let message = format!("the quota is used up; ask again in {} ms", wait.as_millis());
        Err(Status::with_error_details(Code::ResourceExhausted, message, ErrorDetails::with_retry_info(Some(wait))))
    }
}
