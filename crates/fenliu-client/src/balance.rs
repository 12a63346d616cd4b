//! Which instance is asked next: one after the other, but for those that could not be reached a moment ago.

use std::error::Error as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tonic::Status;
use tonic::transport::Channel;

use crate::wire::router_client::RouterClient;

/// How long one that could not be reached is left alone.
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
    away_until: Mutex<Option<Instant>>,
}

impl Instances {
    /// At least one.
    pub(crate) fn new(channels: impl IntoIterator<Item = Channel>) -> Self {
        let instance = |channel| Instance { router: RouterClient::new(channel), away_until: Mutex::default() };
        Self { all: channels.into_iter().map(instance).collect(), next: Arc::default() }
    }

    /// The next in turn of those that could be reached of late; where none could, the next in turn.
    pub(crate) fn next(&self) -> Option<&Instance> {
        let from = self.next.fetch_add(1, Ordering::Relaxed).checked_rem(self.all.len())?;
        let (before, after) = self.all.split_at_checked(from)?;
        let mut in_turn = after.iter().chain(before);
        let now = Instant::now();
        in_turn.clone().find(|instance| !instance.is_away(now)).or_else(|| in_turn.next())
    }
}

impl Instance {
    pub(crate) fn router(&self) -> RouterClient<Channel> {
        self.router.clone()
    }

    fn is_away(&self, now: Instant) -> bool {
        self.away_until.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| now < until)
    }

    /// Notes what came of asking it, a call that [`timed_out`] aside; whether it was the way to it that failed.
    pub(crate) fn note(&self, status: &Status) -> bool {
        // What has a source was not said by the service: the connection could not be made, or broke.
        let broken = status.source().is_some();
        if broken {
            *self.away_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + AWAY);
        }
        broken
    }
}

/// Whether the deadline of the call came before its answer.
pub(crate) fn timed_out(status: &Status) -> bool {
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
    use tonic::transport::Endpoint;

    use super::*;

    fn broken() -> Status {
        Status::from_error(Box::new(std::io::Error::from(std::io::ErrorKind::ConnectionReset)))
    }

    #[tokio::test]
    async fn one_that_cannot_be_reached_is_left_alone_while_others_can() {
        let instances = Instances::new(
            (0..3).map(|port| Endpoint::from_shared(format!("http://[::1]:{port}")).unwrap().connect_lazy()),
        );
        let turn = |instances: &Instances| {
            let next = instances.next().unwrap();
            instances.all.iter().position(|instance| std::ptr::eq(instance, next)).unwrap()
        };
        let turns: Vec<usize> = (0..6).map(|_| turn(&instances)).collect();
        assert_eq!(turns, [0, 1, 2, 0, 1, 2]);
        let [first, second, third] = &*instances.all else { unreachable!("three") };
        assert!(!first.note(&Status::unavailable("said by the service")));
        assert!(second.note(&broken()));
        let turns: Vec<usize> = (0..6).map(|_| turn(&instances)).collect();
        assert_eq!(turns, [0, 2, 2, 0, 2, 2]);
        assert!(first.note(&broken()) && third.note(&broken()));
        let turns: Vec<usize> = (0..3).map(|_| turn(&instances)).collect();
        assert_eq!(turns, [0, 1, 2], "none is there: each is tried");
    }
}
