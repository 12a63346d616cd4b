"""Chooses the messages that hold what the models know while a shop teaches them: `replay.jsonl`.

`python replay.py [DATA_DIR] [TAXONOMY] [MODEL_DIR]`, by default the folders of this repository. Of our
own written messages (never of the held-out writers) it takes about 2,000 with one intent and nothing
said before, as evenly over the intents as there are such messages; which ones, their ids decide, so the
same data give the same file. Prints the table that `model.toml` must hold. Needs Python alone.
"""

import argparse
import hashlib
import json
import tomllib
from pathlib import Path

# About two thousand are embedded in seconds and hold the intents as well as more of them did.
MOST = 2000
HELD_PREFIX = "held-"
NAME = "replay.jsonl"


def candidates(data, intents):
    """The rows of each intent, in the order of their ids; of two with one text the first."""
    rows, seen = {intent: [] for intent in intents}, {}
    read = [json.loads(line) for path in sorted(data.glob("*.jsonl"))
            if not path.name.startswith(HELD_PREFIX)
            for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    for row in sorted(read, key=lambda row: row["id"]):
        if row["intent"] not in rows or row.get("before") or row.get("before_customer"):
            continue
        seen.setdefault(row["text"], set()).add(row["intent"])
        rows[row["intent"]].append(row)
    # A text under two intents holds neither.
    for intent, of in rows.items():
        first = {row["text"]: row for row in reversed(of) if len(seen[row["text"]]) == 1}
        rows[intent] = sorted(first.values(), key=lambda row: row["id"])
    return rows


def even_share(counts, most):
    """The greatest number for each intent that keeps the sum of all within `most`."""
    share = 0
    while sum(min(count, share + 1) for count in counts) <= most and share < max(counts):
        share += 1
    return share


def main():
    here = Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", default=here / "data")
    parser.add_argument("taxonomy", type=Path, nargs="?", default=here.parent / "taxonomy.toml")
    parser.add_argument("models", type=Path, nargs="?", default=here.parent / "intent")
    at = parser.parse_args()
    with open(at.taxonomy, "rb") as f:
        intents = [row["id"] for row in tomllib.load(f)["intent"]]
    rows = candidates(at.data, intents)
    share = even_share([len(of) for of in rows.values()], MOST)
    chosen = [row for intent in intents for row in rows[intent][:share]]
    lines = "".join(json.dumps({"text": row["text"], "intent": row["intent"]}, ensure_ascii=False) + "\n"
                    for row in chosen)
    (at.models / NAME).write_text(lines, encoding="utf-8")
    few = {intent: len(of) for intent, of in rows.items() if len(of) < share}
    print(f"# {len(chosen)} messages, at most {share} of an intent; fewer of {few or 'none'}")
    print(f'[replay]\nfile = "{NAME}"\nsha256 = "{hashlib.sha256(lines.encode()).hexdigest()}"')


if __name__ == "__main__":
    main()
