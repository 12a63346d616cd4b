"""Writes both nets as ONNX: weights stored in f16 and cast to f32 by the graph, no mask.

The graphs are laid out by hand from plain operators (Erf GELU, MatMul, Exp), because that is
what the engine loads and fuses, and because no exporter then decides what stands in the file.

`python graphs.py OLD NEW` lays the deep net of the file OLD out anew, with the same weights.
"""

import argparse

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 13
HEADS = 8
# Scores of the attention are held between these before exp. Of 2,200 messages and 1,000 rows of random
# pieces the largest was 30 and the least -44, so no answer changes; f32 overflows at 88.
MOST_SCORE = 60.0


class Graph:
    """Collects nodes and initialisers; each call returns the name of its result."""

    def __init__(self, inputs, producer):
        self.inputs, self.nodes, self.held, self.outputs = inputs, [], [], []
        self.producer, self.count = producer, 0

    def op(self, kind, *args, name=None, **attributes):
        self.count += 1
        out = name or f"{kind.lower()}_{self.count}"
        self.nodes.append(helper.make_node(kind, list(args), [out], **attributes))
        return out

    def const(self, name, value, dtype):
        if name not in {t.name for t in self.held}:
            self.held.append(numpy_helper.from_array(np.ascontiguousarray(value, dtype), name))
        return name

    def weight(self, name, value):
        """A weight kept as f16 and read as f32. Refuses a value that f16 cannot hold."""
        value = np.asarray(value, dtype=np.float32)
        if not np.isfinite(value.astype(np.float16)).all():
            raise ValueError(f"weight `{name}` does not fit f16 (largest {np.abs(value).max()})")
        return self.op("Cast", self.const(name, value, np.float16), to=TensorProto.FLOAT)

    def scalar(self, value):
        return self.const(f"scalar_{value}", np.array(value), np.float32)

    def longs(self, *values):
        return self.const("longs_" + "_".join(map(str, values)), np.array(values), np.int64)

    def linear(self, x, name, weight, bias):
        product = self.op("MatMul", x, self.weight(f"{name}.weight", weight))
        return self.op("Add", product, self.weight(f"{name}.bias", bias))

    def save(self, path):
        graph = helper.make_graph(
            self.nodes, self.producer,
            [helper.make_tensor_value_info(n, TensorProto.INT64, s) for n, s in self.inputs],
            [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in self.outputs],
            self.held)
        model = helper.make_model(graph, producer_name="fenliu",
                                  opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model, full_check=True)
        onnx.save(model, path)


