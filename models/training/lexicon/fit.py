"""Fits the weights of models/lexicon/intent/*.toml, or of emotion.toml, on labelled messages and writes them back.

    python models/training/lexicon/fit.py --data ../shared/data                # intents
    python models/training/lexicon/fit.py --data ../shared/data --emotions
    python models/training/lexicon/fit.py --data ../shared/data --folds 5 --pull 0.3 1 3   # choose, write nothing

People choose the words; only the numbers are set here. What stands in a message is told by the engine (`hits`, an
example of fenliu-examples). A multinomial logistic regression over exactly the pairs (keyword, label) of the files,
with the engine's rule that only labels with a hit take part beside a constant 0 (nothing heard; for the emotions:
neutral). Weights never fall below 0.1, are drawn towards a prior, so that a keyword which the data never saw keeps a
sensible weight, and are rounded to 0.1. Grave keywords keep the weight set by hand. Order, comments and everything
else of the files stay as they are. Needs numpy and scipy; a minute on one core.

With --folds nothing is written: each fold of the rows is answered with the weights of the others, for each --pull and
each --share, and the right answers are told apart for real and written messages. `dev` is never read.
"""

import argparse
import json
import zlib
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from lexicon import HITS, LINE, TABLE, Lexicon, heard, written_files

FLOOR = 0.1
# What an unseen word of an emotion is worth: enough to outweigh the bias of its emotion alone.
UNSEEN = {"positive": 1.5, "anxious": 1.5, "dissatisfied": 1.5, "angry": 2.4}
NEUTRAL = "neutral"


def main():
    options = arguments()
    lexicon = Lexicon.emotions(options.lexicon) if options.emotions else Lexicon.intents(options.lexicon)
    rows, real = [], []
    for path in [options.data / "train.jsonl", *written_files(options.written)]:
        more = heard(path, options.lexicon, options.hits, options.emotions)
        rows += more
        real += [path.name == "train.jsonl"] * len(more)
    labels = [{row["emotion"]} if options.emotions else set(row["intent"].split("+")) for row in rows]
    problem = Problem(lexicon, rows, labels, np.array(real), options)
    if options.folds:
        choose(problem, options)
        return
    found = problem.fit(np.ones(len(rows), bool), options.pull[0], options.share[0])
    problem.tell("fitted on all of these", problem.right(found), np.ones(len(rows), bool))
    problem.settle(found)
    write_back(lexicon, options)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the real messages")
    parser.add_argument("--written", type=Path, default=Path("models/training/data"))
    parser.add_argument("--lexicon", type=Path, default=Path("models/lexicon"))
    parser.add_argument("--hits", type=Path, default=HITS, help="the engine's matcher")
    parser.add_argument("--emotions", action="store_true", help="fit emotion.toml")
    parser.add_argument("--pull", type=float, nargs="+", default=[1.0], help="strength of the prior")
    parser.add_argument("--share", type=float, nargs="+", default=[1.0], help="a written message beside a real one")
    parser.add_argument("--balance", type=float, default=0.5, help="0: as in the data, 1: each emotion the same mass")
    parser.add_argument("--bias", type=float, default=3.0, help="largest bias of a label")
    parser.add_argument("--ceiling", type=float, default=8.0, help="largest weight")
    parser.add_argument("--folds", type=int, default=0, help="only compare --pull and --share, by cross-validation")
    parser.add_argument("--steps", type=int, default=300)
    return parser.parse_args()


def prior(written, labels, label):
    """What an unseen keyword is worth: long and one-sided says more than short and shared."""
    if label in UNSEEN:
        return UNSEEN[label]
    length = len(written.strip("^$"))
    return (1.0 if len(labels) == 1 else 0.6) * min(0.8 + 0.35 * length, 2.5)


