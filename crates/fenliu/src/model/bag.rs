//! The graph of the fast model as plain loops over its table: a run of it is so short that the steps of a general
//! runtime take twenty times as long as the sums.

use crate::features::BUCKETS;

use super::encoder::Layer;
use super::halves::{halved, widen_sum};
use super::manifest::ModelError;
use super::onnx::Logits;
use super::onnx::weights::{Graph, half};

/// The nodes that the file must have, in order; what `fast_graph` of `models/training/graphs.py` writes.
const FORM: [&str; 25] = [
    "Gather(index, ids)",
    "Gather(table, gather_1)",
    "Cast(gather_2)",
    "ReduceSum(cast_3, longs_0)",
    "Gather(squares, gather_1)",
    "Cast(gather_5)",
    "ReduceSum(cast_6, longs_0)",
    "Add(reducesum_7, scalar_1e-06)",
    "Sqrt(add_8)",
    "Div(reducesum_4, sqrt_9)",
    "Cast(bias)",
    "Add(div_10, cast_11)",
    "Relu(add_12)",
    "Cast(intent.weight)",
    "MatMul(embedding, cast_14)",
    "Cast(intent.bias)",
    "Add(matmul_15, cast_16)",
    "Cast(emotion.weight)",
    "MatMul(embedding, cast_18)",
    "Cast(emotion.bias)",
    "Add(matmul_19, cast_20)",
    "Cast(scope.weight)",
    "MatMul(embedding, cast_22)",
    "Cast(scope.bias)",
    "Add(matmul_23, cast_24)",
];

/// `ids [n] → x = relu(Σ table[index[ids]] / √(Σ squares[index[ids]] + ε) + bias) [width]`, and three heads over `x`.
pub(super) struct Bag {
    /// The row of each feature, `[BUCKETS]`.
    index: Vec<u32>,
    /// `[rows, width]`, each value in sixteen bits.
    table: Vec<u16>,
    /// `[rows]`.
    squares: Vec<f32>,
    epsilon: f32,
    /// `[width]`.
    bias: Vec<f32>,
    intents: Layer,
    emotions: Layer,
    /// One output.
    scope: Layer,
}

impl std::fmt::Debug for Bag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bag").field("rows", &self.squares.len()).field("width", &self.bias.len()).finish()
    }
}

impl Bag {
    pub(super) fn new(file: &'static str, onnx: &[u8]) -> Result<Self, ModelError> {
        read(onnx).map_err(|problem| ModelError::new(file, problem))
    }

    /// Reads the distinct features of one message, each below [`BUCKETS`]; others say nothing.
    pub(super) fn run(&self, features: &[u32]) -> Logits {
        let width = self.bias.len();
        let rows =
            || features.iter().filter_map(|id| self.index.get(usize::try_from(*id).ok()?)).map(|row| *row as usize);
        let mut embedding = vec![0.0; width];
        widen_sum(rows().filter_map(|row| self.table.get(row * width..(row + 1) * width)), &mut embedding);
        let square: f32 = rows().filter_map(|row| self.squares.get(row)).sum();
        let scale = (square + self.epsilon).sqrt();
        for (value, bias) in embedding.iter_mut().zip(&self.bias) {
            *value = (*value / scale + bias).max(0.0);
        }
        Logits {
            intents: self.intents.logits(&embedding),
            emotions: self.emotions.logits(&embedding),
            scope: self.scope.logits(&embedding).first().copied().unwrap_or_default(),
            embedding,
        }
    }
}

fn read(onnx: &[u8]) -> Result<Bag, String> {
    let graph = Graph::read(onnx)?;
    let found: Vec<String> = graph.nodes().collect();
    let mut pairs = FORM.iter().zip(&found).enumerate();
    if let Some((place, (expected, node))) = pairs.find(|(_, (expected, node))| *expected != node) {
        return Err(format!(
            "node {place} is `{node}`, expected `{expected}` as `models/training/graphs.py` writes it"
        ));
    }
    if found.len() != FORM.len() {
        return Err(format!("{} nodes, expected {}", found.len(), FORM.len()));
    }
    let bias = graph.numbers("bias")?;
    let width = bias.values.len();
    let (shape, table) = graph.halves("table")?;
    let squares = graph.numbers("squares")?;
    let rows = squares.values.len();
    expect("table", &shape, &[rows, width])?;
    if table.len() != rows * width {
        return Err(format!("`table` has {} values, its shape is {shape:?}", table.len()));
    }
    let index = graph.integers("index")?;
    if index.len() != BUCKETS as usize {
        return Err(format!("`index` has {} entries, expected {BUCKETS}", index.len()));
    }
    let index: Vec<u32> = index
        .into_iter()
        .map(|row| u32::try_from(row).ok().filter(|row| (*row as usize) < rows).ok_or(row))
        .collect::<Result<_, _>>()
        .map_err(|row| format!("`index` names row {row}, `table` has {rows}"))?;
    // Each of the values that sixteen bits can have, once; the table has millions.
    let codes: Vec<Option<u16>> = (0..=u16::MAX).map(|bits| halved(half(bits))).collect();
    let code = |bits: u16| {
        codes.get(usize::from(bits)).copied().flatten().ok_or_else(|| format!("`table` holds {}", half(bits)))
    };
    let layer = |name: &str| -> Result<Layer, String> {
        let (weight, bias) = (graph.numbers(&format!("{name}.weight"))?, graph.numbers(&format!("{name}.bias"))?);
        expect(&format!("{name}.weight"), &weight.shape, &[width, bias.values.len()])?;
        Ok(Layer { weight: weight.values, bias: bias.values })
    };
    let scope = layer("scope")?;
    let [epsilon] = graph.numbers("scalar_1e-06")?.values[..] else {
        return Err("`scalar_1e-06` is no single number".to_owned());
    };
    if scope.bias.len() != 1 {
        return Err(format!("`scope.bias` has {} values, expected 1", scope.bias.len()));
    }
    Ok(Bag {
        index,
        table: table.into_iter().map(code).collect::<Result<_, _>>()?,
        squares: squares.values,
        epsilon,
        bias: bias.values,
        intents: layer("intent")?,
        emotions: layer("emotion")?,
        scope,
    })
}

fn expect(name: &str, found: &[usize], expected: &[usize]) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("`{name}` is {found:?}, expected {expected:?}")) }
}
