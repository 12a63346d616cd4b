//! Lends out what only a few may use at once: first come, first served, and nobody need wait longer than he will.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Places for at most so many users at once; a place keeps what its last user left in it.
#[derive(Debug)]
pub(super) struct Pool<T> {
    inner: Mutex<Inner<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct Inner<T> {
    /// What was left in places that nobody uses.
    left_behind: Vec<T>,
    /// How many more may use a place.
    places: usize,
    /// Who waits, in order of coming.
    waiting: VecDeque<u64>,
    next: u64,
}

/// A place; given back when dropped, with what stands in it.
#[derive(Debug)]
pub(super) struct Place<'a, T> {
    pool: &'a Pool<T>,
    /// What the last user left, if anything.
    pub(super) content: Option<T>,
}

impl<T> Pool<T> {
    pub(super) fn new(places: usize) -> Self {
        let inner = Inner { left_behind: Vec::new(), places, waiting: VecDeque::new(), next: 0 };
        Self { inner: Mutex::new(inner), changed: Condvar::new() }
    }

    /// A place, once those who came before have theirs; none after `patience`.
    pub(super) fn place(&self, patience: Option<Duration>) -> Option<Place<'_, T>> {
        let deadline = patience.and_then(|patience| Instant::now().checked_add(patience));
        let mut inner = self.inner();
        let ticket = inner.next;
        inner.next += 1;
        inner.waiting.push_back(ticket);
        while inner.places == 0 || inner.waiting.front() != Some(&ticket) {
            let Some(deadline) = deadline else {
                inner = self.changed.wait(inner).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                inner.waiting.retain(|waiting| *waiting != ticket);
                drop(inner);
                self.changed.notify_all();
                return None;
            }
            inner = self.changed.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        inner.waiting.pop_front();
        inner.places -= 1;
        let content = inner.left_behind.pop();
        let others_may_go = inner.places > 0 && !inner.waiting.is_empty();
        drop(inner);
        if others_may_go {
            self.changed.notify_all();
        }
        Some(Place { pool: self, content })
    }

    fn inner(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Drop for Place<'_, T> {
    fn drop(&mut self) {
        let mut inner = self.pool.inner();
        inner.places += 1;
        inner.left_behind.extend(self.content.take());
        let waited_for = !inner.waiting.is_empty();
        drop(inner);
        if waited_for {
            self.pool.changed.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_keeps_what_was_left_in_it() {
        let pool = Pool::new(1);
        pool.place(None).unwrap().content = Some("scratch");
        assert_eq!(pool.place(None).unwrap().content, Some("scratch"));
        assert_eq!(Pool::<u8>::new(1).place(None).unwrap().content, None);
    }

    #[test]
    fn who_has_no_patience_leaves_and_nobody_waits_for_him() {
        let pool = Pool::<u8>::new(1);
        let held = pool.place(None).unwrap();
        assert!(pool.place(Some(Duration::ZERO)).is_none());
        drop(held);
        assert!(pool.place(Some(Duration::ZERO)).is_some());
    }

    #[test]
    fn no_more_than_its_places_are_ever_lent_and_everybody_is_served() {
        let pool = Pool::<u8>::new(2);
        let inside = std::sync::atomic::AtomicUsize::new(0);
        let served: usize = std::thread::scope(|scope| {
            let user = || {
                (0..200)
                    .filter(|_| {
                        let _place = pool.place(None).unwrap();
                        let now = inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        assert!(now <= 2);
                        true
                    })
                    .count()
            };
            let users: Vec<_> = (0..8).map(|_| scope.spawn(user)).collect();
            users.into_iter().map(|user| user.join().unwrap()).sum()
        });
        assert_eq!(served, 1600);
    }
}
