//! What a store in this process promises.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::codec::Record;
use super::*;

const HOUR: i64 = 3600;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000).unwrap() + SignedDuration::from_secs(seconds)
}

fn store() -> EmbeddedStore {
    EmbeddedStore::new(StoreLimits::new(10_000_000, Duration::from_secs(3600)))
}

fn said(text: &str) -> [KeptTurn; 1] {
    [KeptTurn::new(Speaker::Customer, text)]
}

fn texts(kept: &Kept) -> Vec<&str> {
    kept.turns.iter().map(|turn| turn.text.as_str()).collect()
}

#[test]
fn a_visit_is_given_what_came_before_it_in_order() {
    let store = store();
    let first = store.visit(&Visit::new("c", &said("什么时候发货"), at(0))).unwrap();
    assert_eq!(first, Kept::default());
    let since = [KeptTurn::new(Speaker::Ai, "今天发"), KeptTurn::new(Speaker::Customer, "都说三天了")];
    let second = store.visit(&Visit::new("c", &since, at(9)).ai_failures(1)).unwrap();
    assert_eq!((texts(&second), second.turns_total, second.ai_failures), (vec!["什么时候发货"], 1, 1));
    let third = store.visit(&Visit::new("c", &said("退款"), at(20))).unwrap();
    assert_eq!(texts(&third), ["什么时候发货", "今天发", "都说三天了"]);
    assert_eq!(third.turns[1].speaker, Speaker::Ai);
    assert_eq!((third.turns_total, third.ai_failures, third.contacts_24h), (3, 1, 0), "failures are not forgotten");
    assert_eq!(store.visit(&Visit::new("another", &said("退款"), at(20))).unwrap().turns, []);
}

#[test]
fn eight_turns_are_kept_and_all_are_counted() {
    let store = store();
    let turns: Vec<KeptTurn> = (0..11).map(|n| KeptTurn::new(Speaker::Customer, n.to_string())).collect();
    for turn in &turns {
        store.visit(&Visit::new("one by one", std::slice::from_ref(turn), at(0))).unwrap();
    }
    store.visit(&Visit::new("at once", &turns, at(0))).unwrap();
    for conversation in ["one by one", "at once"] {
        let kept = store.visit(&Visit::new(conversation, &[], at(0))).unwrap();
        assert_eq!(texts(&kept), ["3", "4", "5", "6", "7", "8", "9", "10"], "{conversation}");
        assert_eq!(kept.turns_total, 11);
    }
}

#[test]
fn a_turn_is_cut_at_a_character() {
    for (text, kept) in [
        ("快".repeat(64), "快".repeat(64)),
        ("快".repeat(65), "快".repeat(64)),
        ("🙏".repeat(900), "🙏".repeat(64)),
        (String::new(), String::new()),
    ] {
        let store = store();
        store.visit(&Visit::new("c", &said(&text), at(0))).unwrap();
        assert_eq!(texts(&store.visit(&Visit::new("c", &[], at(1))).unwrap()), [kept]);
    }
}

#[test]
fn an_idle_conversation_expires_and_a_busy_one_does_not() {
    let store = store();
    for (second, kept) in [(0, 0), (HOUR, 1), (2 * HOUR, 2), (3 * HOUR + 1, 0), (3 * HOUR, 1)] {
        let found = store.visit(&Visit::new("c", &said("在吗"), at(second)).ai_failures(2)).unwrap();
        assert_eq!((found.turns.len(), found.turns_total), (kept, u32::try_from(kept).unwrap()), "after {second} s");
    }
}

#[test]
fn what_has_expired_is_freed_by_later_visits() {
    let store = store();
    for n in 0..3000 {
        store.visit(&Visit::new(&format!("old {n}"), &said("在吗"), at(0)).customer(&n.to_string())).unwrap();
    }
    for n in 0..3000 {
        let now = at(25 * HOUR);
        store.visit(&Visit::new(&format!("new {n}"), &said("在吗"), now).customer(&format!("other {n}"))).unwrap();
    }
    assert_eq!(store.conversations(), 3000);
}

#[test]
fn contacts_are_conversations_begun_within_a_day() {
    let store = store();
    for (conversation, hour, contacts) in [
        ("a", 0, 1),
        ("a", 1, 1),
        ("b", 2, 2),
        ("c", 23, 3),
        ("a", 24, 3),  // exactly a day still counts
        ("d", 25, 3),  // `a` began more than a day ago
        ("a", 26, 4),  // and is a contact again, as is `b` until now
        ("e", 100, 1), // all are past
    ] {
        let visit = Visit::new(conversation, &[], at(hour * HOUR)).customer("u");
        assert_eq!(store.visit(&visit).unwrap().contacts_24h, contacts, "{conversation} after {hour} h");
    }
    assert_eq!(store.visit(&Visit::new("a", &[], at(0)).customer("somebody else")).unwrap().contacts_24h, 1);
}

#[test]
fn a_customer_of_many_conversations_stays_bounded() {
    let store = store();
    let mut last = 0;
    for n in 0..100 {
        let conversation = n.to_string();
        last = store.visit(&Visit::new(&conversation, &[], at(n)).customer("u")).unwrap().contacts_24h;
    }
    assert_eq!(last as usize, MAX_CONTACTS);
}

