//! From TOML to a [`Policy`], or to everything that is wrong with it.

mod automation;
mod condition;
mod gray;
mod groups;
mod profile;
mod routes;
mod rules;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use toml::de::DeTable;

use crate::taxonomy::{IntentId, Taxonomy};

use super::believe::{Limits, Repetition};
use super::case::Case;
use super::sheet::{Fields, Node, PolicyError, Sheet};
use super::{Clarify, Policy, Profile, Promise};

impl Policy {
    /// Reads a policy and runs its own cases.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, each with path, line and column: unknown keys and names, missing parts, thresholds
    /// that cross, intents without automation, profiles that would lower a grave floor, and cases that fail.
    pub fn parse(toml: &str, taxonomy: &Taxonomy) -> Result<Self, PolicyError> {
        let policy = Self::parse_cases_unrun(toml, taxonomy)?;
        let mut sheet = Sheet::default();
        for case in policy.cases() {
            let Some(verdict) = case.judge(&policy) else { continue };
            if !verdict.differences.is_empty() {
                sheet.note(case.span(), case.path(), format!("case `{}` fails: {verdict}", case.name()));
            }
        }
        if sheet.is_clean() { Ok(policy) } else { Err(sheet.error(toml)) }
    }

    /// The same without running the cases: for who runs them and tells what is not as expected.
    ///
    /// # Errors
    ///
    /// As [`Policy::parse`], cases that fail aside.
    pub fn parse_cases_unrun(toml: &str, taxonomy: &Taxonomy) -> Result<Self, PolicyError> {
        let mut sheet = Sheet::default();
        let policy = whole(toml, &mut sheet, |root, sheet| Parsing { sheet, taxonomy }.policy(root));
        match policy {
            Some(policy) if sheet.is_clean() => Ok(policy),
            _ => Err(sheet.error(toml)),
        }
    }
}

impl Case {
    /// Reads a file of cases: a TOML file of `[[case]]` tables and nothing else.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, as [`Policy::parse`].
    pub fn parse_file(toml: &str, taxonomy: &Taxonomy) -> Result<Vec<Self>, PolicyError> {
        let mut sheet = Sheet::default();
        let cases = whole(toml, &mut sheet, |mut root, sheet| {
            let cases = Parsing { sheet, taxonomy }.cases(&mut root);
            root.finish(sheet);
            Some(cases)
        });
        match cases {
            Some(cases) if sheet.is_clean() => Ok(cases),
            _ => Err(sheet.error(toml)),
        }
    }
}

/// Reads the document; `read` is not asked where it is no TOML.
fn whole<T>(toml: &str, sheet: &mut Sheet, read: impl FnOnce(Fields<'_>, &mut Sheet) -> Option<T>) -> Option<T> {
    let (document, errors) = DeTable::parse_recoverable(toml);
    for error in errors {
        sheet.note(error.span().unwrap_or_default(), "", error.message());
    }
    if !sheet.is_clean() {
        return None;
    }
    // What is wrong with the file as a whole stands nowhere in it.
    read(Fields::root(document.get_ref(), 0..0), sheet)
}

pub(super) struct Parsing<'a> {
    pub(super) sheet: &'a mut Sheet,
    pub(super) taxonomy: &'a Taxonomy,
}

/// Ids with their names for people.
type Names = BTreeMap<Arc<str>, Arc<str>>;

/// What rules may name.
struct Declared {
    groups: Names,
    answers_within: BTreeMap<Arc<str>, Duration>,
    transfers: Names,
    promises: BTreeMap<String, Promise>,
    /// The names of rules seen so far.
    rules: Vec<String>,
    rows: Vec<String>,
}

