//! Reads which candidate is tried beside this policy.

use super::super::gray::{Candidacy, RolloutKey};
use super::super::sheet::Fields;
use super::Parsing;

impl Parsing<'_> {
    /// `[rollout]` or `[shadow]`, not both.
    pub(super) fn candidacy(&mut self, root: &mut Fields<'_>) -> Option<Candidacy> {
        let rollout = root.take("rollout");
        let shadow = root.take("shadow");
        if let (Some(_), Some(shadow)) = (&rollout, &shadow) {
            self.sheet.problem(shadow, "stands beside `rollout`: expected one of the two");
        }
        let node = rollout.as_ref().or(shadow.as_ref())?;
        let mut fields = node.fields(self.sheet)?;
        let candidate = fields.need("candidate", self.sheet).and_then(|node| node.text(self.sheet));
        let candidacy = if rollout.is_some() {
            let percent = fields.need("percent", self.sheet).and_then(|node| node.percent(self.sheet));
            let salt = fields.need("salt", self.sheet).and_then(|node| node.text(self.sheet));
            let key = fields
                .need("key", self.sheet)
                .and_then(|node| node.name("key", RolloutKey::ALL, RolloutKey::as_str, self.sheet));
            (|| {
                Some(Candidacy::Rollout {
                    candidate: candidate?.into(),
                    percent: percent?,
                    salt: salt?.into(),
                    key: key?,
                })
            })()
        } else {
            candidate.map(|candidate| Candidacy::Shadow { candidate: candidate.into() })
        };
        fields.finish(self.sheet);
        candidacy
    }
}
