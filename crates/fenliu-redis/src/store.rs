//! The store: asks, waits no longer than the limit, and keeps the connections alive in the background.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use fenliu::{ConversationStore, Kept, Note, StoreError, StoreKey, Visit};
use tokio::runtime::Runtime;
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::{sleep, timeout};

use crate::breaker::Breaker;
use crate::config::{ConnectError, RedisConfig};
use crate::link::{CONNECT_LIMIT, Link, Plan, Trouble};
use crate::value::{self, Contact, Found, Talk};

/// Keeps conversations in Redis or Valkey.
///
/// # Cost
///
/// One round trip a visit. One thread of its own carries the questions of all callers.
pub struct RedisStore {
    shared: Arc<Shared>,
    notes: mpsc::Sender<StoreKey>,
    /// Until it is dropped.
    runtime: Option<Runtime>,
}

/// How many notes wait at most: some seconds' worth of a busy instance.
const NOTES_WAITING: usize = 4096;
/// How many notes are under way at once.
const NOTES_UNDER_WAY: usize = 64;
/// How often the connections are looked at when nobody complains.
const LOOK_AFTER: Duration = Duration::from_secs(1);
/// The code of an answer that concerns one key and not the server: something else stands there.
const OTHER_TYPE: &str = "WRONGTYPE";

struct Shared {
    link: RwLock<Option<Arc<Link>>>,
    breaker: Breaker,
    /// What went wrong last, for people.
    last: Mutex<String>,
    /// Somebody had trouble, so that the connections are looked at.
    trouble: Notify,
    lost_notes: AtomicU64,
    at: String,
    prefix: String,
    ttl: Duration,
    limit: Duration,
    pause: Duration,
}

/// An answer, as it comes.
enum Answer {
    Talk(Result<Found, Trouble>),
    Contact(Result<u32, Trouble>),
}

impl RedisStore {
    /// Starts a store. A server that is not there is no error here but of each visit, so that a service can start
    /// before it. Waits a second at most for the first connection.
    ///
    /// # Errors
    ///
    /// [`ConnectError`]: a configuration that cannot be meant, or a system without threads.
    pub fn connect(config: &RedisConfig) -> Result<Self, ConnectError> {
        let plan = Plan::new(config).map_err(ConnectError::Config)?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fenliu-redis")
            .enable_all()
            .build()?;
        let shared = Arc::new(Shared {
            link: RwLock::new(None),
            breaker: Breaker::new(plan.is_cluster(), config.pause()),
            last: Mutex::new("not connected yet".to_owned()),
            trouble: Notify::new(),
            lost_notes: AtomicU64::new(0),
            at: plan.at.clone(),
            prefix: config.prefix.clone(),
            ttl: Duration::from_secs(config.ttl_s),
            limit: config.limit(),
            pause: config.pause(),
        });
        let (tried, first) = sync_channel(1);
        runtime.spawn(look_after(Arc::clone(&shared), plan, tried));
        let (notes, waiting) = mpsc::channel(NOTES_WAITING);
        runtime.spawn(write_notes(Arc::clone(&shared), waiting));
        // Whether it succeeded or not: the store goes on in either case.
        let _ = first.recv_timeout(CONNECT_LIMIT);
        Ok(Self { shared, notes, runtime: Some(runtime) })
    }
}

impl ConversationStore for RedisStore {
    fn visit(&self, visit: &Visit<'_>) -> Result<Kept, StoreError> {
        let shared = &self.shared;
        let start = Instant::now();
        let key = StoreKey::conversation(visit.conversation);
        let slot = value::slot(key);
        let (Some(link), Some(runtime)) = (shared.link(), &self.runtime) else { return Err(shared.unavailable()) };
        if !shared.breaker.admits(slot, start) {
            return Err(shared.unavailable());
        }
        let (answers, answered) = sync_channel(2);
        let talk = Talk::new(&shared.prefix, key, visit);
        let ttl = shared.ttl;
        let mut tasks = Vec::with_capacity(2);
        tasks.push(runtime.spawn(tell(answers.clone(), {
            let link = Arc::clone(&link);
            async move { Answer::Talk(link.talk(&talk, ttl).await) }
        })));
        let customer = visit.customer.map(StoreKey::customer);
        let customer = customer.filter(|customer| {
            let of_customer = value::slot(*customer);
            shared.breaker.together(slot, of_customer) || shared.breaker.admits(of_customer, start)
        });
        if let Some(customer) = customer {
            let contact = Contact::new(&shared.prefix, customer, key, visit);
            let contact = async move { Answer::Contact(link.contact(&contact).await) };
            tasks.push(runtime.spawn(tell(answers.clone(), contact)));
        }
        drop(answers);
        let (mut found, mut contacts) = (None, None);
        // Ends when all that was asked is answered, or the time is over.
        while let Ok(answer) = answered.recv_timeout(shared.limit.saturating_sub(start.elapsed())) {
            match answer {
                Answer::Talk(talk) => found = Some(talk),
                Answer::Contact(contact) => contacts = Some(contact),
            }
        }
        for task in &tasks {
            task.abort();
        }
        // The conversation is judged last: where both lie on one server, its answer counts.
        let contacts = customer.and_then(|customer| shared.judged(value::slot(customer), contacts).ok());
        let mut kept = shared.judged(slot, found)?.kept();
        kept.contacts_24h = contacts.unwrap_or(0);
        Ok(kept)
    }

