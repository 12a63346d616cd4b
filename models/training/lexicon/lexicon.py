"""The lexicon's files and what the engine hears by them; whoever fits or mines reads them here."""

import json
import re
import shutil
import subprocess
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

LINE = re.compile(r'^("(?:[^"\\]|\\.)*") = ([0-9.]+)$')
TABLE = re.compile(r"^\[(\w+)\]$")
HITS = Path("target/release/examples/hits")


@dataclass
class Entry:
    weight: float
    grave: bool = False


@dataclass
class Lexicon:
    """Keywords as written (with anchors) -> intent or emotion -> entry; and the bias of each."""

    entries: dict
    bias: dict

    @classmethod
    def intents(cls, folder):
        return cls.of(sorted((Path(folder) / "intent").glob("*.toml")))

    @classmethod
    def emotions(cls, folder):
        return cls.of([Path(folder) / "emotion.toml"])

    @classmethod
    def of(cls, paths):
        entries, bias = {}, {}
        for path in paths:
            for table, rows in tomllib.loads(path.read_text("utf-8")).items():
                if table == "bias":
                    bias.update(rows)
                    continue
                for written, value in rows.items():
                    entry = Entry(**value) if isinstance(value, dict) else Entry(value)
                    entries.setdefault(written, {})[table] = entry
        return cls(entries, bias)

    def pairs(self, row):
        """The pairs (written keyword, intent or emotion) that count in a row of `heard`.

        A keyword that is denied for some of its intents only counts for all: the engine does not tell which.
        """
        return {
            (written, name)
            for hit in row["hits"] if not hit["negated"]
            for written in forms(hit) if written in self.entries
            for name in self.entries[written]
            if not hit["intents"] or name in hit["intents"]
        }

    def scores(self, pairs):
        total = {}
        for written, name in pairs:
            total[name] = total.get(name, self.bias.get(name, 0.0)) + self.entries[written][name].weight
        return total

    def best(self, pairs):
        """The intent that is named; silence is `unclear`. Ties go to the first name."""
        total = self.scores(pairs)
        return min(total, key=lambda name: (-round(total[name], 6), name)) if total else "unclear"


def forms(hit):
    """How a keyword that was heard may be written."""
    word = hit["word"]
    yield word
    if hit["begins"]:
        yield f"^{word}"
    if hit["ends"]:
        yield f"{word}$"
    if hit["begins"] and hit["ends"]:
        yield f"^{word}$"


def heard(path, folder, hits=HITS, emotions=False):
    """The rows of a file with `norm`, `words` and `hits`, by the engine's own matcher.

    With `emotions`, the intents' keywords are left out, so that what is heard is heard for an emotion.
    """
    with tempfile.TemporaryDirectory() as made:
        if emotions:
            shutil.copytree(folder, made, dirs_exist_ok=True)
            for intent in (Path(made) / "intent").glob("*.toml"):
                intent.unlink()
            folder = made
        with open(path, "rb") as rows:
            done = subprocess.run([hits, folder], stdin=rows, stdout=subprocess.PIPE, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def written_files(folder):
    """The files of written messages that may be learned from."""
    return [path for path in sorted(Path(folder).glob("*.jsonl")) if not path.name.startswith("held-")]
