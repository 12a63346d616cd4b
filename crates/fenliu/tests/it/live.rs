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

mod kept {
    use std::sync::Arc;
    use std::time::Duration;

    use fenliu::{
        ConversationStore, Customer, EmbeddedStore, Kept, Note, Outcome, Speaker, StoreError, StoreLimits, Turn, Visit,
    };

    use super::*;

    fn with_store(store: Arc<dyn ConversationStore>) -> Live {
        Live::new(engine(Parts::embedded().policy.1).unwrap()).with_store(store)
    }

    fn embedded() -> Arc<dyn ConversationStore> {
        Arc::new(EmbeddedStore::new(StoreLimits::new(1 << 20, Duration::from_secs(3600))))
    }

    fn said(live: &Live, conversation: &str, text: &str) -> Outcome {
        let mut of = fenliu::Conversation::default();
        of.id = Some(conversation.to_owned());
        live.route(&Inquiry::new(text).conversation(of).explained()).unwrap()
    }

    fn has(outcome: &Outcome, code: &str) -> bool {
        outcome.reasons.iter().any(|reason| reason.code == code)
    }

    fn signal<'a>(outcome: &'a Outcome, name: &str) -> &'a str {
        let signals = &outcome.trace.as_ref().unwrap().signals;
        &signals.iter().find(|signal| signal.name == name).unwrap().value
    }

    #[test]
    fn a_conversation_is_known_by_its_id_alone() {
        let live = with_store(embedded());
        assert!(!has(&said(&live, "a", "我的快递到哪里了呀"), "REPEATED_QUESTION"));
        assert!(!has(&said(&live, "b", "我的快递到哪里了呀"), "REPEATED_QUESTION"), "another conversation");
        let again = said(&live, "a", "我的快递到哪里了啊");
        assert!(has(&again, "REPEATED_QUESTION"));
        assert_eq!(signal(&again, "turns"), "1");
    }

    #[test]
    fn who_sends_the_turns_is_taken_at_their_word() {
        let live = with_store(embedded());
        said(&live, "a", "我的快递到哪里了呀");
        let mut of = fenliu::Conversation::default();
        of.id = Some("a".to_owned());
        of.turns = vec![Turn::new(Speaker::Customer, "有优惠吗")];
        let outcome = live.route(&Inquiry::new("我的快递到哪里了呀").conversation(of)).unwrap();
        assert!(!has(&outcome, "REPEATED_QUESTION"));
    }

    #[test]
    fn contacts_are_counted_over_conversations() {
        let live = with_store(embedded());
        let mut outcome = None;
        for conversation in ["a", "b", "b", "c"] {
            let (mut of, mut customer) = (fenliu::Conversation::default(), Customer::default());
            of.id = Some(conversation.to_owned());
            customer.id = Some("客户一".to_owned());
            let inquiry = Inquiry::new("你好").conversation(of).customer(customer).explained();
            outcome = Some(live.route(&inquiry).unwrap());
        }
        let outcome = outcome.unwrap();
        assert_eq!(signal(&outcome, "contacts_24h"), "3");
        assert!(has(&outcome, "THIRD_CONTACT"));
    }

    #[test]
    fn bad_text_is_not_kept() {
        let live = with_store(embedded());
        let mut of = fenliu::Conversation::default();
        of.id = Some("a".to_owned());
        assert!(live.route(&Inquiry::new("  ").conversation(of)).is_err());
        assert_eq!(signal(&said(&live, "a", "你好"), "turns"), "0");
    }

    #[derive(Debug)]
    struct Broken;

    impl ConversationStore for Broken {
        fn visit(&self, _: &Visit<'_>) -> Result<Kept, StoreError> {
            Err(StoreError::Late { at: "127.0.0.1:1".to_owned(), after: Duration::from_millis(20) })
        }

        fn note(&self, _: &str, _: Note) {}

        fn lost_notes(&self) -> u64 {
            0
        }
    }

    #[test]
    fn a_store_that_does_not_answer_is_said_and_stops_nothing() {
        let outcome = said(&with_store(Arc::new(Broken)), "a", "我的快递到哪里了呀");
        assert!(has(&outcome, "WITHOUT_HISTORY"));
        assert_eq!(signal(&outcome, "without_history"), "true");
    }
}
