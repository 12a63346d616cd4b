//! An outcome for a person: Chinese words, with the stable names beside them.

mod explain;

use std::io::{self, Write};

use jiff::Timestamp;

use fenliu::{Believed, Engine, Match, Outcome, Policy, Priority, Tier, Trend, Vertical};

/// `received` is when the message came in: a person reads "within 30 s" faster than a time of day.
pub(crate) fn outcome(out: &mut dyn Write, engine: &Engine, outcome: &Outcome, received: Timestamp) -> io::Result<()> {
    let hold = if outcome.hold { "（人工正在接待，AI 保持沉默）" } else { "" };
    writeln!(out, "接待  {} {}{hold}", tier(outcome.tier), outcome.tier)?;
    if !outcome.clarify.is_empty() {
        writeln!(out, "追问  {}", choices(outcome))?;
    }
    writeln!(out, "意图  {}", intents(engine, outcome))?;
    let trend = match outcome.emotion.trend {
        Trend::Better => "，好转",
        Trend::Same => "",
        Trend::Worse => "，恶化",
    };
    writeln!(
        out,
        "情绪  {} {} {}{trend}",
        outcome.emotion.id.zh(),
        outcome.emotion.id,
        percent(outcome.emotion.confidence)
    )?;
    let name = |id: &str| format!("{} {id}", engine.policy().name_of(id).unwrap_or_default());
    let transfer = outcome.transfer_to.as_ref().map(|to| format!(" → {}", name(to))).unwrap_or_default();
    let trade = outcome.vertical.map(|vertical| format!("（{}）", trade(vertical))).unwrap_or_default();
    writeln!(out, "团队  {}{transfer}，优先级 {}{trade}", name(&outcome.group), priority(outcome.priority))?;
    writeln!(out, "时限  {}", promises(outcome, received))?;
    for (index, reason) in outcome.reasons.iter().enumerate() {
        let label = if index == 0 { "原因" } else { "    " };
        writeln!(out, "{label}  {} [{} · {}]", reason.because, reason.code, reason.rule)?;
    }
    let who = match (outcome.believed, outcome.answered_by) {
        (Believed::Model, Some(model)) => format!("模型 {model}"),
        (Believed::Model, None) => "模型".to_owned(),
        (Believed::Lexicon, _) => "词库".to_owned(),
        (Believed::Nobody, _) => "无".to_owned(),
    };
    let degraded = if outcome.degraded { "，降级" } else { "" };
    let took = outcome.took.as_secs_f64() * 1000.0;
    let profile = profile(engine, outcome);
    writeln!(out, "依据  {who}{degraded}，{profile}{took:.2} 毫秒，版本 {}", outcome.revision.policy)?;
    match &outcome.trace {
        Some(trace) => explain::trace(out, trace),
        None => Ok(()),
    }
}

/// What the AI asks the customer to choose from.
fn choices(outcome: &Outcome) -> String {
    let named: Vec<String> = outcome
        .clarify
        .iter()
        .enumerate()
        .map(|(index, choice)| format!("{}. {} {}", index + 1, choice.zh, choice.id))
        .collect();
    format!("请客户确认：{}", named.join("；"))
}

/// The profile, where it is not the everyday one.
fn profile(engine: &Engine, outcome: &Outcome) -> String {
    let known = engine.policy().profiles().find(|(name, _)| *name == outcome.profile);
    match known {
        Some((name, zh)) if name != Policy::NORMAL => format!("预案 {zh} {name}，"),
        Some(_) | None => String::new(),
    }
}

fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Ai => "AI 直答",
        Tier::Assisted => "AI 辅助、人工核对",
        Tier::Advisor => "专属顾问",
    }
}

fn priority(priority: Priority) -> &'static str {
    match priority {
        Priority::Low => "低",
        Priority::Normal => "普通",
        Priority::High => "高",
        Priority::Urgent => "紧急",
    }
}

fn trade(vertical: Vertical) -> &'static str {
    match vertical {
        Vertical::Beauty => "美妆",
        Vertical::Apparel => "服饰",
        Vertical::Home => "家居",
        Vertical::MotherBaby => "母婴",
        Vertical::Food => "食品",
        Vertical::Electronics => "数码家电",
        Vertical::PersonalCare => "个护",
        Vertical::CrossBorder => "跨境",
    }
}

fn intents(engine: &Engine, outcome: &Outcome) -> String {
    let doubt = match outcome.matched {
        Match::Intent => "",
        Match::Ambiguous => "（两可）",
        Match::Unclear => "（不明）",
        Match::OutOfScope => "（超出范围）",
    };
    let named: Vec<String> = outcome
        .intents
        .iter()
        .enumerate()
        .filter(|(index, intent)| *index == 0 || intent.also || outcome.matched == Match::Ambiguous && *index == 1)
        .map(|(_, intent)| {
            let zh = engine.taxonomy().id(&intent.id).map_or("", |id| &engine.taxonomy().intent(id).zh);
            format!("{zh} {} {}", intent.id, percent(intent.confidence))
        })
        .collect();
    if named.is_empty() { "不明".to_owned() } else { format!("{}{doubt}", named.join(" + ")) }
}

fn promises(outcome: &Outcome, received: Timestamp) -> String {
    let named: Vec<String> =
        [("首次回应", outcome.sla.first_response_by), ("人工", outcome.sla.human_by), ("结案", outcome.sla.resolve_by)]
            .into_iter()
            .filter_map(|(what, at)| {
                at.map(|at| format!("{what} {}（{at}）", within(at.as_second() - received.as_second())))
            })
            .collect();
    if named.is_empty() { "无".to_owned() } else { named.join("，") }
}

fn within(seconds: i64) -> String {
    match seconds {
        ..=120 => format!("{seconds} 秒内"),
        121..=7200 => format!("{} 分钟内", seconds / 60),
        _ => format!("{} 小时内", seconds / 3600),
    }
}

fn percent(share: f32) -> String {
    format!("{:.0}%", share * 100.0)
}
