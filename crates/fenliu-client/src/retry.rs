//! Whether to ask again, and after how long.

use std::time::Duration;

use tonic::Code;
use tonic_types::StatusExt;

use crate::attempt::Failure;

/// The first pause, and the longest.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// The longest that a service is believed; no call goes on for that long.
const MOST: Duration = Duration::from_secs(24 * 3600);

/// Pauses that grow; no two callers come back at the same time.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// How long to wait before the next attempt; none where it would be of no use. What the service says itself comes
    /// first. A connection that broke is tried again whatever it broke with, and so is an attempt that took too long.
    pub(crate) fn after(&mut self, failure: &Failure) -> Option<Duration> {
        let said = match failure {
            Failure::Said(status) if !matches!(status.code(), Code::Unavailable | Code::ResourceExhausted) => {
                return None;
            }
            Failure::Said(status) => status.get_details_retry_info().and_then(|info| info.retry_delay),
            Failure::Broken(_) | Failure::Late(_) => None,
        };
        let grown = PAUSE.0.saturating_mul(1 << self.failures.min(16)).min(PAUSE.1);
        self.failures += 1;
        Some(said.unwrap_or_default().clamp(grown, MOST).mul_f64(1.0 + fastrand::f64() / 2.0))
    }
}

#[cfg(test)]
mod tests {
    use tonic::Status;
    use tonic_types::ErrorDetails;

    use super::*;

    #[test]
    fn what_may_go_better_is_tried_again_ever_later_and_the_rest_is_not() {
        let mut backoff = Backoff::default();
        for least in [20, 40, 80, 160, 320, 640, 1000, 1000] {
            let pause = backoff.after(&Failure::Said(Status::unavailable("gone"))).unwrap();
            let least = Duration::from_millis(least);
            assert!(pause >= least && pause <= least * 3 / 2, "{pause:?} after {least:?}");
        }
        let details = ErrorDetails::with_retry_info(Some(Duration::from_millis(700)));
        let full = Failure::Said(Status::with_error_details(Code::ResourceExhausted, "full", details));
        assert!(Backoff::default().after(&full).unwrap() >= Duration::from_millis(700));
        let details = ErrorDetails::with_retry_info(Some(Duration::from_secs(315_576_000_000)));
        let never = Failure::Said(Status::with_error_details(Code::ResourceExhausted, "full", details));
        assert!(Backoff::default().after(&never).unwrap() >= MOST);
        let after = |failure| Backoff::default().after(&failure);
        for code in [Code::InvalidArgument, Code::Internal, Code::Unauthenticated, Code::Cancelled] {
            let status = || Status::new(code, "bad");
            assert_eq!(after(Failure::Said(status())), None, "{code}");
            assert!(after(Failure::Broken(status())).is_some());
        }
        assert!(after(Failure::Late(Status::deadline_exceeded("late"))).is_some());
    }
}
