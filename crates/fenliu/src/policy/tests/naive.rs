//! The ladder once more, written naively on the TOML itself, and compared with the real one on random policies.

use proptest::prelude::*;
use toml::Value;

use super::{IntentId, Policy, Reading, taxonomy};
use crate::classify::Ranking;
use crate::lexicon::Hit;
use crate::words::{AnsweredBy, Channel, CustomerValue, Emotion, Match, Tier};

/// What a random message is like.
#[derive(Debug, Clone)]
struct Seen {
    /// First and second intent, and whether the words name the second.
    intents: [usize; 2],
    confidence: [f32; 2],
    named: bool,
    emotion: Emotion,
    channel: Channel,
    grave: Option<usize>,
    kol: bool,
    contacts: u32,
    failures: u32,
    clarified: u32,
}

const INTENTS: [&str; 6] = ["track", "return_refund", "adverse_reaction", "greeting", "unclear", "out_of_scope"];
const AUTOMATION: [Tier; 6] = [Tier::Ai, Tier::Assisted, Tier::Advisor, Tier::Ai, Tier::Assisted, Tier::Ai];

impl Seen {
    fn asked(&self) -> Vec<usize> {
        // A grave word names its intent too.
        let also = (self.named || self.grave == Some(self.intents[1])) && self.confidence[1] >= 0.25;
        self.intents.iter().copied().take(if also { 2 } else { 1 }).collect()
    }

    fn matched(&self) -> Match {
        let also = self.asked().len() == 2;
        match INTENTS[self.intents[0]] {
            "out_of_scope" => Match::OutOfScope,
            "unclear" => Match::Unclear,
            _ if self.confidence[0] < 0.35 => Match::Unclear,
            _ if !also && self.confidence[0] - self.confidence[1] < 0.1 => Match::Ambiguous,
            _ => Match::Intent,
        }
    }

    fn holds(&self, when: &Value, request: Option<usize>, tier: Option<Tier>) -> bool {
        when.as_table().unwrap().iter().all(|(key, value)| {
            let is = |name: &str| match value.as_array() {
                Some(all) => all.iter().any(|one| one.as_str() == Some(name)),
                None => value.as_str() == Some(name),
            };
            let at_least = |number: u32| i64::from(number) >= value.as_integer().unwrap();
            match key.as_str() {
                "intent" => request.map_or(self.asked(), |one| vec![one]).into_iter().any(|one| is(INTENTS[one])),
                "first" => is(INTENTS[self.intents[0]]),
                "grave" => self.grave.is_some_and(|one| is(INTENTS[one])),
                "emotion" => is(self.emotion.as_str()),
                "channel" => is(self.channel.as_str()),
                "match" => is(self.matched().as_str()),
                "tier" => is(tier.unwrap().as_str()),
                "kol" => value.as_bool() == Some(self.kol),
                "contacts_24h_at_least" => at_least(self.contacts),
                "ai_failures_at_least" => at_least(self.failures),
                "confidence_below" => self.confidence[0] < value.as_float().unwrap() as f32,
                "any" => value.as_array().unwrap().iter().any(|one| self.holds(one, request, tier)),
                "not" => !self.holds(value, request, tier),
                other => panic!("{other} is not generated"),
            }
        })
    }

