mod brute;

use super::*;

const TAXONOMY: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/taxonomy.toml"));
const DEFAULT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/policy/default.toml"));

/// Five intents.
const SMALL_TAXONOMY: &str = r#"
version = 1
intent = [
  { id = "track", domain = "logistics", zh = "查物流" },
  { id = "payment", domain = "payment", zh = "支付" },
  { id = "greeting", domain = "social", zh = "问候" },
  { id = "complaint", domain = "risk", zh = "投诉" },
  { id = "unclear", domain = "social", zh = "不明" },
]
"#;

/// What every policy here begins with.
const HEAD: &str = r#"
version = 1
[believe]
model = 0.35
lexicon = 0.60
ambiguous = 0.10
also = 0.25
foreign = 0.60
unclear = ["unclear"]
out_of_scope = ["unclear"]
[repetition]
same = 0.85
shortest = 4
resolved_by = ["greeting"]
no_question = ["unclear"]
[clarify]
times = 1
options = 2
at_least = 0.05
[thresholds]
ai = 0.70
assisted = 0.35
[automation]
ai = ["track", "greeting"]
assisted = ["payment", "unclear"]
advisor = ["complaint"]
[groups]
ai = "AI"
people = "人工"
slow = { zh = "慢", answers_within = "10m" }
[transfers]
warehouse = "仓库"
[sla]
soon = { first_response = "30s", human = "60s", resolve = "3h" }
late = { first_response = "30s", human = "20m", resolve = "3h" }
muddled = { first_response = "5m", human = "60s" }
"#;

fn small_taxonomy() -> Taxonomy {
    Taxonomy::parse(SMALL_TAXONOMY).unwrap()
}

fn small(rules: &str) -> Policy {
    let toml = format!("{HEAD}{rules}");
    match Policy::parse(&toml, &small_taxonomy()) {
        Ok(policy) => policy,
        Err(error) => panic!("{error}\n{rules}"),
    }
}

fn route(name: &str, when: &str, group: &str) -> String {
    format!("[[route]]\nname = {name:?}\n{when}\ngroup = {group:?}\npriority = \"normal\"\nsla = \"soon\"\n")
}

fn rule(kind: &str, name: &str, rest: &str) -> String {
    format!("[[{kind}]]\nname = {name:?}\ncode = \"C\"\nbecause = \"因\"\n{rest}\n")
}

/// The rows with a last one behind them.
fn routes(rows: &[(&str, &str, &str)]) -> String {
    let rows = rows.iter().map(|(name, when, group)| route(name, when, group));
    rows.chain([route("rest", "", "people")]).collect()
}

/// The findings of one kind, each as profile, subjects, message and example.
fn found(kind: FindingKind, rules: &str) -> Vec<String> {
    let policy = small(rules);
    let findings = policy.check(&small_taxonomy());
    let of_kind = findings.iter().filter(|finding| finding.kind == kind);
    of_kind
        .map(|finding| {
            let subjects: Vec<String> =
                finding.subjects.iter().map(|subject| format!("{} {}", subject.kind, subject.name)).collect();
            let example = finding.example.as_ref().map_or("none".to_owned(), ToString::to_string);
            format!("{} | {finding} | {example}", subjects.join(", "))
        })
        .collect()
}

#[test]
fn the_default_policy_is_clean() {
    let taxonomy = Taxonomy::parse(TAXONOMY).unwrap();
    let rules = DEFAULT.split("[[case]]").next().unwrap();
    let findings = Policy::parse(rules, &taxonomy).unwrap().check(&taxonomy);
    let shown: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert_eq!(shown, Vec::<String>::new());
}

