"""Reads the labelled and unlabelled messages, and refuses a row that is not well formed.

Every problem is collected and named with its file and line before anything is raised.
"""

import hashlib
import json
import random
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

EMOTIONS = ["neutral", "positive", "anxious", "dissatisfied", "angry"]
# The real messages, by file: whether they are labelled.
REAL = {"train": True, "context-train": True, "dev": True, "context-dev": True, "pool": False}
# Written files of these names are never trained on: whole writers, and other subjects out of scope.
HELD_PREFIX = "held-"
# Of a file of this name all rows are out of scope.
FOREIGN = "written/foreign"
# Kept from training by chance, for temperatures and the like: real rows, written ones, foreign ones.
HELD_OUT = (700, 300, 90)
# With `--licence` only these and the written ones are read.
LICENSED = {"jddc"}
MOST_PROBLEMS_SHOWN = 20


class BadCorpus(ValueError):
    """One or more rows, or the taxonomy, cannot be used."""


@dataclass
class Row:
    """One message: normalised text, label indices (two for `a+b`), emotion index, feature ids, what
    stood before it (empty where nothing is known), and whether no shop answers it."""

    id: str
    source: str
    norm: str
    intents: tuple = ()
    emotion: int = -1
    features: list = field(default_factory=list)
    before: str = ""
    tags: tuple = ()
    foreign: bool = False


def read_labels(taxonomy):
    """The intent ids in the order of the taxonomy, and the emotions in the model's order."""
    with open(taxonomy, "rb") as f:
        return [row["id"] for row in tomllib.load(f)["intent"]], list(EMOTIONS)


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
    for key in ("before", "before_customer"):
        if not isinstance(row.get(key, ""), str):
            return f"`{key}` is not a string"
    tags = row.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        return "`tags` is not a list of strings"
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
    with open(path, "rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                raw = json.loads(line.decode("utf-8"))
            except UnicodeDecodeError as error:
                problems.append(f"{path}:{number}: not UTF-8 from byte {error.start + 1}")
                continue
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
            intents_of = tuple(index[p] for p in raw["intent"].split("+")) if labelled else ()
            tags = tuple(raw.get("tags", ()))
            rows.append(Row(raw["id"], raw["source"], norm, intents_of,
                            EMOTIONS.index(raw["emotion"]) if labelled else -1,
                            raw.get("features", []), raw.get("norm_before", ""), tags,
                            index["out_of_scope"] in intents_of or "gibberish" in tags))
    if not rows and not problems:
        problems.append(f"{path}: no rows")
    if problems:
        more = len(problems) - MOST_PROBLEMS_SHOWN
        raise BadCorpus("\n".join(problems[:MOST_PROBLEMS_SHOWN]
                                  + ([f"... and {more} more"] if more > 0 else [])))
    return rows


@dataclass
class Corpus:
    """Everything the training reads. Only `train` and `pool` are learned from.

    `held` and `held_foreign` are kept apart by chance, for temperatures and the scope score; `tests` are
    whole files that only report: dev, context-dev, and the written files of HELD_PREFIX.
    """

    intents: list
    emotions: list
    train: list
    held: list
    held_foreign: list
    pool: list
    tests: dict

    @property
    def dev(self):
        return self.tests["dev"]


def digest_of(rows):
    """A digest of the rows' ids in their order, so that what was computed for them finds them again."""
    return hashlib.sha256("\n".join(row.id for row in rows).encode()).hexdigest()


def load_corpus(prepared_dir, taxonomy, licence=False, seed=17):
    """Reads the prepared files and cuts the same held-out rows every time.

    A training or unlabelled row with the very text of a row of a test is left out. With `licence`,
    real rows whose source states no licence are left out (of training; tests stay whole).
    """
    intents, emotions = read_labels(taxonomy)
    folder = Path(prepared_dir)
    wanted = {name: labelled for name, labelled in REAL.items()}
    wanted |= {f"written/{path.stem}": True for path in sorted((folder / "written").glob("*.jsonl"))}
    files, problems = {}, []
    for name, labelled in wanted.items():
        try:
            files[name] = read_rows(folder / f"{name}.jsonl", intents, labelled)
        except BadCorpus as error:
            problems.append(str(error))
    if problems:
        raise BadCorpus("\n".join(problems))
    tests = {name.removeprefix("written/"): files.pop(name) for name in list(files)
             if name in ("dev", "context-dev") or name.startswith(f"written/{HELD_PREFIX}")}
    pool = files.pop("pool")
    foreign = files.pop(FOREIGN, [])
    written = [row for name, rows in files.items() if name.startswith("written/") for row in rows]
    real = [row for name in ("train", "context-train") for row in files[name]]
    if licence:
        real, pool = ([row for row in rows if row.source in LICENSED] for rows in (real, pool))
    train, held = [], [[], [], []]
    for rows, count, kept in zip((real, written, foreign), HELD_OUT, held):
        order = sorted(range(len(rows)), key=lambda i: rows[i].id)
        random.Random(seed).shuffle(order)
        out = set(order[:count])
        train += [row for i, row in enumerate(rows) if i not in out]
        kept += [row for i, row in enumerate(rows) if i in out]
    seen = {row.norm for name, rows in tests.items() if name != "context-dev" for row in rows}
    seen_with = {(row.norm, row.before) for row in tests["context-dev"]}
    fresh = lambda row: row.norm not in seen and (row.norm, row.before) not in seen_with
    parts = (train, held[0] + held[1], held[2], pool)
    train, held, held_foreign, pool = ([row for row in rows if fresh(row)] for rows in parts)
    return Corpus(intents, emotions, train, held, held_foreign, pool, tests)
