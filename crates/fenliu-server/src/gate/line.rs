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

    /// Whether it may be sent away for somebody more urgent: who waited to be let in may not.
    fn may_give_way(&self) -> bool;
}

#[derive(Default)]
pub(super) struct Line {
    urgent: VecDeque<Box<dyn Job>>,
    usual: VecDeque<Box<dyn Job>>,
    lengths: Lengths,
    /// How many workers have nothing to do.
    pub(super) sleeping: usize,
    closed: bool,
}

/// How many messages wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Lengths {
    pub(super) usual: usize,
    pub(super) urgent: usize,
}

impl Line {
    pub(super) fn push(&mut self, class: Class, job: Box<dyn Job>) {
        let (queue, length) = match class {
            Class::Urgent => (&mut self.urgent, &mut self.lengths.urgent),
            Class::Usual => (&mut self.usual, &mut self.lengths.usual),
        };
        *length += job.messages();
        queue.push_back(job);
    }

    /// Whether what comes now is worked on at once.
    pub(super) fn is_idle(&self) -> bool {
        self.sleeping > 0 && self.urgent.is_empty() && self.usual.is_empty()
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
            let length = if self.urgent.is_empty() { &mut self.lengths.usual } else { &mut self.lengths.urgent };
            let Some(job) = self.urgent.pop_front().or_else(|| self.usual.pop_front()) else { return };
            *length -= next;
            taken += next;
            into.push(job);
        }
    }

    /// The youngest of the usual that may be sent away, whose place somebody more urgent takes.
    pub(super) fn youngest(&mut self) -> Option<Box<dyn Job>> {
        let job = self.usual.iter().rposition(|job| job.may_give_way()).and_then(|place| self.usual.remove(place))?;
        self.lengths.usual -= job.messages();
        Some(job)
    }

    pub(super) fn lengths(&self) -> Lengths {
        self.lengths
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
