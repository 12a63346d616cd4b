"""Reads every row of the data before anything is trained; names each bad one with file and line.

`python check_rows.py DATA_DIR WRITTEN_DIR TAXONOMY`
"""

import sys
from pathlib import Path

from corpus import REAL, BadCorpus, read_labels, read_rows


def main():
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    data, written = Path(sys.argv[1]), Path(sys.argv[2])
    intents, _ = read_labels(sys.argv[3])
    files = [(data / f"{name}.jsonl", labelled) for name, labelled in REAL.items()]
    files += [(path, True) for path in sorted(written.glob("*.jsonl"))]
    problems = [] if len(files) > len(REAL) else [f"{written}: no *.jsonl"]
    for path, labelled in files:
        try:
            rows = read_rows(path, intents, labelled, prepared=False)
        except BadCorpus as error:
            problems.append(str(error))
            continue
        print(f"   {path.stem}: {len(rows)} rows")
    if problems:
        raise SystemExit("\n".join(problems))


if __name__ == "__main__":
    main()
