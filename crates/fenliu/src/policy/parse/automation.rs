//! Reads how far each intent may be automated, and how sure is sure enough.

use std::collections::BTreeMap;

use crate::taxonomy::IntentId;
use crate::words::Tier;

use super::super::sheet::{Fields, Node};
use super::super::{Automation, Thresholds, reasons};
use super::Parsing;

impl Parsing<'_> {
    pub(super) fn thresholds(&mut self, node: &Node<'_>) -> Option<Thresholds> {
        let mut fields = node.fields(self.sheet)?;
        let ai = fields.need("ai", self.sheet).and_then(|node| node.share(self.sheet));
        let assisted = fields.need("assisted", self.sheet).and_then(|node| node.share(self.sheet));
        fields.finish(self.sheet);
        let (ai, assisted) = (ai?, assisted?);
        if ai <= assisted {
            self.sheet
                .problem(node, format!("`ai` is {ai} and `assisted` is {assisted}, expected `ai` above `assisted`"));
        }
        Some(Thresholds { ai, assisted })
    }

    /// Every intent must be named once. Without `thresholds`, all else that is wrong is told too.
    pub(super) fn automation(&mut self, node: &Node<'_>, thresholds: Option<Thresholds>) -> Option<Vec<Automation>> {
        let mut fields = node.fields(self.sheet)?;
        let tiers = self.tiers(&mut fields);
        let own = self.own_thresholds(&mut fields);
        fields.finish(self.sheet);
        let mut out = Vec::with_capacity(self.taxonomy.len());
        for (intent, entry) in self.taxonomy.iter() {
            let tier = tiers.get(&intent).copied();
            if tier.is_none() {
                self.sheet.problem(node, format!("intent `{}` is not mentioned", entry.id));
            }
            let tier = tier.unwrap_or(Tier::Advisor);
            out.push(Automation {
                tier,
                thresholds: own.get(&intent).copied().or(thresholds).unwrap_or_default(),
                id: (*entry.id).into(),
                zh: (*entry.zh).into(),
                says: reasons::automation(&entry.zh, tier),
            });
        }
        thresholds.map(|_| out)
    }

    /// What a profile changes of the automation: the intents that it names.
    pub(super) fn changed_automation(&mut self, node: &Node<'_>, intents: &mut [Automation]) {
        let Some(mut fields) = node.fields(self.sheet) else { return };
        let tiers = self.tiers(&mut fields);
        let own = self.own_thresholds(&mut fields);
        fields.finish(self.sheet);
        for (intent, tier) in tiers {
            if let Some(row) = intents.get_mut(usize::from(intent.0)) {
                row.tier = tier;
                row.says = reasons::automation(&row.zh, tier);
            }
        }
        for (intent, thresholds) in own {
            if let Some(row) = intents.get_mut(usize::from(intent.0)) {
                row.thresholds = thresholds;
            }
        }
    }

    fn tiers(&mut self, fields: &mut Fields<'_>) -> BTreeMap<IntentId, Tier> {
        let mut out = BTreeMap::new();
        for tier in Tier::ALL {
            let Some(list) = fields.take(tier.as_str()) else { continue };
            for (node, intent) in self.intent_nodes(&list) {
                if out.insert(intent, *tier).is_some() {
                    self.sheet.problem(&node, "stands twice");
                }
            }
        }
        out
    }

    fn own_thresholds(&mut self, fields: &mut Fields<'_>) -> BTreeMap<IntentId, Thresholds> {
        let mut own = BTreeMap::new();
        let Some(table) = fields.take("thresholds").and_then(|node| node.fields(self.sheet)) else { return own };
        for (name, node) in table.entries() {
            match self.taxonomy.id(name) {
                Some(intent) => own.extend(self.thresholds(&node).map(|thresholds| (intent, thresholds))),
                None => self.sheet.key_problem(&node, self.taxonomy.unknown_intent(name)),
            }
        }
        own
    }
}
