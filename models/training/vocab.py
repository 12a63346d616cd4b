"""Cuts the base's vocabulary to what Chinese shops write, and writes `tokenizer.json`.

Kept: the special tokens, every token of the messages of pretrain.py, every single ASCII
character, CJK punctuation, and every character of GB 2312 (6,763 of them) the base knows, plain
and as a `##` piece of ASCII. The order of the base is kept, so the file is the same each time.
"""

import json

from tokenizers import Tokenizer

# What is learned from, and what is served: a longer run would keep others waiting. Of real messages one in
# thirty is longer than 48 pieces; on dev, reading 64 of them is right on one message in a thousand more.
MOST_TEXT = 64
MOST_SERVED = 48
MOST_BEFORE = 32
SPECIALS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def gb2312():
    """All characters of GB 2312: levels 1 and 2, and its symbols."""
    out = set()
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                out.add(bytes([row, cell]).decode("gb2312"))
            except UnicodeDecodeError:
                pass
    return out


def cut(base_path, texts, out_path):
    """Writes the cut tokenizer; returns the base's ids of the kept tokens, in the new order."""
    with open(base_path, encoding="utf-8") as f:
        spec = json.load(f)
    spec["normalizer"]["lowercase"] = True
    base = Tokenizer.from_str(json.dumps(spec))
    vocabulary = spec["model"]["vocab"]
    ascii_ = {chr(c) for c in range(33, 127)}
    keep = set(SPECIALS) | ascii_ | {"##" + c for c in ascii_} | gb2312()
    for encoding in base.encode_batch(texts, add_special_tokens=False):
        keep.update(encoding.tokens)
    kept = sorted((i, t) for t, i in vocabulary.items() if t in keep)
    new = {token: i for i, (_, token) in enumerate(kept)}
    spec["model"]["vocab"] = new
    for special in spec["added_tokens"]:
        special["id"] = new[special["content"]]
    for name, special in spec["post_processor"]["special_tokens"].items():
        special["ids"] = [new[name]]
    spec["truncation"] = spec["padding"] = None
    with open(out_path, "w", encoding="utf-8") as f:
        json.dump(spec, f, ensure_ascii=False, separators=(",", ":"))
        f.write("\n")
    return [i for i, _ in kept]


def pieces_of_base(base_path, cut_path):
    """The base's ids of the cut tokenizer's word pieces, in the cut one's order."""
    def vocabulary(path):
        with open(path, encoding="utf-8") as f:
            return json.load(f)["model"]["vocab"]
    base = vocabulary(base_path)
    return [base[token] for token, _ in sorted(vocabulary(cut_path).items(), key=lambda pair: pair[1])]


def special(tokenizer_path, token):
    """The id of a special token."""
    return Tokenizer.from_file(str(tokenizer_path)).token_to_id(token)


def encode_pairs(tokenizer_path, pairs, most=MOST_TEXT, most_before=MOST_BEFORE):
    """(ids, segments) of each (text, before): `[CLS] text [SEP]`, and `before [SEP]` as segment 1.

    Of a text with more than `most` word pieces, [CLS] and [SEP] counted, three quarters are its start
    and one quarter its end; of `before` the last `most_before` are kept, [SEP] counted. As in the engine.
    """
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    end = tokenizer.token_to_id("[SEP]")
    tail = most // 4
    texts = [e.ids for e in tokenizer.encode_batch([text for text, _ in pairs])]
    befores = [e.ids for e in tokenizer.encode_batch([before for _, before in pairs],
                                                     add_special_tokens=False)]
    out = []
    for ids, before in zip(texts, befores):
        if len(ids) > most:
            ids = ids[: most - tail] + ids[-tail:]
        extra = before[-(most_before - 1):] + [end] if before else []
        out.append((ids + extra, [0] * len(ids) + [1] * len(extra)))
    return out
