//! The line itself: two queues, the urgent before the usual.

use std::collections::VecDeque;

use tokio::sync::OwnedSemaphorePermit;

use super::Class;

/// Why a job runs.
pub(super) enum Turn {
    /// Its turn has come.
    Come,
    /// Somebody more urgent takes its place.
    Displaced,
}

/// Work with the slot that it holds until it is done.
pub(super) struct Job {
    slot: OwnedSemaphorePermit,
    run: Box<dyn FnOnce(Turn) + Send>,
}

impl Job {
    pub(super) fn new(slot: OwnedSemaphorePermit, run: impl FnOnce(Turn) + Send + 'static) -> Self {
        Self { slot, run: Box::new(run) }
    }

    pub(super) fn run(self) {
        (self.run)(Turn::Come);
        drop(self.slot);
    }

    /// Is sent away, and gives its slot to somebody else.
    pub(super) fn give_way(self) -> OwnedSemaphorePermit {
        (self.run)(Turn::Displaced);
        self.slot
    }
}

#[derive(Default)]
pub(super) struct Line {
    urgent: VecDeque<Job>,
    usual: VecDeque<Job>,
    closed: bool,
}

impl Line {
    pub(super) fn push(&mut self, class: Class, job: Job) {
        match class {
            Class::Urgent => self.urgent.push_back(job),
            Class::Usual => self.usual.push_back(job),
        }
    }

    pub(super) fn pop(&mut self) -> Option<Job> {
        self.urgent.pop_front().or_else(|| self.usual.pop_front())
    }

    /// The youngest of the usual, which somebody more urgent takes the place of.
    pub(super) fn youngest(&mut self) -> Option<Job> {
        self.usual.pop_back()
    }

    /// How many usual and how many urgent ones wait.
    pub(super) fn lengths(&self) -> (usize, usize) {
        (self.usual.len(), self.urgent.len())
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }
}

impl std::fmt::Debug for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Line").field("lengths", &self.lengths()).field("closed", &self.closed).finish()
    }
}
