//! The bounded line before the engine: who is worked on next, who waits, who is sent away. Work runs on threads of its
//! own, never on those that serve connections.

mod line;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use line::{Job, Line, Turn};

/// Who is worked on before whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    /// In turn.
    Usual,
    /// Before the usual, and in the place of one of them where nobody else may wait.
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

/// How the line stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    pub(crate) usual: usize,
    pub(crate) urgent: usize,
    pub(crate) working: usize,
    /// Callers that left before their turn came.
    pub(crate) abandoned: u64,
    pub(crate) panics: u64,
}

/// The line and its workers. They stop when it is dropped, after what is in the line.
#[derive(Debug)]
pub(crate) struct Gate {
    shared: Arc<Shared>,
    slots: Arc<Semaphore>,
}

#[derive(Debug)]
struct Shared {
    line: Mutex<Line>,
    ready: Condvar,
    workers: usize,
    working: AtomicUsize,
    abandoned: AtomicU64,
    panics: AtomicU64,
    /// How long a piece of work takes, in microseconds, smoothed.
    usual_us: AtomicU64,
}

impl Gate {
    /// Starts `workers` threads, before which at most `waiting` pieces of work wait.
    ///
    /// # Errors
    ///
    /// That the system gives no more threads.
    pub(crate) fn new(workers: usize, waiting: usize) -> std::io::Result<Self> {
        let workers = workers.max(1);
        let shared = Arc::new(Shared {
            line: Mutex::default(),
            ready: Condvar::new(),
            workers,
            working: AtomicUsize::new(0),
            abandoned: AtomicU64::new(0),
            panics: AtomicU64::new(0),
            usual_us: AtomicU64::new(0),
        });
        let gate = Self { slots: Arc::new(Semaphore::new(workers + waiting)), shared };
        for number in 0..workers {
            let shared = Arc::clone(&gate.shared);
            std::thread::Builder::new().name(format!("fenliu-{number}")).spawn(move || shared.work())?;
        }
        Ok(gate)
    }

    /// Does the work in its turn, or refuses it at once. Where the caller leaves first, it is not done.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        class: impl FnOnce() -> Class,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Done<T>, Refused> {
        // Who is urgent matters only where somebody waits.
        let free = Arc::clone(&self.slots).try_acquire_owned();
        let class = if free.is_ok() && self.shared.is_idle() { Class::Usual } else { class() };
        let slot = match (free, class) {
            (Ok(slot), _) => slot,
            (Err(_), Class::Urgent) => self.displaced().ok_or_else(|| self.full())?,
            (Err(_), Class::Usual) => return Err(self.full()),
        };
        self.enter(class, slot, work).await
    }

    /// The same for callers that wait until others may wait again.
    pub(crate) async fn run_when_free<T: Send + 'static>(
        &self,
        class: impl FnOnce() -> Class,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Done<T>, Refused> {
        let slot = Arc::clone(&self.slots).acquire_owned().await.map_err(|_| Refused::Failed)?;
        let class = if self.shared.is_idle() { Class::Usual } else { class() };
        self.enter(class, slot, work).await
    }

    pub(crate) fn load(&self) -> Load {
        let (usual, urgent) = self.shared.line().lengths();
        Load {
            usual,
            urgent,
            working: self.shared.working.load(Ordering::Relaxed),
            abandoned: self.shared.abandoned.load(Ordering::Relaxed),
            panics: self.shared.panics.load(Ordering::Relaxed),
        }
    }

    async fn enter<T: Send + 'static>(
        &self,
        class: Class,
        slot: OwnedSemaphorePermit,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<Done<T>, Refused> {
        let (answer, answered) = oneshot::channel();
        let shared = Arc::clone(&self.shared);
        let since = Instant::now();
        let job = Job::new(slot, move |turn| {
            if answer.is_closed() {
                shared.abandoned.fetch_add(1, Ordering::Relaxed);
                return;
            }
            let done = match turn {
                Turn::Come => {
                    let waited = since.elapsed();
                    shared.timed(work).map(|result| Done { result, waited })
                }
                Turn::Displaced => Err(Refused::Full(shared.patience())),
            };
            // Who has left meanwhile is not waiting for it.
            let _ = answer.send(done);
        });
        self.shared.line().push(class, job);
        self.shared.ready.notify_one();
        answered.await.unwrap_or(Err(Refused::Failed))
    }

    /// The slot of the youngest usual job, which is sent away for it.
    fn displaced(&self) -> Option<OwnedSemaphorePermit> {
        let job = self.shared.line().youngest()?;
        Some(job.give_way())
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

/// What a caller who is sent away should wait at least, and at most.
const PATIENCE: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));

