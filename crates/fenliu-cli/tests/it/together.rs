//! Several instances that serve the same conversations, one of which may go.
#![expect(clippy::panic, reason = "a test may fail loudly")]

mod envoy;
mod instance;
#[path = "../../../fenliu-redis/tests/it/server.rs"]
#[expect(dead_code, clippy::print_stderr, reason = "it belongs to the tests of the store, which use all of it")]
mod redis;
mod talk;

use std::sync::Arc;
use std::time::Duration;

use envoy::Envoy;
use fenliu_client::{Client, Options};
use fenliu_redis::{RedisConfig, RedisStore};
use instance::Instance;
use talk::{Kept, Reference, Talk};
use tokio::sync::{Barrier, Mutex, OnceCell, watch};
use tokio::task::JoinSet;

/// Conversations that are begun before an instance goes and ended after it has gone.
const THROUGH: usize = 4;
/// Callers that begin one conversation after the other meanwhile.
const PASSING: usize = 2;
/// One test after the other: two instances and what stands before them are as much as two cores can bear.
static ALONE: Mutex<()> = Mutex::const_new(());

fn client<E: Into<String>>(endpoints: impl IntoIterator<Item = E>) -> Client {
    let mut options = Options::new(endpoints);
    // Until Envoy has seen by its checks that an instance is gone a second may pass.
    (options.timeout, options.attempts) = (Duration::from_secs(60), 12);
    Client::new(&options).unwrap()
}

/// The same store as the instances', but patient.
fn store(server: &redis::Server) -> RedisStore {
    let mut config = RedisConfig::new([server.url()]);
    config.limit_ms = 20_000;
    RedisStore::connect(&config).unwrap()
}

/// What is said of the conversation by one instance that keeps it in its own memory.
async fn reference() -> Arc<Reference> {
    static REFERENCE: OnceCell<Arc<Reference>> = OnceCell::const_new();
    let ask = async || {
        let alone = Instance::start("memory", &[]).await;
        Arc::new(Reference::of(&client([alone.endpoint()])).await)
    };
    Arc::clone(REFERENCE.get_or_init(ask).await)
}

/// Two instances that share a store.
async fn two(url: &str, settings: &[&str]) -> [Instance; 2] {
    tokio::join!(Instance::start(url, settings), Instance::start(url, settings)).into()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_instances_by_turns_are_as_one() {
    let _alone = ALONE.lock().await;
    let Some(server) = redis::Server::start(&[]) else { return };
    let (reference, store) = (reference().await, store(&server));
    let instances = two(&server.url(), &[]).await;
    let clients = instances.each_ref().map(|instance| client([instance.endpoint()]));
    for n in 0..4 {
        let mut talk = Talk::new(format!("by turns {n}"), Kept::Once);
        let mut asked = n;
        while talk.go_on(&clients[asked % 2], &reference).await {
            asked += 1;
        }
        talk.check_whole(&store);
    }
}

/// Whom callers call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Front {
    /// Both instances themselves.
    Client,
    /// Envoy alone.
    Envoy,
}

/// Sends one of two instances a signal while conversations go on: all of them go on, and are heard whole. Does nothing
/// where a program is not installed.
async fn one_goes(front: Front, signal: &str, kept: Kept) {
    let _alone = ALONE.lock().await;
    let Some(server) = redis::Server::start(&[]) else { return };
    let (reference, store) = (reference().await, store(&server));
    // Callers leave by themselves; Envoy has to see by its checks that an instance is going.
    let settings: &[&str] = if front == Front::Envoy { &["--drain-grace", "5s"] } else { &[] };
    let [mut going, staying] = two(&server.url(), settings).await;
    let mut envoy = None;
    if front == Front::Envoy {
        envoy = Envoy::start([going.address(), staying.address()]);
        if envoy.is_none() {
            return;
        }
    }
    let client = envoy
        .as_ref()
        .map_or_else(|| client([going.endpoint(), staying.endpoint()]), |envoy| client([envoy.endpoint()]));

    let (tell, ended) = watch::channel(false);
    let begun = Arc::new(Barrier::new(THROUGH + 1));
    let mut through = JoinSet::new();
    for n in 0..THROUGH {
        let (client, reference, begun, mut ended) =
            (client.clone(), Arc::clone(&reference), Arc::clone(&begun), ended.clone());
        through.spawn(async move {
            let mut talk = Talk::new(format!("through {n}"), kept);
            for turn in 0.. {
                if turn == 2 {
                    begun.wait().await;
                } else if turn == 4 {
                    let _ = ended.wait_for(|ended| *ended).await;
                }
                if !talk.go_on(&client, &reference).await {
                    break;
                }
            }
            talk
        });
    }
    let mut passing = JoinSet::new();
    for n in 0..PASSING {
        let (client, reference, ended) = (client.clone(), Arc::clone(&reference), ended.clone());
        passing.spawn(async move {
            let mut talks = Vec::new();
            for round in 0.. {
                let last = *ended.borrow();
                let mut talk = Talk::new(format!("passing {n}, {round}"), kept);
                while talk.go_on(&client, &reference).await {}
                talks.push(talk);
                if last {
                    break;
                }
            }
            talks
        });
    }
    tokio::select! {
        _ = begun.wait() => {}
        // Before that it ends only where it fails.
        Some(done) = through.join_next() => drop(done.unwrap()),
    }
    going.signal(signal);
    let status = tokio::task::spawn_blocking(move || going.ended()).await.unwrap();
    assert_eq!(status.success(), signal == "-TERM", "{status}");
    tell.send(true).unwrap();

    let passed: Vec<Talk> = passing.join_all().await.into_iter().flatten().collect();
    let went_through = through.join_all().await;
    assert!(went_through.len() == THROUGH && passed.len() >= PASSING);
    passed.iter().chain(&went_through).for_each(|talk| talk.check_whole(&store));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_is_told_to_stop_and_nothing_is_lost() {
    one_goes(Front::Client, "-TERM", Kept::Once).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_is_killed_and_nothing_is_lost() {
    one_goes(Front::Client, "-KILL", Kept::OnceOrTwice).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_behind_envoy_is_told_to_stop_and_nothing_is_lost() {
    one_goes(Front::Envoy, "-TERM", Kept::Once).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_of_two_behind_envoy_is_killed_and_nothing_is_lost() {
    one_goes(Front::Envoy, "-KILL", Kept::OnceOrTwice).await;
}