#[test]
fn a_row_that_no_message_reaches_is_found() {
    let shadowed = routes(&[
        ("a", "when = { intent = [\"track\", \"payment\"] }", "ai"),
        ("b", "when = { intent = \"track\", channel = \"comment\" }", "slow"),
    ]);
    let by_two = routes(&[
        ("a", "when = { kol = true }", "ai"),
        ("b", "when = { any = [{ value = \"high\" }, { not = { domain = \"social\" } }] }", "ai"),
        ("c", "when = { intent = \"track\" }", "ai"),
    ]);
    let impossible = routes(&[
        ("a", "when = { intent = \"complaint\", channel = \"chat\", tier = \"ai\" }", "ai"),
        ("b", "when = { requests_at_least = 3 }", "ai"),
        ("c", "when = { believed = \"nobody\", degraded = false }", "ai"),
        ("d", "when = { first = \"payment\", match = \"intent\", tier = \"ai\" }", "ai"),
    ]);
    let queue = [
        "[[queue]]\nname = \"q\"\nwhen = { tier = [\"assisted\", \"advisor\"] }\npriority = \"high\"\n",
        "[[queue]]\nname = \"r\"\nwhen = { first = \"complaint\" }\npriority = \"urgent\"\n",
        &routes(&[]),
    ]
    .concat();
    let never = |kind: &str, name: &str, why: &str| {
        format!("{kind} {name} | {kind} `{name}` can never be reached: {why} | none")
    };
    let everything = "every message that it matches is taken by";
    for (rules, expected) in [
        (
            shadowed,
            vec![format!(
                "route b, route a | route `b` can never be reached: {everything} `a` above it | {{ intent = \"track\", \
                 channel = \"comment\" }}"
            )],
        ),
        (
            by_two,
            vec![format!(
                "route c, route b | route `c` can never be reached: {everything} `b` above it | {{ intent = \"track\" }}"
            )],
        ),
        (
            impossible,
            vec![
                never("route", "a", "its `intent` and its `tier` contradict each other"),
                never("route", "b", "its `requests_at_least` can never hold"),
                never("route", "c", "its `believed` and its `degraded` contradict each other"),
                never("route", "d", "its `first`, `match` and `tier` contradict each other"),
            ],
        ),
        (
            queue,
            vec![format!(
                "queue r, queue q | queue `r` can never be reached: {everything} `q` above it | {{ intent = \
                 \"complaint\" }}"
            )],
        ),
    ] {
        assert_eq!(found(FindingKind::Unreachable, &rules), expected, "{rules}");
    }
}

#[test]
fn a_condition_that_no_message_meets_is_found() {
    let rules = [
        rule("step", "never-1", "when = { match = \"unclear\", asked_again = true }"),
        rule("floor", "never-2", "tier = \"assisted\"\nwhen = { trend = \"worse\", emotion = \"neutral\" }"),
        rule("floor", "may", "tier = \"assisted\"\nwhen = { trend = \"worse\", emotion = \"anxious\" }"),
        routes(&[]),
        "[profile.night]\nzh = \"夜间\"\n".to_owned(),
        rule(
            "profile.night.shed",
            "never-3",
            "when = { confidence_below = 0.2, any = [{ confidence_at_least = 0.5 }] }",
        ),
    ];
    let why = "contradict each other";
    assert_eq!(
        found(FindingKind::NeverHolds, &rules.concat()),
        [
            format!("floor never-2 | floor `never-2` can never hold: its `emotion` and its `trend` {why} | none"),
            format!("step never-1 | step `never-1` can never hold: its `match` and its `asked_again` {why} | none"),
            format!(
                "shed never-3 | shed `never-3` can never hold: its `confidence_below` and its `any` {why} (in profile \
                 `night`) | none"
            ),
        ]
    );
}

