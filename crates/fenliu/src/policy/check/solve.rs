//! The search for a reading: values for the variables with which every formula holds, or the proof that there are none.
//!
//! Depth first over literals, after what must be has been drawn from each formula (Davis, Putnam, Logemann and
//! Loveland, 1962, over values instead of truths).

use super::formula::{Formula, Mentioned, State, Truth};
use super::laws::{Law, Laws};
use super::space::Space;

/// How many states one search looks at. A question about two rows takes tens; one that takes this many is given up.
const MOST_STATES: usize = 50_000;

/// How many solutions are shown to the caller before it is believed that none will do.
const MOST_TRIES: usize = 50;

/// What a search has found.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer<T> {
    /// No reading at all.
    Never,
    /// What the caller made of a reading.
    Found(T),
    /// There may be readings, but the caller wanted none of them.
    Unshown,
    /// Too many states.
    TooLarge,
}

impl<T> Answer<T> {
    pub(super) fn found(self) -> Option<T> {
        match self {
            Self::Found(found) => Some(found),
            Self::Never | Self::Unshown | Self::TooLarge => None,
        }
    }

    pub(super) fn is_never(&self) -> bool {
        matches!(self, Self::Never)
    }
}

/// Whether some reading is as the goals say, as far as the laws know.
pub(super) fn possible(space: &Space, laws: &Laws, goals: &[&Formula]) -> Answer<()> {
    run(space, &[&laws.sure], goals, &mut |_| Some(()))
}

/// Looks for a reading that is as the goals say and of which `accept` can make something. Plain readings are tried
/// first: one request, then two, then all.
pub(super) fn find<T>(
    space: &Space,
    laws: &Laws,
    goals: &[&Formula],
    mut accept: impl FnMut(&State) -> Option<T>,
) -> Answer<T> {
    for beside in [&laws.one, &laws.two] {
        if let Answer::Found(found) = run(space, &[&laws.sure, beside], goals, &mut accept) {
            return Answer::Found(found);
        }
    }
    run(space, &[&laws.sure], goals, &mut accept)
}

fn run<T>(
    space: &Space,
    laws: &[&Vec<Law>],
    goals: &[&Formula],
    accept: &mut dyn FnMut(&State) -> Option<T>,
) -> Answer<T> {
    let mut open: Vec<&Formula> = goals.to_vec();
    open.extend(concerned(laws, goals));
    let mut search = Search { space, accept, states: 0, tries: 0, found: None };
    match search.go(space.open(), open) {
        Flow::On if search.tries == 0 => Answer::Never,
        Flow::On => Answer::Unshown,
        Flow::Stop => match search.found {
            Some(found) => Answer::Found(found),
            None if search.tries > 0 => Answer::Unshown,
            None => Answer::TooLarge,
        },
    }
}

/// The laws about what the goals look at, and about what those laws look at in turn.
fn concerned<'a>(laws: &[&'a Vec<Law>], goals: &[&Formula]) -> Vec<&'a Formula> {
    let mut known = Mentioned::default();
    goals.iter().for_each(|goal| goal.mention(&mut known));
    let mut rest: Vec<&'a Law> = laws.iter().flat_map(|laws| laws.iter()).collect();
    let mut out = Vec::new();
    loop {
        let before = out.len();
        rest.retain(|law| {
            let concerns = law.triggers.iter().any(|var| known.has(*var));
            if concerns {
                law.says.mention(&mut known);
                out.push(&law.says);
            }
            !concerns
        });
        if out.len() == before {
            return out;
        }
    }
}

enum Flow {
    On,
    Stop,
}

struct Search<'s, 'f, T> {
    space: &'s Space,
    accept: &'f mut dyn FnMut(&State) -> Option<T>,
    states: usize,
    tries: usize,
    found: Option<T>,
}

impl<T> Search<'_, '_, T> {
    fn go(&mut self, mut state: State, mut open: Vec<&Formula>) -> Flow {
        self.states += 1;
        if self.states > MOST_STATES {
            return Flow::Stop;
        }
        loop {
            let (mut changed, mut possible) = (false, true);
            open.retain(|formula| {
                let truth = if possible { formula.demand(&mut state, &mut changed) } else { Truth::Open };
                possible &= truth != Truth::Never;
                truth != Truth::Always
            });
            if !possible {
                return Flow::On;
            }
            if !changed {
                break;
            }
        }
        let Some((var, values)) = open.iter().find_map(|formula| formula.undecided(&state)) else {
            self.tries += 1;
            self.found = (self.accept)(&state);
            return if self.found.is_some() || self.tries >= MOST_TRIES { Flow::Stop } else { Flow::On };
        };
        let (with, without) = state.split(var, values);
        // What is asked for comes from the intent where it can; the rest of a reading stays plain.
        let with_first = var == self.space.request || values.has(var.plain());
        let (first, second) = if with_first { (with, without) } else { (without, with) };
        match self.go(first, open.clone()) {
            Flow::On => self.go(second, open),
            Flow::Stop => Flow::Stop,
        }
    }
}
