//! How much may be inside: as many messages as are worked off in the time that may be waited, by what they took of late.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The most messages of one piece of work.
const PIECE: usize = 16;

/// For how many messages that wait there is always room.
const LEAST: usize = 8;

/// How long a piece of work may be, where messages are short enough for it.
const PIECE_TIME: Duration = Duration::from_micros(500);

/// How long one worker works before it gives out what is done.
const TOGETHER: Duration = Duration::from_micros(200);

/// One over this is the part of the room that the urgent have beyond it.
const RESERVE: usize = 4;

/// No service has more workers or longer lines.
const MOST: usize = 1 << 20;

/// One over this is the part of the newest sample in the smoothed time.
const SMOOTHING: u64 = 64;

/// Bounds of what may be inside.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) workers: usize,
    /// The most messages that may wait, however short they are.
    pub(crate) waiting: usize,
    /// How long the wait may become.
    pub(crate) time: Duration,
}

/// Room for messages: a slot for each, counted in semaphores that grow and shrink.
#[derive(Debug)]
pub(super) struct Room {
    bounds: Bounds,
    slots: Arc<Semaphore>,
    /// Those of the slots that whoever waits for room may take: the rest is for who does not.
    patient: Arc<Semaphore>,
    sizes: Mutex<Sizes>,
    /// How many urgent messages are inside beyond the slots.
    reserved: AtomicUsize,
    /// How long a message takes, in nanoseconds, smoothed.
    usual_ns: AtomicU64,
}

/// How many slots there are and should be. What is taken stays; what is too many goes when it is given back.
#[derive(Debug)]
struct Sizes {
    target: usize,
    total: usize,
    patient: usize,
}

/// Slots of one piece of work.
#[derive(Debug)]
pub(super) struct Slot {
    room: Arc<Room>,
    /// None for one of the reserve.
    slots: Option<OwnedSemaphorePermit>,
    patient: Option<OwnedSemaphorePermit>,
}

impl Slot {
    /// Gives back all but the room for one message.
    pub(super) fn shrunk(mut self) -> Self {
        let slots = self.slots.as_mut();
        drop(slots.and_then(|slots| slots.split(slots.num_permits().saturating_sub(1))));
        self
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let Some(slots) = &mut self.slots else {
            self.room.reserved.fetch_sub(1, Ordering::Relaxed);
            return;
        };
        let mut sizes = self.room.sizes();
        let keep_out = |permit: &mut OwnedSemaphorePermit, too_many: usize| {
            let gone = too_many.min(permit.num_permits());
            permit.split(gone).map(OwnedSemaphorePermit::forget).map_or(0, |()| gone)
        };
        let too_many = sizes.total.saturating_sub(sizes.target);
        sizes.total -= keep_out(slots, too_many);
        if let Some(patient) = &mut self.patient {
            let too_many = sizes.patient.saturating_sub(for_patient(sizes.target));
            sizes.patient -= keep_out(patient, too_many);
        }
    }
}

impl Room {
    pub(super) fn new(bounds: Bounds) -> Self {
        let bounds = Bounds { workers: bounds.workers.clamp(1, MOST), waiting: bounds.waiting.min(MOST), ..bounds };
        let total = bounds.workers + bounds.waiting.min(bounds.workers * PIECE);
        Self {
            bounds,
            slots: Arc::new(Semaphore::new(total)),
            patient: Arc::new(Semaphore::new(for_patient(total))),
            sizes: Mutex::new(Sizes { target: total, total, patient: for_patient(total) }),
            reserved: AtomicUsize::new(0),
            usual_ns: AtomicU64::new(0),
        }
    }

    fn sizes(&self) -> MutexGuard<'_, Sizes> {
        self.sizes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn workers(&self) -> usize {
        self.bounds.workers
    }

    /// How many messages may be inside now.
    pub(super) fn size(&self) -> usize {
        self.sizes().target
    }

    /// How many messages are inside.
    pub(super) fn inside(&self) -> usize {
        let taken = self.sizes().total.saturating_sub(self.slots.available_permits());
        taken + self.reserved.load(Ordering::Relaxed)
    }

