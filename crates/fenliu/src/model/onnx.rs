//! One ONNX graph of one input, ready to run; the only file that names tract.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::ToDim;
use tract_onnx::tract_hir::prelude::InferenceModelExt;

use super::manifest::ModelError;

type State = TypedSimpleState;

/// A graph `ids: i64[…] → intent: f32[1, n], emotion: f32[1, m], …` with the length of `ids` left open.
///
/// A state holds the scratch memory of a run. There are as many as cores, and a caller waits for a free one: more
/// runs at once than cores would only make each of them, and so the slowest, slower.
pub(super) struct Graph {
    file: &'static str,
    plan: Arc<TypedRunnableModel>,
    pool: Mutex<Pool>,
    freed: Condvar,
}

struct Pool {
    free: Vec<State>,
    /// How many more may be made.
    left: usize,
}

/// The shape of a graph's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// `[length]`.
    Bag,
    /// `[1, length]`.
    Sequence,
}

/// The raw outputs for one message.
pub(super) struct Logits {
    pub(super) intents: Vec<f32>,
    pub(super) emotions: Vec<f32>,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Graph {
    /// Parses and optimises a graph. One plan with a symbolic length: no padding, no buckets.
    pub(super) fn new(file: &'static str, onnx: &[u8], input: Input) -> Result<Self, ModelError> {
        let plan = plan(onnx, input).map_err(|error| ModelError::new(file, format!("{error:#}")))?;
        let left = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        let pool = Mutex::new(Pool { free: Vec::new(), left });
        Ok(Self { file, plan, pool, freed: Condvar::new() })
    }

    /// Runs the graph on the ids of one message.
    pub(super) fn run(&self, ids: &[i64], input: Input) -> Result<Logits, String> {
        let mut lent = Lent { graph: self, state: self.take() };
        // A state that has failed, or panicked, may hold half a run; it is dropped and its place in the pool freed.
        let mut state = lent.state.take();
        let logits = match &mut state {
            Some(state) => run(state, ids, input),
            None => self.plan.spawn().and_then(|fresh| run(state.insert(fresh), ids, input)),
        };
        if logits.is_ok() {
            lent.state = state;
        }
        logits.map_err(|error| format!("{}: {error:#}", self.file))
    }

    /// A free state, or leave to make one; waits until there is either.
    fn take(&self) -> Option<State> {
        let mut pool = self.pool();
        loop {
            if let Some(state) = pool.free.pop() {
                return Some(state);
            }
            if pool.left > 0 {
                pool.left -= 1;
                return None;
            }
            pool = self.freed.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn pool(&self) -> MutexGuard<'_, Pool> {
        self.pool.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place in the pool; given back when dropped, with its state or without.
struct Lent<'a> {
    graph: &'a Graph,
    state: Option<State>,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        let mut pool = self.graph.pool();
        match self.state.take() {
            Some(state) => pool.free.push(state),
            None => pool.left += 1,
        }
        drop(pool);
        self.graph.freed.notify_one();
    }
}

fn plan(onnx: &[u8], input: Input) -> TractResult<Arc<TypedRunnableModel>> {
    let mut reader = onnx;
    let mut model = tract_onnx::onnx().with_ignore_value_info(true).model_for_read(&mut reader)?;
    let length = model.symbols.sym("L").to_dim();
    let shape = match input {
        Input::Bag => tvec![length],
        Input::Sequence => tvec![1.to_dim(), length],
    };
    model.set_input_fact(0, InferenceFact::dt_shape(i64::datum_type(), shape))?;
    model.into_typed()?.into_decluttered()?.into_optimized()?.into_runnable()
}

fn run(state: &mut State, ids: &[i64], input: Input) -> TractResult<Logits> {
    let tensor = match input {
        Input::Bag => Tensor::from_shape(&[ids.len()], ids)?,
        Input::Sequence => Tensor::from_shape(&[1, ids.len()], ids)?,
    };
    let outputs = state.run(tvec!(tensor.into_tvalue()))?;
    let row = |index: usize| -> TractResult<Vec<f32>> {
        let missing = || TractError::msg(format!("output {index} is missing"));
        let output = outputs.get(index).ok_or_else(missing)?;
        Ok(output.to_plain_array_view::<f32>()?.iter().copied().collect())
    };
    Ok(Logits { intents: row(0)?, emotions: row(1)? })
}