#[test]
fn rows_that_overlap_are_found_unless_one_is_a_special_case_or_the_order_is_meant() {
    let pair = |first: &str, second: &str| routes(&[("a", first, "ai"), ("b", second, "slow")]);
    let overlap = |example: &str| {
        format!(
            "route a, route b | routes `a` and `b` both match and answer differently: group `ai` or `slow`; the upper one \
             wins. Where that is meant, write `before = [\"b\"]` into `a`, else make one condition exclude the other | \
             {example}"
        )
    };
    let track = "when = { intent = \"track\" }";
    for (first, second, example) in [
        (track, "when = { kol = true }", Some("{ intent = \"track\", kol = true }")),
        (
            "when = { tier = \"advisor\" }",
            "when = { channel = \"voice\" }",
            Some("{ intent = \"complaint\", channel = \"voice\" }"),
        ),
        // Requests are looked at one by one.
        (track, "when = { intent = \"payment\" }", None),
        (
            track,
            "when = { first = \"payment\" }",
            Some("{ intent = [\"payment\", \"track\"], confidence = 0.7, second_confidence = 0.3 }"),
        ),
        ("when = { intent = \"track\", kol = true }", track, None),
        ("when = { emotion = \"neutral\" }", "when = { trend = \"worse\" }", None),
        ("when = { match = \"ambiguous\" }", "when = { requests_at_least = 2 }", None),
    ] {
        let expected: Vec<String> = example.map(overlap).into_iter().collect();
        assert_eq!(found(FindingKind::Overlap, &pair(first, second)), expected, "{first} {second}");
    }
    for before in ["\"b\"", "[\"b\"]", "\"*\""] {
        let rules = pair(&format!("{track}\nbefore = {before}"), "when = { kol = true }");
        assert_eq!(found(FindingKind::Overlap, &rules), Vec::<String>::new(), "{before}");
        assert_eq!(found(FindingKind::StaleBefore, &rules), Vec::<String>::new(), "{before}");
    }
    let same = routes(&[("a", track, "ai"), ("b", "when = { kol = true }", "ai")]);
    assert_eq!(found(FindingKind::Overlap, &same), Vec::<String>::new(), "both answer the same");
}

#[test]
fn a_profile_is_answered_for_what_it_puts_in_front() {
    let base =
        routes(&[("a", "when = { intent = \"track\" }", "ai"), ("b", "when = { intent = \"payment\" }", "slow")]);
    let night = |before: &str| {
        let row = route("n", &format!("when = {{ intent = [\"track\", \"greeting\"] }}\n{before}"), "people");
        format!("{base}[profile.night]\nzh = \"夜间\"\n{}", row.replace("[[route]]", "[[profile.night.route]]"))
    };
    assert_eq!(
        found(FindingKind::Unreachable, &night("")),
        [
            "route a, route n | route `a` can never be reached: every message that it matches is taken by `n` above it (in \
          profile `night`) | { intent = \"track\", profile = \"night\" }"
        ]
    );
    assert_eq!(found(FindingKind::Unreachable, &night("before = \"a\"")), Vec::<String>::new());
    let unknown = format!("{HEAD}{}", night("before = \"aa\""));
    let error = Policy::parse(&unknown, &small_taxonomy()).unwrap_err().to_string();
    assert!(
        error.ends_with("profile.night.route[0].before: no route below is called `aa`, did you mean `a`?"),
        "{error}"
    );
}

#[test]
fn what_stands_in_before_must_be_below_and_must_overlap() {
    let track = "when = { intent = \"track\" }";
    let rows = |before: &str| {
        routes(&[
            ("track", &format!("{track}\nbefore = {before}"), "ai"),
            ("payment", "when = { intent = \"payment\" }", "slow"),
            ("influencer", "when = { kol = true }", "slow"),
        ])
    };
    for (before, expected) in [
        ("[\"paymant\"]", "route[0].before[0]: no route below is called `paymant`, did you mean `payment`?"),
        ("[\"track\"]", "route[0].before[0]: no route below is called `track`"),
        ("[]", "route[0].before: is an empty list"),
        ("[\"*\", \"payment\"]", "route[0].before[0]: `*` names every row below, expected it alone"),
    ] {
        let error = Policy::parse(&format!("{HEAD}{}", rows(before)), &small_taxonomy()).unwrap_err().to_string();
        assert!(error.ends_with(expected), "{error}");
    }
    let but = "but no message that reaches it matches them too: leave that out";
    assert_eq!(
        found(FindingKind::StaleBefore, &rows("[\"payment\", \"influencer\"]")),
        [format!("route track, route payment | route `track` says that it stands before `payment`, {but} | none")]
    );
    let alone =
        routes(&[("a", "when = { not = { kol = true } }\nbefore = \"*\"", "ai"), ("b", "when = { kol = true }", "ai")]);
    let expected = "route a | route `a` says that it stands before every row below, but none of them would decide \
                    otherwise: leave that out | none";
    assert_eq!(found(FindingKind::StaleBefore, &alone), [expected]);
}

