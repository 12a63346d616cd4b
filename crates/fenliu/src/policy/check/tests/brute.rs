//! The search against all readings of a small space, one by one.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// Keys of conditions; two of one name never stand in one table.
const KEYS: [&str; 22] = [
    "intent = \"track\"",
    "intent = [\"payment\", \"greeting\"]",
    "domain = \"social\"",
    "first = \"track\"",
    "channel = \"comment\"",
    "emotion = [\"angry\", \"anxious\"]",
    "emotion = \"neutral\"",
    "kol = true",
    "tier = \"ai\"",
    "tier = [\"assisted\", \"advisor\"]",
    "match = \"unclear\"",
    "match = [\"ambiguous\", \"intent\"]",
    "degraded = true",
    "believed = [\"lexicon\", \"nobody\"]",
    "grave = \"complaint\"",
    "heard = [\"payment\", \"track\"]",
    "requests_at_least = 2",
    "confidence_below = 0.5",
    "margin_below = 0.2",
    "trend = \"worse\"",
    "asked_again = true",
    "ranked = { intent = [\"payment\", \"complaint\"], at_least = 0.3 }",
];

fn condition() -> impl Strategy<Value = String> {
    let key = || (0..KEYS.len()).prop_map(|index| KEYS[index].to_owned());
    prop_oneof![
        3 => key(),
        2 => (key(), key()).prop_map(|(a, b)| format!("any = [{{ {a} }}, {{ {b} }}]")),
        2 => (key(), key()).prop_map(|(a, b)| format!("{a}, not = {{ {b} }}")),
        1 => (key(), key(), key()).prop_map(|(a, b, c)| format!("any = [{{ {a} }}, {{ {b} }}], not = {{ {c} }}")),
        1 => (key(), key()).prop_map(|(a, b)| format!("{a}, any = [{{ {b} }}]")),
    ]
}

/// A condition about the message as a whole, which may not ask for the tier.
fn condition_of_rule() -> impl Strategy<Value = String> {
    condition().prop_filter("no tier", |condition| !condition.contains("tier"))
}

/// Readings of the keys above in every combination that a case can say.
static READINGS: LazyLock<Vec<ExampleReading>> = LazyLock::new(|| {
    let intents = [
        ("", false),
        ("intent = \"track\", ", false),
        ("intent = \"payment\", ", false),
        ("intent = \"greeting\", ", false),
        ("intent = \"complaint\", ", false),
        ("intent = \"unclear\", ", false),
        ("intent = \"track\", named = false, ", false),
        ("intent = [\"track\", \"payment\"], ", true),
        ("intent = [\"payment\", \"track\"], ", true),
        ("intent = [\"greeting\", \"complaint\"], ", true),
        ("intent = [\"track\", \"payment\"], named = false, ", true),
        ("intent = [\"greeting\", \"complaint\"], named = false, ", true),
    ];
    let mut out = Vec::new();
    for (intent, two) in intents {
        let confidences: &[&str] = match (intent, two) {
            ("", _) => &[""],
            (_, false) => &["", "confidence = 0.6, ", "confidence = 0.45, ", "confidence = 0.2, "],
            (_, true) => &[
                "confidence = 0.45, second_confidence = 0.4, ",
                "confidence = 0.6, second_confidence = 0.31, ",
                "confidence = 0.8, second_confidence = 0.1, ",
                "confidence = 0.3, second_confidence = 0.28, ",
            ],
        };
        let speakers: &[&str] =
            if intent.is_empty() { &["degraded = true, "] } else { &["", "degraded = true, ", "by_words = true, "] };
        let feelings = ["", "emotion = \"anxious\", earlier_emotions = \"neutral\", ", "emotion = \"angry\", "];
        let around = [
            "",
            "channel = \"comment\", ",
            "kol = true, ",
            "grave = \"complaint\", ",
            "earlier_intents = [\"track\", \"payment\"], ",
        ];
        for confidence in confidences {
            for speaker in speakers {
                for feeling in feelings {
                    for more in around {
                        let given = format!("{{ {intent}{confidence}{speaker}{feeling}{more}profile = \"p\" }}");
                        out.push(ExampleReading::parse(given, &small_taxonomy()).unwrap());
                    }
                }
            }
        }
    }
    out
});

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_search_agrees_with_all_readings_of_a_small_space(
        rows in proptest::collection::vec(condition(), 1..5),
        (floor, step, shed) in (condition_of_rule(), condition_of_rule(), condition_of_rule()),
    ) {
        let rows: Vec<(String, String)> =
            rows.iter().enumerate().map(|(index, when)| (format!("row-{index}"), format!("when = {{ {when} }}"))).collect();
        let rows: Vec<(&str, &str, &str)> = rows.iter().map(|(name, when)| (&**name, &**when, "ai")).collect();
        let rules = [
            rule("floor", "f", &format!("tier = \"advisor\"\nwhen = {{ {floor} }}")),
            rule("step", "s", &format!("when = {{ {step} }}")),
            routes(&rows),
            "[profile.p]\nzh = \"试\"\n".to_owned(),
            rule("profile.p.shed", "d", &format!("when = {{ {shed} }}")),
        ];
        let toml = format!("{HEAD}{}", rules.concat());
        // Two keys of one name in one table.
        prop_assume!(Policy::parse(&toml, &small_taxonomy()).is_ok());
        let policy = small(&rules.concat());
        let taxonomy = small_taxonomy();
        let profile = policy.profile("p").unwrap();
        let checking = Checking::new(&policy, profile, &taxonomy);

        let routes = &profile.routes;
        let formulas: Vec<Formula> = routes.iter().map(|row| checking.space.when(&row.when, Place::Row)).collect();
        let mut reached = vec![false; routes.len()];
        let mut both = vec![vec![false; routes.len()]; routes.len()];
        for example in READINGS.iter() {
            let seen = Seen::new(&policy, profile, example.reading());
            for facts in seen.requests() {
                let held: Vec<usize> = (0..routes.len()).filter(|row| routes[*row].when.holds(facts)).collect();
                reached[held[0]] = true;
                held.iter().for_each(|row| both[held[0]][*row] = true);
            }
        }
        for (upper, formula) in formulas.iter().enumerate() {
            // Whatever is found has been decided by the policy itself; what is not found must not be there.
            match checking.reaching(upper, None) {
                Answer::Found(_) => {}
                Answer::Never => prop_assert!(!reached[upper], "{} is reached", routes[upper].name),
                Answer::Unshown => prop_assert!(!reached[upper], "{} can be shown", routes[upper].name),
                Answer::TooLarge => prop_assert!(false, "{} takes too long", routes[upper].name),
            }
            let passes: Vec<Formula> = formulas.iter().take(upper).map(Formula::not).collect();
            for lower in upper + 1..formulas.len() {
                let goals: Vec<&Formula> = passes.iter().chain([formula, &formulas[lower]]).collect();
                prop_assert!(!(both[upper][lower] && checking.never(&goals)), "{upper} and {lower} overlap");
            }
        }
    }
}
