//! A candidate policy beside the one in use.

use fenliu::{Conversation, Customer, Engine, Inquiry, LoadError, ModelChoice, Outcome, Parts};

/// The default policy's rules without cases, and a candidate that sends what harms elsewhere and asks earlier.
fn candidate() -> String {
    rules().replacen("group = \"safety\"", "group = \"legal\"", 1).replacen(
        "tier = \"assisted\"",
        "tier = \"advisor\"",
        1,
    )
}

fn rules() -> &'static str {
    Parts::embedded().policy.1.split("[[case]]").next().unwrap()
}

fn engine(policy: &str, candidate: Option<&str>) -> Result<Engine, LoadError> {
    let mut parts = Parts::embedded();
    parts.policy = ("shop.toml", policy);
    parts.candidate = candidate.map(|toml| ("next.toml", toml));
    parts.build(ModelChoice::None)
}

fn rollout(percent: &str, key: &str) -> String {
    format!(
        "{}\n[rollout]\ncandidate = \"next.toml\"\npercent = {percent}\nsalt = \"2026-11\"\nkey = \"{key}\"\n",
        rules()
    )
}

fn of(customer: &str) -> Inquiry {
    let (mut known, mut conversation) = (Customer::default(), Conversation::default());
    known.id = Some(customer.to_owned());
    conversation.id = Some(format!("会话{customer}"));
    Inquiry::new("用了脸上起红疹").customer(known).conversation(conversation)
}

/// The customers of a thousand whom the candidate decides about.
fn taken(engine: &Engine) -> Vec<usize> {
    (0..1000).filter(|index| engine.route(&of(&format!("客户{index}"))).unwrap().group == "legal").collect()
}

#[test]
fn the_same_customers_are_always_on_the_same_side_and_a_higher_share_keeps_them() {
    let (ten, thirty) = (rollout("10", "customer"), rollout("30", "customer"));
    let load = |policy: &str| engine(policy, Some(&candidate())).unwrap();
    let few = taken(&load(&ten));
    assert!((70..=130).contains(&few.len()), "about ten of a hundred: {}", few.len());
    assert_eq!(few, taken(&load(&ten)));
    let more = taken(&load(&thirty));
    assert!((250..=350).contains(&more.len()), "{}", more.len());
    assert!(few.iter().all(|customer| more.contains(customer)));
    let salted = taken(&load(&ten.replace("2026-11", "2026-12")));
    assert_ne!(few, salted);
    assert_eq!(taken(&load(&rollout("0", "customer"))), Vec::<usize>::new());
    assert_eq!(taken(&load(&rollout("100", "conversation"))).len(), 1000);
}

#[test]
fn an_outcome_names_the_policy_that_decided() {
    let both = engine(&rollout("50", "customer"), Some(&candidate())).unwrap();
    let alone = engine(&candidate(), None).unwrap();
    let outcomes: Vec<Outcome> = (0..40).map(|index| both.route(&of(&format!("{index}"))).unwrap()).collect();
    for outcome in &outcomes {
        let expected = if outcome.group == "legal" { alone.revision() } else { both.revision() };
        assert_eq!(&outcome.revision.policy, &expected.policy);
    }
    assert!(outcomes.iter().any(|outcome| outcome.group == "legal"));
    let nameless = both.route(&Inquiry::new("用了脸上起红疹")).unwrap();
    assert_eq!(nameless.group, "safety", "without an id the policy in use decides");
}

#[test]
fn a_shadow_answers_nothing_and_counts_what_it_would_have_changed() {
    let policy = format!("{}\n[shadow]\ncandidate = \"next.toml\"\n", rules());
    let engine = engine(&policy, Some(&candidate())).unwrap();
    for index in 0..150 {
        assert_eq!(engine.route(&of(&index.to_string())).unwrap().group, "safety");
    }
    let calm = engine.route(&Inquiry::new("谢谢")).unwrap();
    let report = engine.shadow_report().unwrap();
    assert_eq!((report.compared, report.differing), (151, 150));
    assert_eq!(report.by_rule.get("route harm"), Some(&150), "{:?}", report.by_rule);
    assert_eq!(report.latest.len(), 100);
    assert!(report.latest.iter().all(|one| one.decision_id != calm.decision_id));
    let change = ("group".to_owned(), "safety".to_owned(), "legal".to_owned());
    assert!(report.latest[0].changes.contains(&change));
}

#[test]
fn what_is_wrong_with_a_candidate_is_said() {
    let failed = |policy: &str, candidate: Option<&str>| engine(policy, candidate).map(drop).unwrap_err().to_string();
    let policy = rollout("10", "customer");
    assert_eq!(failed(&policy, None), "policy shop.toml: the candidate `next.toml` was not given");
    let bad = failed(&policy, Some("version = 1"));
    assert!(bad.starts_with("policy next.toml:\n") && bad.contains("`believe` is missing"), "{bad}");
    let nested = failed(&policy, Some(&policy));
    assert!(nested.contains("the candidate next.toml names a candidate itself"), "{nested}");
    for (from, to, expected) in [
        ("percent = 10", "percent = 101", "rollout.percent: 101 is not a number from 0 to 100"),
        ("key = \"customer\"", "key = \"custmer\"", "rollout.key: unknown key `custmer`, did you mean `customer`?"),
        ("salt = \"2026-11\"\n", "", "rollout: `salt` is missing"),
        ("[rollout]", "[shadow]\ncandidate = \"b.toml\"\n[rollout]", "shadow: stands beside `rollout`"),
    ] {
        let found = failed(&policy.replacen(from, to, 1), Some(&candidate()));
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[test]
fn a_candidate_is_read_from_beside_the_policy() {
    let folder = std::env::temp_dir().join(format!("fenliu-gray-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("shop.toml");
    std::fs::write(&file, rollout("100", "customer")).unwrap();
    let source = fenliu::Source::embedded().policy(&file);
    let missing = source.load(ModelChoice::None).map(drop).unwrap_err().to_string();
    assert!(missing.contains("next.toml: No such file"), "{missing}");
    std::fs::write(folder.join("next.toml"), candidate()).unwrap();
    assert_eq!(source.load(ModelChoice::None).unwrap().route(&of("一")).unwrap().group, "legal");
    std::fs::remove_dir_all(&folder).unwrap();
}