    fn note(&self, conversation: &str, note: Note) {
        if note.clarified && self.notes.try_send(StoreKey::conversation(conversation)).is_err() {
            self.shared.lost_note();
        }
    }

    fn lost_notes(&self) -> u64 {
        self.shared.lost_notes.load(Ordering::Relaxed)
    }
}

impl Drop for RedisStore {
    /// Waits for nothing: a store may be dropped where waiting is not allowed.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl std::fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisStore").field("at", &self.shared.at).finish_non_exhaustive()
    }
}

impl Shared {
    fn link(&self) -> Option<Arc<Link>> {
        self.link.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn connected(&self, link: Arc<Link>) {
        *self.link.write().unwrap_or_else(PoisonError::into_inner) = Some(link);
    }

    fn remember(&self, what: String) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }

    fn unavailable(&self) -> StoreError {
        let what = self.last.lock().unwrap_or_else(PoisonError::into_inner).clone();
        StoreError::Unavailable { at: self.at.clone(), what }
    }

    /// What an answer, or its absence, means for the server and for who asked.
    fn judged<T>(&self, slot: u16, answer: Option<Result<T, Trouble>>) -> Result<T, StoreError> {
        let at = || self.at.clone();
        let error = match answer {
            Some(Ok(answer)) => {
                self.breaker.answered(slot);
                return Ok(answer);
            }
            Some(Err(Trouble::Refused(code))) if code == OTHER_TYPE => {
                self.breaker.answered(slot);
                return Err(StoreError::Refused { at: at(), code });
            }
            Some(Err(Trouble::Refused(code))) => {
                self.remember(format!("it refused with `{code}`"));
                StoreError::Refused { at: at(), code }
            }
            Some(Err(Trouble::Lost(what))) => {
                self.remember(what.clone());
                StoreError::Unavailable { at: at(), what }
            }
            None => {
                self.remember(format!("no answer within {:?}", self.limit));
                StoreError::Late { at: at(), after: self.limit }
            }
        };
        self.breaker.failed(slot, Instant::now());
        self.trouble.notify_one();
        Err(error)
    }

    fn lost_note(&self) {
        self.lost_notes.fetch_add(1, Ordering::Relaxed);
    }
}

/// Says an answer to whoever waits for it, if anybody still does.
async fn tell(answers: SyncSender<Answer>, answer: impl Future<Output = Answer>) {
    let answer = answer.await;
    // There is room for every answer, so that this never waits.
    let _ = answers.try_send(answer);
}

/// Connects, and connects anew whenever the connections no longer answer. Says when it has tried once.
async fn look_after(shared: Arc<Shared>, plan: Plan, tried: SyncSender<()>) {
    loop {
        match timeout(CONNECT_LIMIT, plan.connect()).await {
            Ok(Ok(link)) => {
                let link = Arc::new(link);
                shared.connected(Arc::clone(&link));
                let _ = tried.try_send(());
                while link.lives().await {
                    // Either somebody has trouble, or a while has passed.
                    let _ = timeout(LOOK_AFTER, shared.trouble.notified()).await;
                }
            }
            Ok(Err(Trouble::Lost(what))) => shared.remember(what),
            Ok(Err(Trouble::Refused(code))) => shared.remember(format!("it refused with `{code}`")),
            Err(_) => shared.remember("no answer while connecting".to_owned()),
        }
        let _ = tried.try_send(());
        sleep(shared.pause).await;
    }
}

/// Writes notes as they come, several at once.
async fn write_notes(shared: Arc<Shared>, mut notes: mpsc::Receiver<StoreKey>) {
    let under_way = Arc::new(Semaphore::new(NOTES_UNDER_WAY));
    while let Some(key) = notes.recv().await {
        let Ok(permit) = Arc::clone(&under_way).acquire_owned().await else { return };
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            if !write_note(&shared, key).await {
                shared.lost_note();
            }
            drop(permit);
        });
    }
}

/// Whether a note was written.
async fn write_note(shared: &Shared, key: StoreKey) -> bool {
    let slot = value::slot(key);
    let Some(link) = shared.link() else { return false };
    if !shared.breaker.admits(slot, Instant::now()) {
        return false;
    }
    let numbers_key = value::numbers_key(&shared.prefix, key);
    let written = timeout(shared.limit, link.clarified(&numbers_key, shared.ttl)).await;
    shared.judged(slot, written.ok()).is_ok()
}
