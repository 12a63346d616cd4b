//! The reasons that the ladder itself gives, made once.

use std::sync::{Arc, LazyLock};

use crate::words::Tier;

use super::believe::Belief;
use super::{Because, Profile, Says, Thresholds};

/// The rule that these reasons name.
pub(super) const LADDER: &str = "ladder";

/// Reasons without a hole; each is cloned by counting.
pub(super) struct Fixed {
    pub(super) ambiguous: Because,
    pub(super) unclear: Because,
    pub(super) out_of_scope: Because,
    pub(super) clarify: Because,
    pub(super) clarified_before: Because,
    pub(super) unknown_profile: Because,
    pub(super) without_history: Because,
}

pub(super) static FIXED: LazyLock<Fixed> = LazyLock::new(|| Fixed {
    ambiguous: builtin("AMBIGUOUS", "两种意图接近，需人工确认"),
    unclear: builtin("UNCLEAR", "意图不明"),
    out_of_scope: builtin("OUT_OF_SCOPE", "不属于店铺客服范围"),
    clarify: builtin("CLARIFY", "由 AI 先向客户确认所问之事"),
    clarified_before: builtin("CLARIFIED_BEFORE", "已向客户确认过，仍不明确"),
    unknown_profile: builtin("UNKNOWN_PROFILE", "没有这个预案，按当前预案处理"),
    without_history: builtin("WITHOUT_HISTORY", "未能取得此前对话，仅凭本条消息判断"),
});

fn builtin(code: &str, because: &str) -> Because {
    Because { code: code.into(), rule: LADDER.into(), because: because.into() }
}

/// Why an intent has the tier that it has.
pub(super) fn automation(zh: &str, tier: Tier) -> Because {
    let (code, says) = match tier {
        Tier::Ai => ("AUTOMATION_AI", "可由 AI 直接回答"),
        Tier::Assisted => ("AUTOMATION_ASSISTED", "需人工核对 AI 的回答"),
        Tier::Advisor => ("AUTOMATION_ADVISOR", "需专属顾问处理"),
    };
    builtin(code, &format!("“{zh}”{says}"))
}

/// Why the AI does not answer alone what it might.
pub(super) fn below_ai(confidence: f32, thresholds: Thresholds) -> Because {
    static CODE: LazyLock<(Arc<str>, Arc<str>)> = LazyLock::new(|| ("BELOW_AI_THRESHOLD".into(), LADDER.into()));
    let because = format!("把握 {confidence:.2} 低于 AI 直答所需的 {:.2}", thresholds.ai);
    Because { code: Arc::clone(&CODE.0), rule: Arc::clone(&CODE.1), because: because.into() }
}

impl Profile {
    /// Fills the holes of a rule's sentence.
    pub(super) fn because(&self, says: &Says, belief: &Belief) -> Because {
        let because = if says.because.contains('{') {
            let intent = belief.first().map_or("意图不明", |first| &*self.automation(first.intent).zh);
            says.because
                .replace("{intent}", intent)
                .replace("{emotion}", belief.emotion.0.zh())
                .replace("{before}", belief.before.zh())
                .into()
        } else {
            Arc::clone(&says.because)
        };
        Because { code: Arc::clone(&says.code), rule: Arc::clone(&says.rule), because }
    }
}
