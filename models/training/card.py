"""Writes the measured part of the model card, between its two marks, from `figures.json`.

`python card.py WORK_DIR CARD.md [LICENCE_WORK_DIR]`
"""

import json
import sys
from pathlib import Path

BEGIN, END = "<!-- figures: written by card.py -->", "<!-- end of figures -->"
SETS = {"dev": "dev", "held": "kept rows", "held-a": "held-a", "held-b": "held-b",
        "context-dev": "context-dev", "context-dev without context": "the same without context",
        "held-context": "held-context", "held-context without context": "the same without context",
        "held-foreign": "held-foreign"}


def percent(share):
    return f"{100 * share:.1f} %"


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])


def whole(figures):
    """Each set of rows through each model."""
    rows = []
    for key, name in SETS.items():
        if key in figures:
            of = figures[key]
            rows.append([name, of["fast"]["rows"], *(percent(of[w]["intent"]) for w in ("fast", "deep")),
                         f"**{percent(of['cascade']['intent'])}**", percent(of["cascade"]["calibration_error"]),
                         percent(of["cascade"]["emotion"]), f"{of['cascade']['emotion_f1']:.3f}",
                         percent(of["alone"])])
    return table(["rows", "count", "fast", "deep", "cascade", "its calibration error", "its emotion accuracy",
                  "its emotion macro-F1", "answered by the fast model alone"], rows)


def by_source(figures):
    of = figures["dev"]
    rows = [[f"`{source}`", count, *(percent(of[w]["by_source"][source][1]) for w in ("fast", "deep", "cascade"))]
            for source, (count, _) in of["cascade"]["by_source"].items()]
    return table(["dev, by source", "rows", "fast", "deep", "cascade"], rows)


def by_intent(figures):
    cells = [f"`{label}` {f1:.2f} ({count})" for label, (count, f1) in figures["by intent"].items() if count]
    return "F1 of each intent that occurs, through the cascade on dev (rows): " + ", ".join(cells) + "."


def foreign(figures):
    rows = [[percent(float(share)), f"{at['threshold']:.3f}", percent(at["recall"]),
             ", ".join(f"{kind} {100 * part:.0f}" for kind, part in at["by_kind"].items())]
            for share, at in figures["foreign"].items()]
    return table(["in-scope messages lost (of dev, held-a, held-b)", "score", "recall on held-foreign",
                  "by kind, %"], rows)


def main():
    if len(sys.argv) not in (3, 4):
        raise SystemExit(__doc__)
    figures = json.loads((Path(sys.argv[1]) / "figures.json").read_text(encoding="utf-8"))
    parts = [whole(figures), by_source(figures), by_intent(figures), "Out of scope:\n\n" + foreign(figures)]
    if len(sys.argv) == 4:
        other = json.loads((Path(sys.argv[3]) / "figures.json").read_text(encoding="utf-8"))
        parts.append("Trained with `--licence` (real messages of stated licence, and the written ones, "
                     "alone):\n\n" + whole(other))
    path = Path(sys.argv[2])
    card = path.read_text(encoding="utf-8")
    if card.count(BEGIN) != 1 or card.count(END) != 1:
        raise SystemExit(f"{path}: expected one `{BEGIN}` and one `{END}`")
    before, after = card.split(BEGIN)[0], card.split(END)[1]
    path.write_text(before + BEGIN + "\n\n" + "\n\n".join(parts) + "\n\n" + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
