//! Memory and time of the store of conversations: `cargo bench --bench store`.
//!
//! Fills the store with a million conversations of the written messages (60 % of one turn, 30 % of three, 10 % of
//! eight, each of a customer of its own), and ends with exit code 1 when one of them is not held, when the resident
//! memory grew by more than the bound, or when a store of a quarter of that bound grows beyond 1.5 of it.
//! `FENLIU_STORE_CONVERSATIONS` sets how many (1,000,000), `FENLIU_STORE_MB` the bound in millions of bytes (400).
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints its table and may fail loudly")]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use fenliu::{ConversationStore, EmbeddedStore, KeptTurn, Speaker, StoreLimits, Visit};
use jiff::Timestamp;

const CONVERSATIONS: usize = 1_000_000;
const BOUND_MB: usize = 400;
const IDLE: Duration = Duration::from_secs(24 * 60 * 60);
/// How many visits each row of the times takes.
const VISITS: usize = 400_000;
/// An evicted entry leaves a hole that the next one does not always fit: a full store may take this much more than
/// its bound.
const HOLES: f64 = 1.5;

/// Set where this process is to measure a full store: memory that was given back once can be taken without growing, so
/// that each of the two measurements has a process of its own.
const FULL: &str = "FENLIU_STORE_FULL";

fn main() -> ExitCode {
    let conversations = setting("FENLIU_STORE_CONVERSATIONS", CONVERSATIONS);
    let bound = setting("FENLIU_STORE_MB", BOUND_MB) * 1_000_000;
    let turns = written();
    let at = Timestamp::from_second(1_780_000_000).unwrap();
    let full = std::env::var_os(FULL).is_some();
    let bytes = if full { bound / 4 } else { bound };

    let before = resident();
    let store = EmbeddedStore::new(StoreLimits::new(bytes, IDLE));
    fill(&store, &turns, conversations, at);
    let grown = resident().saturating_sub(before);
    if full {
        report("full, a quarter of the bound", &store, grown);
        return code(grown as f64 <= bytes as f64 * HOLES);
    }
    println!("{conversations} conversations of {} written messages, bound {} MB", turns.len(), bound / 1_000_000);
    report("all", &store, grown);
    let held = store.conversations() == conversations && grown <= bound;
    for threads in [1, 2] {
        println!("{threads} threads: {:.0} ns a visit", time(&store, &turns, conversations, threads, at));
    }
    let again = std::process::Command::new(std::env::current_exe().unwrap()).env(FULL, "1").status().unwrap();
    code(held && again.success())
}

fn code(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn report(what: &str, store: &EmbeddedStore, grown: usize) {
    println!(
        "{what}: {} conversations held, {} MB resident, {} MB as estimated",
        store.conversations(),
        grown / 1_000_000,
        store.bytes() / 1_000_000
    );
}

fn setting(name: &str, default: usize) -> usize {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

/// The written messages, each as a turn of the customer.
fn written() -> Vec<KeptTurn> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../models/training/data");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let mut turns = Vec::new();
    for file in files {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            turns.push(KeptTurn::new(Speaker::Customer, row.get("text").unwrap().as_str().unwrap()));
        }
    }
    turns
}

/// How many turns a conversation has.
fn turns_of(conversation: usize) -> usize {
    match conversation % 10 {
        0..6 => 1,
        6..9 => 3,
        _ => 8,
    }
}

/// A turn at a time of all conversations, as they come in a shop: the turns of one lie far apart.
fn fill(store: &EmbeddedStore, turns: &[KeptTurn], conversations: usize, at: Timestamp) {
    for round in 0..8 {
        for conversation in (0..conversations).filter(|conversation| turns_of(*conversation) > round) {
            visit(store, turns, conversation, round, at);
        }
    }
}

fn visit(store: &EmbeddedStore, turns: &[KeptTurn], conversation: usize, round: usize, at: Timestamp) {
    let turn = turns.get((conversation * 31 + round * 7) % turns.len()).unwrap();
    let (id, customer) = (format!("conversation-{conversation}"), format!("customer-{conversation}"));
    store.visit(&Visit::new(&id, std::slice::from_ref(turn), at).customer(&customer)).unwrap();
}

/// Nanoseconds a visit as each thread sees it, its two ids made anew for each.
fn time(store: &EmbeddedStore, turns: &[KeptTurn], conversations: usize, threads: usize, at: Timestamp) -> f64 {
    let start = Instant::now();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            scope.spawn(move || {
                for n in 0..VISITS {
                    // A step without a common divisor visits all in no order.
                    visit(store, turns, (n + thread * VISITS) * 7919 % conversations, thread, at);
                }
            });
        }
    });
    start.elapsed().as_nanos() as f64 / VISITS as f64
}

/// The memory that this process holds, in bytes.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}
