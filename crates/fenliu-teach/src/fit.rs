//! Fits a layer to labelled vectors: multinomial logistic regression with a Gaussian prior, by L-BFGS; the only file
//! that names argmin.

use std::cell::RefCell;

use argmin::core::{CostFunction, Error, Executor, Gradient, State};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use fenliu::Layer;
use ndarray::{Array2, ArrayView2, Axis};

/// Labelled vectors.
#[derive(Debug, Clone)]
pub struct Samples {
    /// `[rows, width + 1]`; the last column is 1, so that the last row of weights is the bias.
    vectors: Array2<f64>,
    labels: Vec<usize>,
    weights: Vec<f64>,
}

/// What is believed of a layer before any sample is seen: each of its numbers is normal around that of `centre`, apart
/// from all others.
#[derive(Debug, Clone, Copy)]
pub struct Prior<'a> {
    /// The likeliest layer.
    pub centre: &'a Layer,
    /// For each label one over the variance of its numbers, above 0.
    pub strengths: &'a [f64],
}

/// Why a layer cannot be fitted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// Samples and layer do not go together.
    #[error("{0}")]
    Shape(String),
    /// The search for the least loss broke.
    #[error("the search for the best layer broke: {0}")]
    Search(String),
}

/// How many steps L-BFGS remembers; Nocedal and Wright ("Numerical Optimization", 2006, section 7.2) advise 3 to 20.
const MEMORY: usize = 10;

/// The steps at most; a head of 512 × 47 on 2,000 messages needs some thirty.
const MOST_STEPS: u64 = 200;

/// The search ends where the slope of a sample is flatter than this on average.
const FLAT: f64 = 1e-4;

/// Or where a step gained less than this for a sample.
const SLIGHT: f64 = 1e-8;

/// A layer with a steeper slope than this for a sample on average is not the best one.
const STEEP: f64 = 1e-3;

/// The likeliest layer after all samples: least `Σ weight · log-loss + Σ strength / 2 · (number - centre)²`, natural
/// logarithms. The prior makes it strictly convex, so there is one.
///
/// The search runs in units of the prior's deviation, in which its part of the curvature is the same everywhere, with
/// L-BFGS (Nocedal 1980, "Updating quasi-Newton matrices with limited storage") and the line search of Moré and
/// Thuente (1994).
///
/// # Errors
///
/// [`FitError`].
///
/// # Determinism
///
/// The same samples in the same order give the same layer.
///
/// # Cost
///
/// Two matrix products a step on one core: about a second for 2,000 vectors of 512 and 47 labels.
pub fn fit(samples: &Samples, prior: Prior<'_>) -> Result<Layer, FitError> {
    let loss = Loss::new(samples, prior)?;
    let search = |error: Error| FitError::Search(error.to_string());
    let weight: f64 = samples.weights.iter().sum();
    let solver = LBFGS::new(MoreThuenteLineSearch::new(), MEMORY)
        .with_tolerance_grad(FLAT * weight)
        .and_then(|solver| solver.with_tolerance_cost(SLIGHT * weight))
        .map_err(search)?;
    let start = vec![0.0; loss.units.centre.len()];
    let done = Executor::new(&loss, solver)
        .configure(|state| state.param(start).max_iters(MOST_STEPS))
        .ctrlc(false)
        .run()
        .map_err(search)?;
    let state = done.state();
    let best = state.get_best_param().ok_or_else(|| FitError::Search("it took no step".to_owned()))?;
    // Where the line search finds nothing better it ends quietly, at the best layer or far from it.
    let slope = (&loss).gradient(best).map_err(search)?.iter().map(|slope| slope * slope).sum::<f64>().sqrt();
    if slope <= STEEP * weight {
        Ok(loss.units.layer(best))
    } else {
        let (steps, most) = (state.get_iter(), STEEP * weight);
        Err(FitError::Search(format!("after {steps} steps the slope is {slope:.3}, expected at most {most:.3}")))
    }
}

/// What is made least, in units of the prior's deviation from its centre.
struct Loss<'a> {
    samples: &'a Samples,
    units: Units,
    /// The search asks for loss and slope apart, and both cost the same products.
    last: RefCell<Asked>,
}

/// Where the search asked, and both answers.
#[derive(Default)]
struct Asked {
    from_centre: Vec<f64>,
    loss: f64,
    slope: Vec<f64>,
}

struct Units {
    /// `[width + 1, labels]`, the bias last.
    centre: Vec<f64>,
    /// For each label.
    deviations: Vec<f64>,
}

