//! A cluster of three servers: conversations and customers lie on different ones, and one of them may die.

use fenliu::{ConversationStore, Note, StoreError, StoreKey};
use fenliu_redis::RedisConfig;

use crate::server::Server;
use crate::{patient, said, store, until, visit};

/// Three servers, each with a third of the slots.
fn cluster(options: &[&str]) -> Option<Vec<Server>> {
    let options = [&["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"], options].concat();
    let servers: Vec<Server> = (0..3).map_while(|_| Server::start(&options)).collect();
    let [first, ..] = servers.as_slice() else { return None };
    for (server, (from, to)) in servers.iter().zip([("0", "5460"), ("5461", "10922"), ("10923", "16383")]) {
        assert_eq!(server.ask(&["CLUSTER", "ADDSLOTSRANGE", from, to]), ["OK"]);
        assert_eq!(server.ask(&["CLUSTER", "MEET", "127.0.0.1", &first.port.to_string()]), ["OK"]);
    }
    until("the cluster to be whole", || {
        servers.iter().all(|server| {
            let told = server.ask(&["CLUSTER", "INFO"]).join("\n");
            ["cluster_state:ok", "cluster_known_nodes:3", "cluster_slots_assigned:16384"]
                .iter()
                .all(|so| told.contains(so))
        })
    });
    Some(servers)
}

#[test]
fn conversations_and_customers_lie_on_different_servers() {
    let Some(servers) = cluster(&[]) else { return };
    let mut config = patient(&servers[0]);
    config.urls = servers.iter().map(Server::url).collect();
    let (one, other) = (store(&config), store(&config));
    for n in 0..100 {
        let (conversation, customer) = (format!("c{n}"), format!("u{}", n / 2));
        let kept = one.visit(&visit(&conversation, &said("什么时候发货")).customer(&customer)).unwrap();
        assert_eq!((kept.turns_total, kept.contacts_24h), (0, 1 + n % 2));
        one.note(&conversation, Note::clarified());
        let kept = other.visit(&visit(&conversation, &said("退款")).customer(&customer)).unwrap();
        assert_eq!((kept.turns.as_slice(), kept.contacts_24h), (said("什么时候发货").as_slice(), 1 + n % 2));
        until("the note", || other.visit(&visit(&conversation, &[])).unwrap().clarified == 1);
    }
    for server in &servers {
        let keys: u32 = server.ask(&["DBSIZE"])[0].parse().unwrap();
        assert!(keys > 30, "{keys} keys on one of three servers");
    }
    assert_eq!(one.lost_notes(), 0);
}

#[test]
fn a_slot_that_has_moved_is_followed() {
    let Some(servers) = cluster(&[]) else { return };
    let mut config = patient(&servers[0]);
    config.urls = vec![servers[0].url(), servers[1].url()];
    let store = store(&config);
    for n in 0..10 {
        let conversation = format!("c{n}");
        let key = format!("fenliu:{{{}}}:turns", StoreKey::conversation(&conversation));
        let slot = servers[0].ask(&["CLUSTER", "KEYSLOT", &key]).concat();
        let from = owner_of(&slot);
        let to = &servers[(from + 1) % 3];
        let id = to.ask(&["CLUSTER", "MYID"]).concat();
        // The new owner first, so that nobody sends questions back.
        for server in [to, &servers[from], &servers[(from + 2) % 3]] {
            assert_eq!(server.ask(&["CLUSTER", "SETSLOT", &slot, "NODE", &id]), ["OK"]);
        }
        for before in 0..2 {
            let kept = store.visit(&visit(&conversation, &said("在吗")));
            assert_eq!(kept.map(|kept| kept.turns_total), Ok(before), "{conversation}");
        }
    }
}

/// Which of the three servers a slot was given to.
fn owner_of(slot: &str) -> usize {
    match slot.parse::<u16>().unwrap() {
        0..=5460 => 0,
        5461..=10_922 => 1,
        _ => 2,
    }
}

#[test]
fn where_one_server_dies_the_others_go_on_and_it_is_found_again() {
    let Some(mut servers) = cluster(&["--cluster-require-full-coverage", "no"]) else { return };
    let mut config = RedisConfig::new(servers.iter().map(Server::url));
    config.limit_ms = 300;
    config.pause_ms = 300;
    let store = store(&config);
    let answered = || {
        let all: Vec<Result<_, StoreError>> =
            (0..60).map(|n| store.visit(&visit(&format!("c{n}"), &said("在吗")))).collect();
        all.iter().filter(|kept| kept.is_ok()).count()
    };
    until("all to answer", || answered() == 60);
    servers[2].kill();
    until("one to be missed", || answered() < 60);
    until("the others to go on", || (25..60).contains(&answered()));
    servers[2].restart();
    until("all to answer again", || answered() == 60);
}
