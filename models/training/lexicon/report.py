"""Measures the lexicon alone: accuracy, accuracy by intent, and how clean the grave keywords are.

    python models/training/lexicon/report.py --data ../shared/data --lexicon models/lexicon dev

`a+b` accepts either intent; silence counts as `unclear`.
"""

import argparse
from collections import Counter, defaultdict
from pathlib import Path

from fit import read_rows
from matcher import Lexicon, Matcher, best


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--lexicon", type=Path, default=Path("models/lexicon"))
    parser.add_argument("sets", nargs="*", default=["dev"], help="names of files in the data folder, without .jsonl")
    options = parser.parse_args()

    lexicon = Lexicon.read(options.lexicon)
    matcher = Matcher(lexicon)
    pairs = Counter(i for intents in lexicon.entries.values() for i in intents)
    print(f"{len(lexicon.entries)} keywords, {pairs.total()} pairs, fewest for one intent {min(pairs.values())}")
    for name in options.sets:
        measure(name, lexicon, matcher, read_rows(options.data / f"{name}.jsonl"), pairs)


def measure(name, lexicon, matcher, rows, pairs):
    seen, found, named = Counter(), Counter(), Counter()
    right, silent = 0, 0
    grave = defaultdict(Counter)
    for row in rows:
        labels = row["intent"].split("+")
        hits = matcher.pairs(row["text"])
        answer = best(lexicon, hits)
        right += answer in labels
        silent += not hits
        named[answer] += 1
        seen.update(labels)
        found.update(i for i in labels if i == answer)
        for intent in {i for w, i in hits if lexicon.entries[w][i].grave}:
            grave[intent]["right" if intent in labels else "wrong"] += 1
    print(f"\n{name}: accuracy {right / len(rows):.4f} of {len(rows)}, silent {silent / len(rows):.3f}")
    print(f"{'intent':20} keywords  seen  recall  precision")
    for intent, count in sorted(seen.items(), key=lambda item: -item[1]):
        precision = found[intent] / named[intent] if named[intent] else 0.0
        print(f"{intent:20} {pairs[intent]:8} {count:5} {found[intent] / count:7.2f} {precision:10.2f}")
    for intent, tally in sorted(grave.items()):
        print(f"grave {intent}: {tally['right']} right, {tally['wrong']} on messages of another intent")


if __name__ == "__main__":
    main()