    /// Tier, group and whether it is a clarifying question.
    fn decided(&self, policy: &Value) -> (Tier, String, bool) {
        let rules = |key: &str| policy.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
        let matched = self.matched();
        let social = matches!(INTENTS[self.intents[0]], "unclear" | "out_of_scope");
        let wanted = self.asked().into_iter().map(|one| AUTOMATION[one]).max().unwrap();
        let unsure = if matched == Match::Intent { self.confidence[0] < 0.7 } else { !social };
        let unsure = unsure || social && wanted == Tier::Ai && self.confidence[0] < 0.7;
        let base = if unsure { wanted.max(Tier::Assisted) } else { wanted };
        let floor = |floor: &Value| Tier::named(floor["tier"].as_str().unwrap()).unwrap();
        let floors: Vec<Tier> =
            rules("floor").iter().filter(|rule| self.holds(&rule["when"], None, None)).map(floor).collect();
        let stepped = rules("step").iter().any(|rule| self.holds(&rule["when"], None, None));
        let tier = floors.iter().copied().fold(base, Tier::max);
        let tier = if stepped { tier.raised() } else { tier };
        let lifted = stepped || floors.iter().any(|floor| *floor > Tier::Ai);
        let options: Vec<usize> = self
            .intents
            .iter()
            .zip(self.confidence)
            .filter(|(one, sure)| *sure >= 0.05 && !matches!(INTENTS[**one], "unclear" | "out_of_scope"))
            .map(|(one, _)| *one)
            .collect();
        let asks = matches!(matched, Match::Ambiguous | Match::Unclear)
            && !(lifted || base == Tier::Advisor || self.clarified > 0 || options.len() < 2)
            && options.iter().all(|one| AUTOMATION[*one] < Tier::Advisor);
        let tier = if asks { Tier::Ai } else { tier };
        let row = |request: usize| {
            let rows = rules("route");
            let row =
                rows.iter().find(|row| row.get("when").is_none_or(|when| self.holds(when, Some(request), Some(tier))));
            let row = row.unwrap();
            let urgent = ["low", "normal", "high", "urgent"];
            let urgent = urgent.iter().position(|one| Some(*one) == row["priority"].as_str()).unwrap();
            (urgent, AUTOMATION[request], row["group"].as_str().unwrap().to_owned())
        };
        let rows: Vec<_> = self.asked().into_iter().map(row).collect();
        let best = rows.iter().fold(&rows[0], |best, row| if (row.0, row.1) > (best.0, best.1) { row } else { best });
        (tier, best.2.clone(), asks)
    }

    fn reading(&self) -> Reading {
        let id = |one: usize| taxonomy().id(INTENTS[one]).unwrap();
        let mut emotions = [0.0; Emotion::ALL.len()];
        emotions[Emotion::ALL.iter().position(|one| *one == self.emotion).unwrap()] = 1.0;
        let mut reading = Reading::blank();
        let ranked = self.intents.map(id).into_iter().zip(self.confidence).collect();
        reading.model = Ok(Ranking::new(ranked, emotions, AnsweredBy::Deep));
        let hit =
            |intent: IntentId, grave| Hit { word: "".into(), span: 0..0, intents: vec![intent], grave, negated: false };
        reading.lexicon.hits.extend(self.named.then(|| hit(id(self.intents[1]), false)));
        reading.lexicon.hits.extend(self.grave.map(|one| hit(id(one), true)));
        reading.channel = self.channel;
        reading.customer.value = CustomerValue::Regular;
        reading.customer.kol = self.kol;
        reading.customer.contacts_24h = self.contacts;
        reading.history.ai_failures = self.failures;
        reading.history.clarified = self.clarified;
        reading
    }
}

fn seen() -> impl Strategy<Value = Seen> {
    let who = (any::<bool>(), 0u32..4, 0u32..4, 0u32..2);
    // The model is always believed: which speaker is heard has its own tests.
    let what = (0usize..6, 1usize..6, 0.36f32..1.0, 0.0f32..1.0, any::<bool>());
    let how = (0usize..5, 0usize..8, proptest::option::of(0usize..6));
    (who, what, how).prop_map(|((kol, contacts, failures, clarified), what, (emotion, channel, grave))| {
        let (first, apart, sure, rest, named) = what;
        // Distinct intents, and the second never surer than the first.
        let second = (first + apart) % 6;
        Seen {
            intents: [first, second],
            confidence: [sure, (1.0 - sure).min(sure) * rest],
            named,
            emotion: Emotion::ALL[emotion],
            channel: Channel::ALL[channel],
            grave,
            kol,
            contacts,
            failures,
            clarified,
        }
    })
}

fn condition(in_row: bool) -> impl Strategy<Value = String> {
    let some = |all: Vec<&'static str>| proptest::sample::subsequence(all.clone(), 1..=all.len().min(3));
    let list = |key: &'static str, all: Vec<&'static str>| some(all).prop_map(move |some| format!("{key} = {some:?}"));
    let names = |all: &'static [Emotion]| all.iter().map(|one| one.as_str()).collect::<Vec<_>>();
    let mut keys = vec![
        list("intent", INTENTS.to_vec()).boxed(),
        list("first", INTENTS.to_vec()).boxed(),
        list("grave", INTENTS.to_vec()).boxed(),
        list("emotion", names(Emotion::ALL)).boxed(),
        list("channel", Channel::ALL.iter().map(|one| one.as_str()).collect()).boxed(),
        list("match", Match::ALL.iter().map(|one| one.as_str()).collect()).boxed(),
        any::<bool>().prop_map(|kol| format!("kol = {kol}")).boxed(),
        (1u32..4).prop_map(|number| format!("contacts_24h_at_least = {number}")).boxed(),
        (1u32..4).prop_map(|number| format!("ai_failures_at_least = {number}")).boxed(),
        (1u32..10).prop_map(|tenths| format!("confidence_below = {:.1}", f64::from(tenths) / 10.0)).boxed(),
    ];
    if in_row {
        keys.push(list("tier", Tier::ALL.iter().map(|one| one.as_str()).collect()).boxed());
    }
    let leaf = proptest::sample::select(keys).prop_flat_map(|key| key).prop_map(|key| format!("{{ {key} }}"));
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            inner.clone().prop_map(|one| format!("{{ not = {one} }}")),
            proptest::collection::vec(inner, 1..4).prop_map(|all| format!("{{ any = [{}] }}", all.join(", "))),
        ]
    })
}

