//! Reads what rules may name: groups, transfers, promises.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use super::super::sheet::{Fields, Node};
use super::super::{Promise, Subject, SubjectKind};
use super::{Names, Parsing};

impl Parsing<'_> {
    /// `[groups]`: an id with its name for people, or a table with `zh` and `answers_within`.
    pub(super) fn groups(&mut self, root: &mut Fields<'_>) -> (Names, BTreeMap<Arc<str>, Duration>) {
        let (mut names, mut within) = (Names::new(), BTreeMap::new());
        let Some(table) = root.need("groups", self.sheet).and_then(|node| node.fields(self.sheet)) else {
            return (names, within);
        };
        for (id, node) in table.entries() {
            let id: Arc<str> = id.into();
            if node.is_text() {
                names.extend(node.text(self.sheet).map(|zh| (id, zh.into())));
                continue;
            }
            let Some(mut fields) = node.fields(self.sheet) else { continue };
            let zh = fields.need("zh", self.sheet).and_then(|node| node.text(self.sheet));
            let time = fields.need("answers_within", self.sheet).and_then(|node| node.duration(self.sheet));
            fields.finish(self.sheet);
            within.extend(time.map(|time| (Arc::clone(&id), time)));
            names.extend(zh.map(|zh| (id, zh.into())));
        }
        (names, within)
    }

    /// A table of ids and their names for people, such as `[transfers]`.
    pub(super) fn declared(&mut self, root: &mut Fields<'_>, key: &'static str) -> Names {
        let Some(fields) = root.need(key, self.sheet).and_then(|node| node.fields(self.sheet)) else {
            return Names::new();
        };
        fields.entries().filter_map(|(id, node)| Some((Arc::from(id), Arc::from(node.text(self.sheet)?)))).collect()
    }

    /// What rows may name, and where it stands; nothing where something is wrong.
    pub(super) fn declarations(&mut self, root: &mut Fields<'_>) -> Vec<(Subject, Range<usize>)> {
        let mut out = Vec::new();
        let tables = [(SubjectKind::Group, "groups"), (SubjectKind::Transfer, "transfers"), (SubjectKind::Sla, "sla")];
        for (kind, key) in tables {
            let table = root.take(key).filter(|_| self.sheet.is_clean());
            let Some(table) = table.and_then(|node| node.fields(self.sheet)) else { continue };
            out.extend(table.entries().map(|(name, node)| (Subject { kind, name: name.into() }, node.span)));
        }
        out
    }

    pub(super) fn promises(&mut self, node: Option<Node<'_>>) -> BTreeMap<String, Promise> {
        let mut out = BTreeMap::new();
        let Some(fields) = node.and_then(|node| node.fields(self.sheet)) else { return out };
        for (name, node) in fields.entries() {
            let Some(mut row) = node.fields(self.sheet) else { continue };
            let mut duration = |key| row.take(key).and_then(|node| node.duration(self.sheet));
            let promise = Promise {
                first_response: duration("first_response"),
                human: duration("human"),
                resolve: duration("resolve"),
            };
            row.finish(self.sheet);
            out.insert(name.to_owned(), promise);
        }
        out
    }
}
