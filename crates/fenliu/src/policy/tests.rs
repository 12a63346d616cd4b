mod naive;

use proptest::prelude::*;

use super::*;
use crate::classify::{Ranking, Silence};
use crate::lexicon::Hit;
use crate::reading::Reading;
use crate::taxonomy::Taxonomy;
use crate::words::{Channel, CustomerValue};

const TAXONOMY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/taxonomy.toml"));
const DEFAULT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/policy/default.toml"));

fn taxonomy() -> Taxonomy {
    Taxonomy::parse(TAXONOMY).unwrap()
}

/// The default policy without its cases, so that a test may change what it decides.
fn rules() -> &'static str {
    DEFAULT.split("[[case]]").next().unwrap()
}

fn problems(toml: &str) -> Vec<String> {
    match Policy::parse(toml, &taxonomy()) {
        Ok(_) => Vec::new(),
        Err(error) => error.problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn the_default_policy_loads_and_passes_its_cases() {
    assert_eq!(problems(DEFAULT), Vec::<String>::new());
    assert!(DEFAULT.matches("[[case]]").count() > 30);
}

#[test]
fn what_is_wrong_is_said_with_its_path() {
    for (from, to, expected) in [
        ("version = 1", "version = 2", "version: expected version 1"),
        ("ai = 0.95", "ai = 0.30", "thresholds: `ai` is 0.3 and `assisted` is 0.35, expected `ai` above `assisted`"),
        ("\"stock\", ", "", "automation: intent `stock` is not mentioned"),
        ("\"stock\", ", "\"stok\", ", "automation.ai[4]: unknown intent `stok`, did you mean `stock`?"),
        ("\"stock\", ", "\"stock\", \"stock\", ", "automation.ai[5]: stands twice"),
        (
            "when = { trend = \"worse\" }",
            "when = { trand = \"worse\" }",
            "step[0].when.trand: unknown key `trand`, did you mean `trend`?",
        ),
        (
            "when = { trend = \"worse\" }",
            "when = { trend = \"wrose\" }",
            "step[0].when.trend: unknown trend `wrose`, did you mean `worse`?",
        ),
        ("when = { trend = \"worse\" }", "when = {}", "step[0].when: is empty: it would always hold"),
        ("when = { trend = \"worse\" }", "when = { tier = \"ai\" }", "step[0].when.tier: unknown key `tier`"),
        ("{before}", "{befor}", "step[0].because: unknown hole"),
        ("name = \"asked-before\"", "name = \"ai-has-failed\"", "step[2].name: the name `ai-has-failed` stands twice"),
        ("group = \"safety\"", "group = \"safty\"", "route[0].group: unknown group `safty`, did you mean `safety`?"),
        ("sla = \"urgent\"", "sla = \"urgend\"", "route[0].sla: unknown sla `urgend`, did you mean `urgent`?"),
        ("first_response = \"1s\"", "first_response = \"1 day\"", "`1 day` is no duration, expected such as `30s`"),
        (
            "name = \"everything-else\"",
            "name = \"everything-else\"\nwhen = { kol = true }",
            "the last route must have no condition",
        ),
        ("[believe]", "[beleive]", "`believe` is missing"),
    ] {
        assert!(rules().contains(from), "{from}");
        let found = problems(&rules().replacen(from, to, 1));
        assert!(found.iter().any(|problem| problem.contains(expected)), "{expected}: {found:#?}");
    }
}

#[test]
fn all_problems_come_at_once_in_order_of_place() {
    let toml = rules().replacen("ai = 0.95", "ai = 7", 1).replacen("\"worse\"", "\"bad\"", 1).replacen(
        "\"safety\"",
        "\"s\"",
        1,
    );
    let found = problems(&toml);
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].contains("thresholds.ai: 7 is not a number from 0 to 1"));
}

#[test]
fn a_part_that_is_wrong_hides_no_other() {
    let mut toml = rules().to_owned();
    let mut expected = Vec::new();
    for (from, to, problem) in [
        ("[repetition]", "[repetitoin]", "`repetition` is missing"),
        ("model = 0.35", "model = 7", "believe.model: 7 is not a number from 0 to 1"),
        ("options = 3 ", "options = 4 ", "clarify.options: 4 possibilities, expected 2 or 3"),
        ("ai = 0.95", "ai = 8", "thresholds.ai: 8 is not a number from 0 to 1"),
        ("\"stock\", ", "\"stok\", ", "automation.ai[4]: unknown intent `stok`"),
        ("zh = \"大促高峰\"", "hz = \"大促高峰\"", "profile.surge.hz: unknown key `hz`"),
    ] {
        assert!(toml.contains(from), "{from}");
        toml = toml.replacen(from, to, 1);
        expected.push(problem);
    }
    let found = problems(&toml);
    for problem in expected {
        assert!(found.iter().any(|found| found.contains(problem)), "{problem}: {found:#?}");
    }
}

#[test]
fn a_policy_that_fails_its_own_case_does_not_load() {
    let case = "[[case]]\nname = \"wrong\"\ngiven = { intent = \"track\" }\nexpect = { tier = \"advisor\", codes = [\"KOL\"] }\n";
    let found = problems(&[rules(), case].concat());
    assert_eq!(found.len(), 1);
    assert!(
        found[0].ends_with(
            "case[0]: case `wrong` fails: tier is `ai`, expected `advisor`; codes is `AUTOMATION_AI`, expected `KOL`"
        ),
        "{found:?}"
    );
}

