"""Mines keyword candidates of each intent and emotion from labelled messages, for a person to read.

    python models/training/lexicon/mine.py --data ../shared/data > candidates.tsv

Candidates are runs of whole words, as the engine cuts them, since a keyword counts only where words begin and end;
`^` and `$` mark a whole short message. Ranked by the z-score of the log-odds against all other rows, with an
informative Dirichlet prior (Monroe, Colaresi and Quinn 2008, equations 15, 16, 22); a row counts once. A run inside a
longer one with the same counts is left out, and so is what is a keyword already. Columns: the label, the run, z,
rows of the label (real, written), other rows, rows of the label that the lexicon gets wrong now, other rows that it
gets right now, ids to read. Never reads dev or what is held out. A minute on one core.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np

from lexicon import HITS, Lexicon, heard, written_files

SEPARATORS = set(" ,.!?;:、。…~()\"'\n")


def main():
    options = arguments()
    emotions = options.emotions
    lexicon = Lexicon.emotions(options.lexicon) if emotions else Lexicon.intents(options.lexicon)
    rows = []
    for path in [options.data / "train.jsonl", *written_files(options.written)]:
        for row in heard(path, options.lexicon, options.hits, emotions):
            row["real"] = path.name == "train.jsonl"
            row["labels"] = {row["emotion"]} if emotions else set(row["intent"].split("+"))
            row["right"] = answer(lexicon, row, emotions) in row["labels"]
            rows.append(row)
    holders = defaultdict(list)
    for number, row in enumerate(rows):
        for run in runs(row, options.longest):
            holders[run].append(number)
    holders = {run: held for run, held in holders.items() if len(held) >= options.least}
    print("label", "run", "z", "real", "written", "other", "missed", "risked", "ids", sep="\t")
    for label in sorted({label for row in rows for label in row["labels"]} - {"neutral"}):
        listing(label, rows, holders, lexicon, options)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--written", type=Path, default=Path("models/training/data"))
    parser.add_argument("--lexicon", type=Path, default=Path("models/lexicon"))
    parser.add_argument("--hits", type=Path, default=HITS, help="the engine's matcher, an example of fenliu-examples")
    parser.add_argument("--emotions", action="store_true", help="mine emotions instead of intents")
    parser.add_argument("--least", type=int, default=3, help="rows that must hold a run")
    parser.add_argument("--longest", type=int, default=8, help="characters of a run")
    parser.add_argument("--prior", type=float, default=50000.0, help="runs that the prior counts for")
    parser.add_argument("--top", type=int, default=300, help="candidates of each label")
    parser.add_argument("--z", type=float, default=1.5, help="least z-score")
    return parser.parse_args()


def answer(lexicon, row, emotions):
    total = lexicon.scores(lexicon.pairs(row))
    if emotions:
        total["neutral"] = 0.0
    return max(total, key=total.get) if total else "unclear"


def runs(row, longest):
    """Every run of words without mark or space, up to `longest` characters, once."""
    found, words = set(), row["words"]
    for start in range(len(words)):
        run = ""
        for word in words[start:]:
            run += word
            if len(run) > longest or SEPARATORS & set(word):
                break
            if len(run) > 1 or not run.isascii():
                found.add(run)
    if len(row["norm"]) <= longest:
        found.add(f"^{row['norm'].strip('!?.~, ')}$")
    return found


def listing(label, rows, holders, lexicon, options):
    inside = np.array([label in row["labels"] for row in rows])
    right = np.array([row["right"] for row in rows])
    real = np.array([row["real"] for row in rows])
    counts = {run: (int(inside[held].sum()), len(held)) for run, held in holders.items()}
    kept = {}
    for run, z in z_scores(counts, options.prior):
        if counts[run][0] >= options.least and z >= options.z and not known(lexicon, run, label):
            kept[run] = z
    for run in [inner for run in kept for inner in parts(run) if inner in kept and counts[inner] == counts[run]]:
        kept.pop(run, None)
    for run in sorted(kept, key=lambda run: (-kept[run], run))[: options.top]:
        held = np.array(holders[run])
        mine, others = held[inside[held]], held[~inside[held]]
        told = [real[mine].sum(), (~real[mine]).sum(), len(others), (~right[mine]).sum(), right[others].sum()]
        ids = ",".join(rows[i]["id"] for i in mine[:3])
        print(label, run, f"{kept[run]:.1f}", *told, ids, sep="\t")


def z_scores(counts, prior):
    """Run -> z of its log-odds within the label against without, the prior spread as the runs are over all rows."""
    within, everywhere = (sum(count[at] for count in counts.values()) for at in (0, 1))
    without = everywhere - within
    for run, (mine, total) in counts.items():
        a, other = prior * total / everywhere, total - mine
        odds = np.log((mine + a) / (within + prior - mine - a)) - np.log((other + a) / (without + prior - other - a))
        yield run, odds / np.sqrt(1 / (mine + a) + 1 / (other + a))


def known(lexicon, run, label):
    """Whether a run is a keyword of this label already, or its bare form is."""
    return any(label in lexicon.entries.get(form, {}) for form in (run, run.strip("^$")))


def parts(run):
    """The shorter runs of characters within a run that is not anchored."""
    if run[0] == "^":
        return
    for start in range(len(run)):
        for end in range(start + 1, len(run) + 1):
            if end - start < len(run):
                yield run[start:end]


if __name__ == "__main__":
    main()
