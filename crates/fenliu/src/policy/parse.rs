//! From TOML to a [`Policy`], or to everything that is wrong with it.

use std::collections::BTreeMap;
use std::sync::Arc;

use toml::de::DeTable;

use crate::entity::EntityKind;
use crate::suggest::suggest;
use crate::taxonomy::{IntentId, Taxonomy};
use crate::words::{Believed, Channel, CustomerValue, Emotion, Match, Priority, Tier, Trend, Vertical};

use super::believe::Limits;
use super::case::Case;
use super::sheet::{Fields, Node, PolicyError, Sheet};
use super::when::{Test, When};
use super::{Automation, Floor, Policy, Promise, Route, Says, Step, Thresholds};

impl Policy {
    /// Reads a policy and runs its own cases.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with path, line and column: unknown keys and names, missing parts, thresholds
    /// that cross, intents without automation, and cases that fail.
    pub fn parse(toml: &str, taxonomy: &Taxonomy) -> Result<Self, PolicyError> {
        let mut sheet = Sheet::default();
        let (document, errors) = DeTable::parse_recoverable(toml);
        for error in errors {
            sheet.note(error.span().map_or(0, |span| span.start), "", error.message());
        }
        if !sheet.is_clean() {
            return Err(sheet.error(toml));
        }
        let root = Fields::root(document.get_ref(), document.span());
        let parsed = Parsing { sheet: &mut sheet, taxonomy }.policy(root);
        match parsed {
            Some((policy, cases)) if sheet.is_clean() => {
                for case in cases {
                    if let Err(problem) = case.run(&policy) {
                        sheet.note(case.at, &case.path, problem);
                    }
                }
                if sheet.is_clean() { Ok(policy) } else { Err(sheet.error(toml)) }
            }
            _ => Err(sheet.error(toml)),
        }
    }
}

pub(super) struct Parsing<'a> {
    pub(super) sheet: &'a mut Sheet,
    pub(super) taxonomy: &'a Taxonomy,
}

/// Ids with their names for people.
type Names = BTreeMap<Arc<str>, Arc<str>>;

