//! A shop's own policy: `cargo run --release -p fenliu-examples --example own_policy`. From a file it would be
//! `Source::embedded().policy("shop.toml").load(ModelChoice::Cascade)`.
#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use fenliu::{Engine, Inquiry, LoadError, ModelChoice, Parts};

/// One product is paused: nobody knows yet when it is sent, so a person checks what the AI says of it.
const PAUSED: &str = r#"
[[floor]]
name = "charger-8812"
tier = "assisted"
code = "PRODUCT_PAUSED"
because = "该商品发货时间未定，AI 的回答需人工核对"
when = { label = "product:8812" }

[[case]]
name = "questions about the charger are checked"
given = { intent = "ship_time", label = "product:8812" }
expect = { tier = "assisted", codes = ["PRODUCT_PAUSED"] }
"#;

/// Loads the default policy with one more floor, and shows what becomes of one with a mistake.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let engine = load(PAUSED)?;
    for label in ["product:8812", "product:8813"] {
        let outcome = engine.route(&Inquiry::new("什么时候发货").label(label))?;
        let because: Vec<&str> = outcome.reasons.iter().map(|reason| reason.because.as_str()).collect();
        println!("{label}: {} → {}, {}", outcome.tier, outcome.group, because.join("；"));
    }
    if let Err(error) = load(&PAUSED.replace("\"assisted\"", "\"asisted\"")) {
        println!("{error}");
    }
    Ok(())
}

fn load(more: &str) -> Result<Engine, LoadError> {
    let mut parts = Parts::embedded();
    let policy = [parts.policy.1, more].concat();
    parts.policy = ("shop.toml", &policy);
    parts.build(ModelChoice::Fast)
}
