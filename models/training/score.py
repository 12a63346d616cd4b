"""What a net says of rows, and how often it is right."""

import numpy as np
import torch

from loop import BFLOAT16, padded


@torch.no_grad()
def predict(net, encoded, batch=64, fast=False):
    """(intent logits, emotion logits, scope logits, embeddings) of (ids, segments) rows, as arrays.

    `fast` multiplies in bfloat16 where the processor can: enough for soft labels of many rows.
    """
    net.eval()
    order = sorted(range(len(encoded)), key=lambda i: len(encoded[i][0]))
    kept = [None] * len(encoded)
    for start in range(0, len(order), batch):
        part = order[start:start + batch]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=fast and BFLOAT16):
            out = net(*padded([encoded[i] for i in part]))
        for place, i in enumerate(part):
            kept[i] = [t[place].float().numpy() for t in out]
    return [np.stack([k[j] for k in kept]) for j in range(4)]


def accuracy(rows, logits):
    """How often the first answer is one of the row's labels."""
    return float(np.mean([best in row.intents for row, best in zip(rows, logits.argmax(1))]))


def emotion_figures(rows, logits):
    """Accuracy, and the mean F1 of the emotions that occur."""
    said, true = logits.argmax(1), np.array([r.emotion for r in rows])
    f1 = []
    for e in sorted(set(true)):
        hit = np.sum((said == e) & (true == e))
        f1.append(2 * hit / max(1, np.sum(said == e) + np.sum(true == e)))
    return float(np.mean(said == true)), float(np.mean(f1))


def separation(rows, scope):
    """Area under the ROC curve of the scope score: foreign rows against the others."""
    order = np.argsort(np.argsort(scope))
    foreign = np.array([r.foreign for r in rows])
    if not foreign.any() or foreign.all():
        return float("nan")
    n, m = foreign.sum(), (~foreign).sum()
    return float((order[foreign].sum() - n * (n - 1) / 2) / (n * m))


def report(name, rows, logits):
    """One line of figures."""
    accurate, f1 = emotion_figures(rows, logits[1])
    print(f"   {name:28} {len(rows):6} rows  intent {accuracy(rows, logits[0]):.4f}  emotion "
          f"{accurate:.4f} (macro-F1 {f1:.3f})  scope AUC {separation(rows, logits[2]):.3f}", flush=True)
