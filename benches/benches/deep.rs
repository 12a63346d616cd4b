//! Time of the deep model by length, one caller: `cargo bench --bench deep`.
//!
//! A line for each length: word pieces with both marks, median and least milliseconds of a reading. `benches/peer.py`
//! runs this beside onnxruntime with the same file.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a bench prints its table and may fail loudly"
)]

use std::time::Instant;

use fenliu::{Engine, Inquiry, ModelChoice};

const LENGTHS: [usize; 5] = [8, 16, 20, 32, 48];
const ROUNDS: usize = 60;

fn main() {
    let engine = Engine::embedded(ModelChoice::Deep).unwrap();
    let characters = "我想问一下这个东西什么时候可以发货因为家里急用所以麻烦帮忙看看";
    for tokens in LENGTHS {
        let text: String = characters.chars().cycle().take(tokens - 2).collect();
        let inquiry = Inquiry::new(text);
        let mut times: Vec<f64> = (0..ROUNDS)
            .map(|_| {
                let started = Instant::now();
                assert!(engine.read(&inquiry).unwrap().model.is_ok());
                started.elapsed().as_secs_f64() * 1e3
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!("{tokens} {:.2} {:.2}", times[ROUNDS / 2], times[0]);
    }
}
