"""Trains the fast net and writes `fast.onnx`.

`python train_fast.py PREPARED_DIR TAXONOMY WORK_DIR OUT.onnx`. With `WORK_DIR/teacher.npz` there
(see teach.py) it learns from the deep net's soft labels on labelled and unlabelled messages;
without, from the labels alone.
"""

import argparse
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from corpus import load_corpus
from fast import Fast, Features, fit, score
from graphs import fast_graph
from train_deep import accuracy, targets

RECIPE = {"width": 64, "epochs": 4, "rate": 1.2e-2, "batch": 256, "drop": 0.3}
SOFT_SHARE = 0.7


def lessons(corpus, teacher):
    """Rows with their wanted distributions: labels, mixed with the teacher's where it spoke."""
    rows = list(corpus.train)
    intent = targets(rows, len(corpus.intents))
    emotion = F.one_hot(torch.tensor([r.emotion for r in rows]), len(corpus.emotions)).float()
    if teacher is None:
        return rows, intent, emotion
    soft = {name: torch.from_numpy(teacher[name]).float().softmax(-1) for name in
            ("train_intent", "train_emotion", "pool_intent", "pool_emotion")}
    for name, count in (("train_intent", len(rows)), ("pool_intent", len(corpus.pool))):
        if len(soft[name]) != count:
            raise SystemExit(f"teacher.npz: {len(soft[name])} rows in `{name}`, the corpus has "
                             f"{count}; delete it and run again")
    intent = torch.cat([SOFT_SHARE * soft["train_intent"] + (1 - SOFT_SHARE) * intent,
                        soft["pool_intent"]])
    emotion = torch.cat([SOFT_SHARE * soft["train_emotion"] + (1 - SOFT_SHARE) * emotion,
                         soft["pool_emotion"]])
    return rows + corpus.pool, intent, emotion


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared")
    parser.add_argument("taxonomy")
    parser.add_argument("work", type=Path)
    parser.add_argument("out", type=Path)
    at = parser.parse_args()
    torch.set_num_threads(int(os.environ.get("THREADS", "2")))
    corpus = load_corpus(at.prepared, at.taxonomy)
    path = at.work / "teacher.npz"
    rows, intent, emotion = lessons(corpus, np.load(path) if path.exists() else None)
    features = Features([r.features for r in rows])
    bags = {"all": [features.rows(np.array(r.features)) for r in rows],
            "dev": [features.rows(np.array(r.features)) for r in corpus.dev],
            "held": [features.rows(np.array(r.features)) for r in corpus.held]}
    began = time.time()
    print(f"fast: {len(rows)} rows, {features.size} features kept, "
          f"{'soft labels' if path.exists() else 'hard labels'}", flush=True)

    def each(epoch, net):
        print(f"fast epoch {epoch + 1}: dev {accuracy(corpus.dev, score(net, bags['dev'])[0]):.4f} "
              f"held {accuracy(corpus.held, score(net, bags['held'])[0]):.4f} "
              f"({time.time() - began:.0f} s)", flush=True)

    recipe = dict(RECIPE)
    torch.manual_seed(17)
    net = Fast(features, recipe.pop("width"), len(corpus.intents), len(corpus.emotions))
    fit(net, bags["all"], intent, emotion, each=each, **recipe)
    fast_graph(net, features, at.out)


if __name__ == "__main__":
    main()
