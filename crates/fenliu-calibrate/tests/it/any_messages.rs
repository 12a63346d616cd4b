//! What must hold for any messages, whatever law they follow.

use fenliu_calibrate::{
    Aim, By, Choice, Guarantee, Member, Range, Seen, Threshold, at, choose, curve, divide, upper_bound,
};
use proptest::prelude::*;

use super::{seen, threshold};

fn aim(max_wrong: f64, confidence: f64) -> Aim {
    Aim::new(max_wrong, confidence).unwrap()
}

/// Up to 400 messages, the surer ones mostly right.
fn messages() -> impl Strategy<Value = Vec<Seen>> {
    let one = (0.0..1.0_f64, 0.0..1.0_f64, 0.0..0.5_f64);
    let rate = 0.0..1.0_f64;
    (prop::collection::vec(one, 0..400), rate).prop_map(|(rows, rate)| {
        rows.into_iter().map(|(u, draw, odd)| seen(1.0 - u * u, draw < rate * u || odd < 0.01 * rate)).collect()
    })
}

fn shares() -> impl Strategy<Value = (f64, f64)> {
    (0.005..0.6_f64, 0.5..0.995_f64)
}

proptest! {
    #[test]
    fn what_is_chosen_is_shown_by_its_own_numbers(rows in messages(), (max_wrong, confidence) in shares()) {
        let aim = aim(max_wrong, confidence);
        match choose(&rows, aim, Range::FULL) {
            Choice::Met(met) => {
                prop_assert_eq!(at(&rows, met.threshold, aim), met);
                prop_assert!(met.bound <= max_wrong + 1e-9, "{met:?}");
            }
            Choice::Missed(missed) => prop_assert!(missed.bound > max_wrong - 1e-9, "{missed:?}"),
            Choice::TooThin { rows, needed } => prop_assert!(rows < needed),
        }
    }

    #[test]
    fn who_allows_more_takes_no_less(
        rows in messages(), (max_wrong, confidence) in shares(), more in 1.0..3.0_f64, less in 0.0..0.4_f64,
    ) {
        let strict = threshold(choose(&rows, aim(max_wrong, confidence), Range::FULL));
        let (allowed, sure) = ((max_wrong * more).min(0.99), confidence - less);
        for lenient in [aim(allowed, confidence), aim(max_wrong, sure), aim(allowed, sure)] {
            let lenient = threshold(choose(&rows, lenient, Range::FULL));
            // A threshold that was chosen strictly is chosen leniently too, or one below it.
            prop_assert!(strict.is_none_or(|strict| lenient.is_some_and(|lenient| lenient <= strict)));
        }
    }

    #[test]
    fn the_order_of_messages_has_no_say(rows in messages(), (max_wrong, confidence) in shares()) {
        let aim = aim(max_wrong, confidence);
        let mut turned = rows.clone();
        turned.reverse();
        prop_assert_eq!(choose(&rows, aim, Range::FULL), choose(&turned, aim, Range::FULL));
    }

    #[test]
    fn a_further_message_never_makes_the_data_too_thin_and_moves_a_bound_as_it_should(
        rows in messages(), (max_wrong, confidence) in shares(), sure in 0.02..1.0_f64, hundredths in 1_u8..100,
    ) {
        let aim = aim(max_wrong, confidence);
        let is_thin = |rows: &[Seen]| matches!(choose(rows, aim, Range::FULL), Choice::TooThin { .. });
        let bound = |rows: &[Seen]| at(rows, Threshold::hundredths(hundredths), aim).bound;
        let with = |wrong| [rows.as_slice(), &[seen(sure, wrong)]].concat();
        for wrong in [true, false] {
            prop_assert!(is_thin(&rows) || !is_thin(&with(wrong)));
        }
        prop_assert!(bound(&with(false)) <= bound(&rows) + 1e-9);
        prop_assert!(bound(&with(true)) >= bound(&rows) - 1e-9);
    }

    #[test]
    fn the_same_shares_from_more_messages_are_surer(wrong in 0_usize..20, right in 1_usize..200, times in 2_usize..9) {
        let bound = |times: usize| upper_bound(wrong * times, (wrong + right) * times, 0.95);
        prop_assert!(bound(times) <= bound(1));
    }

    #[test]
    fn a_range_is_kept_to(rows in messages(), low in 1_u8..99, high in 1_u8..99) {
        let range = Range { lowest: Threshold::hundredths(low), highest: Threshold::hundredths(high) };
        if let Choice::Met(met) = choose(&rows, aim(0.5, 0.5), range) {
            prop_assert!(range.lowest <= met.threshold && met.threshold <= range.highest);
        }
    }

    #[test]
    fn the_curve_takes_more_and_more(rows in messages()) {
        let points = curve(&rows, aim(0.1, 0.9), Range::FULL);
        prop_assert!(points.is_sorted_by(|a, b| a.at.taken < b.at.taken && a.at.threshold > b.at.threshold));
        prop_assert!(points.iter().all(|it| it.at.bound >= it.risk && it.coverage <= 1.0));
    }

    #[test]
    fn every_intent_is_in_one_group(rows in prop::collection::vec(0_usize..400, 0..12), together: bool) {
        let names: Vec<String> = (0..rows.len()).map(|nth| format!("intent{nth}")).collect();
        let member = |(nth, rows): (usize, usize)| Member { name: names[nth].as_str(), domain: ["x", "y", "z"][nth % 3], rows };
        let members: Vec<Member<'_>> = rows.iter().copied().enumerate().map(member).collect();
        let guarantee = if together { Guarantee::Together } else { Guarantee::Each };
        for by in [By::Intent, By::Domain, By::All] {
            let whole = aim(0.05, 0.95);
            let plan = divide(&members, whole, by, guarantee);
            let mut held: Vec<&str> = plan.groups.iter().flat_map(|group| group.intents.clone()).collect();
            held.sort_unstable();
            let mut wanted: Vec<&str> = names.iter().map(String::as_str).collect();
            wanted.sort_unstable();
            prop_assert_eq!(held, wanted);
            prop_assert_eq!(plan.groups.iter().map(|group| group.rows).sum::<usize>(), rows.iter().sum::<usize>());
            // Together, the parts of the error of all that is tested are no more than the whole.
            let parts = (1.0 - plan.aim.confidence()) * plan.tested as f64;
            prop_assert!(!together || parts <= 0.05 + 1e-9, "{parts}");
        }
    }
}