class Problem:
    """The messages as a sparse design: a row for each (message, label hit), and for each message one of score 0."""

    def __init__(self, lexicon, rows, labels, real, options):
        self.lexicon, self.options, self.real = lexicon, options, real
        self.pairs = [(written, name) for written, names in lexicon.entries.items() for name in names]
        self.names = sorted({name for _, name in self.pairs})
        self.labels = labels
        index = {pair: n for n, pair in enumerate(self.pairs)}
        bias_at = {name: len(self.pairs) + n for n, name in enumerate(self.names)}
        self.size = len(self.pairs) + len(self.names)
        indptr, indices, starts, target, answers = [0], [], [], [], []
        self.message = []
        for number, row in enumerate(rows):
            named = {}
            for pair in sorted(lexicon.pairs(row)):
                named.setdefault(pair[1], []).append(index[pair])
            if not named:
                continue
            right = [name for name in named if name in labels[number]]
            starts.append(len(target))
            self.message.append(number)
            for name, columns in named.items():
                indices += columns + [bias_at[name]]
                indptr.append(len(indices))
                target.append(1 / len(right) if name in right else 0.0)
                answers.append(name)
            indptr.append(len(indices))
            target.append(0.0 if right else 1.0)
            answers.append(NEUTRAL if options.emotions else None)
        self.design = csr_matrix((np.ones(len(indices)), indices, indptr), shape=(len(target), self.size))
        self.starts, self.message = np.array(starts), np.array(self.message)
        self.length = np.diff(np.append(starts, len(target)))
        self.target, self.answers = np.array(target), answers
        self.centre, bounds = np.zeros(self.size), []
        for n, (written, name) in enumerate(self.pairs):
            entry = lexicon.entries[written][name]
            self.centre[n] = entry.weight if entry.grave else prior(written, lexicon.entries[written], name)
            bounds.append((entry.weight, entry.weight) if entry.grave else (FLOOR, options.ceiling))
        self.bounds = bounds + [(-options.bias, options.bias)] * len(self.names)
        self.low, self.high = np.array(self.bounds).T

    def mass(self, share):
        """What each message counts."""
        mass = np.where(self.real, 1.0, share)
        if self.options.emotions:
            felt = np.array([next(iter(label)) for label in self.labels])
            part = {name: mass[felt == name].sum() / mass.sum() for name in set(felt)}
            mass = mass * np.array([(1 / part[name]) ** self.options.balance for name in felt])
            mass /= mass.mean()
        return mass

    def fit(self, use, pull, share):
        chosen = use[self.message]
        weight = self.mass(share)[self.message][chosen]
        line = np.repeat(chosen, self.length)
        design, length = self.design[line], self.length[chosen]
        starts = np.concatenate([[0], np.cumsum(length)[:-1]])
        owner = np.repeat(np.arange(len(length)), length)
        target, transposed = self.target[line] * weight[owner], design.T.tocsr()

        def loss(x):
            score = design @ x
            top = np.maximum.reduceat(score, starts)
            power = np.exp(score - top[owner])
            total = np.add.reduceat(power, starts)
            away = x - self.centre
            value = weight @ (np.log(total) + top) - target @ score + 0.5 * pull * (away @ away)
            return value, transposed @ (power / total[owner] * weight[owner] - target) + pull * away

        start = np.clip(self.centre, self.low, self.high)
        steps = {"maxiter": self.options.steps}
        return minimize(loss, start, jac=True, bounds=self.bounds, method="L-BFGS-B", options=steps).x

    def right(self, x):
        """Whether each message is answered right."""
        score = self.design @ np.round(x, 1)
        silence = NEUTRAL if self.options.emotions else "unclear"
        said = [silence] * len(self.labels)
        for number, start, length in zip(self.message, self.starts, self.length):
            held = [(score[at], self.answers[at]) for at in range(start, start + length) if self.answers[at]]
            said[number] = max(held, key=lambda pair: pair[0])[1]
        self.said = said
        return np.array([name in labels for name, labels in zip(said, self.labels)])

    def tell(self, name, right, use):
        real, written = use & self.real, use & ~self.real
        told = f"{name}: real {right[real].mean():.4f}, written {right[written].mean():.4f}"
        if self.options.emotions:
            told += f", macro-F1 real {self.macro_f1(real):.4f}, written {self.macro_f1(written):.4f}"
        print(told, flush=True)

    def macro_f1(self, use):
        wanted = [next(iter(label)) for label, used in zip(self.labels, use) if used]
        said = [name for name, used in zip(self.said, use) if used]
        scores = []
        for name in [NEUTRAL, *self.names]:
            hit = sum(a == b == name for a, b in zip(wanted, said))
            scores.append(2 * hit / max(1, wanted.count(name) + said.count(name)))
        return np.mean(scores)

    def settle(self, x):
        fitted = np.round(x, 1)
        for n, (written, name) in enumerate(self.pairs):
            self.lexicon.entries[written][name].weight = float(fitted[n])
        self.lexicon.bias = {name: float(fitted[len(self.pairs) + n]) for n, name in enumerate(self.names)}


def choose(problem, options):
    fold = np.array([zlib.crc32(repr(n).encode()) % options.folds for n in range(len(problem.labels))])
    for pull in options.pull:
        for share in options.share:
            right, said = np.zeros(len(fold), bool), [None] * len(fold)
            for part in range(options.folds):
                answered = problem.right(problem.fit(fold != part, pull, share))
                right[fold == part] = answered[fold == part]
                said = [new if at == part else old for new, old, at in zip(problem.said, said, fold)]
            problem.said = said
            problem.tell(f"pull {pull:g}, share {share:g}", right, np.ones(len(fold), bool))


def write_back(lexicon, options):
    paths = [options.lexicon / "emotion.toml"] if options.emotions else sorted((options.lexicon / "intent").glob("*.toml"))
    for path in paths:
        table, lines = None, []
        for line in path.read_text("utf-8").splitlines():
            if opened := TABLE.match(line):
                table = opened.group(1)
            elif table == "bias" and "=" in line:
                name = line.split("=")[0].strip()
                line = f"{name} = {lexicon.bias[name]:.1f}"
            elif entry := LINE.match(line):
                line = f"{entry.group(1)} = {lexicon.entries[json.loads(entry.group(1))][table].weight:.1f}"
            lines.append(line)
        path.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
