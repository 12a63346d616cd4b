//! One attempt: how long it may take, and why it came to nothing.

use std::error::Error as _;
use std::time::Duration;

use tokio::time::Instant;
use tonic::{Code, Status};

/// Until when an attempt may go on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limit {
    pub(crate) until: Instant,
    /// How long what ends then may have taken, from its begin.
    time: Duration,
    pub(crate) of: Of,
}

/// What ends with a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Of {
    /// The whole call: the caller waits no longer, which says nothing of the instance.
    Call,
    /// The attempt alone: the instance took too long.
    Attempt,
}

/// Why an attempt came to nothing.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The service said so.
    Said(Status),
    /// The connection could not be made, or broke.
    Broken(Status),
    /// The time was over, here or at the service.
    Late(Status),
}

impl Limit {
    /// Of a call that begins now.
    pub(crate) fn call(timeout: Duration, now: Instant) -> Self {
        Self { until: now + timeout, time: timeout, of: Of::Call }
    }

    /// Of an attempt of this call that begins now, and may take so long if the call does.
    pub(crate) fn attempt(self, time: Option<Duration>, now: Instant) -> Self {
        match time {
            Some(time) if time < self.until.saturating_duration_since(now) => {
                Self { until: now + time, time, of: Of::Attempt }
            }
            Some(_) | None => self,
        }
    }

    /// That it has passed.
    pub(crate) fn passed(&self) -> Failure {
        Failure::Late(Status::deadline_exceeded(format!("no answer within {:?}", self.time)))
    }

    /// What a status says of the attempt.
    pub(crate) fn failure(&self, status: Status) -> Failure {
        if is_timeout(&status) {
            return self.passed();
        }
        // What has a source was not said by the service.
        match (status.source().is_some(), status.code()) {
            // The caller did not cancel: who does hears no status.
            (true, Code::Cancelled) => Failure::Broken(Status::unavailable(status.message())),
            (true, _) => Failure::Broken(status),
            (false, Code::DeadlineExceeded) => Failure::Late(status),
            // So a service made with tonic says that its limit, or the one it was told, has passed.
            (false, Code::Cancelled) if status.message() == tonic::TimeoutExpired(()).to_string() => {
                Failure::Late(Status::deadline_exceeded("the service ran out of time"))
            }
            (false, _) => Failure::Said(status),
        }
    }
}

impl Failure {
    pub(crate) fn into_status(self) -> Status {
        match self {
            Self::Said(status) | Self::Broken(status) | Self::Late(status) => status,
        }
    }
}

/// Whether tonic noticed here that the time is over.
fn is_timeout(status: &Status) -> bool {
    let mut cause = status.source();
    while let Some(error) = cause {
        if error.is::<tonic::TimeoutExpired>() {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn an_attempt_ends_with_its_own_time_or_with_the_call() {
        let now = Instant::now();
        let call = Limit::call(Duration::from_secs(3), now);
        let now = now + Duration::from_secs(1);
        for (attempt, of, message) in [
            (None, Of::Call, "no answer within 3s"),
            (Some(Duration::from_secs(1)), Of::Attempt, "no answer within 1s"),
            (Some(Duration::from_secs(2)), Of::Call, "no answer within 3s"),
            (Some(Duration::MAX), Of::Call, "no answer within 3s"),
        ] {
            let limit = call.attempt(attempt, now);
            assert_eq!(limit.of, of, "{attempt:?}");
            assert_eq!(limit.until, if of == Of::Call { call.until } else { now + Duration::from_secs(1) });
            assert_eq!(limit.passed().into_status().message(), message);
        }
    }

    #[test]
    fn what_is_said_what_breaks_and_what_is_late_are_told_apart() {
        let limit = Limit::call(Duration::from_secs(2), Instant::now());
        let reset = || Box::new(io::Error::from(io::ErrorKind::ConnectionReset));
        let mut cancelled = Status::cancelled("reset by a balancer");
        cancelled.set_source(std::sync::Arc::new(*reset()));
        for (status, kind, code) in [
            (Status::unavailable("still loading"), "Said", Code::Unavailable),
            (Status::cancelled("as somebody asked"), "Said", Code::Cancelled),
            (Status::from_error(reset()), "Broken", Code::Unknown),
            (cancelled, "Broken", Code::Unavailable),
            (Status::cancelled("Timeout expired"), "Late", Code::DeadlineExceeded),
            (Status::deadline_exceeded("too late"), "Late", Code::DeadlineExceeded),
            (Status::from_error(Box::new(tonic::TimeoutExpired(()))), "Late", Code::DeadlineExceeded),
        ] {
            let said = status.to_string();
            let failure = limit.failure(status);
            assert!(format!("{failure:?}").starts_with(kind), "{said}: {failure:?}");
            assert_eq!(failure.into_status().code(), code, "{said}");
        }
    }
}
