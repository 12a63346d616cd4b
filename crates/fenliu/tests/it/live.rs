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
    live.replace(engine(rules).unwrap());
    let harm = Inquiry::new("用了脸上起红疹");
    let (old, new) = (before.route(&harm).unwrap(), live.snapshot().route(&harm).unwrap());
    assert_eq!((old.group.as_str(), new.group.as_str()), ("safety", "legal"));
    assert_eq!((&old.revision, &new.revision), (before.revision(), live.snapshot().revision()));
    assert_ne!(old.revision.policy, new.revision.policy);
}
