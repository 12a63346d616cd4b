"""What the teachers say of every training and unlabelled message, mixed: `WORK_DIR/soft.npz`.

`python soften.py PREPARED_DIR TAXONOMY WORK_DIR NAME[=WEIGHT] ... [--out soft.npz] [--licence]`, NAME a net of
train_deep.py (`WORK_DIR/NAME.pt`) or `bag`, a fast net of labels alone (trained here; seconds). The
likelihoods are mixed with the weights (default 1), each at the temperature of least loss on the held
rows. Rows: the training rows, then the unlabelled ones, in the order of corpus.py.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from calibrate import softmax, temperature, wanted
from corpus import digest_of, load_corpus
from fast import Fast, Features, fit, score
from net import Net
from score import predict, report
from train_deep import targets
from train_fast import RECIPE
from vocab import encode_pairs


def net_of(path):
    """A trained deep net out of its file."""
    state = torch.load(path, weights_only=True)
    w = state["net"]
    net = Net(w["words.weight"].shape[0], w["intent.bias"].shape[0], w["emotion.bias"].shape[0],
              state["recipe"]["layers"])
    net.load_state_dict(w)
    return net.eval()


def bag_says(corpus, parts):
    """Logits of a fast net that has seen the labels alone."""
    features = Features([r.features for r in corpus.train])
    net = Fast(features, RECIPE["width"], len(corpus.intents), len(corpus.emotions))
    emotion = F.one_hot(torch.tensor([r.emotion for r in corpus.train]), len(corpus.emotions)).float()
    scope = torch.tensor([float(r.foreign) for r in corpus.train])
    fit(net, [features.rows(r.features) for r in corpus.train],
        targets(corpus.train, len(corpus.intents)), emotion, scope, 3, RECIPE["rate"],
        RECIPE["batch"], RECIPE["drop"])
    return [score(net, [features.rows(r.features) for r in rows]) for rows in parts]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared")
    parser.add_argument("taxonomy")
    parser.add_argument("work", type=Path)
    parser.add_argument("teachers", nargs="+")
    parser.add_argument("--out", default="soft.npz")
    parser.add_argument("--licence", action="store_true")
    at = parser.parse_args()
    corpus = load_corpus(at.prepared, at.taxonomy, at.licence)
    tests = {"held": corpus.held} | corpus.tests
    parts = list(tests.values()) + [corpus.train + corpus.pool]
    total = [[0.0, 0.0, 0.0] for _ in parts]
    weights = [(name, float(weight or 1)) for name, _, weight in (t.partition("=") for t in at.teachers)]
    for name, weight in weights:
        if name == "bag":
            said = bag_says(corpus, parts)
        else:
            net = net_of(at.work / f"{name}.pt")
            said = [predict(net, encode_pairs(at.work / "tokenizer.json", [(r.norm, r.before) for r in rows]),
                            fast=rows is parts[-1]) for rows in parts]
        heat = [temperature(said[0][0], wanted(corpus.held, len(corpus.intents), lambda r: r.intents)),
                temperature(said[0][1], wanted(corpus.held, len(corpus.emotions), lambda r: (r.emotion,)))]
        print(f"{name}: weight {weight}, temperatures {heat}", flush=True)
        for test, logits in zip(tests, said):
            report(test, tests[test], logits)
        share = weight / sum(w for _, w in weights)
        for sums, logits in zip(total, said):
            for j in (0, 1):
                sums[j] = sums[j] + share * softmax(logits[j], heat[j])
            sums[2] = sums[2] + share / (1.0 + np.exp(-logits[2].astype(np.float64)))
    print("all teachers together", flush=True)
    for test, likelihoods in zip(tests, total):
        report(test, tests[test], likelihoods)
    # Whole or not at all: run.sh takes a file that is there for a finished step.
    part = at.work / f"{at.out}.part"
    with open(part, "wb") as out:
        np.savez(out, **{name: value.astype(np.float32) for name, value in
                         zip(("intent", "emotion", "scope"), total[-1])},
                 rows=np.array(digest_of(parts[-1])))
    os.replace(part, at.work / at.out)


if __name__ == "__main__":
    main()
