"""Fits the weights of models/lexicon/emotion.toml on labelled messages and writes them back.

    python fit_emotion.py --data ../shared/data --lexicon models/lexicon

The words are chosen by people; only the numbers behind them are set here. An emotion's score is its bias plus the
weights of its keywords that stand; only emotions with a hit take part, and neutral has the constant score 0. The
weights minimise the cross-entropy of that softmax, are drawn towards a prior, so that a word which the data never
saw keeps a sensible weight, and never fall below 0.1. Order and comments stay as they are.
"""

import argparse
import json
import re
import tomllib
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import f1_score

from matcher import Entry, Lexicon, Matcher

EMOTIONS = ["neutral", "positive", "anxious", "dissatisfied", "angry"]
LINE = re.compile(r'^(?P<word>"(?:[^"\\]|\\.)+") = [\d.]+$')
# What an unseen word is worth: enough to outweigh the bias of its emotion alone.
PRIOR = {"positive": 1.5, "anxious": 1.5, "dissatisfied": 1.5, "angry": 2.4}
FLOOR, CEILING = 0.1, 6.0


def main():
    options = arguments()
    lexicon, pairs = read(options.lexicon)
    rows = {name: read_rows(options.data / f"{name}.jsonl") for name in ("train", "written-train", "dev")}
    matcher = Matcher(lexicon)
    train = Design(matcher, pairs, rows["train"] + rows["written-train"], len(rows["train"]))
    dev = Design(matcher, pairs, rows["dev"], len(rows["dev"]))
    report("dev, as the file stands", dev, [lexicon.entries[w][e].weight for w, e in pairs], lexicon.bias)
    weights, bias = fit(train, pairs, options)
    report("train and written-train, fitted", train, weights, bias)
    report("dev, fitted", dev, weights, bias)
    if options.seen:
        listing(pairs, train, weights)
    if not options.dry:
        write_back(options.lexicon / "emotion.toml", dict(zip(pairs, weights)), bias)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the labelled messages")
    parser.add_argument("--lexicon", type=Path, default=Path("models/lexicon"))
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--pull", type=float, default=2.0, help="strength of the prior")
    parser.add_argument("--balance", type=float, default=0.3, help="0: as in the data, 1: each emotion the same mass")
    parser.add_argument("--written", type=float, default=1.0, help="what a written message counts beside a real one")
    parser.add_argument("--dry", action="store_true", help="only report, write nothing")
    parser.add_argument("--seen", action="store_true", help="list every word with its weight and how often it is right")
    return parser.parse_args()


def read(folder):
    """The lexicon with the emotions' keywords in place of the intents', and its pairs (keyword, emotion)."""
    tables = tomllib.loads((folder / "emotion.toml").read_text("utf-8"))
    lexicon = Lexicon.read(folder)
    lexicon.bias = tables.pop("bias", {})
    lexicon.entries = {}
    for emotion, rows in tables.items():
        for written, value in rows.items():
            lexicon.entries.setdefault(written, {})[emotion] = Entry(value)
    return lexicon, [(w, e) for w, emotions in lexicon.entries.items() for e in emotions]


def read_rows(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Design:
    """Which pairs stand in each message, as two parallel index arrays, and the labels."""

    def __init__(self, matcher, pairs, rows, real):
        index = {pair: n for n, pair in enumerate(pairs)}
        found = [
            (number, index[written, emotion])
            for number, row in enumerate(rows)
            for written in sorted(matcher.hits(row["text"]))
            for emotion in matcher.lexicon.entries[written]
        ]
        self.row, self.pair = np.array(found).reshape(-1, 2).T
        self.emotion = np.array([EMOTIONS.index(e) for _, e in pairs])[self.pair]
        self.label = np.array([EMOTIONS.index(row["emotion"]) for row in rows])
        self.real = np.arange(len(rows)) < real
        self.absent = torch.ones(len(rows), len(EMOTIONS), dtype=torch.bool)
        self.absent[self.row, self.emotion] = False
        self.absent[:, 0] = False

    def scores(self, weights, bias):
        shape = self.absent.shape
        flat = torch.zeros(shape[0] * shape[1], dtype=weights.dtype)
        at = torch.from_numpy(self.row * shape[1] + self.emotion)
        flat = flat.index_add(0, at, weights[torch.from_numpy(self.pair)])
        start = torch.cat([torch.zeros(1, dtype=weights.dtype), bias])
        return (flat.view(shape) + start).masked_fill(self.absent, -1e9)


def fit(design, pairs, options):
    centre = torch.tensor([PRIOR[emotion] for _, emotion in pairs]).double()
    mass = np.bincount(design.label, minlength=len(EMOTIONS)) / len(design.label)
    share = (1 / mass[design.label]) ** options.balance * np.where(design.real, 1.0, options.written)
    share = torch.from_numpy(share / share.mean())
    label = torch.from_numpy(design.label)
    weights = centre.clone().requires_grad_()
    bias = torch.zeros(len(EMOTIONS) - 1).double().requires_grad_()
    optimiser = torch.optim.Adam([weights, bias], lr=0.05)
    for _ in range(options.steps):
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(design.scores(weights, bias), label, reduction="none")
        away = ((weights - centre) ** 2).sum() * options.pull / 2
        (((loss * share).sum() + away) / len(label)).backward()
        optimiser.step()
        with torch.no_grad():
            weights.clamp_(FLOOR, CEILING)
    fitted = [round(w, 1) for w in weights.tolist()]
    return fitted, {e: round(b, 1) for e, b in zip(EMOTIONS[1:], bias.tolist())}


def report(name, design, weights, bias):
    start = torch.tensor([bias.get(e, 0.0) for e in EMOTIONS[1:]]).double()
    said = design.scores(torch.tensor(weights).double(), start).argmax(1).numpy()
    each = f1_score(design.label, said, labels=range(len(EMOTIONS)), average=None, zero_division=0)
    told = ", ".join(f"{e} {f:.3f}" for e, f in zip(EMOTIONS, each))
    print(f"{name}: macro-F1 {each.mean():.3f}, accuracy {(said == design.label).mean():.3f} ({told})")


def listing(pairs, design, weights):
    count = np.bincount(design.pair, minlength=len(pairs))
    right = np.bincount(design.pair, design.label[design.row] == design.emotion, minlength=len(pairs))
    for n in sorted(range(len(pairs)), key=lambda n: (pairs[n][1], -weights[n])):
        print(f"{pairs[n][1]}\t{pairs[n][0]}\t{weights[n]}\t{int(right[n])}/{count[n]}")


def write_back(path, fitted, bias):
    table, lines = "", []
    for line in path.read_text("utf-8").splitlines():
        if line.startswith("["):
            table = line.strip("[]")
        found = LINE.match(line)
        if found and table != "bias":
            line = f"{found['word']} = {fitted[json.loads(found['word']), table]:.1f}"
        elif table == "bias" and "=" in line:
            name = line.split("=")[0].strip()
            line = f"{name} = {bias[name]:.1f}"
        lines.append(line)
    path.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