impl Parsing<'_> {
    fn policy(&mut self, mut root: Fields<'_>) -> Option<Policy> {
        if let Some(node) = root.need("version", self.sheet)
            && node.count(self.sheet).is_some_and(|version| version != 1)
        {
            self.sheet.problem(&node, "expected version 1");
        }
        let repetition = root.need("repetition", self.sheet).and_then(|node| self.repetition(&node));
        let believe = root.need("believe", self.sheet).and_then(|node| self.believe(&node, repetition));
        let clarify = root.need("clarify", self.sheet).and_then(|node| self.clarify(&node));
        let thresholds = root.need("thresholds", self.sheet).and_then(|node| self.thresholds(&node));
        let intents = root.need("automation", self.sheet).and_then(|node| self.automation(&node, thresholds));
        let (groups, answers_within) = self.groups(&mut root);
        let transfers = self.declared(&mut root, "transfers");
        let promises = root.need("sla", self.sheet);
        let promises = self.promises(promises);
        let mut known = Declared { groups, answers_within, transfers, promises, rules: Vec::new(), rows: Vec::new() };

        let steps = self.steps(&mut root, &mut known);
        let floors = self.floors(&mut root, &mut known);
        let queue = self.queue(&mut root, &mut known);
        let routes = self.routes(&mut root, &mut known, None);
        let complete = believe.is_some() && clarify.is_some() && intents.is_some();
        // What is wrong has a stand-in, so that all the rest is read too; then no policy comes of it.
        let normal = Profile {
            name: Policy::NORMAL.into(),
            parent: None,
            promises: BTreeMap::new(),
            zh: "日常".into(),
            believe: believe.unwrap_or_default(),
            clarify: clarify.unwrap_or_default(),
            intents: intents.unwrap_or_default(),
            sheds: Vec::new(),
            floors,
            steps,
            queue,
            routes,
        };
        let profiles = root.take("profile");
        let others = self.profiles(profiles.as_ref(), &normal, &mut known);
        let candidacy = self.candidacy(&mut root);
        let cases = self.cases(&mut root);
        let declared = self.declarations(&mut root);
        root.finish(self.sheet);
        complete.then(|| Policy {
            normal,
            others,
            names: known.groups.into_iter().chain(known.transfers).collect(),
            answers_within: known.answers_within,
            declared,
            candidacy,
            cases,
        })
    }

    fn cases(&mut self, root: &mut Fields<'_>) -> Vec<Case> {
        self.tables(root, "case").into_iter().filter_map(|node| self.case(&node)).collect()
    }

    fn believe(&mut self, node: &Node<'_>, repetition: Option<Repetition>) -> Option<Limits> {
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
            repetition: repetition?,
        })
    }

    fn repetition(&mut self, node: &Node<'_>) -> Option<Repetition> {
        let mut fields = node.fields(self.sheet)?;
        let same = fields.need("same", self.sheet).and_then(|node| node.share(self.sheet));
        let shortest = fields.need("shortest", self.sheet).and_then(|node| node.count(self.sheet));
        let mut intents = |key| fields.need(key, self.sheet).map(|node| self.intents(&node));
        let (resolved_by, no_question) = (intents("resolved_by"), intents("no_question"));
        fields.finish(self.sheet);
        Some(Repetition { same: same?, shortest: shortest?, resolved_by: resolved_by?, no_question: no_question? })
    }

    fn clarify(&mut self, node: &Node<'_>) -> Option<Clarify> {
        let mut fields = node.fields(self.sheet)?;
        let times = fields.need("times", self.sheet).and_then(|node| node.count(self.sheet));
        let options = fields.need("options", self.sheet).and_then(|node| {
            let options = node.count(self.sheet)?;
            if !(2..=3).contains(&options) {
                self.sheet.problem(&node, format!("{options} possibilities, expected 2 or 3"));
            }
            usize::try_from(options).ok()
        });
        let at_least = fields.need("at_least", self.sheet).and_then(|node| node.share(self.sheet));
        fields.finish(self.sheet);
        Some(Clarify { times: times?, options: options?, at_least: at_least? })
    }

    /// The tables under a key, as `[[key]]` writes them.
    fn tables<'d>(&mut self, root: &mut Fields<'d>, key: &'static str) -> Vec<Node<'d>> {
        root.take(key).map(|node| node.one_or_many()).unwrap_or_default()
    }

    fn unique(&mut self, name: &str, node: &Node<'_>, names: &mut Vec<String>) {
        if names.iter().any(|known| known == name) {
            self.sheet.problem(node, format!("the name `{name}` stands twice"));
        }
        names.push(name.to_owned());
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
}
