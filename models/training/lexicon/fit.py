"""Fits the weights of models/lexicon/intent/*.toml on labelled messages and writes them back.

    python models/training/lexicon/fit.py --data ../shared/data --lexicon models/lexicon

A multinomial logistic regression over exactly the pairs (keyword, intent) that the files hold, with
the service's own rule that only intents with a hit take part beside a constant "nothing" of score 0.
Weights never fall below 0.1, are drawn towards a prior (so that a keyword which the data never saw
keeps a sensible weight) and rounded to 0.1. Grave keywords keep the weight set by hand.
Order, comments and everything else of the files stay as they are; the biases go to bias.toml.
Needs jieba, numpy and scipy; half a minute on one core. Data is for fitting only: `dev` is measured, never fitted.
"""

import argparse
import json
import re
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from matcher import Lexicon, Matcher, best

LINE = re.compile(r'^("(?:[^"\\]|\\.)*") = ([0-9.]+)$')
TABLE = re.compile(r"^\[(\w+)\]$")
FLOOR = 0.1


def read_rows(path):
    with open(path, encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def prior(written, intents):
    """What an unseen keyword is worth: long and one-sided says more than short and shared."""
    length = len(written.strip("^$"))
    alone = 1.0 if len(intents) == 1 else 0.6
    return alone * min(0.8 + 0.35 * length, 2.5)


class Problem:
    """The messages as a sparse design: one row for each (message, intent hit)."""

    def __init__(self, lexicon, matcher, rows, share):
        self.pairs = [(w, i) for w, intents in lexicon.entries.items() for i in intents]
        self.index = {pair: n for n, pair in enumerate(self.pairs)}
        self.intents = sorted({i for _, i in self.pairs})
        bias_at = {i: len(self.pairs) + n for n, i in enumerate(self.intents)}
        self.size = len(self.pairs) + len(self.intents)
        indptr, indices, starts, target, weight = [0], [], [], [], []
        for row, at in zip(rows, share):
            pairs = matcher.pairs(row["text"])
            if not pairs:
                continue
            named = {}
            for written, intent in sorted(pairs):
                named.setdefault(intent, []).append(self.index[written, intent])
            labels = set(row["intent"].split("+"))
            right = [i for i in named if i in labels]
            starts.append(len(target))
            for intent, columns in named.items():
                indices += columns + [bias_at[intent]]
                indptr.append(len(indices))
                target.append(at / len(right) if intent in right else 0.0)
            # the row of "nothing": no column, score 0
            indptr.append(len(indices))
            target.append(0.0 if right else at)
            weight.append(at)
        shape = (len(target), self.size)
        self.design = csr_matrix((np.ones(len(indices)), indices, indptr), shape=shape)
        self.transposed = self.design.T.tocsr()
        self.starts = np.array(starts)
        self.owner = np.repeat(np.arange(len(starts)), np.diff(np.append(starts, len(target))))
        self.target, self.weight = np.array(target), np.array(weight)

    def loss(self, x, centre, pull):
        score = self.design @ x
        top = np.maximum.reduceat(score, self.starts)
        power = np.exp(score - top[self.owner])
        total = np.add.reduceat(power, self.starts)
        chance = power / total[self.owner]
        log_total = np.log(total) + top
        value = self.weight @ log_total - self.target @ score
        gradient = self.transposed @ (chance * self.weight[self.owner] - self.target)
        away = x - centre
        return value + 0.5 * pull @ (away * away), gradient + pull * away


def fit(lexicon, matcher, rows, share, options):
    problem = Problem(lexicon, matcher, rows, share)
    centre = np.zeros(problem.size)
    pull = np.full(problem.size, options.pull)
    bounds = []
    for n, (written, intent) in enumerate(problem.pairs):
        entry = lexicon.entries[written][intent]
        centre[n] = entry.weight if entry.grave else prior(written, lexicon.entries[written])
        bounds.append((entry.weight, entry.weight) if entry.grave else (FLOOR, options.ceiling))
    for _ in problem.intents:
        bounds.append((-options.bias, options.bias))
    found = minimize(
        problem.loss,
        np.clip(centre, [b[0] for b in bounds], [b[1] for b in bounds]),
        args=(centre, pull),
        jac=True,
        bounds=bounds,
        method="L-BFGS-B",
        options={"maxiter": options.steps},
    )
    fitted = np.round(found.x, 1)
    for n, (written, intent) in enumerate(problem.pairs):
        lexicon.entries[written][intent].weight = float(fitted[n])
    lexicon.bias = {i: float(fitted[len(problem.pairs) + n]) for n, i in enumerate(problem.intents)}


def write_back(lexicon, folder, bias):
    for path in sorted((folder / "intent").glob("*.toml")):
        if path.name == "bias.toml":
            continue
        table, lines = None, []
        for line in path.read_text("utf-8").splitlines():
            if opened := TABLE.match(line):
                table = opened.group(1)
            elif entry := LINE.match(line):
                written = json.loads(entry.group(1))
                line = f"{entry.group(1)} = {lexicon.entries[written][table].weight:.1f}"
            lines.append(line)
        path.write_text("\n".join(lines) + "\n", "utf-8")
    if bias:
        rows = [f"{i} = {v:.1f}" for i, v in sorted(lexicon.bias.items())]
        head = ["# What an intent's score starts from once one of its keywords is heard; fitted, see models/training/lexicon.", "[bias]"]
        (folder / "intent" / "bias.toml").write_text("\n".join(head + rows) + "\n", "utf-8")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the labelled messages")
    parser.add_argument("--lexicon", type=Path, default=Path("models/lexicon"))
    parser.add_argument("--pull", type=float, default=1.0, help="strength of the prior")
    parser.add_argument("--bias", type=float, default=3.0, help="largest bias of an intent, 0 for none")
    parser.add_argument("--ceiling", type=float, default=8.0, help="largest weight")
    parser.add_argument("--written", type=float, default=1.0, help="what a written message counts beside a real one")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--dry", action="store_true", help="only report, write nothing")
    options = parser.parse_args()

    lexicon = Lexicon.read(options.lexicon)
    real, written = read_rows(options.data / "train.jsonl"), read_rows(options.data / "written-train.jsonl")
    matcher = Matcher(lexicon)
    fit(lexicon, matcher, real + written, [1.0] * len(real) + [options.written] * len(written), options)
    for name, rows in (("train", real), ("written-train", written), ("dev", read_rows(options.data / "dev.jsonl"))):
        right = sum(best(lexicon, matcher.pairs(r["text"])) in r["intent"].split("+") for r in rows)
        print(f"{name}: {right / len(rows):.4f} of {len(rows)}")
    if not options.dry:
        write_back(lexicon, options.lexicon, options.bias > 0)


if __name__ == "__main__":
    main()
