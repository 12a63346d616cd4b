//! The bounded line before the engine: who is worked on next, who waits, who is sent away. Work runs on threads of its
//! own, never on those that serve connections.

mod line;
mod room;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use line::{Job, Line};
pub(crate) use room::Bounds;
use room::{Room, Slot};

/// Who is worked on before whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// In turn.
    Usual,
    /// Before the usual, with room beyond theirs, and in the place of one of them where that is taken too.
    Urgent,
}

/// Why work was not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// As many wait as may; about when to ask again.
    Full(Duration),
    /// The work panicked.
    Failed,
}

/// What came of work.
#[derive(Debug)]
pub(crate) struct Done<T> {
    pub(crate) result: T,
    /// How long it waited for its turn.
    pub(crate) waited: Duration,
}

/// How the line stands; in messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) usual: usize,
    pub(crate) urgent: usize,
    /// How many are inside, waiting or worked on.
    pub(crate) inside: usize,
    /// The most that may be now.
    pub(crate) room: usize,
    /// How many workers work.
    pub(crate) working: usize,
    /// Callers that left before their turn came.
    pub(crate) abandoned: u64,
    pub(crate) panics: u64,
}

/// The line and its workers. They stop when it is dropped, after what is in the line.
#[derive(Debug)]
pub(crate) struct Gate {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    line: Mutex<Line>,
    ready: Condvar,
    room: Arc<Room>,
    working: AtomicUsize,
    abandoned: AtomicU64,
    panics: AtomicU64,
}

impl Gate {
    /// Starts the workers.
    ///
    /// # Errors
    ///
    /// That the system gives no more threads.
    pub(crate) fn new(bounds: Bounds) -> std::io::Result<Self> {
        let shared = Arc::new(Shared {
            line: Mutex::default(),
            ready: Condvar::new(),
            room: Arc::new(Room::new(bounds)),
            working: AtomicUsize::new(0),
            abandoned: AtomicU64::new(0),
            panics: AtomicU64::new(0),
        });
        let gate = Self { shared };
        for number in 0..gate.shared.room.workers() {
            let shared = Arc::clone(&gate.shared);
            std::thread::Builder::new().name(format!("fenliu-{number}")).spawn(move || {
                stand_back();
                shared.work();
            })?;
        }
        Ok(gate)
    }

    /// Does the work on so many messages in its turn, or refuses it at once. Where the caller leaves first, it is not
    /// done. The work says for how many messages its time is usual: those that were no good took none.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        messages: usize,
        class: impl FnOnce() -> Class,
        work: impl FnOnce() -> (T, usize) + Send + 'static,
    ) -> Result<Done<T>, Refused> {
        // Who is urgent matters only where somebody waits.
        let free = self.shared.room.take(messages);
        let class = if free.is_some() && self.shared.is_idle() { Class::Usual } else { class() };
        let slot = match (free, class) {
            (Some(slot), _) => slot,
            (None, Class::Urgent) if messages == 1 => {
                let reserved = self.shared.room.take_reserved();
                reserved.or_else(|| self.displaced()).ok_or_else(|| self.full())?
            }
            (None, _) => return Err(self.full()),
        };
        self.enter(class, (slot, messages, true), work).await
    }

    /// The same for callers that wait until there is room.
    pub(crate) async fn run_when_free<T: Send + 'static>(
        &self,
        messages: usize,
        class: impl FnOnce() -> Class,
        work: impl FnOnce() -> (T, usize) + Send + 'static,
    ) -> Result<Done<T>, Refused> {
        let slot = self.shared.room.wait(messages).await.ok_or(Refused::Failed)?;
        let class = if self.shared.is_idle() { Class::Usual } else { class() };
        self.enter(class, (slot, messages, false), work).await
    }

    /// Does a part of a piece of work that may fail alone.
    pub(crate) fn caught<T>(&self, work: impl FnOnce() -> T) -> Result<T, Refused> {
        catch_unwind(AssertUnwindSafe(work)).map_err(|_| self.shared.panicked())
    }

    /// How many messages one piece of work should have, so that others come in between.
    pub(crate) fn piece(&self) -> usize {
        self.shared.room.piece()
    }

    pub(crate) fn load(&self) -> Load {
        let line::Lengths { usual, urgent } = self.shared.line().lengths();
        Load {
            usual,
            urgent,
            inside: self.shared.room.inside(),
            room: self.shared.room.size(),
            working: self.shared.working.load(Ordering::Relaxed),
            abandoned: self.shared.abandoned.load(Ordering::Relaxed),
            panics: self.shared.panics.load(Ordering::Relaxed),
        }
    }

    async fn enter<T: Send + 'static>(
        &self,
        class: Class,
        (slot, messages, may_give_way): (Slot, usize, bool),
        work: impl FnOnce() -> (T, usize) + Send + 'static,
    ) -> Result<Done<T>, Refused> {
        let (answer, answered) = oneshot::channel();
        let job = Box::new(Task {
            work: Some(work),
            answer,
            done: None,
            slot,
            messages,
            may_give_way,
            since: Instant::now(),
            shared: Arc::clone(&self.shared),
        });
        self.shared.push(class, job);
        answered.await.unwrap_or(Err(Refused::Failed))
    }

    /// The room for one message of the youngest usual job, which is sent away for it.
    fn displaced(&self) -> Option<Slot> {
        let job = self.shared.line().youngest()?;
        Some(job.give_way().shrunk())
    }

    fn full(&self) -> Refused {
        Refused::Full(self.shared.patience())
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.shared.line().close();
        self.shared.ready.notify_all();
    }
}

