//! The ONNX graph of a sequence, ready to run; only here and in [`weights`] tract is named.

pub(super) mod weights;

use std::alloc::Layout;
use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use tract_linalg::mmm::{EagerPackedInput, MMMInputFormat, MMMInputValue, PackedExoticFact};
use tract_linalg::pack::PackedFormat;
use tract_onnx::pb;
use tract_onnx::prelude::*;
use tract_onnx::tract_core::internal::{ExoticFact, ToDim};
use tract_onnx::tract_core::ops::matmul::optimized::{MatMulOperand, OptMatMul, ProtoFusedSpec};
use tract_onnx::tract_hir::prelude::InferenceModelExt;

use super::halves::{halved, widen};
use super::manifest::ModelError;
use super::pool::Pool;

type State = TypedSimpleState;

/// A graph `ids: i64[1, length], segments: i64[1, length] → intent: f32[1, n], emotion: f32[1, m], scope: f32[1],
/// embedding: f32[1, width]` with the length left open.
pub(super) struct Graph {
    file: &'static str,
    plan: Arc<TypedRunnableModel>,
    /// A state holds the scratch memory of a run.
    states: Pool<State>,
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
    /// Of being out of scope.
    pub(super) scope: f32,
    /// The vector before the heads.
    pub(super) embedding: Vec<f32>,
}

impl std::fmt::Debug for Graph {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Graph").field("file", &self.file).finish_non_exhaustive()
    }
}

impl Graph {
    /// Parses and optimises a graph. One plan with a symbolic length: no padding, no buckets.
    ///
    /// Runs go on as many cores as there are and no more: further ones at once would only make each of them, and so
    /// the slowest, slower.
    pub(super) fn new(file: &'static str, onnx: &[u8]) -> Result<Self, ModelError> {
        let plan = plan(onnx).map_err(|error| ModelError::new(file, format!("{error:#}")))?;
        let places = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
        Ok(Self { file, plan, states: Pool::new(places) })
    }

    /// Runs the graph on the ids of one message, waiting no longer than `patience` for a free core. From `second` on
    /// the ids are of the second segment.
    pub(super) fn run(&self, ids: &[i64], second: usize, patience: Option<Duration>) -> Result<Logits, Unheard> {
        let mut place = self.states.place(patience).ok_or(Unheard::Busy)?;
        // A state that has failed, or panicked, may hold half a run and is not put back.
        let mut state = place.content.take();
        let logits = match &mut state {
            Some(state) => run(state, ids, second),
            None => self.plan.spawn().and_then(|fresh| run(state.insert(fresh), ids, second)),
        };
        if logits.is_ok() {
            place.content = state;
        }
        logits.map_err(|error| Unheard::Failed(format!("{}: {error:#}", self.file)))
    }
}

fn plan(onnx: &[u8]) -> TractResult<Arc<TypedRunnableModel>> {
    let mut model = optimised(onnx)?;
    if HALVED {
        halve(&mut model);
    }
    model.into_runnable()
}

fn optimised(onnx: &[u8]) -> TractResult<TypedModel> {
    let mut reader = onnx;
    let onnx = tract_onnx::onnx().with_ignore_value_info(true);
    let mut proto = onnx.proto_model_for_read(&mut reader)?;
    single(&mut proto);
    let mut model = onnx.model_for_proto_model(&proto)?;
    let length = model.symbols.sym("L").to_dim();
    // Without this tract must allow for a length of 0 and adds row by row.
    model.symbols.add_assertion("L >= 1")?;
    for index in 0..2 {
        model.set_input_fact(index, InferenceFact::dt_shape(i64::datum_type(), tvec![1.to_dim(), length.clone()]))?;
    }
    model.into_typed()?.into_decluttered()?.into_optimized()
}

/// Not in a build without optimisation: there the widening takes far longer than it saves.
const HALVED: bool = !cfg!(debug_assertions);

/// Keeps the weights of the matrix products in sixteen bits where that loses nothing.
fn halve(model: &mut TypedModel) {
    for product in model.nodes.iter_mut().filter_map(|node| node.op_as_mut::<OptMatMul>()) {
        let mut weights = product.micro_ops.iter_mut().filter_map(|step| {
            if let ProtoFusedSpec::AddMatMul { a: MatMulOperand::Const(weight), .. } = step {
                Some(weight)
            } else {
                None
            }
        });
        // A second one of the same product would need a second panel at once.
        if let (Some(weight), None) = (weights.next(), weights.next())
            && let Some(halves) = weight.downcast_ref().and_then(Halves::new)
        {
            *weight = Box::new(halves);
        }
    }
}

