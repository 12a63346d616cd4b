//! One ONNX graph of one input, ready to run; the only file that names tract.

use std::sync::Arc;
use std::time::Duration;

use tract_onnx::pb;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::ToDim;
use tract_onnx::tract_hir::prelude::InferenceModelExt;

use super::manifest::ModelError;
use super::pool::Pool;

type State = TypedSimpleState;

/// A graph `ids: i64[…] → intent: f32[1, n], emotion: f32[1, m], …` with the length of `ids` left open.
pub(super) struct Graph {
    file: &'static str,
    input: Input,
    plan: Arc<TypedRunnableModel>,
    /// A state holds the scratch memory of a run.
    states: Pool<State>,
}

/// The shape of a graph's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Input {
    /// `[length]`.
    Bag,
    /// `[1, length]`.
    Sequence,
}

/// Why a graph gave nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unheard {
    /// Others were before us for longer than we would wait.
    Busy,
    /// It broke.
    Failed(String),
}

impl Unheard {
    pub(super) fn why(self) -> String {
        match self {
            Self::Busy => "busy for too long".to_owned(),
            Self::Failed(why) => why,
        }
    }
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
    ///
    /// Long runs go on as many cores as there are and no more: further ones at once would only make each of them,
    /// and so the slowest, slower. A bag runs for microseconds and never waits.
    pub(super) fn new(file: &'static str, onnx: &[u8], input: Input) -> Result<Self, ModelError> {
        let plan = plan(onnx, input).map_err(|error| ModelError::new(file, format!("{error:#}")))?;
        let places = match input {
            Input::Bag => usize::MAX,
            Input::Sequence => std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        };
        Ok(Self { file, input, plan, states: Pool::new(places) })
    }

    /// Runs the graph on the ids of one message, waiting no longer than `patience` for a free core.
    pub(super) fn run(&self, ids: &[i64], patience: Option<Duration>) -> Result<Logits, Unheard> {
        let mut place = self.states.place(patience).ok_or(Unheard::Busy)?;
        // A state that has failed, or panicked, may hold half a run and is not put back.
        let mut state = place.content.take();
        let logits = match &mut state {
            Some(state) => run(state, ids, self.input),
            None => self.plan.spawn().and_then(|fresh| run(state.insert(fresh), ids, self.input)),
        };
        if logits.is_ok() {
            place.content = state;
        }
        logits.map_err(|error| Unheard::Failed(format!("{}: {error:#}", self.file)))
    }
}

fn plan(onnx: &[u8], input: Input) -> TractResult<Arc<TypedRunnableModel>> {
    let mut reader = onnx;
    let onnx = tract_onnx::onnx().with_ignore_value_info(true);
    let mut proto = onnx.proto_model_for_read(&mut reader)?;
    if input == Input::Sequence {
        widen(&mut proto);
    }
    let mut model = onnx.model_for_proto_model(&proto)?;
    let length = model.symbols.sym("L").to_dim();
    let shape = match input {
        Input::Bag => tvec![length],
        Input::Sequence => tvec![1.to_dim(), length],
    };
    model.set_input_fact(0, InferenceFact::dt_shape(i64::datum_type(), shape))?;
    model.into_typed()?.into_decluttered()?.into_optimized()?.into_runnable()
}

/// Makes f32 of the f16 weights, once at load: left to the graph's own casts, each run would make them anew. A bag
/// gathers a few rows first and casts those, which costs less than the memory of a wide table.
fn widen(proto: &mut pb::ModelProto) {
    let (half, single) = (pb::tensor_proto::DataType::Float16 as i32, pb::tensor_proto::DataType::Float as i32);
    let weights = proto.graph.iter_mut().flat_map(|graph| &mut graph.initializer);
    for weight in weights.filter(|weight| weight.data_type == half && !weight.raw_data.is_empty()) {
        let pairs = weight.raw_data.as_chunks::<2>().0;
        weight.raw_data = pairs.iter().flat_map(|pair| f16::from_le_bytes(*pair).to_f32().to_le_bytes()).collect();
        weight.data_type = single;
    }
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