impl Shared {
    /// No panic happens while the line is held.
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_idle(&self) -> bool {
        self.working.load(Ordering::Relaxed) < self.workers
    }

    /// What one worker does until the line is closed.
    fn work(&self) {
        let mut line = self.line();
        loop {
            match line.pop() {
                Some(job) => {
                    drop(line);
                    self.working.fetch_add(1, Ordering::Relaxed);
                    job.run();
                    self.working.fetch_sub(1, Ordering::Relaxed);
                    line = self.line();
                }
                None if line.is_closed() => return,
                None => line = self.ready.wait(line).unwrap_or_else(PoisonError::into_inner),
            }
        }
    }

    fn timed<T>(&self, work: impl FnOnce() -> T) -> Result<T, Refused> {
        let started = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(work));
        let took = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        // Two workers that write at once lose one sample of many.
        let known = self.usual_us.load(Ordering::Relaxed);
        let smoothed = if known == 0 { took } else { known.saturating_mul(15).saturating_add(took) / 16 };
        self.usual_us.store(smoothed, Ordering::Relaxed);
        result.map_err(|_| {
            self.panics.fetch_add(1, Ordering::Relaxed);
            Refused::Failed
        })
    }

    /// About how long the line takes to come to its end.
    fn patience(&self) -> Duration {
        let (usual, urgent) = self.line().lengths();
        let jobs = u64::try_from(usual + urgent).unwrap_or(u64::MAX);
        let workers = u64::try_from(self.workers).unwrap_or(1).max(1);
        let us = jobs.saturating_mul(self.usual_us.load(Ordering::Relaxed)) / workers;
        Duration::from_micros(us).clamp(PATIENCE.0, PATIENCE.1)
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
            Self { gate: Arc::new(Gate::new(workers, waiting).unwrap()), done: Arc::default() }
        }

        /// Puts work into the line; it is there when this returns.
        async fn enter(&self, class: Class, name: &'static str) -> tokio::task::JoinHandle<Result<Done<()>, Refused>> {
            let (gate, done) = (Arc::clone(&self.gate), Arc::clone(&self.done));
            let before = self.gate.load();
            let task = tokio::spawn(async move { gate.run(|| class, move || done.lock().unwrap().push(name)).await });
            while !task.is_finished() && self.gate.load() == before {
                tokio::task::yield_now().await;
            }
            task
        }

        /// Keeps the only worker busy until the sender is dropped.
        async fn occupy(&self) -> (std::sync::mpsc::Sender<()>, tokio::task::JoinHandle<Result<Done<()>, Refused>>) {
            let (let_go, wait) = std::sync::mpsc::channel::<()>();
            let gate = Arc::clone(&self.gate);
            let task =
                tokio::spawn(async move { gate.run(|| Class::Usual, move || wait.recv().unwrap_or_default()).await });
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

        let failed = hall.gate.run(|| Class::Usual, || std::panic::resume_unwind(Box::new("as asked"))).await;
        assert_eq!(failed.map(|done: Done<()>| done.result), Err(Refused::Failed));
        assert_eq!(hall.gate.load().panics, 1);
        assert!(hall.gate.run(|| Class::Usual, || ()).await.is_ok(), "the worker goes on");
    }

    #[tokio::test]
    async fn who_may_wait_is_let_in_when_there_is_room() {
        let hall = Hall::new(1, 0);
        let (let_go, first) = hall.occupy().await;
        let gate = Arc::clone(&hall.gate);
        let patient = tokio::spawn(async move { gate.run_when_free(|| Class::Usual, || 7).await });
        assert!(matches!(hall.gate.run(|| Class::Usual, || ()).await, Err(Refused::Full(_))));
        drop(let_go);
        assert!(first.await.unwrap().is_ok());
        assert_eq!(patient.await.unwrap().unwrap().result, 7);
    }
}
