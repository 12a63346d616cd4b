//! Time and allocations of a decision by a policy of 100 rules: `cargo bench --bench policy`.
//!
//! The policy is the default one with further floors, steps and route rows up to 100; the readings are those of the
//! corpus, as the lexicon and the fast model read it. Prints the median and the 99th percentile of time and the most
//! and the median allocations, and exits with 1 where the median is above 3 microseconds or one decision allocates
//! more than 10 times.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench prints its table and may fail loudly")]

use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use fenliu::{Engine, Inquiry, ModelChoice, Parts, Policy, Reading, Taxonomy};

const RULES: usize = 100;
const MEDIAN_NS: u128 = 3_000;
const ALLOCATIONS: u64 = 10;

/// Conditions of the kinds that shops write, in turn.
const CONDITIONS: [&str; 8] = [
    "{ label = \"product:8812\" }",
    "{ vertical = \"mother_baby\", emotion = [\"anxious\", \"dissatisfied\"], channel = [\"comment\", \"social\"] }",
    "{ intent = [\"return_refund\", \"exchange\"], contacts_24h_at_least = 2, waiting_at_least = \"10m\" }",
    "{ domain = \"order\", not = { channel = \"chat\" } }",
    "{ any = [{ heard = \"payment\", confidence_below = 0.5 }, { entity = \"bank_card\" }] }",
    "{ ranked = { intent = [\"complaint\", \"abuse\"], at_least = 0.4 } }",
    "{ turns_at_least = 12, trend = \"worse\" }",
    "{ answered_by = \"fast\", margin_below = 0.05, value = \"high\" }",
];

fn policy() -> Policy {
    let parts = Parts::embedded();
    let taxonomy = Taxonomy::parse(parts.taxonomy).unwrap();
    let rules = parts.policy.1.split("[[case]]").next().unwrap();
    let common = Policy::parse(rules, &taxonomy).unwrap().rules().len();
    // The rules of profiles are counted too and not asked here: as many again are added, so that 100 are asked.
    let asked = ["\n[[floor]]", "\n[[step]]", "\n[[route]]", "\n[[queue]]"];
    let asked: usize = asked.iter().map(|table| rules.matches(table).count()).sum();
    assert!(asked <= common);
    let mut rules = rules.to_owned();
    for (index, when) in (asked..RULES).zip(CONDITIONS.iter().cycle()) {
        let table = if index % 3 == 0 { "step" } else { "floor" };
        let tier = if index % 3 == 0 { "" } else { "tier = \"assisted\"\n" };
        rules += &format!(
            "\n[[{table}]]\nname = \"more-{index}\"\ncode = \"MORE\"\nbecause = \"更多\"\n{tier}when = {when}\n"
        );
    }
    Policy::parse(&rules, &taxonomy).unwrap()
}

fn main() -> ExitCode {
    let policy = policy();
    let engine = Engine::embedded(ModelChoice::Fast).unwrap();
    let readings: Vec<Reading> =
        fenliu_benches::corpus().iter().map(|text| engine.read(&Inquiry::new(text.as_str())).unwrap()).collect();
    let mut times = Vec::with_capacity(readings.len() * 5);
    for _ in 0..5 {
        for reading in &readings {
            let started = Instant::now();
            black_box(policy.decide(black_box(reading)));
            times.push(started.elapsed().as_nanos());
        }
    }
    times.sort_unstable();
    let share = |share: usize| times.get(times.len() * share / 100).copied().unwrap();
    let mut allocations: Vec<u64> = readings
        .iter()
        .map(|reading| allocation_counter::measure(|| drop(black_box(policy.decide(reading)))).count_total)
        .collect();
    allocations.sort_unstable();
    let (median, most) = (allocations.get(allocations.len() / 2).copied().unwrap(), *allocations.last().unwrap());
    println!("{RULES} rules: median {} ns, p99 {} ns; allocations: median {median}, most {most}", share(50), share(99));
    if share(50) > MEDIAN_NS || most > ALLOCATIONS {
        println!("expected a median of at most {MEDIAN_NS} ns and at most {ALLOCATIONS} allocations");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
