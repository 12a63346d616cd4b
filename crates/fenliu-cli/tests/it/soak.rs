//! Load for a while, with everything that goes wrong in a real house: files that change every second, some of them
//! broken; callers that leave; requests that are no good; connections that are half open.
//!
//! Some seconds by default. As long as it is meant, on an optimised program:
//!
//! ```text
//! cargo build --release && FENLIU_PROGRAM=target/release/fenliu FENLIU_SOAK_SECONDS=1800 \
//!     cargo test -p fenliu-cli --test it soak -- --nocapture
//! ```

mod callers;
mod files;
mod server;

use std::sync::Arc;
use std::time::{Duration, Instant};

use callers::{Counts, Said, call};
use files::{Files, Which};
use server::Server;

/// How many callers call at once.
const CALLERS: u64 = 8;

/// How far the memory may move from what it was after the first minute.
const FLAT: f64 = 0.05;

fn seconds() -> u64 {
    std::env::var("FENLIU_SOAK_SECONDS").map_or(8, |text| text.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn under_load_with_changing_files_nothing_is_lost_or_wrong() {
    let files = Files::new();
    let server = Server::start(&files);
    server.ready().await;
    // What it says of each message by each policy while nothing else goes on.
    let mut said = Said::default();
    for which in [Which::Second, Which::First] {
        files.put(which);
        server.reload().await.unwrap();
        said.ask(&server, which).await;
    }
    let said = Arc::new(said);
    let counts = Arc::new(Counts::default());
    let until = Instant::now() + Duration::from_secs(seconds());
    let callers: Vec<_> = (0..CALLERS)
        .map(|seed| tokio::spawn(call(server.endpoint(), seed, Arc::clone(&said), Arc::clone(&counts), until)))
        .collect();

    let (mut memory, mut changes) = (Vec::new(), 0);
    while Instant::now() < until {
        let next = Instant::now() + Duration::from_secs(1);
        files.change(&server, changes).await;
        changes += 1;
        memory.push(server.memory());
        tokio::time::sleep_until(next.into()).await;
    }
    for caller in callers {
        caller.await.unwrap();
    }

    let metrics = server.metrics();
    let reloads =
        |result: &str| metrics.number(&format!("fenliu_reloads_total{{what=\"engine\",result=\"{result}\"}}"));
    #[expect(clippy::print_stderr, reason = "figures for who asks with --nocapture")]
    {
        eprintln!(
            "{counts:?}\nreloads: {} taken, {} refused; memory in KiB, a figure each second: {memory:?}",
            reloads("ok"),
            reloads("refused")
        );
    }
    assert_eq!(counts.wrong(), Vec::<String>::new());
    assert!(counts.answered() > 100, "{counts:?}");
    assert_eq!(metrics.number("fenliu_panics_total"), 0.0);
    assert!(reloads("ok") >= 2.0);
    assert_eq!(reloads("refused"), f64::from(files.broken()), "each broken file is refused, and nothing else");
    flat(&memory);
    assert_eq!(server.stop(), Some(0));
}

/// After the first minute no minute's mean is further than [`FLAT`] from that of the second; fewer have no say.
fn flat(memory: &[f64]) {
    let means: Vec<f64> = memory.chunks_exact(60).skip(1).map(|minute| minute.iter().sum::<f64>() / 60.0).collect();
    for (minute, mean) in means.iter().enumerate() {
        let moved = mean / means[0] - 1.0;
        assert!(moved.abs() <= FLAT, "in minute {} the memory is {:+.1} %: {means:?}", minute + 2, 100.0 * moved);
    }
}
