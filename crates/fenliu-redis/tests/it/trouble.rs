//! Servers that are dead, hang, come back, refuse or ask for a password: no message waits, and none is quoted.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use fenliu::{ConversationStore, Note, StoreError};
use fenliu_redis::{RedisConfig, RedisStore};

use crate::server::Server;
use crate::{patient, said, store, until, visit};

/// Far above the limit of the tests, for a busy machine, and far below waiting for a connection.
const HELD: Duration = Duration::from_millis(900);

fn hasty(url: String) -> RedisConfig {
    let mut config = RedisConfig::new([url]);
    config.limit_ms = 200;
    config.pause_ms = 300;
    config
}

/// Visits, and holds the message no longer than it may.
fn hold(store: &RedisStore) -> Result<u32, StoreError> {
    let start = Instant::now();
    let kept = store.visit(&visit("c-secret-id", &said("我的银行卡号")).customer("u-secret-id"));
    assert!(start.elapsed() < HELD, "held for {:?}: {kept:?}", start.elapsed());
    if let Err(error) = &kept {
        let told = format!("{error} {error:?}");
        assert!(!told.contains("银行") && !told.contains("secret-id"), "{told}");
        assert!(told.contains("127.0.0.1:"), "{told}");
    }
    kept.map(|kept| kept.turns_total)
}

#[test]
fn a_server_that_dies_holds_no_message_and_is_found_again() {
    let Some(mut server) = Server::start(&[]) else { return };
    let store = store(&hasty(server.url()));
    until("a first visit", || hold(&store).is_ok());
    for _ in 0..2 {
        server.kill();
        until("trouble", || hold(&store).is_err());
        for _ in 0..20 {
            assert!(matches!(hold(&store), Err(StoreError::Unavailable { .. } | StoreError::Late { .. })));
        }
        server.restart();
        until("the server to be found again", || hold(&store).is_ok());
    }
}

#[test]
fn a_server_that_is_not_there_at_the_start_is_found_when_it_comes() {
    let Some(mut server) = Server::start(&[]) else { return };
    server.kill();
    let store = store(&hasty(server.url()));
    let at = format!("127.0.0.1:{}", server.port);
    assert_eq!(hold(&store), Err(StoreError::Unavailable { at, what: "connection refused".to_owned() }));
    store.note("c", Note::clarified());
    until("the note to be lost", || store.lost_notes() == 1);
    server.restart();
    until("the server to be found", || hold(&store).is_ok());
}

#[test]
fn a_server_that_accepts_and_never_answers_holds_no_message() {
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let start = Instant::now();
    let store = store(&hasty(format!("redis://{}", silent.local_addr().unwrap())));
    assert!(start.elapsed() < Duration::from_secs(5), "connecting waits a second at most");
    for _ in 0..20 {
        assert!(matches!(hold(&store), Err(StoreError::Unavailable { .. })));
    }
}

#[test]
fn a_server_that_falls_silent_is_late_once_and_then_left_alone() {
    let Some(server) = Server::start(&[]) else { return };
    let mut config = hasty(server.url());
    config.pause_ms = 5_000;
    let store = store(&config);
    until("a first visit", || hold(&store).is_ok());
    server.signal("-STOP");
    let at = format!("127.0.0.1:{}", server.port);
    assert_eq!(hold(&store), Err(StoreError::Late { at: at.clone(), after: Duration::from_millis(200) }));
    let start = Instant::now();
    for _ in 0..100 {
        assert_eq!(
            hold(&store),
            Err(StoreError::Unavailable { at: at.clone(), what: "no answer within 200ms".to_owned() })
        );
    }
    assert!(start.elapsed() < Duration::from_secs(5), "a hundred messages waited for nothing");
    server.signal("-CONT");
    until("the server to be asked again", || hold(&store).is_ok());
}

#[test]
fn notes_that_nobody_takes_are_counted() {
    let Some(server) = Server::start(&[]) else { return };
    let store = store(&hasty(server.url()));
    until("a first visit", || hold(&store).is_ok());
    server.signal("-STOP");
    let start = Instant::now();
    for _ in 0..10_000 {
        store.note("c", Note::clarified());
    }
    assert!(start.elapsed() < HELD, "a note waits for nothing");
    until("all to be counted", || store.lost_notes() == 10_000);
    server.signal("-CONT");
}

#[test]
fn what_a_server_says_of_a_message_is_not_told_on() {
    // Such a server quotes the whole command in its error.
    for missing in ["EVALSHA", "RPUSH"] {
        let Some(server) = Server::start(&["--rename-command", missing, ""]) else { return };
        assert!(matches!(hold(&store(&patient(&server))), Err(StoreError::Refused { .. })), "{missing}");
    }
}

#[test]
fn a_user_and_a_password_are_used_and_never_told() {
    let Some(server) = Server::start(&["--requirepass", "topsecret"]) else { return };
    let with = |who: &str| {
        let mut config = patient(&server);
        config.urls = vec![format!("redis://{who}@127.0.0.1:{}", server.port)];
        config
    };
    for (who, may) in [(":topsecret", true), ("default:topsecret", true), (":topsecret-wrong", false)] {
        let config = with(who);
        let store = store(&config);
        let kept = store.visit(&visit("c", &[]));
        assert_eq!(kept.is_ok(), may, "{who}: {kept:?}");
        let told = format!(
            "{config:?} {store:?} {kept:?} {}",
            kept.as_ref().map_or_else(ToString::to_string, |_| String::new())
        );
        assert!(!told.contains("topsecret"), "{told}");
    }
    let kept = store(&patient(&server)).visit(&visit("c", &[]));
    assert!(kept.is_err(), "without the password");
}
