"""Reads every row of the data before anything is trained; names each bad one with file and line.

`python check_rows.py DATA_DIR TAXONOMY`
"""

import sys
from pathlib import Path

from corpus import BadCorpus, read_labels, read_rows

FILES = [("train", True), ("written-train", True), ("dev", True), ("pool", False)]


def main():
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    folder, problems = Path(sys.argv[1]), []
    intents, _ = read_labels(sys.argv[2])
    for name, labelled in FILES:
        try:
            rows = read_rows(folder / f"{name}.jsonl", intents, labelled, prepared=False)
        except BadCorpus as error:
            problems.append(str(error))
            continue
        print(f"   {name}: {len(rows)} rows")
    if problems:
        raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    main()
