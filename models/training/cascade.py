"""Measures both models from their ONNX files, fits what the engine needs to know, and writes
`model.toml`.

`python cascade.py PREPARED_DIR TAXONOMY MODEL_DIR [--licence]`. Temperatures and the scope score are
fitted on the rows held out of training; the mixing weights and the bars are chosen on dev, the bar for
messages that answer something on context-dev.
"""

import argparse
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime

from calibrate import calibration_error, log_softmax, logistic_fit, loss, temperature, wanted
from corpus import load_corpus
from manifest import manifest
from score import accuracy, emotion_figures, separation
from vocab import MOST_BEFORE, MOST_SERVED, encode_pairs

# The fast model is to answer so much of dev alone; what that may cost: of intents (context-dev), of the
# emotions' mean F1.
LEAST_ALONE = 0.55
MOST_LOSS = 0.003
MOST_F1_LOSS = 0.01
WEIGHTS = [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6]
# One message in twenty is taken to be out of scope; the held rows hold more of them.
FOREIGN_SHARE = 0.05
# The fast model alone is not asked for what may be out of scope.
ACCEPT_SCOPE = 0.2


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def run_deep(path, tokenizer, rows, alone=False):
    """Intent, emotion and scope logits; one message at a time, as the engine does."""
    net = session(path)
    said = []
    pairs = [(r.norm, "" if alone else r.before) for r in rows]
    for ids, segments in encode_pairs(tokenizer, pairs, MOST_SERVED):
        out = net.run(["intent", "emotion", "scope"],
                      {"ids": np.array([ids]), "segments": np.array([segments])})
        said.append((out[0], out[1], out[2][:, 0]))
    return [np.concatenate(part) for part in zip(*said)]


def run_fast(path, rows):
    net = session(path)
    said = []
    for row in rows:
        out = net.run(["intent", "emotion", "scope"], {"ids": np.array(row.features, dtype=np.int64)})
        said.append((out[0], out[1], out[2][:, 0]))
    return [np.concatenate(part) for part in zip(*said)]


def mixed(deep, fast, weight):
    return log_softmax((1.0 - weight) * deep + weight * fast)


class Heard:
    """What both models say of some rows, as calibrated log-likelihoods and scope scores."""

    def __init__(self, rows, raw, facts):
        self.rows, self.intent, self.emotion, self.scope = rows, {}, {}, {}
        for model, (intent, emotion, scope) in raw.items():
            fact = facts[model]
            self.intent[model] = log_softmax(intent, fact["temperature_intent"])
            self.emotion[model] = log_softmax(emotion, fact["temperature_emotion"])
            at = fact["scope_scale"] * scope.astype(np.float64) + fact["scope_shift"]
            self.scope[model] = 1.0 / (1.0 + np.exp(-at))

    def alone(self, limits):
        """Where the fast model answers alone."""
        after = np.array([bool(r.before) for r in self.rows])
        bar = np.where(after, limits["accept_after"], limits["accept"])
        return ((np.exp(self.intent["fast"].max(1)) >= bar)
                & (np.exp(self.emotion["fast"].max(1)) >= limits["accept_emotion"])
                & (self.scope["fast"] <= limits["accept_scope"]))

    def cascade(self, limits):
        alone = self.alone(limits)
        pick = lambda both, fast: np.where(alone[:, None], fast, both)
        after = np.array([bool(r.before) for r in self.rows])[:, None]
        weight = np.where(after, limits["mix_after"], limits["mix"])
        return (pick(mixed(self.intent["deep"], self.intent["fast"], weight), self.intent["fast"]),
                pick(mixed(self.emotion["deep"], self.emotion["fast"], limits["mix_emotion"]),
                     self.emotion["fast"]),
                np.where(alone, self.scope["fast"], self.scope["deep"]))


