"""Writes the deep net that ships as `deep.onnx` and checks the file against torch.

`python export.py PREPARED_DIR TAXONOMY WORK_DIR MODEL_DIR [NAME]` (default `deep-after`).
"""

import argparse
import shutil
from pathlib import Path

import numpy as np

from cascade import run_deep
from corpus import load_corpus
from graphs import deep_graph
from score import accuracy, predict
from soften import net_of
from vocab import encode_pairs

# Torch predicts in sixteen bits and reads every piece: near ties fall otherwise.
LEAST_SAME = 0.99


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared")
    parser.add_argument("taxonomy")
    parser.add_argument("work", type=Path)
    parser.add_argument("models", type=Path)
    parser.add_argument("name", nargs="?", default="deep-after")
    at = parser.parse_args()
    dev = load_corpus(at.prepared, at.taxonomy).dev
    net = net_of(at.work / f"{at.name}.pt")
    at.models.mkdir(parents=True, exist_ok=True)
    tokenizer = at.models / "tokenizer.json"
    shutil.copyfile(at.work / "tokenizer.json", tokenizer)
    deep_graph(net.state_dict(), at.models / "deep.onnx")
    stored = run_deep(at.models / "deep.onnx", tokenizer, dev)[0]
    said = predict(net, encode_pairs(tokenizer, [(r.norm, r.before) for r in dev]))[0]
    same = float(np.mean(stored.argmax(1) == said.argmax(1)))
    a, b = accuracy(dev, stored), accuracy(dev, said)
    print(f"deep.onnx: dev {a:.4f}, torch {b:.4f}, same answer on {100 * same:.2f} %", flush=True)
    if same < LEAST_SAME:
        raise SystemExit("deep.onnx does not say what torch says")


if __name__ == "__main__":
    main()
