//! Rows that no message reaches, and rows that answer the same message differently.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::words::Vertical;

use super::super::trace::RuleKind;
use super::super::when::{Facts, When};
use super::super::{Before, Policy, Route};
use super::{Answer, Checking, Finding, FindingKind, Formula, Found, Place, Seen, SubjectKind, listed, subject};

/// Pairs of route rows that match the same message, by name.
pub(super) type Overlapping = BTreeSet<(Arc<str>, Arc<str>)>;

/// What the checks of rows need of a route or queue row.
struct Row<'a> {
    name: &'a Arc<str>,
    span: &'a std::ops::Range<usize>,
    when: &'a When,
    formula: Formula,
    inherited: bool,
}

impl Checking<'_> {
    /// Checks the rows of routes and of the queue, and notes which routes overlap.
    pub(super) fn rows(&mut self, overlapping: &mut Overlapping) {
        let profile = self.profile;
        let routes: Vec<_> = profile.routes.iter().map(|row| (&row.name, &row.span, &row.when)).collect();
        let queue: Vec<_> = profile.queue.iter().map(|row| (&row.name, &row.span, &row.when)).collect();
        for (kind, rows) in [(SubjectKind::Route, routes), (SubjectKind::Queue, queue)] {
            let rule = if kind == SubjectKind::Route { RuleKind::Route } else { RuleKind::Queue };
            let rows: Vec<Row<'_>> = rows
                .into_iter()
                .map(|(name, span, when)| {
                    let formula = self.space.when(when, Place::Row);
                    Row { name, span, when, formula, inherited: self.inherits(rule, name) }
                })
                .collect();
            for (index, row) in rows.iter().enumerate() {
                self.reachable(kind, row, rows.get(..index).unwrap_or_default());
            }
            if kind == SubjectKind::Route {
                self.overlaps(&rows, overlapping);
            }
        }
    }

    fn reachable(&mut self, kind: SubjectKind, row: &Row<'_>, above: &[Row<'_>]) {
        let passes: Vec<Formula> = above.iter().map(|row| row.formula.not()).collect();
        let mut goals: Vec<&Formula> = passes.iter().collect();
        goals.push(&row.formula);
        let found = |message| Found {
            kind: FindingKind::Unreachable,
            subjects: vec![subject(kind, row.name)],
            span: Some(row.span.clone()),
            message,
        };
        match super::solve::possible(&self.space, &self.laws, &goals) {
            Answer::Found(()) | Answer::Unshown => return,
            Answer::TooLarge => {
                let message = format!("whether {kind} `{}` can be reached", row.name);
                return self.report_shown(found(message), Answer::TooLarge);
            }
            Answer::Never => {}
        }
        if self.never(&[&row.formula]) {
            // Where it came from, this was said already.
            if !row.inherited {
                let why = self.contradiction(row.when, Place::Row);
                self.report(found(format!("{kind} `{}` can never be reached: {why}", row.name)), None);
            }
            return;
        }
        let taking = self.shadow(row, above);
        // What a profile puts in front of the queue is heard first; in front of routes it must say so.
        let on_purpose =
            |taker: &Row<'_>| taker.inherited || kind == SubjectKind::Queue || self.stands_before(taker.name, row.name);
        if row.inherited && taking.iter().all(|taker| on_purpose(taker)) {
            return;
        }
        let shows = |seen: &Seen<'_>| {
            let taken = |facts: Facts<'_>| taking.iter().any(|taker| taker.when.holds(facts));
            seen.requests().into_iter().any(|facts| row.when.holds(facts) && taken(facts))
        };
        let example = self.find(&[&row.formula], shows).found();
        let names = listed(taking.iter().map(|taker| &**taker.name));
        let mut finding = found(format!(
            "{kind} `{}` can never be reached: every message that it matches is taken by {names} above it",
            row.name
        ));
        finding.subjects.extend(taking.iter().map(|taker| subject(kind, taker.name)));
        if example.is_none() {
            finding.message.push_str("; no example of it could be built");
        }
        self.report(finding, example);
    }

    /// Rows above that together take everything, none of which could be left out.
    fn shadow<'r, 's>(&self, row: &Row<'_>, above: &'r [Row<'s>]) -> Vec<&'r Row<'s>> {
        let mut taking: Vec<(&Row<'_>, Formula)> = above.iter().map(|row| (row, row.formula.not())).collect();
        // A profile's own rows stand first: where the others suffice they are left out.
        let mut at = 0;
        while at < taking.len() {
            let others = taking.iter().enumerate().filter(|(index, _)| *index != at).map(|(_, (_, passes))| passes);
            let goals: Vec<&Formula> = others.chain([&row.formula]).collect();
            if self.never(&goals) {
                taking.remove(at);
            } else {
                at += 1;
            }
        }
        taking.into_iter().map(|(row, _)| row).collect()
    }

    fn stands_before(&self, upper: &str, lower: &str) -> bool {
        self.profile.routes.iter().any(|row| &*row.name == upper && row.stands_before(lower))
    }

    /// Why a condition can never hold.
    pub(super) fn contradiction(&self, when: &When, place: Place) -> String {
        let tests: Vec<(&str, Formula)> =
            when.tests.iter().map(|test| (test.key(), self.space.test(test, place))).collect();
        for (key, formula) in &tests {
            if self.never(&[formula]) {
                return format!("its `{key}` can never hold");
            }
        }
        for (index, (key, formula)) in tests.iter().enumerate() {
            for (other, against) in tests.iter().skip(index + 1) {
                if self.never(&[formula, against]) {
                    return format!("its `{key}` and its `{other}` contradict each other");
                }
            }
        }
        format!("its {} contradict each other", listed(tests.iter().map(|(key, _)| *key)))
    }

    fn overlaps(&mut self, rows: &[Row<'_>], overlapping: &mut Overlapping) {
        let routes = &self.profile.routes;
        let passes: Vec<Formula> = rows.iter().map(|row| row.formula.not()).collect();
        let rows: Vec<_> = rows.iter().zip(routes).zip(&passes).collect();
        for (index, ((upper, route), upper_passes)) in rows.iter().enumerate() {
            let above: Vec<&Formula> = passes.iter().take(index).collect();
            let can_be = |more: [&Formula; 2]| {
                let goals: Vec<&Formula> = above.iter().copied().chain(more).collect();
                !self.never(&goals)
            };
            let mut found = Vec::new();
            for ((lower, other), lower_passes) in rows.iter().skip(index + 1) {
                let pair = (Arc::clone(upper.name), Arc::clone(lower.name));
                let named = matches!(&route.before, Before::These(names) if names.contains(lower.name));
                let noted = match route.before {
                    Before::These(_) => overlapping.contains(&pair),
                    Before::Everything => overlapping.iter().any(|(name, _)| name == upper.name),
                };
                if noted || !can_be([&upper.formula, &lower.formula]) {
                    continue;
                }
                // A special case above what is more general is how rows are meant; a lower row all of which the upper
                // takes can never be reached, which is said elsewhere.
                let differ = !route.differences(other).is_empty()
                    && can_be([&upper.formula, lower_passes])
                    && can_be([&lower.formula, upper_passes]);
                if named || differ {
                    overlapping.insert(pair);
                }
                if differ && !route.stands_before(lower.name) {
                    found.push((*lower, *other));
                }
            }
            for (lower, other) in found {
                let goals: Vec<&Formula> = above.iter().copied().chain([&upper.formula, &lower.formula]).collect();
                let shows = |seen: &Seen<'_>| {
                    let both = |facts| upper.when.holds(facts) && lower.when.holds(facts);
                    let passed = |facts| routes.iter().take(index).all(|row| !row.when.holds(facts));
                    seen.requests().into_iter().any(|facts| both(facts) && passed(facts))
                };
                let answer = self.find(&goals, shows);
                let message = format!(
                    "routes `{}` and `{}` both match and answer differently: {}; the upper one wins. Where that is \
                     meant, write `before = [\"{}\"]` into `{}`, else make one condition exclude the other",
                    upper.name,
                    lower.name,
                    route.differences(other).join(", "),
                    lower.name,
                    upper.name
                );
                let subjects = [upper, lower].map(|row| subject(SubjectKind::Route, row.name)).to_vec();
                let span = Some(upper.span.clone());
                self.report_shown(Found { kind: FindingKind::Overlap, subjects, span, message }, answer);
            }
        }
    }
}

impl Route {
    fn stands_before(&self, lower: &str) -> bool {
        match &self.before {
            Before::Everything => true,
            Before::These(names) => names.iter().any(|name| &**name == lower),
        }
    }

    /// What the two answer differently.
    fn differences(&self, other: &Self) -> Vec<String> {
        let mut out = Vec::new();
        let mut compare = |what: &str, one: &str, two: &str| {
            if one != two {
                out.push(format!("{what} `{one}` or `{two}`"));
            }
        };
        let group = |row: &Self, vertical: Option<Vertical>| -> Arc<str> {
            let own = row.by_vertical.iter().find(|(known, _)| Some(*known) == vertical);
            Arc::clone(own.map_or(&row.group, |(_, group)| group))
        };
        let verticals = std::iter::once(None).chain(Vertical::ALL.iter().copied().map(Some));
        let groups = verticals.map(|vertical| (group(self, vertical), group(other, vertical)));
        if let Some((one, two)) = groups.into_iter().find(|(one, two)| one != two) {
            compare("group", &one, &two);
        }
        let transfer = |row: &Self| row.transfer_to.clone().unwrap_or_else(|| "none".into());
        compare("transfer", &transfer(self), &transfer(other));
        compare("priority", self.priority.as_str(), other.priority.as_str());
        compare("sla", &self.sla, &other.sla);
        out
    }
}

impl Policy {
    /// What rows say of others before which they stand, although the two match nothing in common.
    pub(super) fn stale(&self, overlapping: &Overlapping) -> Vec<Finding> {
        let mut out = Vec::new();
        for profile in self.parents_first() {
            for route in &profile.routes {
                let stale =
                    |lower: &&Arc<str>| !overlapping.iter().any(|(one, other)| *one == route.name && other == *lower);
                let (names, message) = match &route.before {
                    Before::These(names) => {
                        let names: Vec<Arc<str>> = names.iter().filter(stale).cloned().collect();
                        let them = listed(names.iter().map(|name| &**name));
                        (names, format!("{them}, but no message that reaches it matches them too"))
                    }
                    Before::Everything => {
                        (vec![], "every row below, but none of them would decide otherwise".to_owned())
                    }
                };
                let is_stale = match route.before {
                    Before::These(_) => !names.is_empty(),
                    Before::Everything => !overlapping.iter().any(|(one, _)| *one == route.name),
                };
                if !is_stale {
                    continue;
                }
                let mut subjects = vec![subject(SubjectKind::Route, &route.name)];
                subjects.extend(names.iter().map(|name| subject(SubjectKind::Route, name)));
                out.push(Finding {
                    kind: FindingKind::StaleBefore,
                    profile: Arc::clone(&profile.name),
                    subjects,
                    message: format!("route `{}` says that it stands before {message}: leave that out", route.name),
                    span: Some(route.span.clone()),
                    example: None,
                });
            }
        }
        out
    }
}
