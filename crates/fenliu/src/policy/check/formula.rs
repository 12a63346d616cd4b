//! Boolean formulas over variables with finitely many values; a negation is turned inwards where it is made.

/// One variable, as the place of its values in a [`State`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Var {
    /// The first of its words.
    at: usize,
    words: usize,
    /// How many values it has, counted from 0.
    size: usize,
    /// The value of a message of which nothing is said.
    plain: usize,
}

/// Some of the values of one variable, a bit for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Values(Vec<u64>);

/// What must hold.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Formula {
    Known(bool),
    /// The variable has one of these values.
    Is(Var, Values),
    All(Vec<Formula>),
    Any(Vec<Formula>),
}

/// Which values every variable may still have.
#[derive(Debug, Clone)]
pub(super) struct State(Vec<u64>);

/// A set of variables.
#[derive(Debug, Default)]
pub(super) struct Mentioned(Vec<bool>);

/// What a formula says in a [`State`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Truth {
    Always,
    Never,
    Open,
}

impl Var {
    /// Makes room for a variable of `size` values behind `words` words.
    pub(super) fn new(words: &mut usize, size: usize, plain: usize) -> Self {
        let var = Self { at: *words, words: size.div_ceil(64), size, plain };
        *words += var.words;
        var
    }

    pub(super) fn size(self) -> usize {
        self.size
    }

    pub(super) fn plain(self) -> usize {
        self.plain
    }

    /// The values for which `keep` is true.
    pub(super) fn values(self, keep: impl Fn(usize) -> bool) -> Values {
        let mut bits = vec![0; self.words];
        for value in (0..self.size).filter(|value| keep(*value)) {
            if let Some(word) = bits.get_mut(value / 64) {
                *word |= 1 << (value % 64);
            }
        }
        Values(bits)
    }

    pub(super) fn is(self, keep: impl Fn(usize) -> bool) -> Formula {
        let values = self.values(keep);
        match values.0.iter().map(|word| word.count_ones() as usize).sum::<usize>() {
            0 => Formula::Known(false),
            all if all == self.size => Formula::Known(true),
            _ => Formula::Is(self, values),
        }
    }

    pub(super) fn equals(self, value: usize) -> Formula {
        self.is(|one| one == value)
    }

    /// For a variable of two values.
    pub(super) fn truth(self, expected: bool) -> Formula {
        self.equals(usize::from(expected))
    }
}

impl Values {
    pub(super) fn has(&self, value: usize) -> bool {
        self.0.get(value / 64).is_some_and(|word| word >> (value % 64) & 1 == 1)
    }

    fn but(&self, var: Var) -> Self {
        var.values(|value| !self.has(value))
    }
}

impl State {
    /// Every value of every variable, of which there are `vars`.
    pub(super) fn open(vars: &[Var]) -> Self {
        let mut words = Vec::new();
        for var in vars {
            words.extend(var.values(|_| true).0);
        }
        Self(words)
    }

    pub(super) fn has(&self, var: Var, value: usize) -> bool {
        self.0.get(var.at + value / 64).is_some_and(|word| word >> (value % 64) & 1 == 1)
    }

    fn words(&self, var: Var) -> &[u64] {
        self.0.get(var.at..var.at + var.words).unwrap_or_default()
    }

    fn truth(&self, var: Var, values: &Values) -> Truth {
        let (mut inside, mut outside) = (0, 0);
        for (open, value) in self.words(var).iter().zip(&values.0) {
            inside |= open & value;
            outside |= open & !value;
        }
        match (inside != 0, outside != 0) {
            (true, true) => Truth::Open,
            (true, false) => Truth::Always,
            (false, _) => Truth::Never,
        }
    }

    /// Leaves these values alone; whether that took any away.
    fn keep(&mut self, var: Var, values: &Values) -> bool {
        let mut changed = false;
        for (open, value) in self.0.get_mut(var.at..).unwrap_or_default().iter_mut().zip(&values.0) {
            changed |= *open & !value != 0;
            *open &= value;
        }
        changed
    }

    /// The two halves at a literal: where the variable has one of these values, and where not.
    pub(super) fn split(&self, var: Var, values: &Values) -> (Self, Self) {
        let (mut with, mut without) = (self.clone(), self.clone());
        with.keep(var, values);
        without.keep(var, &values.but(var));
        (with, without)
    }
}

