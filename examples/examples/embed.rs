//! Embeds the engine: `cargo run --release -p fenliu-examples --example embed`.
#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use fenliu::{Channel, Engine, Inquiry, ModelChoice};

/// Routes two messages and prints why.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::embedded(ModelChoice::Cascade)?;
    for text in ["什么时候发货", "我用了你们的面霜脸上起红疹了，怎么办"] {
        let outcome = engine.route(&Inquiry::new(text).channel(Channel::Chat))?;
        println!("{text}\n  {} → {}", outcome.tier, outcome.group);
        for reason in &outcome.reasons {
            println!("  {}: {}", reason.code, reason.because);
        }
    }
    Ok(())
}
