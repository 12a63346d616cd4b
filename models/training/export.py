"""Chooses the best weights of the deep training on dev and writes `deep.onnx`, then checks it.

`python export.py PREPARED_DIR TAXONOMY WORK_DIR MODEL_DIR`. The file is run on dev with
onnxruntime and must agree with torch.
"""

import argparse
import re
import shutil
from pathlib import Path

import numpy as np
import torch

from cascade import run_deep
from corpus import load_corpus
from graphs import deep_graph
from net import Net
from train_deep import MOST_TOKENS, accuracy, predict
from vocab import encode

MOST_DIFFERENCE = 0.002


def best_net(work, corpus):
    """The net of the latest epoch with the better of its two weights (last, averaged), on dev."""
    epochs = {int(re.search(r"epoch(\d+)", p.name)[1]): p for p in work.glob("deep-epoch*.pt")}
    if not epochs:
        raise SystemExit(f"{work}: no deep-epoch*.pt, run train_deep.py first")
    state = torch.load(epochs[max(epochs)], weights_only=True)
    ids = encode(work / "tokenizer.json", [r.norm for r in corpus.dev], MOST_TOKENS)
    found = []
    for kind in ("net", "average"):
        net = Net(state["vocabulary"], len(corpus.intents), len(corpus.emotions))
        net.load_state_dict(state[kind])
        found.append((accuracy(corpus.dev, predict(net, ids)[0]), kind, net.eval()))
        print(f"epoch {max(epochs)}, {kind}: dev {found[-1][0]:.4f}", flush=True)
    score, _, net = max(found, key=lambda f: f[0])
    return net, score


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared")
    parser.add_argument("taxonomy")
    parser.add_argument("work", type=Path)
    parser.add_argument("models", type=Path)
    at = parser.parse_args()
    corpus = load_corpus(at.prepared, at.taxonomy)
    net, score = best_net(at.work, corpus)
    at.models.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(at.work / "tokenizer.json", at.models / "tokenizer.json")
    deep_graph(net.state_dict(), at.models / "deep.onnx")
    said = run_deep(at.models / "deep.onnx", at.models / "tokenizer.json", corpus.dev)[0]
    stored = accuracy(corpus.dev, said)
    same = float(np.mean(said.argmax(1) == predict(net, encode(
        at.work / "tokenizer.json", [r.norm for r in corpus.dev], MOST_TOKENS))[0].argmax(1)))
    print(f"deep.onnx: dev {stored:.4f}, torch {score:.4f}, same answer on {100 * same:.2f} %")
    if abs(stored - score) > MOST_DIFFERENCE:
        raise SystemExit("deep.onnx does not say what torch says")


if __name__ == "__main__":
    main()