/// One piece of work and who waits for it.
struct Task<T, F> {
    work: Option<F>,
    answer: oneshot::Sender<Result<Done<T>, Refused>>,
    done: Option<Result<Done<T>, Refused>>,
    slot: Slot,
    messages: usize,
    may_give_way: bool,
    since: Instant,
    shared: Arc<Shared>,
}

impl<T: Send, F: FnOnce() -> (T, usize) + Send> Job for Task<T, F> {
    fn run(&mut self) {
        if self.answer.is_closed() {
            self.shared.abandoned.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let Some(work) = self.work.take() else { return };
        let started = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(work));
        if let Ok((_, messages @ 1..)) = &result {
            self.shared.room.learn(started.elapsed(), *messages);
        }
        let waited = started.duration_since(self.since);
        self.done = Some(result.map(|(result, _)| Done { result, waited }).map_err(|_| self.shared.panicked()));
    }

    fn deliver(self: Box<Self>) {
        let Self { answer, done, slot, .. } = *self;
        // Who has the answer and asks again finds the room that it had.
        drop(slot);
        if let Some(done) = done {
            // Who has left meanwhile is not waiting for it.
            let _ = answer.send(done);
        }
    }

    fn give_way(self: Box<Self>) -> Slot {
        let refused = Refused::Full(self.shared.patience());
        let Self { answer, slot, .. } = *self;
        let _ = answer.send(Err(refused));
        slot
    }

    fn messages(&self) -> usize {
        self.messages
    }

    fn may_give_way(&self) -> bool {
        self.may_give_way
    }
}

/// Lets the threads that serve connections come first: who finds no room is told so at once, however much is being
/// worked on. By how much a thread stands back is its own on Linux alone.
fn stand_back() {
    #[cfg(target_os = "linux")]
    {
        if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
            tracing::warn!(%error, "what routes messages cannot stand back: refusals may come late under load");
        }
    }
}

/// Of the workers; threads that serve connections have 0.
#[cfg(target_os = "linux")]
const NICENESS: i32 = 19;

/// What a caller who is sent away should wait at least, and at most.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

impl Shared {
    /// No panic happens while the line is held.
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_idle(&self) -> bool {
        self.line().is_idle()
    }

    fn panicked(&self) -> Refused {
        self.panics.fetch_add(1, Ordering::Relaxed);
        Refused::Failed
    }

    fn push(&self, class: Class, job: Box<dyn Job>) {
        let mut line = self.line();
        line.push(class, job);
        // Waking nobody costs a call into the system too.
        let wake = line.sleeping > 0;
        drop(line);
        if wake {
            self.ready.notify_one();
        }
    }

    /// What one worker does until the line is closed. Short pieces of work are answered together: each answer alone
    /// would wake a thread that has no more to do than it.
    fn work(&self) {
        let mut jobs: Vec<Box<dyn Job>> = Vec::new();
        while self.next(&mut jobs) {
            self.working.fetch_add(1, Ordering::Relaxed);
            jobs.iter_mut().for_each(|job| job.run());
            self.working.fetch_sub(1, Ordering::Relaxed);
            jobs.drain(..).for_each(|job| job.deliver());
        }
    }

    /// Waits for work; false where there will be none any more.
    fn next(&self, jobs: &mut Vec<Box<dyn Job>>) -> bool {
        let mut line = self.line();
        loop {
            line.take(self.room.together(), self.room.workers(), jobs);
            if !jobs.is_empty() {
                return true;
            }
            if line.is_closed() {
                return false;
            }
            line.sleeping += 1;
            line = self.ready.wait(line).unwrap_or_else(PoisonError::into_inner);
            line.sleeping -= 1;
        }
    }

