//! Latency under load: `cargo bench --bench p99`.
//!
//! Routes the corpus over and over with 1, 2 and 16 concurrent callers, and ends with exit code 1 when p99 of any
//! row is at or above the bound. `FENLIU_P99_MS` sets the bound (200), `FENLIU_P99_MESSAGES` how many messages each
//! row routes (20,000).
#![expect(clippy::print_stdout, clippy::unwrap_used, reason = "a bench prints its table and may fail loudly")]

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fenliu::{Engine, Inquiry, ModelChoice};
use hdrhistogram::Histogram;

/// The promise of the engine: a decision within this, for 99 messages of 100.
const BOUND_MS: u64 = 200;
const MESSAGES: u64 = 20_000;
const CALLERS: [usize; 3] = [1, 2, 16];

fn main() -> ExitCode {
    let bound = Duration::from_millis(setting("FENLIU_P99_MS", BOUND_MS));
    let messages = usize::try_from(setting("FENLIU_P99_MESSAGES", MESSAGES)).unwrap();
    let corpus: Vec<Inquiry> = fenliu_benches::corpus().into_iter().map(Inquiry::new).collect();
    println!("{messages} messages a row, {} cores, bound {bound:?}\n", std::thread::available_parallelism().unwrap());
    println!(
        "{:<8} {:>7} {:>9} {:>9} {:>9} {:>11} {:>9}",
        "model", "callers", "p50 ms", "p99 ms", "p99.9 ms", "messages/s", "degraded"
    );
    let mut kept = true;
    for choice in [ModelChoice::Fast, ModelChoice::Cascade] {
        let engine = Engine::embedded(choice).unwrap();
        for callers in CALLERS {
            let (histogram, degraded, wall) = load(&engine, &corpus, messages, callers);
            let ms = |quantile: f64| histogram.value_at_quantile(quantile) as f64 / 1e3;
            let rate = messages as f64 / wall.as_secs_f64();
            let share = 100.0 * degraded as f64 / messages as f64;
            let p99 = ms(0.99);
            let verdict = if p99 < bound.as_secs_f64() * 1e3 { "" } else { "  over the bound" };
            kept &= verdict.is_empty();
            println!(
                "{choice:<8} {callers:>7} {:>9.3} {p99:>9.3} {:>9.3} {rate:>11.0} {share:>8.1}%{verdict}",
                ms(0.5),
                ms(0.999)
            );
        }
    }
    if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |value| value.parse().unwrap())
}

/// Microseconds of each call as its caller sees them, how many were answered without the deep model because it was
/// busy for too long, and how long all of them took together.
fn load(engine: &Engine, corpus: &[Inquiry], messages: usize, callers: usize) -> (Histogram<u64>, usize, Duration) {
    let next = AtomicUsize::new(0);
    let degraded = AtomicUsize::new(0);
    let started = Instant::now();
    let call = || {
        let mut histogram = Histogram::<u64>::new(3).unwrap();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= messages {
                return histogram;
            }
            let inquiry = corpus.get(at % corpus.len()).unwrap();
            let started = Instant::now();
            let outcome = engine.route(inquiry).unwrap();
            degraded.fetch_add(usize::from(outcome.degraded), Ordering::Relaxed);
            histogram.record(u64::try_from(started.elapsed().as_micros()).unwrap()).unwrap();
        }
    };
    let mut all = Histogram::<u64>::new(3).unwrap();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..callers).map(|_| scope.spawn(call)).collect();
        for thread in threads {
            all.add(thread.join().unwrap()).unwrap();
        }
    });
    (all, degraded.into_inner(), started.elapsed())
}