impl<'a> Loss<'a> {
    fn new(samples: &'a Samples, prior: Prior<'_>) -> Result<Self, FitError> {
        let (width, labels) = (prior.centre.width(), prior.centre.bias.len());
        if samples.vectors.ncols() != width + 1 {
            let found = samples.vectors.ncols().saturating_sub(1);
            return Err(FitError::Shape(format!("the vectors are {found} wide, expected {width}")));
        }
        if let Some(label) = samples.labels.iter().find(|label| **label >= labels) {
            return Err(FitError::Shape(format!("label {label}, expected one below {labels}")));
        }
        if prior.strengths.len() != labels || !prior.strengths.iter().all(|strength| *strength > 0.0) {
            let found = prior.strengths;
            return Err(FitError::Shape(format!("strengths {found:?}, expected {labels} above 0")));
        }
        let numbers = prior.centre.weight.iter().chain(&prior.centre.bias);
        Ok(Self {
            samples,
            units: Units {
                centre: numbers.map(|number| f64::from(*number)).collect(),
                deviations: prior.strengths.iter().map(|strength| strength.sqrt().recip()).collect(),
            },
            last: RefCell::default(),
        })
    }

    fn loss_and_slope(&self, from_centre: &[f64]) -> Result<(f64, Vec<f64>), Error> {
        let samples = self.samples;
        let shape = (samples.vectors.ncols(), self.units.deviations.len());
        let mut rows = samples.vectors.dot(&ArrayView2::from_shape(shape, &self.units.numbers(from_centre))?);
        let mut loss: f64 = from_centre.iter().map(|from| 0.5 * from * from).sum();
        for ((mut row, label), weight) in rows.axis_iter_mut(Axis(0)).zip(&samples.labels).zip(&samples.weights) {
            let greatest = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let own = row.get(*label).copied().unwrap_or(greatest);
            row.mapv_inplace(|logit| (logit - greatest).exp());
            let total = row.sum();
            loss += weight * (total.ln() + greatest - own);
            row.mapv_inplace(|share| weight * share / total);
            if let Some(own) = row.get_mut(*label) {
                *own -= weight;
            }
        }
        let slope = samples.vectors.t().dot(&rows);
        let deviations = self.units.deviations.iter().cycle();
        let slope = slope.iter().zip(from_centre).zip(deviations).map(|((slope, from), by)| slope * by + from);
        Ok((loss, slope.collect()))
    }

    fn with_last<T>(&self, from_centre: &[f64], take: fn(&Asked) -> T) -> Result<T, Error> {
        let mut last = self.last.borrow_mut();
        if last.from_centre != from_centre {
            let (loss, slope) = self.loss_and_slope(from_centre)?;
            *last = Asked { from_centre: from_centre.to_vec(), loss, slope };
        }
        Ok(take(&last))
    }
}

impl Units {
    /// The numbers of the layer that lies this far from the centre.
    fn numbers(&self, from_centre: &[f64]) -> Vec<f64> {
        let deviations = self.deviations.iter().cycle();
        let moved = from_centre.iter().zip(&self.centre).zip(deviations);
        moved.map(|((from, centre), deviation)| centre + from * deviation).collect()
    }

    fn layer(&self, from_centre: &[f64]) -> Layer {
        let mut weight: Vec<f32> = self.numbers(from_centre).into_iter().map(|number| number as f32).collect();
        let bias = weight.split_off(weight.len().saturating_sub(self.deviations.len()));
        Layer { weight, bias }
    }
}

impl CostFunction for &Loss<'_> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, from_centre: &Vec<f64>) -> Result<f64, Error> {
        self.with_last(from_centre, |last| last.loss)
    }
}

impl Gradient for &Loss<'_> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, from_centre: &Vec<f64>) -> Result<Vec<f64>, Error> {
        self.with_last(from_centre, |last| last.slope.clone())
    }
}

