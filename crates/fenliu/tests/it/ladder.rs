//! From text to decision with the default policy and the lexicon alone.

use fenliu::{Channel, Conversation, Customer, CustomerValue, Inquiry, Speaker, Tier, Trend, Turn};

use crate::WORDS;

fn customer(change: impl FnOnce(&mut Customer)) -> Customer {
    let mut customer = Customer::default();
    change(&mut customer);
    customer
}

fn conversation(change: impl FnOnce(&mut Conversation)) -> Conversation {
    let mut conversation = Conversation::default();
    change(&mut conversation);
    conversation
}

#[test]
fn who_and_what_decides_the_door() {
    let plain = || Inquiry::new("什么时候发货");
    for (inquiry, tier, group, code) in [
        (Inquiry::new("给我转人工"), Tier::Advisor, "general", "HUMAN_REQUESTED"),
        (Inquiry::new("我用了你们的面霜脸上起红疹了，怎么办"), Tier::Advisor, "safety", "HARM"),
        (Inquiry::new("再不处理我就打12315了"), Tier::Advisor, "legal", "LEGAL_OR_MEDIA_THREAT"),
        (Inquiry::new("有人冒充你们客服让我转账"), Tier::Advisor, "security", "FRAUD"),
        (Inquiry::new("我要投诉你们"), Tier::Advisor, "after-sales", "COMPLAINT"),
        (plain(), Tier::Assisted, "logistics", "DEGRADED"),
        (plain().customer(customer(|it| it.kol = true)), Tier::Advisor, "koc", "KOL"),
        (plain().customer(customer(|it| it.value = Some(CustomerValue::High))), Tier::Advisor, "vip", "HIGH_VALUE"),
        (plain().customer(customer(|it| it.prefers_human = true)), Tier::Advisor, "general", "PREFERS_HUMAN"),
        (plain().customer(customer(|it| it.contacts_24h = 3)), Tier::Assisted, "logistics", "THIRD_CONTACT"),
        (plain().conversation(conversation(|it| it.ai_failures = 2)), Tier::Assisted, "logistics", "AI_FAILED_TWICE"),
        (plain().conversation(conversation(|it| it.human_active = true)), Tier::Assisted, "logistics", "HOLD"),
        (plain().channel(Channel::Voice), Tier::Assisted, "logistics", "VOICE"),
    ] {
        let outcome = WORDS.route(&inquiry).unwrap();
        assert!(outcome.tier >= tier, "{}: {outcome:#?}", inquiry.text);
        assert_eq!(outcome.group, group, "{}: {outcome:#?}", inquiry.text);
        assert!(outcome.reasons.iter().any(|reason| reason.code == code), "{}: {code}: {outcome:#?}", inquiry.text);
    }
}

#[test]
fn a_feeling_that_worsens_and_a_question_asked_again_are_seen() {
    let turns = vec![Turn::new(Speaker::Customer, "什么时候发货呀"), Turn::new(Speaker::Ai, "亲，请耐心等待")];
    let inquiry = Inquiry::new("什么时候发货！垃圾店骗子").conversation(conversation(|it| it.turns = turns.clone()));
    let outcome = WORDS.route(&inquiry).unwrap();
    assert_eq!(outcome.emotion.trend, Trend::Worse, "{outcome:#?}");
    assert!(outcome.reasons.iter().any(|reason| reason.code == "EMOTION_RISING" && reason.because.contains("平静")));

    let inquiry = Inquiry::new("什么时候发货").conversation(conversation(|it| it.turns = turns));
    let outcome = WORDS.route(&inquiry).unwrap();
    assert!(outcome.reasons.iter().any(|reason| reason.code == "REPEATED_QUESTION"), "{outcome:#?}");
}

#[test]
fn the_same_inquiry_gets_the_same_decision() {
    let mut inquiry = Inquiry::new("少发了一件，我要投诉");
    inquiry.received_at = Some("2026-11-11T00:00:00Z".parse().unwrap());
    let decide = || {
        let mut outcome = WORDS.route(&inquiry).unwrap();
        outcome.decision_id.clear();
        outcome.took = std::time::Duration::ZERO;
        outcome.stages = fenliu::Stages::default();
        outcome
    };
    assert_eq!(decide(), decide());
}
