//! The weights and nodes that stand in an ONNX file, read and replaced by name; nothing runs here.

use prost::Message;
use tract_onnx::pb;
use tract_onnx::prelude::f16;

use crate::model::encoder::Layer;
use crate::model::manifest::ModelError;

/// A tensor with its shape, outermost first.
pub(in crate::model) struct Named {
    pub(in crate::model) shape: Vec<usize>,
    pub(in crate::model) values: Vec<f32>,
}

/// What stands in a file, without running it.
pub(in crate::model) struct Graph(pb::GraphProto);

impl Graph {
    pub(in crate::model) fn read(onnx: &[u8]) -> Result<Self, String> {
        graph(onnx).map(Self)
    }

    /// Each node as `Operation(input, …)`, in order.
    pub(in crate::model) fn nodes(&self) -> impl Iterator<Item = String> {
        self.0.node.iter().map(|node| format!("{}({})", node.op_type, node.input.join(", ")))
    }

    /// A tensor of f16 or f32.
    pub(in crate::model) fn numbers(&self, name: &str) -> Result<Named, String> {
        let (shape, values) = numbers(self.tensor(name)?)?;
        Ok(Named { shape: sizes(&shape), values })
    }

    /// A tensor of f16, as its bits.
    pub(in crate::model) fn halves(&self, name: &str) -> Result<(Vec<usize>, Vec<u16>), String> {
        let tensor = self.tensor(name)?;
        let Kind::Half = kind(tensor)? else { return Err(format!("`{name}` is of f32, expected f16")) };
        let bits = tensor.raw_data.as_chunks::<2>().0.iter().map(|pair| u16::from_le_bytes(*pair)).collect();
        Ok((sizes(&tensor.dims), bits))
    }

    /// The values of a tensor of i32.
    pub(in crate::model) fn integers(&self, name: &str) -> Result<Vec<i32>, String> {
        let tensor = self.tensor(name)?;
        if tensor.data_type != pb::tensor_proto::DataType::Int32 as i32 {
            return Err(format!("`{name}` is of ONNX type {}, expected i32", tensor.data_type));
        }
        Ok(tensor.raw_data.as_chunks::<4>().0.iter().map(|four| i32::from_le_bytes(*four)).collect())
    }

    fn tensor(&self, name: &str) -> Result<&pb::TensorProto, String> {
        self.0.initializer.iter().find(|tensor| tensor.name == name).ok_or_else(|| no_tensor(name))
    }
}

/// The value of an f16.
pub(in crate::model) fn half(bits: u16) -> f32 {
    f16::from_bits(bits).to_f32()
}

fn sizes(shape: &[i64]) -> Vec<usize> {
    shape.iter().map(|size| usize::try_from(*size).unwrap_or_default()).collect()
}

fn no_tensor(name: &str) -> String {
    format!("no initialiser `{name}`")
}

/// The names of a head's parts in a graph, and of the output that it gives.
const HEAD_WEIGHT: &str = "intent.weight";
const HEAD_BIAS: &str = "intent.bias";
const HEAD_OUTPUT: &str = "intent";

/// The layer that makes logits of intents of a graph's embedding.
pub(in crate::model) fn head(file: &'static str, onnx: &[u8]) -> Result<Layer, ModelError> {
    let named = |problem: String| ModelError::new(file, problem);
    let mut graph = graph(onnx).map_err(named)?;
    let (shape, weight) = numbers(tensor(&mut graph, HEAD_WEIGHT).map_err(named)?).map_err(named)?;
    let (_, bias) = numbers(tensor(&mut graph, HEAD_BIAS).map_err(named)?).map_err(named)?;
    match shape.as_slice() {
        [_, labels] if usize::try_from(*labels) == Ok(bias.len()) => Ok(Layer { weight, bias }),
        _ => {
            Err(named(format!("`{HEAD_WEIGHT}` is {shape:?}, expected [width, {}] as `{HEAD_BIAS}` says", bias.len())))
        }
    }
}

/// The same graph with another layer in the head's place; every other weight and every node stays as it is.
pub(in crate::model) fn with_head(file: &'static str, onnx: &[u8], layer: &Layer) -> Result<Vec<u8>, ModelError> {
    let named = |problem: String| ModelError::new(file, problem);
    let mut proto = proto(onnx).map_err(named)?;
    let graph = proto.graph.as_mut().ok_or_else(|| named("no graph".to_owned()))?;
    let (width, labels) = (long(layer.width()), long(layer.bias.len()));
    for (name, shape, values) in
        [(HEAD_WEIGHT, vec![width, labels], &layer.weight), (HEAD_BIAS, vec![labels], &layer.bias)]
    {
        let tensor = tensor(graph, name).map_err(named)?;
        fill(tensor, values).map_err(named)?;
        tensor.dims = shape;
    }
    for output in graph.output.iter_mut().filter(|output| output.name == HEAD_OUTPUT) {
        if let Some(last) = last_dimension(output) {
            *last = pb::tensor_shape_proto::dimension::Value::DimValue(labels);
        }
    }
    Ok(proto.encode_to_vec())
}

