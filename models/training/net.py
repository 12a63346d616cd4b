"""The deep net: the first layers of bge-small-zh-v1.5, and three heads on the first token.

The last layer computes the first token only: nothing reads the others, and it saves a fifth (the
whole of a quarter where there are three layers).
"""

import math

import numpy as np
import onnx
import torch
import torch.nn.functional as F
from onnx import numpy_helper
from torch import nn

WIDTH, HEADS, INNER, POSITIONS, SEGMENTS = 512, 8, 2048, 512, 2


class Layer(nn.Module):
    """One BERT layer (attention, then feed-forward, each normalised after its residual)."""

    def __init__(self, dropout):
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)
        self.norm1 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.up = nn.Linear(WIDTH, INNER)
        self.down = nn.Linear(INNER, WIDTH)
        self.norm2 = nn.LayerNorm(WIDTH, eps=1e-12)
        self.dropout = dropout

    def forward(self, x, bias, first_only=False):
        """`bias` is 0 for tokens and very negative for padding; None when there is no padding."""
        batch, length, _ = x.shape
        asked = x[:, :1] if first_only else x
        split = lambda t: t.view(batch, -1, HEADS, WIDTH // HEADS).transpose(1, 2)
        q, k, v = split(self.query(asked)), split(self.key(x)), split(self.value(x))
        scores = q @ k.transpose(-1, -2) / math.sqrt(WIDTH // HEADS)
        if bias is not None:
            scores = scores + bias
        weights = F.dropout(scores.softmax(-1), self.dropout, self.training)
        seen = (weights.to(v.dtype) @ v).transpose(1, 2).reshape(batch, -1, WIDTH)
        x = self.norm1(asked + F.dropout(self.out(seen), self.dropout, self.training))
        inner = self.down(F.gelu(self.up(x)))
        return self.norm2(x + F.dropout(inner, self.dropout, self.training))


class Net(nn.Module):
    """Ids and segments [B, L] to (intent logits, emotion logits, scope logit, embedding)."""

    def __init__(self, vocabulary, intents, emotions, layers=4, dropout=0.1):
        super().__init__()
        self.words = nn.Embedding(vocabulary, WIDTH)
        self.positions = nn.Embedding(POSITIONS, WIDTH)
        self.segments = nn.Embedding(SEGMENTS, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, eps=1e-12)
        self.layers = nn.ModuleList(Layer(dropout) for _ in range(layers))
        self.intent = nn.Linear(WIDTH, intents)
        self.emotion = nn.Linear(WIDTH, emotions)
        self.scope = nn.Linear(WIDTH, 1)
        self.dropout = dropout
        for head in (self.intent, self.emotion, self.scope):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)

    def hidden(self, ids, segments, mask=None, first_only=True):
        """The vectors after the last layer, of the first token alone or of all."""
        x = self.words(ids) + self.positions.weight[: ids.shape[1]] + self.segments(segments)
        x = F.dropout(self.norm(x), self.dropout, self.training)
        bias = None if mask is None else (1.0 - mask[:, None, None, :].float()) * -1e9
        for i, layer in enumerate(self.layers):
            x = layer(x, bias, first_only=first_only and i == len(self.layers) - 1)
        return x

    def forward(self, ids, segments, mask=None):
        first = self.hidden(ids, segments, mask)[:, 0].float()
        return self.intent(first), self.emotion(first), self.scope(first)[:, 0], first

    def forward_train(self, ids, segments, mask, samples=4):
        """Logits under several dropout masks of the same vector: [samples, B, ...] each."""
        first = self.hidden(ids, segments, mask)[:, 0].float()
        dropped = torch.stack([F.dropout(first, 0.15, True) for _ in range(samples)])
        return self.intent(dropped), self.emotion(dropped), self.scope(dropped)[..., 0]


def base_weights(path):
    """BERT's weights out of the ONNX file, by BERT's names; MatMul weights are named by their bias.

    The MatMul weights are anonymous in the file: each belongs to the bias of the Add that reads
    its product, and is stored transposed to torch's order.
    """
    graph = onnx.load(path).graph
    held = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
    made = {name: node for node in graph.node for name in node.output}
    weights = {}
    for name, value in held.items():
        if not name.startswith("onnx::"):
            weights[name] = value
    for node in graph.node:
        if node.op_type != "Add":
            continue
        bias = [n for n in node.input if n in held and n.endswith(".bias")]
        product = [made[n] for n in node.input if n in made and made[n].op_type == "MatMul"]
        if len(bias) == 1 and len(product) == 1 and product[0].input[1] in held:
            weights[bias[0][: -len("bias")] + "weight"] = held[product[0].input[1]].T
    return weights


def load_base(net, path, kept_ids):
    """Fills the net from the base, keeping the embedding rows in `kept_ids`, in that order."""
    base = base_weights(path)
    find = lambda tail: next(v for k, v in base.items() if k.endswith(tail))
    put = lambda p, value: p.data.copy_(torch.from_numpy(np.array(value, dtype=np.float32)))
    put(net.words.weight, find("embeddings.word_embeddings.weight")[kept_ids])
    put(net.positions.weight, find("embeddings.position_embeddings.weight"))
    put(net.segments.weight, find("embeddings.token_type_embeddings.weight"))
    put(net.norm.weight, find("embeddings.LayerNorm.weight"))
    put(net.norm.bias, find("embeddings.LayerNorm.bias"))
    parts = {"query": "attention.self.query", "key": "attention.self.key",
             "value": "attention.self.value", "out": "attention.output.dense",
             "norm1": "attention.output.LayerNorm", "up": "intermediate.dense",
             "down": "output.dense", "norm2": "output.LayerNorm"}
    for i, layer in enumerate(net.layers):
        for mine, theirs in parts.items():
            for kind in ("weight", "bias"):
                put(getattr(getattr(layer, mine), kind), find(f"layer.{i}.{theirs}.{kind}"))
