"""Measures how varied the written messages are, and refuses them where they repeat each other.

`python variety.py [FILE.jsonl ...]` (default: every `*.jsonl` beside this script). Needs nothing
but Python. Prints, for each file and for all of them, the messages, the distinct character 3-grams
for each message, and the share of near-duplicates; exits 1 where that share is above 2 %.

A near-duplicate is a message whose overlap with an earlier one is above 0.7. The overlap is Dice's
coefficient (2 x shared / (all of one + all of the other)) of the character 2-grams, counted as often
as they occur, after spaces, punctuation and letter case are taken out; a message of one character
counts as that character. The same text under two labels, or in two files, counts too. What was said
before a message counts as part of it.
"""

import json
import sys
import unicodedata
from collections import Counter
from pathlib import Path

OVERLAP = 0.7
MOST_NEAR_DUPLICATES = 0.02
SHOWN = 10


def bare(text):
    """Letters, digits, characters and symbols (emoji) alone, in lower case."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).lower()
                   if unicodedata.category(c)[0] in "LNS")


def grams(text, size):
    """The character n-grams with their counts; the whole text where it is shorter than one."""
    if len(text) < size:
        return Counter([text]) if text else Counter()
    return Counter(text[i:i + size] for i in range(len(text) - size + 1))


def near_duplicates(texts):
    """(later, earlier, overlap) for each message that is too near to an earlier one."""
    bags = [grams(bare(text), 2) for text in texts]
    seen = Counter(gram for bag in bags for gram in bag)
    index, found = {}, []
    for place, bag in enumerate(bags):
        size = sum(bag.values())
        # Two bags over the limit share more than 0.7 x the mean size, so at least one of the rarest
        # (size - least shared + 1) grams of this one: only those are looked up.
        rare = sorted(bag.elements(), key=lambda gram: (seen[gram], gram))
        least = OVERLAP / (2 - OVERLAP) * size
        looked = rare[: max(1, int(size - least) + 1)]
        best = (0.0, None)
        for other in {o for gram in looked for o in index.get(gram, ())}:
            theirs = bags[other]
            shared = sum(min(count, theirs[gram]) for gram, count in bag.items())
            overlap = 2 * shared / (size + sum(theirs.values()))
            best = max(best, (overlap, other), key=lambda pair: pair[0])
        if best[0] > OVERLAP:
            found.append((place, best[1], best[0]))
        for gram in bag:
            index.setdefault(gram, []).append(place)
    return found


def read(path):
    """(file:line, what was said before and the text) of each row."""
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(line)
            said = [row.get("before_customer"), row.get("before"), row["text"]]
            rows.append((f"{path.name}:{number}", " ".join(part for part in said if part)))
        except (ValueError, KeyError, TypeError) as error:
            raise SystemExit(f"{path}:{number}: expected a JSON object with `text` ({error})")
    return rows


def measure(name, rows, show):
    """Prints the figures of one set of rows; whether they are varied enough."""
    found = near_duplicates([text for _, text in rows])
    share = len(found) / len(rows)
    distinct = len({gram for _, text in rows for gram in grams(bare(text), 3)})
    print(f"{name:32} {len(rows):7} messages  {distinct / len(rows):6.2f} distinct 3-grams each  "
          f"{100 * share:5.2f} % near-duplicates")
    if show or share > MOST_NEAR_DUPLICATES:
        for later, earlier, overlap in found[: None if show else SHOWN]:
            print(f"    {rows[later][0]} {rows[later][1]!r} ~ {rows[earlier][0]} "
                  f"{rows[earlier][1]!r} ({overlap:.2f})")
    return share <= MOST_NEAR_DUPLICATES


def main():
    asked = [a for a in sys.argv[1:] if a != "--show"]
    paths = [Path(a) for a in asked] or sorted(Path(__file__).parent.glob("*.jsonl"))
    if not paths:
        raise SystemExit("no *.jsonl to measure")
    show = "--show" in sys.argv
    files = [read(path) for path in paths]
    varied = [measure(path.name, rows, show) for path, rows in zip(paths, files)]
    if len(files) > 1:
        varied.append(measure("all", [row for rows in files for row in rows], show))
    if not all(varied):
        raise SystemExit(f"more than {100 * MOST_NEAR_DUPLICATES:.0f} % near-duplicates")


if __name__ == "__main__":
    main()