#[test]
fn an_intent_that_no_row_is_for_is_found() {
    let rules = routes(&[
        ("ai", "when = { tier = \"ai\" }", "ai"),
        ("money", "when = { any = [{ domain = \"payment\" }, { first = \"complaint\" }] }", "people"),
        ("not-track", "when = { not = { intent = [\"track\", \"greeting\"] }, intent = \"unclear\" }", "people"),
        ("influencer", "when = { intent = \"track\", kol = true }", "people"),
    ]);
    assert_eq!(
        found(FindingKind::NoRoute, &rules),
        ["track", "greeting"].map(|intent| format!(
            "intent {intent} | intent `{intent}` has no route of its own: unsure and plain, it is `assisted` and goes to \
             `rest`, which names neither the intent nor its domain | {{ intent = \"{intent}\", confidence = 0.525 }}"
        ))
    );
}

#[test]
fn a_promise_that_cannot_be_kept_is_found() {
    let row = |name: &str, rest: &str, sla: &str| {
        format!("[[route]]\nname = {name:?}\n{rest}\npriority = \"normal\"\nsla = {sla:?}\n")
    };
    let rules = [
        row("a", "when = { intent = \"track\" }\ngroup = \"slow\"", "soon"),
        row("b", "when = { intent = \"payment\" }\ngroup = \"people\"\nby_vertical = { food = \"slow\" }", "soon"),
        row("c", "when = { intent = \"greeting\" }\ngroup = \"slow\"", "late"),
        row("d", "when = { tier = \"advisor\" }\ngroup = \"people\"", "muddled"),
        route("rest", "", "people"),
    ];
    let promised = "promises a person within 1m (sla `soon`), but group `slow` answers within 10m";
    assert_eq!(
        found(FindingKind::SlaNotKept, &rules.concat()),
        [
            format!("route a, group slow | route `a` {promised} | {{ intent = \"track\" }}"),
            format!("route b, group slow | route `b` {promised} | {{ intent = \"payment\", vertical = \"food\" }}"),
        ]
    );
    assert_eq!(
        found(FindingKind::SlaOrder, &rules.concat()),
        [
            "sla muddled | sla `muddled` promises `first_response` within 5m and `human` within 1m, expected `first_response` \
          no later | { intent = \"complaint\" }"
        ]
    );
}

#[test]
fn a_rule_that_changes_no_tier_is_found() {
    let rules = [
        rule("floor", "voice", "tier = \"assisted\"\nwhen = { channel = \"voice\", kol = true }"),
        rule("floor", "kol", "tier = \"advisor\"\nwhen = { kol = true }"),
        rule("floor", "kol-again", "tier = \"advisor\"\nwhen = { not = { kol = false } }"),
        rule("floor", "grave", "tier = \"advisor\"\ngrave = true\nwhen = { kol = true, value = \"high\" }"),
        rule("step", "worse", "when = { kol = true, trend = \"worse\" }"),
        rule("step", "again", "when = { repeated = true }"),
        routes(&[]),
        "[profile.surge]\nzh = \"高峰\"\n".to_owned(),
        rule("profile.surge.shed", "nothing", "when = { first = \"complaint\" }"),
        rule("profile.surge.shed", "raised", "when = { intent = \"payment\", repeated = true }"),
        rule("profile.surge.shed", "lowers", "when = { intent = \"payment\" }"),
    ];
    let in_surge = "the tier is not `assisted` before, or a floor or step raises it again (in profile `surge`)";
    assert_eq!(
        found(FindingKind::Needless, &rules.concat()),
        [
            "floor voice, floor kol | floor `voice` changes no tier: floor `kol` to `advisor` holds whenever it does | { \
             intent = \"track\", channel = \"voice\", kol = true }"
                .to_owned(),
            "floor kol-again, floor kol | floor `kol-again` changes no tier: floor `kol` to `advisor` holds whenever it \
             does | { intent = \"track\", kol = true }"
                .to_owned(),
            "step worse | step `worse` raises nothing: whenever it holds, the tier is `advisor` before | { intent = \
             \"track\", emotion = \"anxious\", earlier_emotions = [\"neutral\"], kol = true }"
                .to_owned(),
            format!(
                "shed nothing | shed `nothing` lowers nothing: whenever it holds, {in_surge} | {{ intent = \
                 \"complaint\", profile = \"surge\" }}"
            ),
            format!(
                "shed raised | shed `raised` lowers nothing: whenever it holds, {in_surge} | {{ intent = \"payment\", \
                 repeated = true, profile = \"surge\" }}"
            ),
        ]
    );
}

