"""Reads the labelled and unlabelled messages, and refuses a row that is not well formed.

Every problem is collected and named with its file and line before anything is raised.
"""

import json
import random
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

EMOTIONS = ["neutral", "positive", "anxious", "dissatisfied", "angry"]
HELD_OUT = {"train": 700, "written-train": 300}
MOST_PROBLEMS_SHOWN = 20


class BadCorpus(ValueError):
    """One or more rows, or the taxonomy, cannot be used."""


@dataclass
class Row:
    """One message: normalised text, label indices (two for `a+b`), emotion index, feature ids."""

    id: str
    source: str
    norm: str
    intents: tuple = ()
    emotion: int = -1
    features: list = field(default_factory=list)


def read_labels(taxonomy):
    """The intent ids in the order of the taxonomy, and the emotions in the model's order."""
    with open(taxonomy, "rb") as f:
        table = tomllib.load(f)
    intents = [row["id"] for row in table["intent"]]
    found = sorted(row["id"] for row in table["emotion"])
    if found != sorted(EMOTIONS):
        raise BadCorpus(f"{taxonomy}: the emotions are {found}, expected {sorted(EMOTIONS)}")
    return intents, list(EMOTIONS)


def problem_of(row, labelled, intents, prepared):
    """What is wrong with a parsed row, or None."""
    if not isinstance(row, dict):
        return "not a JSON object"
    wanted = ["id", "source", "text"] + (["intent", "emotion"] if labelled else [])
    for key in wanted + (["norm"] if prepared else []):
        if key not in row:
            return f"`{key}` is missing"
        if not isinstance(row[key], str):
            return f"`{key}` is not a string"
        if key not in ("text", "norm") and not row[key].strip():
            return f"`{key}` is empty"
    if not row["text"].strip():
        return "`text` is empty"
    if labelled:
        parts = row["intent"].split("+")
        if len(parts) > 2 or len(set(parts)) != len(parts):
            return f"`intent` is `{row['intent']}`, expected one id or two different ones"
        for part in parts:
            if part not in intents:
                return f"intent `{part}` is not in the taxonomy"
        if row["emotion"] not in EMOTIONS:
            return f"emotion `{row['emotion']}` is not in the taxonomy"
    if prepared:
        features = row.get("features")
        if not isinstance(features, list) or not all(type(v) is int and v >= 0 for v in features):
            return "`features` is not a list of whole numbers"
    return None


def read_rows(path, intents, labelled, prepared=True):
    """All rows of a JSON Lines file.

    Raises BadCorpus with every bad line named. A prepared row whose text normalises to nothing
    (only control characters) is left out, as the engine refuses such a message.
    """
    path = Path(path)
    if not path.is_file():
        raise BadCorpus(f"{path}: no such file")
    rows, problems, seen = [], [], {}
    index = {name: i for i, name in enumerate(intents)}
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                raw = json.loads(line)
            except json.JSONDecodeError as error:
                problems.append(f"{path}:{number}: not JSON ({error.msg}, column {error.colno})")
                continue
            problem = problem_of(raw, labelled, index, prepared)
            if problem is None and raw["id"] in seen:
                problem = f"id `{raw['id']}` already stands on line {seen[raw['id']]}"
            if problem:
                problems.append(f"{path}:{number}: {problem}")
                continue
            seen[raw["id"]] = number
            norm = raw["norm"] if prepared else raw["text"]
            if not norm:
                continue
            rows.append(Row(raw["id"], raw["source"], norm,
                            tuple(index[p] for p in raw["intent"].split("+")) if labelled else (),
                            EMOTIONS.index(raw["emotion"]) if labelled else -1,
                            raw.get("features", [])))
    if not rows and not problems:
        problems.append(f"{path}: no rows")
    if problems:
        more = len(problems) - MOST_PROBLEMS_SHOWN
        raise BadCorpus("\n".join(problems[:MOST_PROBLEMS_SHOWN]
                                  + ([f"... and {more} more"] if more > 0 else [])))
    return rows


@dataclass
class Corpus:
    """Everything the training reads. `held` is kept apart from training, for the temperatures."""

    intents: list
    emotions: list
    train: list
    held: list
    dev: list
    pool: list


def load_corpus(prepared_dir, taxonomy, seed=17):
    """Reads the prepared files and cuts the same held-out slice every time.

    A training or unlabelled row with the very text of a dev row is left out.
    """
    intents, emotions = read_labels(taxonomy)
    folder = Path(prepared_dir)
    train, held, problems, files = [], [], [], {}
    for name, labelled in [("train", True), ("written-train", True), ("dev", True), ("pool", False)]:
        try:
            files[name] = read_rows(folder / f"{name}.jsonl", intents, labelled)
        except BadCorpus as error:
            problems.append(str(error))
    if problems:
        raise BadCorpus("\n".join(problems))
    for name, count in HELD_OUT.items():
        order = sorted(range(len(files[name])), key=lambda i: files[name][i].id)
        random.Random(seed).shuffle(order)
        out = set(order[:count])
        train += [row for i, row in enumerate(files[name]) if i not in out]
        held += [row for i, row in enumerate(files[name]) if i in out]
    dev_texts = {row.norm for row in files["dev"]}
    apart = [[row for row in rows if row.norm not in dev_texts] for rows in (train, held, files["pool"])]
    return Corpus(intents, emotions, apart[0], apart[1], files["dev"], apart[2])