impl Samples {
    /// Takes rows of a vector, its label, and how many messages it stands for. A vector that is shorter than the first
    /// is filled up with ones, a longer one cut.
    #[must_use]
    pub fn new<'v>(rows: impl ExactSizeIterator<Item = (&'v [f32], usize, f64)> + Clone) -> Self {
        let width = rows.clone().next().map_or(0, |(vector, _, _)| vector.len());
        let mut vectors = Array2::ones((rows.len(), width + 1));
        for (mut to, (from, _, _)) in vectors.axis_iter_mut(Axis(0)).zip(rows.clone()) {
            to.iter_mut().zip(from.iter().take(width)).for_each(|(to, from)| *to = f64::from(*from));
        }
        Self {
            vectors,
            labels: rows.clone().map(|(_, label, _)| label).collect(),
            weights: rows.map(|(_, _, weight)| weight).collect(),
        }
    }

    /// The mean of the vectors' squared lengths, the constant 1 left out; 0 without samples.
    #[must_use]
    pub fn mean_square(&self) -> f64 {
        let rows = self.labels.len() as f64;
        let all = self.vectors.iter().map(|number| number * number).sum::<f64>();
        if rows > 0.0 { all / rows - 1.0 } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two clouds in the plane, left of 0 and right of it.
    const CLOUDS: [([f32; 2], usize); 6] =
        [([-2.0, 1.0], 0), ([-1.0, -1.0], 0), ([-1.5, 0.0], 0), ([1.0, 1.0], 1), ([2.0, -1.0], 1), ([1.5, 0.0], 1)];

    fn samples(rows: &[([f32; 2], usize)], weight: f64) -> Samples {
        Samples::new(rows.iter().map(|(vector, label)| (vector.as_slice(), *label, weight)))
    }

    fn flat(width: usize, labels: usize) -> Layer {
        Layer { weight: vec![0.0; width * labels], bias: vec![0.0; labels] }
    }

    fn first(layer: &Layer, vector: &[f32]) -> usize {
        let logits = layer.logits(vector);
        (0..logits.len()).max_by(|a, b| logits[*a].total_cmp(&logits[*b])).unwrap()
    }

    #[test]
    fn what_can_be_told_apart_is() {
        let centre = flat(2, 2);
        let layer = fit(&samples(&CLOUDS, 1.0), Prior { centre: &centre, strengths: &[0.01; 2] }).unwrap();
        for (vector, label) in CLOUDS {
            assert_eq!(first(&layer, &vector), label, "{layer:?}");
        }
        let weights = &layer.weight;
        assert!((weights[0] + weights[1]).abs() < 1e-3, "the clouds are mirrored, and so are the labels: {layer:?}");
    }

    #[test]
    fn without_new_evidence_the_old_weights_stay() {
        let centre = Layer { weight: vec![-3.0, 3.0, 0.5, -0.5], bias: vec![0.25, -0.25] };
        let none = Samples::new(std::iter::empty::<(&[f32], usize, f64)>());
        assert!(matches!(fit(&none, Prior { centre: &centre, strengths: &[1.0; 2] }), Err(FitError::Shape(_))));
        let light = fit(&samples(&CLOUDS, 0.0), Prior { centre: &centre, strengths: &[1.0; 2] }).unwrap();
        assert_eq!(light, centre);
        let strong = fit(&samples(&CLOUDS, 1.0), Prior { centre: &centre, strengths: &[1e6; 2] }).unwrap();
        for (found, expected) in strong.weight.iter().zip(&centre.weight) {
            assert!((found - expected).abs() < 1e-4, "{strong:?}");
        }
    }

    #[test]
    fn the_slope_is_that_of_the_loss() {
        let samples = samples(&CLOUDS, 1.5);
        let centre = Layer { weight: vec![0.3, -0.2, 0.1, 0.4, 0.0, -0.6], bias: vec![0.1, 0.0, -0.3] };
        let loss = Loss::new(&samples, Prior { centre: &centre, strengths: &[0.5, 2.0, 8.0] }).unwrap();
        let at: Vec<f64> = (0..9).map(|index| 0.1 * f64::from(index) - 0.35).collect();
        let slope = (&loss).gradient(&at).unwrap();
        for index in 0..at.len() {
            let beside = |step: f64| {
                let mut beside = at.clone();
                beside[index] += step;
                (&loss).cost(&beside).unwrap()
            };
            let measured = (beside(1e-5) - beside(-1e-5)) / 2e-5;
            assert!((slope[index] - measured).abs() < 1e-6, "{index}: {} and {measured}", slope[index]);
        }
    }

    #[test]
    fn what_does_not_go_together_is_named() {
        let centre = flat(2, 2);
        for (rows, strengths, expected) in [
            (vec![([1.0, 1.0], 2)], vec![1.0, 1.0], "label 2, expected one below 2"),
            (vec![([1.0, 1.0], 0)], vec![1.0], "strengths [1.0], expected 2 above 0"),
            (vec![([1.0, 1.0], 0)], vec![1.0, 0.0], "strengths [1.0, 0.0], expected 2 above 0"),
        ] {
            let error = fit(&samples(&rows, 1.0), Prior { centre: &centre, strengths: &strengths }).unwrap_err();
            assert_eq!(error.to_string(), expected);
        }
        let wide = flat(3, 2);
        let error = fit(&samples(&CLOUDS, 1.0), Prior { centre: &wide, strengths: &[1.0; 2] }).unwrap_err();
        assert_eq!(error.to_string(), "the vectors are 2 wide, expected 3");
    }
}