    /// Slots for so many messages, where there are as many.
    pub(super) fn take(self: &Arc<Self>, messages: usize) -> Option<Slot> {
        let slots = Arc::clone(&self.slots).try_acquire_many_owned(self.slots_for(messages)).ok()?;
        Some(Slot { room: Arc::clone(self), slots: Some(slots), patient: None })
    }

    /// A slot of the reserve, for one urgent message that finds all others taken.
    pub(super) fn take_reserved(self: &Arc<Self>) -> Option<Slot> {
        let most = self.size() / RESERVE;
        let more = |taken| (taken < most).then_some(taken + 1);
        self.reserved.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok()?;
        Some(Slot { room: Arc::clone(self), slots: None, patient: None })
    }

    /// The same, once there are as many.
    pub(super) async fn wait(self: &Arc<Self>, messages: usize) -> Option<Slot> {
        let wanted = self.slots_for(messages);
        let patient = Arc::clone(&self.patient).acquire_many_owned(wanted).await.ok()?;
        let slots = Arc::clone(&self.slots).acquire_many_owned(wanted).await.ok()?;
        Some(Slot { room: Arc::clone(self), slots: Some(slots), patient: Some(patient) })
    }

    /// Learns how long so many messages took, and has room for as many as it then should.
    pub(super) fn learn(&self, took: Duration, messages: usize) {
        let messages = u64::try_from(messages.max(1)).unwrap_or(u64::MAX);
        let sample =
            u64::try_from(took.as_nanos()).unwrap_or(u64::MAX).checked_div(messages).unwrap_or_default().max(1);
        // Two workers that write at once lose one sample of many.
        let known = self.usual_ns.load(Ordering::Relaxed);
        let weight = messages.min(SMOOTHING);
        let smoothed = match known {
            0 => sample,
            _ => (known.saturating_mul(SMOOTHING - weight).saturating_add(sample.saturating_mul(weight))) / SMOOTHING,
        };
        self.usual_ns.store(smoothed.max(1), Ordering::Relaxed);
        self.resize();
    }

    /// About how long so many messages take.
    pub(super) fn time_of(&self, messages: usize) -> Duration {
        let ns = u64::try_from(messages).unwrap_or(u64::MAX).saturating_mul(self.usual_ns.load(Ordering::Relaxed));
        Duration::from_nanos(ns / u64::try_from(self.bounds.workers).unwrap_or(1).max(1))
    }

    /// How many messages one piece of work should have.
    pub(super) fn piece(&self) -> usize {
        self.in_time(PIECE_TIME).clamp(1, PIECE)
    }

    /// How many messages a worker should do before it gives out what is done.
    pub(super) fn together(&self) -> usize {
        self.in_time(TOGETHER).clamp(1, PIECE)
    }

    /// How many messages one worker does in this time.
    fn in_time(&self, time: Duration) -> usize {
        let ns = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        ns.checked_div(self.usual_ns.load(Ordering::Relaxed))
            .map_or(1, |count| usize::try_from(count).unwrap_or(usize::MAX))
    }

    fn resize(&self) {
        let Bounds { workers, waiting, time } = self.bounds;
        let least = waiting.min(LEAST);
        let target = workers + self.in_time(time).saturating_mul(workers).clamp(least, waiting);
        let mut sizes = self.sizes();
        if target.abs_diff(sizes.target) * 8 <= sizes.target {
            return;
        }
        sizes.target = target;
        if target > sizes.total {
            self.slots.add_permits(target - sizes.total);
            sizes.total = target;
        } else {
            sizes.total -= self.slots.forget_permits(sizes.total - target);
        }
        let patient = for_patient(target);
        if patient > sizes.patient {
            self.patient.add_permits(patient - sizes.patient);
            sizes.patient = patient;
        } else {
            sizes.patient -= self.patient.forget_permits(sizes.patient - patient);
        }
    }

