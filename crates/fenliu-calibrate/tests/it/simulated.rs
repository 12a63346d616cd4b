//! Messages of known risk, drawn again and again: how often does the chosen threshold break its promise?

use fenliu_calibrate::{Aim, By, Guarantee, Member, Range, Seen, Threshold, choose, divide};

use super::{Random, seen, threshold};

/// A law by which messages come: how sure they are, and how often one that sure is wrong.
struct World {
    name: &'static str,
    /// From an even draw of 0 to 1 to a confidence.
    confidence: fn(f64) -> f64,
    risk: fn(f64) -> f64,
}

const WORLDS: [World; 6] = [
    World { name: "calibrated", confidence: |u| 1.0 - 0.7 * u * u, risk: |c| 1.0 - c },
    World { name: "far too sure", confidence: |u| 1.0 - 0.2 * u, risk: |c| 3.0 * (1.0 - c) },
    World { name: "a cliff at 0.8", confidence: |u| 1.0 - 0.7 * u, risk: |c| if c >= 0.8 { 0.02 } else { 0.4 } },
    // Every threshold that is chosen here breaks the promise.
    World { name: "flat, just above", confidence: |u| 1.0 - 0.7 * u, risk: |_| 0.051 },
    World { name: "flat, just below", confidence: |u| 1.0 - 0.7 * u, risk: |_| 0.049 },
    // The surest are wrong more often than those after them: what no theorem of ours covers.
    World {
        name: "up and down",
        confidence: |u| 1.0 - 0.7 * u,
        risk: |c| {
            if c > 0.97 {
                0.12
            } else if c > 0.75 {
                0.01
            } else if c > 0.6 {
                0.15
            } else {
                0.03
            }
        },
    },
];

impl World {
    fn messages(&self, count: usize, random: &mut Random) -> Vec<Seen> {
        let message = |_| {
            let confidence = (self.confidence)(random.share());
            seen(confidence, random.share() < (self.risk)(confidence))
        };
        (0..count).map(message).collect()
    }

    /// The true share of wrong ones at or above a threshold, by a fine sum.
    fn risk_from(&self, threshold: Threshold) -> f64 {
        const STEPS: u32 = 5_000;
        let confidences = (0..STEPS).map(|step| (self.confidence)((f64::from(step) + 0.5) / f64::from(STEPS)));
        let taken = confidences.filter(|confidence| *confidence >= f64::from(threshold.value()));
        let (count, wrong) = taken.fold((0.0, 0.0), |(count, wrong), c| (count + 1.0, wrong + (self.risk)(c)));
        wrong / count
    }
}

/// How many times each world is drawn.
const RUNS: u32 = 1_000;

/// What chance adds to a share of `RUNS` draws in one of a thousand times: three deviations.
fn allowance(error: f64) -> f64 {
    error + 3.0 * (error * (1.0 - error) / f64::from(RUNS)).sqrt()
}

#[test]
fn the_chosen_threshold_breaks_its_promise_no_more_often_than_it_may() {
    for world in &WORLDS {
        let risks: Vec<f64> = (0..=100).map(|hundredths| world.risk_from(Threshold::hundredths(hundredths))).collect();
        for (max_wrong, confidence, count) in [(0.05, 0.95, 400), (0.05, 0.9, 1_500), (0.05, 0.8, 150)] {
            let aim = Aim::new(max_wrong, confidence).unwrap();
            let mut random = Random(7);
            let broken = (0..RUNS)
                .filter_map(|_| threshold(choose(&world.messages(count, &mut random), aim, Range::FULL)))
                .filter(|chosen| risks[(chosen.value() * 100.0).round() as usize] > max_wrong)
                .count();
            let share = broken as f64 / f64::from(RUNS);
            assert!(share <= allowance(1.0 - confidence), "{}, {count} messages: {share}", world.name);
        }
    }
}

#[test]
fn enough_messages_find_nearly_all_that_can_be_taken() {
    // Calibrated: the mean of 1 - c over the taken is 0.05 where c = 0.85.
    let mut random = Random(11);
    let aim = Aim::new(0.05, 0.95).unwrap();
    let chosen = threshold(choose(&WORLDS[0].messages(50_000, &mut random), aim, Range::FULL)).unwrap();
    assert!((0.84..=0.88).contains(&chosen.value()), "{chosen}");
}

#[test]
fn all_groups_together_break_a_promise_no_more_often_than_one_alone_may() {
    // Five groups whose risk is just above what is allowed: a threshold that is chosen for any of them is one too many.
    const GROUPS: [&str; 5] = ["a", "b", "c", "d", "e"];
    let aim = Aim::new(0.05, 0.9).unwrap();
    let members = GROUPS.map(|name| Member { name, domain: "x", rows: 400 });
    let plan = divide(&members, aim, By::Intent, Guarantee::Together);
    assert_eq!((plan.tested, plan.groups.len()), (5, 5));
    let mut random = Random(13);
    let mut broken_by = |aim: Aim| {
        let mut any = |_: &u32| {
            // All five are drawn, so that no run depends on the one before it.
            GROUPS.map(|_| threshold(choose(&WORLDS[3].messages(400, &mut random), aim, Range::FULL)).is_some())
        };
        (0..RUNS).filter(|run| any(run).contains(&true)).count() as f64 / f64::from(RUNS)
    };
    let (together, each) = (broken_by(plan.aim), broken_by(aim));
    assert!(together <= allowance(0.1), "{together}");
    assert!(each > allowance(0.1), "without sharing the error it would be more: {each}");
}