impl Mentioned {
    fn add(&mut self, var: Var) {
        if self.0.len() <= var.at {
            self.0.resize(var.at + 1, false);
        }
        if let Some(known) = self.0.get_mut(var.at) {
            *known = true;
        }
    }

    pub(super) fn has(&self, var: Var) -> bool {
        self.0.get(var.at).copied().unwrap_or(false)
    }
}

impl Formula {
    pub(super) fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut out = Vec::new();
        for part in parts {
            match part {
                Self::Known(true) => {}
                Self::Known(false) => return Self::Known(false),
                Self::All(parts) => out.extend(parts),
                Self::Is(..) | Self::Any(_) => out.push(part),
            }
        }
        match out.len() {
            0 => Self::Known(true),
            1 => out.pop().unwrap_or(Self::Known(true)),
            _ => Self::All(out),
        }
    }

    pub(super) fn any(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut out = Vec::new();
        for part in parts {
            match part {
                Self::Known(false) => {}
                Self::Known(true) => return Self::Known(true),
                Self::Any(parts) => out.extend(parts),
                Self::Is(..) | Self::All(_) => out.push(part),
            }
        }
        match out.len() {
            0 => Self::Known(false),
            1 => out.pop().unwrap_or(Self::Known(false)),
            _ => Self::Any(out),
        }
    }

    pub(super) fn not(&self) -> Self {
        match self {
            Self::Known(known) => Self::Known(!known),
            Self::Is(var, values) => Self::Is(*var, values.but(*var)),
            Self::All(parts) => Self::any(parts.iter().map(Self::not)),
            Self::Any(parts) => Self::all(parts.iter().map(Self::not)),
        }
    }

    pub(super) fn implies(&self, then: Self) -> Self {
        Self::any([self.not(), then])
    }

    /// Notes the variables that it looks at.
    pub(super) fn mention(&self, out: &mut Mentioned) {
        match self {
            Self::Known(_) => {}
            Self::Is(var, _) => out.add(*var),
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.mention(out)),
        }
    }

    pub(super) fn truth(&self, state: &State) -> Truth {
        match self {
            Self::Known(true) => Truth::Always,
            Self::Known(false) => Truth::Never,
            Self::Is(var, values) => state.truth(*var, values),
            Self::All(parts) => {
                let mut all = Truth::Always;
                for part in parts {
                    match part.truth(state) {
                        Truth::Never => return Truth::Never,
                        Truth::Open => all = Truth::Open,
                        Truth::Always => {}
                    }
                }
                all
            }
            Self::Any(parts) => {
                let mut any = Truth::Never;
                for part in parts {
                    match part.truth(state) {
                        Truth::Always => return Truth::Always,
                        Truth::Open => any = Truth::Open,
                        Truth::Never => {}
                    }
                }
                any
            }
        }
    }

    /// Takes away values with which it could not hold; sets `changed` where it did.
    pub(super) fn demand(&self, state: &mut State, changed: &mut bool) -> Truth {
        match self {
            Self::Known(true) => Truth::Always,
            Self::Known(false) => Truth::Never,
            Self::Is(var, values) => {
                if state.truth(*var, values) == Truth::Never {
                    return Truth::Never;
                }
                *changed |= state.keep(*var, values);
                Truth::Always
            }
            Self::All(parts) => {
                let mut all = Truth::Always;
                for part in parts {
                    match part.demand(state, changed) {
                        Truth::Never => return Truth::Never,
                        Truth::Open => all = Truth::Open,
                        Truth::Always => {}
                    }
                }
                all
            }
            Self::Any(parts) => {
                let mut open = None;
                for part in parts {
                    match (part.truth(state), open) {
                        (Truth::Always, _) => return Truth::Always,
                        (Truth::Never, _) => {}
                        (Truth::Open, None) => open = Some(part),
                        (Truth::Open, Some(_)) => return Truth::Open,
                    }
                }
                open.map_or(Truth::Never, |only| only.demand(state, changed))
            }
        }
    }

    /// A literal that still decides.
    pub(super) fn undecided(&self, state: &State) -> Option<(Var, &Values)> {
        match self {
            Self::Known(_) => None,
            Self::Is(var, values) => (state.truth(*var, values) == Truth::Open).then_some((*var, values)),
            Self::All(parts) | Self::Any(parts) => {
                parts.iter().filter(|part| part.truth(state) == Truth::Open).find_map(|part| part.undecided(state))
            }
        }
    }
}