def calibration(rows, foreign, raw, raw_foreign, labels):
    """Temperatures from the held rows; the scope score from these and the held foreign ones."""
    scores = np.concatenate([raw[2], raw_foreign[2]])
    truth = np.array([r.foreign for r in rows + foreign], dtype=np.float64)
    weights = np.where(truth == 1, FOREIGN_SHARE / truth.mean(), (1 - FOREIGN_SHARE) / (1 - truth.mean()))
    scale, shift = logistic_fit(scores, truth, weights)
    return {"temperature_intent": temperature(raw[0], wanted(rows, labels[0], lambda r: r.intents)),
            "temperature_emotion": temperature(raw[1], wanted(rows, labels[1], lambda r: (r.emotion,))),
            "scope_scale": round(scale, 3), "scope_shift": round(shift, 3)}


def bars(dev, limits):
    """The bars on the first intent and the first emotion of most accuracy on dev, of those pairs that let
    the fast model answer LEAST_ALONE of it alone and cost at most MOST_F1_LOSS against asking both."""
    f1 = lambda logs: emotion_figures(dev.rows, logs)[1]
    asked = dev.cascade(limits | {"accept": 1.1, "accept_emotion": 0.0})
    least_f1 = f1(asked[1]) - MOST_F1_LOSS
    best = (0.0, {"accept": 1.0, "accept_emotion": 1.0})
    for accept in np.arange(0.4, 1.0, 0.02):
        for accept_emotion in np.arange(0.3, 1.0, 0.02):
            pair = {"accept": round(float(accept), 2), "accept_emotion": round(float(accept_emotion), 2)}
            if dev.alone(limits | pair).mean() >= LEAST_ALONE:
                said = dev.cascade(limits | pair)
                right = accuracy(dev.rows, said[0])
                if right > best[0] and f1(said[1]) >= least_f1:
                    best = (right, pair)
    return best[1]


def choose(dev, context):
    """Weights and bars."""
    f1 = lambda logs: emotion_figures(dev.rows, logs)[1]
    target = wanted(dev.rows, dev.intent["deep"].shape[1], lambda r: r.intents)
    tried = {}
    for weight in WEIGHTS:
        both = mixed(dev.intent["deep"], dev.intent["fast"], weight)
        tried[weight] = (accuracy(dev.rows, both), loss(both, target))
        print(f"mix {weight:.2f}: dev {tried[weight][0]:.4f} loss {tried[weight][1]:.4f}", flush=True)
    # The fast model does not read what was said before: its weight there is apart.
    after = {w: accuracy(context.rows, mixed(context.intent["deep"], context.intent["fast"], w)) for w in WEIGHTS}
    # By the loss: the accuracy is the same within chance over half of the weights.
    limits = {"mix": min(WEIGHTS, key=lambda w: tried[w][1]),
              "mix_after": max(WEIGHTS, key=lambda w: (after[w], -w)),
              "mix_emotion": max(WEIGHTS, key=lambda w: f1(mixed(dev.emotion["deep"], dev.emotion["fast"], w))),
              "accept_scope": ACCEPT_SCOPE, "accept_after": 1.0}
    limits |= bars(dev, limits)
    for bar in np.arange(0.99, limits["accept"], -0.01):
        said = context.cascade(limits | {"accept_after": bar})[0]
        if accuracy(context.rows, said) < after[limits["mix_after"]] - MOST_LOSS:
            break
        limits["accept_after"] = round(float(bar), 2)
    return limits


def figures_of(heard, limits):
    """What the card reports of one set of rows, for each way of asking."""
    rows, out = heard.rows, {}
    ways = {"fast": (heard.intent["fast"], heard.emotion["fast"], heard.scope["fast"]),
            "deep": (heard.intent["deep"], heard.emotion["deep"], heard.scope["deep"]),
            "cascade": heard.cascade(limits)}
    for way, (intent, emotion, scope) in ways.items():
        accurate, f1 = emotion_figures(rows, emotion)
        out[way] = {"rows": len(rows), "intent": accuracy(rows, intent), "emotion": accurate,
                    "emotion_f1": f1, "calibration_error": calibration_error(rows, intent),
                    "scope_auc": separation(rows, scope),
                    "by_source": {source: (len(part), accuracy([rows[i] for i in part], intent[part]))
                                  for source in sorted({r.source for r in rows})
                                  for part in [[i for i, r in enumerate(rows) if r.source == source]]}}
    out["alone"] = float(heard.alone(limits).mean())
    return out


