"""Trains the fast net on what the teachers say, and writes `fast.onnx`.

`python train_fast.py PREPARED_DIR TAXONOMY WORK_DIR OUT.onnx [--licence]`; needs `WORK_DIR/soft-fast.npz`
(soften.py).
"""

import argparse
from pathlib import Path

import numpy as np

from corpus import load_corpus
from fast import Fast, Features, fit, score
from graphs import fast_graph
from score import report
from train_deep import lessons

RECIPE = {"width": 64, "epochs": 5, "rate": 1.2e-2, "batch": 256, "drop": 0.3}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared")
    parser.add_argument("taxonomy")
    parser.add_argument("work", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--licence", action="store_true")
    parser.add_argument("--hard", action="store_true", help="learn from the labels alone, to compare")
    parser.add_argument("--soft", default="soft-fast.npz", help="the file of soft labels")
    at = parser.parse_args()
    corpus = load_corpus(at.prepared, at.taxonomy, at.licence)
    soft = None if at.hard else np.load(at.work / at.soft)
    rows, intent, emotion, scope = lessons(corpus, soft)
    features = Features([r.features for r in rows])
    net = Fast(features, RECIPE["width"], len(corpus.intents), len(corpus.emotions))
    bags = [features.rows(r.features) for r in rows]
    tests = {"held": corpus.held} | corpus.tests
    heard = {name: [features.rows(r.features) for r in part] for name, part in tests.items()}
    print(f"fast: {len(rows)} rows, {features.size} features, {RECIPE}", flush=True)

    def after(epoch, net):
        if epoch + 1 == RECIPE["epochs"]:
            for name, part in tests.items():
                report(name, part, score(net, heard[name]))

    fit(net, bags, intent, emotion, scope, RECIPE["epochs"], RECIPE["rate"], RECIPE["batch"],
        RECIPE["drop"], each=after)
    at.out.parent.mkdir(parents=True, exist_ok=True)
    fast_graph(net, features, at.out)


if __name__ == "__main__":
    main()