#[test]
fn a_note_is_told_to_later_visits_and_counted_where_it_is_lost() {
    let store = store();
    store.visit(&Visit::new("c", &said("那个"), at(0))).unwrap();
    store.note("c", Note::clarified());
    store.note("c", Note::default());
    let kept = store.visit(&Visit::new("c", &said("就是那个"), at(1))).unwrap();
    assert_eq!((kept.clarified, texts(&kept)), (1, vec!["那个"]));
    assert_eq!(store.lost_notes(), 0);
    store.note("never seen", Note::clarified());
    assert_eq!(store.lost_notes(), 1);
}

#[test]
fn the_bound_holds_and_the_coldest_go_first() {
    let store = EmbeddedStore::new(StoreLimits::new(1_000_000, Duration::from_secs(3600)));
    let text = "这款面霜敏感肌能用吗";
    for n in 0..20_000 {
        store.visit(&Visit::new(&n.to_string(), &said(text), at(n)).customer(&format!("u{}", n / 2))).unwrap();
        store.visit(&Visit::new("warm", &said(text), at(n))).unwrap();
        assert!(n % 100 != 0 || store.bytes() <= 1_000_000, "{} bytes", store.bytes());
    }
    let held = store.conversations();
    assert!((2000..10_000).contains(&held), "{held}");
    assert_eq!(store.visit(&Visit::new("warm", &[], at(20_000))).unwrap().turns.len(), KEPT_TURNS);
    assert_eq!(store.visit(&Visit::new("19999", &[], at(20_000))).unwrap().turns.len(), 1);
    assert_eq!(store.visit(&Visit::new("0", &[], at(20_000))).unwrap().turns.len(), 0, "evicted");
}

#[test]
fn a_store_without_room_keeps_nothing_and_goes_on() {
    let store = EmbeddedStore::new(StoreLimits::new(0, Duration::ZERO));
    for _ in 0..3 {
        let kept = store.visit(&Visit::new("c", &said("在吗"), at(0)).customer("u")).unwrap();
        assert_eq!((kept.turns.len(), kept.contacts_24h, store.bytes()), (0, 1, 0));
    }
}

#[test]
fn eight_threads_at_once_lose_nothing() {
    let store = store();
    let seen: Vec<u32> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let mut seen = Vec::new();
                    for _ in 0..500 {
                        seen.push(store.visit(&Visit::new("c", &said("在吗"), at(0))).unwrap().turns_total);
                        store.note("c", Note::clarified());
                    }
                    seen
                })
            })
            .collect();
        let mut all: Vec<u32> = threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect();
        all.sort_unstable();
        all
    });
    assert_eq!(seen, (0..4000).collect::<Vec<u32>>(), "each visit saw a number of turns of its own");
    let kept = store.visit(&Visit::new("c", &[], at(0))).unwrap();
    assert_eq!((kept.turns_total, kept.clarified), (4000, 4000));
}

#[test]
fn a_key_hides_its_id_and_tells_kinds_apart() {
    let key = StoreKey::conversation("13812345678");
    assert_eq!(key.to_string().len(), 32);
    assert!(!key.to_string().contains("13812345678"));
    assert_ne!(key, StoreKey::customer("13812345678"));
    assert_ne!(key, StoreKey::conversation("13812345679"));
    // What is written must be found by every later version: this value must never change.
    assert_eq!(StoreKey::conversation("c-1").to_string(), "d682c892f80093f444f02ee5a77b180b");
}

fn turn() -> impl Strategy<Value = (Speaker, String)> {
    (prop::sample::select(Speaker::ALL), "\\PC{0,70}")
}

proptest! {
    #[test]
    fn what_is_encoded_is_decoded(
        seen: u32, turns_total: u32, clarified: u32, ai_failures: u32, turns in prop::collection::vec(turn(), 0..9),
    ) {
        let turns = turns.iter().map(|(speaker, text)| (*speaker, text.as_str())).collect();
        let record = Record { seen, turns_total, clarified, ai_failures, turns };
        let bytes = record.encode();
        prop_assert_eq!(Record::decode(&bytes), Some(record));
    }

    #[test]
    fn broken_bytes_are_read_as_nothing_or_something_and_never_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..80), turns in prop::collection::vec(turn(), 1..4),
        cut in 0_usize..40, at in 0_usize..200, flip: u8,
    ) {
        Record::decode(&bytes);
        let turns = turns.iter().map(|(speaker, text)| (*speaker, text.as_str())).collect();
        let mut bytes = Record { turns, ..Record::default() }.encode().into_vec();
        let len = bytes.len();
        bytes[at % len] ^= flip;
        bytes.truncate(len.saturating_sub(cut));
        if let Some(record) = Record::decode(&bytes) {
            let again = record.encode();
            prop_assert_eq!(Record::decode(&again), Some(record));
        }
    }

    #[test]
    fn any_conversation_and_any_text_is_kept(id in "\\PC{0,30}", text in "\\PC{0,100}", seconds in any::<i32>()) {
        let store = store();
        store.visit(&Visit::new(&id, &said(&text), at(seconds.into()))).unwrap();
        let kept = store.visit(&Visit::new(&id, &[], at(seconds.into()))).unwrap();
        prop_assert_eq!(&kept.turns[0].text, &text.chars().take(MAX_KEPT_CHARS).collect::<String>());
    }
}