    /// Never more than there always are, or whoever waits for them might wait for ever.
    fn slots_for(&self, messages: usize) -> u32 {
        let always = (self.bounds.workers + self.bounds.waiting).min(LEAST);
        u32::try_from(messages.clamp(1, always)).unwrap_or(1)
    }
}

/// Half of all, and what one piece may need.
fn for_patient(total: usize) -> usize {
    (total / 2).max(total.min(LEAST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(waiting: usize) -> Arc<Room> {
        Arc::new(Room::new(Bounds { workers: 2, waiting, time: Duration::from_millis(100) }))
    }

    #[test]
    fn there_is_room_for_what_is_done_in_time() {
        let room = room(512);
        assert_eq!(room.size(), 34);
        for _ in 0..1000 {
            room.learn(Duration::from_micros(20), 1);
        }
        assert_eq!((room.size(), room.piece(), room.together()), (514, 16, 10));
        for _ in 0..1000 {
            room.learn(Duration::from_millis(5), 1);
        }
        let total = room.size();
        assert!((38..=48).contains(&total), "{total}: about 2 x 100 ms of 5 ms, and the 2 at work");
        assert_eq!((room.piece(), room.together()), (1, 1));
        for _ in 0..1000 {
            room.learn(Duration::from_secs(1), 1);
        }
        assert!((10..=11).contains(&room.size()), "{} always has some room", room.size());
        assert!((1990..=2000).contains(&room.time_of(4).as_millis()), "{:?}", room.time_of(4));
    }

    #[tokio::test]
    async fn what_is_taken_is_not_taken_away_and_goes_when_it_is_given_back() {
        let room = room(512);
        let slowly = |room: &Room, time: Duration| (0..1000).for_each(|_| room.learn(time, 1));
        for _ in 0..3 {
            slowly(&room, Duration::from_micros(20));
            let size = room.size();
            let all: Vec<Slot> = std::iter::from_fn(|| room.take(1)).collect();
            assert!(size > 400 && (all.len(), room.inside()) == (size, size), "{size}");
            slowly(&room, Duration::from_millis(50));
            assert!((10..=11).contains(&room.size()) && room.inside() == size);
            assert!(room.take(1).is_none());
            drop(all);
            assert_eq!(room.inside(), 0);
            assert_eq!(std::iter::from_fn(|| room.take(1)).collect::<Vec<_>>().len(), room.size());
        }
        for _ in 0..3 {
            slowly(&room, Duration::from_micros(20));
            let mut patient = Vec::new();
            while patient.len() < for_patient(room.size()) / LEAST {
                patient.push(room.wait(LEAST).await);
            }
            slowly(&room, Duration::from_millis(50));
            drop(patient);
            assert_eq!((room.inside(), room.patient.available_permits()), (0, for_patient(room.size())));
        }
        slowly(&room, Duration::from_micros(20));
        let free = (room.slots.available_permits(), room.patient.available_permits());
        assert_eq!(free, (room.size(), for_patient(room.size())));
    }

    #[test]
    fn a_quarter_more_is_kept_for_the_urgent() {
        let room = room(30);
        let all: Vec<Slot> = std::iter::from_fn(|| room.take(1)).collect();
        assert_eq!((all.len(), room.size()), (32, 32));
        let mut reserved: Vec<Slot> = std::iter::from_fn(|| room.take_reserved()).collect();
        assert_eq!((reserved.len(), room.inside()), (8, 40));
        reserved.pop();
        assert!(room.take(1).is_none(), "what the urgent give back is theirs");
        assert!(room.take_reserved().map(Slot::shrunk).is_some());
        drop((all, reserved));
        assert_eq!((room.inside(), room.slots.available_permits()), (0, 32));
    }

    #[tokio::test]
    async fn who_waits_leaves_room_for_who_does_not() {
        let room = room(32);
        let patient = [room.wait(16).await, room.wait(16).await, room.wait(1).await];
        let late = tokio::time::timeout(Duration::from_millis(20), room.wait(16)).await;
        assert!(late.is_err(), "half of the room is taken");
        assert!(room.take(16).is_some());
        drop(patient);
        assert!(room.wait(16).await.is_some());
    }
}
