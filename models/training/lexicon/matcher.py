"""The lexicon's rules in Python, for fitting and for measuring; the service itself has them in Rust.

Reads models/lexicon, turns one message into the surviving keywords of each intent, and nothing else.
"""

import re
import tomllib
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path

import jieba

REPEATS = re.compile(r"(\D)\1{3,}")
SPACES = re.compile(r" +")
def normalise(text):
    """NFKC, lower case, no control or zero-width characters, single spaces, no run over three.

    Traditional characters are left as they are: the corpus has next to none.
    """
    text = unicodedata.normalize("NFKC", text).lower()
    kept = (" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c) not in ("Cc", "Cf"))
    return REPEATS.sub(lambda m: m.group(1) * 3, SPACES.sub(" ", "".join(kept)).strip())


@dataclass(frozen=True)
class Keyword:
    text: str
    at_start: bool
    at_end: bool

    @classmethod
    def parse(cls, written):
        at_start, at_end = written.startswith("^"), written.endswith("$")
        return cls(written[at_start : len(written) - at_end], at_start, at_end)


@dataclass
class Entry:
    weight: float
    grave: bool = False


@dataclass
class Lexicon:
    # written keyword -> intent -> entry
    entries: dict = field(default_factory=dict)
    bias: dict = field(default_factory=dict)
    allow: set = field(default_factory=set)
    negators: set = field(default_factory=set)
    # longer words in which a negator does not negate
    not_negators: set = field(default_factory=set)
    # the intents that can be denied; None is all of them
    deniable: set | None = None
    reach: int = 4

    @classmethod
    def read(cls, folder):
        folder = Path(folder)
        self = cls()
        for path in sorted((folder / "intent").glob("*.toml")):
            for table, rows in tomllib.loads(path.read_text("utf-8")).items():
                if table == "bias":
                    self.bias.update(rows)
                    continue
                for written, value in rows.items():
                    entry = Entry(**value) if isinstance(value, dict) else Entry(value)
                    self.entries.setdefault(written, {})[table] = entry
        self.allow = set(table_of(folder / "allow.toml").get("words", ()))
        negation = table_of(folder / "negation.toml")
        self.negators = set(negation.get("negators", ()))
        self.not_negators = set(negation.get("not_negators", ()))
        self.reach = negation.get("reach", self.reach)
        if "intents" in negation:
            self.deniable = set(negation["intents"])
        words = folder / "words.txt"
        jieba.setLogLevel(60)
        jieba.initialize()
        if words.exists():
            for line in words.read_text("utf-8").splitlines():
                parts = line.split("#")[0].split()
                if parts:
                    jieba.add_word(parts[0], int(parts[1]) if len(parts) > 1 else None)
        return self


def table_of(path):
    return tomllib.loads(path.read_text("utf-8")) if path.exists() else {}


class Spans:
    """Finds all overlapping occurrences of a set of strings."""

    def __init__(self, strings):
        self.strings = set(strings)
        self.heads = {}
        for s in self.strings:
            self.heads.setdefault(s[0], set()).add(len(s))

    def find(self, text):
        for start, c in enumerate(text):
            for length in self.heads.get(c, ()):
                piece = text[start : start + length]
                if len(piece) == length and piece in self.strings:
                    yield start, start + length, piece


class Matcher:
    def __init__(self, lexicon):
        self.lexicon = lexicon
        self.by_text = {}
        for written, intents in lexicon.entries.items():
            keyword = Keyword.parse(written)
            grave = any(e.grave for e in intents.values())
            self.by_text.setdefault(keyword.text, []).append((written, keyword, grave))
        self.keywords = Spans(self.by_text)
        self.allowed = Spans(lexicon.allow)
        self.negators = Spans(lexicon.negators)
        self.not_negators = Spans(lexicon.not_negators)
        self.memory = {}

    def hits(self, raw):
        """The written keywords that stand in a message and are not denied."""
        return {written for written, denied in self.standing(raw).items() if not denied}

    def pairs(self, raw):
        """The pairs (written keyword, intent) that count: a denied keyword still counts where denying changes nothing."""
        entries, deniable = self.lexicon.entries, self.lexicon.deniable
        return {
            (written, intent)
            for written, denied in self.standing(raw).items()
            for intent in entries[written]
            if not (denied and (deniable is None or intent in deniable))
        }

    def standing(self, raw):
        """Written keyword -> whether every occurrence is denied. Remembered: weights do not matter to it."""
        if raw not in self.memory:
            self.memory[raw] = self.scan(normalise(raw))
        return self.memory[raw]

    def scan(self, text):
        found = list(self.keywords.find(text))
        if not found:
            return {}
        edges, at = {0}, 0
        for token in jieba.cut(text, HMM=True):
            at += len(token)
            edges.add(at)
        spoken = [i for i, c in enumerate(text) if c.isalnum()]
        first, last = (spoken[0], spoken[-1] + 1) if spoken else (len(text), 0)
        kept = []
        for start, end, piece in found:
            for written, keyword, grave in self.by_text[piece]:
                if keyword.at_start and start > first or keyword.at_end and end < last:
                    continue
                if grave or (start in edges and end in edges):
                    kept.append((start, end, written, keyword, grave))
        shields = list(self.allowed.find(text))
        spans = [(start, end, written) for start, end, written, _, _ in kept]
        excused = list(self.not_negators.find(text))
        negators = [n for n in self.negators.find(text) if not any(s <= n[0] and n[1] <= e for s, e, _ in excused)]
        said = {}
        for start, end, written, keyword, grave in kept:
            if inside(start, end, shields) or not grave and inside(start, end, spans):
                continue
            said[written] = said.get(written, True) and self.negated(text, start, keyword, negators)
        return said

    def negated(self, text, start, keyword, negators):
        if any(keyword.text.startswith(n) for n in self.lexicon.negators):
            return False
        return any(
            end <= start and start - end <= self.lexicon.reach and all(c.isalnum() for c in text[end:start])
            for _, end, _ in negators
        )


def inside(start, end, spans):
    return any(s <= start and end <= e and e - s > end - start for s, e, _ in spans)


def scores(lexicon, pairs):
    """Intent -> score, for the intents that were hit."""
    total = {}
    for written, intent in pairs:
        total[intent] = total.get(intent, lexicon.bias.get(intent, 0.0)) + lexicon.entries[written][intent].weight
    return total


def best(lexicon, pairs):
    """The intent the lexicon names; silence is `unclear`. Ties go to the first name."""
    total = scores(lexicon, pairs)
    return min(total, key=lambda i: (-round(total[i], 6), i)) if total else "unclear"
