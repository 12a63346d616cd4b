//! The whole way to a decision: `cargo run --release -p fenliu-examples --example explain`.
#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use fenliu::{Engine, Inquiry, ModelChoice, RuleKind};

/// Routes one message and prints what the policy looked at.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = Engine::embedded(ModelChoice::Cascade)?;
    let outcome = engine.route(&Inquiry::new("都三天了，什么时候发货啊").profile("surge").explained())?;
    let trace = outcome.trace.ok_or("an inquiry that asks for it has its trace")?;
    for signal in &trace.signals {
        println!("{:24} {}", signal.name, signal.value);
    }
    for bar in &trace.thresholds {
        println!("{:24} {:.2} against {:.2}, {:+.2}", bar.name, bar.value, bar.limit, bar.distance);
    }
    for rule in trace.rules.iter().filter(|rule| rule.held || rule.kind == RuleKind::Floor) {
        let held = if rule.held { "holds" } else { "does not hold" };
        println!("{} {} {held}, {} → {}", rule.kind, rule.name, rule.before, rule.after);
        for test in &rule.tests {
            println!("    {} is {}, asked for {}", test.key, test.found, test.expected);
        }
    }
    println!("{} → {}", outcome.tier, outcome.group);
    Ok(())
}
