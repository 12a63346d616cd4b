"""The fast net: a bag of hashed features, one hidden layer, two heads. Trains and scores it.

A message is the set of its feature ids. Each feature has a row of a table; the rows are summed
with their inverse document frequency and scaled to the length of the weight vector (as TF-IDF
does), then go through ReLU and one linear layer to the labels.
"""

import math
from collections import Counter

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

BUCKETS = 1 << 20            # as in features.rs; the engine compares them at load
LEAST_SEEN = 2
MOST_FEATURES = 300_000      # all that are seen twice or more; 42 MB at 64 wide
HIDDEN_DROP = 0.3


class Features:
    """Which of the hashed features are kept (the most seen), and how much each weighs."""

    def __init__(self, bags):
        seen = Counter(f for bag in bags for f in bag)
        kept = [f for f, n in seen.items() if n >= LEAST_SEEN]
        kept = sorted(sorted(kept, key=lambda f: (-seen[f], f))[:MOST_FEATURES])
        self.index = np.zeros(BUCKETS, dtype=np.int32)
        self.index[kept] = np.arange(1, len(kept) + 1)
        self.idf = np.zeros(len(kept) + 1, dtype=np.float32)
        for place, f in enumerate(kept, 1):
            self.idf[place] = math.log(len(bags) / seen[f]) + 1.0
        self.size = len(kept) + 1

    def rows(self, bag):
        """Table rows of the kept features; row 0 (all zeros) when there are none."""
        out = self.index[bag]
        out = out[out > 0]
        return out if len(out) else np.zeros(1, dtype=np.int32)


class Fast(nn.Module):
    """Table rows to (intent logits, emotion logits, scope logit)."""

    def __init__(self, features, width, intents, emotions, seed=17):
        super().__init__()
        torch.manual_seed(seed)  # the first weights are drawn here
        self.table = nn.Parameter(torch.zeros(features.size, width))
        nn.init.normal_(self.table, std=0.1)
        self.bias = nn.Parameter(torch.zeros(width))
        self.out = nn.Linear(width, intents + emotions + 1)
        self.intents, self.emotions = intents, emotions
        self.register_buffer("idf", torch.from_numpy(features.idf))

    def forward(self, rows, offsets, drop=0.0):
        weight = self.idf[rows]
        if drop and self.training:
            weight = weight * (torch.rand_like(weight) >= drop)
        bag = torch.repeat_interleave(torch.arange(len(offsets)), torch.diff(
            offsets, append=torch.tensor([len(rows)])))
        square = torch.zeros(len(offsets)).index_add_(0, bag, weight * weight)
        sums = F.embedding_bag(rows, self.table, offsets, mode="sum", per_sample_weights=weight,
                               sparse=True)
        x = sums / (square + 1e-6).sqrt()[:, None] + self.bias
        said = self.out(F.dropout(torch.relu(x), HIDDEN_DROP, self.training))
        return said[:, : self.intents], said[:, self.intents: -1], said[:, -1]


def bagged(bags):
    """Concatenated rows and offsets of a batch."""
    offsets = np.cumsum([0] + [len(b) for b in bags[:-1]])
    return torch.from_numpy(np.concatenate(bags).astype(np.int64)), torch.from_numpy(offsets)


def score(net, bags):
    net.eval()
    with torch.no_grad():
        return [torch.cat(part).numpy() for part in zip(*(
            net(*bagged(bags[i:i + 512])) for i in range(0, len(bags), 512)))]


def fit(net, bags, intent, emotion, scope, epochs, rate, batch, drop, seed=17, each=None,
        emotion_share=0.5, scope_share=0.3):
    """Trains towards the wanted distributions `intent` and `emotion`, and the likelihoods `scope`."""
    torch.manual_seed(seed)
    draw = np.random.default_rng(seed)
    rest = [p for n, p in net.named_parameters() if n != "table"]
    optimizers = [torch.optim.SparseAdam([net.table], lr=rate), torch.optim.Adam(rest, lr=rate)]
    steps = epochs * math.ceil(len(bags) / batch)
    step = 0
    for epoch in range(epochs):
        order = draw.permutation(len(bags))
        net.train()
        for start in range(0, len(order), batch):
            part = order[start:start + batch]
            pace = min(1.0, (step + 1) / (0.05 * steps)) * (1 - step / steps)
            for optimizer in optimizers:
                optimizer.param_groups[0]["lr"] = rate * pace
                optimizer.zero_grad(set_to_none=True)
            a, b, c = net(*bagged([bags[i] for i in part]), drop)
            loss = (-(intent[part] * a.log_softmax(-1)).sum(-1)
                    - emotion_share * (emotion[part] * b.log_softmax(-1)).sum(-1)
                    + scope_share * F.binary_cross_entropy_with_logits(c, scope[part], reduction="none"))
            loss = loss.mean()
            loss.backward()
            for optimizer in optimizers:
                optimizer.step()
            step += 1
        if each:
            each(epoch, net)
    return net
