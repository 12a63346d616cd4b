//! What stands on the server: nothing in clear that is an id, nothing without an end, and what others wrote there.

use fenliu::{ConversationStore, Kept, Note, StoreError, StoreKey};

use crate::server::Server;
use crate::{patient, said, store, until, visit};

#[test]
fn no_id_is_kept_in_clear_and_nothing_for_ever() {
    let Some(server) = Server::start(&[]) else { return };
    let mut config = patient(&server);
    config.prefix = "shop".to_owned();
    let store = store(&config);
    let (conversation, customer) = ("conversation-13812345678", "customer-13912345678");
    store.visit(&visit(conversation, &said("在吗")).customer(customer).ai_failures(1)).unwrap();
    store.note(conversation, Note::clarified());
    until("the note", || store.visit(&visit(conversation, &[])).unwrap().clarified == 1);
    // A note on a conversation that has expired stands alone.
    store.note("gone", Note::clarified());
    until("the other note", || server.ask(&["DBSIZE"]) == ["4"]);

    let mut keys = server.ask(&["KEYS", "*"]);
    keys.sort();
    let hash = StoreKey::conversation(conversation);
    let mut expected = vec![
        format!("shop:{{{hash}}}:turns"),
        format!("shop:{{{hash}}}:numbers"),
        format!("shop:{{{}}}:numbers", StoreKey::conversation("gone")),
        format!("shop:{{{}}}:contacts", StoreKey::customer(customer)),
    ];
    expected.sort();
    assert_eq!(keys, expected);
    for key in &keys {
        let left: i64 = server.ask(&["PTTL", key])[0].parse().unwrap();
        assert!(left > 0, "{key} has an end");
        assert!(!key.contains("138") || !key.contains("12345678"));
    }
    assert_eq!(server.ask(&["LRANGE", &expected_turns(hash), "0", "-1"]), ["1c在吗"]);
}

fn expected_turns(hash: StoreKey) -> String {
    format!("shop:{{{hash}}}:turns")
}

#[test]
fn what_another_version_wrote_is_passed_over_and_left_there() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&patient(&server));
    let key = StoreKey::conversation("c");
    let (turns, numbers) = (format!("fenliu:{{{key}}}:turns"), format!("fenliu:{{{key}}}:numbers"));
    server.ask(&["RPUSH", &turns, "2\u{1}new form", "", "1", "1x?", "1c能退吗"]);
    server.ask(&["HSET", &numbers, "moods", "7", "turns", "4", "clarified", "no number"]);
    let kept = store.visit(&visit("c", &said("在吗"))).unwrap();
    assert_eq!((kept.turns.as_slice(), kept.turns_total, kept.clarified), (said("能退吗").as_slice(), 4, 0));
    assert_eq!(server.ask(&["LLEN", &turns]), ["6"], "the other version still reads its own");
    assert_eq!(server.ask(&["HGET", &numbers, "moods"]), ["7"]);
    // A list so long that none of this program wrote it.
    for _ in 0..100 {
        server.ask(&["RPUSH", &turns, "x", "x", "x", "x", "x", "x", "x", "x", "x", "x"]);
    }
    assert_eq!(store.visit(&visit("c", &[])).unwrap().turns, []);
}

#[test]
fn a_foreign_value_under_one_key_is_refused_and_others_go_on() {
    let Some(server) = Server::start(&[]) else { return };
    let mut config = patient(&server);
    config.pause_ms = 60_000;
    let store = store(&config);
    let refused = Err(StoreError::Refused { at: format!("127.0.0.1:{}", server.port), code: "WRONGTYPE".to_owned() });
    for part in ["turns", "numbers"] {
        let conversation = format!("foreign {part}");
        let key = format!("fenliu:{{{}}}:{part}", StoreKey::conversation(&conversation));
        server.ask(&["SET", &key, "not ours"]);
        assert_eq!(store.visit(&visit(&conversation, &said("在吗"))), refused);
        assert_eq!(server.ask(&["GET", &key]), ["not ours"]);
        assert_eq!(server.ask(&["DBSIZE"]), [if part == "turns" { "1" } else { "3" }], "nothing is done by half");
        assert_eq!(store.visit(&visit("another", &[])).map(|kept| kept.turns_total), Ok(0), "no pause");
    }
    let contacts = format!("fenliu:{{{}}}:contacts", StoreKey::customer("u"));
    server.ask(&["SET", &contacts, "not ours"]);
    let kept = store.visit(&visit("c", &said("在吗")).customer("u"));
    assert_eq!(kept, Ok(Kept::default()), "history without a count");
}
