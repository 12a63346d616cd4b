//! The line itself: two queues, the urgent before the usual.

use std::collections::VecDeque;

use super::Class;

/// Work that waits, with the room that it takes.
pub(super) trait Job: Send {
    /// Does the work, unless nobody waits for it any more.
    fn run(&mut self);

    /// Gives its caller what came of it, and its room back.
    fn deliver(self: Box<Self>);

    /// Is sent away, and leaves its room to somebody else.
    fn give_way(self: Box<Self>) -> super::room::Slot;

    /// How many messages it is about.
    fn messages(&self) -> usize;
}

#[derive(Default)]
pub(super) struct Line {
    urgent: VecDeque<Box<dyn Job>>,
    usual: VecDeque<Box<dyn Job>>,
    /// How many workers have nothing to do.
    pub(super) sleeping: usize,
    closed: bool,
}

/// How many messages wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lengths {
    pub(super) usual: usize,
    pub(super) urgent: usize,
}

impl Line {
    pub(super) fn push(&mut self, class: Class, job: Box<dyn Job>) {
        match class {
            Class::Urgent => self.urgent.push_back(job),
            Class::Usual => self.usual.push_back(job),
        }
    }

    /// Takes the first jobs off: one, and more while they are of no more than so many messages together and others
    /// have as many left.
    pub(super) fn take(&mut self, messages: usize, workers: usize, into: &mut Vec<Box<dyn Job>>) {
        let share = (self.urgent.len() + self.usual.len()).div_ceil(workers.max(1));
        let mut taken = 0;
        while into.len() < share.max(1) {
            let next = self.urgent.front().or_else(|| self.usual.front()).map_or(0, |job| job.messages());
            if !into.is_empty() && taken + next > messages {
                return;
            }
            let Some(job) = self.urgent.pop_front().or_else(|| self.usual.pop_front()) else { return };
            taken += next;
            into.push(job);
        }
    }

    /// The youngest of the usual, which somebody more urgent takes the place of.
    pub(super) fn youngest(&mut self) -> Option<Box<dyn Job>> {
        self.usual.pop_back()
    }

    pub(super) fn lengths(&self) -> Lengths {
        let messages = |jobs: &VecDeque<Box<dyn Job>>| jobs.iter().map(|job| job.messages()).sum();
        Lengths { usual: messages(&self.usual), urgent: messages(&self.urgent) }
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