thread_local! {
    /// The panel of weights that a product on this thread is at.
    static PANEL: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) };
}

/// The left side of a product, in panels of `k` steps of `r` rows, each value in sixteen bits.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Halves {
    packed: PackedExoticFact,
    format: PackedFormat,
    codes: Arc<[u16]>,
    rows: usize,
}

impl Halves {
    /// `None` where the values are no `f32` in such panels, or do not fit sixteen bits.
    fn new(packed: &EagerPackedInput) -> Option<Self> {
        let format = packed.fact.format.downcast_ref::<PackedFormat>()?.clone();
        if format.dt != f32::datum_type() {
            return None;
        }
        let mut codes = Vec::with_capacity(packed.panels_count() * format.r * packed.fact.k);
        for (index, panel) in packed.packed.as_bytes().chunks(packed.panel_bytes).enumerate() {
            // What stands behind the last row and behind the last step was never written.
            let rows = format.r.min(packed.mn.saturating_sub(index * format.r));
            let (values, _) = panel.as_chunks::<4>();
            for step in values.chunks(format.r).take(packed.fact.k) {
                for (row, value) in step.iter().enumerate() {
                    codes.push(if row < rows { halved(f32::from_le_bytes(*value))? } else { 0 });
                }
            }
        }
        Some(Self { packed: packed.fact.clone(), format, codes: codes.into(), rows: packed.mn })
    }
}

impl MMMInputValue for Halves {
    fn format(&self) -> &dyn MMMInputFormat {
        &self.format
    }

    fn scratch_panel_buffer_layout(&self) -> Option<Layout> {
        None
    }

    /// INVARIANT: what this points to is not touched before the next call on this thread, and a product asks for its
    /// next panel when it is through with this one.
    fn panel_bytes(&self, index: usize, _buffer: Option<*mut u8>) -> TractResult<*const u8> {
        let missing = || TractError::msg(format!("panel {index} of {self} is missing"));
        let codes = self.codes.chunks(self.format.r * self.packed.k).nth(index).ok_or_else(missing)?;
        PANEL.with_borrow_mut(|panel| {
            let alignment = self.format.alignment();
            // A product reads its next step before it knows that there is none.
            let length = self.format.single_panel_layout(self.packed.k, size_of::<f32>()).size() / size_of::<f32>();
            let needed = length + alignment / size_of::<f32>();
            if panel.len() < needed {
                panel.resize(needed, 0.0);
            }
            let start = panel.as_ptr().align_offset(alignment);
            let values = panel.get_mut(start..).filter(|values| values.len() >= length).ok_or_else(missing)?;
            widen(codes, values);
            Ok(values.as_ptr().cast())
        })
    }

    fn mn(&self) -> usize {
        self.rows
    }

    fn k(&self) -> usize {
        self.packed.k
    }

    fn exotic_fact(&self) -> &dyn ExoticFact {
        &self.packed
    }

    fn extract_at_mn_f16(&self, _: usize, _: &mut [f16]) -> TractResult<()> {
        Err(TractError::msg("weights of a product are not gathered"))
    }

    fn extract_at_mn_f32(&self, _: usize, _: &mut [f32]) -> TractResult<()> {
        Err(TractError::msg("weights of a product are not gathered"))
    }
}

impl std::fmt::Display for Halves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} in halves", self.packed)
    }
}

impl std::fmt::Debug for Halves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

/// Makes f32 of the f16 weights, once at load: left to the graph's own casts, each run would make them anew.
fn single(proto: &mut pb::ModelProto) {
    let (half, single) = (pb::tensor_proto::DataType::Float16 as i32, pb::tensor_proto::DataType::Float as i32);
    let weights = proto.graph.iter_mut().flat_map(|graph| &mut graph.initializer);
    for weight in weights.filter(|weight| weight.data_type == half && !weight.raw_data.is_empty()) {
        let pairs = weight.raw_data.as_chunks::<2>().0;
        weight.raw_data = pairs.iter().flat_map(|pair| f16::from_le_bytes(*pair).to_f32().to_le_bytes()).collect();
        weight.data_type = single;
    }
}

