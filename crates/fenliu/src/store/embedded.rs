//! The store of one process: bounded by weight, the coldest conversation goes first, and an idle one expires.
//!
//! Compared for a million conversations: `lru` knows exactly which one is the coldest, so that what has expired is
//! freed from that end; `quick_cache` takes a fifth less memory but keeps what was hot once over what is new;
//! `moka` takes more than twice as much.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use lru::LruCache;

use crate::store::codec::{self, Record};
use crate::store::{CONTACT_WINDOW, ConversationStore, Kept, MAX_CONTACTS, Note, StoreError, StoreKey, Visit};

/// How much a store holds, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoreLimits {
    /// How many bytes of memory all conversations and contacts take together, as estimated. A store that has been full
    /// for long may take half as much again: what was forgotten leaves holes in memory.
    pub bytes: usize,
    /// For how long a conversation is kept after its last message.
    pub idle: Duration,
}

/// Keeps conversations in this process's memory.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
/// use fenliu::{ConversationStore, EmbeddedStore, KeptTurn, Speaker, StoreLimits, Visit};
///
/// let store = EmbeddedStore::new(StoreLimits::new(400_000_000, Duration::from_secs(3600)));
/// let at = "2026-06-18T12:00:00Z".parse()?;
/// let said = [KeptTurn::new(Speaker::Customer, "面霜什么时候发货")];
/// assert!(store.visit(&Visit::new("c-1", &said, at))?.turns.is_empty());
/// let again = [KeptTurn::new(Speaker::Customer, "到底发不发")];
/// assert_eq!(store.visit(&Visit::new("c-1", &again, at))?.turns, said);
/// # Ok(())
/// # }
/// ```
///
/// # Cost
///
/// About 3 µs a visit. A conversation of one message takes about 200 bytes, its customer 100 (`cargo bench --bench
/// store`).
pub struct EmbeddedStore {
    shards: [Mutex<Shard>; SHARDS],
    limits: Limits,
    lost_notes: AtomicU64,
}

/// So many that threads seldom meet. A power of two up to 256.
const SHARDS: usize = 64;

/// What a conversation takes beside its bytes, in bytes: its place in the table and in the order, and what the
/// allocator adds to both. Set so that a million conversations weigh what they take in `cargo bench --bench store`.
const BESIDE_CONVERSATION: usize = 140;
/// What a customer takes, with a single contact.
const BESIDE_CUSTOMER: usize = 104;
/// What a customer with several contacts takes beside them, in bytes.
const BESIDE_CONTACTS: usize = 16;

/// How many expired conversations, and how many customers, a visit frees: more than it adds.
const FREED_A_VISIT: usize = 2;

/// The limits as a shard needs them.
#[derive(Debug, Clone, Copy)]
struct Limits {
    bytes_a_shard: usize,
    idle_seconds: u32,
}

/// INVARIANT: `bytes` is what all entries weigh.
struct Shard {
    conversations: LruCache<StoreKey, Box<[u8]>>,
    /// By the first half of the key: half the memory, and two customers share one in 10⁷ stores of a million.
    customers: LruCache<u64, Contacts>,
    bytes: usize,
}

/// The conversations of a customer, in the order in which they began.
#[derive(Debug)]
enum Contacts {
    /// As most customers have; nothing is allocated for it.
    One(Contact),
    Several(Box<[Contact]>),
}

#[derive(Debug, Clone, Copy)]
struct Contact {
    /// The first bytes of its key: enough to tell the few of one customer apart.
    conversation: u32,
    /// In seconds.
    began: u32,
}

impl StoreLimits {
    /// So many bytes of memory, and so long after the last message.
    #[must_use]
    pub fn new(bytes: usize, idle: Duration) -> Self {
        Self { bytes, idle }
    }
}

impl EmbeddedStore {
    /// An empty store. It takes memory as it fills.
    #[must_use]
    pub fn new(limits: StoreLimits) -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::new(Shard::new())),
            limits: Limits {
                bytes_a_shard: limits.bytes / SHARDS,
                idle_seconds: u32::try_from(limits.idle.as_secs()).unwrap_or(u32::MAX),
            },
            lost_notes: AtomicU64::new(0),
        }
    }

    /// How many conversations are held, some of them perhaps expired.
    #[must_use]
    pub fn conversations(&self) -> usize {
        self.sum(|shard| shard.conversations.len())
    }

    /// How many bytes of memory what is held takes, as estimated.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.sum(|shard| shard.bytes)
    }

    fn sum(&self, of: impl Fn(&Shard) -> usize) -> usize {
        self.shards.iter().map(|shard| of(&lock(shard))).sum()
    }

    fn shard(&self, key: StoreKey) -> MutexGuard<'_, Shard> {
        let [first, ..] = key.bytes();
        #[expect(clippy::indexing_slicing, reason = "the rest after a division by the length is below the length")]
        lock(&self.shards[usize::from(first) % SHARDS])
    }
}

