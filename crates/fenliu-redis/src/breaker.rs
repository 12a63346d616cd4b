//! Leaves servers alone that failed a moment ago: a pause for each part of the slots.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::value::SLOTS;

/// How many parts the slots of a cluster are divided into. Servers hold ranges of slots, so that a dead one closes
/// the parts it holds and not the others.
const PARTS: usize = 64;

/// Which parts are left alone, and until when.
#[derive(Debug)]
pub(crate) struct Breaker {
    /// Microseconds after `start` until which a part is left alone; 0 where it is in use.
    until: Vec<AtomicU64>,
    start: Instant,
    pause: Duration,
}

impl Breaker {
    pub(crate) fn new(cluster: bool, pause: Duration) -> Self {
        let parts = if cluster { PARTS } else { 1 };
        Self { until: (0..parts).map(|_| AtomicU64::new(0)).collect(), start: Instant::now(), pause }
    }

    /// Whether the part of this slot may be asked now. After a pause one is let through to try, and the others wait
    /// for another pause or until that one went well.
    pub(crate) fn admits(&self, slot: u16, now: Instant) -> bool {
        let Some(until) = self.part(slot) else { return true };
        let paused = until.load(Ordering::Relaxed);
        let now = self.micros(now);
        paused == 0
            || now >= paused
                && until.compare_exchange(paused, self.after(now), Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Whether two slots are of one part.
    pub(crate) fn together(&self, one: u16, other: u16) -> bool {
        self.at(one) == self.at(other)
    }

    /// It did not answer, or not well.
    pub(crate) fn failed(&self, slot: u16, now: Instant) {
        if let Some(until) = self.part(slot) {
            until.store(self.after(self.micros(now)), Ordering::Relaxed);
        }
    }

    /// It answered.
    pub(crate) fn answered(&self, slot: u16) {
        if let Some(until) = self.part(slot)
            && until.load(Ordering::Relaxed) != 0
        {
            until.store(0, Ordering::Relaxed);
        }
    }

    fn part(&self, slot: u16) -> Option<&AtomicU64> {
        self.until.get(self.at(slot))
    }

    fn at(&self, slot: u16) -> usize {
        usize::from(slot) * self.until.len() / usize::from(SLOTS)
    }

    /// At least 1, so that it is not taken for no pause.
    fn after(&self, now: u64) -> u64 {
        now.saturating_add(u64::try_from(self.pause.as_micros()).unwrap_or(u64::MAX)).max(1)
    }

    fn micros(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.start).as_micros()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_failure_one_tries_for_all() {
        let breaker = Breaker::new(false, Duration::from_millis(500));
        let at = |ms| breaker.start + Duration::from_millis(ms);
        assert!(breaker.admits(0, at(0)) && breaker.admits(9000, at(0)));
        breaker.failed(0, at(0));
        assert!(!breaker.admits(0, at(499)) && !breaker.admits(SLOTS - 1, at(499)));
        assert!(breaker.admits(0, at(500)), "one tries");
        assert!(!breaker.admits(0, at(501)), "the others wait for it");
        assert!(breaker.admits(0, at(1000)), "it never came back, so the next tries");
        breaker.answered(0);
        assert!(breaker.admits(0, at(1001)) && breaker.admits(0, at(1001)));
    }

    #[test]
    fn in_a_cluster_only_the_part_that_failed_is_left_alone() {
        let breaker = Breaker::new(true, Duration::from_millis(500));
        breaker.failed(SLOTS - 1, breaker.start);
        assert!(!breaker.admits(SLOTS - 2, breaker.start));
        assert!(breaker.admits(0, breaker.start) && breaker.admits(SLOTS / 2, breaker.start));
    }
}