impl Parsing<'_> {
    fn policy(&mut self, mut root: Fields<'_>) -> Option<(Policy, Vec<Case>)> {
        if let Some(node) = root.need("version", self.sheet)
            && node.count(self.sheet).is_some_and(|version| version != 1)
        {
            self.sheet.problem(&node, "expected version 1");
        }
        let believe = root.need("believe", self.sheet);
        let believe = believe.and_then(|node| self.believe(&node));
        let thresholds = root.need("thresholds", self.sheet).and_then(|node| self.thresholds(&node));
        let intents = root.need("automation", self.sheet).and_then(|node| self.automation(&node, thresholds?));
        let groups = self.declared(&mut root, "groups");
        let transfers = self.declared(&mut root, "transfers");
        let promises = self.promises(&mut root);

        let mut names = Vec::new();
        let steps = self.rules(&mut root, "step", &mut names, |parsing, fields, says| {
            Some(Step { says, when: parsing.needed_condition(fields)? })
        });
        let floors = self.rules(&mut root, "floor", &mut names, |parsing, fields, says| {
            let tier = fields.need("tier", parsing.sheet)?.name("tier", Tier::ALL, Tier::as_str, parsing.sheet);
            Some(Floor { says, when: parsing.needed_condition(fields)?, tier: tier? })
        });
        let routes = self.routes(&mut root, &groups, &transfers, &promises);
        let cases = self.tables(&mut root, "case").into_iter().filter_map(|node| self.case(&node)).collect();
        root.finish(self.sheet);
        Some((
            Policy {
                believe: believe?,
                intents: intents?,
                steps,
                floors,
                routes,
                names: groups.into_iter().chain(transfers).collect(),
            },
            cases,
        ))
    }

    fn believe(&mut self, node: &Node<'_>) -> Option<Limits> {
        let mut fields = node.fields(self.sheet)?;
        let mut share = |key| fields.need(key, self.sheet).and_then(|node| node.share(self.sheet));
        let (model, lexicon, ambiguous, also) = (share("model"), share("lexicon"), share("ambiguous"), share("also"));
        let foreign = share("foreign");
        let mut intents = |key| fields.need(key, self.sheet).map(|node| self.intents(&node));
        let (unclear, out_of_scope) = (intents("unclear"), intents("out_of_scope"));
        fields.finish(self.sheet);
        Some(Limits {
            model: model?,
            lexicon: lexicon?,
            ambiguous: ambiguous?,
            also: also?,
            unclear: unclear?,
            out_of_scope: out_of_scope?,
            foreign: foreign?,
        })
    }

    fn thresholds(&mut self, node: &Node<'_>) -> Option<Thresholds> {
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

    /// Every intent must be named once.
    fn automation(&mut self, node: &Node<'_>, thresholds: Thresholds) -> Option<Vec<Automation>> {
        let mut fields = node.fields(self.sheet)?;
        let mut rows: Vec<Option<Tier>> = vec![None; self.taxonomy.len()];
        for tier in Tier::ALL {
            let Some(list) = fields.take(tier.as_str()) else { continue };
            for (node, intent) in self.intent_nodes(&list) {
                match rows.get_mut(usize::from(intent.0)) {
                    Some(row @ None) => *row = Some(*tier),
                    _ => self.sheet.problem(&node, "stands twice"),
                }
            }
        }
        let mut own: BTreeMap<IntentId, Thresholds> = BTreeMap::new();
        if let Some(node) = fields.take("thresholds")
            && let Some(table) = node.fields(self.sheet)
        {
            for (name, node) in table.entries() {
                match self.taxonomy.id(name) {
                    Some(intent) => {
                        if let Some(thresholds) = self.thresholds(&node) {
                            own.insert(intent, thresholds);
                        }
                    }
                    None => self.sheet.problem(&node, self.taxonomy.unknown_intent(name)),
                }
            }
        }
        fields.finish(self.sheet);
        let mut out = Vec::with_capacity(rows.len());
        for ((intent, entry), tier) in self.taxonomy.iter().zip(rows) {
            if tier.is_none() {
                self.sheet.problem(node, format!("intent `{}` is not mentioned", entry.id));
            }
            out.push(Automation {
                tier: tier.unwrap_or(Tier::Advisor),
                thresholds: own.get(&intent).copied().unwrap_or(thresholds),
                zh: (*entry.zh).into(),
            });
        }
        Some(out)
    }

    /// A table of ids and their names for people, such as `[groups]`.
    fn declared(&mut self, root: &mut Fields<'_>, key: &'static str) -> Names {
        let Some(fields) = root.need(key, self.sheet).and_then(|node| node.fields(self.sheet)) else {
            return Names::new();
        };
        fields.entries().filter_map(|(id, node)| Some((Arc::from(id), Arc::from(node.text(self.sheet)?)))).collect()
    }

    fn promises(&mut self, root: &mut Fields<'_>) -> BTreeMap<String, Promise> {
        let Some(fields) = root.need("sla", self.sheet).and_then(|node| node.fields(self.sheet)) else {
            return BTreeMap::new();
        };
        let mut out = BTreeMap::new();
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

    fn tables<'d>(&mut self, root: &mut Fields<'d>, key: &'static str) -> Vec<Node<'d>> {
        root.take(key).map(|node| node.one_or_many()).unwrap_or_default()
    }

    fn rules<R>(
        &mut self,
        root: &mut Fields<'_>,
        key: &'static str,
        names: &mut Vec<String>,
        build: impl Fn(&mut Self, &mut Fields<'_>, Says) -> Option<R>,
    ) -> Vec<R> {
        let mut out = Vec::new();
        for node in self.tables(root, key) {
            let Some(mut fields) = node.fields(self.sheet) else { continue };
            let mut text = |key| fields.need(key, self.sheet).and_then(|node| Some((node.text(self.sheet)?, node)));
            let (name, code, because) = (text("name"), text("code"), text("because"));
            if let Some((name, node)) = &name {
                self.unique(name, node, names);
            }
            if let Some((because, node)) = &because {
                self.holes(because, node);
            }
            let says = name.zip(code).zip(because).map(|((name, code), because)| Says {
                rule: name.0.into(),
                code: code.0.into(),
                because: because.0.into(),
            });
            let blank = || Says { rule: "".into(), code: "".into(), because: "".into() };
            out.extend(build(self, &mut fields, says.unwrap_or_else(blank)));
            fields.finish(self.sheet);
        }
        out
    }

    fn unique(&mut self, name: &str, node: &Node<'_>, names: &mut Vec<String>) {
        if names.iter().any(|known| known == name) {
            self.sheet.problem(node, format!("the name `{name}` stands twice"));
        }
        names.push(name.to_owned());
    }

    /// A sentence may have these holes and no others.
    fn holes(&mut self, because: &str, node: &Node<'_>) {
        let rest =
            ["{intent}", "{emotion}", "{before}"].iter().fold(because.to_owned(), |text, hole| text.replace(hole, ""));
        if rest.contains(['{', '}']) {
            self.sheet.problem(node, "unknown hole, expected {intent}, {emotion} or {before}");
        }
    }

    fn routes(
        &mut self,
        root: &mut Fields<'_>,
        groups: &Names,
        transfers: &Names,
        promises: &BTreeMap<String, Promise>,
    ) -> Vec<Route> {
        let mut out = Vec::new();
        let mut names = Vec::new();
        let nodes = self.tables(root, "route");
        let last = nodes.len().saturating_sub(1);
        for (index, node) in nodes.iter().enumerate() {
            let Some(mut fields) = node.fields(self.sheet) else { continue };
            let name = fields.need("name", self.sheet).and_then(|node| {
                let name = node.text(self.sheet)?;
                self.unique(name, &node, &mut names);
                Some(name)
            });
            let when = match fields.take("when") {
                Some(condition) if index == last => {
                    self.sheet
                        .problem(&condition, "the last route must have no condition, so that every message has one");
                    None
                }
                Some(condition) => self.condition(&condition, true),
                None if index < last => {
                    self.sheet
                        .problem(node, "only the last route may have no condition: the rows below are never reached");
                    None
                }
                None => Some(When::default()),
            };
            let group = fields.need("group", self.sheet).and_then(|node| self.defined(&node, groups, "group"));
            let by_vertical =
                fields.take("by_vertical").map(|node| self.by_vertical(&node, groups)).unwrap_or_default();
            let transfer = fields.take("transfer_to").and_then(|node| self.defined(&node, transfers, "transfer"));
            let priority = fields
                .need("priority", self.sheet)
                .and_then(|node| node.name("priority", Priority::ALL, Priority::as_str, self.sheet));
            let promise = fields.need("sla", self.sheet).and_then(|node| {
                let name = node.text(self.sheet)?;
                let promise = promises.get(name).copied();
                if promise.is_none() {
                    let near = suggest(name, promises.keys().map(String::as_str));
                    self.sheet.problem(&node, format!("unknown sla `{name}`{near}"));
                }
                promise
            });
            fields.finish(self.sheet);
            let route = (|| {
                Some(Route {
                    name: name?.into(),
                    when: when?,
                    group: group?,
                    by_vertical,
                    transfer_to: transfer,
                    priority: priority?,
                    promise: promise?,
                })
            })();
            out.extend(route);
        }
        if nodes.is_empty() {
            self.sheet.note(0, "", "`route` is missing: expected at least one, the last without a condition");
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
                    self.sheet.problem(&node, format!("unknown vertical `{name}`{near}"));
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

    pub(super) fn intents(&mut self, node: &Node<'_>) -> Vec<IntentId> {
        self.intent_nodes(node).into_iter().map(|(_, intent)| intent).collect()
    }

    fn intent_nodes<'d>(&mut self, node: &Node<'d>) -> Vec<(Node<'d>, IntentId)> {
        let mut out = Vec::new();
        for node in self.members(node) {
            let Some(name) = node.text(self.sheet) else { continue };
            match self.taxonomy.id(name) {
                Some(intent) => out.push((node, intent)),
                None => self.sheet.problem(&node, self.taxonomy.unknown_intent(name)),
            }
        }
        out
    }

    /// The members of a list that must not be empty: it would never hold.
    fn members<'d>(&mut self, node: &Node<'d>) -> Vec<Node<'d>> {
        let members = node.one_or_many();
        if members.is_empty() {
            self.sheet.problem(node, "is an empty list");
        }
        members
    }

    fn domain(&mut self, node: &Node<'_>) -> Vec<IntentId> {
        let mut out = Vec::new();
        for node in self.members(node) {
            let Some(name) = node.text(self.sheet) else { continue };
            if !self.taxonomy.has_domain(name) {
                self.sheet.problem(&node, self.taxonomy.unknown_domain(name));
            }
            out.extend(self.taxonomy.iter().filter(|(_, intent)| &*intent.domain == name).map(|(id, _)| id));
        }
        out
    }

    fn needed_condition(&mut self, fields: &mut Fields<'_>) -> Option<When> {
        let node = fields.need("when", self.sheet)?;
        self.condition(&node, false)
    }

    /// Reads a condition; only routes may ask for the tier, which floors and steps decide.
    fn condition(&mut self, node: &Node<'_>, in_route: bool) -> Option<When> {
        let mut fields = node.fields(self.sheet)?;
        let mut tests = Vec::new();
        if fields.entries().next().is_none() {
            self.sheet.problem(node, "is empty: it would always hold");
        }
        macro_rules! test {
            ($key:literal, $node:ident => $test:expr) => {
                if let Some($node) = fields.take($key) {
                    tests.extend($test);
                }
            };
            ($key:literal, $what:ident, $test:ident) => {
                if let Some(node) = fields.take($key) {
                    tests.push(Test::$test(node.names($key, $what::ALL, $what::as_str, self.sheet)));
                }
            };
        }
        test!("intent", node => Some(Test::Intent(self.intents(&node))));
        test!("domain", node => Some(Test::Intent(self.domain(&node))));
        test!("grave", node => Some(Test::Grave(self.intents(&node))));
        test!("match", Match, Match);
        test!("emotion", Emotion, Emotion);
        test!("trend", Trend, Trend);
        test!("channel", Channel, Channel);
        test!("value", CustomerValue, Value);
        test!("vertical", Vertical, Vertical);
        test!("believed", Believed, Believed);
        test!("entity", EntityKind, Entity);
        if in_route {
            test!("tier", Tier, Tier);
        }
        test!("kol", node => node.flag(self.sheet).map(Test::Kol));
        test!("prefers_human", node => node.flag(self.sheet).map(Test::PrefersHuman));
        test!("human_active", node => node.flag(self.sheet).map(Test::HumanActive));
        test!("repeated", node => node.flag(self.sheet).map(Test::Repeated));
        test!("degraded", node => node.flag(self.sheet).map(Test::Degraded));
        test!("contacts_24h_at_least", node => node.count(self.sheet).map(Test::ContactsAtLeast));
        test!("ai_failures_at_least", node => node.count(self.sheet).map(Test::AiFailuresAtLeast));
        test!("turns_at_least", node => node.count(self.sheet).map(Test::TurnsAtLeast));
        test!("confidence_below", node => node.share(self.sheet).map(Test::ConfidenceBelow));
        if let Some(node) = fields.take("any") {
            let conditions = node.one_or_many();
            if conditions.is_empty() {
                self.sheet.problem(&node, "is an empty list: it would never hold");
            }
            tests.push(Test::Any(conditions.iter().filter_map(|node| self.condition(node, in_route)).collect()));
        }
        if let Some(node) = fields.take("not") {
            tests.extend(self.condition(&node, in_route).map(Test::Not));
        }
        fields.finish(self.sheet);
        Some(When { tests })
    }
}
