//! Replacing an engine while others use it.

use fenliu::{Engine, Inquiry, Live, LoadError, ModelChoice, Parts};

fn engine(policy: &str) -> Result<Engine, LoadError> {
    let mut parts = Parts::embedded();
    parts.policy = ("changed.toml", policy);
    parts.build(ModelChoice::None)
}

#[test]
fn who_has_taken_a_snapshot_keeps_it_to_the_end() {
    let shipped = Parts::embedded().policy.1;
    let live = Live::new(engine(shipped).unwrap());
    let before = live.snapshot();
    let changed = shipped.replacen("group = \"safety\"", "group = \"legal\"", 1);
    let refused = engine(&changed).map(drop).unwrap_err().to_string();
    assert!(refused.contains("group is `legal`, expected `safety`"), "its own cases fail: {refused}");
    let rules = changed.split("[[case]]").next().unwrap();
    live.reload(|| engine(rules)).unwrap();
    let harm = Inquiry::new("用了脸上起红疹");
    let (old, new) = (before.route(&harm).unwrap(), live.route(&harm).unwrap());
    assert_eq!((old.group.as_str(), new.group.as_str()), ("safety", "legal"));
    assert_eq!((&old.revision, &new.revision), (before.engine.revision(), live.snapshot().engine.revision()));
    assert_ne!(old.revision.policy, new.revision.policy);
}

#[test]
fn what_is_no_good_leaves_the_old_in_use() {
    let shipped = Parts::embedded().policy.1;
    let live = Live::new(engine(shipped).unwrap());
    let before = live.snapshot();
    let bad = shipped.replacen("tier = \"advisor\"", "tier = \"adviser\"", 1).replacen("\"worse\"", "\"bad\"", 1);
    let error = live.reload(|| engine(&bad)).unwrap_err().to_string();
    assert!(error.contains("unknown tier `adviser`, did you mean `advisor`?"), "{error}");
    assert!(error.contains("unknown trend `bad`"), "everything at once: {error}");
    assert!(std::sync::Arc::ptr_eq(&before.engine, &live.snapshot().engine));
}

#[test]
fn a_profile_is_set_where_the_policy_has_it() {
    let shipped = Parts::embedded().policy.1;
    let rules = shipped.split("[[case]]").next().unwrap();
    let live = Live::new(engine(&[rules, "[profile.quiet]\nzh = \"安静\"\n"].concat()).unwrap());
    let error = live.set_profile("quite").unwrap_err().to_string();
    assert!(error.starts_with("unknown profile `quite`, did you mean `quiet`?"), "{error}");
    live.set_profile("quiet").unwrap();
    let route = |inquiry: Inquiry| live.route(&inquiry).unwrap();
    assert_eq!(route(Inquiry::new("什么时候发货")).profile, "quiet");
    assert_eq!(route(Inquiry::new("什么时候发货").profile("normal")).profile, "normal");
    let odd = route(Inquiry::new("什么时候发货").profile("nowhere"));
    assert_eq!(odd.profile, "quiet");
    assert!(odd.reasons.iter().any(|reason| reason.code == "UNKNOWN_PROFILE"));
    let lost = live.reload(|| engine(rules)).unwrap_err().to_string();
    assert!(lost.starts_with("the profile that is set: unknown profile `quiet`"), "{lost}");
    assert_eq!(route(Inquiry::new("什么时候发货")).profile, "quiet");
}

/// Under reload, what is decided is what the revision that the outcome names decides.
#[test]
fn under_reload_every_outcome_agrees_with_its_revision() {
    let shipped = Parts::embedded().policy.1;
    let rules = shipped.split("[[case]]").next().unwrap();
    let groups = ["safety", "legal", "security"];
    let policies = groups.map(|group| rules.replacen("group = \"safety\"", &format!("group = \"{group}\""), 1));
    let revisions: Vec<(String, &str)> = policies
        .iter()
        .zip(groups)
        .map(|(policy, group)| (engine(policy).unwrap().revision().policy.clone(), group))
        .collect();
    let live = Live::new(engine(&policies[0]).unwrap());
    let harm = Inquiry::new("用了脸上起红疹");
    let done = std::sync::atomic::AtomicBool::new(false);
    let seen = std::thread::scope(|scope| {
        let routing = scope.spawn(|| {
            let mut seen = std::collections::BTreeSet::new();
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let outcome = live.route(&harm).unwrap();
                let expected = revisions.iter().find(|(revision, _)| *revision == outcome.revision.policy).unwrap().1;
                assert_eq!(outcome.group, expected);
                seen.insert(expected);
            }
            seen
        });
        for policy in policies.iter().cycle().take(9) {
            live.reload(|| engine(policy)).unwrap();
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
        routing.join().unwrap()
    });
    assert!(seen.len() > 1, "the engine did change while routing: {seen:?}");
}