def deep_graph(state, path, heads=HEADS):
    """The deep net: `ids` and `segments` [B, L] to `intent`, `emotion`, `scope` and `embedding`."""
    w = {name: value.detach().float().numpy() for name, value in state.items()}
    width = w["words.weight"].shape[1]
    layers = 1 + max(int(name.split(".")[1]) for name in w if name.startswith("layers."))
    g = Graph([("ids", ["B", "L"]), ("segments", ["B", "L"])], "fenliu-deep")

    def norm(x, name):
        centred = g.op("Sub", x, g.op("ReduceMean", x, axes=[-1], keepdims=1))
        square = g.op("ReduceMean", g.op("Mul", centred, centred), axes=[-1], keepdims=1)
        scale = g.op("Sqrt", g.op("Add", square, g.scalar(1e-12)))
        x = g.op("Mul", g.op("Div", centred, scale), g.weight(f"{name}.weight", w[f"{name}.weight"]))
        return g.op("Add", x, g.weight(f"{name}.bias", w[f"{name}.bias"]))

    def linear(x, name, times=1.0):
        return g.linear(x, name, w[f"{name}.weight"].T * times, w[f"{name}.bias"] * times)

    def split(x, order):
        x = g.op("Reshape", x, g.longs(0, 0, heads, width // heads))
        return g.op("Transpose", x, perm=order)

    words = g.op("Gather", g.weight("words", w["words.weight"]), "ids", axis=0)
    length = g.op("Slice", g.op("Shape", "ids"), g.longs(1), g.longs(2), g.longs(0))
    places = g.op("Slice", g.weight("positions", w["positions.weight"]), g.longs(0), length,
                  g.longs(0))
    kinds = g.op("Gather", g.weight("segments_table", w["segments.weight"]), "segments", axis=0)
    x = norm(g.op("Add", g.op("Add", words, places), kinds), "norm")
    for i in range(layers):
        at = f"layers.{i}"
        asked = x
        if i == layers - 1:
            asked = g.op("Slice", x, g.longs(0), g.longs(1), g.longs(1))
        # 1 / sqrt(64) is a power of two: folded into the query, exact in f16.
        query = split(linear(asked, f"{at}.query", (width // heads) ** -0.5), [0, 2, 1, 3])
        key = split(linear(x, f"{at}.key"), [0, 2, 3, 1])
        value = split(linear(x, f"{at}.value"), [0, 2, 1, 3])
        # Softmax as exp over its sum, divided after the values are added up: the engine's own goes over each
        # short row three times, and looks for its largest.
        scores = g.op("Clip", g.op("MatMul", query, key), g.scalar(-MOST_SCORE), g.scalar(MOST_SCORE))
        weights = g.op("Exp", scores)
        seen = g.op("Div", g.op("MatMul", weights, value),
                    g.op("ReduceSum", weights, g.longs(-1), keepdims=1))
        seen = g.op("Transpose", seen, perm=[0, 2, 1, 3])
        seen = g.op("Reshape", seen, g.longs(0, 0, width))
        x = norm(g.op("Add", asked, linear(seen, f"{at}.out")), f"{at}.norm1")
        up = linear(x, f"{at}.up")
        erf = g.op("Erf", g.op("Div", up, g.scalar(2.0 ** 0.5)))
        gelu = g.op("Mul", g.op("Mul", up, g.op("Add", erf, g.scalar(1.0))), g.scalar(0.5))
        x = norm(g.op("Add", x, linear(gelu, f"{at}.down")), f"{at}.norm2")
    first = g.op("Squeeze", x, g.longs(1), name="embedding")
    three_heads(g, first, {head: (w[f"{head}.weight"].T, w[f"{head}.bias"])
                           for head in ("intent", "emotion", "scope")}, "B", width)
    g.save(path)


def deep_state(path, heads=HEADS):
    """The state that `deep_graph` wrote a file from, as far as f16 has kept it."""
    import torch
    held = {t.name: numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    width = held["words"].shape[1]
    state = {}
    for name, value in held.items():
        if value.dtype != np.float16:
            continue
        value = value.astype(np.float32)
        if ".query." in name:
            value = value * (width // heads) ** 0.5
        if name in ("words", "positions", "segments_table"):
            name = f"{name.removesuffix('_table')}.weight"
        elif value.ndim == 2:
            value = value.T
        state[name] = torch.from_numpy(np.array(value))
    return state


def three_heads(g, vector, heads, rows, width):
    """The heads on the vector `embedding` [rows, width], in the order that the engine reads."""
    g.outputs = []
    for name in ("intent", "emotion", "scope"):
        weight, bias = heads[name]
        product = g.op("MatMul", vector, g.weight(f"{name}.weight", weight))
        g.op("Add", product, g.weight(f"{name}.bias", bias), name=name)
        g.outputs.append((name, [rows, len(bias)]))
    g.outputs.append(("embedding", [rows, width]))


def fast_graph(net, features, path):
    """The fast net: `ids` [N] (feature ids, distinct) to `intent`, `emotion`, `scope` and `embedding`,
    one row each."""
    w = {name: value.detach().float().numpy() for name, value in net.state_dict().items()}
    g = Graph([("ids", ["N"])], "fenliu-fast")
    rows = g.op("Gather", g.const("index", features.index, np.int32), "ids", axis=0)
    # Only the rows of the message are cast: the table stays f16 in memory too.
    table = w["table"] * features.idf[:, None]
    table = g.const("table", table, np.float16)
    sums = g.op("ReduceSum", g.op("Cast", g.op("Gather", table, rows, axis=0), to=TensorProto.FLOAT),
                g.longs(0), keepdims=1)
    square = g.op("Gather", g.const("squares", features.idf ** 2, np.float16), rows, axis=0)
    square = g.op("ReduceSum", g.op("Cast", square, to=TensorProto.FLOAT), g.longs(0), keepdims=1)
    scale = g.op("Sqrt", g.op("Add", square, g.scalar(1e-6)))
    x = g.op("Add", g.op("Div", sums, scale), g.weight("bias", w["bias"]))
    x = g.op("Relu", x, name="embedding")
    ends = np.cumsum([0, net.intents, net.emotions, 1])
    part = {name: slice(a, b) for name, a, b in zip(("intent", "emotion", "scope"), ends, ends[1:])}
    three_heads(g, x, {name: (w["out.weight"][cut].T, w["out.bias"][cut])
                       for name, cut in part.items()}, 1, w["table"].shape[1])
    g.save(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("old")
    parser.add_argument("new")
    at = parser.parse_args()
    deep_graph(deep_state(at.old), at.new)