fn policy() -> impl Strategy<Value = String> {
    let floors = proptest::collection::vec((0usize..3, condition(false)), 0..6);
    let steps = proptest::collection::vec(condition(false), 0..3);
    let routes = proptest::collection::vec((0usize..4, condition(true)), 0..8);
    (floors, steps, routes).prop_map(|(floors, steps, routes)| {
        let says = |index: usize| format!("name = \"{index}\"\ncode = \"C{index}\"\nbecause = \"因\"\n");
        let mut out = BASE.to_owned();
        let taxonomy = taxonomy();
        let rest = taxonomy.iter().map(|(_, one)| one.id.to_string()).filter(|id| !INTENTS.contains(&id.as_str()));
        let mut lists = [Vec::new(), rest.collect(), Vec::new()];
        for (id, tier) in INTENTS.iter().zip(AUTOMATION) {
            lists[Tier::ALL.iter().position(|one| *one == tier).unwrap()].push((*id).to_owned());
        }
        out += &format!("[automation]\nai = {:?}\nassisted = {:?}\nadvisor = {:?}\n", lists[0], lists[1], lists[2]);
        for (index, (tier, when)) in floors.iter().enumerate() {
            out += &format!("[[floor]]\n{}tier = \"{}\"\nwhen = {when}\n", says(index), Tier::ALL[*tier]);
        }
        for (index, when) in steps.iter().enumerate() {
            out += &format!("[[step]]\n{}when = {when}\n", says(100 + index));
        }
        for (index, (priority, when)) in routes.iter().enumerate() {
            let priority = ["low", "normal", "high", "urgent"][*priority];
            out += &format!(
                "[[route]]\nname = \"{index}\"\ngroup = \"g{index}\"\nsla = \"s\"\npriority = \"{priority}\"\nwhen = {when}\n"
            );
        }
        out + "[[route]]\nname = \"rest\"\ngroup = \"g8\"\nsla = \"s\"\npriority = \"normal\"\n"
    })
}

const BASE: &str = r#"version = 1
believe = { model = 0.35, lexicon = 0.6, ambiguous = 0.1, also = 0.25, foreign = 0.6, unclear = ["unclear"], out_of_scope = ["out_of_scope"] }
repetition = { same = 0.85, shortest = 4, resolved_by = ["thanks"], no_question = ["thanks"] }
clarify = { times = 1, options = 3, at_least = 0.05 }
thresholds = { ai = 0.7, assisted = 0.35 }
groups = { g0 = "零", g1 = "一", g2 = "二", g3 = "三", g4 = "四", g5 = "五", g6 = "六", g7 = "七", g8 = "八" }
transfers = {}
sla = { s = { human = "60s" } }
"#;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn the_ladder_is_the_naive_one(toml in policy(), seen in proptest::collection::vec(seen(), 8)) {
        let policy = Policy::parse(&toml, &taxonomy()).unwrap();
        let naive: Value = toml.parse::<toml::Table>().unwrap().into();
        for seen in seen {
            let (decision, trace) = policy.explain(&seen.reading());
            prop_assert_eq!(&decision, &policy.decide(&seen.reading()));
            let real = (decision.tier, decision.group.to_string(), !decision.clarify.is_empty());
            prop_assert_eq!(real, seen.decided(&naive), "{:?}", seen);
            // The trace tells the same story.
            let row = trace.rules.iter().find(|rule| rule.kind == crate::RuleKind::Route && rule.held).unwrap();
            prop_assert_eq!(&*row.name, &*decision.route);
            for rule in trace.rules.iter().filter(|rule| rule.held && rule.kind == crate::RuleKind::Floor) {
                prop_assert!(decision.reasons.iter().any(|reason| *reason.rule == *rule.name));
            }
        }
    }
}
