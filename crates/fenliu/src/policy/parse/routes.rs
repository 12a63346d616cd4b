//! Reads the route rows.

use std::sync::Arc;

use super::super::Route;
use super::super::sheet::{Fields, Node};
use super::super::when::When;
use super::condition::Place;
use super::{Declared, Names, Parsing};
use crate::suggest::suggest;
use crate::words::Vertical;

impl Parsing<'_> {
    /// The rows under `route`. The last of a whole table (`complete`) has no condition; those that a profile puts in
    /// front all have one.
    pub(super) fn routes(&mut self, root: &mut Fields<'_>, known: &mut Declared, complete: bool) -> Vec<Route> {
        let mut out = Vec::new();
        let nodes = self.tables(root, "route");
        let last = if complete { nodes.len().saturating_sub(1) } else { nodes.len() };
        for (index, node) in nodes.iter().enumerate() {
            let Some(mut fields) = node.fields(self.sheet) else { continue };
            let name = fields.need("name", self.sheet).and_then(|node| {
                let name = node.text(self.sheet)?;
                self.unique(name, &node, &mut known.rows);
                Some(name)
            });
            let when = match fields.take("when") {
                Some(condition) if index == last => {
                    self.sheet
                        .problem(&condition, "the last route must have no condition, so that every message has one");
                    None
                }
                Some(condition) => self.condition(&condition, Place::Row),
                None if index < last => {
                    self.sheet
                        .problem(node, "only the last route may have no condition: the rows below are never reached");
                    None
                }
                None => Some(When::default()),
            };
            let group = fields.need("group", self.sheet).and_then(|node| self.defined(&node, &known.groups, "group"));
            let by_vertical =
                fields.take("by_vertical").map(|node| self.by_vertical(&node, &known.groups)).unwrap_or_default();
            let transfer =
                fields.take("transfer_to").and_then(|node| self.defined(&node, &known.transfers, "transfer"));
            let priority = self.priority(&mut fields);
            let promise = fields.need("sla", self.sheet).and_then(|node| {
                let name = node.text(self.sheet)?;
                let promise = known.promises.get(name).copied();
                if promise.is_none() {
                    let near = suggest(name, known.promises.keys().map(String::as_str));
                    self.sheet.problem(&node, format!("unknown sla `{name}`{near}"));
                }
                Some((name, promise?))
            });
            fields.finish(self.sheet);
            let route = (|| {
                let (sla, promise) = promise?;
                Some(Route {
                    name: name?.into(),
                    when: when?,
                    group: group?,
                    by_vertical,
                    transfer_to: transfer,
                    priority: priority?,
                    sla: sla.into(),
                    promise,
                })
            })();
            out.extend(route);
        }
        if complete && nodes.is_empty() {
            self.sheet.note(0..0, "", "`route` is missing: expected at least one, the last without a condition");
        }
        out
    }

    fn by_vertical(&mut self, node: &Node<'_>, groups: &Names) -> Vec<(Vertical, Arc<str>)> {
        let Some(fields) = node.fields(self.sheet) else { return Vec::new() };
        let mut out = Vec::new();
        for (name, node) in fields.entries() {
            match Vertical::named(name) {
                Some(vertical) => out.extend(self.defined(&node, groups, "group").map(|group| (vertical, group))),
                None => {
                    let near = suggest(name, Vertical::ALL.iter().map(|vertical| vertical.as_str()));
                    self.sheet.key_problem(&node, format!("unknown vertical `{name}`{near}"));
                }
            }
        }
        out
    }

    fn defined(&mut self, node: &Node<'_>, names: &Names, what: &str) -> Option<Arc<str>> {
        let name = node.text(self.sheet)?;
        let found = names.get_key_value(name).map(|(id, _)| Arc::clone(id));
        if found.is_none() {
            let near = suggest(name, names.keys().map(|id| &**id));
            self.sheet.problem(node, format!("unknown {what} `{name}`{near}"));
        }
        found
    }
}
