//! Reads the profiles: what changes in one state of the shop, on top of the rest of the file.

use super::super::sheet::{Fields, Node};
use super::super::{Policy, Profile, Thresholds};
use super::{Declared, Parsing};
use crate::suggest::suggest;

impl Parsing<'_> {
    /// `[profile.NAME]` tables. A profile may extend another; the order in the file does not matter.
    pub(super) fn profiles(&mut self, node: Option<&Node<'_>>, normal: &Profile, known: &mut Declared) -> Vec<Profile> {
        let Some(table) = node.and_then(|node| node.fields(self.sheet)) else { return Vec::new() };
        let mut open: Vec<(&str, Node<'_>)> = table.entries().collect();
        let all: Vec<&str> = open.iter().map(|(name, _)| *name).collect();
        let mut done: Vec<Profile> = Vec::new();
        loop {
            let before = open.len();
            let mut later = Vec::new();
            for (name, node) in open {
                let Some(mut fields) = node.fields(self.sheet) else { continue };
                if name == Policy::NORMAL {
                    self.sheet.problem(&node, "`normal` is what the file says outside of profiles");
                    continue;
                }
                let Some(parent) = self.parent(&mut fields, normal, &done, &all) else {
                    later.push((name, node));
                    continue;
                };
                done.extend(self.profile(name, parent, fields, known));
            }
            open = later;
            if open.is_empty() || open.len() == before {
                break;
            }
        }
        for (name, node) in &open {
            self.sheet.problem(node, format!("profile `{name}` extends itself, by way of others or directly"));
        }
        done.sort_by(|a, b| a.name.cmp(&b.name));
        done
    }

    /// The profile that this one starts from; none while that one has not been read.
    fn parent(&mut self, fields: &mut Fields<'_>, normal: &Profile, done: &[Profile], all: &[&str]) -> Option<Profile> {
        let Some(node) = fields.take("extends") else { return Some(normal.clone()) };
        let Some(name) = node.text(self.sheet) else { return Some(normal.clone()) };
        if !all.contains(&name) {
            self.sheet.problem(&node, format!("unknown profile `{name}`{}", suggest(name, all.iter().copied())));
            return Some(normal.clone());
        }
        done.iter().find(|profile| &*profile.name == name).cloned()
    }

    fn profile(
        &mut self,
        name: &str,
        mut profile: Profile,
        mut fields: Fields<'_>,
        known: &mut Declared,
    ) -> Option<Profile> {
        profile.parent = Some(std::mem::replace(&mut profile.name, name.into()));
        let zh = fields.need("zh", self.sheet).and_then(|node| node.text(self.sheet));
        if let Some(node) = fields.take("automation") {
            self.changed_automation(&node, &mut profile.intents);
        }
        if let Some(node) = fields.take("ai_threshold_by")
            && let Some(shift) = node.shift(self.sheet)
        {
            for row in &mut profile.intents {
                let Thresholds { ai, assisted } = row.thresholds;
                // Above `assisted` it stays in every profile, however far it is to come down.
                row.thresholds.ai = (ai + shift).min(1.0).max(assisted.next_up());
            }
        }
        self.without(&mut fields, &mut profile);
        let sla = fields.take("sla");
        let changed = self.promises(sla.clone());
        for name in changed.keys().filter(|name| !known.promises.contains_key(*name)) {
            let table = sla.as_ref().and_then(|node| node.fields(self.sheet));
            if let Some((_, node)) = table.and_then(|table| table.entries().find(|(key, _)| key == name)) {
                let near = suggest(name, known.promises.keys().map(String::as_str));
                self.sheet.key_problem(&node, format!("unknown sla `{name}`{near}"));
            }
        }
        profile.promises.extend(changed);
        let mut routes = self.routes(&mut fields, known, Some(&profile.routes));
        routes.append(&mut profile.routes);
        profile.routes = routes;
        for route in &mut profile.routes {
            route.promise = profile.promises.get(&*route.sla).copied().unwrap_or(route.promise);
        }
        let mut queue = self.queue(&mut fields, known);
        queue.append(&mut profile.queue);
        profile.queue = queue;
        profile.sheds.extend(self.sheds(&mut fields, known));
        profile.floors.extend(self.floors(&mut fields, known));
        profile.steps.extend(self.steps(&mut fields, known));
        fields.finish(self.sheet);
        profile.zh = zh?.into();
        Some(profile)
    }

    /// `without`: the floors and steps that do not hold in this profile; a grave one cannot be among them.
    fn without(&mut self, fields: &mut Fields<'_>, profile: &mut Profile) {
        let Some(list) = fields.take("without") else { return };
        for node in self.members(&list) {
            let Some(name) = node.text(self.sheet) else { continue };
            if profile.floors.iter().any(|floor| floor.grave && &*floor.says.rule == name) {
                self.sheet.problem(&node, format!("the floor `{name}` is grave: it holds in every profile"));
                continue;
            }
            let before = profile.floors.len() + profile.steps.len();
            profile.floors.retain(|floor| &*floor.says.rule != name);
            profile.steps.retain(|step| &*step.says.rule != name);
            if profile.floors.len() + profile.steps.len() == before {
                let floors = profile.floors.iter().map(|floor| &*floor.says.rule);
                let names = floors.chain(profile.steps.iter().map(|step| &*step.says.rule));
                let near = suggest(name, names);
                self.sheet.problem(&node, format!("no floor or step is called `{name}`{near}"));
            }
        }
    }
}
