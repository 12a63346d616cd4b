//! Callers of all kinds, and what they are told.

use std::collections::HashMap;
use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fenliu_client::wire::route_result::Result as Item;
use fenliu_client::wire::route_stream_response::Result as Answer;
use fenliu_client::wire::router_client::RouterClient;
use fenliu_client::wire::{
    Inquiry, Outcome, RouteBatchRequest, RouteError, RouteRequest, RouteStreamRequest, route_error,
};
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::files::Which;
use super::server::Server;

const CORPUS: &str = include_str!("../../../../../benches/corpus.jsonl");
const MESSAGES: usize = 200;
/// A fixed moment, so that what is promised is always the same.
const RECEIVED: i64 = 1_760_000_000;

/// What the service says of each message, by the revision of the policy.
#[derive(Debug, Default)]
pub(super) struct Said {
    texts: Vec<String>,
    by_policy: HashMap<String, Vec<Outcome>>,
}

/// What came of all calls.
#[derive(Debug, Default)]
pub(super) struct Counts {
    answered: AtomicU64,
    left: AtomicU64,
    broken: AtomicU64,
    refused: AtomicU64,
    wrong: Mutex<Vec<String>>,
}

impl Said {
    pub(super) async fn ask(&mut self, server: &Server, which: Which) {
        let rows = CORPUS.lines().take(MESSAGES).map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
        self.texts = rows.map(|row| row["text"].as_str().unwrap().to_owned()).collect();
        let mut router = RouterClient::connect(server.endpoint()).await.unwrap();
        let mut outcomes = Vec::new();
        for text in &self.texts {
            let asked = RouteRequest { inquiry: Some(inquiry(text)) };
            outcomes.push(judged(router.route(asked).await.unwrap().into_inner().outcome.unwrap()));
        }
        let policy = outcomes[0].revision.clone().unwrap().policy;
        assert!(self.by_policy.insert(policy, outcomes).is_none(), "{which:?} is another policy");
        if let [first, second] = self.by_policy.values().collect::<Vec<_>>()[..] {
            let same = first.iter().zip(second).filter(|(first, second)| first.sla == second.sla).count();
            assert!(same < MESSAGES * 3 / 4, "{same} promises are the same by both policies");
        }
    }

    /// What is wrong with an outcome, if anything is.
    fn problem(&self, number: usize, outcome: Outcome) -> Option<String> {
        let found = judged(outcome);
        let policy = found.revision.as_ref().map_or("", |revision| &revision.policy);
        let Some(expected) = self.by_policy.get(policy).map(|outcomes| &outcomes[number]) else {
            return Some(format!("`{policy}` is no policy that was ever whole"));
        };
        (*expected != found).then(|| format!("{}: {found:?}, expected {expected:?}", self.texts[number]))
    }
}

impl Counts {
    pub(super) fn wrong(&self) -> Vec<String> {
        self.wrong.lock().unwrap().clone()
    }

    pub(super) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    fn note(&self, said: &Said, number: usize, outcome: Option<Outcome>) {
        let problem = outcome.map_or(Some("nothing".to_owned()), |outcome| said.problem(number, outcome));
        self.count(problem.map_or(Ok(()), Err));
    }

    fn count(&self, result: Result<(), String>) {
        match result {
            Ok(()) => drop(self.answered.fetch_add(1, Ordering::Relaxed)),
            Err(problem) => self.wrong.lock().unwrap().push(problem),
        }
    }

    /// Whether a call failed only because there was no room, which is said at once.
    fn refused(&self, status: &Status) -> bool {
        let refused = status.code() == Code::ResourceExhausted;
        if refused {
            self.refused.fetch_add(1, Ordering::Relaxed);
        } else {
            self.count(Err(status.to_string()));
        }
        refused
    }
}

/// Calls in many ways until the time is over; every answer is looked at.
pub(super) async fn call(endpoint: String, seed: u64, said: Arc<Said>, counts: Arc<Counts>, until: Instant) {
    let mut router = RouterClient::connect(endpoint.clone()).await.unwrap();
    let mut dice = Dice(seed);
    let mut half_open: Vec<TcpStream> = Vec::new();
    while Instant::now() < until {
        let number = dice.below(said.texts.len());
        match dice.below(100) {
            0 => broken(&mut router, &endpoint, &mut dice, &counts, &mut half_open).await,
            1..=5 => {
                let asked = RouteRequest { inquiry: Some(inquiry(&said.texts[number])) };
                let patience = Duration::from_micros(u64::try_from(dice.below(3000)).unwrap());
                if tokio::time::timeout(patience, router.route(asked)).await.is_err() {
                    counts.left.fetch_add(1, Ordering::Relaxed);
                }
            }
            6..=15 => batch(&mut router, number, &said, &counts).await,
            16..=25 => stream(&mut router, number, &said, &counts).await,
            _ => {
                let asked = RouteRequest { inquiry: Some(inquiry(&said.texts[number])) };
                match router.route(asked).await {
                    Ok(response) => counts.note(&said, number, response.into_inner().outcome),
                    Err(status) if counts.refused(&status) => tokio::time::sleep(Duration::from_millis(10)).await,
                    Err(_) => {}
                }
            }
        }
    }
}