fn proto(onnx: &[u8]) -> Result<pb::ModelProto, String> {
    pb::ModelProto::decode(onnx).map_err(|error| error.to_string())
}

fn graph(onnx: &[u8]) -> Result<pb::GraphProto, String> {
    proto(onnx)?.graph.ok_or_else(|| "no graph".to_owned())
}

fn tensor<'a>(graph: &'a mut pb::GraphProto, name: &str) -> Result<&'a mut pb::TensorProto, String> {
    let found = graph.initializer.iter_mut().find(|tensor| tensor.name == name);
    found.ok_or_else(|| no_tensor(name))
}

/// Shape and values of a tensor of f16 or f32.
fn numbers(tensor: &pb::TensorProto) -> Result<(Vec<i64>, Vec<f32>), String> {
    let bytes = &tensor.raw_data;
    let values: Vec<f32> = match kind(tensor)? {
        Kind::Half => bytes.as_chunks::<2>().0.iter().map(|pair| f16::from_le_bytes(*pair).to_f32()).collect(),
        Kind::Single => bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect(),
    };
    if tensor.dims.iter().product::<i64>() != long(values.len()) {
        return Err(format!("`{}` has {} values, its shape is {:?}", tensor.name, values.len(), tensor.dims));
    }
    Ok((tensor.dims.clone(), values))
}

/// Replaces the values of a tensor, in the type that it has.
fn fill(tensor: &mut pb::TensorProto, values: &[f32]) -> Result<(), String> {
    let kind = kind(tensor)?;
    let fits = |value: &f32| match kind {
        Kind::Half => f16::from_f32(*value).is_finite(),
        Kind::Single => value.is_finite(),
    };
    if let Some(wrong) = values.iter().find(|value| !fits(value)) {
        return Err(format!("`{}` cannot hold {wrong}", tensor.name));
    }
    tensor.raw_data = match kind {
        Kind::Half => values.iter().flat_map(|value| f16::from_f32(*value).to_le_bytes()).collect(),
        Kind::Single => values.iter().flat_map(|value| value.to_le_bytes()).collect(),
    };
    Ok(())
}

/// In which type a head's values stand in a file.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Half,
    Single,
}

fn kind(tensor: &pb::TensorProto) -> Result<Kind, String> {
    if tensor.data_type == pb::tensor_proto::DataType::Float16 as i32 {
        Ok(Kind::Half)
    } else if tensor.data_type == pb::tensor_proto::DataType::Float as i32 {
        Ok(Kind::Single)
    } else {
        Err(format!("`{}` is of ONNX type {}, expected f16 or f32", tensor.name, tensor.data_type))
    }
}

fn last_dimension(output: &mut pb::ValueInfoProto) -> Option<&mut pb::tensor_shape_proto::dimension::Value> {
    let pb::type_proto::Value::TensorType(tensor) = output.r#type.as_mut()?.value.as_mut()?;
    tensor.shape.as_mut()?.dim.last_mut()?.value.as_mut()
}

fn long(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(all(test, feature = "embedded"))]
mod tests {
    use super::*;

    #[test]
    fn a_wider_head_changes_nothing_else() {
        let sources = crate::Parts::embedded().models;
        for (file, onnx, width) in [("fast", sources.fast, 64), ("deep", sources.deep, 512)] {
            let old = head(file, onnx).unwrap();
            assert_eq!((old.width(), old.bias.len()), (width, 42));
            let mut weight = Vec::new();
            for row in old.weight.chunks(42) {
                weight.extend_from_slice(row);
                weight.push(0.5);
            }
            let bias = old.bias.iter().copied().chain([-1.0]).collect();
            let wider = with_head(file, onnx, &Layer { weight, bias }).unwrap();
            let found = head(file, &wider).unwrap();
            assert_eq!((found.width(), found.bias.last()), (width, Some(&-1.0)));
            let back = with_head(file, &wider, &old).unwrap();
            assert!(proto(&back).unwrap() == proto(onnx).unwrap(), "{file}: another weight or node has changed");
        }
    }

    #[test]
    fn a_head_that_does_not_fit_is_named() {
        let onnx = crate::Parts::embedded().models.fast;
        let layer = Layer { weight: vec![1e6; 64], bias: vec![0.0] };
        let error = with_head("fast", onnx, &layer).unwrap_err().to_string();
        assert_eq!(error, "fast: `intent.weight` cannot hold 1000000");
        assert!(head("fast", b"no onnx").unwrap_err().to_string().starts_with("fast: "));
    }
}
