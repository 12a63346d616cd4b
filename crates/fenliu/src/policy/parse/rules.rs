//! Reads the rules that speak: what is shed, floors, steps; and the queue.

use super::super::sheet::{Fields, Node};
use super::super::when::When;
use super::super::{Floor, Queue, Says, Shed, Step};
use super::condition::Place;
use super::{Declared, Parsing};
use crate::words::{Priority, Tier};

impl Parsing<'_> {
    pub(super) fn steps(&mut self, root: &mut Fields<'_>, known: &mut Declared) -> Vec<Step> {
        self.rules(root, "step", known, |parsing, fields, says| {
            Some(Step { says, when: parsing.needed_condition(fields)? })
        })
    }

    pub(super) fn sheds(&mut self, root: &mut Fields<'_>, known: &mut Declared) -> Vec<Shed> {
        self.rules(root, "shed", known, |parsing, fields, says| {
            Some(Shed { says, when: parsing.needed_condition(fields)? })
        })
    }

    pub(super) fn floors(&mut self, root: &mut Fields<'_>, known: &mut Declared) -> Vec<Floor> {
        self.rules(root, "floor", known, |parsing, fields, says| {
            let tier = fields.need("tier", parsing.sheet)?.name("tier", Tier::ALL, Tier::as_str, parsing.sheet);
            let grave = fields.take("grave").and_then(|node| node.flag(parsing.sheet)).unwrap_or(false);
            Some(Floor { says, when: parsing.needed_condition(fields)?, tier: tier?, grave })
        })
    }

    pub(super) fn queue(&mut self, root: &mut Fields<'_>, known: &mut Declared) -> Vec<Queue> {
        let mut out = Vec::new();
        for node in self.tables(root, "queue") {
            let Some(mut fields) = node.fields(self.sheet) else { continue };
            let name = fields.need("name", self.sheet).and_then(|node| {
                let name = node.text(self.sheet)?;
                self.unique(name, &node, &mut known.rules);
                Some((name, node.span))
            });
            let when = fields.need("when", self.sheet).and_then(|node| self.condition(&node, Place::Row));
            let priority = self.priority(&mut fields);
            fields.finish(self.sheet);
            out.extend((|| {
                let (name, span) = name?;
                Some(Queue { name: name.into(), span, when: when?, priority: priority? })
            })());
        }
        out
    }

    pub(super) fn priority(&mut self, fields: &mut Fields<'_>) -> Option<Priority> {
        let node = fields.need("priority", self.sheet)?;
        node.name("priority", Priority::ALL, Priority::as_str, self.sheet)
    }

    fn rules<R>(
        &mut self,
        root: &mut Fields<'_>,
        key: &'static str,
        known: &mut Declared,
        build: impl Fn(&mut Self, &mut Fields<'_>, Says) -> Option<R>,
    ) -> Vec<R> {
        let mut out = Vec::new();
        for node in self.tables(root, key) {
            let Some(mut fields) = node.fields(self.sheet) else { continue };
            let mut text = |key| fields.need(key, self.sheet).and_then(|node| Some((node.text(self.sheet)?, node)));
            let (name, code, because) = (text("name"), text("code"), text("because"));
            if let Some((name, node)) = &name {
                self.unique(name, node, &mut known.rules);
            }
            if let Some((because, node)) = &because {
                self.holes(because, node);
            }
            let says = name.zip(code).zip(because).map(|((name, code), because)| Says {
                rule: name.0.into(),
                span: name.1.span,
                code: code.0.into(),
                because: because.0.into(),
            });
            let blank = || Says { rule: "".into(), code: "".into(), because: "".into(), span: 0..0 };
            out.extend(build(self, &mut fields, says.unwrap_or_else(blank)));
            fields.finish(self.sheet);
        }
        out
    }

    /// A sentence may have these holes and no others.
    fn holes(&mut self, because: &str, node: &Node<'_>) {
        let rest =
            ["{intent}", "{emotion}", "{before}"].iter().fold(because.to_owned(), |text, hole| text.replace(hole, ""));
        if rest.contains(['{', '}']) {
            self.sheet.problem(node, "unknown hole, expected {intent}, {emotion} or {before}");
        }
    }

    fn needed_condition(&mut self, fields: &mut Fields<'_>) -> Option<When> {
        let node = fields.need("when", self.sheet)?;
        self.condition(&node, Place::Rule)
    }
}
