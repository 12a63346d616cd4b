//! Another policy and another profile while serving: `cargo run --release -p fenliu-examples --example hot_reload`.
#![expect(clippy::print_stdout, reason = "an example shows its answer")]

use fenliu::{Engine, Inquiry, Live, LoadError, ModelChoice, Parts};

/// Sets a profile, takes another policy, and is refused a third.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shipped = Parts::embedded().policy.1;
    let live = Live::new(load(shipped)?);
    let show = |when: &str| {
        let outcome = live.route(&Inquiry::new("我要退货"))?;
        println!("{when}: {} → {}, policy {}", outcome.tier, outcome.group, outcome.revision.policy);
        Ok::<_, fenliu::TextError>(())
    };
    show("at first")?;

    live.set_profile("surge")?;
    show("in the rush of a sale")?;

    // Another bar for self-service; whoever has a snapshot of the old engine keeps it to the end.
    let stricter = shipped.replace("confidence_at_least = 0.85", "confidence_at_least = 1.0");
    let revision = live.reload(|| load(&stricter))?;
    show("with a stricter policy")?;
    assert_eq!(live.snapshot().engine.revision(), &revision);

    // What is no good is refused with everything that is wrong with it, and the one in use stays.
    if let Err(error) = live.reload(|| load(&shipped.replace("grave = true", "grave = \"yes\""))) {
        println!("refused: {} problems", error.to_string().lines().count() - 1);
    }
    show("still")?;
    Ok(())
}

fn load(policy: &str) -> Result<Engine, LoadError> {
    let mut parts = Parts::embedded();
    // A shop's own cases would stand at its end; those that ship describe the policy that ships.
    let rules = policy.split("[[case]]").next().unwrap_or(policy);
    parts.policy = ("shop.toml", rules);
    parts.build(ModelChoice::Fast)
}
