"""Cuts the base's vocabulary to what Chinese shops write, and writes `tokenizer.json`.

Kept: the special tokens, every token of the training and unlabelled messages, every single ASCII
character, CJK punctuation, and every character of GB 2312 (6,763 of them) the base knows, plain
and as a `##` piece of ASCII. The order of the base is kept, so the file is the same each time.
"""

import json

from tokenizers import Tokenizer

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


def encode(tokenizer_path, texts, most):
    """Token ids of each text with [CLS] and [SEP].

    Of a text with more than `most`, three quarters are its start and one quarter its end, as in
    the engine.
    """
    tokenizer = Tokenizer.from_file(str(tokenizer_path))
    tail = most // 4
    encoded = [e.ids for e in tokenizer.encode_batch(list(texts))]
    return [ids if len(ids) <= most else ids[: most - tail] + ids[-tail:] for ids in encoded]