/// Requests that are no good, and connections that say nothing.
async fn broken(
    router: &mut RouterClient<Channel>,
    endpoint: &str,
    dice: &mut Dice,
    counts: &Counts,
    half_open: &mut Vec<TcpStream>,
) {
    counts.broken.fetch_add(1, Ordering::Relaxed);
    let address = endpoint.trim_start_matches("http://");
    let (asked, field) = match dice.below(5) {
        0 => (inquiry(""), "inquiry.text"),
        1 => (inquiry(&"长".repeat(4000)), "inquiry.text"),
        2 => (Inquiry { channel: 99, ..inquiry("在吗") }, "inquiry.channel"),
        3 => {
            let mut at = TcpStream::connect(address).unwrap();
            at.write_all(b"GET / HTTP/1.1\r\n\r\nPRI").unwrap();
            return;
        }
        _ => {
            half_open.truncate(8);
            half_open.push(TcpStream::connect(address).unwrap());
            return;
        }
    };
    match router.route(RouteRequest { inquiry: Some(asked) }).await {
        Err(status) if status.code() == Code::InvalidArgument && status.message().starts_with(field) => {
            counts.count(Ok(()));
        }
        Err(status) if status.code() == Code::ResourceExhausted => {
            counts.refused(&status);
        }
        other => counts.count(Err(format!("{field}: {other:?}"))),
    }
}

async fn batch(router: &mut RouterClient<Channel>, first: usize, said: &Said, counts: &Counts) {
    let numbers: Vec<usize> = (0..20).map(|next| (first + next) % said.texts.len()).collect();
    let mut inquiries: Vec<Inquiry> = numbers.iter().map(|number| inquiry(&said.texts[*number])).collect();
    inquiries.insert(7, inquiry(""));
    let response = match router.route_batch(RouteBatchRequest { inquiries }).await {
        Ok(response) => response.into_inner(),
        Err(status) => {
            counts.refused(&status);
            return;
        }
    };
    let mut results = response.results;
    counts.count(match results.remove(7).result {
        Some(Item::Error(error)) if error.message.starts_with("inquiry.text") || full(&error) => Ok(()),
        other => Err(format!("an empty text in a batch: {other:?}")),
    });
    for (number, result) in numbers.into_iter().zip(results) {
        match result.result {
            Some(Item::Outcome(outcome)) => counts.note(said, number, Some(outcome)),
            Some(Item::Error(error)) if full(&error) => {
                counts.refused.fetch_add(1, Ordering::Relaxed);
            }
            other => counts.count(Err(format!("{other:?}"))),
        }
    }
}

/// Whether the piece of a batch that it stood in found no room.
fn full(error: &RouteError) -> bool {
    error.code() == route_error::Code::ResourceExhausted
}

async fn stream(router: &mut RouterClient<Channel>, first: usize, said: &Said, counts: &Counts) {
    let numbers: Vec<usize> = (0..50).map(|next| (first + next) % said.texts.len()).collect();
    let requests: Vec<RouteStreamRequest> = numbers
        .iter()
        .map(|number| RouteStreamRequest {
            request_id: number.to_string(),
            inquiry: Some(inquiry(&said.texts[*number])),
        })
        .collect();
    let mut answers = match router.route_stream(tokio_stream::iter(requests)).await {
        Ok(response) => response.into_inner(),
        Err(status) => {
            counts.refused(&status);
            return;
        }
    };
    let mut open: std::collections::HashSet<usize> = numbers.into_iter().collect();
    loop {
        match answers.message().await {
            Ok(Some(answer)) => {
                let number: usize = answer.request_id.parse().unwrap();
                if !open.remove(&number) {
                    counts.count(Err(format!("{number} is answered twice")));
                }
                match answer.result {
                    Some(Answer::Outcome(outcome)) => counts.note(said, number, Some(outcome)),
                    other => counts.count(Err(format!("{other:?}"))),
                }
            }
            Ok(None) => break,
            Err(status) => {
                counts.count(Err(status.to_string()));
                return;
            }
        }
    }
    for number in open {
        counts.count(Err(format!("{number} is not answered")));
    }
}

fn inquiry(text: &str) -> Inquiry {
    let received_at = Some(prost_types::Timestamp { seconds: RECEIVED, nanos: 0 });
    Inquiry { text: text.to_owned(), received_at, ..Inquiry::default() }
}

/// An outcome without what is never the same twice.
fn judged(outcome: Outcome) -> Outcome {
    Outcome { decision_id: String::new(), took: None, ..outcome }
}

/// Numbers that look random and are the same in every run: SplitMix64 (Steele, Lea and Flood 2014).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }
}