fn run(state: &mut State, ids: &[i64], second: usize) -> TractResult<Logits> {
    let segments: Vec<i64> = (0..ids.len()).map(|index| i64::from(index >= second)).collect();
    let row = |row: &[i64]| TractResult::Ok(Tensor::from_shape(&[1, row.len()], row)?.into_tvalue());
    logits(state, tvec!(row(ids)?, row(&segments)?))
}

fn logits(state: &mut State, inputs: TVec<TValue>) -> TractResult<Logits> {
    let outputs = state.run(inputs)?;
    let row = |index: usize| -> TractResult<Vec<f32>> {
        let missing = || TractError::msg(format!("output {index} is missing"));
        let output = outputs.get(index).ok_or_else(missing)?;
        Ok(output.to_plain_array_view::<f32>()?.iter().copied().collect())
    };
    let scope = row(2)?.first().copied().ok_or_else(|| TractError::msg("output 2 is empty"))?;
    Ok(Logits { intents: row(0)?, emotions: row(1)?, scope, embedding: row(3)? })
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use super::*;

    #[test]
    fn weights_in_sixteen_bits_change_no_answer() {
        let whole = optimised(crate::Parts::embedded().models.deep).unwrap();
        let mut halves = whole.clone();
        halve(&mut halves);
        let halved = halves.nodes.iter().filter_map(|node| node.op_as::<OptMatMul>()).filter(|product| {
            product.micro_ops.iter().any(
                |step| matches!(step, ProtoFusedSpec::AddMatMul { a: MatMulOperand::Const(a), .. } if a.is::<Halves>()),
            )
        });
        assert!(halved.count() >= 24, "six of each of four layers");
        let said = |model: TypedModel, ids: &[i64]| {
            let logits = run(&mut model.into_runnable().unwrap().spawn().unwrap(), ids, 3).unwrap();
            [logits.intents, logits.emotions, vec![logits.scope], logits.embedding].concat()
        };
        for length in [1, 2, 5, 20, 48] {
            let ids: Vec<i64> = (0..length).map(|place| place * 97 % 7000).collect();
            let difference = said(whole.clone(), &ids).into_iter().zip(said(halves.clone(), &ids));
            let most = difference.map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
            assert!(most < 1e-4, "{length} word pieces: {most}");
        }
    }

    /// The fast model's graph as the runtime reads it: what its plain loops must equal.
    #[test]
    fn the_loops_of_the_bag_say_what_its_graph_says() {
        let onnx = crate::Parts::embedded().models.fast;
        let mut model = tract_onnx::onnx().with_ignore_value_info(true).model_for_read(&mut &*onnx).unwrap();
        let length = model.symbols.sym("L").to_dim();
        model.set_input_fact(0, InferenceFact::dt_shape(i64::datum_type(), tvec![length])).unwrap();
        let plan = model.into_typed().unwrap().into_decluttered().unwrap().into_optimized().unwrap().into_runnable();
        let mut state = plan.unwrap().spawn().unwrap();
        let bag = crate::model::bag::Bag::new("fast", onnx).unwrap();
        let segmenter = crate::Segmenter::new(crate::Parts::embedded().words).unwrap();
        for text in ["", "好", "能开发票吗", "我用了你们的面霜脸上起红疹了，怎么办", &"快递还没到😡".repeat(40)]
        {
            let features = crate::features::features(text, &segmenter.cut(text));
            let ids: Vec<i64> = features.iter().copied().map(i64::from).collect();
            let input = Tensor::from_shape(&[ids.len()], &ids).unwrap().into_tvalue();
            let expected = logits(&mut state, tvec!(input)).unwrap();
            let found = bag.run(&features);
            let all = |it: Logits| [it.intents, it.emotions, vec![it.scope], it.embedding].concat();
            let (expected, found) = (all(expected), all(found));
            assert_eq!(expected.len(), found.len());
            let difference = expected.iter().zip(&found).map(|(one, other)| (one - other).abs()).fold(0.0, f32::max);
            assert!(difference < 1e-4, "{text}: {difference}");
        }
    }
}