fn reading() -> impl Strategy<Value = Reading> {
    let intents = u16::try_from(taxonomy().len()).unwrap();
    let who = (any::<bool>(), any::<bool>(), any::<bool>(), 0u32..5, 0u32..4, any::<bool>(), any::<bool>());
    let what = (0..intents, 0..intents, 0.0f32..1.0, 0usize..Emotion::ALL.len(), 0usize..3, 0..intents * 4);
    let place = (0usize..Channel::ALL.len(), proptest::option::of(0usize..Vertical::ALL.len()), 0usize..4);
    (who, what, place).prop_map(|(who, what, place)| {
        let (kol, high, prefers_human, contacts, failures, human_active, repeated) = who;
        let (first, second, confidence, emotion, speaker, grave) = what;
        let (channel, vertical, earlier) = place;
        let mut reading = Reading::blank();
        let mut emotions = [0.0; Emotion::ALL.len()];
        emotions[emotion] = 1.0;
        let rest = (1.0 - confidence).min(confidence);
        let ranked = vec![(IntentId(first), confidence.max(rest)), (IntentId(second), rest / 2.0)];
        match speaker {
            0 => reading.model = Ok(Ranking::new(ranked, emotions, AnsweredBy::Fast)),
            1 => reading.lexicon.intents = ranked,
            _ => reading.model = Err(Silence::Failed("broken".to_owned())),
        }
        if usize::from(grave) < taxonomy().len() {
            reading.lexicon.hits.push(Hit {
                word: "词".into(),
                span: 0..3,
                intents: vec![IntentId(grave)],
                grave: true,
                negated: false,
            });
        }
        reading.customer.kol = kol;
        reading.customer.value = if high { CustomerValue::High } else { CustomerValue::Regular };
        reading.customer.prefers_human = prefers_human;
        reading.customer.contacts_24h = contacts;
        reading.history.ai_failures = failures;
        reading.history.human_active = human_active;
        reading.history.nearest = repeated.then_some(crate::reading::Nearest { similarity: 1.0, chars: 9 });
        reading.history.emotions = vec![Emotion::Neutral; earlier];
        reading.channel = Channel::ALL[channel];
        reading.vertical = vertical.map(|index| Vertical::ALL[index]);
        reading
    })
}

fn policy() -> &'static Policy {
    static POLICY: std::sync::LazyLock<Policy> =
        std::sync::LazyLock::new(|| Policy::parse(DEFAULT, &taxonomy()).unwrap());
    &POLICY
}

/// Floors that the default policy does not have.
const MORE_FLOORS: [&str; 4] = [
    "tier = \"assisted\"\nwhen = { channel = \"ticket\" }",
    "tier = \"advisor\"\nwhen = { vertical = \"mother_baby\", emotion = [\"anxious\", \"dissatisfied\"] }",
    "tier = \"ai\"\nwhen = { not = { kol = true } }",
    "tier = \"advisor\"\nwhen = { any = [{ domain = \"order\" }, { confidence_below = 0.2 }] }",
];

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn adding_a_floor_never_lowers_a_decision(reading in reading(), which in 0..MORE_FLOORS.len()) {
        let floor = format!("[[floor]]\nname = \"more\"\ncode = \"MORE\"\nbecause = \"更多\"\n{}", MORE_FLOORS[which]);
        let more = Policy::parse(&[rules(), &floor].concat(), &taxonomy()).unwrap();
        prop_assert!(more.decide(&reading).tier >= policy().decide(&reading).tier);
    }

    #[test]
    fn the_order_of_floors_changes_no_tier(reading in reading(), turn in 0usize..20) {
        let mut turned = policy().clone();
        let turn = turn % turned.normal.floors.len();
        turned.normal.floors.rotate_left(turn);
        let (a, b) = (turned.decide(&reading), policy().decide(&reading));
        prop_assert_eq!((a.tier, a.group, a.priority, a.promise), (b.tier, b.group, b.priority, b.promise));
    }

    #[test]
    fn a_higher_confidence_never_raises_a_tier(mut reading in reading(), more in 0.0f32..1.0) {
        // But for the one clarifying question: a message that is no riddle any more is answered, if need be by a person.
        reading.history.clarified = 1;
        let mut surer = reading.clone();
        if let Ok(ranking) = &mut surer.model {
            let first = &mut ranking.intents[0].1;
            *first += (1.0 - *first) * more;
            prop_assert!(policy().decide(&surer).tier <= policy().decide(&reading).tier);
        }
    }

    #[test]
    fn a_decision_is_the_same_again_and_has_its_reasons_and_a_group(reading in reading()) {
        let decision = policy().decide(&reading);
        prop_assert_eq!(&decision, &policy().decide(&reading));
        prop_assert!(!decision.reasons.is_empty());
        prop_assert!(!decision.group.is_empty());
        let promises = [decision.promise.first_response, decision.promise.human, decision.promise.resolve];
        prop_assert!(promises.iter().any(Option::is_some));
    }
}
