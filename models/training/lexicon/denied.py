"""What negation does to the intents: the answers with and without it, and denied keywords to read.

    python denied.py --data ../shared/data --lexicon models/lexicon --sample 50
"""

import argparse
import random
from pathlib import Path

from fit import read_rows
from matcher import Lexicon, Matcher, best, normalise


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of the labelled messages")
    parser.add_argument("--lexicon", type=Path, default=Path("models/lexicon"))
    parser.add_argument("--sample", type=int, default=0, help="how many denied keywords of train to print")
    options = parser.parse_args()

    lexicon = Lexicon.read(options.lexicon)
    matcher = Matcher(lexicon)
    named = lexicon.deniable
    for name in ("train", "written-train", "dev"):
        seen = []
        for row in read_rows(options.data / f"{name}.jsonl"):
            denied = [w for w, denied in matcher.standing(row["text"]).items() if denied]
            if any(i in named for w in denied for i in lexicon.entries[w]):
                seen.append((row, denied))
        right = [answers(lexicon, matcher, seen, deniable) for deniable in (set(), named, None)]
        told = "{} when nothing can be denied, {} with the intents named, {} with every intent".format(*right)
        print(f"{name}: {len(seen)} messages with a denied keyword; right are {told}")
        if name == "train":
            sample(lexicon, seen, named, options.sample)


def answers(lexicon, matcher, seen, deniable):
    lexicon.deniable = deniable
    return sum(best(lexicon, matcher.pairs(row["text"])) in row["intent"].split("+") for row, _ in seen)


def sample(lexicon, seen, named, count):
    found = [(row, w, i) for row, denied in seen for w in denied for i in lexicon.entries[w] if i in named]
    for row, written, intent in random.Random(1).sample(found, min(count, len(found))):
        bare = written.strip("^$")
        print(f"  not {intent}, but {row['intent']}: {normalise(row['text'])[:60].replace(bare, f'【{bare}】', 1)}")


if __name__ == "__main__":
    main()