#[test]
fn what_no_row_names_is_found_and_stands_in_the_file() {
    let rules = routes(&[("a", "when = { intent = \"track\" }", "ai")]);
    let policy = small(&rules);
    let findings = policy.check(&small_taxonomy());
    let unused: Vec<(&Finding, &str)> = findings
        .iter()
        .filter(|finding| finding.kind == FindingKind::Unused)
        .map(|finding| (finding, HEAD.get(finding.span.clone().unwrap()).unwrap()))
        .collect();
    let shown: Vec<String> = unused.iter().map(|(finding, text)| format!("{finding} at {text}")).collect();
    assert_eq!(
        shown,
        [
            "group `slow` is named by no route at { zh = \"慢\", answers_within = \"10m\" }",
            "transfer `warehouse` is named by no route at \"仓库\"",
            "sla `late` is named by no route at { first_response = \"30s\", human = \"20m\", resolve = \"3h\" }",
            "sla `muddled` is named by no route at { first_response = \"5m\", human = \"60s\" }",
        ]
    );
    let json = serde_json::to_value(unused[0].0).unwrap();
    assert_eq!(json["kind"], "unused");
    assert_eq!(json["subjects"][0], serde_json::json!({ "kind": "group", "name": "slow" }));
}

#[test]
fn every_key_can_be_shown_by_an_example() {
    for key in [
        "domain = \"payment\"",
        "first = \"payment\"",
        "ranked = { intent = [\"payment\"], at_least = 0.2 }",
        "ranked = { intent = [\"payment\"], at_least = 0.2 }, first = \"track\"",
        "heard = \"payment\"",
        "not = { heard = \"payment\" }, intent = \"payment\"",
        "grave = \"payment\", not = { intent = \"payment\" }",
        "match = \"ambiguous\"",
        "match = \"out_of_scope\", first = \"track\"",
        "emotion = \"angry\", emotion_confidence_at_least = 0.8",
        "not = { emotion_confidence_at_least = 0.8 }",
        "trend = \"better\"",
        "believed = \"lexicon\", degraded = false",
        "believed = \"lexicon\", degraded = true",
        "believed = \"model\", degraded = true",
        "believed = \"nobody\"",
        "answered_by = \"fast\"",
        "entity = \"phone\", label = \"recall\"",
        "tier = \"ai\", match = \"unclear\", first = \"payment\"",
        "tier = \"advisor\", intent = \"track\"",
        "asked_again = true, repeated = true, without_history = true",
        "turns_at_least = 3, clarified_at_least = 1, requests_at_least = 2, waiting_at_least = \"90s\"",
        "contacts_24h_at_least = 3, ai_failures_at_least = 2, human_active = true",
        "confidence_below = 0.9, confidence_at_least = 0.8, margin_below = 0.5",
        "out_of_scope_at_least = 0.3, vertical = \"food\", value = \"high\", prefers_human = true",
    ] {
        let floors = rule("floor", "kol", "tier = \"advisor\"\nwhen = { kol = true }");
        let policy = small(&[floors, routes(&[("a", &format!("when = {{ {key} }}"), "ai")])].concat());
        let taxonomy = small_taxonomy();
        let checking = Checking::new(&policy, &policy.normal, &taxonomy);
        assert!(matches!(checking.reaching(0, None), Answer::Found(_)), "{key}: {:?}", checking.reaching(0, None));
    }
}