#[test]
fn nothing_and_one_message_choose_nothing() {
    let aim = aim(0.02, 0.95);
    for rows in [vec![], vec![seen(0.99, false)], vec![seen(0.99, true)], vec![seen(f64::NAN, false)]] {
        let Choice::TooThin { rows: found, needed } = choose(&rows, aim, Range::FULL) else { panic!("{rows:?}") };
        assert_eq!((found, needed), (rows.iter().filter(|row| row.confidence > 0.0).count(), 236));
    }
}

#[test]
fn a_walk_ends_at_the_first_threshold_that_breaks_the_promise() {
    // 4,000 right at 0.9, then 300 wrong at 0.5, then ten thousand right at 0.2 that would hide them.
    let of = |confidence, wrong, count| std::iter::repeat_n(seen(confidence, wrong), count);
    let rows: Vec<Seen> = of(0.9, false, 4_000).chain(of(0.5, true, 300)).chain(of(0.2, false, 10_000)).collect();
    let Choice::Met(met) = choose(&rows, aim(0.05, 0.95), Range::FULL) else { panic!("expected a threshold") };
    assert_eq!((met.threshold, met.taken, met.wrong), (Threshold::hundredths(51), 4_000, 0));
    // Where the surest themselves are wrong, nothing is chosen.
    let rows: Vec<Seen> = of(0.9, true, 300).chain(of(0.5, false, 900)).collect();
    let Choice::Missed(missed) = choose(&rows, aim(0.05, 0.95), Range::FULL) else { panic!("expected none") };
    assert_eq!((missed.threshold, missed.taken, missed.wrong), (Threshold::hundredths(90), 300, 300));
}
