"""Trains one deep net: a teacher on the labels, or the net that ships on what the teachers say.

`python train_deep.py NAME PREPARED_DIR TAXONOMY WORK_DIR [--licence]`, NAME one of RECIPES. Writes
`WORK_DIR/NAME.pt` (averaged weights); resumes from its checkpoint. A net that learns from the
teachers needs `WORK_DIR/soft.npz` (soften.py).
"""

import argparse
import random
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from corpus import digest_of, load_corpus
from loop import Loop, padded, save
from net import Net, load_base
from score import predict, report
from vocab import encode_pairs, pieces_of_base

COMMON = {"batch": 64, "rate": 1.4e-4, "layer_decay": 0.9, "head_rate": 5.0, "warm_up": 0.06,
          "weight_decay": 0.01}
RECIPES = {
    "teacher-1": COMMON | {"layers": 4, "start": "pretrained", "soft": False, "seed": 17, "epochs": 4},
    "teacher-2": COMMON | {"layers": 4, "start": "base", "soft": False, "seed": 29, "epochs": 4},
    "deep": COMMON | {"layers": 4, "start": "teacher-2", "soft": True, "seed": 41, "epochs": 2},
    # A last short round in which messages that answer something are seen more often; a third of the
    # weights stays as it was (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
    "deep-after": COMMON | {"layers": 4, "start": "deep", "soft": True, "seed": 43, "epochs": 2,
                            "rate": 6e-5, "after_times": 4, "others": 12_000, "stays": 1 / 3},
}
EMOTION_SHARE, SCOPE_SHARE = 0.5, 0.3
# Of a labelled row's lesson: what the teachers say, beside the label.
SOFT_SHARE = 0.7
# How often a message that stands alone gets an agent's words that have nothing to do with it, so
# that what it says itself goes first; and from how many characters on.
STRAY, STRAY_FROM = 0.1, 8


def targets(rows, labels):
    """The wanted distribution over intents; `a+b` shares the mass."""
    out = torch.zeros(len(rows), labels)
    for i, row in enumerate(rows):
        for intent in row.intents:
            out[i, intent] = 1.0 / len(row.intents)
    return out


def lessons(corpus, soft):
    """Rows, and what is wanted of them: intents [N, 42], emotions [N, 5], scope [N].

    `soft` is the teachers' word on the training rows and then the unlabelled ones, or None.
    """
    rows = list(corpus.train)
    intent = targets(rows, len(corpus.intents))
    emotion = F.one_hot(torch.tensor([r.emotion for r in rows]), len(corpus.emotions)).float()
    scope = torch.tensor([float(r.foreign) for r in rows])
    if soft is None:
        return rows, intent, emotion, scope
    said = {name: torch.from_numpy(soft[name]).float() for name in ("intent", "emotion", "scope")}
    if str(soft["rows"]) != digest_of(rows + corpus.pool):
        raise SystemExit("the soft labels are those of other rows than the corpus holds now; delete "
                         "soft.npz and soft-fast.npz and run again")
    own = torch.zeros(len(rows) + len(corpus.pool))
    own[:len(rows)] = 1.0 - SOFT_SHARE
    mix = lambda hard, soft, share: share * F.pad(hard, (0, 0, 0, len(corpus.pool))) + (1 - share) * soft
    return (rows + corpus.pool, mix(intent, said["intent"], own[:, None]),
            mix(emotion, said["emotion"], own[:, None]),
            own * F.pad(scope, (0, len(corpus.pool))) + (1 - own) * said["scope"])


def strayed(rows, encoded, draw):
    """The encoded rows, some with an agent's words from elsewhere behind them."""
    strays = [[i for i, kind in zip(*one) if kind] for one, row in zip(encoded, rows) if row.before]
    out = []
    for row, (ids, segments) in zip(rows, encoded):
        if strays and not row.before and len(row.norm) >= STRAY_FROM and draw.random() < STRAY:
            other = draw.choice(strays)
            ids, segments = ids + other, segments + [1] * len(other)
        out.append((ids, segments))
    return out


