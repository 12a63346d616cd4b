//! Floors, steps and sheds that can never hold, or that change no tier where they do.

use super::super::Floor;
use super::super::trace::RuleKind;
use super::super::when::When;
use super::{Checking, FindingKind, Formula, Found, Place, SubjectKind, subject};
use crate::policy::Says;
use crate::words::Tier;

impl Checking<'_> {
    /// Checks what this profile adds; what it starts from has been checked.
    pub(super) fn rules(&mut self) {
        let profile = self.profile;
        let mut floors: Vec<(&Floor, Formula)> = Vec::new();
        for floor in &profile.floors {
            if self.holds(SubjectKind::Floor, &floor.says, &floor.when) {
                floors.push((floor, self.space.when(&floor.when, Place::Rule)));
            }
        }
        for (index, (floor, formula)) in floors.iter().enumerate() {
            if !self.inherits(RuleKind::Floor, &floor.says.rule) {
                self.needless_floor((floor, formula), index, &floors);
            }
        }
        for step in &profile.steps {
            if self.holds(SubjectKind::Step, &step.says, &step.when) {
                self.needless_step(&step.says, &step.when);
            }
        }
        for shed in &profile.sheds {
            if self.holds(SubjectKind::Shed, &shed.says, &shed.when) {
                self.needless_shed(&shed.says, &shed.when);
            }
        }
    }

    /// Whether some message meets the condition; reports it where not.
    fn holds(&mut self, kind: SubjectKind, says: &Says, when: &When) -> bool {
        let never = self.never(&[&self.space.when(when, Place::Rule)]);
        if never && !self.inherits_rule(kind, says) {
            let why = self.contradiction(when, Place::Rule);
            let message = format!("{kind} `{}` can never hold: {why}", says.rule);
            self.report(found(FindingKind::NeverHolds, kind, says, message), None);
        }
        !never
    }

    fn inherits_rule(&self, kind: SubjectKind, says: &Says) -> bool {
        let kind = match kind {
            SubjectKind::Floor => RuleKind::Floor,
            SubjectKind::Step => RuleKind::Step,
            SubjectKind::Shed => RuleKind::Shed,
            SubjectKind::Queue => RuleKind::Queue,
            SubjectKind::Route => RuleKind::Route,
            SubjectKind::Intent | SubjectKind::Group | SubjectKind::Transfer | SubjectKind::Sla => return false,
        };
        self.inherits(kind, &says.rule)
    }

    /// A floor with another that holds whenever it does and is as high.
    fn needless_floor(&mut self, (floor, formula): (&Floor, &Formula), index: usize, floors: &[(&Floor, Formula)]) {
        for (place, (other, wider)) in floors.iter().enumerate() {
            let as_strong = other.tier >= floor.tier && other.grave >= floor.grave;
            if place == index || !as_strong || !self.never(&[formula, &wider.not()]) {
                continue;
            }
            // Of two that are alike the later is one too many.
            let alike = other.tier == floor.tier && other.grave == floor.grave;
            if place > index && alike && self.never(&[wider, &formula.not()]) {
                continue;
            }
            let message = format!(
                "floor `{}` changes no tier: floor `{}` to `{}` holds whenever it does",
                floor.says.rule, other.says.rule, other.tier
            );
            let mut found = found(FindingKind::Needless, SubjectKind::Floor, &floor.says, message);
            found.subjects.push(subject(SubjectKind::Floor, &other.says.rule));
            let example = self.find(&[formula], |seen| seen.holds(&floor.when) && seen.holds(&other.when)).found();
            return self.report(found, example);
        }
    }

    fn needless_step(&mut self, says: &Says, when: &When) {
        let formula = self.space.when(when, Place::Rule);
        if self.inherits(RuleKind::Step, &says.rule) || !self.never(&[&formula, &self.laws.advisor_before_steps.not()])
        {
            return;
        }
        let message = format!("step `{}` raises nothing: whenever it holds, the tier is `advisor` before", says.rule);
        let shows = |seen: &super::Seen<'_>| seen.holds(when) && seen.decision.tier == Tier::Advisor;
        let example = self.find(&[&formula], shows).found();
        self.report(found(FindingKind::Needless, SubjectKind::Step, says, message), example);
    }

    fn needless_shed(&mut self, says: &Says, when: &When) {
        let formula = self.space.when(when, Place::Rule);
        if self.inherits(RuleKind::Shed, &says.rule) || !self.never(&[&formula, &self.laws.stays_lowered]) {
            return;
        }
        let message = format!(
            "shed `{}` lowers nothing: whenever it holds, the tier is not `assisted` before, or a floor or step raises it \
             again",
            says.rule
        );
        let example = self.find(&[&formula], |seen| seen.holds(when)).found();
        self.report(found(FindingKind::Needless, SubjectKind::Shed, says, message), example);
    }
}

fn found(kind: FindingKind, of: SubjectKind, says: &Says, message: String) -> Found {
    Found { kind, subjects: vec![subject(of, &says.rule)], span: Some(says.span.clone()), message }
}
