//! Which messages share a threshold: an intent with enough of them has its own, the others that of their domain.

use crate::aim::Aim;
use crate::walk::needed;

/// One intent: how many messages were read as it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<'a> {
    /// The intent.
    pub name: &'a str,
    /// What it belongs to.
    pub domain: &'a str,
    /// Messages for which it was predicted.
    pub rows: usize,
}

/// By what messages are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// An intent with enough messages alone, those of a domain that have too few together.
    Intent,
    /// All of a domain.
    Domain,
    /// All.
    All,
}

impl By {
    /// Every way.
    pub const ALL: &'static [Self] = &[Self::Intent, Self::Domain, Self::All];

    /// The name in arguments and figures.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Intent => "intent",
            Self::Domain => "domain",
            Self::All => "all",
        }
    }
}

/// For what the confidence holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guarantee {
    /// For all groups at once, and so for all that they take together.
    Together,
    /// For each group alone.
    Each,
}

impl Guarantee {
    /// Both.
    pub const ALL: &'static [Self] = &[Self::Together, Self::Each];

    /// The name in arguments and figures.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Together => "together",
            Self::Each => "each",
        }
    }
}

/// Messages that share a threshold.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Group<'a> {
    /// The intent or the domain; `all` for all.
    pub name: &'a str,
    /// What holds it together: one intent, a domain, or nothing.
    pub kind: By,
    /// The intents, in the order in which they came.
    pub intents: Vec<&'a str>,
    /// The messages of all of them.
    pub rows: usize,
}

/// The groups, and the aim of each.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Plan<'a> {
    /// The first intent's group first. Every intent is in one of them, also where it has no message.
    pub groups: Vec<Group<'a>>,
    /// The aim that each group is tested with.
    pub aim: Aim,
    /// How many groups have enough messages to be tested; the error is shared by at least as many.
    pub tested: usize,
}

/// Divides intents into groups. Only numbers of messages have a say, never which of them were wrong.
///
/// With [`Guarantee::Together`] the error is divided by the number of groups that have enough messages. How many is
/// enough depends in turn on each one's part of the error: the fewest parts that suffice are taken.
///
/// # Examples
///
/// ```
/// use fenliu_calibrate::{Aim, By, Guarantee, Member, divide};
/// let member = |name, domain, rows| Member { name, domain, rows };
/// let members = [member("track", "logistics", 500), member("stock", "presale", 60), member("usage", "presale", 70)];
/// let plan = divide(&members, Aim::new(0.05, 0.95)?, By::Intent, Guarantee::Each);
/// let groups: Vec<_> = plan.groups.iter().map(|group| (group.name, group.rows)).collect();
/// assert_eq!(groups, [("track", 500), ("presale", 130)]);
/// # Ok::<(), fenliu_calibrate::AimError>(())
/// ```
#[must_use]
pub fn divide<'a>(members: &[Member<'a>], aim: Aim, by: By, guarantee: Guarantee) -> Plan<'a> {
    let with = |parts: usize| {
        let aim = aim.shared(parts);
        let enough = needed(aim);
        let groups = groups(members, by, enough);
        let tested = groups.iter().filter(|group| group.rows >= enough).count();
        Plan { groups, aim, tested }
    };
    match guarantee {
        Guarantee::Each => with(1),
        // Every group is an intent or a domain, so as many parts as both suffice; the first that do are found before.
        Guarantee::Together => {
            let most = (2 * members.len()).max(1);
            (1..most)
                .map(|parts| (parts, with(parts)))
                .find(|(parts, plan)| plan.tested <= *parts)
                .map_or_else(|| with(most), |(_, plan)| plan)
        }
    }
}

fn groups<'a>(members: &[Member<'a>], by: By, enough: usize) -> Vec<Group<'a>> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    for member in members {
        let (name, kind) = match by {
            By::Intent if member.rows >= enough => (member.name, By::Intent),
            By::Intent | By::Domain => (member.domain, By::Domain),
            By::All => ("all", By::All),
        };
        match groups.iter_mut().find(|group| group.name == name && group.kind == kind) {
            Some(group) => {
                group.intents.push(member.name);
                group.rows += member.rows;
            }
            None => groups.push(Group { name, kind, intents: vec![member.name], rows: member.rows }),
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBERS: [Member<'static>; 5] = [
        Member { name: "stock", domain: "presale", rows: 300 },
        Member { name: "account", domain: "account", rows: 12 },
        Member { name: "usage", domain: "presale", rows: 60 },
        Member { name: "advice", domain: "presale", rows: 50 },
        Member { name: "spam", domain: "social", rows: 0 },
    ];

    /// Name, intents and rows of a group.
    type Divided = (String, Vec<&'static str>, usize);

    fn check(by: By, guarantee: Guarantee) -> (Vec<Divided>, usize, f64) {
        let plan = divide(&MEMBERS, Aim::new(0.05, 0.95).unwrap(), by, guarantee);
        let groups = plan.groups.iter().map(|it| (it.name.to_owned(), it.intents.clone(), it.rows)).collect();
        (groups, plan.tested, plan.aim.confidence())
    }

    #[test]
    fn intents_with_enough_stand_alone_and_the_others_with_their_domain() {
        // 93 are enough alone; for one of two groups 110 are.
        let thin = [("account".to_owned(), vec!["account"], 12), ("social".to_owned(), vec!["spam"], 0)];
        for (guarantee, tested, confidence) in [(Guarantee::Each, 2, 0.95), (Guarantee::Together, 2, 0.975)] {
            let (groups, found, sure) = check(By::Intent, guarantee);
            assert_eq!(groups[0], ("stock".to_owned(), vec!["stock"], 300));
            assert_eq!(groups[2], ("presale".to_owned(), vec!["usage", "advice"], 110));
            assert_eq!([&groups[1], &groups[3]], [&thin[0], &thin[1]]);
            assert_eq!(found, tested);
            assert!((sure - confidence).abs() < 1e-12, "{sure}");
        }
    }

    #[test]
    fn a_wider_group_holds_all_of_its_intents() {
        let (groups, tested, _) = check(By::Domain, Guarantee::Together);
        assert_eq!((groups.len(), tested, groups[0].2), (3, 1, 410));
        let (groups, tested, sure) = check(By::All, Guarantee::Together);
        assert_eq!((groups.len(), tested, groups[0].1.len(), groups[0].2), (1, 1, 5, 422));
        assert!((sure - 0.95).abs() < 1e-12);
        assert_eq!(divide(&[], Aim::new(0.1, 0.9).unwrap(), By::Intent, Guarantee::Together).groups, vec![]);
    }
}
