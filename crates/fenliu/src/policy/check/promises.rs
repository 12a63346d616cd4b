//! Promises that no group keeps or that come in the wrong order, and what no row names.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use crate::words::Vertical;

use super::super::{Policy, Promise, Route};
use super::space::place;
use super::{
    Answer, Checking, ExampleReading, Finding, FindingKind, Formula, Found, Place, Seen, Subject, SubjectKind,
};
use super::{listed, subject};

impl Checking<'_> {
    pub(super) fn promises(&mut self) {
        let profile = self.profile;
        let mut ordered: BTreeSet<&str> = BTreeSet::new();
        for (index, route) in profile.routes.iter().enumerate() {
            if ordered.insert(&route.sla) {
                self.ordered(index, route);
            }
            self.kept(index, route);
        }
    }

    /// A person within the time that each of the row's groups takes.
    fn kept(&mut self, index: usize, route: &Route) {
        let Some(promised) = route.promise.human else { return };
        let verticals = route.by_vertical.iter().map(|(vertical, group)| (Some(*vertical), group));
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        for (vertical, group) in std::iter::once((None, &route.group)).chain(verticals) {
            let takes = self.policy.answers_within.get(group).copied().unwrap_or_default();
            if takes <= promised || !seen.insert(group) {
                continue;
            }
            let found = Found {
                kind: FindingKind::SlaNotKept,
                subjects: vec![subject(SubjectKind::Route, &route.name), subject(SubjectKind::Group, group)],
                span: Some(route.span.clone()),
                message: format!(
                    "route `{}` promises a person within {} (sla `{}`), but group `{group}` answers within {}",
                    route.name,
                    time(promised),
                    route.sla,
                    time(takes)
                ),
            };
            let own: Vec<Vertical> = route.by_vertical.iter().map(|(vertical, _)| *vertical).collect();
            let in_group = self.space.vertical.is(|value| match vertical {
                Some(vertical) => value == place(Vertical::ALL, vertical),
                None => Vertical::ALL.get(value).is_none_or(|vertical| !own.contains(vertical)),
            });
            let answer = self.reaching(index, Some(in_group));
            self.report_shown(found, answer);
        }
    }

    /// First an answer, then a person, then the end.
    fn ordered(&mut self, index: usize, route: &Route) {
        let Promise { first_response, human, resolve } = route.promise;
        let steps = [("first_response", first_response), ("human", human), ("resolve", resolve)];
        let known: Vec<(&str, Duration)> = steps.into_iter().filter_map(|(what, time)| Some((what, time?))).collect();
        let wrong = known.windows(2).find_map(|pair| match pair {
            [(before, early), (after, late)] if early > late => Some((*before, *early, *after, *late)),
            _ => None,
        });
        let Some((before, early, after, late)) = wrong else { return };
        let found = Found {
            kind: FindingKind::SlaOrder,
            subjects: vec![subject(SubjectKind::Sla, &route.sla)],
            span: self.policy.declared_at(SubjectKind::Sla, &route.sla),
            message: format!(
                "sla `{}` promises `{before}` within {} and `{after}` within {}, expected `{before}` no later",
                route.sla,
                time(early),
                time(late)
            ),
        };
        let answer = self.reaching(index, None);
        self.report_shown(found, answer);
    }

    /// A reading that reaches the row.
    pub(super) fn reaching(&self, index: usize, and: Option<Formula>) -> Answer<ExampleReading> {
        let rows = self.profile.routes.iter().map(|row| self.space.when(&row.when, Place::Row));
        let goals: Vec<Formula> = rows
            .take(index + 1)
            .enumerate()
            .map(|(at, formula)| if at < index { formula.not() } else { formula })
            .chain(and)
            .collect();
        self.find(&goals.iter().collect::<Vec<_>>(), |seen: &Seen<'_>| seen.reaches(index))
    }
}

impl Policy {
    fn declared_at(&self, kind: SubjectKind, name: &str) -> Option<std::ops::Range<usize>> {
        let declared = self.declared.iter().find(|(subject, _)| subject.kind == kind && &*subject.name == name);
        declared.map(|(_, span)| span.clone())
    }

    /// Groups, transfers and promises that no row of any profile names.
    pub(super) fn unused(&self) -> Vec<Finding> {
        let rows = || self.all_profiles().flat_map(|profile| &profile.routes);
        let is_used = |Subject { kind, name }: &Subject| match kind {
            SubjectKind::Group => rows().any(|row| row.groups().any(|group| group == name)),
            SubjectKind::Transfer => rows().any(|row| row.transfer_to.as_ref() == Some(name)),
            SubjectKind::Sla => rows().any(|row| row.sla == *name),
            SubjectKind::Shed
            | SubjectKind::Floor
            | SubjectKind::Step
            | SubjectKind::Queue
            | SubjectKind::Route
            | SubjectKind::Intent => true,
        };
        let unused = self.declared.iter().filter(|(subject, _)| !is_used(subject));
        unused
            .map(|(subject, span)| Finding {
                kind: FindingKind::Unused,
                profile: Arc::clone(&self.normal.name),
                subjects: vec![subject.clone()],
                message: format!("{} {} is named by no route", subject.kind, listed([&*subject.name])),
                span: Some(span.clone()),
                example: None,
            })
            .collect()
    }
}

impl Route {
    fn groups(&self) -> impl Iterator<Item = &Arc<str>> {
        std::iter::once(&self.group).chain(self.by_vertical.iter().map(|(_, group)| group))
    }
}

/// In the form of the file.
fn time(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds % 3600 == 0 && seconds > 0 => format!("{}h", seconds / 3600),
        seconds if seconds % 60 == 0 && seconds > 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}
