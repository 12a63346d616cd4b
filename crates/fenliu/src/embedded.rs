//! The files that ship inside the program; nothing but their names stands here.

use crate::lexicon::LexiconSources;
use crate::load::Parts;
use crate::model::ModelSources;

macro_rules! models {
    ($read:ident, $path:literal) => {
        $read!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../models/", $path))
    };
}

pub(crate) fn parts() -> Parts<'static> {
    Parts {
        taxonomy: models!(include_str, "taxonomy.toml"),
        words: models!(include_str, "lexicon/words.txt"),
        lexicon: LexiconSources {
            intents: vec![
                ("account.toml", models!(include_str, "lexicon/intent/account.toml")),
                ("aftersales.toml", models!(include_str, "lexicon/intent/aftersales.toml")),
                ("bias.toml", models!(include_str, "lexicon/intent/bias.toml")),
                ("community.toml", models!(include_str, "lexicon/intent/community.toml")),
                ("logistics.toml", models!(include_str, "lexicon/intent/logistics.toml")),
                ("order.toml", models!(include_str, "lexicon/intent/order.toml")),
                ("payment.toml", models!(include_str, "lexicon/intent/payment.toml")),
                ("presale.toml", models!(include_str, "lexicon/intent/presale.toml")),
                ("risk.toml", models!(include_str, "lexicon/intent/risk.toml")),
                ("social.toml", models!(include_str, "lexicon/intent/social.toml")),
            ],
            emotion: models!(include_str, "lexicon/emotion.toml"),
            vertical: models!(include_str, "lexicon/vertical.toml"),
            allow: models!(include_str, "lexicon/allow.toml"),
            negation: models!(include_str, "lexicon/negation.toml"),
        },
        policy: ("default.toml", models!(include_str, "policy/default.toml")),
        candidate: None,
        models: ModelSources {
            manifest: models!(include_str, "intent/model.toml"),
            fast: models!(include_bytes, "intent/fast.onnx"),
            deep: models!(include_bytes, "intent/deep.onnx"),
            tokenizer: models!(include_bytes, "intent/tokenizer.json"),
            replay: Some(models!(include_str, "intent/replay.jsonl")),
        },
    }
}
