//! What several instances see of one conversation.

use fenliu::{ConversationStore, KEPT_TURNS, Kept, KeptTurn, MAX_CONTACTS, Note, Speaker, Visit};

use crate::server::Server;
use crate::{at, patient, said, store, until, visit};

fn texts(kept: &Kept) -> Vec<&str> {
    kept.turns.iter().map(|turn| turn.text.as_str()).collect()
}

#[test]
fn two_instances_see_one_conversation() {
    let Some(server) = Server::start(&[]) else { return };
    let (one, other) = (store(&patient(&server)), store(&patient(&server)));
    assert_eq!(one.visit(&visit("c", &said("什么时候发货"))).unwrap(), Kept::default());
    let since = [KeptTurn::new(Speaker::Ai, "今天发"), KeptTurn::new(Speaker::Customer, "都说三天了")];
    let second = other.visit(&visit("c", &since).ai_failures(2)).unwrap();
    assert_eq!((texts(&second), second.turns_total, second.ai_failures), (vec!["什么时候发货"], 1, 2));
    let third = one.visit(&visit("c", &said("退款")).ai_failures(1)).unwrap();
    assert_eq!(third.turns, [said("什么时候发货").as_slice(), &since].concat());
    assert_eq!((third.turns_total, third.ai_failures, third.contacts_24h), (3, 2, 0), "the most that was said");
    assert_eq!(other.visit(&visit("another", &said("退款"))).unwrap(), Kept::default());

    one.note("c", Note::clarified());
    one.note("c", Note::default());
    until("the note", || other.visit(&visit("c", &[])).unwrap().clarified == 1);
    assert_eq!(one.lost_notes(), 0);
}

#[test]
fn eight_turns_are_kept_cut_and_all_are_counted() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&patient(&server));
    let long = "快".repeat(100);
    let turns: Vec<KeptTurn> = (0..11).map(|n| KeptTurn::new(Speaker::Agent, format!("{n}{long}"))).collect();
    for turn in &turns {
        store.visit(&visit("one by one", std::slice::from_ref(turn))).unwrap();
    }
    store.visit(&visit("at once", &turns)).unwrap();
    for conversation in ["one by one", "at once"] {
        let kept = store.visit(&visit(conversation, &[])).unwrap();
        assert_eq!(kept.turns.len(), KEPT_TURNS, "{conversation}");
        for (found, sent) in kept.turns.iter().zip(&turns[3..]) {
            assert_eq!((found.speaker, found.text.as_str()), (Speaker::Agent, sent.kept_text()));
        }
        assert_eq!(kept.turns_total, 11);
    }
}

#[test]
fn visits_at_once_each_see_all_before_them() {
    let Some(server) = Server::start(&[]) else { return };
    let stores = [store(&patient(&server)), store(&patient(&server))];
    let mut seen: Vec<(u32, String, Vec<String>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let store = &stores[thread % 2];
                scope.spawn(move || {
                    let visit_one = |n| {
                        let text = format!("{thread}-{n}");
                        let kept = store.visit(&visit("c", &said(&text)).customer("u")).unwrap();
                        assert_eq!(kept.contacts_24h, 1);
                        (kept.turns_total, text, kept.turns.into_iter().map(|turn| turn.text).collect())
                    };
                    (0..100).map(visit_one).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    seen.sort();
    let order: Vec<String> = seen.iter().map(|(_, text, _)| text.clone()).collect();
    for (at, (total, _, before)) in seen.iter().enumerate() {
        assert_eq!(*total as usize, at, "each visit has a place of its own");
        assert_eq!(before, &order[at.saturating_sub(KEPT_TURNS)..at]);
    }
}

#[test]
fn contacts_are_conversations_begun_within_a_day() {
    let Some(server) = Server::start(&[]) else { return };
    let stores = [store(&patient(&server)), store(&patient(&server))];
    for (n, (conversation, hour, contacts)) in
        [("a", 0, 1), ("a", 1, 1), ("b", 2, 2), ("c", 23, 3), ("a", 24, 3), ("d", 25, 3), ("a", 26, 4), ("e", 100, 1)]
            .into_iter()
            .enumerate()
    {
        let visit = Visit::new(conversation, &[], at(hour * 3600)).customer("u");
        assert_eq!(stores[n % 2].visit(&visit).unwrap().contacts_24h, contacts, "{conversation} after {hour} h");
    }
    let many = (0..100).map(|n| {
        let conversation = n.to_string();
        stores[0].visit(&Visit::new(&conversation, &[], at(n)).customer("busy")).unwrap().contacts_24h
    });
    assert_eq!(many.last().unwrap() as usize, MAX_CONTACTS);
}

#[test]
fn an_idle_conversation_expires() {
    let Some(server) = Server::start(&[]) else { return };
    let mut config = patient(&server);
    config.ttl_s = 1;
    let store = store(&config);
    store.visit(&visit("c", &said("在吗")).ai_failures(1)).unwrap();
    until("the expiry", || server.ask(&["DBSIZE"]) == ["0"]);
    assert_eq!(store.visit(&visit("c", &said("在吗"))).unwrap(), Kept::default());
}