    /// About how long the line takes to come to its end.
    fn patience(&self) -> Duration {
        let line::Lengths { usual, urgent } = self.line().lengths();
        self.room.time_of(usual + urgent).clamp(PATIENCE.0, PATIENCE.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Work that tells its name, and waits to be let go where it is asked to.
    struct Hall {
        gate: Arc<Gate>,
        done: Arc<Mutex<Vec<&'static str>>>,
    }

    impl Hall {
        fn new(workers: usize, waiting: usize) -> Self {
            Self {
                gate: Arc::new(Gate::new(Bounds { workers, waiting, time: Duration::from_secs(9) }).unwrap()),
                done: Arc::default(),
            }
        }

        /// Puts work into the line; it is there when this returns.
        async fn enter(&self, class: Class, name: &'static str) -> tokio::task::JoinHandle<Result<Done<()>, Refused>> {
            let (gate, done) = (Arc::clone(&self.gate), Arc::clone(&self.done));
            let before = self.gate.load();
            let task =
                tokio::spawn(async move { gate.run(1, || class, move || (done.lock().unwrap().push(name), 1)).await });
            while !task.is_finished() && self.gate.load() == before {
                tokio::task::yield_now().await;
            }
            task
        }

        /// Keeps the only worker busy until the sender is dropped.
        async fn occupy(&self) -> (std::sync::mpsc::Sender<()>, tokio::task::JoinHandle<Result<Done<()>, Refused>>) {
            let (let_go, wait) = std::sync::mpsc::channel::<()>();
            let gate = Arc::clone(&self.gate);
            let task = tokio::spawn(async move {
                gate.run(1, || Class::Usual, move || (wait.recv().unwrap_or_default(), 1)).await
            });
            while self.gate.load().working == 0 {
                tokio::task::yield_now().await;
            }
            (let_go, task)
        }
    }

    #[tokio::test]
    async fn the_urgent_come_first_and_take_the_place_of_the_youngest() {
        let hall = Hall::new(1, 2);
        let (let_go, first) = hall.occupy().await;
        let old = hall.enter(Class::Usual, "old").await;
        let young = hall.enter(Class::Usual, "young").await;
        let late = hall.enter(Class::Usual, "late").await.await.unwrap();
        assert!(matches!(late, Err(Refused::Full(after)) if after >= PATIENCE.0));
        let urgent = hall.enter(Class::Urgent, "urgent").await;
        assert!(matches!(young.await.unwrap(), Err(Refused::Full(_))));
        let also = hall.enter(Class::Urgent, "also urgent").await;
        assert!(matches!(old.await.unwrap(), Err(Refused::Full(_))));
        let third = hall.enter(Class::Urgent, "no place left").await.await.unwrap();
        assert!(matches!(third, Err(Refused::Full(_))), "there is nobody whose place it could take");
        drop(let_go);
        for task in [first, urgent, also] {
            assert!(task.await.unwrap().is_ok());
        }
        assert_eq!(*hall.done.lock().unwrap(), ["urgent", "also urgent"]);
    }

    #[tokio::test]
    async fn the_urgent_have_room_of_their_own_before_they_take_that_of_others() {
        let hall = Hall::new(1, 7);
        let (let_go, first) = hall.occupy().await;
        let mut usual = Vec::new();
        for _ in 0..7 {
            usual.push(hall.enter(Class::Usual, "usual").await);
        }
        let mut urgent = vec![hall.enter(Class::Urgent, "urgent").await, hall.enter(Class::Urgent, "urgent").await];
        assert_eq!(hall.gate.load().inside, 10);
        assert!(usual.iter().all(|task| !task.is_finished()));
        urgent.push(hall.enter(Class::Urgent, "urgent").await);
        let youngest = usual.pop().unwrap().await.unwrap();
        assert!(matches!(youngest, Err(Refused::Full(_))));
        drop(let_go);
        for task in usual.into_iter().chain(urgent).chain([first]) {
            assert!(task.await.unwrap().is_ok());
        }
        assert_eq!(hall.done.lock().unwrap()[..4], ["urgent", "urgent", "urgent", "usual"]);
    }

    #[tokio::test]
    async fn who_has_left_is_not_worked_for_and_a_panic_costs_its_own_caller_alone() {
        let hall = Hall::new(1, 3);
        let (let_go, first) = hall.occupy().await;
        let leaver = hall.enter(Class::Usual, "leaver").await;
        let stayer = hall.enter(Class::Usual, "stayer").await;
        leaver.abort();
        assert!(leaver.await.unwrap_err().is_cancelled());
        drop(let_go);
        assert!(first.await.unwrap().is_ok() && stayer.await.unwrap().is_ok());
        assert_eq!(*hall.done.lock().unwrap(), ["stayer"]);
        assert_eq!(hall.gate.load().abandoned, 1);

        let failed = hall.gate.run(1, || Class::Usual, || std::panic::resume_unwind(Box::new("as asked"))).await;
        assert_eq!(failed.map(|done: Done<()>| done.result), Err(Refused::Failed));
        assert_eq!(hall.gate.load().panics, 1);
        assert!(hall.gate.run(1, || Class::Usual, || ((), 1)).await.is_ok(), "the worker goes on");
    }

    #[tokio::test]
    async fn who_may_wait_is_let_in_when_there_is_room() {
        let hall = Hall::new(1, 0);
        let (let_go, first) = hall.occupy().await;
        let gate = Arc::clone(&hall.gate);
        let patient = tokio::spawn(async move { gate.run_when_free(1, || Class::Usual, || (7, 1)).await });
        assert!(matches!(hall.gate.run(1, || Class::Usual, || ((), 1)).await, Err(Refused::Full(_))));
        drop(let_go);
        assert!(first.await.unwrap().is_ok());
        assert_eq!(patient.await.unwrap().unwrap().result, 7);
    }
}
