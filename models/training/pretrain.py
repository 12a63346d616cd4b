"""Masked-language training of the base on the shops' own messages, before any label is seen.

`python pretrain.py PREPARED_DIR WORK_DIR`. Writes `WORK_DIR/pretrained.pt` and the cut
`tokenizer.json`; resumes from its checkpoint. Spans of one to three word pieces are hidden, a fifth
of a message in all (Joshi et al. 2020, "SpanBERT"); of the hidden 80 % become [MASK], 10 % another
piece, 10 % stay (Devlin et al. 2019, "BERT"). The output matrix is the input embedding.
"""

import argparse
import json
from pathlib import Path

import torch
import torch.nn.functional as F

from corpus import LICENSED
from loop import Loop, padded, save
from net import Net, load_base
from vocab import cut, encode_pairs, special

SEED = 17
EPOCHS = 4
RECIPE = {"batch": 64, "rate": 2e-4, "layer_decay": 1.0, "head_rate": 1.0, "warm_up": 0.06,
          "weight_decay": 0.01}
HIDDEN_SHARE = 0.2
SPANS = [1, 1, 2, 2, 3]
FILES = ["train", "written/eight-writers", "context-train", "pool"]


def texts(prepared, licence):
    """Distinct (message, agent's words before it) pairs of all files, never of dev or a test."""
    found = {}
    for name in FILES:
        with open(prepared / f"{name}.jsonl", encoding="utf-8") as lines:
            for line in lines:
                row = json.loads(line)
                if row["norm"] and (not licence or row["source"] in LICENSED | {"written"}):
                    found[(row["norm"], row.get("norm_before", ""))] = None
    return list(found)


def hide(ids, draw, mask, vocabulary):
    """Ids with spans hidden, and the true ids at the hidden places (-100 elsewhere)."""
    ids, wanted = list(ids), [-100] * len(ids)
    free = [i for i, one in enumerate(ids) if one >= 5 and one != mask]
    wish = max(1, round(HIDDEN_SHARE * len(free)))
    inside = set(free)
    while free and wish > 0:
        start = draw.choice(free)
        for place in range(start, min(start + draw.choice(SPANS), len(ids))):
            if place in inside and wanted[place] == -100:
                wanted[place] = ids[place]
                luck = draw.random()
                if luck < 0.8:
                    ids[place] = mask
                elif luck < 0.9:
                    ids[place] = draw.randrange(5, vocabulary)
                wish -= 1
        if all(wanted[i] != -100 for i in free):
            break
    return ids, wanted


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared", type=Path)
    parser.add_argument("work", type=Path)
    parser.add_argument("--licence", action="store_true")
    at = parser.parse_args()
    torch.manual_seed(SEED)
    pairs = texts(at.prepared, at.licence)
    kept = cut(at.work / "base/bge-small-zh-v1.5-tokenizer.json",
               [part for pair in pairs for part in pair if part], at.work / "tokenizer.json")
    net = Net(len(kept), 1, 1)
    load_base(net, at.work / "base/bge-small-zh-v1.5.onnx", kept)
    net.guess = torch.nn.Parameter(torch.zeros(len(kept)))
    mask = special(at.work / "tokenizer.json", "[MASK]")
    encoded = encode_pairs(at.work / "tokenizer.json", pairs)
    print(f"{len(pairs)} messages, {len(kept)} word pieces", flush=True)

    def loss(net, part, draw, whole):
        hidden = [hide(encoded[i][0], draw, mask, len(kept)) for i in part]
        ids, segments, seen = padded([(h[0], encoded[i][1]) for h, i in zip(hidden, part)])
        wanted = torch.full(ids.shape, -100)
        for row, (_, true) in enumerate(hidden):
            wanted[row, :len(true)] = torch.tensor(true)
        x = net.hidden(ids, segments, seen, first_only=False)[wanted >= 0]
        said = x @ net.words.weight.to(x.dtype).T + net.guess
        return F.cross_entropy(said.float(), wanted[wanted >= 0]) * len(part) / whole

    loop = Loop(net, [len(e[0]) for e in encoded], loss, RECIPE, EPOCHS, SEED,
                at.work / "pretrain-checkpoint.pt")
    loop.run(lambda epoch, average: torch.save(
        {"net": net.state_dict()}, at.work / f"pretrained-epoch{epoch}.pt"))
    save(at.work / "pretrained.pt", {"net": loop.average_state(), "vocabulary": len(kept)})


if __name__ == "__main__":
    main()