def seen(recipe, rows):
    """The rows that an epoch sees, by index; without `after_times` each once."""
    if "after_times" not in recipe:
        return list(range(len(rows)))
    after = [i for i, row in enumerate(rows) if row.before]
    others = [i for i, row in enumerate(rows) if not row.before]
    draw = random.Random(recipe["seed"])
    return after * recipe["after_times"] + draw.sample(others, min(recipe["others"], len(others)))


def started(recipe, work, corpus):
    """A net with its first weights: the base's, the pre-trained ones', or another net's first layers."""
    kept = pieces_of_base(work / "base/bge-small-zh-v1.5-tokenizer.json", work / "tokenizer.json")
    net = Net(len(kept), len(corpus.intents), len(corpus.emotions), recipe["layers"])
    if recipe["start"] == "base":
        load_base(net, work / "base/bge-small-zh-v1.5.onnx", kept)
        return net
    state = torch.load(work / f"{recipe['start']}.pt", weights_only=True)["net"]
    mine = net.state_dict()
    net.load_state_dict({k: state[k] if k in state and state[k].shape == v.shape else v
                         for k, v in mine.items()})
    return net


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=RECIPES)
    parser.add_argument("prepared")
    parser.add_argument("taxonomy")
    parser.add_argument("work", type=Path)
    parser.add_argument("--licence", action="store_true")
    for key in ("epochs", "seed", "layers", "batch"):
        parser.add_argument(f"--{key}", type=int)
    for key in ("start", "out"):
        parser.add_argument(f"--{key}")
    parser.add_argument("--rate", type=float)
    at = parser.parse_args()
    recipe = RECIPES[at.name] | {k: v for k in ("epochs", "seed", "layers", "batch", "start", "rate")
                                 if (v := getattr(at, k)) is not None}
    name = at.out or at.name
    torch.manual_seed(recipe["seed"])
    corpus = load_corpus(at.prepared, at.taxonomy, at.licence)
    net = started(recipe, at.work, corpus)
    start = {k: v.clone() for k, v in net.state_dict().items()}
    soft = np.load(at.work / "soft.npz") if recipe["soft"] else None
    rows, intent, emotion, scope = lessons(corpus, soft)
    tokenizer = at.work / "tokenizer.json"
    encoded = encode_pairs(tokenizer, [(r.norm, r.before) for r in rows])
    encoded = strayed(rows, encoded, random.Random(recipe["seed"]))
    tests = {"held": corpus.held} | corpus.tests
    heard = {test: encode_pairs(tokenizer, [(r.norm, r.before) for r in part])
             for test, part in tests.items()}
    heard["context-dev alone"] = encode_pairs(tokenizer, [(r.norm, "") for r in tests["context-dev"]])
    tests["context-dev alone"] = tests["context-dev"]
    order = seen(recipe, rows)
    print(f"{name}: {len(order)} rows, {recipe}", flush=True)

    def loss(net, part, draw, whole):
        part = [order[i] for i in part]
        said, felt, foreign = net.forward_train(*padded([encoded[i] for i in part]))
        of_intent = -(intent[part] * said.float().log_softmax(-1)).sum(-1).mean(0)
        of_emotion = -(emotion[part] * felt.float().log_softmax(-1)).sum(-1).mean(0)
        of_scope = F.binary_cross_entropy_with_logits(
            foreign.float(), scope[part].expand_as(foreign), reduction="none").mean(0)
        return (of_intent + EMOTION_SHARE * of_emotion + SCOPE_SHARE * of_scope).sum() / whole

    def after(epoch, average):
        torch.save({"net": average, "recipe": recipe}, at.work / f"{name}-epoch{epoch}.pt")
        held = Net(average["words.weight"].shape[0], len(corpus.intents), len(corpus.emotions),
                   recipe["layers"])
        held.load_state_dict(average)
        print(f"epoch {epoch}, averaged weights", flush=True)
        for test, part in tests.items():
            report(test, part, predict(held, heard[test]))

    loop = Loop(net, [len(encoded[i][0]) for i in order], loss, recipe, recipe["epochs"],
                recipe["seed"], at.work / f"{name}-checkpoint.pt")
    loop.run(after)
    final = {k: v.lerp(start[k], recipe.get("stays", 0.0)) for k, v in loop.average_state().items()}
    save(at.work / f"{name}.pt", {"net": final, "recipe": recipe})


if __name__ == "__main__":
    main()