impl std::fmt::Debug for EmbeddedStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EmbeddedStore").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl ConversationStore for EmbeddedStore {
    fn visit(&self, visit: &Visit<'_>) -> Result<Kept, StoreError> {
        let now = seconds(visit.at);
        let key = StoreKey::conversation(visit.conversation);
        let mut kept = self.shard(key).visit(key, visit, Now { now, limits: self.limits });
        if let Some(customer) = visit.customer {
            let customer = StoreKey::customer(customer);
            kept.contacts_24h = self.shard(customer).contact(customer, key, Now { now, limits: self.limits });
        }
        Ok(kept)
    }

    fn note(&self, conversation: &str, note: Note) {
        let key = StoreKey::conversation(conversation);
        if note.clarified && !self.shard(key).clarified(key) {
            self.lost_notes.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn lost_notes(&self) -> u64 {
        self.lost_notes.load(Ordering::Relaxed)
    }
}

/// What decides which entries stay.
#[derive(Clone, Copy)]
struct Now {
    now: u32,
    limits: Limits,
}

impl Now {
    fn idle(self, conversation: &[u8]) -> bool {
        codec::seen(conversation).is_none_or(|seen| self.now.saturating_sub(seen) > self.limits.idle_seconds)
    }

    fn past(self, contact: Contact) -> bool {
        u64::from(self.now.saturating_sub(contact.began)) > CONTACT_WINDOW.as_secs()
    }
}

impl Shard {
    fn new() -> Self {
        Self { conversations: LruCache::unbounded(), customers: LruCache::unbounded(), bytes: 0 }
    }

    fn visit(&mut self, key: StoreKey, visit: &Visit<'_>, now: Now) -> Kept {
        let before = self.conversations.get(&key).filter(|bytes| !now.idle(bytes));
        let mut record = before.and_then(|bytes| Record::decode(bytes)).unwrap_or_default();
        record.ai_failures = record.ai_failures.max(visit.ai_failures);
        let kept = record.kept();
        record.add(visit, now.now);
        let after = record.encode();
        self.put(key, after);
        self.free(now);
        kept
    }

    /// Says that the customer was asked what is meant, and whether the conversation was there to be told.
    fn clarified(&mut self, key: StoreKey) -> bool {
        let Some(mut record) = self.conversations.get(&key).and_then(|bytes| Record::decode(bytes)) else {
            return false;
        };
        record.clarified = record.clarified.saturating_add(1);
        let after = record.encode();
        self.put(key, after);
        true
    }

    fn put(&mut self, key: StoreKey, bytes: Box<[u8]>) {
        self.bytes += weight(&bytes);
        if let Some(before) = self.conversations.put(key, bytes) {
            self.bytes -= weight(&before);
        }
    }

    /// Counts the contacts of a customer, of which this conversation is one.
    fn contact(&mut self, customer: StoreKey, conversation: StoreKey, now: Now) -> u32 {
        let customer = u64::from_be_bytes(half(customer));
        let [a, b, c, d, ..] = conversation.bytes();
        let this = Contact { conversation: u32::from_be_bytes([a, b, c, d]), began: now.now };
        let before = self.customers.get(&customer).map_or(&[][..], Contacts::all);
        let mut contacts: Vec<Contact> = before.iter().copied().filter(|contact| !now.past(*contact)).collect();
        let unchanged = contacts.len() == before.len();
        let known = contacts.iter().any(|contact| contact.conversation == this.conversation);
        if !known {
            contacts.push(this);
            contacts.drain(..contacts.len().saturating_sub(MAX_CONTACTS));
        }
        let count = u32::try_from(contacts.len()).unwrap_or(u32::MAX);
        if !(known && unchanged) {
            let contacts = match contacts.as_slice() {
                [one] => Contacts::One(*one),
                _ => Contacts::Several(contacts.into_boxed_slice()),
            };
            self.bytes += contacts.weight();
            if let Some(before) = self.customers.put(customer, contacts) {
                self.bytes -= before.weight();
            }
        }
        self.free(now);
        count
    }

    /// Frees what has expired, a little at a time, and then the coldest until all fits.
    fn free(&mut self, now: Now) {
        for _ in 0..FREED_A_VISIT {
            if self.conversations.peek_lru().is_some_and(|(_, bytes)| now.idle(bytes)) {
                self.free_conversation();
            }
            if self.customers.peek_lru().is_some_and(|(_, contacts)| contacts.last().is_none_or(|last| now.past(last)))
            {
                self.free_customer();
            }
        }
        while self.bytes > now.limits.bytes_a_shard {
            let conversation = self.conversations.peek_lru().map(|(_, bytes)| codec::seen(bytes).unwrap_or(0));
            let customer = self.customers.peek_lru().map(|(_, contacts)| contacts.last().map_or(0, |last| last.began));
            match (conversation, customer) {
                (None, None) => return,
                (Some(_), None) => self.free_conversation(),
                (None, Some(_)) => self.free_customer(),
                // Of two equally cold the customer goes: a count is worth less than what was said.
                (Some(seen), Some(began)) if seen < began => self.free_conversation(),
                (Some(_), Some(_)) => self.free_customer(),
            }
        }
    }

    fn free_conversation(&mut self) {
        if let Some((_, bytes)) = self.conversations.pop_lru() {
            self.bytes -= weight(&bytes);
        }
    }

    fn free_customer(&mut self) {
        if let Some((_, contacts)) = self.customers.pop_lru() {
            self.bytes -= contacts.weight();
        }
    }
}

impl Contacts {
    fn all(&self) -> &[Contact] {
        match self {
            Self::One(contact) => std::slice::from_ref(contact),
            Self::Several(contacts) => contacts,
        }
    }

    fn last(&self) -> Option<Contact> {
        self.all().last().copied()
    }

    fn weight(&self) -> usize {
        match self {
            Self::One(_) => BESIDE_CUSTOMER,
            Self::Several(contacts) => BESIDE_CUSTOMER + BESIDE_CONTACTS + size_of_val(&**contacts),
        }
    }
}

fn weight(conversation: &[u8]) -> usize {
    BESIDE_CONVERSATION + conversation.len()
}

/// A panic elsewhere leaves a shard whole: nothing in it is changed half.
fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Seconds since 1970, as far as four bytes reach: until 2106.
fn seconds(at: Timestamp) -> u32 {
    u32::try_from(at.as_second().max(0)).unwrap_or(u32::MAX)
}

fn half(key: StoreKey) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = key.bytes();
    [a, b, c, d, e, f, g, h]
}