def by_intent(heard, limits, labels):
    """F1 of each intent through the cascade; a message with two counts under the one that was found."""
    said = heard.cascade(limits)[0].argmax(1)
    true = [s if s in r.intents else r.intents[0] for s, r in zip(said, heard.rows)]
    return {label: (true.count(i), 2 * sum(a == b == i for a, b in zip(said, true))
                    / max(1, true.count(i) + int(np.sum(said == i)))) for i, label in enumerate(labels)}


def foreign_recall(usual, foreign, kinds):
    """For a share of in-scope messages lost: the threshold, and the recall of foreign ones, by kind."""
    out = {}
    for share in (0.01, 0.02, 0.05):
        bar = float(np.quantile(usual, 1 - share))
        found = foreign > bar
        out[share] = {"threshold": bar, "recall": float(found.mean()),
                      "by_kind": {k: float(found[np.array(kinds) == k].mean()) for k in sorted(set(kinds))}}
    return out


def digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("prepared")
    parser.add_argument("taxonomy")
    parser.add_argument("models", type=Path)
    parser.add_argument("--licence", action="store_true")
    at = parser.parse_args()
    corpus = load_corpus(at.prepared, at.taxonomy, at.licence)
    parts = {"held": corpus.held, "held foreign": corpus.held_foreign} | corpus.tests
    deep, tokenizer, fast = at.models / "deep.onnx", at.models / "tokenizer.json", at.models / "fast.onnx"
    raw = {name: {"deep": run_deep(deep, tokenizer, rows), "fast": run_fast(fast, rows)}
           for name, rows in parts.items()}
    labels = (len(corpus.intents), len(corpus.emotions))
    facts = {model: calibration(corpus.held, corpus.held_foreign, raw["held"][model],
                                raw["held foreign"][model], labels) for model in ("fast", "deep")}
    heard = {name: Heard(rows, raw[name], facts) for name, rows in parts.items()}
    limits = choose(heard["dev"], heard["context-dev"])
    print(facts, limits, flush=True)
    # The fast model reads no context, so its words stand for both.
    for name in ("context-dev", "held-context"):
        if name in parts:
            alone = {"deep": run_deep(deep, tokenizer, parts[name], alone=True), "fast": raw[name]["fast"]}
            bare = [replace(row, before="") for row in parts[name]]
            heard[f"{name} without context"] = Heard(bare, alone, facts)
    figures = {name: figures_of(one, limits) for name, one in heard.items()}
    figures["by intent"] = by_intent(heard["dev"], limits, corpus.intents)
    if "held-foreign" in heard:
        usual = [heard[n].cascade(limits)[2] for n in ("dev", "held-a", "held-b")]
        usual = np.concatenate([s[[not r.foreign for r in heard[n].rows]]
                                for s, n in zip(usual, ("dev", "held-a", "held-b"))])
        figures["foreign"] = foreign_recall(usual, heard["held-foreign"].cascade(limits)[2],
                                            [r.tags[0] for r in heard["held-foreign"].rows])
    for name, value in figures.items():
        print(name, json.dumps(value))
    facts["fast"] |= {"file": "fast.onnx", "sha256": digest(fast)}
    facts["deep"] |= {"file": "deep.onnx", "sha256": digest(deep), "max_tokens": MOST_SERVED,
                      "max_before": MOST_BEFORE}
    facts["tokenizer"] = {"file": "tokenizer.json", "sha256": digest(tokenizer)}
    facts["replay"] = {"file": "replay.jsonl", "sha256": digest(at.models / "replay.jsonl")}
    facts["cascade"] = limits
    (at.models / "model.toml").write_text(
        manifest(corpus.intents, corpus.emotions, facts, figures), encoding="utf-8")
    (Path(at.prepared).parent / "figures.json").write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
