//! Which instance is asked next: one after the other, but for those that could not be reached, or took too long, a
//! moment ago.

use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tonic::transport::Channel;

use crate::attempt::{Failure, Of};
use crate::wire::router_client::RouterClient;

/// How long one that could not be reached, or took too long, is left alone; then one call finds out whether it is back.
const AWAY: Duration = Duration::from_secs(1);

/// The instances of a service. Clones share their connections.
#[derive(Debug, Clone)]
pub(crate) struct Instances {
    all: Arc<[Instance]>,
    next: Arc<AtomicUsize>,
}

#[derive(Debug)]
pub(crate) struct Instance {
    router: RouterClient<Channel>,
    /// None: it answers.
    away_until: Mutex<Option<Instant>>,
}

/// What is known of an instance, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Standing {
    Answers,
    /// It was away, and may be back.
    Due,
    Away,
}

impl Instances {
    /// At least one.
    pub(crate) fn new(channels: impl IntoIterator<Item = Channel>) -> Self {
        let instance = |channel| Instance { router: RouterClient::new(channel), away_until: Mutex::default() };
        Self { all: channels.into_iter().map(instance).collect(), next: Arc::default() }
    }

    /// The next in turn of those that are not away; where all are, the next in turn. After one that was `tried` in vain
    /// those that are known to answer come first, and it comes last among its like.
    pub(crate) fn next(&self, tried: Option<&Instance>, now: Instant) -> Option<&Instance> {
        let from = self.next.fetch_add(1, Ordering::Relaxed).checked_rem(self.all.len())?;
        let (before, after) = self.all.split_at_checked(from)?;
        let rank = |instance: &&Instance| match (tried, instance.standing(now)) {
            (None, Standing::Due) => (Standing::Answers, false),
            (None, standing) => (standing, false),
            (Some(tried), standing) => (standing, ptr::eq(*instance, tried)),
        };
        let next = after.iter().chain(before).min_by_key(rank)?;
        if next.standing(now) == Standing::Due {
            // Others wait for what this call finds out.
            next.set_away(Some(now + AWAY));
        }
        Some(next)
    }
}

impl Instance {
    pub(crate) fn router(&self) -> RouterClient<Channel> {
        self.router.clone()
    }

    /// Notes that it answered.
    pub(crate) fn answered(&self) {
        self.set_away(None);
    }

    /// Notes why it did not answer. That the caller waits no longer says nothing of it.
    pub(crate) fn failed(&self, failure: &Failure, limit: Of) {
        match (failure, limit) {
            (Failure::Said(_), _) => self.answered(),
            (Failure::Broken(_), _) | (Failure::Late(_), Of::Attempt) => self.set_away(Some(Instant::now() + AWAY)),
            (Failure::Late(_), Of::Call) => {}
        }
    }

    fn standing(&self, now: Instant) -> Standing {
        match *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) {
            None => Standing::Answers,
            Some(until) if now < until => Standing::Away,
            Some(_) => Standing::Due,
        }
    }

    fn set_away(&self, until: Option<Instant>) {
        *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) = until;
    }
}

#[cfg(test)]
mod tests {
    use tonic::Status;
    use tonic::transport::Endpoint;

    use super::*;

    fn three() -> Instances {
        Instances::new((0..3).map(|port| Endpoint::from_shared(format!("http://[::1]:{port}")).unwrap().connect_lazy()))
    }

    /// The next, so many times.
    fn turns(instances: &Instances, tried: Option<usize>, now: Instant, times: usize) -> Vec<usize> {
        let turn = |_| {
            let next = instances.next(tried.map(|tried| &instances.all[tried]), now).unwrap();
            instances.all.iter().position(|instance| ptr::eq(instance, next)).unwrap()
        };
        (0..times).map(turn).collect()
    }

    fn status() -> Status {
        Status::unavailable("for some reason")
    }

    #[tokio::test]
    async fn one_that_cannot_be_reached_or_hangs_is_left_alone_while_others_can() {
        for failure in [Failure::Broken(status()), Failure::Late(status())] {
            let instances = three();
            let now = Instant::now();
            assert_eq!(turns(&instances, None, now, 6), [0, 1, 2, 0, 1, 2]);
            instances.all[0].failed(&Failure::Said(status()), Of::Attempt);
            instances.all[1].failed(&failure, Of::Attempt);
            assert_eq!(turns(&instances, None, now, 6), [0, 2, 2, 0, 2, 2]);
            instances.all[1].answered();
            assert_eq!(turns(&instances, None, now, 3), [0, 1, 2]);
            for instance in &*instances.all {
                instance.failed(&failure, Of::Attempt);
            }
            assert_eq!(turns(&instances, None, now, 3), [0, 1, 2], "none is there: each is tried");
        }
    }

    #[tokio::test]
    async fn a_caller_that_waits_no_longer_says_nothing_of_the_instance() {
        let instances = three();
        let now = Instant::now();
        instances.all[1].failed(&Failure::Late(status()), Of::Call);
        assert_eq!(turns(&instances, None, now, 3), [0, 1, 2]);
        instances.all[1].failed(&Failure::Broken(status()), Of::Call);
        instances.all[1].failed(&Failure::Late(status()), Of::Call);
        assert_eq!(turns(&instances, None, now, 3), [0, 2, 2], "nor that it is back");
    }

    #[tokio::test]
    async fn one_call_finds_out_whether_it_is_back_and_not_one_that_has_failed_before() {
        let instances = three();
        instances.all[0].failed(&Failure::Late(status()), Of::Attempt);
        let later = Instant::now() + AWAY;
        assert_eq!(turns(&instances, Some(1), later, 3), [2, 2, 2]);
        assert_eq!(turns(&instances, None, later, 6), [0, 1, 2, 1, 1, 2]);
        assert_eq!(turns(&instances, None, later + AWAY, 3), [0, 1, 2]);
        instances.all[0].answered();
        assert_eq!(turns(&instances, None, later, 6), [0, 1, 2, 0, 1, 2]);
    }
}
